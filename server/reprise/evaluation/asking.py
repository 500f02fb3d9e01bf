"""Asks an engine many questions, the way the server does, on one process or several.

What is measured is what a producer hears: answers come through the `Engine` protocol, and an
engine that refuses has given no answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Engine, Task
from reprise.engines.registry import Registry
from reprise.errors import CannotServeError
from reprise.evaluation.workers import worked
from reprise.music.note import Note

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as an engine gets it.

    Attributes:
        task: What is asked.
        count: How many answers.
        seed: The random seed.
    """

    task: Task
    count: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What came back.

    Attributes:
        candidates: In the engine's order.
        refusal: Why there are none, "" where there are.
        fault: The exception that an engine must never raise, "" where it did not.
    """

    candidates: tuple[Candidate, ...]
    refusal: str = ""
    fault: str = ""

    def new_notes(self, task: Task) -> tuple[tuple[Note, ...], ...]:
        """Return the first answer's new notes, silence where there is none."""
        return self.candidates[0].new_notes if self.candidates else ((),) * len(task.source.voices)


@dataclass(frozen=True, slots=True)
class EngineSource:
    """Where an engine comes from: a name that another process can open as well.

    Attributes:
        name: Of an installed engine, or of a model directory.
        models_directory: The folder that holds the model; None for those that we ship.
    """

    name: str
    models_directory: Path | None = None

    def open(self) -> Engine:
        """Return the engine.

        Raises:
            UnknownModelError: Neither an engine nor a model has that name.
            CannotServeError: The model is of a kind that no engine here answers with.
        """
        installed = Registry.installed()
        if self.name in installed.names():
            return installed.get(self.name)
        model = checkpoint.read(self.name, self.models_directory)
        kind = str(model.config.get("kind"))
        if kind not in _MAKERS:
            raise CannotServeError(
                f"the model {self.name} is of kind {kind!r}, which no engine answers with; "
                f"name a model of kind {' or '.join(sorted(_MAKERS))}, or an engine"
            )
        return _MAKERS[kind](self.name, self.models_directory)


def _ensemble(name: str, models_directory: Path | None) -> Engine:
    from reprise.engines.ensemble.engine import EnsembleEngine

    return EnsembleEngine(models_directory, name)


_MAKERS: dict[str, Callable[[str, Path | None], Engine]] = {"ensemble": _ensemble}


class Quiet:
    """A watch that never stops anything and tells nobody."""

    def check(self) -> None:
        """Go on."""

    def progress(self, fraction: float, stage: str = "") -> None:
        """Tell nobody."""

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        """Show nobody."""


def ask(engine: Engine, asked: Asked) -> Told:
    """Return what an engine answers; a refusal is an answer without candidates."""
    reason = engine.why_not(asked.task)
    if reason is not None:
        return Told((), reason)
    try:
        stream = engine.candidates(asked.task, asked.count, asked.seed, Quiet())
        return Told(tuple(islice(stream, asked.count)))
    except CannotServeError as error:
        return Told((), str(error))


def ask_warily(engine: Engine, asked: Asked) -> Told:
    """Return what an engine answers; whatever it raises is written down as its fault."""
    try:
        return ask(engine, asked)
    except Exception as error:  # noqa: BLE001 - exceptions are what is looked for
        return Told((), fault=f"{type(error).__name__}: {error}")


Ask = Callable[[Engine, Asked], Told]


def ask_all(
    source: EngineSource | Engine,
    questions: Sequence[Asked],
    workers: int = 1,
    asker: Ask = ask,
) -> Iterator[Told]:
    """Yield what an engine answers to each question, in their order.

    Args:
        source: An engine, or where one comes from; more than one worker needs the latter.
        questions: What is asked.
        workers: Processes that answer; each opens an engine of its own.
        asker: How each question is put.
    """
    if isinstance(source, EngineSource):
        yield from worked(source.open, asker, questions, workers)
    else:
        yield from (asker(source, asked) for asked in questions)
