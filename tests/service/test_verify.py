"""No answer leaves that breaks an engine's word; new notes land on the wire's grid."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from fake_engines import (
    CHORALE,
    TUNE,
    Asked,
    FakeEngine,
    Start,
    ask,
    echo,
    refusal,
)
from reprise.engines.base import Candidate, Task
from reprise.errors import (
    InternalError,
)
from reprise.music.note import Note
from reprise.music.span import Span
from reprise.service import messages as m
from reprise.service.verify import on_wire_grid


def faulty(change: Callable[[Task, Candidate], Candidate]) -> FakeEngine:
    def answers(asked: Asked) -> Iterator[Candidate]:
        for candidate in echo(asked):
            yield change(asked.task, candidate)

    return FakeEngine("faulty", answers)


def with_note(voice: int, note: Note) -> Callable[[Task, Candidate], Candidate]:
    def change(_: Task, candidate: Candidate) -> Candidate:
        new_notes = list(candidate.new_notes)
        new_notes[voice] = (*new_notes[voice], note)
        return replace(candidate, new_notes=tuple(new_notes))

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda _, c: replace(c, kept=c.kept[1:]), "lost 1 of the notes that had to stay"),
        (lambda _, c: replace(c, kept=(c.kept[0], *c.kept)), "do not rise"),
        (lambda _, c: replace(c, kept=(*c.kept, 1000)), "not among the source's 64"),
        (lambda _, c: replace(c, kept=(-1, *c.kept)), "not among the source's 64"),
        (lambda _, c: replace(c, new_notes=c.new_notes[:2]), "has 2 voices and the source has 4"),
        (with_note(1, Note(8.0, 60, 1.0)), "at beat 8 of voice 2 is in no hole"),
        (with_note(0, Note(4.0, 60, 1.0)), "at beat 4 of voice 1 is in no hole"),
        (with_note(1, Note(100.0, 60, 1.0)), "at beat 100 of voice 2 is in no hole"),
        (with_note(1, Note(7.0, 60, 1.5)), "rings to beat 8.5, past the end of its hole at beat 8"),
    ],
)
def test_no_answer_that_breaks_an_engine_s_word_is_sent(
    start: Start, change: Callable[[Task, Candidate], Candidate], problem: str
) -> None:
    request = m.Refill(request_id=1, source=CHORALE, voices=(1,), span=Span(4.0, 8.0))

    inbox = ask(start(faulty(change)), request)

    assert inbox.kinds() == ["error"]
    sentence = refusal(inbox, InternalError)
    assert "the engine 'faulty' gave an answer that breaks its word" in sentence
    assert problem in sentence


def test_no_answer_that_hits_a_pad_that_stays_is_sent(start: Start) -> None:
    request = m.Refill(request_id=1, source=builders.drum_score(), pads=(42,))

    inbox = ask(start(faulty(with_note(0, Note(0.0, 51, 0.25)))), request)

    assert "which stays" in refusal(inbox, InternalError)


def test_a_new_note_may_ring_as_long_as_the_one_it_replaces(start: Start) -> None:
    source = builders.score((Note(7.0, 60, 4.0), Note(0.0, 64, 1.0)), length=16.0)
    request = m.Vary(request_id=1, source=source, count=1, span=Span(4.0, 8.0))

    assert ask(start(), request).kinds() == ["result", "done"]


def test_an_engine_that_crashes_is_a_sentence_and_the_next_request_is_answered(
    start: Start, tmp_path: Path
) -> None:
    def crash(_: Asked) -> Iterator[Candidate]:
        raise ZeroDivisionError(str(tmp_path))
        yield

    server = start(FakeEngine("echo"), FakeEngine("crash", crash))

    sentence = refusal(
        ask(server, m.Vary(request_id=1, source=TUNE, engine="crash")), InternalError
    )

    assert "server's log" in sentence
    assert str(tmp_path) not in sentence
    assert ask(server, m.Vary(request_id=2, source=TUNE)).kinds()[-1] == "done"


# ---------------------------------------------------------------- the wire's grid


@given(strategies.notes)
def test_a_note_on_the_grid_stays(note: Note) -> None:
    assert on_wire_grid(note, 96_000) == note


@given(st.floats(0, 8192), st.floats(1e-12, 8192), st.floats(0, 1))
def test_a_note_off_the_grid_moves_by_half_a_step_and_keeps_sounding(
    start: float, duration: float, probability: float
) -> None:
    note = on_wire_grid(Note(start, 60, duration, probability=probability), 96_000)

    assert abs(note.start - start) <= 0.5 / 96_000 + 1e-9
    assert note.duration >= 1 / 96_000
    assert abs(note.probability - probability) <= 0.00005
    assert on_wire_grid(note, 96_000) == note
