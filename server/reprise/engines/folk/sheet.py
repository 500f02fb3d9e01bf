"""A task as the folk network sees it: one line on a grid of sixteenths, moved to C or A minor.

The grid is for the network only. Kept notes are never read back from it; new notes get the
register, the touch, the feel and the velocities of the voice. It knows no network.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Task
from reprise.engines.fitting import EDGE, allowed_pitches
from reprise.music.feel import Feel, put_back, take_off
from reprise.music.note import Note
from reprise.tokenizers import folk

STEPS: Final = folk.STEPS_PER_BEAT

SPARE: Final = 5
"""Semitones that new notes may go beyond what the voice has played: a fourth."""

USUAL_RANGE: Final = (60, 84)
"""Pitches of new notes in a voice that is empty."""

DETACHED: Final = 0.85
"""Lines whose notes sound for a smaller share of the time to the next are played detached."""

LEGATO_BEATS: Final = 2.0
"""Shorter gaps in a detached line are touch, not rests; the network does not hear them."""

MOST_CHORDS: Final = 0.1
"""Share of notes that may begin with another one in what is still a single line."""

Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class Sheet:
    """One voice of a task on the grid.

    Attributes:
        task: The task.
        voice: Index of the voice that is written.
        steps: Length of the answer in sixteenths, the last one begun included.
        notes: Places and straight notes of the voice that sound.
        feel: How they were played.
        shift: Semitones from sounding pitches to the network's own.
        gate: Share of the time to the next note that the voice's notes sound for.
    """

    task: Task
    voice: int
    steps: int
    notes: tuple[tuple[int, Note], ...]
    feel: Feel
    shift: int
    gate: float

    @cached_property
    def classes(self) -> folk.Classes:
        """All that the voice plays, of shape (steps,)."""
        return self._encoded(note for _, note in self.notes)

    @cached_property
    def kept_classes(self) -> folk.Classes:
        """What stays of it, of shape (steps,)."""
        free = self.task.free_places
        return self._encoded(note for place, note in self.notes if place not in free)

    @cached_property
    def open(self) -> Cells:
        """Where new notes may be, of shape (steps,)."""
        is_open = np.zeros(self.steps, np.bool_)
        for hole in self.task.holes:
            first = min(int(np.ceil(hole.span.start * STEPS - EDGE)), self.steps - 1)
            is_open[first : max(int(np.ceil(hole.span.end * STEPS - EDGE)), first + 1)] = True
        kept = [note for place, note in self.notes if place not in self.task.free_places]
        free = is_open & ~self._covered(kept)
        if free.any():
            return free
        # A note that rings in from before takes no room where it would take all of it.
        return is_open & ~self._covered(note for note in kept if is_open[self.cells(note).start])

    @cached_property
    def allowed(self) -> Cells:
        """Which classes are pitches that new notes may have, of shape (classes,)."""
        is_allowed = np.zeros(folk.MELODY.class_count, np.bool_)
        pitches = allowed_pitches(self.task, self.voice)
        low, high = self._range
        near = [pitch for pitch in pitches if low <= pitch <= high] or pitches
        for pitch in near:
            if folk.LOWEST_PITCH <= pitch + self.shift <= folk.HIGHEST_PITCH:
                is_allowed[folk.MELODY.class_of(pitch + self.shift)] = True
        return is_allowed

    @property
    def notes_a_step(self) -> float | None:
        """How many notes the voice itself plays in a sixteenth; None where it is empty."""
        steps = max(1.0, self.task.source.length * STEPS)
        return len(self.notes) / steps if self.notes else None

    @property
    def free_notes(self) -> list[tuple[int, Note]]:
        """Places and straight notes that an answer may replace."""
        return [item for item in self.notes if item[0] in self.task.free_places]

    def cells(self, note: Note) -> slice:
        """Return the steps that a straight note fills."""
        start = min(round(note.start * STEPS), self.steps - 1)
        return slice(start, max(start + 1, min(self.steps, round(note.end * STEPS))))

    def played(self, classes: folk.Classes, written: Cells) -> list[Note]:
        """Return the notes that were written, as the voice's player would play them.

        Args:
            classes: What stands, of shape (steps,).
            written: True where it is new, of the same shape.
        """
        straight = [
            replace(
                note,
                pitch=note.pitch - self.shift,
                duration=note.duration * self.gate,
                velocity=min(127, max(1, self.feel.velocity_at(note.start))),
            )
            for note in written_notes(classes, written)
        ]
        own = {(note.start, note.pitch, note.duration): note for _, note in self.notes}
        known = [own.get((note.start, note.pitch, note.duration), note) for note in straight]
        return _in_one_breath(put_back(known, self.feel))

    def repitched(self, classes: folk.Classes, places: Collection[int]) -> list[Note]:
        """Return some notes of the source with the pitches that were written at their steps.

        Args:
            classes: What stands, of shape (steps,).
            places: Of the notes; a pitch begins at the step of each.
        """
        steps = {place: self.cells(note).start for place, note in self.notes}
        return [
            replace(note, pitch=folk.MELODY.pitch_of(int(classes[steps[place]])) - self.shift)
            for place, _, note in self.task.source.places()
            if place in places
        ]

    @property
    def _range(self) -> tuple[int, int]:
        """Return the lowest and the highest sounding pitch that suit the voice."""
        pitches = [note.pitch for _, note in self.notes]
        if not pitches:
            return USUAL_RANGE
        return min(pitches) - SPARE, max(pitches) + SPARE

    def _encoded(self, notes: Iterable[Note]) -> folk.Classes:
        line = folk.line_of(notes, self.steps)
        if self.gate < 1.0:
            line = _joined(line)
        return folk.MELODY.encode(folk.moved_home(line, self.shift), self.steps)

    def _covered(self, notes: Iterable[Note]) -> Cells:
        covered = np.zeros(self.steps, np.bool_)
        for note in notes:
            covered[self.cells(note)] = True
        return covered


def lay_out(task: Task) -> Sheet:
    """Return a task on the grid; all its holes are in one voice."""
    voice = task.holes[0].voice
    placed = [
        (place, note)
        for place, owner, note in task.source.places()
        if owner == voice and not note.is_muted
    ]
    straight, feel = take_off([note for _, note in placed], task.source.meter_map)
    notes = tuple((place, note) for (place, _), note in zip(placed, straight, strict=True))
    return Sheet(
        task=task,
        voice=voice,
        steps=max(1, int(np.ceil(task.length * STEPS - EDGE))),
        notes=tuple(sorted(notes, key=lambda item: item[1])),
        feel=feel,
        shift=_shift(task, straight),
        gate=_gate(sorted(straight)),
    )


def is_single_line(notes: Sequence[Note]) -> bool:
    """Tell whether hardly any notes begin together."""
    starts = Counter(round(note.start * 24) for note in notes)
    doubled = sum(count - 1 for count in starts.values())
    return doubled <= MOST_CHORDS * len(notes)


def written_notes(classes: folk.Classes, written: Cells) -> list[Note]:
    """Return the notes that begin at written steps, each ending where writing does at the latest.

    Args:
        classes: Of shape (steps,).
        written: True where a step was written, of the same shape.
    """
    only = np.where(written, classes, 1)
    return [*folk.MELODY.decode(only)]


def _shift(task: Task, notes: Sequence[Note]) -> int:
    """Return the semitones to the network's key, by the voice or else by what sounds beside it."""
    heard = notes or (*task.source.sounding, *task.context.sounding)
    return folk.home_shift(heard, task.source.key)


def _gate(notes: Sequence[Note]) -> float:
    """Return 1.0 for a line that is played in one breath, less for a detached one."""
    shares = [
        note.duration / (later.start - note.start)
        for note, later in zip(notes, notes[1:])
        if EDGE < later.start - note.start <= LEGATO_BEATS
    ]
    share = median(shares) if shares else 1.0
    return float(share) if share < DETACHED else 1.0


def _joined(line: Sequence[Note]) -> tuple[Note, ...]:
    """Return a line whose notes last until the next where that comes soon."""
    last = [replace(note, duration=max(note.duration, 1.0)) for note in line[-1:]]
    return (
        *(
            replace(note, duration=later.start - note.start)
            if later.start - note.start <= LEGATO_BEATS
            else note
            for note, later in zip(line, line[1:])
        ),
        *last,
    )


def _in_one_breath(notes: Iterable[Note]) -> list[Note]:
    """Return the notes of a line, each ending where the next begins at the latest."""
    ordered = sorted(notes)
    cut = [
        replace(note, duration=min(note.duration, later.start - note.start))
        for note, later in zip(ordered, ordered[1:])
        if later.start > note.start
    ]
    return [*cut, *ordered[-1:]]
