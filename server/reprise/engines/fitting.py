"""Making new notes legal beside the notes that stay: holes, range, scale, unisons, polyphony.

It changes as little as it can: a note is cut before it is moved, and moved before it is dropped.
Engines whose own grammar keeps them legal need none of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reprise.engines.base import Candidate, Hole, ScaleMode, Task
from reprise.music.drums import is_drums
from reprise.music.key import Key, find_key
from reprise.music.note import Note

UNLIMITED = 128
"""As many notes as may sound together where nobody set a bound."""

EDGE = 1e-6
"""Times nearer than this, in beats, are the same."""

SHORTEST = 1 / 96
"""Beats: what is cut to less than this is dropped, unless its whole hole is as short."""

FEEL_REACH = 0.2
"""Beats by which the player's feel may have pushed a note out of its hole."""

Elsewhere = Callable[[int], Iterable[int]]
"""Pitches that may stand for a pitch whose place is taken, the best first; () to drop the note."""


def legal_answer(task: Task, wishes: Sequence[Iterable[Note]]) -> Candidate:
    """Return an answer that keeps what is fixed, and of the wished-for notes what is legal.

    Pitches outside the asked-for range move by octaves, those outside a strict scale to the nearest
    inside; notes are cut at the ends of their holes and where they would sound twice. Drums keep
    their pads.

    Args:
        task: What was asked; every free note that is not wished for again goes.
        wishes: New notes of each source voice, in any order.
    """
    fixed = frozenset(task.fixed_places)
    kept: list[list[Note]] = [[] for _ in task.source.voices]
    for place, voice, note in task.source.places():
        if place in fixed:
            kept[voice].append(note)
    return Candidate(
        task.fixed_places,
        tuple(_legal_voice(task, voice, notes, kept[voice]) for voice, notes in enumerate(wishes)),
    )


def allowed_pitches(task: Task, voice: int) -> tuple[int, ...]:
    """Return the pitches that new notes of a voice, from 0, may have by the controls, rising."""
    controls = task.controls
    low = 0 if controls.lowest_pitch is None else controls.lowest_pitch
    high = 127 if controls.highest_pitch is None else controls.highest_pitch
    if is_drums(task.source.voices[voice]):
        return tuple(range(128))
    is_strict = controls.scale == ScaleMode.STRICT
    key = task.source.key or find_key(task.source.sounding) or Key(0, "chromatic")
    inside = range(low, high + 1)
    return tuple(pitch for pitch in inside if not is_strict or key.contains(pitch))


def _legal_voice(
    task: Task, voice: int, notes: Iterable[Note], kept: Sequence[Note]
) -> tuple[Note, ...]:
    allowed = allowed_pitches(task, voice)
    others = () if is_drums(task.source.voices[voice]) else allowed
    placed = (replace(note, pitch=_allowed(note.pitch, allowed)) for note in notes if allowed)
    return fitted(
        placed,
        kept,
        [hole for hole in task.holes if hole.voice == voice],
        task.controls.max_polyphony or UNLIMITED,
        lambda pitch: sorted(others, key=lambda other: (abs(other - pitch), other)),
    )


def _allowed(pitch: int, allowed: Sequence[int]) -> int:
    """Return the nearest octave of a pitch that is allowed, else the nearest allowed pitch."""
    octaves = [other for other in allowed if (other - pitch) % 12 == 0]
    return min(octaves or allowed, key=lambda other: (abs(other - pitch), other))


def fitted(
    new_notes: Iterable[Note],
    kept: Iterable[Note],
    holes: Sequence[Hole],
    polyphony: int,
    elsewhere: Elsewhere,
    kept_until: float = float("inf"),
) -> tuple[Note, ...]:
    """Return the new notes of one voice such that they are legal, by onset and then pitch.

    Args:
        new_notes: As wished for, with their feel.
        kept: Notes of the voice that stay; muted ones do not matter.
        holes: Where new notes may be.
        polyphony: How many notes may sound together; kept ones are never touched.
        elsewhere: Other pitches for a note whose own sounds already.
        kept_until: From this time on, in beats, kept notes do not count as sounding together:
            hosts cut what rings past the end of the clip that is continued.
    """
    rising = sorted(holes)
    starts = [hole.span.start for hole in rising]
    inside = [
        note
        for wish in new_notes
        for note in _in_its_hole(wish, _holes_near(wish.start, rising, starts))
    ]
    stays = [note for note in kept if not note.is_muted]
    return _Sweep(stays, polyphony, elsewhere, kept_until).run(inside)


