"""The home ground of the Theme Transformer: themes of test songs, developed for fourteen bars."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reprise.engines.base import Hole, Task, Verb
from reprise.engines.theme.retrieval import MelodyEncoder
from reprise.evaluation.sources.home import Ground, Notes, Question, people
from reprise.evaluation.statistics import Part
from reprise.evaluation.themes.theme_metrics import PlayedPiece, treatment
from reprise.evaluation.themes.theme_pieces import StudySong, beats_of
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.tokenizers.theme_grid import GridSong, Track

THEME_BEATS: Final = 8.0
ASKED_BEATS: Final = 56.0

_TITLES: Final = {Track.MELODY: "Melody", Track.PIANO: "Piano"}
_FAR: Final = 2.0
"""The largest distance there is: what silence gets."""

_NEVER: Final = 1.0


def brought_back(songs: Sequence[StudySong], encoder: MelodyEncoder) -> Ground:
    """Return a ground of S1: how near what was developed comes to its theme."""
    return Ground(
        "S1",
        "theme",
        "theme developed for 14 bars: distance of the nearest two bars to it, 0 to 2",
        [_question(song) for song in songs],
        lambda question, answer: Part(_nearest(question, answer, encoder)),
        {"people": people, "copying": copied_all_along},
        higher_is_better=False,
    )


def even_grooves(songs: Sequence[StudySong], encoder: MelodyEncoder) -> Ground:
    """Return a ground of S1: how unlike each other the rhythms of the bars are."""
    ground = brought_back(songs, encoder)
    return replace(
        ground,
        figure="theme developed for 14 bars: grooving inconsistency, 0 to 1 (people's is the aim)",
        measure=lambda question, answer: Part(_groove(question, answer, encoder)),
    )


def copied_all_along(question: Question) -> Notes:
    """Return the theme again and again."""
    turns = range(1, 1 + int(ASKED_BEATS / THEME_BEATS))
    return tuple(
        tuple(
            replace(note, start=note.start + turn * THEME_BEATS)
            for turn in turns
            for note in voice.notes
        )
        for voice in question.task.source.voices
    )


def _question(song: StudySong) -> Question:
    source = Score(tuple(_voices(song.theme)), THEME_BEATS)
    length = THEME_BEATS + ASKED_BEATS
    holes = tuple(Hole(voice, Span(THEME_BEATS, length)) for voice in range(len(source.voices)))
    task = Task(Verb.DEVELOP, source, Score((), THEME_BEATS), holes, length, target=source)
    span = Span(THEME_BEATS, length)
    truth = tuple(
        tuple(note for note in voice.notes if span.contains(note.start))
        for voice in _voices(song.song)
        if voice.name in {mine.name for mine in source.voices}
    )
    return Question(song.number, task, truth)


def _voices(song: GridSong) -> list[Voice]:
    found = []
    for track, title in _TITLES.items():
        notes = tuple(beats_of(note) for note in song.notes if note.track == track)
        if notes:
            found.append(Voice(title, notes, is_drums=False))
    return found


def _nearest(question: Question, answer: Notes, encoder: MelodyEncoder) -> float:
    found = treatment(_theme(question), _piece(answer), encoder) if answer[0] else None
    return _FAR if found is None or found.nearest is None else found.nearest


def _groove(question: Question, answer: Notes, encoder: MelodyEncoder) -> float:
    found = treatment(_theme(question), _piece(answer), encoder) if answer[0] else None
    value = None if found is None else found.grooving_inconsistency
    return _NEVER if value is None else value


def _theme(question: Question) -> tuple[Note, ...]:
    return question.task.source.voices[0].notes


def _piece(answer: Notes) -> PlayedPiece:
    moved = [
        tuple(replace(note, start=note.start - THEME_BEATS) for note in notes) for notes in answer
    ]
    return PlayedPiece(moved[0], [note for notes in moved for note in notes], ASKED_BEATS, ())
