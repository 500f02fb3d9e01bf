"""What the Markov engine learns from one task before it writes a note.

The key, the bars, and for each voice its straight notes, its feel, its range, its grid, and two
chains: of scale degrees (as pitch classes) and of steps between them. It writes nothing itself.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Hole, ScaleMode, Task, Verb, Watch
from reprise.engines.markov_chain import ContextChain
from reprise.engines.markov_parts import Twin, find_lanes, find_twins
from reprise.engines.markov_units import EDGE, Unit, degrees_between, lines_of, units_of
from reprise.music.drums import is_drums
from reprise.music.edges import max_polyphony
from reprise.music.feel import Feel, take_off
from reprise.music.key import Key, find_key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

GRIDS = (1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 6, 1 / 8, 1 / 12, 1 / 24)
ON_GRID = 0.9
"""The coarsest grid that holds this share of the onsets is the voice's own."""

WIDEST_STEP = 14
"""Steps in the scale above or below are counted up to this one."""

OWN_WEIGHT, OTHERS_WEIGHT, LIKED_WEIGHT = 2.0, 0.5, 3.0
ENOUGH_NOTES = 48
"""A voice with so many notes need not learn from the others."""

SLOT = 0.5
"""Beats of one slot of the harmony."""


class Role(StrEnum):
    """What a voice that is still empty can be."""

    BASS = "bass"
    CHORDS = "chords"
    MELODY = "melody"


ROLE_WORDS = {
    "bass": Role.BASS,
    "sub": Role.BASS,
    "chord": Role.CHORDS,
    "pad": Role.CHORDS,
    "key": Role.CHORDS,
    "string": Role.CHORDS,
    "harmon": Role.CHORDS,
    "organ": Role.CHORDS,
}
ROLE_RANGES = {Role.BASS: (31, 48), Role.CHORDS: (52, 72)}


class Bars:
    """The bars of the answer, and how heavy their places are."""

    def __init__(self, meter_map: MeterMap, length: float) -> None:
        """Lay out the bars of `length` beats."""
        self.meter_map = meter_map
        self.spans = tuple(meter_map.bars(length))
        self._starts = [span.start for span in self.spans]

    def at(self, beat: float) -> int:
        """Return the bar, from 0, that holds a time in beats; the last one for times after it."""
        return max(0, bisect_right(self._starts, beat + EDGE) - 1)

    def weight(self, beat: float) -> float:
        """Return how heavy a time in beats is, 0.15-1.0: a bar's start, a pulse, between."""
        offset = beat - self.spans[self.at(beat)].start
        pulse = self.meter_map.at(beat).pulse
        if _divides(offset, math.inf):
            return 1.0
        return next(
            (w for part, w in ((1.0, 0.6), (0.5, 0.35)) if _divides(offset, part * pulse)), 0.15
        )


def _divides(offset: float, part: float) -> bool:
    return abs(math.remainder(offset, part)) < 0.01


class Harmony:
    """How many notes of each pitch class sound when; shape (slots, 12)."""

    def __init__(self, length: float, counts: NDArray[np.int16] | None = None) -> None:
        """Begin in silence, or with counts."""
        slots = int(length / SLOT) + 2
        self._counts = np.zeros((slots, 12), dtype=np.int16) if counts is None else counts
        self._length = length

    def copy(self) -> "Harmony":
        """Return the same harmony, to be changed on its own."""
        return Harmony(self._length, self._counts.copy())

    def add(self, notes: Iterable[Note], times: int = 1) -> None:
        """Let notes sound; -1 times takes them away again."""
        for note in notes:
            first = int((note.start + EDGE) / SLOT)
            last = int(max(note.start, min(note.end, self._length) - EDGE) / SLOT)
            self._counts[first : last + 1, note.pitch % 12] += times

    def at(self, beat: float) -> NDArray[np.int16]:
        """Return the counts of the twelve pitch classes at a time in beats."""
        counts: NDArray[np.int16] = self._counts[
            min(int((beat + EDGE) / SLOT), len(self._counts) - 1)
        ]
        return counts


