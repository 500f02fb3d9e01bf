"""Four-voice chorales on a 16th grid: classes, and the features that the chorale networks read.

A *grid* is an integer array of shape (steps, 4): one row for each 16th, the voices in the order
soprano, alto, tenor, bass. Its cells are *classes*: 0 is a rest, 1..46 are MIDI pitches 36..81.
A pitch that goes on and a pitch that is struck again look the same on a grid.

The next-note network predicts the cells row by row and, inside a row, from soprano to bass. For
every cell it reads `NEXT_NOTE_FEATURES` numbers, which describe what is known just before it:

    0        voice of the cell, 0..3
    1        phase: step modulo 16
    2..5     latest class of each voice: of this row where it is placed already (plus 48, to tell
             it apart), else of the row before; 47 where the voice has none yet
    6..9     how many steps that class has been held since it was struck, 0..31 (32: no class
             yet), plus 33 where it is placed already
    10..13   the class of each voice before that one; 47: none seen
    14, 15   latest class of the cell's own voice, and how long it has been held
    16..19   interval from each voice's latest pitch to that of the cell's own voice
    20..23   interval of each voice from the pitch before to its latest: its last melodic step
    24..35   age of each pitch class, counted up from that of the own latest class: 0 where some
             voice sounded it one step before, 1 up to 4 steps before, 2 up to 8, 3 up to 16,
             4 up to 32, 5 longer ago or never. It tells the key, the same way in all keys.
    36..39   interval of each voice from the class before the one before to the one before: its
             melodic step before the last
    40..43   how many steps the class before was held
    44..58   age of each pitch of the own voice alone, from 7 semitones below its latest to 7 above

The infill network reads `INFILL_FEATURES` numbers for every step:

    0        phase: step modulo 16
    1..4     class of each voice, 47 where it is hidden
    5..8     how many steps back the same class goes, 0..15, 16 when hidden, 17 when the run
             begins at a hidden cell or at the edge, so that its true start is unknown
    9..12    the same, forwards
    13..16   interval of each voice from the pitch before this run
    17..20   interval of each voice to the pitch after this run
    21..26   interval between each two voices, the higher voice first in order

Intervals in chords are folded by octaves into two octaves each way, those in melodies are cut at
an octave; 0 stands for an interval that is unknown because a side is hidden or rests.

This module knows nothing of clips, beats or networks.
"""

import itertools
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

WIDEST_CHORD_INTERVAL: Final = 24
WIDEST_STEP: Final = 12
RECENT_STEPS: Final = (1, 4, 8, 16, 32)
LONG_AGO: Final = 1_000_000
NEAR: Final = 7

_PAIRS: Final = tuple(itertools.combinations(range(VOICE_COUNT), 2))
_LATEST_SIZE: Final = 2 * (CLASS_COUNT + 1)
_HELD_SIZE: Final = 2 * (NO_HOLD + 1)
_CHORD_SIZE: Final = 2 * WIDEST_CHORD_INTERVAL + 2
_STEP_SIZE: Final = 2 * WIDEST_STEP + 2

NEXT_NOTE_SIZES: Final = (
    (VOICE_COUNT, PHASES)
    + (_LATEST_SIZE,) * VOICE_COUNT
    + (_HELD_SIZE,) * VOICE_COUNT
    + (CLASS_COUNT + 1,) * VOICE_COUNT
    + (CLASS_COUNT + 1, NO_HOLD + 1)
    + (_CHORD_SIZE,) * VOICE_COUNT
    + (_STEP_SIZE,) * VOICE_COUNT
    + (len(RECENT_STEPS) + 1,) * 12
    + (_STEP_SIZE,) * VOICE_COUNT
    + (NO_HOLD + 1,) * VOICE_COUNT
    + (len(RECENT_STEPS) + 1,) * (2 * NEAR + 1)
)
"""How many values each feature of the next-note network can take."""

INFILL_SIZES: Final = (
    (PHASES,)
    + (CLASS_COUNT + 1,) * VOICE_COUNT
    + (OPEN_RUN + 1,) * (2 * VOICE_COUNT)
    + (_STEP_SIZE,) * (2 * VOICE_COUNT)
    + (_CHORD_SIZE,) * len(_PAIRS)
)
"""How many values each feature of the infill network can take."""

_EACH_VOICE: Final = tuple(range(VOICE_COUNT))

NEXT_NOTE_GROUPS: Final = (
    (6, 7)
    + 3 * _EACH_VOICE
    + (5, 5)
    + 2 * _EACH_VOICE
    + (4,) * 12
    + 2 * _EACH_VOICE
    + (5,) * (2 * NEAR + 1)
)
"""What each next-note feature tells of: a voice 0..3, the key (4), the own line (5), the place."""

NEXT_NOTE_FEATURES: Final = len(NEXT_NOTE_SIZES)
INFILL_FEATURES: Final = len(INFILL_SIZES)

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


