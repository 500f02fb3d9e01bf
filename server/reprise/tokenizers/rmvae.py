"""Bars of four lines as the bar-by-bar networks read and write them.

Two encodings of a bar of 16 steps. *Monophonic*: each step of a voice has the pitch that sounds and
whether it is struck there; what a network says of a step is one of 59 *classes*, a pitch that is
struck or `CONTINUE`. There are no rests: a note lasts until the next one, and a voice that is
silent for a whole bar is missing, not silent. *Polyphonic*: two numbers for each step and pitch,
whether a note begins there (activation) and how many steps it lasts (duration).

The pitches are MIDI 30..87: the 46 of the chorales and six semitones on either side, so that every
chorale fits in every key. This module knows nothing of clips, beats or networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from reprise.music.key import find_key
from reprise.music.note import Note
from reprise.tokenizers import chorale

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)

VOICE_COUNT: Final = chorale.VOICE_COUNT
BAR_STEPS: Final = 16
HEARD_BARS: Final = 8
"""Bars that are heard before the one that is written."""

LOWEST_PITCH: Final = 30
PITCH_COUNT: Final = 58
CONTINUE: Final = PITCH_COUNT
CLASS_COUNT: Final = PITCH_COUNT + 1
UNKNOWN_PITCH: Final = PITCH_COUNT
"""In place of a pitch that is not written yet or not known."""

HELD: Final = 0
STRUCK: Final = 1
UNKNOWN_STRIKE: Final = 2
FURTHEST_TRANSPOSITION: Final = 6

_CLASS_SHIFT: Final = chorale.LOWEST_PITCH - 1 - LOWEST_PITCH
"""From a class of the chorale grid to a pitch's number here."""


@dataclass(frozen=True)
class Lines:
    """Four lines, step by step.

    Attributes:
        pitches: Numbers 0..57 of the pitches that sound, of shape (steps, 4).
        strikes: True where they are struck, of the same shape.
        is_known: False where a line has nothing to say, of the same shape.
    """

    pitches: NDArray[np.int64]
    strikes: Mask
    is_known: Mask


class Bars(NamedTuple):
    """A stretch of bars.

    Attributes:
        pitches: Numbers of the pitches that sound, of shape (bars, 4, 16).
        strikes: True where they are struck, of the same shape.
        exists: Whether a voice has anything to say in a bar, of shape (bars, 4).
    """

    pitches: NDArray[np.int64]
    strikes: Mask
    exists: Mask

    @property
    def classes(self) -> NDArray[np.int64]:
        """What a network should say of each step, of shape (bars, 4, 16)."""
        return np.where(self.strikes, self.pitches, CONTINUE)


def vocabulary() -> dict[str, Any]:
    """Return what a model directory says of the bars that its networks read."""
    return {
        "voices": list(chorale.VOICES),
        "bar_steps": BAR_STEPS,
        "heard_bars": HEARD_BARS,
        "lowest_pitch": LOWEST_PITCH,
        "pitches": PITCH_COUNT,
    }


def lines_of_grid(grid: chorale.Grid, semitones: int = 0) -> Lines:
    """Return the lines of a chorale grid of shape (steps, 4), moved by -6..6 semitones.

    A rest or an unknown cell takes the pitch before it, or the first one after it where there is
    none before; a line without any pitch is unknown.
    """
    sounding = (grid != chorale.REST) & (grid != chorale.UNKNOWN)
    pitches = np.zeros(grid.shape, np.int64)
    for voice in range(grid.shape[1]):
        pitches[:, voice] = _carried(grid[:, voice], sounding[:, voice]) + semitones
    strikes: Mask = np.ones(grid.shape, np.bool_)
    strikes[1:] = pitches[1:] != pitches[:-1]
    return Lines(np.clip(pitches, 0, PITCH_COUNT - 1), strikes, grid != chorale.UNKNOWN)


def pitch_numbers(classes: chorale.Grid, semitones: int = 0) -> NDArray[np.int64]:
    """Return the numbers of a chorale grid's classes moved by -6..6 semitones, of any shape.

    Rests and unknown cells are `UNKNOWN_PITCH`.
    """
    sounding = (classes != chorale.REST) & (classes != chorale.UNKNOWN)
    return np.where(sounding, classes + _CLASS_SHIFT + semitones, UNKNOWN_PITCH)


