"""How far chords and lengths are apart, as tables over their classes."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers import chords

BASS_SHARE: Final = 0.1
EDGE: Final = 1e-9

Floats = NDArray[np.float64]


@cache
def tones() -> Floats:
    """Return which pitch classes are in each chord class, (classes, 12); none in no chord."""
    found = np.zeros((chords.CHORD_COUNT, 12))
    for class_, row in enumerate(found):
        chord = chords.chord_of(class_)
        if chord is not None:
            row[list(chord.pitch_classes)] = 1.0
    return found


@cache
def chord_distances() -> Floats:
    """Return how far chords are apart, (classes, classes), 0.0-1.0.

    Nine tenths are the share of pitch classes that only one of two chords has, one tenth whether
    the bass is another. No chord is as far from any chord as can be.
    """
    shared = tones() @ tones().T
    sizes = tones().sum(axis=1)
    together = np.maximum(sizes[:, None] + sizes[None] - shared, 1.0)
    found: Floats = (1 - BASS_SHARE) * (1.0 - shared / together)
    found += BASS_SHARE * (_basses()[:, None] != _basses()[None])
    found[chords.NO_CHORD] = found[:, chords.NO_CHORD] = 1.0
    np.fill_diagonal(found, 0.0)
    return found


@cache
def length_distances() -> Floats:
    """Return how far lengths are apart, (classes, classes): how often one doubles to the other."""
    logarithms = np.log2(np.array(chords.DURATIONS))
    found: Floats = np.abs(logarithms[:, None] - logarithms[None])
    return found


class Between:
    """Which classes lie on the way from one row of classes to another."""

    def __init__(self, table: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Measure all classes from both ends."""
        rows = np.arange(len(first))
        self._rows = rows
        self._from_first = table[first]
        self._to_last = table[last]
        self._all = self._from_first[rows, last]

    def ahead(self, here: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the classes (rows, classes) that are no step back from those of each row."""
        gone = self._from_first[self._rows, here]
        left = self._to_last[self._rows, here]
        found: NDArray[np.bool_] = (
            (self._from_first >= gone[:, None] - EDGE)
            & (self._from_first <= self._all[:, None] + EDGE)
            & (self._to_last <= left[:, None] + EDGE)
        )
        return found


def _basses() -> NDArray[np.int64]:
    found = [chords.chord_of(class_) for class_ in range(chords.CHORD_COUNT)]
    return np.array([-1 if chord is None else chord.bass for chord in found])
