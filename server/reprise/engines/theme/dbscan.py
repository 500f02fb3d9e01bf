"""DBSCAN over a matrix of distances (Ester, Kriegel, Sander and Xu 1996)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SMALLEST_EPS: Final = 0.05
LARGEST_EPS: Final = 0.30
NOISE: Final = -1

Distances = NDArray[np.float64]
Labels = NDArray[np.int64]


def dbscan(distances: Distances, eps: float, min_samples: int) -> Labels:
    """Return the cluster of each item, counted from 0 in the order of the items; -1 for noise.

    An item with `min_samples` items within `eps`, itself among them, is a core; cores within `eps`
    of each other are one cluster. Other items within `eps` of a core join its cluster, the first
    one where there are several.

    Args:
        distances: Symmetric, of shape (items, items).
        eps: How near is near, the same included.
        min_samples: How many near items make a core, 1 or more.
    """
    is_near = distances <= eps
    is_core = is_near.sum(axis=1) >= min_samples
    labels = np.full(len(distances), NOISE, np.int64)
    count = 0
    for start in np.flatnonzero(is_core):
        if labels[start] == NOISE:
            _spread(int(start), count, is_near, is_core, labels)
            count += 1
    return labels


def _spread(
    start: int,
    label: int,
    is_near: NDArray[np.bool_],
    is_core: NDArray[np.bool_],
    labels: Labels,
) -> None:
    """Give a label to all that is reached from a core, in place."""
    waiting = [start]
    labels[start] = label
    while waiting:
        reached = np.flatnonzero(is_near[waiting.pop()] & (labels == NOISE))
        labels[reached] = label
        waiting += [int(item) for item in reached if is_core[item]]
