"""The folk suite: whether continued melodies are like people's, and whether they were heard before.

A hundred melodies of four bars beside a hundred of people's: ten statistics, the distances within
and between the sets, and how much of each melody could be a copy of what was learned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from reprise.evaluation import set_distances
from reprise.evaluation.melodic_alignment import KnownMelodies
from reprise.evaluation.melody_statistics import (
    PITCH_STATISTICS,
    RHYTHM_STATISTICS,
    Floats,
    Line,
    measured,
)

MELODIES: Final = 100
FEWEST_NOTES: Final = 3

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