@dataclass(frozen=True)
class VoiceMaterial:
    """What is known of one voice.

    Attributes:
        index: In the source, from 0.
        voice: As it came.
        is_drums: Whether it is drums.
        units: All that sounds in it, straight, free and fixed.
        feel: How it was played.
        low: No new note below, a pitch.
        high: No new note above, a pitch.
        grid: Its own subdivision, in beats.
        polyphony: How many of its notes may sound together.
        notes_per_bar: Aimed at; 0.0 where nothing is known.
        holes: Where it may be written.
        classes: Chain of pitch classes above the tonic.
        steps: Chain of steps in the scale, `WIDEST_STEP` standing for none.
    """

    index: int
    voice: Voice
    is_drums: bool
    units: tuple[Unit, ...]
    feel: Feel
    low: int
    high: int
    grid: float
    polyphony: int
    notes_per_bar: float
    holes: tuple[Hole, ...]
    classes: ContextChain
    steps: ContextChain

    @cached_property
    def starts(self) -> list[float]:
        """Onsets of the units, rising."""
        return [unit.start for unit in self.units]

    def inside(self, start: float, end: float) -> tuple[Unit, ...]:
        """Return the units that begin from `start` up to `end`, in beats."""
        first, stop = bisect_right(self.starts, start - EDGE), bisect_right(self.starts, end - EDGE)
        return self.units[first:stop]

    def is_open(self, beat: float) -> bool:
        """Tell whether a new note may begin at a time in beats."""
        return any(hole.span.start - EDGE <= beat < hole.span.end - EDGE for hole in self.holes)


@dataclass(frozen=True)
class Material:
    """What is known of one task.

    Attributes:
        task: As it came.
        key: The host's, else the one found.
        bars: Of the whole answer.
        cells: Whole bars of the source that can be taken up again, at least one.
        voices: One for each voice of the source.
        harmony: What sounds in source and context together; drums left out.
        liked: Earlier answers to lean towards: straight units for each voice, and weights.
        target: Straight units of each voice of the target; () without one.
    """

    task: Task
    key: Key
    bars: Bars
    cells: tuple[Span, ...]
    voices: tuple[VoiceMaterial, ...]
    harmony: Harmony
    liked: tuple[tuple[tuple[tuple[Unit, ...], ...], float], ...]
    target: tuple[tuple[Unit, ...], ...]

    @cached_property
    def twins(self) -> dict[int, Twin]:
        """Open voices that double another open one note for note, by index."""
        controls = self.task.controls
        is_bounded = controls.lowest_pitch is not None or controls.highest_pitch is not None
        if is_bounded or controls.scale == ScaleMode.STRICT or self.task.verb == Verb.MORPH:
            return {}
        spans = [tuple(hole.span for hole in voice.holes) for voice in self.voices]
        twins = find_twins([() if v.is_drums or not v.holes else v.units for v in self.voices])
        return {index: twin for index, twin in twins.items() if spans[index] == spans[twin.leader]}

    @cached_property
    def lanes(self) -> dict[int, tuple[int | None, int | None]]:
        """The voices next above and next below each pitched voice, by index."""
        voices = [
            () if voice.is_drums or voice.index in self.twins else voice.units
            for voice in self.voices
        ]
        return find_lanes(voices)

    @cached_property
    def source_notes(self) -> tuple[Note, ...]:
        """The source's notes by place, as they were played."""
        return tuple(note for _, _, note in self.task.source.places())


def learn(task: Task, watch: Watch) -> Material:
    """Return what is to be learned from a task.

    Raises:
        CancelledError: Through `watch.check`.
        DeadlineError: Through `watch.check`.
    """
    bars = Bars(task.source.meter_map, max(task.length, task.source.length))
    key = task.source.key or find_key(_pitched(task)) or Key(0, "chromatic")
    voices = tuple(_voice_materials(task, key, bars, watch))
    harmony = Harmony(max(task.length, task.source.length, task.context.length))
    for voice in (*task.source.voices, *task.context.voices):
        watch.check()
        if not is_drums(voice):
            harmony.add(voice.sounding)
    liked = tuple((_straight_voices(score), weight) for score, weight in task.like)
    target = _straight_voices(task.target) if task.target else ()
    return Material(task, key, bars, _cells(task, bars), voices, harmony, liked, target)


def _pitched(task: Task) -> Iterator[Note]:
    for voice in (*task.source.voices, *task.context.voices):
        if not is_drums(voice):
            yield from voice.sounding


def _cells(task: Task, bars: Bars) -> tuple[Span, ...]:
    """Return the source's whole bars, or the source itself where it is shorter than a bar."""
    whole = tuple(span for span in bars.spans if span.end <= task.source.length + EDGE)
    return whole or (Span(0.0, task.source.length),)


def _straight_voices(score: Score) -> tuple[tuple[Unit, ...], ...]:
    return tuple(
        tuple(unit for unit in _straight_units(voice.notes, score.meter_map))
        for voice in score.voices
    )


def _straight_units(notes: Sequence[Note], meter_map: MeterMap) -> tuple[Unit, ...]:
    straight, _ = take_off(notes, meter_map)
    units = units_of([(note, -1) for note in straight], frozenset({-1}))
    return tuple(Unit(unit.notes) for unit in units)


