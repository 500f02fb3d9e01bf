"""A task as a chorale sees it: up to four lines on a 16th grid, in the range of a choir.

The grid is for the networks only. Kept notes are never read back from it, and new notes get the
register, the feel and the velocities of the line that they belong to. It knows no network.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import ScaleMode, Task
from reprise.engines.choir.lines import EDGE, LEGATO_BEATS, Line, lines_of
from reprise.music.feel import put_back
from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.tokenizers import chorale

STEPS = chorale.STEPS_PER_BEAT
PACES = (1, 2, 4, 8, 16)

Hidden = NDArray[np.bool_]


@dataclass(frozen=True)
class Arrangement:
    """A task on the grid.

    Attributes:
        task: The task.
        lines: The lines that there are, by role.
        steps: Length of the answer in 16ths, the last one begun included.
        open: True where a line may be written, of shape (steps, 4).
        grid: Classes of all source and context notes, of shape (steps, 4); UNKNOWN in silence:
            what nobody sings the networks imagine.
        allowed: Classes that each role may take, of shape (4, classes).
        pace: Steps that a new note lasts at least: more than 1 where few notes a bar are wanted.
    """

    task: Task
    lines: dict[int, Line]
    steps: int
    open: Hidden
    grid: chorale.Grid
    allowed: NDArray[np.bool_]
    pace: int

    def cells_of(self, note: Note) -> slice:
        """Return the steps that a straight note fills."""
        return _cells_of(note, self.steps)

    def free_notes(self, role: int) -> list[tuple[int, Note]]:
        """Return places and straight notes of a line that an answer may replace."""
        line = self.lines[role]
        return [(place, note) for place, note in line.notes if place in self.task.free_places]


def arrange(task: Task) -> Arrangement:
    """Return a task on the grid; the source has at most four lines and no drums."""
    lines = lines_of(task)
    steps = max(1, -(-round(task.length * STEPS * 24) // 24))
    key = _strict_key(task)
    grid = np.full((steps, chorale.VOICE_COUNT), chorale.UNKNOWN)
    is_open = np.zeros(grid.shape, dtype=np.bool_)
    allowed = np.ones((chorale.VOICE_COUNT, chorale.CLASS_COUNT), dtype=np.bool_)
    for role in range(chorale.VOICE_COUNT):
        if role in lines:
            is_open[:, role] = _open_steps(lines[role], task, steps)
            grid[:, role] = _cells(lines[role], steps)
            allowed[role] = _allowed(lines[role], key)
        else:
            low, high = chorale.VOICE_RANGES[role]
            allowed[role] = _between(low, high)
    return Arrangement(task, lines, steps, is_open, grid, allowed, _pace(task))


def written_notes(
    arrangement: Arrangement, role: int, classes: chorale.Grid, written: Hidden
) -> list[Note]:
    """Return the new notes of a line on the straight grid.

    Args:
        arrangement: The task.
        role: Whose notes.
        classes: All four voices, of shape (steps, 4).
        written: True where cells are new, of the same shape.
    """
    line = arrangement.lines[role]
    strikes = _strikes(arrangement, role, classes, written)
    notes = []
    start: int | None = None
    for step in range(arrangement.steps + 1):
        is_new = step < arrangement.steps and written[step, role]
        if start is not None:
            goes_on = (
                is_new
                and classes[step, role] == classes[start, role]
                and not (step % max(STEPS, arrangement.pace) == 0 and step in strikes)
            )
            if goes_on:
                continue
            notes.append(_note(line, int(classes[start, role]), start, step))
        start = step if is_new else None
    return notes


def played_notes(line: Line, notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return new straight notes as the line's player would play them.

    One that is just like a note of the source comes back as that very note.
    """
    own = {(note.start, note.pitch, note.duration): note for _, note in line.notes}
    known = [own.get((note.start, note.pitch, note.duration), note) for note in notes]
    return put_back(known, line.feel)


