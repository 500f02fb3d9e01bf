"""Through the one door: what a client says and what it hears, for every kind of message."""

import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import builders
import reprise
from fake_engines import Answers, Asked, FakeEngine, Gate, Inbox, ManualClock, echo, moved, service
from reprise.config import ServerConfig
from reprise.engines.base import Candidate, Controls, ScaleMode, Task, Verb
from reprise.engines.registry import Registry
from reprise.errors import (
    CancelledError,
    CannotServeError,
    CorruptModelError,
    DeadlineError,
    InternalError,
    InvalidRequestError,
    RepriseError,
    UnknownEngineError,
    UnknownResultError,
    UnsupportedVersionError,
)
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.service import messages as m
from reprise.service.history import Filter, History
from reprise.service.service import Service

TUNE = builders.score(builders.melody(), length=16.0)
CHORALE = builders.chorale()

Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start services of fake engines, all of which are closed in the end."""
    started: list[Service] = []

    def begin(*engines: FakeEngine, **changes: object) -> Service:
        started.append(service(tmp_path, *engines, **changes))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for one in started:
        one.close()


def ask(server: Service, message: m.Request, client: str = "live") -> Inbox:
    """Ask and wait for the end."""
    inbox = Inbox()
    server.handle(message, client, inbox.send)
    inbox.wait_for_end(message.request_id)
    return inbox


def refusal(inbox: Inbox, error: type[RepriseError]) -> str:
    """Return the sentence of the one error that was replied."""
    reply = inbox.all_of(m.ErrorReply)[-1]
    assert reply.code == error.code, reply.sentence
    return reply.sentence


def fixed(*pitches: int) -> Answers:
    """Answers that are the same whatever is asked: one for each pitch given."""

    def answers(asked: Asked) -> Iterator[Candidate]:
        for pitch in pitches:
            new_notes: list[list[Note]] = [[] for _ in asked.task.source.voices]
            for place, voice, note in asked.task.source.places():
                if place in asked.task.free_places:
                    new_notes[voice].append(replace(note, pitch=pitch))
            yield Candidate(asked.task.fixed_places, tuple(map(tuple, new_notes)))

    return answers


# ---------------------------------------------------------------- hello


def test_hello_is_answered_with_what_can_be_asked_for(start: Start) -> None:
    server, inbox = start(FakeEngine("echo"), FakeEngine("other")), Inbox()

    server.handle(m.Hello(nonce=5, client="test"), "live", inbox.send)

    welcome = inbox.wait_for(m.Welcome)
    assert (welcome.protocol_version, welcome.server_version) == (1, reprise.__version__)
    assert [offer.name for offer in welcome.engines] == ["echo", "other"]
    assert "refill" in welcome.engines[0].verbs


def test_hello_of_another_version_is_refused_with_both_versions(start: Start) -> None:
    server, inbox = start(), Inbox()

    server.handle(m.Hello(protocol_version=7), "live", inbox.send)

    sentence = refusal(inbox, UnsupportedVersionError)
    assert "version 7" in sentence
    assert "version 1" in sentence


def test_an_engine_with_a_problem_is_offered_with_it(start: Start) -> None:
    def load() -> FakeEngine:
        raise CorruptModelError("its weights are damaged; install it again")

    server, inbox = start(), Inbox()
    server._engines = Registry({"broken": load})

    server.handle(m.Hello(), "live", inbox.send)

    assert inbox.wait_for(m.Welcome).engines[0].problem.startswith("its weights are damaged")


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


# ---------------------------------------------------------------- engines


def test_auto_takes_the_engine_that_suits_best(start: Start) -> None:
    server = start(FakeEngine("good", suitability=0.4), FakeEngine("better", suitability=0.9))

    result = ask(server, m.Vary(request_id=1, source=TUNE)).wait_for(m.Result)

    assert (result.engine, result.warnings) == ("better", ())


def test_auto_says_who_answered_instead_and_why(start: Start) -> None:
    server = start(
        FakeEngine("markov", suitability=0.4),
        FakeEngine("chorale", suitability=0.9, refusal="it writes no drums"),
        FakeEngine("poor", suitability=0.1, refusal="it is out of sorts"),
    )

    result = ask(server, m.Vary(request_id=1, source=TUNE, count=1)).wait_for(m.Result)

    assert result.engine == "markov"
    assert result.warnings == ("Markov answered instead of Chorale: it writes no drums",)


def test_auto_says_that_a_trained_engine_had_to_refuse(start: Start) -> None:
    other = (Verb.REFILL,)
    server = start(
        FakeEngine("markov"),
        FakeEngine("chorale", model="chorale-v1", suitability=0.0, refusal="it writes no drums"),
        FakeEngine("melody", model="melody-v1", suitability=0.0, refusal="no", verbs=other),
    )

    result = ask(server, m.Vary(request_id=1, source=TUNE, count=1)).wait_for(m.Result)

    assert result.warnings == ("Markov answered instead of Chorale: it writes no drums",)


def test_auto_goes_on_when_weights_turn_out_corrupt(start: Start) -> None:
    def corrupt(_: Asked) -> Iterator[Candidate]:
        raise CorruptModelError("chorale-v1 is damaged; install Reprise again")
        yield

    server = start(
        FakeEngine("markov", suitability=0.4), FakeEngine("chorale", corrupt, suitability=0.9)
    )

    result = ask(server, m.Vary(request_id=1, source=TUNE, count=1)).wait_for(m.Result)

    assert result.engine == "markov"
    assert result.warnings == (
        "Markov answered instead of Chorale: chorale-v1 is damaged; install Reprise again",
    )


def test_corrupt_weights_of_a_named_engine_are_a_sentence(start: Start) -> None:
    def corrupt(_: Asked) -> Iterator[Candidate]:
        raise CorruptModelError("chorale-v1 is damaged; install Reprise again")
        yield

    server = start(FakeEngine("markov"), FakeEngine("chorale", corrupt))

    inbox = ask(server, m.Vary(request_id=1, source=TUNE, engine="chorale"))

    assert refusal(inbox, CorruptModelError) == "chorale-v1 is damaged; install Reprise again"


def test_auto_passes_over_an_engine_that_cannot_be_made(start: Start) -> None:
    def load() -> FakeEngine:
        raise CannotServeError("it could not be loaded")

    server = start()
    server._answerer._engines = Registry({"broken": load, "echo": FakeEngine})

    assert ask(server, m.Vary(request_id=1, source=TUNE)).wait_for(m.Result).engine == "echo"


def test_drums_sent_to_a_chorale_engine_are_refused_with_the_way_out(start: Start) -> None:
    server = start(FakeEngine("markov"), FakeEngine("chorale", refusal="it writes no drums"))

    request = m.Vary(request_id=1, source=builders.drum_score(), engine="chorale")
    sentence = refusal(ask(server, request), CannotServeError)

    assert sentence.startswith("Chorale cannot do this: it writes no drums.")
    assert "auto" in sentence


def test_when_every_engine_refuses_all_reasons_are_told(start: Start) -> None:
    server = start(FakeEngine("a", refusal="too long"), FakeEngine("b", refusal="too short"))

    sentence = refusal(ask(server, m.Vary(request_id=1, source=TUNE)), CannotServeError)

    assert sentence == "no engine can do this. A: too long. B: too short."


def test_an_unknown_engine_is_refused_with_those_there_are(start: Start) -> None:
    inbox = ask(start(), m.Vary(request_id=1, source=TUNE, engine="mozart"))

    assert "there are: echo" in refusal(inbox, UnknownEngineError)


def test_an_engine_that_fails_after_an_answer_ends_with_its_reason(start: Start) -> None:
    def half(asked: Asked) -> Iterator[Candidate]:
        yield moved(asked.task, random.Random(asked.seed))
        raise CannotServeError("nothing else comes to mind")

    inbox = ask(start(FakeEngine("half", half)), m.Vary(request_id=1, source=TUNE))

    done = inbox.wait_for(m.Done)
    assert (done.count, done.warnings) == (1, ("nothing else comes to mind",))


# ---------------------------------------------------------------- engines that break their word


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


# ---------------------------------------------------------------- cancel, newer, deadline


@pytest.mark.parametrize("heeds_watch", [True, False])
def test_cancel_is_felt_at_once_however_long_the_engine_takes(
    start: Start, heeds_watch: bool
) -> None:
    gate, inbox = Gate(heeds_watch=heeds_watch), Inbox()
    server = start(FakeEngine("gate", gate.answers))
    server.handle(m.Vary(request_id=1, source=TUNE), "live", inbox.send)
    assert gate.entered.wait(20)

    server.handle(m.Cancel(request_id=1), "live", inbox.send)
    at_once = list(inbox.messages)
    gate.opened.set()
    assert gate.left.wait(20)
    server.close()

    assert refusal(inbox, CancelledError) == "request 1 was cancelled"
    assert inbox.messages == at_once


def test_cancel_of_a_waiting_request_is_felt_at_once(start: Start) -> None:
    gate, inbox = Gate(), Inbox()
    server = start(FakeEngine("gate", gate.answers))
    server.handle(m.Vary(request_id=1, source=TUNE), "other", Inbox().send)
    assert gate.entered.wait(20)
    server.handle(m.Vary(request_id=2, source=TUNE), "live", inbox.send)

    server.handle(m.Cancel(request_id=2), "live", inbox.send)

    assert inbox.kinds() == ["error"]
    gate.opened.set()


def test_cancel_touches_nobody_else_s_request(start: Start) -> None:
    gate, mine, other = Gate(), Inbox(), Inbox()
    server = start(FakeEngine("gate", gate.answers))
    server.handle(m.Vary(request_id=1, source=TUNE), "other", other.send)
    assert gate.entered.wait(20)

    server.handle(m.Cancel(request_id=1), "live", mine.send)
    gate.opened.set()

    assert "is not being worked on" in refusal(mine, CancelledError)
    assert other.wait_for(m.Done).count == 4


def test_a_newer_request_of_a_device_takes_the_older_one_s_place(start: Start) -> None:
    gate, inbox = Gate(), Inbox()
    server = start(FakeEngine("gate", gate.answers))
    server.handle(m.Vary(request_id=1, source=TUNE), "live", inbox.send)
    assert gate.entered.wait(20)

    server.handle(m.Vary(request_id=2, source=CHORALE), "live", inbox.send)
    gate.opened.set()
    inbox.wait_for(m.Done, 2)

    assert refusal(inbox, CancelledError) == (
        "request 1 was stopped, because the newer request 2 of the same device took its place"
    )
    assert {result.request_id for result in inbox.all_of(m.Result)} == {2}


def test_a_senseless_newer_request_leaves_the_older_one_alone(start: Start) -> None:
    gate, inbox = Gate(), Inbox()
    server = start(FakeEngine("gate", gate.answers))
    server.handle(m.Vary(request_id=1, source=TUNE), "live", inbox.send)

    server.handle(m.Vary(request_id=2, source=TUNE, span=Span(90, 91)), "live", inbox.send)
    gate.opened.set()

    assert inbox.wait_for(m.Done, 1).count == 4
    assert inbox.wait_for(m.ErrorReply).request_id == 2


def test_a_repeated_request_is_worked_on_once(start: Start) -> None:
    gate, inbox = Gate(), Inbox()
    engine = FakeEngine("gate", gate.answers)
    server = start(engine)
    for _ in range(3):
        server.handle(m.Vary(request_id=1, source=TUNE), "live", inbox.send)
    gate.opened.set()
    inbox.wait_for(m.Done)
    server.close()

    assert inbox.kinds() == ["result"] * 4 + ["done"]
    assert len(engine.tasks) == 1


def test_devices_do_not_disturb_each_other(start: Start) -> None:
    gate, inboxes = Gate(), [Inbox() for _ in range(5)]
    server = start(FakeEngine("gate", gate.answers))
    for number, inbox in enumerate(inboxes):
        server.handle(m.Vary(request_id=1, source=TUNE, count=1), number, inbox.send)
    gate.opened.set()

    assert [inbox.wait_for(m.Done).count for inbox in inboxes] == [1] * 5


def late(clock: ManualClock, ready: int, *, heeds: bool) -> FakeEngine:
    """An engine whose time is up after some answers."""

    def answers(asked: Asked) -> Iterator[Candidate]:
        randomness = random.Random(asked.seed)
        for index in range(asked.count):
            if index == ready:
                clock.seconds += 60.0
                if heeds:
                    asked.watch.check()
            yield moved(asked.task, randomness)

    return FakeEngine("late", answers)


def test_a_deadline_leaves_the_answers_that_are_ready(start: Start) -> None:
    clock = ManualClock()
    inbox = ask(start(late(clock, 2, heeds=True), clock=clock), m.Vary(request_id=1, source=TUNE))

    done = inbox.wait_for(m.Done)
    assert done.count == 2
    assert "the 30 seconds for this request were up" in done.warnings[0]


def test_a_result_cut_by_the_deadline_says_so(start: Start) -> None:
    clock = ManualClock()
    inbox = ask(start(late(clock, 1, heeds=False), clock=clock), m.Vary(request_id=1, source=TUNE))

    assert [result.is_cut for result in inbox.all_of(m.Result)] == [False, True]
    assert "were up" in inbox.wait_for(m.Done).warnings[0]


def test_a_deadline_before_the_first_answer_is_an_error(start: Start) -> None:
    clock = ManualClock()
    request = m.Vary(request_id=1, source=TUNE, deadline_ms=1500)

    inbox = ask(start(late(clock, 0, heeds=True), clock=clock), request)

    assert "the 1.5 seconds" in refusal(inbox, DeadlineError)


# ---------------------------------------------------------------- history, status, strangers


def test_a_read_only_data_directory_loses_no_answer(tmp_path: Path, start: Start) -> None:
    (tmp_path / "data").write_text("a file where the folder should be", encoding="utf-8")
    server = start(history=History(tmp_path / "data", clock=ManualClock()))

    inbox = ask(server, m.Vary(request_id=1, source=TUNE))

    results = inbox.all_of(m.Result)
    assert len({result.result_id for result in results}) == 4
    assert all("not saved" in " ".join(result.warnings) for result in results)
    assert all(str(tmp_path) not in " ".join(result.warnings) for result in results)


def test_a_disk_that_fills_up_in_between_loses_no_answer(tmp_path: Path, start: Start) -> None:
    history = History(tmp_path, clock=ManualClock())

    def filling(asked: Asked) -> Iterator[Candidate]:
        assert history._connection is not None
        history._connection.execute("PRAGMA max_page_count = 1")
        history._connection.execute("PRAGMA query_only = ON")
        yield from echo(asked)

    server = start(FakeEngine("filling", filling), history=history)

    results = ask(server, m.Vary(request_id=1, source=TUNE, count=1)).all_of(m.Result)

    assert "not saved" in results[0].warnings[-1]


def test_earlier_answers_are_listed_fetched_and_starred(start: Start) -> None:
    server, inbox = start(), Inbox()
    request = m.Vary(request_id=1, source=TUNE, project="Album", clip_name="Lead", count=2)
    results = ask(server, request).all_of(m.Result)
    result_id = results[0].result_id

    for number, (action, wanted) in enumerate(
        [
            (m.HistoryAction.LIST, None),
            (m.HistoryAction.GET, result_id),
            (m.HistoryAction.STAR, result_id),
            (m.HistoryAction.UNSTAR, result_id),
        ]
    ):
        server.handle(
            m.HistoryRequest(request_id=number, action=action, result_id=wanted, project="album"),
            "live",
            inbox.send,
        )

    listed, got, starred, unstarred = inbox.all_of(m.HistoryReply)
    assert [entry.result_id for entry in listed.entries] == [
        results[1].result_id,
        results[0].result_id,
    ]
    assert got.score is not None
    assert got.score.voices[0].notes == results[0].new_notes[0]
    assert [reply.entries[0].is_starred for reply in (starred, unstarred)] == [True, False]


@pytest.mark.parametrize("result_id", [None, "ZZZZZZ", "?"])
def test_history_of_an_unknown_result_is_refused(start: Start, result_id: str | None) -> None:
    server, inbox = start(), Inbox()

    server.handle(
        m.HistoryRequest(request_id=4, action=m.HistoryAction.GET, result_id=result_id),
        "live",
        inbox.send,
    )

    assert refusal(inbox, UnknownResultError)
    assert inbox.wait_for(m.ErrorReply).request_id == 4


def test_status_counts(start: Start) -> None:
    clock = ManualClock()
    server, inbox = start(clock=clock), Inbox()
    server.handle(m.Hello(), "gone", inbox.send)
    clock.seconds += 100
    ask(server, m.Vary(request_id=1, source=TUNE, count=3))
    server.count_dropped(5)

    server.handle(m.StatusRequest(request_id=2), "live", inbox.send)

    status = inbox.wait_for(m.Status)
    assert (status.uptime_s, status.sessions) == (100, 1)
    assert (status.queued, status.answered, status.dropped) == (0, 3, 5)


def test_what_only_servers_say_is_refused(start: Start) -> None:
    server, inbox = start(), Inbox()

    server.handle(m.Done(request_id=3, count=0, total_ms=0), "live", inbox.send)

    assert "'done' is what a server says" in refusal(inbox, InvalidRequestError)
    assert inbox.wait_for(m.ErrorReply).request_id == 3


def test_what_is_wrong_with_a_request_is_told_with_its_number(start: Start) -> None:
    inbox = Inbox()

    start().handle(m.Vary(request_id=9, source=builders.score((), length=4.0)), "a", inbox.send)

    assert inbox.wait_for(m.ErrorReply).request_id == 9
    assert "the clip is empty" in refusal(inbox, InvalidRequestError)


def test_forgotten_sessions_take_no_memory(start: Start) -> None:
    server, inbox = start(), Inbox()

    for number in range(1000):
        server.handle(m.Hello(nonce=number), number, inbox.send)

    server.handle(m.StatusRequest(request_id=1), "live", inbox.send)
    assert inbox.wait_for(m.Status).sessions == 256


def test_settings_reach_the_queue(start: Start, tmp_path: Path) -> None:
    gate = Gate()
    config = ServerConfig(data_directory=tmp_path, queue_size=1, deadline_seconds=7.0)
    server = start(FakeEngine("gate", gate.answers), config=config)
    server.handle(m.Vary(request_id=1, source=TUNE), "a", Inbox().send)
    inbox = Inbox()

    server.handle(m.Vary(request_id=2, source=TUNE), "b", inbox.send)

    assert "at most 8 and 1 are taken" in inbox.wait_for(m.ErrorReply).sentence
    gate.opened.set()


def test_the_history_of_a_service_is_that_of_its_directory(start: Start, tmp_path: Path) -> None:
    ask(start(), m.Vary(request_id=1, source=TUNE, count=1))
    reader = History(tmp_path, clock=ManualClock())

    entries = reader.entries(Filter())
    reader.close()

    assert len(entries) == 1


# ---------------------------------------------------------------- odd music


@pytest.mark.parametrize(
    "source",
    [
        builders.score(builders.line([60]), length=4.0),
        builders.busy_score(5000),
        replace(TUNE, length=4000.0),
        builders.score((Note(0.0, 60, 2.0), Note(1.0, 60, 2.0), Note(1.0, 60, 2.0)), length=4.0),
        replace(
            TUNE,
            meter_map=MeterMap(((0.0, Meter(7, 8)), (7.0, Meter(5, 16)))),
        ),
        replace(TUNE, tempo_map=TempoMap(((0.0, 20.0), (4.0, 999.0)))),
    ],
    ids=["one note", "5000 notes", "1000 bars", "overlapping unisons", "7/8 to 5/16", "tempo"],
)
def test_odd_music_is_answered(start: Start, source: Score) -> None:
    inbox = ask(start(), m.Vary(request_id=1, source=source, count=1))

    assert inbox.kinds() == ["result", "done"]
