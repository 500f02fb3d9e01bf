"""The service: messages in, replies out. `Service.handle` is the only door that transports use."""

import logging
import random
import threading
from collections.abc import Callable, Hashable, Sequence

import reprise
from reprise.config import ServerConfig
from reprise.engines.registry import EngineListing, Registry
from reprise.errors import (
    CancelledError,
    InvalidRequestError,
    RepriseError,
    UnknownResultError,
    UnsupportedVersionError,
)
from reprise.service.answer import Answerer, FindCopy, FindStyle, no_copy, no_style
from reprise.service.history import Filter, History
from reprise.service.ids import number_from_id
from reprise.service.jobs import Job, Jobs, Send
from reprise.service.learning import Keep, Learning, keep_nothing
from reprise.service.messages import (
    MAX_CORPORA,
    PROTOCOL_VERSION,
    Cancel,
    EngineOffer,
    ErrorReply,
    Hello,
    HistoryAction,
    HistoryReply,
    HistoryRequest,
    Learn,
    Message,
    Request,
    Result,
    Status,
    StatusRequest,
    StyleOffer,
    StylesReply,
    StylesRequest,
    Welcome,
)
from reprise.service.plan import plan
from reprise.service.session import Session, Sessions

RECENT_SECONDS = 60.0
LEARN_SECONDS = 600.0

FindCorpora = Callable[[], Sequence[str]]
"""Returns the names of the user's corpora, in the order for menus."""


def no_corpora() -> Sequence[str]:
    """Find none."""
    return ()


