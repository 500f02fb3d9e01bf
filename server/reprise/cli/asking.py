"""Asking the service inside this process, as a DAW asks it over a wire."""

import queue
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reprise.cli.hosting import hosted_service
from reprise.cli.progress import ProgressLine
from reprise.config import ServerConfig
from reprise.errors import CannotServeError, RepriseError, error_codes
from reprise.service.answer import NOT_SAVED
from reprise.service.messages import Done, ErrorReply, Message, Progress, Request, Result
from reprise.service.service import Service

_SESSION: str = "command line"


@dataclass(frozen=True, slots=True)
class Asked:
    """All that came of a request.

    Attributes:
        results: At least one, in order.
        total_ms: Milliseconds from asking to the last word.
        warnings: Sentences, each once.
    """

    results: tuple[Result, ...]
    total_ms: int
    warnings: tuple[str, ...]

    @property
    def is_saved(self) -> bool:
        """Whether all answers are in the history."""
        return not any(warning.startswith(NOT_SAVED) for warning in self.warnings)


def ask(request: Request, settings: ServerConfig) -> Asked:
    """Return what the service answers.

    Raises:
        RepriseError: What the service's error says, as the class of its code.
    """
    (asked,) = ask_in_turn([request], settings)
    return asked


def ask_in_turn(requests: Iterable[Request], settings: ServerConfig) -> list[Asked]:
    """Return what the service answers to requests, all with the seed that the first one got.

    Raises:
        RepriseError: What the first error of the service says, as the class of its code.
    """
    found: list[Asked] = []
    with hosted_service(settings) as service:
        for request in requests:
            seed = found[0].results[0].seed if found else request.seed
            found.append(_asked(service, replace(request, seed=seed)))
    return found


def _asked(service: Service, request: Request) -> Asked:
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    progress = ProgressLine()
    results: list[Result] = []
    service.handle(request, _SESSION, inbox.put)
    while not isinstance(message := inbox.get(), Done):
        match message:
            case Result():
                results.append(message)
            case Progress():
                progress.show(message.fraction, message.stage or request.kind)
            case ErrorReply():
                progress.clear()
                raise error_codes().get(message.code, RepriseError)(message.sentence)
    progress.clear()
    warnings = [*message.warnings, *(text for result in results for text in result.warnings)]
    if not results:
        raise CannotServeError("; ".join(warnings) or "no answer was found; raise --strength")
    return Asked(tuple(results), message.total_ms, tuple(dict.fromkeys(warnings)))