def _carried(classes: NDArray[np.int64], sounding: Mask) -> NDArray[np.int64]:
    steps = np.arange(len(classes))
    if not sounding.any():
        return np.zeros(len(classes), np.int64)
    before = np.maximum.accumulate(np.where(sounding, steps, -1))
    filled = np.where(before < 0, np.flatnonzero(sounding)[0], before)
    carried: NDArray[np.int64] = classes[filled] + _CLASS_SHIFT
    return carried


def bars(values: NDArray[Number], first: int, count: int) -> NDArray[Number]:
    """Return `count` bars from step `first` on, of shape (count, 4, 16); zeros beyond the ends.

    Args:
        values: Of shape (steps, 4).
        first: The first step; it may lie before the beginning.
        count: How many bars.
    """
    wanted = np.arange(first, first + count * BAR_STEPS)
    inside = (wanted >= 0) & (wanted < len(values))
    taken = np.where(inside[:, None], values[np.clip(wanted, 0, len(values) - 1)], 0)
    shaped = taken.reshape(count, BAR_STEPS, -1).transpose(0, 2, 1)
    return np.ascontiguousarray(shaped.astype(values.dtype))


def whole_bars(lines: Lines, first: int, count: int) -> Mask:
    """Return which voices are known in all of each of some bars, of shape (count, 4)."""
    whole: Mask = np.all(bars(lines.is_known, first, count), axis=2)
    return whole


def bars_of(lines: Lines, first: int, count: int, semitones: int) -> Bars:
    """Return some bars of lines from a step on, moved by semitones."""
    moved = bars(lines.pitches, first, count) + semitones
    return Bars(
        np.clip(moved, 0, PITCH_COUNT - 1),
        bars(lines.strikes, first, count),
        whole_bars(lines, first, count),
    )


def windows(
    chorales: Sequence[chorale.Grid], count: int, offset: int = 1, *, is_home: bool = True
) -> list[Bars]:
    """Return all stretches of so many whole bars of chorales, from the first row on, a bar apart.

    A shorter chorale gives one stretch, in which the bars before its beginning are missing.

    Args:
        chorales: Grids of shape (steps, 4).
        count: Bars of a stretch.
        offset: The last bar comes so many bars after the last one that is heard.
        is_home: Whether to bring each to C major or A minor, by the bars that are heard.
    """
    length = count * BAR_STEPS
    found = []
    for grid in chorales:
        lines = lines_of_grid(grid)
        last = len(grid) // BAR_STEPS * BAR_STEPS - length
        for first in range(min(0, last), last + 1, BAR_STEPS):
            heard = grid[max(0, first) : first + length - offset * BAR_STEPS]
            home = home_transposition(heard) if is_home else 0
            found.append(bars_of(lines, first, count, home))
    return found


def home_transposition(grid: chorale.Grid) -> int:
    """Return the semitones, -6..5, that bring a grid of shape (steps, 4) to C major or A minor."""
    sounding = grid[(grid != chorale.REST) & (grid != chorale.UNKNOWN)]
    weights = np.bincount((sounding + chorale.LOWEST_PITCH - 1) % 12, minlength=12)
    key = find_key(Note(0.0, 60 + tone, float(n)) for tone, n in enumerate(weights) if n)
    if key is None:
        return 0
    home = 9 if key.scale == "minor" else 0
    return (home - key.tonic + 6) % 12 - 6


def polyphonic(voices: Sequence[NDArray[np.int64]], strikes: Sequence[Mask]) -> Floats:
    """Return activation and duration of lines that share one voice, of shape (steps, 58, 2).

    Args:
        voices: Numbers 0..57 of the pitches that sound, each of shape (steps,).
        strikes: True where they are struck, each of shape (steps,).

    Durations are in 16ths, cut at a whole bar.
    """
    rolls = np.zeros((len(voices[0]), PITCH_COUNT, 2), np.float32)
    for pitches, struck in zip(voices, strikes, strict=True):
        starts = np.flatnonzero(struck)
        lengths = np.diff(np.append(starts, len(pitches)))
        rolls[starts, pitches[starts], 0] = 1.0
        longest = np.maximum(rolls[starts, pitches[starts], 1], np.minimum(lengths, BAR_STEPS))
        rolls[starts, pitches[starts], 1] = longest
    return rolls


def polyphonic_notes(roll: Floats) -> list[tuple[int, int, int]]:
    """Return (step, pitch's number, length in steps) of each note of a roll (steps, 58, 2).

    A note begins where the activation is 0.5 or more; it lasts 1 step at least.
    """
    found = np.argwhere(roll[..., 0] >= 0.5)
    return [
        (int(step), int(pitch), max(1, round(float(roll[step, pitch, 1])))) for step, pitch in found
    ]
