"""Splitting a polyphonic clip into voices, and putting the voices together again.

Voices follow the contour: notes that begin together are dealt from the top down, and a note is
given to the voice whose line it carries on with the smallest leap, such that lines cross as little
as possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

from reprise.errors import InvalidRequestError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

MAX_VOICES = 8
TOGETHER_BEATS = 1 / 24
"""Onsets nearer than this are one chord, as hands play it."""

NAMES = {
    1: ("Melody",),
    2: ("Top", "Bass"),
    3: ("Top", "Middle", "Bass"),
    4: ("Soprano", "Alto", "Tenor", "Bass"),
}
SATB_CENTRES = (69.0, 63.0, 57.0, 48.0)
"""Middles of the four ranges of a choir, soprano to bass."""

REST_COST = 0.5
OVERLAP_COST = 24.0
CROSSING_COST = 12.0


@dataclass(frozen=True, slots=True)
class Split:
    """Voices made of one, with the way back.

    Attributes:
        score: The voices, from the top down.
        places: For each note of the score, by place, its place in what was split.
    """

    score: Score
    places: tuple[int, ...]

    def merged(self) -> tuple[Note, ...]:
        """Return the notes as one voice in the order that they had before."""
        notes = [note for _, _, note in self.score.places()]
        by_place = dict(zip(self.places, notes, strict=True))
        return tuple(by_place[place] for place in sorted(by_place))

    def merged_answer(
        self, kept: Sequence[int], new_notes: Sequence[Sequence[Note]]
    ) -> tuple[tuple[int, ...], tuple[Note, ...]]:
        """Return an answer to the split score as one to the voice that was split.

        Args:
            kept: Places in the split score.
            new_notes: New notes of each of its voices.
        """
        places = tuple(sorted(self.places[place] for place in kept))
        return places, tuple(sorted(note for mine in new_notes for note in mine))


def split(score: Score, voice: int = 0, count: int = 3) -> Split:
    """Return one voice of a score as `count` voices, from the top down.

    Args:
        score: Where the voice stands.
        voice: Which one, from 0.
        count: How many voices to make, 1-8; some may stay empty.

    Raises:
        InvalidRequestError: No such voice, or a count that is out of range.
    """
    if not 0 <= voice < len(score.voices):
        raise InvalidRequestError(
            f"voice {voice + 1} was asked for, but there are {len(score.voices)}"
        )
    if not 1 <= count <= MAX_VOICES:
        raise InvalidRequestError(f"a clip is split into 1 to {MAX_VOICES} voices, got {count}")
    whole = score.voices[voice]
    dealt = deal(whole.notes, count)
    names = NAMES.get(count) or tuple(f"Voice {number}" for number in range(1, count + 1))
    voices: list[Voice] = []
    places: list[int] = []
    for index, name in enumerate(names):
        mine = [place for place, owner in enumerate(dealt) if owner == index]
        places += mine
        voices.append(replace(whole, name=name, notes=tuple(whole.notes[place] for place in mine)))
    return Split(replace(score, voices=tuple(voices)), tuple(places))


def deal(notes: Sequence[Note], count: int) -> tuple[int, ...]:
    """Return for each note, in the given order, the voice from 0 (the top) that it goes to."""
    owners = [0] * len(notes)
    lines = [_Line(centre) for centre in _centres(notes, count)]
    for chord in _chords(notes):
        # More notes than voices: the outer ones lead, the rest joins the nearest below.
        for place, owner in _dealt_chord([(place, notes[place]) for place in chord], lines):
            owners[place] = owner
            lines[owner].add(notes[place])
    return tuple(owners)


class _Line:
    """What is known of a voice while notes are dealt to it."""

    def __init__(self, centre: float) -> None:
        self.centre = centre
        self.pitch = centre
        self.end = 0.0

    def add(self, note: Note) -> None:
        self.pitch = note.pitch
        self.end = max(self.end, note.end)

    def cost(self, note: Note) -> float:
        """How badly a note carries the line on, in semitones or so."""
        leap = abs(note.pitch - self.pitch)
        away = abs(note.pitch - self.centre)
        still_sounding = note.start + TOGETHER_BEATS < self.end
        return leap + REST_COST * away + (OVERLAP_COST if still_sounding else 0.0)


def _chords(notes: Sequence[Note]) -> list[list[int]]:
    """Return the places of notes that begin together, chord by chord, each from the top down."""
    ordered = sorted(range(len(notes)), key=lambda place: notes[place].start)
    chords: list[list[int]] = []
    for place in ordered:
        if chords and notes[place].start - notes[chords[-1][0]].start < TOGETHER_BEATS:
            chords[-1].append(place)
        else:
            chords.append([place])
    return [sorted(chord, key=lambda place: -notes[place].pitch) for chord in chords]


def _dealt_chord(chord: list[tuple[int, Note]], lines: list[_Line]) -> list[tuple[int, int]]:
    """Return (place, voice) for each note of a chord that is given from the top down."""
    count = len(lines)
    if len(chord) > count:
        leaders = [*chord[: count - 1], chord[-1]]
        inner = chord[count - 1 : -1]
        joined = [(place, max(0, count - 2)) for place, _ in inner]
        return [(place, index) for index, (place, _) in enumerate(leaders)] + joined
    best = min(
        combinations(range(count), len(chord)),
        key=lambda voices: _cost([note for _, note in chord], voices, lines),
    )
    return [(place, voice) for (place, _), voice in zip(chord, best)]


def _cost(chord: list[Note], voices: tuple[int, ...], lines: list[_Line]) -> float:
    total = sum(lines[voice].cost(note) for note, voice in zip(chord, voices))
    for note, voice in zip(chord, voices):
        others = [other for other in range(len(lines)) if other not in voices]
        # A silent voice that is still sounding above a lower one, or below a higher one, crosses.
        for other in others:
            if lines[other].end > note.start + TOGETHER_BEATS:
                above = lines[other].pitch > note.pitch
                total += CROSSING_COST * (above != (other < voice))
    return total


def _centres(notes: Sequence[Note], count: int) -> tuple[float, ...]:
    """Return where the voices lie: the medians of the full chords, else spread over the range."""
    if not notes:
        return (60.0,) * count
    full = [
        sorted((notes[place].pitch for place in chord), reverse=True)
        for chord in _chords(notes)
        if len(chord) == count
    ]
    if full:
        return tuple(float(median(chord[index] for chord in full)) for index in range(count))
    pitches = [note.pitch for note in notes]
    high, low = max(pitches), min(pitches)
    if count == len(SATB_CENTRES) and low >= 36 and high <= 81:
        return SATB_CENTRES
    return tuple(high - (high - low) * (index + 0.5) / count for index in range(count))
