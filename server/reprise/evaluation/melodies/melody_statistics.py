"""Ten statistics of a melody: five of pitch, five of rhythm (Yang and Lerch 2020, and one more).

They say what a set of melodies is like as a whole, never whether one of them is good. Lengths are
counted in beats of 120 a minute where a statistic is in seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.music.note import Note

Floats = NDArray[np.float64]
Line = Sequence[Note]
"""Notes of one melody, one after another, its first bar at beat 0."""

SECONDS_A_BEAT: Final = 0.5
BAR_BEATS: Final = 4.0
LENGTHS: Final = np.array([96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8]) / 96 * BAR_BEATS
"""In beats: whole to sixteenth, dotted half to dotted sixteenth, triplets of half to eighth."""
LENGTH_NAMES: Final = ("1", "2", "4", "8", "16", "2.", "4.", "8.", "16.", "2t", "4t", "8t")


def _pitches(line: Line) -> NDArray[np.int64]:
    return np.array([note.pitch for note in line], np.int64)


def _starts(line: Line) -> Floats:
    return np.array([note.start for note in line])


def length_classes(line: Line) -> NDArray[np.int64]:
    """Return the nearest of `LENGTHS` for each note."""
    durations = np.array([note.duration for note in line])
    nearest: NDArray[np.int64] = np.abs(durations[:, None] - LENGTHS).argmin(axis=1)
    return nearest


def pitch_count(line: Line) -> Floats:
    """Return how many different pitches there are."""
    return np.array([float(len(np.unique(_pitches(line))))])


def pitch_range(line: Line) -> Floats:
    """Return the semitones between the lowest and the highest pitch."""
    return np.array([float(np.ptp(_pitches(line)))])


def mean_interval(line: Line) -> Floats:
    """Return the mean semitones between neighbours, 0 for a single note."""
    steps = np.abs(np.diff(_pitches(line)))
    return np.array([float(steps.mean()) if len(steps) else 0.0])


def pitch_class_shares(line: Line) -> Floats:
    """Return how much of the sounding time each pitch class has, shape (12,)."""
    durations = np.array([note.duration for note in line])
    shares = np.bincount(_pitches(line) % 12, durations, 12)
    return np.asarray(shares / shares.sum())


def pitch_class_transitions(line: Line) -> Floats:
    """Return how often each pitch class follows each, shape (144,)."""
    return _transitions(_pitches(line) % 12)


def note_count(line: Line) -> Floats:
    """Return how many notes there are."""
    return np.array([float(len(line))])


def mean_onset_gap(line: Line) -> Floats:
    """Return the mean seconds between onsets, 0 for a single note."""
    gaps = np.diff(_starts(line)) * SECONDS_A_BEAT
    return np.array([float(gaps.mean()) if len(gaps) else 0.0])


def length_shares(line: Line) -> Floats:
    """Return which share of the notes has each of `LENGTHS`, shape (12,)."""
    return np.asarray(np.bincount(length_classes(line), minlength=len(LENGTHS)) / len(line))


def length_transitions(line: Line) -> Floats:
    """Return how often each length follows each, shape (144,)."""
    return _transitions(length_classes(line))


def bar_density(line: Line) -> Floats:
    """Return the mean and the standard deviation of the notes a bar, shape (2,)."""
    counts = np.bincount((_starts(line) // BAR_BEATS).astype(np.int64))
    return np.array([float(counts.mean()), float(counts.std())])


Statistic = Callable[[Line], Floats]

PITCH_STATISTICS: Final[Mapping[str, Statistic]] = MappingProxyType(
    {
        "pitch count": pitch_count,
        "pitch range": pitch_range,
        "mean interval": mean_interval,
        "pitch classes": pitch_class_shares,
        "pitch class transitions": pitch_class_transitions,
    }
)
RHYTHM_STATISTICS: Final[Mapping[str, Statistic]] = MappingProxyType(
    {
        "note count": note_count,
        "mean onset gap": mean_onset_gap,
        "note lengths": length_shares,
        "note length transitions": length_transitions,
    }
)
ADDED_STATISTICS: Final[Mapping[str, Statistic]] = MappingProxyType({"bar density": bar_density})
"""Ours: the study says ten and defines nine, so this one stays out of its means."""

STATISTICS: Final[Mapping[str, Statistic]] = MappingProxyType(
    {**PITCH_STATISTICS, **RHYTHM_STATISTICS, **ADDED_STATISTICS}
)


def measured(lines: Sequence[Line]) -> dict[str, Floats]:
    """Return every statistic by name, each of shape (lines, values); no line is empty."""
    return {
        name: np.array([statistic(line) for line in lines])
        for name, statistic in STATISTICS.items()
    }


def _transitions(classes: NDArray[np.int64], size: int = 12) -> Floats:
    counts = np.bincount(classes[:-1] * size + classes[1:], minlength=size * size)
    return counts.astype(np.float64)
