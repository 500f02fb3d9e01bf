"""How long the installed engines take for the same requests, measured in one run."""

import queue
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reprise.cli.hosting import hosted_service
from reprise.cli.show.pieces import PIECES
from reprise.config import ServerConfig
from reprise.music.score import Score
from reprise.service.messages import (
    Bar,
    Continue,
    Done,
    EngineOffer,
    ErrorReply,
    Hello,
    Message,
    Refill,
    Request,
    Result,
    Vary,
    Welcome,
)
from reprise.service.service import Service

REFERENCE: Final = "markov"
_HYMN: Final = "old_hundredth"
_ALTO: Final = 1
_QUESTIONS: Final[dict[str, Callable[..., Request]]] = {
    "continue 8 bars": lambda **fields: Continue(length=32.0, **fields),
    "refill the alto": lambda **fields: Refill(voices=(_ALTO,), **fields),
    "vary, one answer": lambda **fields: Vary(count=1, **fields),
}

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one engine took for one question, in milliseconds.

    Attributes:
        engine: Which engine.
        question: What was asked.
        first_ms: The first answer of all, with the loading of weights.
        first_bar_ms: Median until the first bar stood; until the answer where none came before.
        answer_ms: Median until the answer.
        slowest_ms: The slowest of the answers after the first.
    """

    engine: str
    question: str
    first_ms: float
    first_bar_ms: float
    answer_ms: float
    slowest_ms: float


def measure(settings: ServerConfig, runs: int, progress: Progress) -> list[Timing]:
    """Ask every engine that works every question: once to load, then `runs` times."""
    hymn = next(piece for piece in PIECES if piece.stem == _HYMN).document.score()
    with tempfile.TemporaryDirectory() as folder:
        apart = replace(settings, data_directory=Path(folder))
        with hosted_service(apart) as service:
            names = [offer.name for offer in _offers(service) if not offer.problem]
            wanted = [(name, question) for question in _QUESTIONS for name in names]
            found: list[Timing] = []
            for number, (name, question) in enumerate(wanted):
                progress(number / len(wanted), f"{name}: {question}")
                found += _timing(service, name, question, hymn, runs)
    return found


def ratios(timings: list[Timing]) -> dict[str, dict[str, float]]:
    """Return for each question how much longer each engine takes than the reference."""
    reference = {one.question: one.answer_ms for one in timings if one.engine == REFERENCE}
    found: dict[str, dict[str, float]] = {}
    for one in timings:
        if one.engine != REFERENCE and reference.get(one.question):
            ratio = round(one.answer_ms / reference[one.question], 2)
            found.setdefault(one.question, {})[f"{one.engine}/{REFERENCE}"] = ratio
    return found


def _offers(service: Service) -> tuple[EngineOffer, ...]:
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    service.handle(Hello(client="reprise bench"), "bench", inbox.put)
    welcome = inbox.get()
    return welcome.engines if isinstance(welcome, Welcome) else ()


def _timing(
    service: Service, engine: str, question: str, hymn: Score, runs: int
) -> Iterator[Timing]:
    """Yield the timing of one engine, or nothing where it cannot serve the question."""
    times = []
    for seed in range(runs + 1):
        request = _QUESTIONS[question](request_id=seed, source=hymn, engine=engine, seed=seed)
        moments = _moments(service, request)
        if moments is None:
            return
        times.append(moments)
    (_, first), *warm = times
    bars, answers = zip(*warm)
    yield Timing(
        engine,
        question,
        round(first, 1),
        round(statistics.median(bars), 1),
        round(statistics.median(answers), 1),
        round(max(answers), 1),
    )


def _moments(service: Service, request: Request) -> tuple[float, float] | None:
    """Return milliseconds to the first bar and to the answer, None where it is refused."""
    inbox: queue.SimpleQueue[tuple[float, Message]] = queue.SimpleQueue()
    began = time.perf_counter()
    service.handle(request, "bench", lambda message: inbox.put((time.perf_counter(), message)))
    first_bar = answer = 0.0
    while True:
        at, message = inbox.get()
        passed = 1000 * (at - began)
        match message:
            case Bar():
                first_bar = first_bar or passed
            case Result():
                answer = passed
            case Done():
                return (first_bar or answer, answer) if answer else None
            case ErrorReply():
                return None
