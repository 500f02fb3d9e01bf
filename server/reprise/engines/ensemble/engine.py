"""The ensemble engine: varies, continues and refills any clip, several tracks and drums included.

One network answers for every verb. What it may write at each step is bound by a grammar, whose
limits come from the clip itself and from what the producer turns, so every answer is legal. Several
candidates are written at once and the best, most different ones are returned.
"""

import threading
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.engines.ensemble.composer import Composer
from reprise.engines.ensemble.limits import Limits, part_limits
from reprise.engines.ensemble.pool import Pool
from reprise.engines.ensemble.reading import Reading, read_task
from reprise.engines.ensemble.style import STYLE_VERBS
from reprise.engines.originality import Originality
from reprise.engines.selection import Objection, no_objection, select
from reprise.errors import CannotServeError
from reprise.library.originality_index import FILE_NAME, read_index
from reprise.runtime.ensemble_files import open_ensemble
from reprise.runtime.ensemble_model import EnsembleModel

PREFIX = "ensemble-"
SIZES = ("l", "m", "s", "xs")
"""Of several models that are installed, the largest answers."""

MAX_VOICES = 64
SUITABILITY = 0.8
"""Above what knows the clip alone, below what knows chorales where these are asked for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What people see of an engine that answers with an ensemble model.

    Attributes:
        name: How requests name it.
        title: In menus.
        summary: One sentence.
        suitability: How readily it is chosen where no engine was, 0.0-1.0.
    """

    name: str
    title: str
    summary: str
    suitability: float


OURS = Shown(
    "ensemble",
    "Ensemble",
    "Writes any part, drums included, so that it fits what sounds beside it.",
    SUITABILITY,
)


class EnsembleEngine:
    """Answers with the best installed `ensemble` model, loaded at the first answer."""

    def __init__(
        self, models_directory: Path | None = None, model: str = "", shown: Shown = OURS
    ) -> None:
        """Remember which model answers, and what it is called.

        Args:
            models_directory: Where the models are, None for those that we ship.
            model: Which one, "" for the best.
            shown: How the engine is named and described.
        """
        self._directory = models_directory
        self._name = model or installed_model(models_directory)
        self._shown = shown
        self._model: EnsembleModel | None = None
        self._learnt: Originality | None = None
        self._style: int | None = None
        self._lock = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        """What people and clients see of it."""
        return EngineInfo(
            name=self._shown.name,
            title=self._shown.title,
            summary=self._shown.summary,
            verbs=tuple(Verb),
            max_voices=MAX_VOICES,
            serves_drums=True,
            model=self._name,
            model_hash=checkpoint.model_hash(self._name, self._directory) if self._name else "",
            style_verbs=STYLE_VERBS,
        )

    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""
        if not self._name:
            return "no ensemble model is installed; reinstall Reprise with its models"
        if not task.holes:
            return "nothing in the clip may change; unlock some notes or choose another part"
        if not (task.source.sounding or task.context.sounding):
            return "no note sounds in the clip or beside it that a new part could go by"
        if task.verb == Verb.MORPH and task.target is None:
            return "there is no clip to morph towards; choose a second clip"
        if task.needs_free_notes and not task.free_places:
            return "no note in that part may change; unlock some or choose another part"
        return None

    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0."""
        return 0.0 if self.why_not(task) else self._shown.suitability

    def candidates(
        self, task: Task, count: int, seed: int, watch: Watch
    ) -> Generator[Candidate, None, str]:
        """Yield up to `count` different answers; returns why, where there are fewer.

        Raises:
            CannotServeError: `why_not` says why, nothing may be written, or no answer was sound.
            CorruptModelError: The model's files are damaged.
            CancelledError: Through `watch.check`.
            DeadlineError: Through `watch.check`.
        """
        reason = self.why_not(task)
        if reason is not None:
            raise CannotServeError(reason)
        watch.progress(0.0, "listening")
        reading, limits, remarks = _writable(read_task(task, watch))
        network = self._load()
        composer = Composer(reading, limits, network, seed, watch, remarks, self._style)
        pool = Pool(composer, count, watch)
        answers = select(task, count, pool.propose, watch, pool.floor, self._objection(task))
        while True:
            try:
                candidate = next(answers)
            except StopIteration as end:
                return str(end.value or "")
            yield candidate
            pool.take(candidate)

    def _objection(self, task: Task) -> Objection:
        """Return what tells proposals that repeat songs which the model learnt."""
        learnt = self._learnt
        return no_objection if learnt is None else lambda found: learnt.reason(task, found)

    def _load(self) -> EnsembleModel:
        with self._lock:
            if self._model is None:
                checked = checkpoint.read(self._name, self._directory)
                style = checked.config.get("style")
                self._style = style if isinstance(style, int) else None
                self._model = open_ensemble(checked.folder)
                index = checked.folder / FILE_NAME
                self._learnt = Originality(read_index(index)) if index.is_file() else None
            return self._model


def installed_model(directory: Path | None = None) -> str:
    """Return the name of the largest and newest ensemble model in a folder, "" where none is."""
    names = [name for name in checkpoint.list_models(directory) if name.startswith(PREFIX)]
    sized = [name for name in names if _size(name) in SIZES]
    return min(reversed(sized), key=lambda name: SIZES.index(_size(name)), default="")


def _size(name: str) -> str:
    return name.removeprefix(PREFIX).split("-")[0]


def _writable(reading: Reading) -> tuple[Reading, dict[int, Limits], tuple[str, ...]]:
    """Return a reading whose openings can be written, the limits, and what cannot, as sentences.

    Raises:
        CannotServeError: There is no pitch that might be written at all.
    """
    limits: dict[int, Limits] = {}
    nameless: dict[int, str] = {}
    for part in sorted({part for _, part in reading.openings}):
        try:
            limits[part] = part_limits(reading, part)
        except CannotServeError as error:
            if not reading.parts[part].is_drums:
                raise
            nameless[part] = str(error)
    if not limits:
        raise CannotServeError(" ".join(nameless.values()))
    openings = {spot: found for spot, found in reading.openings.items() if spot[1] in limits}
    return replace(reading, openings=openings), limits, tuple(nameless.values())
