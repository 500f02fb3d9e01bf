"""The folk suite: whether continued melodies are like people's, and whether they were heard before.

A hundred melodies of four bars beside a hundred of people's: ten statistics, the distances within
and between the sets, and how much of each melody could be a copy of what was learned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from reprise.engines.checkpoint import Checkpoint
from reprise.engines.folk.engine import open_network
from reprise.errors import MissingDataError
from reprise.evaluation.melodies import set_distances
from reprise.evaluation.melodies.folk_samples import (
    FEWEST_NOTES,
    FourBars,
    continued_by_network,
    drawn,
    four_bars_of,
)
from reprise.evaluation.melodies.melodic_alignment import KnownMelodies
from reprise.evaluation.melodies.melody_statistics import (
    PITCH_STATISTICS,
    RHYTHM_STATISTICS,
    Floats,
    Line,
    measured,
)
from reprise.library.folk_tunes import Tune, TuneSet, chosen_tunes, read_tunes
from reprise.music.note import Note
from reprise.tokenizers import folk

MELODIES: Final = 100
FEWEST_MELODIES: Final = 2

MEASURES: Final = (
    "overlap",
    "divergence",
    "legacy_divergence",
    "overlap_inter",
    "divergence_inter",
    "legacy_divergence_inter",
)


@dataclass(frozen=True)
class Likeness:
    """How like a reference set a set of melodies is in one statistic.

    Attributes:
        mean: Of the melodies; of all values where a statistic has several.
        deviation: Of the same.
        reference_mean: Of the reference set.
        reference_deviation: Of the same.
        overlap: Overlapping area of the distances within both sets.
        divergence: Of the same, from the reference's.
        legacy_divergence: Of the same, each density over its own range.
        overlap_inter: Overlapping area of the distances within the reference and between the sets.
        divergence_inter: Of the same, from the reference's.
        legacy_divergence_inter: Of the same, each density over its own range.
    """

    mean: float
    deviation: float
    reference_mean: float
    reference_deviation: float
    overlap: float
    divergence: float
    legacy_divergence: float
    overlap_inter: float
    divergence_inter: float
    legacy_divergence_inter: float


@dataclass(frozen=True)
class Comparison:
    """How like a reference set a set of melodies is.

    Attributes:
        statistics: By name.
        values: Each statistic of the melodies, of shape (melodies, values).
        reference: Each statistic of the reference set.
    """

    statistics: Mapping[str, Likeness]
    values: Mapping[str, Floats] = field(repr=False)
    reference: Mapping[str, Floats] = field(repr=False)

    def mean(self, measure: str, names: Iterable[str]) -> float:
        """Return the mean of one of `MEASURES` over some statistics."""
        return float(np.mean([getattr(self.statistics[name], measure) for name in names]))

    def overall(self, measure: str) -> float:
        """Return the mean of the pitch mean and the rhythm mean, as the study has it."""
        pitch, rhythm = self.mean(measure, PITCH_STATISTICS), self.mean(measure, RHYTHM_STATISTICS)
        return (pitch + rhythm) / 2

    @property
    def told(self) -> dict[str, Any]:
        """The comparison as JSON has it."""
        return {
            "statistics": {
                name: {key: getattr(found, key) for key in Likeness.__dataclass_fields__}
                for name, found in self.statistics.items()
            },
            "pitch": {measure: self.mean(measure, PITCH_STATISTICS) for measure in MEASURES},
            "rhythm": {measure: self.mean(measure, RHYTHM_STATISTICS) for measure in MEASURES},
            "overall": {measure: self.overall(measure) for measure in MEASURES},
        }


@dataclass(frozen=True)
class CopiedShares:
    """How much of each melody could be a copy.

    Attributes:
        shares: One a melody that has enough notes, 0.0-1.0.
        too_short: How many have too few.
    """

    shares: tuple[float, ...]
    too_short: int

    @property
    def mean(self) -> float | None:
        """The mean share; None without melodies."""
        return float(np.mean(self.shares)) if self.shares else None

    @property
    def told(self) -> dict[str, Any]:
        """The shares as JSON has them."""
        return {
            "mean": self.mean,
            "deviation": float(np.std(self.shares)) if self.shares else None,
            "melodies": len(self.shares),
            "too_short": self.too_short,
        }


@dataclass(frozen=True)
class Ground:
    """What is compared with what.

    Attributes:
        learned: Tunes to learn from.
        held_out: Tunes that nobody learned.
        melodies: How many four bars make a set.
        seed: Draws them.
    """

    learned: Sequence[Tune]
    held_out: Sequence[Tune]
    melodies: int
    seed: int

    @classmethod
    def of(cls, data: Path | None, name: TuneSet, melodies: int, seed: int) -> "Ground":
        """Read a set of tunes.

        Args:
            data: The folder of data sets.
            name: Of the set.
            melodies: How many four bars make a set.
            seed: Draws them.

        Raises:
            MissingDataError: The set is not there, or hardly any of it.
        """
        ground = cls(
            read_tunes(data, name, "train"), read_tunes(data, name, "test"), melodies, seed
        )
        if min(len(ground.training), len(ground.prompts)) < FEWEST_MELODIES:
            raise MissingDataError(
                f"there are too few tunes of the set {name!r} to compare with; get all of it"
            )
        return ground

    @cached_property
    def _people(self) -> list[FourBars]:
        return drawn(four_bars_of(self.held_out), 2 * self.melodies, self.seed)

    @property
    def prompts(self) -> list[FourBars]:
        """What is continued: held-out four bars."""
        return self._people[: len(self._people) // 2]

    @property
    def prompt_lines(self) -> list[Line]:
        """The same as melodies: what people reach themselves."""
        return [found.line for found in self.prompts]

    @property
    def people(self) -> list[Line]:
        """Other held-out four bars, to compare with."""
        return [found.line for found in self._people[len(self.prompts) :]]

    @cached_property
    def training(self) -> list[Line]:
        """Four bars of tunes that were learned."""
        return [found.line for found in drawn(four_bars_of(self.learned), self.melodies, self.seed)]

    def known(self, most_windows: int = 0) -> KnownMelodies:
        """Return every four bars of the tunes that a network learned from.

        Args:
            most_windows: What its recipe says of the size of the set; 0 for all tunes.
        """
        tunes = chosen_tunes(self.learned, most_windows)
        return KnownMelodies([found.line for found in four_bars_of(tunes)])


@dataclass(frozen=True)
class Measured:
    """What was found of one set of melodies.

    Attributes:
        training: Beside tunes that were learned.
        people: Beside held-out tunes.
        shares: How much could be a copy of what was learned.
    """

    training: Comparison
    people: Comparison
    shares: CopiedShares

    @property
    def told(self) -> dict[str, Any]:
        """What was found as JSON has it."""
        return {
            "training": self.training.told,
            "held_out": self.people.told,
            "copied": self.shares.told,
        }


def usable(lines: Sequence[Line]) -> list[Line]:
    """Return the melodies that have enough notes to be measured."""
    return [line for line in lines if len(line) >= FEWEST_NOTES]


def compared(lines: Sequence[Line], reference: Sequence[Line]) -> Comparison:
    """Return how like a reference set some melodies are; two or more of each, none too short."""
    values, others = measured(lines), measured(reference)
    return Comparison(
        {name: _likeness(values[name], others[name]) for name in values}, values, others
    )


def copied(lines: Sequence[Line], known: KnownMelodies) -> CopiedShares:
    """Return how much of each melody could be a copy of a known one."""
    shares = [known.copied_share(line) for line in lines]
    told = tuple(share for share in shares if share is not None)
    return CopiedShares(told, len(shares) - len(told))


def measured_set(lines: Sequence[Line], ground: Ground, known: KnownMelodies) -> Measured:
    """Return what is found of some melodies on a ground."""
    enough = usable(lines)
    return Measured(
        compared(enough, ground.training), compared(enough, ground.people), copied(lines, known)
    )


def continuations(model: Checkpoint, ground: Ground) -> list[tuple[Note, ...]]:
    """Return what a network continues the prompts of a ground with."""
    encoding = folk.ENCODINGS[str(model.config["encoding"])]
    return continued_by_network(open_network(model), encoding, ground.prompts, ground.seed)


def _likeness(values: Floats, reference: Floats) -> Likeness:
    mine, true = set_distances.intra(values), set_distances.intra(reference)
    between = set_distances.inter(values, reference)
    return Likeness(
        float(values.mean()),
        float(values.std()),
        float(reference.mean()),
        float(reference.std()),
        set_distances.overlap(true, mine),
        set_distances.divergence(true, mine),
        set_distances.legacy_divergence(true, mine),
        set_distances.overlap(true, between),
        set_distances.divergence(true, between),
        set_distances.legacy_divergence(true, between),
    )