def next_note_features(
    grids: Grid, *, phase: NDArray[np.integer] | int = 0, orders: NDArray[np.integer] | None = None
) -> Grid:
    """Return what the next-note network reads before each cell.

    Args:
        grids: Classes of shape (batch, steps, 4).
        phase: Step modulo 16 of the first row, one for all or of shape (batch,).
        orders: The order in which the voices of a row are placed, of shape (batch, 4); soprano to
            bass by default. While training other orders are asked too, which teaches more from
            the same music.

    Returns:
        Integers of shape (batch, steps * 4, NEXT_NOTE_FEATURES), row by row and in each row in
        the order of its window.
    """
    batch, steps, _ = grids.shape
    if orders is None:
        orders = np.broadcast_to(np.arange(VOICE_COUNT), (batch, VOICE_COUNT))
    held = np.zeros_like(grids)
    before = np.full_like(grids, UNKNOWN)
    held_before = np.full_like(grids, NO_HOLD)
    still_before = np.full_like(grids, UNKNOWN)
    for step in range(1, steps):
        last = step - 1
        same = grids[:, step] == grids[:, last]
        held[:, step] = np.where(same, np.minimum(held[:, last] + 1, LONGEST_HOLD), 0)
        before[:, step] = np.where(same, before[:, last], grids[:, last])
        held_before[:, step] = np.where(same, held_before[:, last], held[:, last])
        still_before[:, step] = np.where(same, still_before[:, last], before[:, last])
    # (batch, steps, 5, voice)
    now = np.stack([grids, held, before, held_before, still_before], axis=2)
    earlier = np.empty_like(now)
    earlier[:, 1:] = now[:, :-1]
    earlier[:, 0] = np.array([UNKNOWN, NO_HOLD, UNKNOWN, NO_HOLD, UNKNOWN])[:, None]
    ages = _ages(grids)
    first = np.broadcast_to(np.asarray(phase), (batch,))
    phases = (first[:, None, None] + np.arange(steps)[:, None]) % PHASES
    voices = np.broadcast_to(orders[:, None], (batch, steps, VOICE_COUNT))
    # A voice is placed at the cell of another when its rank in the order is lower.
    ranks = np.argsort(orders, axis=1)
    is_placed = ranks[:, None, None, :] < np.arange(VOICE_COUNT)[:, None]
    # (batch, steps, cell of the row, 5, voice)
    known = np.where(is_placed[..., None, :], now[:, :, None], earlier[:, :, None])
    is_placed = np.broadcast_to(is_placed, (batch, steps, VOICE_COUNT, VOICE_COUNT))
    heard = np.broadcast_to(ages[:, :, None], (*voices.shape, *ages.shape[2:]))
    rows = _describe(voices, np.broadcast_to(phases, voices.shape), known, is_placed, heard)
    return rows.reshape(batch, steps * VOICE_COUNT, NEXT_NOTE_FEATURES)


def _ages(grids: Grid) -> Grid:
    """Return how many steps before each row each voice had each class, (batch, steps, 4, 48)."""
    batch, steps, _ = grids.shape
    ages = np.full((batch, steps, VOICE_COUNT, UNKNOWN + 1), LONG_AGO)
    for step in range(1, steps):
        ages[:, step] = np.minimum(ages[:, step - 1] + 1, LONG_AGO)
        np.put_along_axis(ages[:, step], grids[:, step - 1, :, None], 1, axis=-1)
    return ages


def _pitch_class_ages(ages: Grid) -> Grid:
    """Return the steps since any voice had each class modulo 12, of shape (..., 12)."""
    pitched = ages[..., REST + 1 : UNKNOWN].min(axis=-2)
    # Classes 1 to 46 between padding for 0 and 47, so that columns are classes modulo 12.
    padding = np.full((*pitched.shape[:-1], 1), LONG_AGO)
    padded = np.concatenate([padding, pitched, padding], axis=-1)
    answer: Grid = padded.reshape(*padded.shape[:-1], -1, 12).min(axis=-2)
    return answer


