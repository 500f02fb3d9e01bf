"""What all engines share that answer with the networks of one model directory.

The networks are opened at the first answer and kept. An engine says what it refuses, how well a
task suits it, how its networks are opened and how it proposes; that proposals are sound, new and
different is `selection`'s to see to.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from reprise.engines import checkpoint
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.engines.checkpoint import Checkpoint
from reprise.engines.selection import Propose, select
from reprise.errors import CannotServeError

Networks = TypeVar("Networks")


@dataclass(frozen=True, slots=True)
class Described:
    """What people and clients see of an engine, but for the weights.

    Attributes:
        name: How requests name it.
        title: The musical name in menus.
        summary: One sentence for people.
        verbs: What it can be asked for.
        max_voices: Source voices in one request.
        model: Name of its model directory.
    """

    name: str
    title: str
    summary: str
    verbs: tuple[Verb, ...]
    max_voices: int
    model: str


class TrainedEngine(ABC, Generic[Networks]):
    """An engine that writes no drums and answers with the networks of one model directory."""

    def __init__(self, described: Described, models_directory: Path | None = None) -> None:
        """Remember what it is called, and where the models are; None for those that we ship."""
        self._described = described
        self._directory = models_directory
        self._networks: Networks | None = None
        self._lock = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        """What people and clients see of it."""
        told = self._described
        return EngineInfo(
            name=told.name,
            title=told.title,
            summary=told.summary,
            verbs=told.verbs,
            max_voices=told.max_voices,
            serves_drums=False,
            model=told.model,
            model_hash=checkpoint.model_hash(told.model, self._directory),
        )

    @abstractmethod
    def why_not(self, task: Task) -> str | None:
        """Return a sentence on why this task cannot be served, or None where it can."""

    @abstractmethod
    def suitability(self, task: Task) -> float:
        """Return how well a task suits it, 0.0-1.0."""

    @abstractmethod
    def _open(self, model: Checkpoint) -> Networks:
        """Return the networks of a model.

        Raises:
            CorruptModelError: A file is damaged, or made for another version.
        """

    @abstractmethod
    def _proposer(self, task: Task, networks: Networks, seed: int, watch: Watch) -> Propose:
        """Return what makes proposals for a task that it can serve."""

    def candidates(
        self, task: Task, count: int, seed: int, watch: Watch
    ) -> Generator[Candidate, None, str]:
        """Yield up to `count` different answers; returns why, where there are fewer.

        Raises:
            CannotServeError: `why_not` says why, or no proposal was sound and new.
            UnknownModelError: The model is not installed.
            CorruptModelError: Its files are damaged.
            CancelledError: Through `watch.check`.
            DeadlineError: Through `watch.check`.
        """
        reason = self.why_not(task)
        if reason is not None:
            raise CannotServeError(reason)
        watch.progress(0.0, "listening")
        propose = self._proposer(task, self._loaded(), seed, watch)
        return (yield from select(task, count, propose, watch))

    def _loaded(self) -> Networks:
        with self._lock:
            if self._networks is None:
                self._networks = self._open(checkpoint.read(self._described.model, self._directory))
            return self._networks
