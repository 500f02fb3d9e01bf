"""What the Markov engine knows of one task while it writes.

The key, the bars, and for each voice its straight notes, its feel, its range, its grid, and two
chains: of scale degrees (as pitch classes) and of steps between them.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Hole, ScaleMode, Task, Verb
from reprise.engines.fitting import EDGE
from reprise.engines.markov.chain import ContextChain
from reprise.engines.markov.parts import Twin, find_lanes, find_twins
from reprise.engines.markov.units import Unit, degrees_between
from reprise.music.feel import Feel
from reprise.music.key import Key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.span import Span
from reprise.music.voice import Voice

WIDEST_STEP = 14
"""Steps in the scale above or below are counted up to this one."""

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
        self._weights: dict[float, float] = {}

    def at(self, beat: float) -> int:
        """Return the bar, from 0, that holds a time in beats; the last one for times after it."""
        return max(0, bisect_right(self._starts, beat + EDGE) - 1)

    def weight(self, beat: float) -> float:
        """Return how heavy a time in beats is, 0.15-1.0: a bar's start, a pulse, between."""
        if beat not in self._weights:
            self._weights[beat] = self._weighed(beat)
        return self._weights[beat]

    def _weighed(self, beat: float) -> float:
        offset = beat - self.spans[self.at(beat)].start
        pulse = self.meter_map.at(beat).pulse
        if divides(offset, math.inf):
            return 1.0
        return next(
            (w for part, w in ((1.0, 0.6), (0.5, 0.35)) if divides(offset, part * pulse)), 0.15
        )


def divides(offset: float, part: float) -> bool:
    """Tell whether a time is a multiple of a part, in beats, but for rounding."""
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
        holes: Where it may be written, rising.
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
        index = bisect_right(self._hole_starts, beat + EDGE) - 1
        return index >= 0 and beat < self.holes[index].span.end - EDGE

    @cached_property
    def _hole_starts(self) -> list[float]:
        return [hole.span.start for hole in self.holes]


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
    def open_bars(self) -> tuple[frozenset[int], ...]:
        """For each voice, the bars in which it may be written."""
        return tuple(
            frozenset(
                bar
                for hole in voice.holes
                for bar in range(self.bars.at(hole.span.start), self.bars.at(hole.span.end) + 1)
                if self.bars.spans[bar].overlaps(hole.span)
            )
            for voice in self.voices
        )

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


def step_symbol(key: Key, low: int, high: int) -> int:
    """Return the symbol of the step from one pitch to another."""
    step = degrees_between(key, low, high)
    return WIDEST_STEP + max(-WIDEST_STEP, min(WIDEST_STEP, step))


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
