"""Swing and micro-timing: taken off before a model reads the notes, put back on its answer.

Models read a grid; people play around it. `take_off` moves notes to the straight grid and remembers
how they were played. `put_back` returns the source's own notes exactly as they were, and lets new
notes fall where the player would have put them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from reprise.music.meter import MeterMap
from reprise.music.note import Note

GRID_PER_BEAT = 24
"""32nds and triplet 16ths are exact."""

DEFAULT_VELOCITY = 100
SWING_UNITS = (0.5, 0.25)
MIN_OFF_BEATS = 4
MIN_SWING, MAX_SWING = 0.53, 0.72
EARLIEST_OFF_BEAT, EARLIEST_BETWEEN = 0.45, 0.12
MAX_BETWEEN = 0.15
"""Onsets inside the first unit for each on the off-beat: more of them is another subdivision."""
MAX_SPREAD = 0.06
"""Median distance of off-beats from their median, in pairs: more of it is no swing."""

EXACT_BEATS, MIN_EXACT_SHARE = 0.001, 0.9
SUBDIVISION_COSTS = ((4, 0.0), (3, 0.02), (8, 0.05), (6, 0.055))
"""Steps of a beat, and by how many beats they must fit better than sixteenths to be meant."""
FULL_GRID_COST = 0.08

_Key = tuple[str, int]
_Beats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Swing:
    """Late off-beats.

    Attributes:
        unit: The note that swings, in beats: 0.5 for eighths, 0.25 for sixteenths.
        ratio: Where the off-beat falls in a pair of units: 0.5 is straight, 2/3 is triplets.
    """

    unit: float
    ratio: float


@dataclass(frozen=True)
class Feel:
    """How a clip was played.

    Attributes:
        meter_map: Swing and metric positions are counted from its bars.
        swing: Late off-beats, None where the clip is straight.
        played: Each straight note with the one that was played, in the clip's order.
        grid_per_beat: Grid steps in a beat.
    """

    meter_map: MeterMap = field(default_factory=MeterMap)
    swing: Swing | None = None
    played: tuple[tuple[Note, Note], ...] = ()
    grid_per_beat: int = GRID_PER_BEAT

    def straightened(self, beat: float) -> float:
        """Return a played time without the clip's swing, in beats."""
        if self.swing is None:
            return beat
        return self._moved(beat, 2 * self.swing.unit, self.swing.ratio, 0.5)

    def swung(self, beat: float) -> float:
        """Return a straight time with the clip's swing, in beats."""
        if self.swing is None:
            return beat
        return self._moved(beat, 2 * self.swing.unit, 0.5, self.swing.ratio)

    def residual_at(self, beat: float) -> float:
        """Return how far off the swung grid a note at a straight time is played, in beats.

        The median of the source's onsets at that time; else at that place in the bar, at that
        place in the beat, or of all.
        """
        return self._drawn(self._residuals, beat, 0.0)

    def velocity_at(self, beat: float) -> int:
        """Return the velocity 1-127 that the player gives a note at a straight time.

        Drawn like `residual_at`.
        """
        return round(self._drawn(self._velocities, beat, DEFAULT_VELOCITY))

    def _moved(self, beat: float, pair: float, knee: float, new_knee: float) -> float:
        """Return a time moved such that the knee of its pair of units falls on the new knee."""
        bar_length = self.meter_map.at(beat).bar_length
        return _bent(beat, self.meter_map.bar_start(beat), bar_length, pair, knee, new_knee)

    @cached_property
    def _residuals(self) -> Mapping[_Key, float]:
        return self._medians(
            (straight.start, note.start - self.swung(straight.start))
            for straight, note in self.played
        )

    @cached_property
    def _velocities(self) -> Mapping[_Key, float]:
        return self._medians((straight.start, note.velocity) for straight, note in self.played)

    def _medians(self, values: Iterable[tuple[float, float]]) -> Mapping[_Key, float]:
        found: dict[_Key, list[float]] = defaultdict(list)
        for beat, value in values:
            for key in self._keys(beat):
                found[key].append(value)
        return {key: median(group) for key, group in found.items()}

    def _drawn(self, medians: Mapping[_Key, float], beat: float, default: float) -> float:
        return next((medians[key] for key in self._keys(beat) if key in medians), default)

    def _keys(self, beat: float) -> tuple[_Key, ...]:
        """Return what a straight time is known by, the most telling first."""
        tick = round(beat * self.grid_per_beat)
        in_bar = round((beat - self.meter_map.bar_start(beat)) * self.grid_per_beat)
        return ("time", tick), ("bar", in_bar), ("beat", in_bar % self.grid_per_beat), ("all", 0)


def take_off(
    notes: Sequence[Note],
    meter_map: MeterMap | None = None,
    grid_per_beat: int = GRID_PER_BEAT,
) -> tuple[tuple[Note, ...], Feel]:
    """Return the notes on the straight grid, in the same order, and how they were played.

    Args:
        notes: As they were played.
        meter_map: Their meters; 4/4 where None.
        grid_per_beat: Grid steps in a beat; durations are at least one.
    """
    meters = meter_map or MeterMap()
    bare = Feel(meters, find_swing(notes, meters), (), grid_per_beat)
    onsets = _straight_onsets(notes, bare).tolist()
    straight = tuple(_straight(note, tick, bare) for note, tick in zip(notes, onsets))
    return straight, replace(bare, played=tuple(zip(straight, notes)))


def straight_onsets(
    notes: Sequence[Note],
    meter_map: MeterMap | None = None,
    grid_per_beat: int = GRID_PER_BEAT,
) -> NDArray[np.int64]:
    """Return the grid step of each note that `take_off` would move, and nothing else of it."""
    meters = meter_map or MeterMap()
    return _straight_onsets(notes, Feel(meters, find_swing(notes, meters), (), grid_per_beat))


