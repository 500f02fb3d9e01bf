"""What a suite measures, on which music, and how much of it."""

from collections.abc import Sequence, Sized
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reprise.engines import checkpoint
from reprise.engines.base import Engine
from reprise.errors import MissingDataError
from reprise.evaluation.asking import EngineSource, Progress
from reprise.evaluation.clips import CLIP_BARS, VoiceClip, clips_of
from reprise.evaluation.likelihood import Scorer
from reprise.evaluation.players.learned_baselines import LearnedBaselines
from reprise.evaluation.slices import Slice, of_kind
from reprise.library.corpus_file import Piece
from reprise.library.pieces import Split
from reprise.runtime.ensemble_files import open_ensemble

KINDS = ("pop", "piano", "quartets", "multitrack", "electronic", "drums")
"""Kinds of music that infilling is reported by."""

CLIPS_SHARE = 0.2
MIN_SLICES = 200
"""Slices of a kind that strangers are drawn from, however few examples are asked about."""


@dataclass(frozen=True)
class NetworkSource:
    """Where a network comes from: a model directory that another process can open as well.

    Attributes:
        name: Of the model.
        models_directory: The folder that holds it; None for those that we ship.
    """

    name: str
    models_directory: Path | None = None

    def open(self) -> Scorer:
        """Return the network as it serves."""
        return open_ensemble(checkpoint.read(self.name, self.models_directory).folder)


@dataclass(frozen=True)
class Setup:
    """What is measured, on what, and how much of it.

    Attributes:
        source: The engine.
        name: What it is called in reports.
        network: The engine's network, None where it has none of ours.
        pieces: The packed corpus.
        kinds: Kinds of music to ask about.
        split: Songs to ask about; baselines learn from the training songs alone.
        examples: Examples of each kind and pattern, at most.
        bits_examples: Of these, how many the network is asked the likelihood of.
        learned_slices: Slices of training songs of each kind that baselines learn from.
        seed: Draws everything.
        workers: Processes that answer.
        progress: Called with the share that is done, 0.0-1.0, and what comes.
    """

    source: EngineSource | Engine
    name: str
    network: NetworkSource | None = None
    pieces: Sequence[Piece] = ()
    kinds: tuple[str, ...] = KINDS
    split: Split = "test"
    examples: int = 500
    bits_examples: int = 150
    learned_slices: int = 600
    seed: int = 0
    workers: int = 1
    progress: Progress = field(default=lambda _fraction, _stage: None)

    def slices(self, kind: str, *, bars: int = 8, count: int | None = None) -> list[Slice]:
        """Return held-out slices of a kind, by default at most as many as there are examples."""
        most = self.examples if count is None else count
        return of_kind(self.pieces, kind, most, self.seed, bars=bars, split=self.split)

    @cached_property
    def all_slices(self) -> list[Slice]:
        """Held-out slices of 8 bars of all kinds.

        Raises:
            MissingDataError: There are none.
        """
        most = max(self.examples, MIN_SLICES)
        found = [one for kind in self.kinds for one in self.slices(kind, count=most)]
        self.check_any(found)
        return found

    @cached_property
    def learned(self) -> LearnedBaselines:
        """What training songs teach without a network."""
        slices = [
            one
            for kind in self.kinds
            for one in of_kind(self.pieces, kind, self.learned_slices, self.seed, split="train")
        ]
        return LearnedBaselines(
            slices, lambda fraction: self.progress(0.0, f"baselines learn: {fraction:.0%}")
        )

    @property
    def head(self) -> dict[str, Any]:
        """What every result says first."""
        return {
            "model": self.name,
            "model_hash": self._hash,
            "seed": self.seed,
            "split": self.split,
        }

    @property
    def _hash(self) -> str:
        engine = self.source.open() if isinstance(self.source, EngineSource) else self.source
        return engine.info.model_hash

    def clips(self) -> list[VoiceClip]:
        """Return clips of all kinds, as many of each as a share of the examples."""
        each = max(1, round(CLIPS_SHARE * self.examples / max(1, len(self.kinds))))
        return [clip for kind in self.kinds for clip in self.strangers(kind)[:each]]

    def strangers(self, kind: str) -> list[VoiceClip]:
        """Return many clips of a kind, to compare a clip with music that it has nothing to do with.

        Those that are asked about are the first of them.
        """
        slices = self.slices(kind, bars=CLIP_BARS, count=MIN_SLICES)
        return clips_of(slices, MIN_SLICES, self.seed)

    def stage(self, first: float, last: float) -> Progress:
        """Return a progress that fills a part of the whole."""
        return lambda fraction, what: self.progress(first + (last - first) * fraction, what)

    def check_any(self, found: Sized) -> None:
        """Check that there is anything to ask about.

        Raises:
            MissingDataError: There is not.
        """
        if not found:
            raise MissingDataError(
                f"the corpus holds no {self.split} songs of the kinds {', '.join(self.kinds)} "
                "that can be asked about; build one that does: reprise corpus build"
            )
