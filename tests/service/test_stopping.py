"""Cancelling, newer requests and deadlines, as a client feels them."""

import random
from collections.abc import Iterator

import pytest

from fake_engines import (
    CHORALE,
    TUNE,
    Asked,
    FakeEngine,
    Gate,
    Inbox,
    ManualClock,
    Start,
    ask,
    moved,
    refusal,
)
from reprise.engines.base import Candidate
from reprise.errors import (
    CancelledError,
    DeadlineError,
)
from reprise.music.span import Span
from reprise.service import messages as m


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
