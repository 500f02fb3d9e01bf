import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fake_engines import Asked as FakeAsked
from fake_engines import FakeEngine, moved
from reprise.engines.base import Candidate, Controls, Hole, Task, Verb
from reprise.engines.markov.engine import MarkovEngine
from reprise.errors import InternalError
from reprise.evaluation import validity
from reprise.evaluation.legality import complaints
from reprise.evaluation.random_tasks import random_task
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

LINE = (Note(0.0, 60, 1.0), Note(1.0, 62, 1.0), Note(2.0, 64, 1.0), Note(3.0, 65, 1.0))


def task(**changes: object) -> Task:
    """The middle two notes of four may change."""
    source = Score((Voice("Line", LINE),), 4.0)
    plain = Task(Verb.VARY, source, Score((), 4.0), (Hole(0, Span(1.0, 3.0)),), 4.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def answer(*notes: Note, kept: tuple[int, ...] = (0, 3)) -> Candidate:
    return Candidate(kept, (tuple(notes),))


GOOD = answer(Note(1.0, 61, 0.5), Note(2.0, 66, 1.0))


def test_a_legal_answer_has_no_complaints() -> None:
    assert complaints(task(), GOOD) == []


@pytest.mark.parametrize(
    ("changes", "candidate", "complaint"),
    [
        ({}, answer(kept=(0,)), "a locked note is gone"),
        ({}, answer(kept=(0, 3, 9)), "a kept place is no note of the source"),
        ({}, answer(kept=(3, 0)), "the kept places do not rise"),
        ({}, answer(Note(0.5, 60, 0.5)), "a new note begins outside the holes"),
        ({}, answer(Note(2.0, 60, 1.5)), "a new note rings past its hole"),
        ({}, answer(Note(2.0, 60, 0.5), Note(1.0, 60, 0.5)), "the new notes are not in order"),
        ({}, answer(Note(1.0, 60, 0.5, is_muted=True)), "a new note is muted"),
        (
            {"controls": Controls(lowest_pitch=62)},
            answer(Note(1.0, 61, 0.5)),
            "a new note is outside the range",
        ),
        (
            {"controls": Controls(max_polyphony=1)},
            answer(Note(1.0, 50, 1.0), Note(1.5, 61, 0.5)),
            "more notes sound together than allowed",
        ),
        (
            {},
            answer(Note(1.0, 61, 1.0), Note(1.5, 61, 0.5)),
            "two notes overlap on one pitch",
        ),
        ({"keep_rhythm": True}, answer(Note(1.5, 61, 0.5)), "an onset was not there"),
        ({"keep_pitches": True}, answer(Note(1.0, 61, 0.5)), "a pitch was not there"),
    ],
)
def test_what_breaks_a_promise_is_told(
    changes: dict[str, object], candidate: Candidate, complaint: str
) -> None:
    assert complaint in complaints(task(**changes), candidate)


def test_a_voice_too_few_is_told() -> None:
    assert complaints(task(), Candidate((0, 3), ())) == ["it has 0 voices for 1"]


def test_a_drum_without_a_pad_is_told() -> None:
    voice = Voice("Kit", (Note(0.0, 36, 0.25),), is_drums=True, pads=((36, "Kick"),))
    source = Score((voice,), 4.0)
    asked = Task(Verb.VARY, source, Score((), 4.0), (Hole(0, source.span),), 4.0)

    found = complaints(asked, Candidate((), ((Note(1.0, 38, 0.25),),)))

    assert found == ["a drum sounds that has no pad"]


def test_random_questions_are_of_every_kind() -> None:
    tasks = [random_task(random.Random(index), tuple(Verb)) for index in range(300)]

    assert {asked.verb for asked in tasks} == set(Verb)
    assert any(asked.keep_rhythm for asked in tasks)
    assert any(asked.keep_pitches for asked in tasks)
    assert any(asked.locked for asked in tasks)
    assert any(asked.like for asked in tasks)
    assert any(len(asked.source.meter_map.changes) > 1 for asked in tasks)
    assert len({asked.source.meter_map.at(0.0) for asked in tasks}) > 12
    assert any(voice.pads for asked in tasks for voice in asked.source.voices)
    assert {asked.controls.scale for asked in tasks} == set(type(tasks[0].controls.scale))


def test_the_same_seed_asks_the_same_questions() -> None:
    left, right = (random_task(random.Random(5), tuple(Verb)) for _ in range(2))

    assert left == right


def test_a_legal_engine_is_found_to_be_legal() -> None:
    verbs = (Verb.VARY, Verb.REDO)

    found = validity.legal_figures(MarkovEngine(), verbs, 25, seed=0)

    assert found["legal"] == 1.0
    assert found["answers"] > 20
    assert found["exceptions"] == 0


def test_an_engine_that_breaks_its_word_is_found_out() -> None:
    found = validity.legal_figures(FakeEngine(), (Verb.VARY,), 40, seed=0)

    assert found["legal"] < 1.0
    assert found["complaints"]


def test_exceptions_count_as_illegal_and_refusals_do_not() -> None:
    def broken(asked: FakeAsked) -> Iterator[Candidate]:
        raise ZeroDivisionError
        yield moved(asked.task, random.Random(0))

    found = validity.legal_figures(FakeEngine(answers=broken), (Verb.VARY,), 5, seed=0)
    refused = validity.legal_figures(FakeEngine(refusal="not now"), (Verb.VARY,), 5, seed=0)

    assert (found["legal"], found["exceptions"]) == (0.0, 5)
    assert (refused["legal"], refused["refused"]) == (None, 5)
    assert refused["refusals"] == {"not now": 5}


def test_the_server_s_own_check_is_asked_as_well() -> None:
    def check(_task: Task, _candidate: Candidate) -> None:
        raise InternalError("never")

    found = validity.legal_figures(MarkovEngine(), (Verb.VARY,), 5, seed=0, check=check)

    assert found["legal"] == 0.0
    assert "never" in found["complaints"]


def test_a_hit_on_an_absent_pad_is_counted() -> None:
    def anywhere(asked: FakeAsked) -> Iterator[Candidate]:
        yield Candidate(asked.task.fixed_places, ((Note(0.0, 1, 0.25),),))

    found = validity.drum_figures(FakeEngine(answers=anywhere), 20, seed=0)

    assert found["absent_pad_hits"] == found["drum_answers"] == 20
    assert found["permutation_permutes"] == 1.0, "the answer is the same in both layouts"


def test_an_engine_that_goes_by_pitches_is_seen_not_to_move_with_the_pads() -> None:
    def by_pitch(asked: FakeAsked) -> Iterator[Candidate]:
        pads = sorted(pitch for pitch, _ in asked.task.source.voices[0].pads)
        yield Candidate(asked.task.fixed_places, ((Note(0.0, pads[0], 0.25),),))

    def by_name(asked: FakeAsked) -> Iterator[Candidate]:
        pads = sorted((name, pitch) for pitch, name in asked.task.source.voices[0].pads)
        yield Candidate(asked.task.fixed_places, ((Note(0.0, pads[0][1], 0.25),),))

    pitched = validity.drum_figures(FakeEngine(answers=by_pitch), 100, seed=0)
    named = validity.drum_figures(FakeEngine(answers=by_name), 100, seed=0)

    assert pitched["permutation_permutes"] < 0.7
    assert named["permutation_permutes"] == 1.0
