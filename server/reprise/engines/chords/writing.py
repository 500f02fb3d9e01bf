"""From new chords and the clip's strikes to notes: each strike gets a pitch of the chord it is in.

Where a chord stays as it was, its notes stay as they were. Where a note would ring into another
chord it is cut and struck anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reprise.engines.base import NEW_VERBS, Candidate, Task, Watch
from reprise.engines.chords.strikes import EDGE, Strike, sounding_in
from reprise.engines.chords.voicing import Pitches, voiced
from reprise.engines.fitting import UNLIMITED, allowed_pitches, fitted
from reprise.music.chords import Chord
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.pitch import folded
from reprise.music.progression import PlacedChord

SHORTEST: Final = 0.2
"""Beats: what is struck so shortly before a chord belongs to it."""

SHORTEST_TAIL: Final = 0.45
"""Beats: what would ring into the next chord for less ends where that begins."""

SPARE_BELOW, SPARE_ABOVE = 2, 4
"""Semitones by which new notes may leave the clip's range."""

OCTAVE: Final = 12

MOST_VOICED: Final = 8
"""Pitches of one chord that are led as voices; more of them are octaves of these."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A strike, or the part of one that sounds in one chord.

    Attributes:
        strike: Which.
        start: In straight beats.
        end: In straight beats.
    """

    strike: Strike
    start: float
    end: float

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the strike."""
        note = self.strike.straight
        return self.start <= note.start + EDGE and self.end >= note.end - EDGE


class Writer:
    """Writes the notes of one task."""

    def __init__(self, task: Task, key: Key, watch: Watch) -> None:
        """Take the task, and the key that notes between those of a chord belong to."""
        self._key = key
        self._watch = watch
        keeps_rhythm = task.keep_rhythm and task.verb not in NEW_VERBS
        # Who asks for few notes does not want a chord to be struck anew because another one comes.
        self._may_cut = not keeps_rhythm and task.controls.notes_per_bar is None
        voices = range(len(task.source.voices))
        allowed = [pitch for voice in voices for pitch in allowed_pitches(task, voice)]
        low, high = min(allowed, default=0), max(allowed, default=127)
        self._low, self._high = _near_the_clip(task, low, high)

    def notes(
        self, strikes: Sequence[Strike], placed: Sequence[PlacedChord], voices: int
    ) -> list[list[Note]]:
        """Return the notes of each voice.

        Args:
            strikes: What is struck.
            placed: The chords, in straight beats, without gaps where anything is struck.
            voices: How many voices there are.
        """
        found: list[list[Note]] = [[] for _ in range(voices)]
        before: Pitches = ()
        for chord, pieces in _pieces(strikes, placed, may_cut=self._may_cut):
            self._watch.check()
            pitches, before = self._pitches(chord, pieces, before)
            for piece in pieces:
                voice = min(piece.strike.voice, voices - 1)
                found[voice].append(_note(piece, pitches[piece.strike.straight.pitch]))
                if len(found[voice]) % 4 == 0:
                    self._watch.check()
        return found

    def _pitches(
        self, chord: Chord | None, pieces: Sequence[Piece], before: Pitches
    ) -> tuple[dict[int, int], Pitches]:
        """Return the new pitch of each old one in a chord, and the pitches of the whole chord."""
        old = tuple(sorted({piece.strike.straight.pitch for piece in pieces}))
        if chord is None or all(piece.strike.chord == chord for piece in pieces):
            return {pitch: pitch for pitch in old}, old
        core = self._core(old, pieces)
        new = voiced(chord, core, before, self._low, self._high)
        led = dict(zip(core, new, strict=True))
        return {pitch: self._led(pitch, led, chord) for pitch in old}, new

    def _core(self, old: Pitches, pieces: Sequence[Piece]) -> Pitches:
        """Return the pitches that are led as voices: those of the old chord, not too many."""
        tones: set[int] = set()
        for piece in pieces:
            if piece.strike.chord is not None:
                tones |= piece.strike.chord.pitch_classes
        core = tuple(pitch for pitch in old if pitch % 12 in tones) or old
        return core if len(core) <= MOST_VOICED else (core[0], *core[-(MOST_VOICED - 1) :])

    def _led(self, pitch: int, led: dict[int, int], chord: Chord) -> int:
        """Return where a pitch goes: with its voice, or beside the nearest one."""
        if pitch in led:
            return led[pitch]
        near = min(led, key=lambda other: (abs(other - pitch), other))
        moved = min(max(led[near] + pitch - near, 0), 127)
        tones = chord.pitch_classes
        inside = moved if moved % 12 in tones else self._key.nearest(moved)
        return folded(inside, self._low, self._high)


def _near_the_clip(task: Task, low: int, high: int) -> tuple[int, int]:
    """Return the part of an allowed range that lies about where the clips do, if it is wide."""
    scores = [task.source, *([task.target] if task.target else [])]
    pitches = [note.pitch for score in scores for note in score.sounding]
    near_low = max(low, min(pitches, default=low) - SPARE_BELOW)
    near_high = min(high, max(pitches, default=high) + SPARE_ABOVE)
    return (near_low, near_high) if near_high - near_low >= OCTAVE else (low, high)


def answer(task: Task, wishes: Sequence[Iterable[Note]]) -> Candidate:
    """Return an answer of notes: what came out as it was is kept, the rest is made legal."""
    kept = set(task.fixed_places)
    own: list[dict[Note, list[int]]] = [defaultdict(list) for _ in task.source.voices]
    for place, voice, note in task.source.places():
        if place in task.free_places:
            own[voice][note].append(place)
    fresh: list[list[Note]] = []
    for voice, notes in enumerate(wishes):
        new = []
        for note in notes:
            places = own[voice].get(note)
            if places:
                kept.add(places.pop())
            else:
                new.append(note)
        fresh.append(new)
    return Candidate(
        tuple(sorted(kept)),
        tuple(_legal(task, voice, notes, kept) for voice, notes in enumerate(fresh)),
    )


def _legal(task: Task, voice: int, notes: Iterable[Note], kept: set[int]) -> tuple[Note, ...]:
    allowed = allowed_pitches(task, voice)
    stays = [
        note for place, owner, note in task.source.places() if owner == voice and place in kept
    ]
    placed = (replace(note, pitch=_nearest(note.pitch, allowed)) for note in notes if allowed)
    return fitted(
        placed,
        stays,
        [hole for hole in task.holes if hole.voice == voice],
        task.controls.max_polyphony or UNLIMITED,
        lambda _pitch: (),
    )


def _nearest(pitch: int, allowed: Sequence[int]) -> int:
    octaves = [other for other in allowed if (other - pitch) % 12 == 0]
    return min(octaves or allowed, key=lambda other: (abs(other - pitch), other))


def _pieces(
    strikes: Sequence[Strike], placed: Sequence[PlacedChord], *, may_cut: bool
) -> list[tuple[Chord | None, list[Piece]]]:
    """Return the chords, each with what is struck in it or rings into it."""
    found: dict[float, list[Piece]] = {one.start: [] for one in placed}
    for strike in strikes:
        inside = sounding_in(placed, strike.straight)
        is_as_before = tuple(one.chord for one in inside) == strike.chords
        if is_as_before or not may_cut:
            inside = inside[:1]
        for start, piece in _parts(strike, inside):
            found[start].append(piece)
    return [(one.chord, found[one.start]) for one in placed if found[one.start]]


def _parts(strike: Strike, inside: Sequence[PlacedChord]) -> list[tuple[float, Piece]]:
    """Return a strike cut where chords change, with where the chord of each part begins.

    A first part that would be too short is left to the part after it; a last one is not struck.
    """
    note = strike.straight
    cuts = [one.start for one in inside[1:] if one.start - note.start >= SHORTEST]
    end = note.end
    if cuts and end - cuts[-1] < SHORTEST_TAIL:
        end = cuts.pop()
    bounds = [note.start, *cuts, end]
    parts = []
    for start, end in zip(bounds, bounds[1:]):
        at = start if start in cuts else start + min(SHORTEST, end - start) / 2
        chord = next((one for one in reversed(inside) if one.start <= at + EDGE), inside[0])
        parts.append((chord.start, Piece(strike, start, end)))
    return parts


def _note(piece: Piece, pitch: int) -> Note:
    played, meant = piece.strike.played, piece.strike.straight
    if piece.is_whole:
        return replace(played, pitch=pitch)
    late = played.start - meant.start
    start = max(0.0, piece.start + late)
    rest = piece.end >= meant.end - EDGE
    end = played.end if rest and played.end > start + SHORTEST / 2 else piece.end + late
    return replace(played, pitch=pitch, start=start, duration=max(end - start, SHORTEST / 2))
