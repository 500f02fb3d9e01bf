"""Four-voice chorales on a 16th grid: classes, and the features that the chorale networks read.

A *grid* is an integer array of shape (steps, 4): one row for each 16th, the voices in the order
soprano, alto, tenor, bass. Its cells are *classes*: 0 is a rest, 1..46 are MIDI pitches 36..81.
A pitch that goes on and a pitch that is struck again look the same on a grid.

The next-note network predicts the cells row by row and, inside a row, from soprano to bass. For
every cell it reads `NEXT_NOTE_FEATURES` numbers, which describe what is known just before it:

    0        voice of the cell, 0..3
    1        phase: step modulo 16
    2..5     latest class of each voice (of this row where it is placed already, else the row before)
    6..9     how many steps that class has been held since it was struck, 0..31 (32: no class yet)
    10..13   the class before that one (47: none seen)

The infill network reads `INFILL_FEATURES` numbers for every step:

    0        phase: step modulo 16
    1..4     class of each voice, 47 where it is hidden
    5..8     how many steps back the same class goes, 0..15, of 16 when hidden, 17 when the run
             begins at a hidden cell or at the edge, so that its true start is unknown
    9..12    the same, forwards

This module knows nothing of clips, beats or networks.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.int64]

VOICES: Final = ("soprano", "alto", "tenor", "bass")
VOICE_COUNT: Final = len(VOICES)
STEPS_PER_BEAT: Final = 4
PHASES: Final = 16

REST: Final = 0
LOWEST_PITCH: Final = 36
HIGHEST_PITCH: Final = 81
CLASS_COUNT: Final = HIGHEST_PITCH - LOWEST_PITCH + 2
UNKNOWN: Final = CLASS_COUNT

LONGEST_HOLD: Final = 31
NO_HOLD: Final = LONGEST_HOLD + 1
LONGEST_RUN: Final = 15
HIDDEN_RUN: Final = LONGEST_RUN + 1
OPEN_RUN: Final = LONGEST_RUN + 2

NEXT_NOTE_FEATURES: Final = 2 + 3 * VOICE_COUNT
INFILL_FEATURES: Final = 1 + 3 * VOICE_COUNT

VOICE_RANGES: Final = ((60, 81), (52, 74), (46, 69), (36, 66))
"""Lowest and highest pitch that each voice sings in the training chorales."""


def classes_from_pitches(pitches: NDArray[np.integer]) -> Grid:
    """Return classes for pitches 36..81, and for 0, which stands for a rest.

    Raises:
        ValueError: A pitch lies outside 36..81.
    """
    values = np.asarray(pitches, dtype=np.int64)
    sounding = values[values != 0]
    if sounding.size and (sounding.min() < LOWEST_PITCH or sounding.max() > HIGHEST_PITCH):
        raise ValueError(
            f"pitches must be 0 or in {LOWEST_PITCH}..{HIGHEST_PITCH}, "
            f"got {sounding.min()}..{sounding.max()}"
        )
    return np.where(values == 0, REST, values - (LOWEST_PITCH - 1))


def pitches_from_classes(classes: NDArray[np.integer]) -> Grid:
    """Return MIDI pitches for classes; a rest becomes 0."""
    values = np.asarray(classes, dtype=np.int64)
    return np.where(values == REST, 0, values + (LOWEST_PITCH - 1))


def class_from_pitch(pitch: int) -> int:
    """Return the class of one pitch in 36..81."""
    return int(pitch) - (LOWEST_PITCH - 1)


def transposed(grid: Grid, semitones: int) -> Grid:
    """Return the grid moved by semitones; rests and unknown cells stay as they are."""
    sounding = (grid != REST) & (grid != UNKNOWN)
    return np.where(sounding, grid + semitones, grid)


def feasible_transpositions(grid: Grid, *, furthest: int) -> range:
    """Return the semitones in -furthest..furthest that keep every cell inside 36..81."""
    sounding = grid[(grid != REST) & (grid != UNKNOWN)]
    if sounding.size == 0:
        return range(-furthest, furthest + 1)
    down = max(-furthest, 1 - int(sounding.min()))
    up = min(furthest, CLASS_COUNT - 1 - int(sounding.max()))
    return range(min(down, 0), max(up, 0) + 1)


def next_note_features(grids: Grid, *, phase: NDArray[np.integer] | int = 0) -> Grid:
    """Return what the next-note network reads before each cell.

    Args:
        grids: Classes of shape (batch, steps, 4).
        phase: Step modulo 16 of the first row, one for all or of shape (batch,).

    Returns:
        Integers of shape (batch, steps * 4, NEXT_NOTE_FEATURES).
    """
    batch, steps, _ = grids.shape
    held = np.zeros_like(grids)
    before = np.full_like(grids, UNKNOWN)
    for step in range(1, steps):
        same = grids[:, step] == grids[:, step - 1]
        held[:, step] = np.where(same, np.minimum(held[:, step - 1] + 1, LONGEST_HOLD), 0)
        before[:, step] = np.where(same, before[:, step - 1], grids[:, step - 1])
    now = np.stack([grids, held, before], axis=2)  # (batch, steps, 3, voice)
    earlier = np.empty_like(now)
    earlier[:, 1:] = now[:, :-1]
    earlier[:, 0, 0] = UNKNOWN
    earlier[:, 0, 1] = NO_HOLD
    earlier[:, 0, 2] = UNKNOWN
    features = np.empty((batch, steps, VOICE_COUNT, NEXT_NOTE_FEATURES), dtype=np.int64)
    first = np.broadcast_to(np.asarray(phase), (batch,))
    features[..., 1] = ((first[:, None] + np.arange(steps)) % PHASES)[:, :, None]
    for voice in range(VOICE_COUNT):
        features[:, :, voice, 0] = voice
        known = np.where(np.arange(VOICE_COUNT) < voice, now, earlier)
        features[:, :, voice, 2:] = known.reshape(batch, steps, 3 * VOICE_COUNT)
    return features.reshape(batch, steps * VOICE_COUNT, NEXT_NOTE_FEATURES)


class ChoraleState:
    """The same features for one chorale, kept up to date cell by cell while notes are made.

    Attributes:
        cell: How many cells have been placed.
    """

    def __init__(self, *, phase: int = 0) -> None:
        self.cell = 0
        self._phase = phase
        self._latest = [UNKNOWN] * VOICE_COUNT
        self._held = [NO_HOLD] * VOICE_COUNT
        self._before = [UNKNOWN] * VOICE_COUNT

    @property
    def voice(self) -> int:
        """The voice of the next cell, 0..3."""
        return self.cell % VOICE_COUNT

    @property
    def latest(self) -> tuple[int, ...]:
        """The latest class of each voice; UNKNOWN before its first."""
        return tuple(self._latest)

    def features(self) -> Grid:
        """Return the features of the next cell, shape (NEXT_NOTE_FEATURES,)."""
        phase = (self._phase + self.cell // VOICE_COUNT) % PHASES
        row = [self.voice, phase, *self._latest, *self._held, *self._before]
        return np.array(row, dtype=np.int64)

    def place(self, class_: int) -> None:
        """Take the next cell's class, 0..46."""
        voice = self.voice
        if class_ == self._latest[voice]:
            self._held[voice] = min(self._held[voice] + 1, LONGEST_HOLD)
        else:
            self._before[voice] = self._latest[voice]
            self._latest[voice] = class_
            self._held[voice] = 0
        self.cell += 1

    def place_all(self, classes: Iterable[int]) -> None:
        """Take several cells in order."""
        for class_ in classes:
            self.place(int(class_))

    def copy(self) -> "ChoraleState":
        """Return a state that goes its own way from here."""
        twin = ChoraleState(phase=self._phase)
        twin.cell = self.cell
        twin._latest = self._latest.copy()
        twin._held = self._held.copy()
        twin._before = self._before.copy()
        return twin


