"""Engines and clients for tests: small, deterministic, and wrong only where a test asks for it."""

import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import builders
from reprise.client import LAST_WORDS
from reprise.config import ServerConfig
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.engines.registry import Registry
from reprise.errors import RepriseError
from reprise.music.note import Note
from reprise.service.answer import FindCopy, FindStyle, no_copy, no_style
from reprise.service.history import History
from reprise.service.learning import Keep, keep_nothing
from reprise.service.messages import Done, ErrorReply, Message, Progress, Request
from reprise.service.service import FindCorpora, Service, no_corpora

PATIENCE_SECONDS = 20.0
"""A test that waits longer for a thread has failed."""

M = TypeVar("M", bound=Message)


TUNE = builders.score(builders.melody(), length=16.0)
CHORALE = builders.chorale()

Start = Callable[..., Service]
"""Starts a service of the engines given, which is closed after the test."""


@dataclass(frozen=True)
class Asked:
    """What an engine is asked."""

    task: Task
    count: int
    seed: int
    watch: Watch


Answers = Callable[[Asked], Iterator[Candidate]]


def echo(asked: Asked) -> Iterator[Candidate]:
    """Move every free note by some semitones of its own; fill empty holes with quarter notes."""
    randomness = random.Random(asked.seed)
    for index in range(asked.count):
        asked.watch.check()
        asked.watch.progress(index / asked.count, "moving")
        yield moved(asked.task, randomness)


def moved(task: Task, randomness: random.Random) -> Candidate:
    """Return one echo."""
    new_notes: list[list[Note]] = [[] for _ in task.source.voices]
    for place, voice, note in task.source.places():
        if place in task.free_places:
            new_notes[voice].append(replace(note, pitch=randomness.randrange(36, 97)))
    for hole in task.holes:
        if not new_notes[hole.voice]:
            beats = int(hole.span.length)
            new_notes[hole.voice] = [
                Note(hole.span.start + beat, randomness.randrange(36, 97), 1.0)
                for beat in range(beats)
            ]
    return Candidate(task.fixed_places, tuple(tuple(sorted(notes)) for notes in new_notes))


class FakeEngine:
    """An engine whose answers are a function."""

    def __init__(
        self,
        name: str = "echo",
        answers: Answers = echo,
        *,
        suitability: float = 0.5,
        refusal: str | None = None,
        verbs: tuple[Verb, ...] = tuple(Verb),
        model: str = "",
        style_verbs: tuple[Verb, ...] = (),
    ) -> None:
        self.info = EngineInfo(
            name,
            name.title(),
            f"{name} for tests.",
            verbs,
            64,
            serves_drums=True,
            model=model,
            style_verbs=style_verbs,
        )
        self.refusal = refusal
        self.tasks: list[Task] = []
        self._answers = answers
        self._suitability = suitability

    def why_not(self, task: Task) -> str | None:  # noqa: ARG002 - the protocol gives it
        return self.refusal

    def suitability(self, task: Task) -> float:  # noqa: ARG002 - the protocol gives it
        return self._suitability

    def candidates(self, task: Task, count: int, seed: int, watch: Watch) -> Iterator[Candidate]:
        self.tasks.append(task)
        return self._answers(Asked(task, count, seed, watch))


class Gate:
    """Answers that wait: an engine that heeds its watch, or one that does not."""

    def __init__(self, *, heeds_watch: bool = True) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.left = threading.Event()
        self._heeds_watch = heeds_watch

    def answers(self, asked: Asked) -> Iterator[Candidate]:
        self.entered.set()
        try:
            assert self.opened.wait(PATIENCE_SECONDS)
            if self._heeds_watch:
                asked.watch.check()
            randomness = random.Random(asked.seed)
            for _ in range(asked.count):
                yield moved(asked.task, randomness)
        finally:
            self.left.set()


def registry(*engines: FakeEngine) -> Registry:
    """Return a registry of fakes, in menu order."""
    return Registry({engine.info.name: lambda engine=engine: engine for engine in engines})  # type: ignore[misc]


class Inbox:
    """What a client was sent, and a way to wait for more."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = threading.Condition()

    def send(self, message: Message) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def all_of(self, kind: type[M]) -> list[M]:
        with self._changed:
            return [message for message in self.messages if isinstance(message, kind)]

    def wait_for(self, kind: type[M], request_id: int | None = None) -> M:
        """Return the newest message of a kind, waiting until there is one."""

        def found() -> M | None:
            matching = [
                message
                for message in self.messages
                if isinstance(message, kind)
                and request_id in (None, getattr(message, "request_id", None))
            ]
            return matching[-1] if matching else None

        with self._changed:
            assert self._changed.wait_for(found, PATIENCE_SECONDS), self.messages[-3:]
            message = found()
        assert message is not None
        return message

    def wait_for_end(self, request_id: int) -> None:
        """Wait until a request has ended, well or badly."""

        def has_ended() -> bool:
            return any(
                isinstance(message, Done | ErrorReply) and message.request_id == request_id
                for message in self.messages
            )

        with self._changed:
            assert self._changed.wait_for(has_ended, PATIENCE_SECONDS), self.messages[-3:]

    def wait_for_last_word(self) -> None:
        """Wait until something came after which nothing else does."""

        def has_ended() -> bool:
            return any(message.kind in LAST_WORDS for message in self.messages)

        with self._changed:
            assert self._changed.wait_for(has_ended, PATIENCE_SECONDS), self.messages[-3:]

    def kinds(self) -> list[str]:
        """Return the kinds of what was sent, progress left out."""
        return [message.kind for message in self.messages if not isinstance(message, Progress)]


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, seconds: float = 1000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def service(
    directory: Path,
    *engines: FakeEngine,
    clock: Callable[[], float] | None = None,
    history: History | None = None,
    config: ServerConfig | None = None,
    randomness: random.Random | None = None,
    copies: FindCopy = no_copy,
    styles: FindStyle = no_style,
    corpora: FindCorpora = no_corpora,
    learn: Keep = keep_nothing,
) -> Service:
    """Return a service of fakes with its data in a directory; the caller closes it."""
    return Service(
        config or ServerConfig(data_directory=directory),
        registry(*(engines or (FakeEngine(),))),
        history or History(directory, clock=ManualClock(1.7e9)),
        clock or ManualClock(),
        logging.getLogger("reprise.test"),
        randomness=randomness or random.Random(1),
        copies=copies,
        styles=styles,
        corpora=corpora,
        learn=learn,
    )


def ask(server: Service, message: Request, client: str = "live") -> Inbox:
    """Ask and wait for the end."""
    inbox = Inbox()
    server.handle(message, client, inbox.send)
    inbox.wait_for_end(message.request_id)
    return inbox


def refusal(inbox: Inbox, error: type[RepriseError]) -> str:
    """Return the sentence of the one error that was replied."""
    reply = inbox.all_of(ErrorReply)[-1]
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
