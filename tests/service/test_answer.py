"""How a musical request is answered, and what again must never bring back."""

import random
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import builders
from fake_engines import (
    CHORALE,
    TUNE,
    Asked,
    FakeEngine,
    Inbox,
    ManualClock,
    Start,
    ask,
    fixed,
    moved,
    refusal,
)
from reprise.engines.base import Candidate, Controls, ScaleMode
from reprise.errors import (
    UnknownResultError,
)
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.service import messages as m
from reprise.service.history import History

# ---------------------------------------------------------------- answers


def test_four_variations_come_one_by_one_and_then_done(start: Start) -> None:
    inbox = ask(start(), m.Vary(request_id=3, source=TUNE, count=4))

    assert inbox.kinds() == ["result", "result", "result", "result", "done"]
    assert [result.index for result in inbox.all_of(m.Result)] == [0, 1, 2, 3]
    assert {(result.request_id, result.count) for result in inbox.all_of(m.Result)} == {(3, 4)}
    assert inbox.wait_for(m.Done).count == 4


def test_a_refilled_alto_leaves_the_other_voices_alone(start: Start) -> None:
    inbox = ask(start(), m.Refill(request_id=1, source=CHORALE, voices=(1,)))

    result = inbox.wait_for(m.Result)
    assert [bool(notes) for notes in result.new_notes] == [False, True, False, False]
    assert len(result.kept) == CHORALE.note_count - 16


def test_a_continuation_keeps_the_source_and_goes_on(start: Start) -> None:
    inbox = ask(start(), m.Continue(request_id=1, source=TUNE, length=8.0))

    result = inbox.wait_for(m.Result)
    assert result.length == 24.0
    assert result.kept == tuple(range(TUNE.note_count))
    assert min(note.start for note in result.new_notes[0]) == 16.0


@pytest.mark.parametrize(
    "message",
    [
        m.Redo(request_id=1, source=CHORALE),
        m.Morph(request_id=1, source=TUNE, target=CHORALE, count=1),
        m.Develop(request_id=1, source=TUNE),
        m.Accompany(request_id=1, source=TUNE, role="bass"),
    ],
    ids=lambda message: message.kind,
)
def test_every_other_verb_is_answered_by_an_engine_that_can(
    start: Start, message: m.Request
) -> None:
    assert ask(start(), message).kinds() == ["result", "done"]


def test_every_answer_is_in_the_history_before_it_is_sent(start: Start, tmp_path: Path) -> None:
    reader = History(tmp_path, clock=ManualClock())
    server, inbox, found = start(), Inbox(), list[bool]()

    def send(message: m.Message) -> None:
        if isinstance(message, m.Result):
            saved = reader.get(message.result_id)
            found.append(saved.result == message and saved.score.note_count > 0)
        inbox.send(message)

    server.handle(m.Vary(request_id=1, source=TUNE), "live", send)
    inbox.wait_for(m.Done)
    reader.close()

    assert found == [True] * 4


def test_new_notes_are_on_the_grid_of_the_wire(start: Start) -> None:
    def thirds(asked: Asked) -> Iterator[Candidate]:
        yield Candidate(asked.task.fixed_places, ((Note(1 / 7, 60, 1e-9, probability=1 / 3),),))

    inbox = ask(start(FakeEngine("thirds", thirds)), m.Vary(request_id=1, source=TUNE, count=1))

    note = inbox.wait_for(m.Result).new_notes[0][0]
    assert (note.start, note.duration) == (round(96_000 / 7) / 96_000, 1 / 96_000)
    assert note.probability == 0.3333


def test_a_seed_is_chosen_and_reported(start: Start) -> None:
    engine = FakeEngine()
    results = ask(start(engine), m.Vary(request_id=1, source=TUNE)).all_of(m.Result)

    assert len({result.seed for result in results}) == 1
    assert 0 <= results[0].seed <= m.MAX_SEED


def test_the_same_request_and_seed_give_the_same_notes(start: Start) -> None:
    request = m.Vary(request_id=1, source=TUNE, seed=7)
    server = start()

    first = [result.new_notes for result in ask(server, request).all_of(m.Result)]
    ask(server, replace(request, seed=8))
    again = [result.new_notes for result in ask(server, request).all_of(m.Result)]

    assert first == again
    assert len(first) == 4


