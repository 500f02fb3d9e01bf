"""What new notes of a part may be when nobody says: what the clip itself is like.

A part that is monophonic stays so, its range is its own widened by a third, a bar holds 0.7 to 1.4
of its own number of notes, and the scale is the host's or the one found. What the producer turns
comes before all of that; a part without notes is given what its role suggests.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from reprise.engines.base import ScaleMode, Task, Verb
from reprise.engines.ensemble.reading import Part, Reading, Spot, cell_pitch
from reprise.errors import CannotServeError
from reprise.music.edges import is_monophonic, max_polyphony
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.tokenizers.ensemble.controls import polyphony

FEWEST_SHARE, MOST_SHARE = 0.7, 1.4
WIDENED_BY = 1 / 6
"""Of the range, on each side: a third altogether."""
SMALLEST_MARGIN, MARGIN_OF_ONE_PITCH = 2, 4
DEFAULT_DENSITY = 2.0
MOST_NOTES_A_BEAT = 16.0

_LINES = (
    Role.BASS,
    Role.LEAD,
    Role.MELODY,
    Role.VOICE,
    Role.REED,
    Role.PIPE,
    Role.BRASS,
)
_BASS_RANGE, _USUAL_RANGE = (26, 57), (40, 91)
"""Pitches of a part that has no notes yet."""
_FEWEST_A_BEAT, _MOST_A_BEAT = 0.25, 4.0
"""Its notes a beat."""
CHORD_SIZE = 6
SHORTEST_RUN = 4


@dataclass(frozen=True)
class Limits:
    """What new notes of one part may be.

    Attributes:
        pitches: The pitch of each note that a cell may hold, by its pitch in cells.
        discouraged: Pitches in cells outside a scale that is only a guide.
        polyphony: Notes that may sound together on the grid.
        played_polyphony: The same as played: where the line overlaps, new notes may.
        density: Notes a beat that are aimed at.
        sparsest: Notes a beat of its emptiest grid bar with notes.
        densest: Notes a beat of its fullest one.
        is_asked: Whether the producer asked for that density.
        is_known: Whether the part has notes that tell its habits.
        longest_run: How often it strikes one pitch in a row, at least `SHORTEST_RUN` but in a
            rhythm that is kept; None where it has only one pitch.
    """

    pitches: Mapping[int, int]
    discouraged: frozenset[int]
    polyphony: int
    played_polyphony: int
    density: float
    sparsest: float
    densest: float
    is_asked: bool
    is_known: bool
    longest_run: int | None

    def fewest(self, beats: float) -> int:
        """Return the fewest notes of a cell that is so many beats long."""
        return math.floor(FEWEST_SHARE * self.sparsest * beats + 1e-6)

    def most(self, beats: float) -> int:
        """Return the most notes of a cell that is so many beats long, at least 1."""
        return max(1, math.ceil(MOST_SHARE * self.densest * beats - 1e-6))


def part_limits(reading: Reading, index: int) -> Limits:
    """Return what new notes of a source part, counted from 0, may be.

    Raises:
        CannotServeError: No pitch at all may be written; the message says why.
    """
    part, task = reading.parts[index], reading.task
    notes = _own_notes(task, index)
    pitches = _drums(part, task) if part.is_drums else _pitches(reading, index, notes)
    if not pitches and not task.keep_pitches:
        raise CannotServeError(_no_pitch(reading, index, notes))
    asked = task.controls.max_polyphony
    per_bar = task.controls.notes_per_bar
    own = _own_polyphony(reading, index, notes)
    bar_length = task.source.meter_map.at(task.holes[0].span.start).bar_length
    densities = _own_densities(reading, index, notes)
    if per_bar is not None:
        densities = (min(per_bar / bar_length, MOST_NOTES_A_BEAT),) * 3
    return Limits(
        pitches=pitches,
        discouraged=_discouraged(reading, index, pitches, notes),
        polyphony=own if asked is None else asked,
        played_polyphony=_played_polyphony(notes, own) if asked is None else asked,
        density=densities[1],
        sparsest=densities[0],
        densest=densities[2],
        is_asked=per_bar is not None,
        is_known=bool(notes),
        longest_run=_longest_run(notes, reading) if len(pitches) > 1 else None,
    )


def _own_notes(task: Task, index: int) -> tuple[Note, ...]:
    """Return what tells a part's habits: its own notes, and those that it is to become."""
    own = task.source.voices[index].sounding
    if task.verb == Verb.MORPH and task.target and index < len(task.target.voices):
        return (*own, *task.target.voices[index].sounding)
    return own


def _drums(part: Part, task: Task) -> dict[int, int]:
    drums = {} if part.pads is None else part.pads.pad_of_drum
    return {drum: pad for drum, pad in sorted(drums.items()) if not task.pads or pad in task.pads}


def asked_range(reading: Reading, index: int, notes: tuple[Note, ...]) -> tuple[int, int]:
    """Return the lowest and the highest new pitch of a part."""
    heard = [note.pitch for note in notes]
    role = reading.parts[index].role
    usual = _BASS_RANGE if role == Role.BASS else _USUAL_RANGE
    low, high = (min(heard), max(heard)) if heard else usual
    if heard:
        share = int((high - low) * WIDENED_BY)
        margin = max(SMALLEST_MARGIN, share) if high > low else MARGIN_OF_ONE_PITCH
        low, high = max(0, low - margin), min(127, high + margin)
    controls = reading.task.controls
    low = low if controls.lowest_pitch is None else controls.lowest_pitch
    high = high if controls.highest_pitch is None else controls.highest_pitch
    if low <= high:
        return low, high
    if controls.highest_pitch is None:
        return low, min(127, low + 12)
    return max(0, high - 12), high


