"""What was told is recognised, wherever the question left it free and nowhere else."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given

import builders
import strategies
from fake_engines import ManualClock
from reprise.engines.base import Candidate, Task
from reprise.music.compare import score_similarity
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.service import earlier
from reprise.service import messages as m
from reprise.service.earlier import (
    SAME,
    EarlierAnswers,
    fingerprint,
    told_by_candidate,
    told_by_score,
)
from reprise.service.history import History
from reprise.service.plan import plan

CHORALE = builders.chorale()
TUNE = builders.score(builders.melody(), length=16.0)


def question(**changes: object) -> Task:
    return plan(replace(m.Vary(request_id=1, source=TUNE), **changes))  # type: ignore[arg-type]


@given(strategies.scores, strategies.scores)
def test_the_cheap_bound_never_hides_a_likeness(left: Score, right: Score) -> None:
    task = Task(plan(m.Vary(request_id=1, source=TUNE)).verb, left, left, (), left.length)
    one, other = told_by_score(task, left), told_by_score(task, right)

    assert one._highest_similarity(other) >= score_similarity(one.free, other.free) - 1e-9
    assert one.is_like(other) == (score_similarity(one.free, other.free) > SAME)


def test_only_what_was_free_is_compared() -> None:
    task = plan(m.Refill(request_id=1, source=CHORALE, voices=(1,), span=Span(0.0, 4.0)))
    low = Candidate(task.fixed_places, ((), builders.line([50] * 4, 1.0), (), ()))
    high = Candidate(task.fixed_places, ((), builders.line([70, 72, 74, 76], 1.0), (), ()))

    one, other = (told_by_candidate(task, candidate, 1) for candidate in (low, high))

    assert score_similarity(one.score, other.score) > 0.9
    assert not one.is_like(other)


def test_a_candidate_and_its_saved_score_are_one() -> None:
    task = plan(m.Vary(request_id=1, source=CHORALE, locks=m.Locks(voices=(0,), notes=(20,))))
    kept = (*task.fixed_places, max(task.free_places))
    new_notes = ((), builders.line([50, 52, 53]), builders.line([45]), ())
    candidate = Candidate(tuple(sorted(kept)), new_notes)

    told = told_by_candidate(task, candidate, 7)

    assert told_by_score(task, candidate.score(task), 7) == told


def test_the_question_is_verb_notes_and_holes() -> None:
    velocities = TUNE.with_notes(
        (tuple(replace(note, velocity=1) for note in TUNE.voices[0].notes),)
    )
    same = [question(), question(strength=1.0), question(source=velocities)]
    others = [
        question(span=Span(0.0, 4.0)),
        question(source=TUNE.with_notes((TUNE.voices[0].notes[1:],))),
        plan(m.Redo(request_id=1, source=TUNE)),
    ]

    assert len({fingerprint(task) for task in same}) == 1
    assert len({fingerprint(task) for task in (*same, *others)}) == 4


def test_memory_of_earlier_answers_is_bounded(tmp_path: Path) -> None:
    history = History(tmp_path, clock=ManualClock())
    answers = EarlierAnswers(history)
    task = question(source=builders.busy_score(4000))
    told = told_by_score(task, task.source)

    for number in range(40):
        answers.find(str(number), task)
        answers.add(str(number), told)
    history.close()

    remembered = [told for _, (_, told) in answers._remembered.items()]
    assert sum(one.score.note_count for told in remembered for one in told) <= (
        earlier.MAX_REMEMBERED_NOTES + 4000
    )


def test_only_the_newest_answers_are_remembered(tmp_path: Path) -> None:
    history = History(tmp_path, clock=ManualClock())
    answers, task = EarlierAnswers(history), question()
    answers.find("q", task)

    for seed in range(300):
        answers.add("q", replace(told_by_score(task, TUNE), seed=seed))
    found = [told.seed for told in answers.find("q", task)]
    history.close()

    assert found == list(range(299, 299 - earlier.MAX_EARLIER, -1))
