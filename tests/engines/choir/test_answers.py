from dataclasses import replace

import numpy as np
import pytest

import builders
from reprise.engines.base import Controls, Hole, Task, Verb
from reprise.engines.choir.answers import (
    bar_ends,
    classes_beside,
    first_open_step,
    fitted_notes,
    refusal,
    sung_notes,
)
from reprise.engines.choir.grid import arrange
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.tokenizers import chorale

EVERYTHING = np.tile(np.arange(chorale.CLASS_COUNT) != chorale.REST, (chorale.VOICE_COUNT, 1))
NOBODY = np.full(chorale.VOICE_COUNT, chorale.UNKNOWN)


def going_on(beats: float = 8.0) -> Task:
    score = builders.chorale(bars=4)
    span = Span(score.length, score.length + beats)
    holes = tuple(Hole(voice, span) for voice in range(4))
    return Task(Verb.CONTINUE, score, Score((), score.length), holes, span.end)


def row(**classes: int) -> chorale.Grid:
    found = NOBODY.copy()
    for voice, class_ in classes.items():
        found[chorale.VOICES.index(voice)] = class_
    return found


def test_a_voice_stays_between_the_voices_above_and_below_it() -> None:
    allowed = classes_beside(EVERYTHING, 1, row(soprano=30, bass=12), chorale.UNKNOWN)

    assert np.flatnonzero(allowed).tolist() == list(range(12, 31))


def test_a_rest_above_a_voice_bounds_nothing() -> None:
    allowed = classes_beside(EVERYTHING, 1, row(soprano=chorale.REST), chorale.UNKNOWN)

    assert allowed[chorale.CLASS_COUNT - 1]


def test_where_nothing_lies_between_its_range_alone_counts() -> None:
    allowed = classes_beside(EVERYTHING, 1, row(soprano=10, bass=30), chorale.UNKNOWN)

    assert allowed.sum() == chorale.CLASS_COUNT - 1


def test_an_unwanted_class_is_taken_where_no_other_is_left() -> None:
    free = classes_beside(EVERYTHING, 1, row(soprano=30, bass=12), 20)
    narrow = classes_beside(EVERYTHING, 1, row(soprano=20, bass=20), 20)

    assert not free[20]
    assert np.flatnonzero(narrow).tolist() == [20]


def test_a_continuation_opens_where_the_clip_ends_and_its_bars_end_with_it() -> None:
    arrangement = arrange(going_on())

    assert first_open_step(arrangement) == 64
    assert bar_ends(arrangement) == {16: 0, 32: 1, 48: 2, 64: 3, 80: 4, 96: 5}


def test_cells_that_were_written_are_sung_and_cells_that_stood_are_not() -> None:
    arrangement = arrange(going_on())
    written = np.zeros(arrangement.grid.shape, dtype=np.bool_)
    written[60:72, 0] = True
    classes = np.full_like(arrangement.grid, chorale.class_from_pitch(72))

    notes = sung_notes(arrangement, 0, classes, written)

    assert notes[0].start == 16.0
    assert max(note.end for note in notes) == 18.0
    assert {note.pitch for note in notes} == {72}
    assert sung_notes(arrangement, 1, classes, written) == []


def test_new_notes_end_with_their_hole() -> None:
    task = going_on(beats=2.0)

    (note,) = fitted_notes(task, 0, [Note(17.0, 72, 4.0)], task.source.voices[0].notes)

    assert note.end == 18.0


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (replace(going_on(), holes=()), "nothing in the clip may change"),
        (replace(going_on(), keep_pitches=True), "our engine finds new pitches"),
        (replace(going_on(), controls=Controls(lowest_pitch=121)), "widen the range"),
        (replace(going_on(), source=builders.drum_score()), "our engine writes no drums"),
    ],
)
def test_a_refusal_names_the_engine_and_the_way_out(task: Task, words: str) -> None:
    assert words in (refusal(task, "our engine") or "")


def test_four_lines_are_refused_nothing() -> None:
    assert refusal(going_on(), "our engine") is None