def _voice_materials(task: Task, key: Key, bars: Bars, watch: Watch) -> Iterator[VoiceMaterial]:
    first_place = 0
    lines = [_leads(voice, task.source.meter_map) for voice in task.source.voices]
    others = [*lines, *(_leads(voice, task.context.meter_map) for voice in task.context.voices)]
    for index, voice in enumerate(task.source.voices):
        watch.check()
        straight, feel = take_off(voice.notes, task.source.meter_map)
        watch.check()
        places = [(note, first_place + place) for place, note in enumerate(straight)]
        low, high = _range(task, voice, others)
        classes, steps = _chains(task, key, index, others, watch)
        yield VoiceMaterial(
            index=index,
            voice=voice,
            is_drums=is_drums(voice),
            units=tuple(units_of(places, task.free_places)),
            feel=feel,
            low=low,
            high=high,
            grid=_grid(straight or [note for line in others for note in line]),
            polyphony=task.controls.max_polyphony or max(1, max_polyphony(voice.notes)),
            notes_per_bar=_notes_per_bar(task, straight, bars),
            holes=tuple(hole for hole in task.holes if hole.voice == index),
            classes=classes,
            steps=steps,
        )
        first_place += len(voice.notes)


def _leads(voice: Voice, meter_map: MeterMap) -> list[Note]:
    """Return the leading notes of a pitched voice, line after line; drums have none."""
    if is_drums(voice):
        return []
    units = _straight_units(voice.notes, meter_map)
    return [unit.notes[0] for line in lines_of(units) for unit in line]


def _range(task: Task, voice: Voice, others: Sequence[Sequence[Note]]) -> tuple[int, int]:
    """Return the lowest and highest new pitch: as asked, else near the voice's own."""
    pitches = [note.pitch for note in voice.sounding] or list(role_range(voice.name, others))
    low, high = min(pitches), max(pitches)
    margin = max(2, (high - low) // 6) if high > low else 4
    asked_low, asked_high = task.controls.lowest_pitch, task.controls.highest_pitch
    low = max(0, low - margin) if asked_low is None else asked_low
    high = min(127, high + margin) if asked_high is None else asked_high
    if low <= high:
        return low, high
    return (low, min(127, low + 12)) if asked_high is None else (max(0, high - 12), high)


def role_of(name: str) -> Role:
    """Return what an empty voice is to be, by its name; a melody where it says nothing."""
    lowered = name.casefold()
    return next((role for word, role in ROLE_WORDS.items() if word in lowered), Role.MELODY)


def role_range(name: str, others: Sequence[Sequence[Note]]) -> tuple[int, int]:
    """Return where an empty voice lies: by its role, a melody on top of what is there."""
    role = role_of(name)
    if role != Role.MELODY:
        return ROLE_RANGES[role]
    top = max((note.pitch for line in others for note in line), default=67)
    low = max(55, min(72, top - 5))
    return low, low + 14


def _chains(
    task: Task, key: Key, index: int, others: Sequence[Sequence[Note]], watch: Watch
) -> tuple[ContextChain, ContextChain]:
    classes, steps = ContextChain(12), ContextChain(2 * WIDEST_STEP + 1)
    own_is_enough = len(others[index]) >= ENOUGH_NOTES
    weighted = [(others[index], OWN_WEIGHT)]
    if not own_is_enough:
        weighted += [(line, OTHERS_WEIGHT) for line in others if line is not others[index]]
    for score, weight in task.like:
        if index < len(score.voices):
            weighted.append((_leads(score.voices[index], score.meter_map), LIKED_WEIGHT * weight))
    for line, weight in weighted:
        watch.check()
        pitches = [note.pitch for note in line]
        classes.learn([(pitch - key.tonic) % 12 for pitch in pitches], weight)
        steps.learn([step_symbol(key, a, b) for a, b in zip(pitches, pitches[1:])], weight)
    return classes, steps


def step_symbol(key: Key, low: int, high: int) -> int:
    """Return the symbol of the step from one pitch to another."""
    step = degrees_between(key, low, high)
    return WIDEST_STEP + max(-WIDEST_STEP, min(WIDEST_STEP, step))


def _grid(notes: Sequence[Note]) -> float:
    for grid in GRIDS:
        if sum(_divides(note.start, grid) for note in notes) >= ON_GRID * len(notes):
            return grid
    return GRIDS[-1]


def _notes_per_bar(task: Task, notes: Sequence[Note], bars: Bars) -> float:
    if task.controls.notes_per_bar is not None:
        return task.controls.notes_per_bar
    sounding = [note for note in notes if not note.is_muted]
    filled = {bars.at(note.start) for note in sounding}
    return len(sounding) / len(filled) if filled else 0.0
