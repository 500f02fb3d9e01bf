"""What every engine promises about an answer, checked note by note, as sentences for people."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reprise.engines.base import Candidate, ScaleMode, Task, Verb
from reprise.music.drums import is_drums
from reprise.music.note import Note

ROUNDING = 1e-6
TOUCHING = 1e-5
"""Beats by which a note may overlap the next for the sake of rounding."""

NEW_MATERIAL = (Verb.CONTINUE, Verb.DEVELOP, Verb.ACCOMPANY)
"""Verbs that replace nothing, so that there is no rhythm and there are no pitches to keep."""


def complaints(task: Task, candidate: Candidate) -> list[str]:
    """Return what is not legal about an answer, [] where it is legal."""
    if len(candidate.new_notes) != len(task.source.voices):
        return [f"it has {len(candidate.new_notes)} voices for {len(task.source.voices)}"]
    found = [*_about_kept(task, candidate)]
    for voice, notes in enumerate(candidate.new_notes):
        found += _about_places(task, voice, notes)
        found += _about_pitches(task, voice, notes)
        found += _about_polyphony(task, candidate, voice)
        found += _about_unisons(task, candidate, voice)
        found += _about_keeping(task, voice, notes)
        found += _about_pads(task, voice, notes)
    return found


def _about_kept(task: Task, candidate: Candidate) -> Iterator[str]:
    if list(candidate.kept) != sorted(set(candidate.kept)):
        yield "the kept places do not rise"
    if not set(task.fixed_places) <= set(candidate.kept):
        yield "a locked note is gone"
    if not set(candidate.kept) <= set(range(task.source.note_count)):
        yield "a kept place is no note of the source"


def _about_places(task: Task, voice: int, notes: Sequence[Note]) -> Iterator[str]:
    if list(notes) != sorted(notes):
        yield "the new notes are not in order"
    ends = _latest_ends(task, voice)
    for note in notes:
        hole = task.hole_at(voice, note.start)
        if hole is None or note.start >= task.length:
            yield "a new note begins outside the holes"
        elif note.end > max(hole.span.end, ends.get(hole.span.start, 0.0)) + ROUNDING:
            yield "a new note rings past its hole"
        if note.is_muted:
            yield "a new note is muted"


def _latest_ends(task: Task, voice: int) -> dict[float, float]:
    """Return how far the source's notes ring in each hole of a voice, by the hole's start."""
    ends: dict[float, float] = {}
    for _, index, note in task.source.places():
        hole = task.hole_at(voice, note.start) if index == voice and not note.is_muted else None
        if hole is not None:
            ends[hole.span.start] = max(ends.get(hole.span.start, 0.0), note.end)
    return ends


def _about_pitches(task: Task, voice: int, notes: Sequence[Note]) -> Iterator[str]:
    controls, key = task.controls, task.source.key
    if is_drums(task.source.voices[voice]) or task.keep_pitches:
        return
    low, high = controls.lowest_pitch or 0, controls.highest_pitch or 127
    is_strict = controls.scale == ScaleMode.STRICT and key is not None
    for note in notes:
        if not low <= note.pitch <= high:
            yield "a new note is outside the range"
        if is_strict and key is not None and not key.contains(note.pitch):
            yield "a new note is outside the scale"


def _about_polyphony(task: Task, candidate: Candidate, voice: int) -> Iterator[str]:
    most = task.controls.max_polyphony
    if most is None or _keeps(task, voice, keeps=task.keep_rhythm):
        return
    together = _sounding(task, candidate, voice)
    for note in candidate.new_notes[voice]:
        if sum(other.start <= note.start < other.end - TOUCHING for other in together) > most:
            yield "more notes sound together than allowed"


def _about_unisons(task: Task, candidate: Candidate, voice: int) -> Iterator[str]:
    together = _sounding(task, candidate, voice)
    new_notes = set(candidate.new_notes[voice])
    for index, note in enumerate(together):
        for other in together[index + 1 :]:
            if other.start >= note.end - TOUCHING:
                break
            if other.pitch == note.pitch and (note in new_notes or other in new_notes):
                yield "two notes overlap on one pitch"


def _about_keeping(task: Task, voice: int, notes: Sequence[Note]) -> Iterator[str]:
    free = _replaced(task, voice)
    if not free:
        return
    if _keeps(task, voice, keeps=task.keep_rhythm):
        starts = {round(note.start, 6) for note in free}
        if not {round(note.start, 6) for note in notes} <= starts:
            yield "an onset was not there"
    if _keeps(task, voice, keeps=task.keep_pitches):
        more = Counter(note.pitch for note in notes) - Counter(note.pitch for note in free)
        if more:
            yield "a pitch was not there"


def _about_pads(task: Task, voice: int, notes: Sequence[Note]) -> Iterator[str]:
    line = task.source.voices[voice]
    if line.pads and is_drums(line):
        there = {pitch for pitch, _ in line.pads} | {note.pitch for note in line.notes}
        if any(note.pitch not in there for note in notes):
            yield "a drum sounds that has no pad"


def _replaced(task: Task, voice: int) -> list[Note]:
    return [
        note
        for place, index, note in task.source.places()
        if index == voice and place in task.free_places
    ]


def _keeps(task: Task, voice: int, *, keeps: bool) -> bool:
    """Tell whether there is something to keep, and it is to be kept."""
    return keeps and task.verb not in NEW_MATERIAL and bool(_replaced(task, voice))


def _sounding(task: Task, candidate: Candidate, voice: int) -> list[Note]:
    """Return what sounds of one voice in an answer, by onset."""
    kept = frozenset(candidate.kept)
    stays = [
        note
        for place, index, note in task.source.places()
        if index == voice and place in kept and not note.is_muted
    ]
    return sorted([*stays, *candidate.new_notes[voice]])
