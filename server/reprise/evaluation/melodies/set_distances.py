"""How alike two sets are: distances within and between them, their densities, overlap, divergence.

After Yang and Lerch 2020. A density is a Gaussian kernel estimate with Scott's bandwidth. The
overlapping area is the integral of the smaller density over the range of both. The divergence is
Kullback and Leibler's, of densities read at 1,000 points; *legacy* reads each density over its own
range and so compares different distances with one another, as published tools do; the other reads
both over the range of both. Legacy figures are only there to stand beside published ones.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POINTS: Final = 1000
CHUNK: Final = 50
FLOOR: Final = 1e-12
"""The least share of a density at a point: a divergence from nothing would be endless."""


@dataclass(frozen=True)
class Density:
    """The density of some distances.

    Attributes:
        distances: One or more, in any order.
    """

    distances: Floats

    @property
    def lowest(self) -> float:
        """The smallest distance."""
        return float(self.distances.min())

    @property
    def highest(self) -> float:
        """The largest distance."""
        return float(self.distances.max())

    def at(self, points: Floats) -> Floats:
        """Return the density at some points."""
        values, counts = self._counted
        wide = self._bandwidth
        found = np.empty(len(points))
        for start in range(0, len(points), CHUNK):
            part = points[start : start + CHUNK, None]
            kernels = np.exp(-0.5 * ((part - values) / wide) ** 2)
            found[start : start + CHUNK] = kernels @ counts
        return np.asarray(found / (wide * np.sqrt(2 * np.pi) * len(self.distances)))

    @cached_property
    def _counted(self) -> tuple[Floats, Floats]:
        values, counts = np.unique(np.round(self.distances, 9), return_counts=True)
        return values, counts.astype(np.float64)

    @property
    def _bandwidth(self) -> float:
        count = len(self.distances)
        spread = float(self.distances.std(ddof=1)) if count > 1 else 0.0
        # Distances that are all the same have no width; give them one that the points can see.
        least = max(self.highest - self.lowest, 1.0) / POINTS
        return float(max(spread * count ** (-1 / 5), least))


def intra(values: Floats) -> Density:
    """Return the density of the distances between every two members of a set.

    Args:
        values: A statistic of shape (members, values), two members or more.
    """
    distances = _distances(values, values)
    return Density(distances[~np.eye(len(values), dtype=np.bool_)])


def inter(left: Floats, right: Floats) -> Density:
    """Return the density of the distances from every member of a set to every one of another."""
    return Density(_distances(left, right).ravel())


def overlap(left: Density, right: Density) -> float:
    """Return the overlapping area of two densities, 0.0-1.0."""
    points = _points(min(left.lowest, right.lowest), max(left.highest, right.highest))
    if points[-1] == points[0]:
        return 1.0
    smaller = np.minimum(left.at(points), right.at(points))
    return float(((smaller[1:] + smaller[:-1]) / 2 * np.diff(points)).sum())


def divergence(true: Density, other: Density) -> float:
    """Return the divergence of one density from the true one over the range of both, in nats."""
    points = _points(min(true.lowest, other.lowest), max(true.highest, other.highest))
    return _divergence(true.at(points), other.at(points))


def legacy_divergence(true: Density, other: Density) -> float:
    """Return the divergence with each density read over its own range, in nats."""
    return _divergence(
        true.at(_points(true.lowest, true.highest)), other.at(_points(other.lowest, other.highest))
    )


def _divergence(true: Floats, other: Floats) -> float:
    p = np.maximum(true / true.sum(), FLOOR)
    q = np.maximum(other / other.sum(), FLOOR)
    return float((p * np.log(p / q)).sum())


def _points(low: float, high: float) -> Floats:
    return np.linspace(low, high, POINTS)


def _distances(left: Floats, right: Floats) -> Floats:
    squares = ((left[:, None, :] - right[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.sqrt(squares))