def put_back(notes: Iterable[Note], feel: Feel) -> tuple[Note, ...]:
    """Return straight notes as the player of the source would play them, in the same order.

    A note that `take_off` made comes back exactly as it was played. Others get the clip's swing
    and the timing at their place (`Feel.residual_at`); their velocities stay.
    """
    waiting: dict[Note, list[Note]] = defaultdict(list)
    for straight, note in reversed(feel.played):
        waiting[straight].append(note)
    return tuple(
        waiting[note].pop() if waiting.get(note) else _played(note, feel) for note in notes
    )


def find_swing(notes: Iterable[Note], meter_map: MeterMap | None = None) -> Swing | None:
    """Return the swing of eighths, else of sixteenths, or None where the notes are straight.

    The median place of the off-beats in their pairs tells. Where many onsets lie inside the first
    half of the pairs, these are triplets or a finer grid and no swing.
    """
    starts = np.array([note.start for note in notes if not note.is_muted])
    offsets = starts - (meter_map or MeterMap()).bars_at(starts)[0]
    for unit in SWING_UNITS:
        pair = 2 * unit
        phases = offsets % pair / pair
        off_beats = phases[(phases >= EARLIEST_OFF_BEAT) & (phases <= MAX_SWING)].tolist()
        between = np.count_nonzero((phases > EARLIEST_BETWEEN) & (phases < EARLIEST_OFF_BEAT))
        if len(off_beats) < MIN_OFF_BEATS or between > MAX_BETWEEN * len(off_beats):
            continue
        ratio = median(off_beats)
        if ratio >= MIN_SWING and median(abs(phase - ratio) for phase in off_beats) <= MAX_SPREAD:
            return Swing(unit, ratio)
    return None


def _straight_onsets(notes: Sequence[Note], feel: Feel) -> NDArray[np.int64]:
    """Return the grid step on which each note is meant, by the subdivision of its beat."""
    onsets = _without_swing(np.array([note.start for note in notes]), feel)
    bars, _ = feel.meter_map.bars_at(onsets)
    beats = (onsets - bars).astype(np.int64)
    phases = onsets - bars - beats
    _, own_beat = np.unique(bars + beats, return_inverse=True)
    steps = _subdivisions(phases, own_beat, feel.grid_per_beat)[own_beat]
    straight = bars + beats + np.rint(phases * steps) / steps
    return np.rint(straight * feel.grid_per_beat).astype(np.int64)


def _without_swing(beats: _Beats, feel: Feel) -> _Beats:
    """Return `Feel.straightened` of many times."""
    if feel.swing is None:
        return beats
    pair, ratio = 2 * feel.swing.unit, feel.swing.ratio
    bars, lengths = feel.meter_map.bars_at(beats)
    times = zip(beats.tolist(), bars.tolist(), lengths.tolist())
    return np.array([_bent(beat, bar, length, pair, ratio, 0.5) for beat, bar, length in times])


def _bent(
    beat: float, bar: float, bar_length: float, pair: float, knee: float, new_knee: float
) -> float:
    """Return a time of a bar moved such that the knee of its pair falls on the new knee."""
    start = bar + (beat - bar) // pair * pair
    if start + pair > bar + bar_length:
        return beat  # a bar of seven eighths ends on half a pair
    phase = (beat - start) / pair
    if phase < knee:
        return start + pair * phase * new_knee / knee
    return start + pair * (new_knee + (phase - knee) * (1 - new_knee) / (1 - knee))


def _subdivisions(
    phases: _Beats, own_beat: NDArray[np.intp], grid_per_beat: int
) -> NDArray[np.int64]:
    """Return into how many steps each beat is meant to be divided, 1 to `grid_per_beat`.

    The simplest subdivision that fits: each costs the mean distance of the onsets from it, and
    the finer ones more. Notes that were set on the grid and not played are meant as they are.
    """
    fitting = [(steps, cost) for steps, cost in SUBDIVISION_COSTS if grid_per_beat % steps == 0]
    choices = [*fitting, (grid_per_beat, FULL_GRID_COST)]
    counts = np.bincount(own_beat)
    distances = [_distances(phases, steps) for steps, _ in choices]
    means = [np.bincount(own_beat, distance) / counts for distance in distances]
    costs = np.array([mean + cost for mean, (_, cost) in zip(means, choices)])
    found: NDArray[np.int64] = np.array([steps for steps, _ in choices])[np.argmin(costs, axis=0)]
    exact = np.count_nonzero(distances[-1] <= EXACT_BEATS)
    if exact >= MIN_EXACT_SHARE * len(phases):
        found[means[-1] <= EXACT_BEATS] = grid_per_beat
    return found


def _distances(phases: _Beats, steps: int) -> _Beats:
    """Return the distance of times from steps of a beat, in beats."""
    scaled = phases * steps
    distances: _Beats = np.abs(scaled - np.rint(scaled)) / steps
    return distances


def _straight(note: Note, start_tick: int, feel: Feel) -> Note:
    grid = feel.grid_per_beat
    end_tick = max(start_tick + 1, round(feel.straightened(note.end) * grid))
    return replace(note, start=start_tick / grid, duration=(end_tick - start_tick) / grid)


def _played(note: Note, feel: Feel) -> Note:
    residual = feel.residual_at(note.start)
    start = max(0.0, feel.swung(note.start) + residual)
    end = max(feel.swung(note.end) + residual, start + 0.5 / feel.grid_per_beat)
    return replace(note, start=start, duration=end - start)
