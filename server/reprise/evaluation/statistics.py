"""What may be said of figures: pooled ratios, intervals by song, and whether one beats another.

A figure is a ratio of sums, such as twice the notes found by the notes played and the notes meant.
Bars of one song are alike, so songs are what is drawn anew and what is compared.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2000
INTERVAL_SEED = 0
MOST_EXACT = 40
"""Up to so many pairs all signs are counted; with more, their sum is nearly normal."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one example adds to a ratio of sums.

    Attributes:
        above: To the sum above the line.
        below: To the sum below it, 0 or more.
    """

    above: float
    below: float = 1.0


Tally = Mapping[str, Part]
"""Parts of one example, by the figure's name; a figure that does not apply is left out."""


class Pool:
    """Tallies of many examples, each of a song."""

    def __init__(self, rows: Iterable[tuple[str, Tally]] = ()) -> None:
        """Take pairs of a song and an example's tally."""
        self._sums: dict[str, dict[str, list[float]]] = defaultdict(dict)
        self._songs: set[str] = set()
        self.count = 0
        for song, tally in rows:
            self.add(song, tally)

    def add(self, song: str, tally: Tally) -> None:
        """Add one example."""
        self.count += 1
        self._songs.add(song)
        for name, part in tally.items():
            sums = self._sums[name].setdefault(song, [0.0, 0.0])
            sums[0] += part.above
            sums[1] += part.below

    def merge(self, other: "Pool") -> None:
        """Add all examples of another pool."""
        self.count += other.count
        self._songs |= other._songs
        for name, by_song in other._sums.items():
            for song, (above, below) in by_song.items():
                sums = self._sums[name].setdefault(song, [0.0, 0.0])
                sums[0] += above
                sums[1] += below

    @property
    def song_count(self) -> int:
        """How many songs the examples are of."""
        return len(self._songs)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the figures."""
        return tuple(self._sums)

    def by_song(self, name: str) -> dict[str, float]:
        """Return a figure for each song that has it."""
        return {song: above / below for song, (above, below) in self._sums[name].items() if below}

    def value(self, name: str) -> float | None:
        """Return a figure over all songs, None where nothing tells it."""
        sums = self._of(name)
        return float(sums[0].sum() / sums[1].sum()) if sums.size and sums[1].sum() else None

    def values(self) -> dict[str, float | None]:
        """Return every figure by name."""
        return {name: self.value(name) for name in self.names}

    def interval(self, name: str) -> tuple[float, float] | None:
        """Return the 95 % interval of a figure when songs are drawn anew, None without any."""
        sums = self._of(name)
        if not sums.size or not sums[1].sum():
            return None
        ratios = resampled(sums)
        low, high = np.quantile(ratios, (0.025, 0.975))
        return float(low), float(high)

    def intervals(self) -> dict[str, tuple[float, float] | None]:
        """Return the 95 % interval of every figure by name."""
        return {name: self.interval(name) for name in self.names}

    def _of(self, name: str) -> Floats:
        """Return the sums above and below the line, shape (2, songs)."""
        rows = [row for row in self._sums.get(name, {}).values() if row[1] > 0]
        return np.array(rows, np.float64).reshape(-1, 2).T


def resampled(sums: Floats) -> Floats:
    """Return ratios of sums of shape (2, songs) when as many songs are drawn anew each time."""
    random = np.random.default_rng(INTERVAL_SEED)
    drawn = random.integers(0, sums.shape[1], (RESAMPLES, sums.shape[1]))
    ratios: Floats = sums[0][drawn].sum(axis=1) / sums[1][drawn].sum(axis=1)
    return ratios


@dataclass(frozen=True)
class Comparison:
    """One thing against another on the same songs.

    Attributes:
        differences: Of a figure, one a song.
    """

    differences: tuple[float, ...]

    @classmethod
    def of(cls, left: Mapping[str, float], right: Mapping[str, float]) -> "Comparison":
        """Compare figures by song; songs that only one of them has are left out."""
        return cls(tuple(left[song] - right[song] for song in left if song in right))

    @cached_property
    def p_value(self) -> float:
        """How likely so clear a difference is where there is none (Wilcoxon, two-sided)."""
        return wilcoxon(self.differences)

    @property
    def mean(self) -> float:
        """The mean difference, 0.0 without songs."""
        return sum(self.differences) / len(self.differences) if self.differences else 0.0

    @property
    def as_figures(self) -> dict[str, float | int]:
        """The comparison for JSON."""
        return {
            "mean_difference_by_song": self.mean,
            "p": self.p_value,
            "songs": len(self.differences),
        }


def wilcoxon(differences: Sequence[float]) -> float:
    """Return the two-sided p of the signed-rank test (Wilcoxon 1945); pairs without one drop out.

    All 2**pairs signs are counted up to `MOST_EXACT` pairs, ties sharing their mean rank; beyond,
    the normal approximation with the correction for ties and for continuity is used.
    """
    values = np.array([value for value in differences if value != 0.0])
    if not len(values):
        return 1.0
    doubled = _doubled_ranks(np.abs(values))
    positive = int(doubled[values > 0].sum())
    extreme = min(positive, int(doubled.sum()) - positive)
    if len(values) <= MOST_EXACT:
        return min(1.0, 2.0 * _share_up_to(doubled, extreme))
    ranks = doubled / 2.0
    mean, spread = ranks.sum() / 2.0, math.sqrt(float((ranks**2).sum()) / 4.0)
    distance = max(0.0, mean - extreme / 2.0 - 0.5) / spread
    return math.erfc(distance / math.sqrt(2.0))


def _doubled_ranks(values: Floats) -> NDArray[np.int64]:
    """Return twice the rank of each value from 1, equal values sharing their mean rank."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (2 * last - counts + 1)[places]


def _share_up_to(doubled: NDArray[np.int64], limit: int) -> float:
    """Return which share of all choices of ranks sums up to no more than a limit."""
    ways = np.zeros(limit + 1)
    ways[0] = 1.0
    for rank in doubled:
        if rank <= limit:
            ways[rank:] += ways[: limit + 1 - rank].copy()
    return float(ways.sum() / 2.0 ** len(doubled))


def spearman(left: Sequence[float], right: Sequence[float]) -> float:
    """Return Spearman's rank correlation, -1.0 to 1.0; 0.0 where one side never changes."""
    mine = _doubled_ranks(np.asarray(left, np.float64)).astype(np.float64)
    other = _doubled_ranks(np.asarray(right, np.float64)).astype(np.float64)
    mine -= mine.mean()
    other -= other.mean()
    scale = math.sqrt(float((mine**2).sum()) * float((other**2).sum()))
    return float((mine * other).sum()) / scale if scale else 0.0


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, None of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else None
