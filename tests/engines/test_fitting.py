"""Fitting: whatever an engine wishes for, what comes out is legal and as near as can be."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

import builders
import engine_tasks
from reprise.engines.base import Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.fitting import UNLIMITED, allowed_pitches, fitted, legal_answer
from reprise.evaluation.legality import complaints
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

BAR = (Hole(0, Span(4.0, 8.0)),)


def no_other(_pitch: int) -> tuple[int, ...]:
    return ()


def fit(*wishes: Note, kept: tuple[Note, ...] = (), polyphony: int = UNLIMITED) -> list[Note]:
    return list(fitted(wishes, kept, BAR, polyphony, lambda pitch: (pitch + 2, pitch - 1)))


def test_what_is_legal_stays_as_it_is() -> None:
    wishes = (Note(4.0, 60, 1.0), Note(5.0, 60, 2.9), Note(7.9, 64, 0.1))
    assert fit(*reversed(wishes)) == list(wishes)


def test_notes_end_with_their_hole_and_none_begins_outside() -> None:
    assert fit(Note(7.0, 60, 5.0), Note(2.0, 62, 1.0), Note(8.0, 64, 1.0)) == [Note(7.0, 60, 1.0)]


def test_a_note_that_its_feel_pushed_out_of_the_hole_begins_with_it() -> None:
    (note,) = fit(Note(3.95, 60, 0.55))
    assert (note.start, note.end) == (4.0, 4.5)


def test_a_repeated_pitch_cuts_the_note_before() -> None:
    assert fit(Note(4.0, 60, 3.0), Note(5.0, 60, 1.0)) == [Note(4.0, 60, 1.0), Note(5.0, 60, 1.0)]


def test_a_pitch_that_a_kept_note_holds_moves_to_the_next_best() -> None:
    assert fit(Note(5.0, 60, 1.0), kept=(Note(4.0, 60, 4.0),)) == [Note(5.0, 62, 1.0)]


def test_without_another_pitch_the_note_goes() -> None:
    wish, kept = Note(5.0, 60, 1.0), Note(4.0, 60, 4.0)
    assert fitted((wish,), (kept,), BAR, UNLIMITED, no_other) == ()


def test_a_note_is_cut_before_a_kept_one_of_its_pitch() -> None:
    assert fit(Note(4.0, 60, 4.0), kept=(Note(6.0, 60, 1.0),)) == [Note(4.0, 60, 2.0)]


def test_one_line_stays_one_line() -> None:
    kept = (Note(6.0, 72, 1.0),)
    line = fit(Note(4.0, 60, 3.0), Note(5.0, 64, 3.0), Note(6.5, 65, 0.5), kept=kept, polyphony=1)
    assert line == [Note(4.0, 60, 1.0), Note(5.0, 64, 1.0)]


def test_pitches_out_of_range_move_by_octaves_and_out_of_scale_to_the_nearest() -> None:
    source = replace(builders.score(builders.melody()), key=Key(0))
    controls = Controls(lowest_pitch=60, highest_pitch=72, scale=ScaleMode.STRICT)
    task = Task(
        Verb.VARY, source, Score((), 16.0), (Hole(0, source.span),), 16.0, controls=controls
    )
    answer = legal_answer(task, [[Note(0.0, 40, 1.0), Note(1.0, 61, 1.0), Note(2.0, 64, 1.0)]])
    assert [note.pitch for note in answer.new_notes[0]] == [64, 60, 64]


def test_drums_keep_their_pads_whatever_the_range() -> None:
    source = builders.drum_score()
    controls = Controls(lowest_pitch=60, scale=ScaleMode.STRICT)
    task = Task(
        Verb.VARY, source, Score((), 16.0), (Hole(0, source.span),), 16.0, controls=controls
    )
    assert 36 in allowed_pitches(task, 0)


wishes = st.lists(
    st.builds(
        Note,
        st.floats(0.0, 40.0),
        st.integers(0, 127),
        st.floats(0.001, 8.0),
    ),
    max_size=30,
)


@settings(engine_tasks.UNHURRIED)
@given(engine_tasks.tasks((Verb.VARY, Verb.REFILL, Verb.CONTINUE)), st.data())
def test_any_wish_becomes_a_legal_answer(task: Task, data: st.DataObject) -> None:
    task = replace(task, keep_rhythm=False, keep_pitches=False)
    wished = [data.draw(wishes) for _ in task.source.voices]
    for index, voice in enumerate(task.source.voices):
        if voice.pads:
            pads = [pitch for pitch, _ in voice.pads]
            wished[index] = [replace(n, pitch=pads[n.pitch % len(pads)]) for n in wished[index]]
    answer = legal_answer(task, wished)
    assert complaints(task, answer) == []


def test_an_empty_wish_is_an_empty_answer() -> None:
    source = Score((Voice("Lead", builders.melody()),), 16.0)
    task = Task(Verb.VARY, source, Score((), 16.0), (Hole(0, source.span),), 16.0)
    assert legal_answer(task, [()]).new_notes == ((),)
