"""What every engine promises, built in or a stranger's: run it after installing your own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine_tasks
from reprise.engines.base import Candidate, Engine, Task, Verb
from reprise.engines.registry import Registry
from reprise.errors import CancelledError, CannotServeError
from reprise.evaluation.legality import complaints
from reprise.music.compare import score_similarity

REGISTRY = Registry.installed()
FEW = settings(engine_tasks.UNHURRIED, max_examples=30)
MANY = settings(engine_tasks.UNHURRIED, max_examples=2000)

every_engine = pytest.mark.parametrize("name", REGISTRY.names())


def answers(engine: Engine, task: Task, count: int = 2, seed: int = 7) -> list[Candidate]:
    """Return the answers to a task; none where the engine says in time that it has none."""
    found: list[Candidate] = []
    refusals: list[str] = []
    try:
        found.extend(engine.candidates(task, count, seed, engine_tasks.CountingWatch()))
    except CannotServeError as error:
        refusals.append(str(error))
    assert all(len(sentence) > 20 for sentence in refusals), "a refusal is a sentence"
    return found


def check_task(engine: Engine, task: Task) -> None:
    """Check all that is promised of the answers to one task."""
    reason = engine.why_not(task)
    if reason is not None:
        assert len(reason) > 20, "a refusal is a sentence"
        assert not answers(engine, task)
        return
    assert 0.0 <= engine.suitability(task) <= 1.0
    found = answers(engine, task)
    assert len(found) <= 2
    for candidate in found:
        assert complaints(task, candidate) == []
    assert len({(candidate.kept, candidate.new_notes) for candidate in found}) == len(found)
    assert answers(engine, task) == found


def served_verbs(engine: Engine) -> Iterator[Verb]:
    """Yield the verbs that an engine serves on a plain chorale."""
    for verb in engine.info.verbs:
        if engine.why_not(engine_tasks.plain_task(verb)) is None:
            yield verb


def test_the_package_is_installed_with_its_engines() -> None:
    assert "markov" in REGISTRY.names(), "install it first: pip install -e '.[train,test]'"


@every_engine
def test_an_engine_goes_by_the_name_that_it_is_installed_under(name: str) -> None:
    info = REGISTRY.get(name).info
    assert info.name == name == name.lower()
    assert " " not in name
    assert info.title
    assert info.summary.endswith(".")
    assert info.verbs
    assert info.max_voices >= 1


@every_engine
@FEW
@given(data=st.data())
def test_answers_to_random_questions_are_legal_different_and_repeatable(
    name: str, data: st.DataObject
) -> None:
    engine = REGISTRY.get(name)
    check_task(engine, data.draw(engine_tasks.tasks(engine.info.verbs)))


@pytest.mark.slow
@every_engine
@MANY
@given(data=st.data())
def test_answers_to_two_thousand_questions_are_legal(name: str, data: st.DataObject) -> None:
    engine = REGISTRY.get(name)
    check_task(engine, data.draw(engine_tasks.tasks(engine.info.verbs)))


@every_engine
def test_every_verb_has_an_answer_to_a_plain_question(name: str) -> None:
    engine = REGISTRY.get(name)
    verbs = tuple(served_verbs(engine))
    assert verbs
    for verb in verbs:
        task = engine_tasks.plain_task(verb)
        found = answers(engine, task, count=2)
        assert found, f"no answer to {verb}"
        assert all(complaints(task, candidate) == [] for candidate in found)


@every_engine
def test_a_rhythm_that_is_kept_is_kept_as_it_was_played(name: str) -> None:
    engine = REGISTRY.get(name)
    for verb in served_verbs(engine):
        task = replace(engine_tasks.played(engine_tasks.plain_task(verb)), keep_rhythm=True)
        for candidate in answers(engine, task, count=1):
            assert complaints(task, candidate) == []


@every_engine
def test_an_earlier_answer_does_not_come_again(name: str) -> None:
    engine = REGISTRY.get(name)
    verb = next(served_verbs(engine))
    task = engine_tasks.plain_task(verb)
    first = [candidate.score(task) for candidate in answers(engine, task, count=1)]
    again = engine_tasks.avoiding(task, tuple(first))
    for candidate in answers(engine, again, count=1):
        assert score_similarity(first[0], candidate.score(task)) <= 0.95


@every_engine
def test_a_cancelled_job_ends_at_the_next_check(name: str) -> None:
    engine = REGISTRY.get(name)
    for verb in served_verbs(engine):
        for stop_after in (0, 1, 7):
            watch = engine_tasks.CountingWatch(stop_after)
            with pytest.raises(CancelledError):
                list(engine.candidates(engine_tasks.plain_task(verb), 4, 1, watch))
            assert watch.checks == stop_after + 1


@every_engine
def test_a_job_asks_often_whether_to_stop(name: str) -> None:
    engine = REGISTRY.get(name)
    for verb in served_verbs(engine):
        watch = engine_tasks.CountingWatch()
        task = engine_tasks.plain_task(verb)
        first = next(iter(engine.candidates(task, 1, 1, watch)))
        new_notes = sum(len(notes) for notes in first.new_notes)
        assert watch.checks >= new_notes / 8
        assert all(0.0 <= fraction <= 1.0 for fraction in watch.fractions)


PRINT_NOTES = """
import sys
sys.path.insert(0, sys.argv[2])
import engine_tasks
from reprise.engines.registry import Registry
engine = Registry.installed().get(sys.argv[1])
for verb in engine.info.verbs:
    task = engine_tasks.plain_task(verb)
    if engine.why_not(task) is None:
        for found in engine.candidates(task, 2, 5, engine_tasks.CountingWatch()):
            print(verb, found.kept, found.new_notes)
"""


@every_engine
def test_two_processes_give_the_same_notes(name: str, pytestconfig: pytest.Config) -> None:
    def run(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        tests = str(pytestconfig.rootpath / "tests")
        command = [sys.executable, "-c", PRINT_NOTES, name, tests]
        done = subprocess.run(
            command, capture_output=True, check=True, encoding="utf-8", env=environment
        )
        return done.stdout

    first = run("1")
    assert "Note(" in first
    assert run("2") == first