class Service:
    """Answers clients, whatever wire they come by.

    `send` functions are called from the caller's own thread and from workers, never from two at
    once for the same job. A transport must not hold a lock that its `send` takes while it calls
    `handle`.
    """

    def __init__(
        self,
        config: ServerConfig,
        engines: Registry,
        history: History,
        clock: Callable[[], float],
        log: logging.Logger,
        *,
        randomness: random.Random | None = None,
        copies: FindCopy = no_copy,
        styles: FindStyle = no_style,
        corpora: FindCorpora = no_corpora,
        learn: Keep = keep_nothing,
    ) -> None:
        """Start the workers; `clock` gives seconds that never go back."""
        self._config = config
        self._engines = engines
        self._history = history
        self._corpora = corpora
        self._clock = clock
        self._answerer = Answerer(
            engines,
            history,
            randomness or random.SystemRandom(),
            copies,
            config.copied_notes,
            styles,
        )
        self._learning = Learning(learn, history, clock)
        self._sessions = Sessions(clock)
        self._jobs = Jobs(
            clock,
            log,
            queue_limit=config.queue_size,
            session_limit=config.session_queue_size,
            worker_count=config.threads,
        )
        self._started = clock()
        self._counters = threading.Lock()
        self._answered = 0
        self._dropped = 0

    def handle(self, message: Message, session_key: Hashable, send: Send) -> None:
        """Take a client's message; replies go through `send`, now and later.

        Returns at once: musical work is done by a worker. What is wrong with a message is replied,
        never raised.

        Args:
            message: As the transport decoded it.
            session_key: Tells this client from all others of all transports.
            send: Takes replies to it, from any thread.
        """
        session = self._sessions.heard(session_key)
        try:
            self._handle(message, session, send)
        except RepriseError as error:
            request_id = getattr(message, "request_id", -1)
            send(ErrorReply(request_id=request_id, code=error.code, sentence=str(error)))

    def tell_of_engines(self) -> None:
        """Say welcome again where a client was told of other engines, or corpora were others."""
        now = self._what_there_is()
        for session in self._sessions.all():
            if session.send is not None and session.told != now:
                session.told = now
                session.send(_welcome(now[0]))

    def count_dropped(self, count: int) -> None:
        """Count datagrams that a transport dropped, for the status."""
        with self._counters:
            self._dropped += count

    def close(self) -> None:
        """End every job with a word to its client, and close the history."""
        self._jobs.close()
        self._history.close()

    # ------------------------------------------------------------ one method a kind of message

    def _handle(self, message: Message, session: Session, send: Send) -> None:
        match message:
            case Request():
                self._submit(message, session, send)
            case Hello():
                self._welcome(message, session, send)
            case Cancel():
                self._cancel(message, session)
            case HistoryRequest():
                send(self._recall(message))
            case StatusRequest():
                send(self._status(message))
            case StylesRequest():
                send(self._styles(message))
            case Learn():
                self._learn(message, session, send)
            case _:
                raise InvalidRequestError(
                    f"{message.kind!r} is what a server says to a client, not the other way round"
                )

    def _welcome(self, hello: Hello, session: Session, send: Send) -> None:
        if hello.protocol_version != PROTOCOL_VERSION:
            raise UnsupportedVersionError(
                f"the client speaks version {hello.protocol_version} of the protocol and this "
                f"server (Reprise {reprise.__version__}) version {PROTOCOL_VERSION}; "
                "install the same version of Reprise on both sides"
            )
        session.nonce, session.client, session.send = hello.nonce, hello.client, send
        session.told = self._what_there_is()
        send(_welcome(session.told[0]))

    def _what_there_is(self) -> tuple[tuple[EngineOffer, ...], tuple[str, ...]]:
        offers = tuple(_offer(listing) for listing in self._engines.infos())
        return offers, tuple(self._corpora())[:MAX_CORPORA]

    def _styles(self, request: StylesRequest) -> StylesReply:
        engines = tuple(
            StyleOffer(engine=info.name, verbs=tuple(verb.value for verb in info.style_verbs))
            for info in (listing.info for listing in self._engines.infos() if not listing.problem)
            if info.style_verbs
        )
        corpora = tuple(self._corpora())[:MAX_CORPORA]
        return StylesReply(request_id=request.request_id, corpora=corpora, engines=engines)

    def _submit(self, request: Request, session: Session, send: Send) -> None:
        asked = (request.request_id, hash(request))
        live = self._jobs.find(session.key)
        if asked == session.last_request and any(j.request_id == request.request_id for j in live):
            return  # A wire may bring a request twice; it is being worked on already.
        _check_ids(request)
        task = plan(request)
        for older in live:
            self._jobs.stop(older, _superseded(older, request))
        session.last_request = asked
        self._jobs.submit(
            Job(
                session.key,
                request.request_id,
                lambda job: self._answerer.answer(request, task, job),
                self._counted(send),
                clock=self._clock,
                seconds=self._seconds(request),
            )
        )

    def _learn(self, message: Learn, session: Session, send: Send) -> None:
        """Queue what is to be learnt; newer requests of its client do not stop it."""
        self._learning.count()
        self._jobs.submit(
            Job(
                ("learn", session.key),
                message.request_id,
                lambda job: job.end(self._learning.answer(message)),
                send,
                clock=self._clock,
                seconds=LEARN_SECONDS,
            )
        )

    def _seconds(self, request: Request) -> float:
        given = request.deadline_ms
        return self._config.deadline_seconds if given is None else given / 1000

    def _counted(self, send: Send) -> Send:
        def counted(message: Message) -> None:
            if isinstance(message, Result):
                with self._counters:
                    self._answered += 1
            send(message)

        return counted

    def _cancel(self, cancel: Cancel, session: Session) -> None:
        jobs = self._jobs.find(session.key, cancel.request_id)
        if not jobs:
            raise CancelledError(
                f"request {cancel.request_id} is not being worked on: it has ended, or it never "
                "came; there was nothing to stop"
            )
        for job in jobs:
            self._jobs.stop(job, CancelledError(f"request {cancel.request_id} was cancelled"))

    def _recall(self, request: HistoryRequest) -> HistoryReply:
        if request.action == HistoryAction.LIST:
            wanted = Filter(
                project=request.project, clip_name=request.clip_name, limit=request.limit
            )
            entries = self._history.entries(wanted)
            return HistoryReply(request_id=request.request_id, entries=entries)
        if request.result_id is None:
            raise UnknownResultError(
                f"history {request.action} needs the id of a result, such as 7F3K2M"
            )
        if request.action == HistoryAction.GET:
            saved = self._history.get(request.result_id)
            return HistoryReply(
                request_id=request.request_id, entries=(saved.entry,), score=saved.score
            )
        is_starred = request.action == HistoryAction.STAR
        entry = self._history.set_star(request.result_id, is_starred=is_starred)
        return HistoryReply(request_id=request.request_id, entries=(entry,))

    def _status(self, request: StatusRequest) -> Status:
        with self._counters:
            answered, dropped = self._answered, self._dropped
        return Status(
            request_id=request.request_id,
            server_version=reprise.__version__,
            uptime_s=int(self._clock() - self._started),
            sessions=self._sessions.count_since(RECENT_SECONDS),
            queued=self._jobs.queued_count,
            running=self._jobs.running_count,
            answered=answered,
            dropped=dropped,
        )


def _check_ids(request: Request) -> None:
    parents = () if request.parent is None else (request.parent,)
    for result_id in (*parents, *(one.result_id for one in request.like), *request.not_like):
        number_from_id(result_id)


def _superseded(older: Job, newer: Request) -> CancelledError:
    return CancelledError(
        f"request {older.request_id} was stopped, because the newer request {newer.request_id} "
        "of the same device took its place"
    )


def _welcome(offers: tuple[EngineOffer, ...]) -> Welcome:
    return Welcome(
        protocol_version=PROTOCOL_VERSION, server_version=reprise.__version__, engines=offers
    )


def _offer(listing: EngineListing) -> EngineOffer:
    info = listing.info
    return EngineOffer(
        name=info.name,
        title=info.title,
        summary=info.summary,
        verbs=tuple(verb.value for verb in info.verbs),
        max_voices=info.max_voices,
        serves_drums=info.serves_drums,
        model=info.model,
        model_hash=info.model_hash,
        problem=listing.problem,
    )
