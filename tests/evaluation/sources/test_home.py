"""Home grounds: questions with known answers, asked of every engine alike."""

from pathlib import Path

import pytest

import builders
import tiny_chorales
from reprise.engines.markov.engine import MarkovEngine
from reprise.evaluation.sources import home, home_hymns
from reprise.evaluation.sources.home import Ground, Notes, Question
from reprise.music.span import Span


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    data = tiny_chorales.write_data_set(tmp_path, steps=160)
    return home_hymns.next_bar(data, seed=1, count=3)


def test_the_true_answer_is_all_right_and_silence_is_all_wrong(ground: Ground) -> None:
    for question in ground.questions:
        silence: Notes = ((),) * 4
        right = home.same_sixteenths(question, question.truth)
        wrong = home.same_sixteenths(question, silence)
        assert right.above == right.below == 64
        assert wrong.above == 0


def test_what_is_asked_for_is_not_in_the_question(ground: Ground) -> None:
    for question in ground.questions:
        heard = [note for voice in question.task.source.voices for note in voice.notes]
        assert all(question.task.hole_at(0, note.start) is None for note in heard)
        assert any(question.truth)


def test_a_refill_hides_one_whole_voice_and_nothing_else(tmp_path: Path) -> None:
    data = tiny_chorales.write_data_set(tmp_path, steps=160)
    for question in home_hymns.refill(data, seed=1, count=3).questions:
        empty = [not voice.notes for voice in question.task.source.voices]
        assert sum(empty) == 1
        assert [bool(notes) for notes in question.truth] == empty


def test_every_player_gets_a_row_and_the_home_engine_comes_first(ground: Ground) -> None:
    baselines = {"knows": home.people}
    ground = Ground("S9", "markov", "share", ground.questions, home.same_sixteenths, baselines)
    rows = home.rows_of(ground, {"markov": MarkovEngine()}, seed=0)

    assert [row.model for row in rows] == ["markov", "knows"]
    assert rows[1].found == 1.0
    assert rows[0].found is not None
    assert 0.0 < rows[0].found < 1.0
    assert "2 of 2 answered" in rows[0].remark
    assert "against markov" in rows[1].remark


def test_copying_repeats_what_was_heard_last() -> None:
    question: Question = home.continuation("a song", builders.score(builders.melody(3)), 8.0)
    copied = home.copied(question)[0]
    heard = [note for note in question.task.source.voices[0].notes if note.start >= 0.0]
    assert [note.pitch for note in copied] == [note.pitch for note in heard]
    assert min(note.start for note in copied) == 8.0


def test_sixteenths_hold_a_pitch_as_long_as_it_sounds() -> None:
    notes = builders.line([60, 64], step=0.5, start=1.0)
    assert home.sixteenths(notes, Span(1.0, 2.25)) == [60, 60, 64, 64, -1]
