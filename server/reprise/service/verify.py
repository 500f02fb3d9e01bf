"""The last line of defence: no answer leaves that breaks what every engine promises.

What it refuses is a bug of an engine, never of the producer. It trusts no engine and no guard.
"""

import operator

from reprise.engines.base import Candidate, Hole, Task
from reprise.errors import InternalError
from reprise.music.note import Note

EDGE = 1e-6
"""Beats by which an engine's arithmetic may overshoot."""


def check_candidate(task: Task, candidate: Candidate, engine: str) -> None:
    """Check that a candidate keeps what is fixed and writes inside holes only.

    Raises:
        InternalError: It does not; the sentence names the engine.
    """
    problem = _kept_problem(task, candidate.kept) or _new_notes_problem(task, candidate)
    if problem:
        raise InternalError(
            f"the engine {engine!r} gave an answer that breaks its word: {problem}. The answer "
            "was thrown away; please report it, and choose another engine meanwhile"
        )


def _kept_problem(task: Task, kept: tuple[int, ...]) -> str:
    if any(later <= earlier for earlier, later in zip(kept, kept[1:])):
        return "the places of kept notes do not rise"
    if kept and not 0 <= kept[0] <= kept[-1] < task.source.note_count:
        return f"it keeps notes that are not among the source's {task.source.note_count}"
    lost = set(task.fixed_places).difference(kept)
    if lost:
        return f"it lost {len(lost)} of the notes that had to stay, the first at place {min(lost)}"
    return ""


def _new_notes_problem(task: Task, candidate: Candidate) -> str:
    wanted = len(task.source.voices)
    if len(candidate.new_notes) != wanted:
        return f"it has {len(candidate.new_notes)} voices and the source has {wanted}"
    limits = _latest_ends(task)
    for voice, notes in enumerate(candidate.new_notes):
        for note in notes:
            hole = task.hole_at(voice, note.start)
            if hole is None or note.start >= task.length:
                return f"a new note at beat {note.start:g} of voice {voice + 1} is in no hole"
            if task.pads and note.pitch not in task.pads:
                return f"a new note at beat {note.start:g} is on pad {note.pitch}, which stays"
            if note.end > limits[hole] + EDGE:
                return (
                    f"a new note of voice {voice + 1} rings to beat {note.end:g}, "
                    f"past the end of its hole at beat {limits[hole]:g}"
                )
    return ""


def _latest_ends(task: Task) -> dict[Hole, float]:
    """Return how far a new note of each hole may ring: as far as the source did, if further."""
    ends = {hole: hole.span.end for hole in task.holes}
    for _, voice, note in task.source.places():
        hole = task.hole_at(voice, note.start)
        if hole is not None and not note.is_muted:
            ends[hole] = max(ends[hole], note.end)
    return ends


in_order = operator.attrgetter("start", "pitch", "duration", "velocity")
"""Sorts notes as they sort themselves but for what nobody hears, several times faster."""


def on_wire_grid(note: Note, ticks_per_beat: int) -> Note:
    """Return a note on the wire's grid, so that history, files and wires hold the same numbers."""
    start = round(note.start * ticks_per_beat)
    end = max(start + 1, round(note.end * ticks_per_beat))
    return Note(
        start / ticks_per_beat,
        note.pitch,
        (end - start) / ticks_per_beat,
        note.velocity,
        round(note.probability, 4),
        note.velocity_deviation,
        note.release_velocity,
        note.is_muted,
        note.channel,
    )
