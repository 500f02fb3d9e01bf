"""Jobs come in turn, end once, and are stopped at once; nothing is said after their end."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from fake_engines import PATIENCE_SECONDS, Inbox, ManualClock
from reprise.errors import (
    BusyError,
    CancelledError,
    DeadlineError,
    InternalError,
    InvalidRequestError,
)
from reprise.service.jobs import GRACE_SECONDS, Job, Jobs
from reprise.service.messages import Bar, Done, ErrorReply, Progress, Result
from reprise.service.priority import NICENESS

LOG = logging.getLogger("reprise.test")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def queue(clock: ManualClock) -> Iterator[Jobs]:
    made = Jobs(clock, LOG, queue_limit=6, session_limit=3)
    yield made
    made.close()


class Held:
    """A worker that is busy until it is let go."""

    def __init__(self, queue: Jobs, clock: ManualClock, session_key: str = "holder") -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.inbox = Inbox()
        self.job = make_job(clock, self._work, self.inbox, session_key, request_id=99)
        queue.submit(self.job)
        assert self.entered.wait(PATIENCE_SECONDS)

    def _work(self, job: Job) -> None:
        self.entered.set()
        assert self.opened.wait(PATIENCE_SECONDS)
        job.finish()


def make_job(
    clock: ManualClock,
    work: Callable[[Job], None],
    inbox: Inbox,
    session_key: str = "a",
    request_id: int = 1,
    seconds: float = 30.0,
) -> Job:
    return Job(session_key, request_id, work, inbox.send, clock=clock, seconds=seconds)


def result(request_id: int = 1, index: int = 0) -> Result:
    return Result(
        request_id=request_id,
        index=index,
        count=4,
        result_id="7F3K2M",
        length=4.0,
        kept=(),
        new_notes=((),),
        seed=1,
        engine="echo",
    )


# ---------------------------------------------------------------- order and bounds


def test_sessions_are_served_in_turn(queue: Jobs, clock: ManualClock) -> None:
    held, inbox, served = Held(queue, clock), Inbox(), list[str]()

    def work(job: Job) -> None:
        served.append(f"{job.session_key}{job.request_id}")
        job.finish()

    for session_key, request_id in (("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5)):
        queue.submit(make_job(clock, work, inbox, session_key, request_id))
    held.opened.set()
    inbox.wait_for(Done, 3)

    assert served == ["a1", "b4", "c5", "a2", "a3"]


def test_a_client_hears_how_many_are_before_it(queue: Jobs, clock: ManualClock) -> None:
    held, inbox = Held(queue, clock), Inbox()

    queue.submit(make_job(clock, Job.finish, inbox, request_id=1))
    queue.submit(make_job(clock, Job.finish, inbox, request_id=2))

    assert [message.queued for message in inbox.all_of(Progress)] == [1, 2]
    held.opened.set()


def test_one_session_cannot_fill_the_queue(queue: Jobs, clock: ManualClock) -> None:
    held, inbox = Held(queue, clock), Inbox()
    for request_id in range(3):
        queue.submit(make_job(clock, Job.finish, inbox, "a", request_id))

    with pytest.raises(BusyError, match="3 requests of this client and 4 in all are waiting"):
        queue.submit(make_job(clock, Job.finish, inbox, "a", 3))

    queue.submit(make_job(clock, Job.finish, inbox, "b", 4))
    assert queue.queued_count == 4
    held.opened.set()


def test_the_queue_is_bounded(queue: Jobs, clock: ManualClock) -> None:
    held, inbox = Held(queue, clock), Inbox()
    for number in range(5):
        queue.submit(make_job(clock, Job.finish, inbox, f"session {number}", number))

    with pytest.raises(BusyError):
        queue.submit(make_job(clock, Job.finish, inbox, "one more"))

    assert (queue.queued_count, queue.running_count) == (5, 1)
    held.opened.set()


def test_several_workers_work_at_once(clock: ManualClock) -> None:
    queue = Jobs(clock, LOG, worker_count=2)
    first, second = Held(queue, clock, "a"), Held(queue, clock, "b")

    assert queue.running_count == 2

    first.opened.set()
    second.opened.set()
    queue.close()


# ---------------------------------------------------------------- ends


def test_a_stopped_job_hears_of_it_at_once_and_of_nothing_after(
    queue: Jobs, clock: ManualClock
) -> None:
    entered, opened, sent = threading.Event(), threading.Event(), list[bool]()
    inbox = Inbox()

    def work(job: Job) -> None:
        entered.set()
        assert opened.wait(PATIENCE_SECONDS)
        sent.append(job.send(result()))
        job.finish()

    job = make_job(clock, work, inbox)
    queue.submit(job)
    assert entered.wait(PATIENCE_SECONDS)

    queue.stop(job, CancelledError("enough"))
    at_once = list(inbox.messages)
    opened.set()
    queue.close()

    assert isinstance(at_once[-1], ErrorReply)
    assert at_once[-1].code == CancelledError.code
    assert inbox.messages == at_once
    assert sent == [False]


def test_a_stopped_job_that_waits_is_never_worked_on(queue: Jobs, clock: ManualClock) -> None:
    held, inbox, worked = Held(queue, clock), Inbox(), list[int]()
    waiting = make_job(clock, lambda job: worked.append(job.request_id), inbox)
    queue.submit(waiting)

    queue.stop(waiting, CancelledError("enough"))
    held.opened.set()
    queue.close()

    assert worked == []
    assert queue.find("a") == ()
    assert inbox.kinds() == ["error"]


def test_an_engine_that_looks_notices_that_it_was_stopped(clock: ManualClock) -> None:
    job = make_job(clock, Job.finish, Inbox())
    job.check()

    job.fail(CancelledError("enough"))

    with pytest.raises(CancelledError):
        job.check()


def test_what_an_engine_raises_on_purpose_is_replied(queue: Jobs, clock: ManualClock) -> None:
    inbox = Inbox()

    def work(job: Job) -> None:
        raise InvalidRequestError(f"request {job.request_id} is wrong")

    queue.submit(make_job(clock, work, inbox))

    reply = inbox.wait_for(ErrorReply)
    assert (reply.code, reply.sentence) == (InvalidRequestError.code, "request 1 is wrong")


def test_a_crash_is_replied_logged_and_survived(
    queue: Jobs, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()

    def work(job: Job) -> None:
        raise ZeroDivisionError(job.request_id)

    queue.submit(make_job(clock, work, inbox))
    queue.submit(make_job(clock, Job.finish, inbox, request_id=2))
    inbox.wait_for(Done, 2)

    reply = inbox.wait_for(ErrorReply)
    assert reply.code == InternalError.code
    assert "ZeroDivisionError" in reply.sentence
    assert "`reprise doctor` finds" in reply.sentence
    assert caplog.records[0].exc_info is not None


def test_a_broken_wire_does_not_take_the_worker_down(
    queue: Jobs, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: object) -> None:
        if not isinstance(message, Progress):
            raise OSError("the client has gone")

    inbox = Inbox()
    queue.submit(Job("a", 1, Job.finish, broken, clock=clock, seconds=30.0))
    queue.submit(make_job(clock, Job.finish, inbox, "b", 2))

    assert inbox.wait_for(Done, 2).request_id == 2
    assert "request 1 failed" in caplog.text


def test_a_broken_wire_of_a_failing_job_does_not_take_the_worker_down(
    queue: Jobs, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: object) -> None:
        if not isinstance(message, Progress):
            raise OSError("the client has gone")

    def work(job: Job) -> None:
        raise ZeroDivisionError(job.request_id)

    inbox = Inbox()
    queue.submit(Job("a", 1, work, broken, clock=clock, seconds=30.0))
    queue.submit(make_job(clock, Job.finish, inbox, "b", 2))

    assert inbox.wait_for(Done, 2).request_id == 2
    assert "request 1 could not be answered" in caplog.text


def test_closing_stops_every_job_with_a_word(clock: ManualClock) -> None:
    queue = Jobs(clock, LOG)
    held, inbox = Held(queue, clock), Inbox()
    queue.submit(make_job(clock, Job.finish, inbox))

    queue.close(timeout_seconds=0.0)
    held.opened.set()

    assert "the server is stopping" in inbox.wait_for(ErrorReply).sentence
    assert "the server is stopping" in held.inbox.wait_for(ErrorReply).sentence
    with pytest.raises(BusyError, match="stopping"):
        queue.submit(make_job(clock, Job.finish, inbox))


# ---------------------------------------------------------------- time


def test_time_up_before_the_first_answer_is_an_error(clock: ManualClock) -> None:
    inbox = Inbox()
    job = make_job(clock, Job.finish, inbox, seconds=2.5)

    job.expire()

    reply = inbox.wait_for(ErrorReply)
    assert reply.code == DeadlineError.code
    assert "the 2.5 seconds for this request were up" in reply.sentence


def test_time_up_after_an_answer_leaves_what_was_sent(clock: ManualClock) -> None:
    inbox = Inbox()
    job = make_job(clock, Job.finish, inbox)
    job.send(result())

    job.expire()

    done = inbox.wait_for(Done)
    assert done.count == 1
    assert "these are the answers that were ready" in done.warnings[0]


def test_an_engine_that_looks_notices_the_deadline(clock: ManualClock) -> None:
    job = make_job(clock, Job.finish, Inbox(), seconds=30.0)
    clock.seconds += 29.9
    job.check()

    clock.seconds += 0.1

    with pytest.raises(DeadlineError):
        job.check()


def test_a_waiting_job_hears_when_its_time_is_up(queue: Jobs, clock: ManualClock) -> None:
    held, inbox = Held(queue, clock), Inbox()
    queue.submit(make_job(clock, Job.finish, inbox, seconds=5.0))

    clock.seconds += 5.0
    queue.expire_overdue()

    assert inbox.wait_for(ErrorReply).code == DeadlineError.code
    assert queue.queued_count == 0
    held.opened.set()


def test_a_running_job_has_some_grace_to_hand_over_what_it_has(
    queue: Jobs, clock: ManualClock
) -> None:
    held = Held(queue, clock)

    clock.seconds += 30.0
    queue.expire_overdue()
    before = held.inbox.kinds()
    clock.seconds += GRACE_SECONDS
    queue.expire_overdue()

    assert before == []
    assert held.inbox.kinds() == ["error"]
    held.opened.set()


def test_the_timekeeper_ends_jobs_by_itself() -> None:
    queue = Jobs(time.monotonic, LOG)
    opened, inbox = threading.Event(), Inbox()

    def work(job: Job) -> None:
        assert opened.wait(PATIENCE_SECONDS)
        job.finish()

    queue.submit(Job("a", 1, work, Inbox().send, clock=time.monotonic, seconds=30.0))
    queue.submit(Job("b", 2, work, inbox.send, clock=time.monotonic, seconds=0.01))

    assert inbox.wait_for(ErrorReply).code == DeadlineError.code
    opened.set()
    queue.close()


# ---------------------------------------------------------------- progress


def test_progress_is_sent_in_visible_steps(clock: ManualClock) -> None:
    inbox = Inbox()
    job = make_job(clock, Job.finish, inbox)

    for step in range(1001):
        job.progress(step / 1000, "writing")

    fractions = [message.fraction for message in inbox.all_of(Progress)]
    assert fractions == sorted(fractions)
    assert 50 <= len(fractions) <= 101


def test_progress_stays_between_0_and_1(clock: ManualClock) -> None:
    inbox = Inbox()
    job = make_job(clock, Job.finish, inbox)

    job.progress(-3.0, "a")
    job.progress(7.0, "b")

    assert [message.fraction for message in inbox.all_of(Progress)] == [0.0, 1.0]


def test_bars_go_to_the_answer_that_they_become(clock: ManualClock) -> None:
    inbox = Inbox()
    job = make_job(clock, Job.finish, inbox)
    job.skipped_count = 1

    job.bar(2, 0, ((),))

    assert inbox.all_of(Bar)[0].index == 1


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux only")
def test_a_worker_stands_back_behind_the_daw(queue: Jobs, clock: ManualClock) -> None:
    inbox, found = Inbox(), list[int]()

    def work(job: Job) -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        job.finish()

    queue.submit(make_job(clock, work, inbox))
    inbox.wait_for(Done)

    assert found == [min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)]