def _holes_near(beat: float, rising: Sequence[Hole], starts: Sequence[float]) -> Sequence[Hole]:
    """Return the hole that begins last before a time, in beats, and the one after it."""
    index = bisect_right(starts, beat)
    return rising[max(0, index - 1) : index + 1]


def _in_its_hole(note: Note, holes: Sequence[Hole]) -> Iterator[Note]:
    for hole in holes:
        start = note.start
        if hole.span.start - FEEL_REACH <= start < hole.span.start:
            start = hole.span.start
        if not hole.span.contains(start):
            continue
        if start == note.start and note.end <= hole.span.end:
            yield note
            return
        end = min(max(note.end, start + SHORTEST), hole.span.end)
        # In beats far from 0 an end computed from start and duration may overshoot by rounding.
        duration = end - start
        while start + duration > hole.span.end:
            duration = max(0.0, duration - EDGE / 1000)
        if duration >= min(SHORTEST, hole.span.length / 2):
            yield replace(note, start=start, duration=duration)
        return


@dataclass(slots=True)
class _Sounding:
    note: Note
    end: float
    is_kept: bool


class _Sweep:
    """Goes through kept and new notes in time."""

    def __init__(
        self, kept: Sequence[Note], polyphony: int, elsewhere: Elsewhere, kept_until: float
    ) -> None:
        self._kept = sorted(kept)
        self._kept_until = kept_until
        self._polyphony = polyphony
        self._elsewhere = elsewhere
        self._kept_starts: dict[int, list[float]] = {}
        for note in self._kept:
            self._kept_starts.setdefault(note.pitch, []).append(note.start)

    def run(self, new_notes: Iterable[Note]) -> tuple[Note, ...]:
        waiting = [(note.start, False, -note.pitch, note) for note in new_notes]
        waiting += [(note.start, True, -note.pitch, note) for note in self._kept]
        placed: list[_Sounding] = []
        sounding: list[_Sounding] = []
        # Of one onset, kept notes come first: they have the right of way.
        for start, is_kept, _, note in sorted(
            waiting, key=lambda item: (item[0], not item[1], item[2])
        ):
            sounding = [other for other in sounding if other.end > start + EDGE]
            if is_kept:
                self._make_room(sounding, start)
                sounding.append(_Sounding(note, note.end, is_kept=True))
                continue
            arrived = self._arrived(note, sounding)
            if arrived is not None:
                sounding.append(arrived)
                placed.append(arrived)
        lasting = (
            item
            for item in placed
            if item.end - item.note.start >= min(SHORTEST / 2, item.note.duration)
        )
        return tuple(sorted(_cut(item.note, item.end) for item in lasting))

    def _arrived(self, note: Note, sounding: list[_Sounding]) -> _Sounding | None:
        """Return a new note with its end and pitch made to fit, or None where it cannot sound."""
        found = self._pitched(note, sounding)
        if found is None or not self._make_room(sounding, note.start):
            return None
        for other in sounding:
            if other.note.pitch == found.pitch:
                other.end = min(other.end, note.start)
        return _Sounding(found, min(found.end, self._next_kept(found)), is_kept=False)

    def _pitched(self, note: Note, sounding: Sequence[_Sounding]) -> Note | None:
        """Return the note at its own pitch or another, None where a unison cannot be avoided."""
        taken = {
            other.note.pitch
            for other in sounding
            if other.is_kept or other.note.start > note.start - SHORTEST
        }
        if note.pitch not in taken:
            return note
        # What rings on would be cut by a unison, so another pitch has to be free altogether.
        ringing = {other.note.pitch for other in sounding}
        free = (pitch for pitch in self._elsewhere(note.pitch) if pitch not in ringing)
        pitch = next(free, None)
        return None if pitch is None else replace(note, pitch=pitch)

    def _make_room(self, sounding: list[_Sounding], start: float) -> bool:
        """Cut new notes that ring until one more may sound; tell whether it may."""
        while self._count(sounding, start) >= self._polyphony:
            ringing = [
                other
                for other in sounding
                if not other.is_kept and other.note.start < start - SHORTEST
            ]
            if not ringing:
                return False
            oldest = min(ringing, key=lambda other: (other.note.start, other.note.pitch))
            oldest.end = start
            sounding.remove(oldest)
        return True

    def _count(self, sounding: Sequence[_Sounding], start: float) -> int:
        return sum(not other.is_kept or start < self._kept_until for other in sounding)

    def _next_kept(self, note: Note) -> float:
        starts = self._kept_starts.get(note.pitch, [])
        index = bisect_left(starts, note.start)
        return starts[index] if index < len(starts) else float("inf")


def _cut(note: Note, end: float) -> Note:
    return note if end >= note.end else replace(note, duration=end - note.start)