def test_similarity_timings_and_key_are_told(start: Start) -> None:
    clock = ManualClock()

    def slowly(asked: Asked) -> Iterator[Candidate]:
        clock.seconds += 0.25
        yield Candidate(tuple(range(asked.task.source.note_count)), ((),))

    server = start(FakeEngine("slow", slowly), clock=clock)
    result = ask(server, m.Vary(request_id=1, source=TUNE, count=1)).wait_for(m.Result)

    assert (result.similarity, result.queue_ms, result.engine_ms) == (1.0, 0, 250)
    assert result.key == "C major"


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (m.Vary(request_id=1, source=replace(TUNE, key=Key(5, "minor"))), "F minor"),
        (m.Vary(request_id=1, source=TUNE, controls=Controls(scale=ScaleMode.OFF)), ""),
        (m.Vary(request_id=1, source=builders.drum_score()), ""),
    ],
)
def test_the_key_is_the_host_s_own_and_none_for_drums(
    start: Start, request_: m.Vary, key: str
) -> None:
    assert ask(start(), request_).all_of(m.Result)[0].key == key


def test_controls_parent_and_names_are_carried(start: Start) -> None:
    engine = FakeEngine()
    server = start(engine)
    first = ask(server, m.Vary(request_id=1, source=TUNE, count=1)).wait_for(m.Result)

    second = ask(
        server,
        m.Vary(
            request_id=2,
            source=TUNE,
            count=1,
            parent=first.result_id,
            controls=Controls(surprise=0.9),
            project="Album",
        ),
    )

    assert engine.tasks[-1].controls.surprise == 0.9
    result = second.wait_for(m.Result)
    assert result.parent == first.result_id


def test_fewer_answers_than_asked_for_are_told(start: Start) -> None:
    inbox = ask(start(FakeEngine("two", fixed(40, 80))), m.Vary(request_id=1, source=TUNE))

    assert inbox.wait_for(m.Done).warnings == (
        "only 2 of 4 different answers were found; raise Change",
    )


def test_an_engine_s_own_reason_for_fewer_answers_is_told(start: Start) -> None:
    def answers(asked: Asked) -> Generator[Candidate, None, str]:
        yield moved(asked.task, random.Random(asked.seed))
        return "1 of 4 answers: the rest were silent"

    inbox = ask(start(FakeEngine("one", answers)), m.Vary(request_id=1, source=TUNE))

    assert inbox.wait_for(m.Done).warnings == ("1 of 4 answers: the rest were silent",)


def test_an_engine_that_never_ends_is_asked_for_no_more_than_count(start: Start) -> None:
    def endless(asked: Asked) -> Iterator[Candidate]:
        randomness = random.Random(asked.seed)
        while True:
            yield moved(asked.task, randomness)

    inbox = ask(start(FakeEngine("endless", endless)), m.Vary(request_id=1, source=TUNE, count=3))

    assert inbox.wait_for(m.Done).count == 3


# ---------------------------------------------------------------- again, like, not like


def test_again_never_returns_an_earlier_answer(start: Start) -> None:
    server = start(FakeEngine("fixed", fixed(40, 80)))
    ask(server, m.Vary(request_id=1, source=TUNE))

    again = ask(server, m.Vary(request_id=2, source=TUNE))

    done = again.wait_for(m.Done)
    assert done.count == 0
    assert done.warnings[0].startswith("2 of 4 answers were left out, because they were too much")


def test_again_never_returns_an_earlier_answer_of_a_server_before(start: Start) -> None:
    ask(start(FakeEngine("fixed", fixed(40))), m.Vary(request_id=1, source=TUNE))

    again = ask(start(FakeEngine("fixed", fixed(40, 80))), m.Vary(request_id=1, source=TUNE))

    assert [result.new_notes[0][0].pitch for result in again.all_of(m.Result)] == [80]