def _note(line: Line, class_: int, start: int, end: int) -> Note:
    beat = start / STEPS
    duration = (end - start) / STEPS * line.gate
    velocity = min(127, max(1, line.feel.velocity_at(beat)))
    return Note(beat, line.pitch_of(class_), duration, velocity)


def _strikes(
    arrangement: Arrangement, role: int, classes: chorale.Grid, written: Hidden
) -> set[int]:
    """Return the steps at which another line strikes, where this one strikes along."""
    if not arrangement.lines[role].strikes_again:
        return set()
    if len(arrangement.lines) == 1:
        return set(range(0, arrangement.steps, STEPS))
    strikes = set[int]()
    for other, line in arrangement.lines.items():
        if other == role:
            continue
        kept = (note for _, note in line.notes)
        starts = (_cells_of(note, arrangement.steps).start for note in kept)
        strikes.update(step for step in starts if not written[step, other])
        changed = np.flatnonzero(classes[1:, other] != classes[:-1, other]) + 1
        strikes.update(int(step) for step in changed if written[step, other])
    return strikes


def _cells_of(note: Note, steps: int) -> slice:
    start = min(round(note.start * STEPS), steps - 1)
    return slice(start, max(start + 1, min(steps, round(note.end * STEPS))))


def _open_steps(line: Line, task: Task, steps: int) -> Hidden:
    is_open = np.zeros(steps, dtype=np.bool_)
    for hole in task.holes:
        if hole.voice == line.voice:
            first = int(np.ceil(hole.span.start * STEPS - EDGE))
            last = int(np.ceil(hole.span.end * STEPS - EDGE))
            is_open[min(first, steps - 1) : max(last, first + 1)] = True
    kept = [note for place, note in line.notes if place not in task.free_places]
    silent = is_open & ~_sounding(kept, steps)
    if silent.any():
        return silent
    # A note that rings in from before takes no room where it would take all of it.
    return is_open & ~_sounding(
        [note for note in kept if is_open[_cells_of(note, steps).start]], steps
    )


def _sounding(notes: Iterable[Note], steps: int) -> Hidden:
    sounding = np.zeros(steps, dtype=np.bool_)
    for note in notes:
        sounding[_cells_of(note, steps)] = True
    return sounding


def _cells(line: Line, steps: int) -> chorale.Grid:
    cells = np.full(steps, chorale.UNKNOWN)
    for _, note in line.notes:
        cells[_cells_of(note, steps)] = line.class_of(note.pitch)
    start = 0
    for is_silent, run in groupby(cells.tolist(), key=lambda class_: class_ == chorale.UNKNOWN):
        end = start + len(list(run))
        if is_silent and start > 0 and end < steps and end - start <= LEGATO_BEATS * STEPS:
            cells[start:end] = cells[start - 1]
        start = end
    return cells


def _pace(task: Task) -> int:
    """Return the steps between changes that bring about as many notes a bar as are asked for."""
    if task.controls.notes_per_bar is None:
        return 1
    bar_steps = task.source.meter_map.at(task.holes[0].span.start).bar_length * STEPS
    wanted = bar_steps / task.controls.notes_per_bar
    return min(PACES, key=lambda pace: abs(np.log2(pace / wanted)))


def _strict_key(task: Task) -> Key | None:
    if task.controls.scale != ScaleMode.STRICT:
        return None
    return task.source.key or find_key((*task.source.sounding, *task.context.sounding))


def _allowed(line: Line, key: Key | None) -> NDArray[np.bool_]:
    allowed = _between(line.lowest + line.transposition, line.highest + line.transposition)
    for class_ in np.flatnonzero(allowed):
        if key is not None and not key.contains(line.pitch_of(int(class_))):
            allowed[class_] = False
    return allowed


def _between(low: int, high: int) -> NDArray[np.bool_]:
    """Return which classes are pitches of the networks' in a range; rests are none."""
    pitches = np.arange(chorale.CLASS_COUNT) + chorale.LOWEST_PITCH - 1
    is_pitch = np.arange(chorale.CLASS_COUNT) != chorale.REST
    inside: NDArray[np.bool_] = is_pitch & (pitches >= low) & (pitches <= high)
    return inside