def _pitches(reading: Reading, index: int, notes: tuple[Note, ...]) -> dict[int, int]:
    low, high = asked_range(reading, index, notes)
    is_strict = reading.task.controls.scale == ScaleMode.STRICT and reading.key is not None
    found: dict[int, int] = {}
    # Pitches that have to change their octave in cells come last and take no other's place.
    for is_folded in (False, True):
        for pitch in range(low, high + 1):
            in_cell = cell_pitch(reading.parts[index], pitch, reading.shift)
            if in_cell is None or (in_cell != pitch + reading.shift) != is_folded:
                continue
            if not is_strict or (reading.key and reading.key.contains(pitch)):
                found.setdefault(in_cell, pitch)
    return dict(sorted(found.items()))


def _discouraged(
    reading: Reading, index: int, pitches: Mapping[int, int], notes: tuple[Note, ...]
) -> frozenset[int]:
    """Return what is outside the scale that guides, but for what the part itself plays."""
    is_guide = reading.task.controls.scale == ScaleMode.GUIDE
    if not is_guide or reading.key is None or reading.parts[index].is_drums:
        return frozenset()
    classes = reading.key.pitch_classes
    if reading.task.source.key is None:
        classes |= {note.pitch % 12 for note in notes}
    return frozenset(in_cell for in_cell, pitch in pitches.items() if pitch % 12 not in classes)


def _own_polyphony(reading: Reading, index: int, notes: tuple[Note, ...]) -> int:
    part = reading.parts[index]
    if part.is_drums:
        return max(CHORD_SIZE, len(part.pads.drum_of_pad) if part.pads else 0)
    if not notes:
        return 1 if part.role in _LINES else CHORD_SIZE
    cells = {bar: cell for (bar, own), cell in reading.cells.items() if own == index}
    most = max(1, polyphony(cells, reading.bars))
    if reading.task.verb == Verb.MORPH and reading.task.target is not None:
        return max(most, *(max_polyphony(voice.notes) for voice in reading.task.target.voices))
    return most


def _played_polyphony(notes: tuple[Note, ...], own: int) -> int:
    return own if is_monophonic(notes) else max(own, max_polyphony(notes))


def _own_densities(
    reading: Reading, index: int, notes: tuple[Note, ...]
) -> tuple[float, float, float]:
    """Return a part's notes a beat where it plays: in its emptiest bar, in all, in its fullest.

    A grid bar at the edge of the clip may be cut short; its few notes tell nothing.
    """
    cells = [
        (len(cell), reading.bars[bar].length / 24)
        for (bar, own), cell in reading.cells.items()
        if own == index
    ]
    if not cells:
        usual = max(len(notes) / reading.task.source.length, DEFAULT_DENSITY)
        return _FEWEST_A_BEAT, usual, max(usual, _MOST_A_BEAT)
    rates = [count / beats for count, beats in cells]
    mean = sum(count for count, _ in cells) / sum(beats for _, beats in cells)
    return min(*rates, mean), min(mean, MOST_NOTES_A_BEAT), min(max(rates), MOST_NOTES_A_BEAT)


def _longest_run(notes: tuple[Note, ...], reading: Reading) -> int | None:
    """Return how often one pitch comes in a row, None where there is no other."""
    pitches = [note.pitch for note in notes]
    if len(set(pitches)) == 1:
        return None
    runs = [len(list(group)) for _, group in groupby(pitches)]
    return max(1 if reading.keeps_rhythm and runs else SHORTEST_RUN, *runs, 1)


def _no_pitch(reading: Reading, index: int, notes: tuple[Note, ...]) -> str:
    name = reading.parts[index].voice.name or f"voice {index + 1}"
    if reading.parts[index].is_drums:
        return (
            f"nobody can tell what the pads of {name} are, so they are kept as they are; "
            "give them names such as Kick or Clap"
        )
    low, high = asked_range(reading, index, notes)
    return (
        f"no note of {reading.key} lies between pitches {low} and {high} for {name}; "
        "widen the range or turn the strict scale off"
    )


def within(
    cells: Mapping[Spot, Cell], reading: Reading, limits: Mapping[int, Limits]
) -> dict[Spot, Cell]:
    """Return cells that stand without being written as the limits let them.

    A note that may not be moves to the nearest octave of its pitch class that may, else to the
    nearest pitch class; a drum that may not be is left out.
    """
    found: dict[Spot, Cell] = {}
    for (bar, part), cell in cells.items():
        pitches = limits[part].pitches
        notes: dict[tuple[int, int], GridNote] = {}
        for note in cell:
            pitch = note.pitch
            if pitch not in pitches:
                if reading.parts[part].is_drums:
                    continue
                pitch = min(pitches, key=partial(_apart, pitch))
            notes.setdefault((note.onset, pitch), note._replace(pitch=pitch))
        found[bar, part] = in_order(notes.values())
    return found


def _apart(pitch: int, other: int) -> tuple[int, int]:
    """Return how far apart two pitches are: as pitch classes, then in semitones."""
    semitones = abs(pitch - other)
    return min(semitones % 12, -semitones % 12), semitones
