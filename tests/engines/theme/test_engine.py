"""The theme engine around a network that knows nothing: legal, repeatable, stoppable."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

import builders
import engine_tasks
import tiny_themes
from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Controls, Hole, Task, Verb
from reprise.engines.theme.engine import ThemeEngine, open_networks
from reprise.engines.theme.refusals import VERBS
from reprise.errors import CancelledError, CannotServeError, CorruptModelError
from reprise.evaluation.legality import complaints
from reprise.music.compare import score_similarity
from reprise.music.meter import MeterMap
from reprise.music.score import Score
from reprise.music.span import Span

ENGINE = tiny_themes.engine()


def melodic(task: Task) -> Task:
    """Return a random task as one that the engine may serve: no drums, 4/4."""
    voices = tuple(replace(voice, is_drums=False, pads=()) for voice in task.source.voices)
    return replace(task, source=replace(task.source, voices=voices, meter_map=MeterMap()))


def answers(task: Task) -> list[Candidate]:
    """Return the answers; none where the engine says in words that no proposal was sound."""
    found: list[Candidate] = []
    refusals: list[str] = []
    try:
        found += ENGINE.candidates(task, 2, 7, engine_tasks.CountingWatch())
    except CannotServeError as error:
        refusals.append(str(error))
    assert all("answers" in sentence for sentence in refusals)
    return found


def check(task: Task) -> None:
    if ENGINE.why_not(task) is not None:
        return
    found = answers(task)
    assert all(complaints(task, candidate) == [] for candidate in found)
    assert found == answers(task)


@settings(engine_tasks.UNHURRIED, max_examples=40)
@given(engine_tasks.tasks(VERBS).map(melodic))
def test_answers_to_random_questions_are_legal_and_repeatable(task: Task) -> None:
    check(task)


@pytest.mark.slow
@settings(engine_tasks.UNHURRIED, max_examples=2000)
@given(engine_tasks.tasks(VERBS).map(melodic))
def test_answers_to_two_thousand_questions_are_legal(task: Task) -> None:
    check(task)


@pytest.mark.parametrize("verb", VERBS)
def test_it_answers_a_plain_question_in_all_voices(verb: Verb) -> None:
    task = engine_tasks.plain_task(verb)
    found = list(ENGINE.candidates(task, 2, 1, engine_tasks.CountingWatch()))
    assert len(found) == 2
    assert all(candidate.new_notes[0] for candidate in found)


@pytest.mark.parametrize("verb", VERBS)
def test_an_earlier_answer_does_not_come_again(verb: Verb) -> None:
    task = engine_tasks.plain_task(verb)
    (first,) = ENGINE.candidates(task, 1, 1, engine_tasks.CountingWatch())
    earlier = first.score(task)
    again = engine_tasks.avoiding(task, (earlier,))
    (second,) = ENGINE.candidates(again, 1, 1, engine_tasks.CountingWatch())
    assert score_similarity(earlier, second.score(task)) <= 0.95


def test_a_cancelled_job_ends_at_the_next_check() -> None:
    for stop_after in (0, 1, 7):
        watch = engine_tasks.CountingWatch(stop_after)
        with pytest.raises(CancelledError):
            list(ENGINE.candidates(engine_tasks.plain_task(Verb.DEVELOP), 4, 1, watch))
        assert watch.checks == stop_after + 1


def test_bars_are_shown_in_their_order_and_hold_what_the_answer_holds() -> None:
    watch = engine_tasks.CountingWatch()
    task = engine_tasks.plain_task(Verb.CONTINUE)
    list(ENGINE.candidates(task, 1, 1, watch))
    numbers = [number for _, number, _ in watch.bars]
    assert numbers
    for _, number, voices in watch.bars:
        assert all(int(note.start // 4.0) == number for notes in voices for note in notes)


def test_a_full_context_is_no_obstacle() -> None:
    short_of_memory = tiny_themes.engine(context=400)
    source = builders.score(builders.melody(2), length=8.0)
    end = 8.0 + 4.0 * 60
    task = Task(
        Verb.CONTINUE,
        source,
        Score((), 8.0),
        (Hole(0, Span(8.0, end)),),
        end,
        controls=Controls(notes_per_bar=8.0),
    )
    (found,) = short_of_memory.candidates(task, 1, 1, engine_tasks.CountingWatch())
    assert complaints(task, found) == []
    # One note at a time: four tokens each with its position, more than are heard at once.
    assert 4 * len(found.new_notes[0]) > 400


def test_it_says_no_before_it_writes() -> None:
    task = replace(engine_tasks.plain_task(Verb.DEVELOP), verb=Verb.VARY)
    assert ENGINE.suitability(task) == 0.0
    with pytest.raises(CannotServeError, match="choose another engine"):
        list(ENGINE.candidates(task, 1, 1, engine_tasks.CountingWatch()))


def test_it_never_pushes_itself_forward() -> None:
    assert all(ENGINE.suitability(engine_tasks.plain_task(verb)) <= 0.2 for verb in VERBS)


def test_a_model_for_other_tokens_is_refused(tmp_path: Path) -> None:
    checkpoint.write_settings(tmp_path / "theme-v1", {"networks": {}}, {"tokens": 12})
    checkpoint.write_sums(tmp_path / "theme-v1")
    with pytest.raises(CorruptModelError, match="other tokens"):
        open_networks(checkpoint.read("theme-v1", tmp_path))


def test_its_menu_title_is_short() -> None:
    info = ThemeEngine().info
    assert (info.name, info.title, info.model) == ("theme", "Theme", "theme-v1")
    assert Verb.DEVELOP in info.verbs