def _describe(
    voices: Grid, phases: Grid, known: Grid, is_placed: NDArray[np.bool_], ages: Grid
) -> Grid:
    """Return next-note features (..., NEXT_NOTE_FEATURES).

    Args:
        voices: The cells' voices, of shape (...).
        phases: The cells' phases, of shape (...).
        known: Of every voice the latest class, how long it has been held, the class before, how
            long that was held, and the class before that; of shape (..., 5, 4).
        is_placed: Whether each voice has its class in this row already, of shape (..., 4).
        ages: Steps since each voice had each class, of shape (..., 4, 48).
    """
    latest, held, before = known[..., 0, :], known[..., 1, :], known[..., 2, :]
    own = np.take_along_axis(latest, voices[..., None], axis=-1)
    own_held = np.take_along_axis(held, voices[..., None], axis=-1)
    pitch_class_ages = np.take_along_axis(
        _pitch_class_ages(ages), (own + np.arange(12)) % 12, axis=-1
    )
    own_ages = np.take_along_axis(ages, voices[..., None, None], axis=-2)[..., 0, :]
    near = own + np.arange(-NEAR, NEAR + 1)
    near_ages = np.take_along_axis(own_ages, np.clip(near, REST, UNKNOWN), axis=-1)
    is_near = (near > REST) & (near < UNKNOWN) & (own != REST) & (own != UNKNOWN)
    parts = (
        voices[..., None],
        phases[..., None],
        latest + (CLASS_COUNT + 1) * is_placed,
        held + (NO_HOLD + 1) * is_placed,
        before,
        own,
        own_held,
        _chord_interval(latest, own),
        _melodic_interval(before, latest),
        np.searchsorted(RECENT_STEPS, pitch_class_ages),
        _melodic_interval(known[..., 4, :], before),
        known[..., 3, :],
        np.searchsorted(RECENT_STEPS, np.where(is_near, near_ages, LONG_AGO)),
    )
    return np.concatenate(parts, axis=-1)


def _chord_interval(low: Grid, high: Grid) -> Grid:
    """Return the interval folded into two octaves each way, 1..49; 0 when a side has no pitch."""
    interval = high - low
    beyond = np.maximum(np.abs(interval) - WIDEST_CHORD_INTERVAL, 0)
    folded = interval - np.sign(interval) * 12 * -(-beyond // 12)
    return np.where(_both_sound(low, high), folded + WIDEST_CHORD_INTERVAL + 1, 0)


def _melodic_interval(first: Grid, second: Grid) -> Grid:
    """Return the interval cut at an octave each way, 1..25; 0 when a side has no pitch."""
    interval = np.clip(second - first, -WIDEST_STEP, WIDEST_STEP)
    return np.where(_both_sound(first, second), interval + WIDEST_STEP + 1, 0)


def _both_sound(first: Grid, second: Grid) -> NDArray[np.bool_]:
    answer: NDArray[np.bool_] = (
        (first != REST) & (first != UNKNOWN) & (second != REST) & (second != UNKNOWN)
    )
    return answer


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
        self._held_before = [NO_HOLD] * VOICE_COUNT
        self._still_before = [UNKNOWN] * VOICE_COUNT
        self._ages = np.full((VOICE_COUNT, UNKNOWN + 1), LONG_AGO)

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
        known = np.array(
            [self._latest, self._held, self._before, self._held_before, self._still_before]
        )
        is_placed = np.arange(VOICE_COUNT) < self.voice
        return _describe(np.asarray(self.voice), np.asarray(phase), known, is_placed, self._ages)

    def place(self, class_: int) -> None:
        """Take the next cell's class, 0..46."""
        voice = self.voice
        if class_ == self._latest[voice]:
            self._held[voice] = min(self._held[voice] + 1, LONGEST_HOLD)
        else:
            self._still_before[voice] = self._before[voice]
            self._held_before[voice] = self._held[voice]
            self._before[voice] = self._latest[voice]
            self._latest[voice] = class_
            self._held[voice] = 0
        self.cell += 1
        if self.cell % VOICE_COUNT == 0:
            self._ages = np.minimum(self._ages + 1, LONG_AGO)
            self._ages[np.arange(VOICE_COUNT), self._latest] = 1

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
        twin._held_before = self._held_before.copy()
        twin._still_before = self._still_before.copy()
        twin._ages = self._ages
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
    back, before = _runs(cells)
    ahead, after = (found[:, ::-1] for found in _runs(cells[:, ::-1]))
    pairs = [_chord_interval(cells[..., low], cells[..., high]) for high, low in _PAIRS]
    parts = (
        phases[:, :, None],
        cells,
        back,
        ahead,
        _melodic_interval(before, cells),
        _melodic_interval(cells, after),
        np.stack(pairs, axis=-1),
    )
    return np.concatenate(parts, axis=2)


def _runs(cells: Grid) -> tuple[Grid, Grid]:
    """Return how many steps back each cell's class goes, and the class before that run.

    See the module's docstring for the lengths; the class is UNKNOWN where it is not visible.
    """
    lengths = np.full_like(cells, OPEN_RUN)
    lengths[cells == UNKNOWN] = HIDDEN_RUN
    before = np.full_like(cells, UNKNOWN)
    for step in range(1, cells.shape[1]):
        here, last, length = cells[:, step], cells[:, step - 1], lengths[:, step - 1]
        longer = np.where(length == OPEN_RUN, OPEN_RUN, np.minimum(length + 1, LONGEST_RUN))
        fresh = np.where(last == UNKNOWN, OPEN_RUN, 0)
        run = np.where(here == last, longer, fresh)
        lengths[:, step] = np.where(here == UNKNOWN, HIDDEN_RUN, run)
        before[:, step] = np.where(here == last, before[:, step - 1], last)
    return lengths, before