def infill_features(
    grids: Grid, hidden: NDArray[np.bool_], *, phase: NDArray[np.integer] | int = 0
) -> Grid:
    """Return what the infill network reads at each step.

    Args:
        grids: Classes of shape (batch, steps, 4); the hidden ones are not looked at.
        hidden: True where a cell is to be found, of the same shape.
        phase: Step modulo 16 of the first row, one for all or of shape (batch,).

    Returns:
        Integers of shape (batch, steps, INFILL_FEATURES).
    """
    batch, steps, _ = grids.shape
    cells = np.where(hidden, UNKNOWN, grids)
    first = np.broadcast_to(np.asarray(phase), (batch,))
    phases = (first[:, None] + np.arange(steps)) % PHASES
    back = _run_lengths(cells)
    ahead = _run_lengths(cells[:, ::-1])[:, ::-1]
    return np.concatenate([phases[:, :, None], cells, back, ahead], axis=2)


def _run_lengths(cells: Grid) -> Grid:
    """Return for each cell how many steps back its class goes; see the module's docstring."""
    runs = np.full_like(cells, OPEN_RUN)
    runs[cells == UNKNOWN] = HIDDEN_RUN
    for step in range(1, cells.shape[1]):
        here, last, run = cells[:, step], cells[:, step - 1], runs[:, step - 1]
        longer = np.where(run == OPEN_RUN, OPEN_RUN, np.minimum(run + 1, LONGEST_RUN))
        fresh = np.where(last == UNKNOWN, OPEN_RUN, 0)
        runs[:, step] = np.where(here == UNKNOWN, HIDDEN_RUN, np.where(here == last, longer, fresh))
    return runs
