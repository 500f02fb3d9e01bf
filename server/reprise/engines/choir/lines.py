"""Which line of a task is which voice of a chorale, and how it was sung.

A line is the soprano, alto, tenor or bass that its name or its register makes it; the lines of the
context take the places that are left. It knows no grid of classes and no network.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

import numpy as np

from reprise.engines.base import Task
from reprise.music.drums import is_drums
from reprise.music.feel import Feel, take_off
from reprise.music.note import Note
from reprise.music.voice import Voice
from reprise.music.voices import SATB_CENTRES, TOGETHER_BEATS, deal
from reprise.tokenizers import chorale

LEGATO_BEATS = 1.0
"""Shorter gaps between two notes of a line are touch, not rests; the networks do not hear them."""

OVERLAP_BEATS, OVERLAP_SHARE = 0.125, 0.25
"""As long, and such a share of itself, a note may run into the next one of its line."""

DETACHED = 0.85
"""Lines whose notes sound for a smaller share of the time to the next are played detached."""

SPARE = 5
"""Semitones that new notes may go beyond what a line has sung: a fourth."""

LARGEST_STEP = 3
"""Semitones; a line that usually moves further does not sing."""

FURTHEST_SHIFT = 6
EDGE = 1e-6


@dataclass(frozen=True)
class Line:
    """One of the four lines.

    Attributes:
        role: 0 soprano to 3 bass.
        voice: Index of the source voice, None where it is heard only or imagined.
        notes: All its notes on the straight grid with their places; places below 0 are context.
        transposition: Semitones from sounding pitches to the networks' own.
        feel: How its voice was played.
        lowest: Lowest sounding pitch that a new note may have.
        highest: Highest one.
        gate: Share of the time to the next note that its notes sound for.
        strikes_again: Whether a pitch that goes on is struck anew with the other lines, or on
            every beat where it is alone.
    """

    role: int
    voice: int | None
    notes: tuple[tuple[int, Note], ...]
    transposition: int
    feel: Feel
    lowest: int
    highest: int
    gate: float
    strikes_again: bool

    def class_of(self, pitch: int) -> int:
        """Return the class of a sounding pitch, folded by octaves into the grid's range."""
        moved = pitch + self.transposition
        while moved < chorale.LOWEST_PITCH:
            moved += 12
        while moved > chorale.HIGHEST_PITCH:
            moved -= 12
        return chorale.class_from_pitch(moved)

    def pitch_of(self, class_: int) -> int:
        """Return the sounding pitch of a class that is no rest."""
        return class_ + chorale.LOWEST_PITCH - 1 - self.transposition


def line_count(voice: Voice) -> int:
    """Return how many notes of a voice sound together at most; 1 where none sounds.

    A note that only runs a little into the next one, as a player's legato does, is over by then.
    """
    ends: list[float] = []
    most = 1
    for note in voice.sounding:
        ends = [end for end in ends if end > note.start + TOGETHER_BEATS]
        ends.append(note.end - min(OVERLAP_BEATS, OVERLAP_SHARE * note.duration))
        most = max(most, len(ends))
    return most


def is_arpeggio(voice: Voice) -> bool:
    """Tell whether a voice mostly leaps from note to note, as a broken chord does and no singer."""
    pitches = [note.pitch for note in voice.sounding]
    leaps = [abs(later - pitch) for pitch, later in zip(pitches, pitches[1:])]
    return bool(leaps) and line_count(voice) == 1 and median(leaps) > LARGEST_STEP


def too_many_lines(task: Task) -> int:
    """Return how many lines the source has where these are more than four, else 0."""
    count = sum(line_count(voice) for voice in task.source.voices)
    return count if count > chorale.VOICE_COUNT else 0


def lines_of(task: Task) -> dict[int, Line]:
    """Return the lines of a task by role; its source has at most four lines and no drums."""
    drafts = _with_roles(_drafts(task))
    shift, octaves = _transpositions(drafts)
    heard = [note for draft in drafts for _, note in draft.notes]
    return {
        draft.role: _line(draft, shift + octave, task, heard, is_alone=len(drafts) == 1)
        for draft, octave in zip(drafts, octaves, strict=True)
    }


@dataclass(frozen=True)
class _Draft:
    voice: int | None
    name: str
    notes: tuple[tuple[int, Note], ...]
    feel: Feel
    role: int = -1

    @property
    def mean(self) -> float:
        return float(np.mean([note.pitch for _, note in self.notes]))


def _drafts(task: Task) -> list[_Draft]:
    """Return the lines of the source, then as many of the context's as there is room for."""
    places: dict[int, list[tuple[int, Note]]] = {}
    for place, owner, note in task.source.places():
        places.setdefault(owner, []).append((place, note))
    drafts = []
    for index, voice in enumerate(task.source.voices):
        drafts += _split(index, voice, places.get(index, []), task)
    for voice in sorted(task.context.voices, key=lambda each: -len(each.sounding)):
        room = chorale.VOICE_COUNT - len(drafts)
        if voice.sounding and not is_drums(voice) and line_count(voice) <= room:
            numbered = [(-1 - number, note) for number, note in enumerate(voice.sounding)]
            drafts += _split(None, voice, numbered, task)
    return drafts


