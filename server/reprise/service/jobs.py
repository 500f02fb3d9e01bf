"""Jobs: a bounded queue that is fair between sessions, with progress, deadlines and cancelling.

A job sends its own replies and, once it has ended, none: a client that cancelled never hears of
the job again, however long the engine takes to notice. It knows no message but what every job
says, and no engine. Locks are always taken job first, queue second.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from reprise.errors import (
    BusyError,
    CancelledError,
    DeadlineError,
    InternalError,
    RepriseError,
)
from reprise.music.note import Note
from reprise.service.messages import Bar, Done, ErrorReply, Message, Progress, Result
from reprise.service.priority import lower_priority

GRACE_SECONDS = 1.0
"""After its deadline an engine may still hand over what it has; then the job is ended for it."""
PROGRESS_STEP = 0.01

Clock = Callable[[], float]
Send = Callable[[Message], None]


class Job:
    """One request being worked on: an engine's `Watch`, and the only way to its client.

    Attributes:
        session_key: Whose it is.
        request_id: The client's own number for it.
        arrived: When it came, in seconds of the clock.
        started: When a worker took it, in seconds of the clock; `arrived` until then.
        deadline: When it must have been answered, in seconds of the clock.
        result_count: How many results were sent.
        skipped_count: Candidates of the engine that were not sent.
        warnings: Sentences that its last message will bring.
    """

    def __init__(
        self,
        session_key: Hashable,
        request_id: int,
        work: Callable[["Job"], None],
        send: Send,
        *,
        clock: Clock,
        seconds: float,
    ) -> None:
        """Take what to do, where to send what comes of it, and how many seconds there are."""
        self.session_key = session_key
        self.request_id = request_id
        self.work = work
        self.arrived = self.started = clock()
        self.deadline = self.arrived + seconds
        self.result_count = 0
        self.skipped_count = 0
        self.warnings: list[str] = []
        self.lock = threading.RLock()
        self._send = send
        self._clock = clock
        self._seconds = seconds
        self._has_ended = False
        self._shown = (-1.0, "")

    @property
    def has_ended(self) -> bool:
        """Whether its last message was sent."""
        return self._has_ended

    @property
    def is_overdue(self) -> bool:
        """Whether its deadline has passed."""
        return self._clock() >= self.deadline

    def milliseconds_since(self, moment: float) -> int:
        """Return whole milliseconds from a moment of the clock until now."""
        return max(0, round(1000 * (self._clock() - moment)))

    def start(self) -> None:
        """Note that a worker has taken it, and say so."""
        self.started = self._clock()
        self.send(Progress(request_id=self.request_id, fraction=0.0))

    def send(self, message: Message) -> bool:
        """Send a message unless the job has ended; tell whether it was sent."""
        with self.lock:
            if self._has_ended:
                return False
            self.result_count += isinstance(message, Result)
            self._send(message)
            return True

    def finish(self) -> None:
        """Send Done with all warnings, unless the job has ended."""
        total_ms = self.milliseconds_since(self.arrived)
        with self.lock:
            self.end(
                Done(
                    request_id=self.request_id,
                    count=self.result_count,
                    total_ms=total_ms,
                    warnings=tuple(self.warnings),
                )
            )

    def fail(self, error: RepriseError) -> None:
        """Send an error as the last message, unless the job has ended."""
        self.end(ErrorReply(request_id=self.request_id, code=error.code, sentence=str(error)))

    def expire(self) -> None:
        """End the job because its time is up: what was sent stands, else it is an error."""
        with self.lock:
            if self.result_count == 0:
                self.fail(DeadlineError(self._out_of_time("no answer was ready")))
                return
            self.warnings.append(self._out_of_time("these are the answers that were ready"))
            self.finish()

    def _out_of_time(self, what: str) -> str:
        return (
            f"the {self._seconds:g} seconds for this request were up and {what}; "
            "ask for less, or allow more time"
        )

    def end(self, message: Message) -> None:
        """Send a message as the last one, unless the job has ended."""
        with self.lock:
            if self._has_ended:
                return
            self._has_ended = True
            self._send(message)

    def check_ended(self) -> None:
        """Raise `CancelledError` when nobody waits for it any more."""
        if self._has_ended:
            raise CancelledError(f"request {self.request_id} has ended already")

    # ------------------------------------------------------------ the engine's Watch

    def check(self) -> None:
        """Raise `CancelledError` or `DeadlineError` when the job must stop."""
        self.check_ended()
        if self.is_overdue:
            raise DeadlineError(self._out_of_time("no answer was ready"))

    def progress(self, fraction: float, stage: str = "") -> None:
        """Tell how far the job is, 0.0-1.0; steps too small to see are not sent."""
        shown, shown_stage = self._shown
        bounded = round(min(1.0, max(0.0, fraction)), 4)
        if stage == shown_stage and bounded < shown + PROGRESS_STEP:
            return
        self._shown = (bounded, stage)
        self.send(Progress(request_id=self.request_id, fraction=bounded, stage=stage))

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        """Show the new notes of one bar of a candidate as soon as they stand."""
        index = max(0, candidate - self.skipped_count)
        self.send(Bar(request_id=self.request_id, index=index, bar=bar, new_notes=voices))


class Jobs:
    """The queue and its workers."""

    def __init__(
        self,
        clock: Clock,
        log: logging.Logger,
        *,
        queue_limit: int = 32,
        session_limit: int = 8,
        worker_count: int = 1,
    ) -> None:
        """Start the workers and a timekeeper, all of them daemon threads."""
        self._clock = clock
        self._log = log
        self._queue_limit = queue_limit
        self._session_limit = session_limit
        self._waiting: OrderedDict[Hashable, deque[Job]] = OrderedDict()
        self._running: list[Job] = []
        self._is_closed = False
        self._changed = threading.Condition()
        targets = [self._work] * worker_count + [self._keep_time]
        self._threads = [threading.Thread(target=target, daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    @property
    def queued_count(self) -> int:
        """How many jobs wait."""
        with self._changed:
            return sum(map(len, self._waiting.values()))

    @property
    def running_count(self) -> int:
        """How many jobs are being worked on."""
        with self._changed:
            return len(self._running)

    def submit(self, job: Job) -> None:
        """Queue a job and tell its client how many are before it.

        Raises:
            BusyError: The queue, or this session's share of it, is full.
        """
        with job.lock:
            ahead = self._queue(job)
            job.send(Progress(request_id=job.request_id, fraction=0.0, queued=ahead))

    def _queue(self, job: Job) -> int:
        with self._changed:
            if self._is_closed:
                raise BusyError("the server is stopping; ask again when it is back")
            live = self._live()
            mine = sum(other.session_key == job.session_key for other in live)
            if mine >= self._session_limit or len(live) >= self._queue_limit:
                raise BusyError(
                    f"{mine} requests of this client and {len(live)} in all are waiting, and at "
                    f"most {self._session_limit} and {self._queue_limit} are taken; wait a moment"
                )
            self._waiting.setdefault(job.session_key, deque()).append(job)
            self._changed.notify_all()
            return len(live)

    def _live(self) -> list[Job]:
        return [*self._running, *(job for jobs in self._waiting.values() for job in jobs)]

    def find(self, session_key: Hashable, request_id: int | None = None) -> tuple[Job, ...]:
        """Return a session's jobs that have not ended, all of them or those of one number."""
        with self._changed:
            return tuple(
                job
                for job in self._live()
                if job.session_key == session_key
                and request_id in (None, job.request_id)
                and not job.has_ended
            )

    def stop(self, job: Job, error: RepriseError) -> None:
        """End a job at once, for the reason given; its worker is free when its engine notices."""
        self._forget(job)
        job.fail(error)

    def _forget(self, job: Job) -> None:
        with self._changed:
            jobs = self._waiting.get(job.session_key, deque())
            if job in jobs:
                jobs.remove(job)
            if not jobs:
                self._waiting.pop(job.session_key, None)

    def expire_overdue(self) -> None:
        """End the jobs whose time is up; the timekeeper does so by itself."""
        now = self._clock()
        with self._changed:
            overdue = [job for job in self._live() if now >= self._due(job) and not job.has_ended]
        for job in overdue:
            self._forget(job)
            self._guarded(job, Job.expire)

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Stop every job with a word to its client, and the threads as soon as they can."""
        with self._changed:
            self._is_closed = True
            live = self._live()
            self._waiting.clear()
            self._changed.notify_all()
        stopping = CancelledError("the server is stopping; ask again when it is back")
        for job in live:
            self._guarded(job, lambda job: job.fail(stopping))
        for thread in self._threads:
            thread.join(timeout_seconds)

    # ------------------------------------------------------------ threads

    def _work(self) -> None:
        lower_priority()
        while (job := self._next()) is not None:
            self._guarded(job, _run)
            with self._changed:
                self._running.remove(job)

    def _next(self) -> Job | None:
        """Wait for a job and take it, the sessions in turn; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if self._is_closed:
                return None
            session_key, jobs = self._waiting.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._waiting[session_key] = jobs
            self._running.append(job)
            # The timekeeper gives a running job some grace, so it has to count again.
            self._changed.notify_all()
            return job

    def _guarded(self, job: Job, act: Callable[[Job], None]) -> None:
        """Do something that may fail in an engine or a wire; the one broad catch of the server."""
        try:
            try:
                act(job)
            except RepriseError as error:
                job.fail(error)
            except Exception as error:  # noqa: BLE001 - strangers' engines may raise anything
                self._log.exception("request %d failed", job.request_id)
                job.fail(_bug(error))
        except Exception:  # noqa: BLE001 - its wire is broken, so there is nobody to tell
            self._log.exception("request %d could not be answered", job.request_id)

    def _keep_time(self) -> None:
        while True:
            with self._changed:
                if not self._is_closed:
                    self._changed.wait(self._seconds_to_next())
                if self._is_closed:
                    return
            self.expire_overdue()

    def _seconds_to_next(self) -> float | None:
        due = [self._due(job) for job in self._live() if not job.has_ended]
        return max(0.0, min(due) - self._clock()) if due else None

    def _due(self, job: Job) -> float:
        return job.deadline + (GRACE_SECONDS if job in self._running else 0.0)


def _run(job: Job) -> None:
    if not job.has_ended:
        job.start()
        job.work(job)


def _bug(error: Exception) -> InternalError:
    return InternalError(
        f"something went wrong inside Reprise ({type(error).__name__}); the server's log, which "
        "`reprise doctor` finds, has the details: please report it"
    )