def test_again_with_another_seed_never_returns_an_earlier_answer(start: Start) -> None:
    server = start(FakeEngine("fixed", fixed(40)))
    ask(server, m.Vary(request_id=1, source=TUNE, seed=1))

    again = ask(server, m.Vary(request_id=2, source=TUNE, seed=2))

    assert again.wait_for(m.Done).count == 0


def test_again_asks_on_with_other_seeds_where_all_was_heard(start: Start) -> None:
    def by_seed(asked: Asked) -> Iterator[Candidate]:
        return fixed(40 if asked.seed in (1, 2) else 80)(asked)

    server = start(FakeEngine("by seed", by_seed))
    ask(server, m.Vary(request_id=1, source=TUNE, seed=1, count=1))

    again = ask(server, m.Vary(request_id=2, source=TUNE, seed=2, count=1))

    (result,) = again.all_of(m.Result)
    assert (result.new_notes[0][0].pitch, result.seed) == (80, 2)


def test_another_part_of_the_clip_is_another_question(start: Start) -> None:
    server = start(FakeEngine("fixed", fixed(40)))
    ask(server, m.Refill(request_id=1, source=CHORALE, voices=(0,)))

    other = ask(server, m.Refill(request_id=2, source=CHORALE, voices=(1,)))

    assert other.wait_for(m.Done).count == 1


def test_a_lock_that_is_added_leaves_the_question_the_same(start: Start) -> None:
    server = start(FakeEngine("fixed", fixed(40)))
    ask(server, m.Vary(request_id=1, source=TUNE))

    locked = ask(server, m.Vary(request_id=2, source=TUNE, locks=m.Locks(notes=(0,))))

    assert locked.wait_for(m.Done).count == 0


def test_one_request_never_gets_one_answer_twice(start: Start) -> None:
    inbox = ask(start(FakeEngine("fixed", fixed(40, 40, 80))), m.Vary(request_id=1, source=TUNE))

    assert [result.new_notes[0][0].pitch for result in inbox.all_of(m.Result)] == [40, 80]


def test_again_tells_the_engine_what_to_avoid(start: Start) -> None:
    engine = FakeEngine()
    server = start(engine)
    results = ask(server, m.Vary(request_id=1, source=TUNE, count=2)).all_of(m.Result)

    ask(server, m.Vary(request_id=2, source=TUNE, count=2))

    avoided = {score.voices[0].notes for score in engine.tasks[-1].avoid}
    assert avoided == {result.new_notes[0] for result in results}


def test_an_engine_hears_of_no_more_than_it_can_compare(start: Start) -> None:
    engine = FakeEngine()
    server = start(engine)
    for number in range(4):
        ask(server, m.Vary(request_id=number, source=builders.busy_score(2000), count=1))

    assert [len(task.avoid) for task in engine.tasks] == [0, 1, 2, 2]


def test_liked_and_disliked_answers_reach_the_engine_as_music(start: Start) -> None:
    engine = FakeEngine()
    server = start(engine)
    liked, disliked = ask(server, m.Vary(request_id=1, source=TUNE, count=2)).all_of(m.Result)

    ask(
        server,
        m.Vary(
            request_id=2,
            source=CHORALE,
            like=(m.Liked(result_id=liked.result_id.lower(), weight=0.5),),
            not_like=(disliked.result_id,),
        ),
    )

    (score, weight), task = engine.tasks[-1].like[0], engine.tasks[-1]
    assert (score.voices[0].notes, weight) == (liked.new_notes[0], 0.5)
    assert [score.voices[0].notes for score in task.avoid] == [disliked.new_notes[0]]


@pytest.mark.parametrize(
    "changes",
    [
        {"like": (m.Liked(result_id="ZZZZZZ"),)},
        {"not_like": ("ZZZZZZ",)},
        {"like": (m.Liked(result_id="nonsense"),)},
        {"parent": "nonsense"},
    ],
)
def test_unknown_results_are_refused(start: Start, changes: dict[str, object]) -> None:
    request = replace(m.Vary(request_id=1, source=TUNE), **changes)  # type: ignore[arg-type]

    assert "history list" in refusal(ask(start(), request), UnknownResultError)
