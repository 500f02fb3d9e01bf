"""Learn this: what a message brings is kept, told in words, and no faster than is sound."""

from collections.abc import Sequence

from fake_engines import (
    PATIENCE_SECONDS,
    TUNE,
    FakeEngine,
    Gate,
    Inbox,
    ManualClock,
    Start,
    ask,
    refusal,
)
from reprise.errors import BusyError, InvalidRequestError, UnknownResultError
from reprise.library.learnt_clips import Learnt
from reprise.music.score import Score
from reprise.service import messages as m
from reprise.service.learning import MOST_IN_A_WINDOW, WINDOW_SECONDS
from reprise.service.service import Service

Clips = list[tuple[str, str, Score]]


class Shelf:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept: Clips = []

    def keep(self, corpus: str, clips: Sequence[tuple[str, Score]]) -> Learnt:
        known = {score for _, _, score in self.kept}
        new = [(corpus, name, score) for name, score in clips if score not in known]
        self.kept += new
        return Learnt(len(new), len(self.kept))


def learn(service: Service, message: m.Learn) -> Inbox:
    inbox = Inbox()
    service.handle(message, "live", inbox.send)
    inbox.wait_for_last_word()
    return inbox


def test_a_clip_is_kept_and_said_so_once(start: Start) -> None:
    shelf = Shelf()
    service = start(learn=shelf.keep)
    message = m.Learn(request_id=7, source=TUNE, clip_name="Löop")

    first = learn(service, message).all_of(m.LearnReply)[0]
    again = learn(service, message).all_of(m.LearnReply)[0]

    assert shelf.kept == [("mine", "Löop", TUNE)]
    assert (first.request_id, first.added, first.count) == (7, 1, 1)
    assert first.sentence == ("1 clip from your DAW is now in mine. Train with: reprise train mine")
    assert again.added == 0
    assert "in mine already" in again.sentence


def test_earlier_results_are_clips_too(start: Start) -> None:
    shelf = Shelf()
    service = start(FakeEngine(), learn=shelf.keep)
    request = m.Vary(request_id=1, source=TUNE, clip_name="Riff", count=2)
    ids = [found.result_id for found in ask(service, request).all_of(m.Result)]

    message = m.Learn(request_id=2, result_ids=tuple(ids), corpus="dub")
    reply = learn(service, message).all_of(m.LearnReply)[0]

    assert [(corpus, name) for corpus, name, _ in shelf.kept] == [
        ("dub", f"Riff {result_id}") for result_id in ids
    ]
    assert reply.sentence.endswith("Train with: reprise train mine --corpus dub")


def test_nothing_and_unknown_results_are_refused_in_words(start: Start) -> None:
    service = start(learn=Shelf().keep)

    assert "nothing to learn" in refusal(learn(service, m.Learn(request_id=1)), InvalidRequestError)
    refusal(learn(service, m.Learn(request_id=2, result_ids=("7F3K2M",))), UnknownResultError)


def test_a_server_without_corpora_says_so(start: Start) -> None:
    refusal(learn(start(), m.Learn(request_id=1, source=TUNE)), InvalidRequestError)


def test_too_many_in_a_minute_are_refused_until_it_has_passed(start: Start) -> None:
    clock = ManualClock()
    service = start(learn=Shelf().keep, clock=clock)
    message = m.Learn(request_id=1, source=TUNE)
    for _ in range(MOST_IN_A_WINDOW):
        assert learn(service, message).all_of(m.LearnReply)

    assert "wait a moment" in refusal(learn(service, message), BusyError)
    clock.seconds += WINDOW_SECONDS
    assert learn(service, message).all_of(m.LearnReply)


def test_a_newer_request_of_the_same_device_does_not_stop_it(start: Start) -> None:
    gate, shelf = Gate(), Shelf()
    service = start(FakeEngine("slow", gate.answers), learn=shelf.keep)
    inbox = Inbox()
    service.handle(m.Vary(request_id=1, source=TUNE), "other", inbox.send)
    assert gate.entered.wait(PATIENCE_SECONDS)

    service.handle(m.Learn(request_id=2, source=TUNE), "live", inbox.send)
    service.handle(m.Vary(request_id=3, source=TUNE), "live", inbox.send)
    gate.opened.set()

    assert inbox.wait_for(m.LearnReply, 2).added == 1
    inbox.wait_for(m.Done, 3)