def _split(
    index: int | None, voice: Voice, placed: Sequence[tuple[int, Note]], task: Task
) -> list[_Draft]:
    sounding = [(place, note) for place, note in placed if not note.is_muted]
    straight, feel = take_off([note for _, note in sounding], task.source.meter_map)
    placed = [(place, note) for (place, _), note in zip(sounding, straight, strict=True)]
    count = line_count(voice)
    owners = deal(straight, count)
    return [
        _Draft(
            index,
            voice.name if count == 1 else "",
            tuple(
                sorted(
                    (item for item, owner in zip(placed, owners, strict=True) if owner == number),
                    key=lambda item: item[1],
                )
            ),
            feel,
        )
        for number in range(count)
    ]


def _with_roles(drafts: list[_Draft]) -> list[_Draft]:
    """Give every line a role: by its name where all names are roles, else by its pitches."""
    named = [_role_of(draft.name) for draft in drafts]
    if None not in named and len(set(named)) == len(named):
        return [replace(draft, role=role) for draft, role in zip(drafts, named) if role is not None]
    sounding = sorted((draft for draft in drafts if draft.notes), key=lambda draft: -draft.mean)
    best = min(
        combinations(range(chorale.VOICE_COUNT), len(sounding)),
        key=lambda roles: sum(
            abs(draft.mean - SATB_CENTRES[role]) for draft, role in zip(sounding, roles)
        ),
    )
    given = {id(draft): role for draft, role in zip(sounding, best)}
    left = [role for role in range(chorale.VOICE_COUNT) if role not in best]
    for draft in drafts:
        if not draft.notes:
            wanted = _role_of(draft.name)
            given[id(draft)] = wanted if wanted in left else left[0]
            left.remove(given[id(draft)])
    return [replace(draft, role=given[id(draft)]) for draft in drafts]


def _role_of(name: str) -> int | None:
    word = name.strip().lower()
    for role, full in enumerate(chorale.VOICES):
        if word == full[0] or word.startswith(full):
            return role
    return None


def _transpositions(drafts: Sequence[_Draft]) -> tuple[int, list[int]]:
    """Return the semitones for all lines, and whole octaves for each, that fit a choir best."""
    best: tuple[float, int, list[int]] | None = None
    for shift in sorted(range(-FURTHEST_SHIFT + 1, FURTHEST_SHIFT + 1), key=abs):
        found = [_best_octave(draft, shift) for draft in drafts]
        cost = sum(cost for cost, _ in found) + 0.02 * abs(shift)
        if best is None or cost < best[0]:
            best = (cost, shift, [octave for _, octave in found])
    return (best[1], best[2]) if best else (0, [])


def _best_octave(draft: _Draft, shift: int) -> tuple[float, int]:
    low, high = chorale.VOICE_RANGES[draft.role]
    pitches = np.array([note.pitch for _, note in draft.notes] or [(low + high) // 2 - shift])
    costs = []
    for octave in range(-60, 61, 12):
        moved = pitches + shift + octave
        outside = np.maximum(low - moved, 0) + np.maximum(moved - high, 0)
        costs.append((float(np.minimum(outside, 12).mean()) + 0.5 * abs(octave) / 12, octave))
    return min(costs, key=lambda item: (item[0], abs(item[1])))


def _line(
    draft: _Draft, transposition: int, task: Task, heard: Sequence[Note], *, is_alone: bool
) -> Line:
    lowest, highest = _reach(draft, transposition, task)
    feel = draft.feel
    if not feel.played and heard:
        velocity = round(median(note.velocity for note in heard))
        feel = replace(
            feel, played=tuple((replace(note, velocity=velocity),) * 2 for note in heard)
        )
    return Line(
        role=draft.role,
        voice=draft.voice,
        notes=draft.notes,
        transposition=transposition,
        feel=feel,
        lowest=lowest,
        highest=highest,
        gate=_gate(draft),
        strikes_again=_strikes_again(draft, heard, is_alone=is_alone),
    )


def _reach(draft: _Draft, transposition: int, task: Task) -> tuple[int, int]:
    """Return the lowest and the highest sounding pitch of new notes of a line.

    A line stays near what it has sung; one that is empty gets its role's range. What the controls
    say goes before both.
    """
    controls = task.controls
    least = 0 if controls.lowest_pitch is None else controls.lowest_pitch
    most = 127 if controls.highest_pitch is None else controls.highest_pitch
    pitches = [note.pitch for _, note in draft.notes]
    low, high = (edge - transposition for edge in chorale.VOICE_RANGES[draft.role])
    if pitches:
        low, high = min(pitches) - SPARE, max(pitches) + SPARE
    if max(low, least) > min(high, most):
        return least, most
    return max(low, least), min(high, most)


def _gate(draft: _Draft) -> float:
    """Return 1.0 for a line that is played in one breath, less for a detached one."""
    notes = [note for _, note in draft.notes]
    shares = [
        note.duration / (later.start - note.start)
        for note, later in zip(notes, notes[1:])
        if TOGETHER_BEATS < later.start - note.start <= LEGATO_BEATS
    ]
    share = median(shares) if shares else 1.0
    return float(share) if share < DETACHED else 1.0


def _strikes_again(draft: _Draft, heard: Sequence[Note], *, is_alone: bool) -> bool:
    """Tell whether the line strikes again when its pitch goes on, going by what it did before."""
    beats = sorted({note.start for note in heard if abs(note.start - round(note.start)) < EDGE})
    notes = [note for _, note in draft.notes]
    tied = sum(
        max(0, bisect_left(beats, note.end - EDGE) - bisect_right(beats, note.start + EDGE))
        for note in notes
    )
    on_beats = set(beats)
    struck = sum(
        later.pitch == note.pitch and later.start in on_beats
        for note, later in zip(notes, notes[1:])
    )
    return struck > 0 if is_alone else struck >= tied
