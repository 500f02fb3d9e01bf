"""The home ground of the chord networks: progressions of the theme study's songs, gone on with.

Nobody learned these songs. Eight bars of block chords are heard, four are asked for.
"""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from reprise.evaluation.sources.home import Ground, Notes, Question, continuation, copied
from reprise.evaluation.statistics import Part
from reprise.library import progressions
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.tokenizers import chords

HEARD_BEATS: Final = 32.0
ASKED_BEATS: Final = 16.0
COUNT: Final = 100
QUICK_COUNT: Final = 4

_LOWEST_BASS: Final = 40
_LOWEST: Final = 52


def progressions_go_on(data: Path | None, seed: int, count: int = COUNT) -> Ground:
    """Return the ground of S5."""
    questions = []
    for piece in progressions.read_all(data):
        if piece.split == "test" and piece.name.startswith(progressions.POP909_CL):
            questions += _questions(piece)
    random.Random(seed).shuffle(questions)
    return Ground(
        "S5",
        "chords",
        "four bars more of a progression: pitch classes shared with the true chord, beat by beat",
        questions[:count],
        shared_pitch_classes,
        {"copying": copied},
    )


def shared_pitch_classes(question: Question, answer: Notes) -> Part:
    """Return the pitch classes that the answer and the truth share, of all that either has."""
    shared = either = 0
    for hole in question.task.holes:
        beat = hole.span.start
        while beat < hole.span.end - 1e-6:
            span = Span(beat, min(beat + 1.0, hole.span.end))
            true = _classes(question.truth[hole.voice], span)
            mine = _classes(answer[hole.voice], span)
            shared += len(true & mine)
            either += len(true | mine)
            beat += 1.0
    return Part(shared, either)


def _classes(notes: Iterable[Note], span: Span) -> set[int]:
    middle = (span.start + span.end) / 2
    return {note.pitch % 12 for note in notes if note.start <= middle < note.end}


def _questions(piece: progressions.Piece) -> list[Question]:
    notes = tuple(_notes(piece))
    length = HEARD_BEATS + ASKED_BEATS
    end = max(note.end for note in notes)
    found = []
    for number in range(int(end // length)):
        span = Span(number * length, (number + 1) * length)
        inside = tuple(
            Note(note.start - span.start, note.pitch, min(note.end, span.end) - note.start, 80)
            for note in notes
            if span.contains(note.start)
        )
        score = Score((Voice("Chords", inside, is_drums=False),), length)
        question = continuation(piece.name, score, HEARD_BEATS)
        if question.truth[0] and question.task.source.note_count:
            found.append(question)
    return found


def _notes(piece: progressions.Piece) -> Iterable[Note]:
    """Yield block chords in close position over their bass."""
    for placed in chords.decode(piece.elements):
        if placed.chord is None:
            continue
        pitches = {_above(_LOWEST, pitch_class) for pitch_class in placed.chord.pitch_classes}
        for pitch in sorted({_above(_LOWEST_BASS, placed.chord.bass), *pitches}):
            yield Note(placed.start, pitch, placed.duration, 80)


def _above(lowest: int, pitch_class: int) -> int:
    return lowest + (pitch_class - lowest) % 12
