"""In the style of a corpus: who is asked, who refuses, and what the result says."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

import fake_engines
from fake_engines import TUNE, Asked, FakeEngine, Inbox, Start, ask, refusal
from reprise.engines.base import Candidate, StyleClip, Task, Verb
from reprise.errors import CannotServeError, InvalidRequestError
from reprise.service import messages as m
from reprise.service.service import Service

PASSAGE = StyleClip(0, TUNE, "löops/riff.mid")


def styles(name: str, _task: Task) -> tuple[StyleClip, ...]:
    if name != "mine":
        raise InvalidRequestError(f"there is no corpus {name!r}; there are: mine")
    return (PASSAGE,)


def taking_after(asked: Asked) -> Iterator[Candidate]:
    names = tuple(clip.name for clip in asked.task.style)
    for candidate in fake_engines.echo(asked):
        yield replace(candidate, style_from=names)


def able(*verbs: Verb) -> FakeEngine:
    return FakeEngine("able", taking_after, suitability=0.2, style_verbs=verbs or tuple(Verb))


def vary(**more: object) -> m.Vary:
    return m.Vary(request_id=1, source=TUNE, **more)  # type: ignore[arg-type]


def test_the_result_says_whose_music_it_takes_after(start: Start) -> None:
    engine = able()
    found = ask(start(engine, styles=styles), vary(style_of="mine")).wait_for(m.Result)

    assert engine.tasks[0].style == (PASSAGE,)
    assert found.style_from == "löops/riff.mid"


def test_without_the_setting_nothing_is_looked_up(start: Start) -> None:
    engine = able()
    found = ask(start(engine, styles=styles), vary()).wait_for(m.Result)

    assert engine.tasks[0].style == ()
    assert found.style_from == ""


def test_an_unknown_corpus_is_refused_and_the_known_are_named(start: Start) -> None:
    inbox = ask(start(able(), styles=styles), vary(style_of="yours"))

    assert "there are: mine" in refusal(inbox, InvalidRequestError)


def test_a_server_without_corpora_says_so(start: Start) -> None:
    refusal(ask(start(able()), vary(style_of="mine")), InvalidRequestError)


def test_auto_asks_somebody_who_can(start: Start) -> None:
    better = FakeEngine("better", suitability=0.9)
    inbox = ask(start(better, able(), styles=styles), vary(style_of="mine"))

    assert {found.engine for found in inbox.all_of(m.Result)} == {"able"}
    assert any("in the style of a corpus" in said for said in inbox.wait_for(m.Result).warnings)


@pytest.mark.parametrize("verbs", [(), (Verb.CONTINUE,)])
def test_an_engine_that_cannot_says_no_in_words(start: Start, verbs: tuple[Verb, ...]) -> None:
    engine = FakeEngine("plain", style_verbs=verbs)
    inbox = ask(start(engine, styles=styles), vary(style_of="mine", engine="plain"))

    said = refusal(inbox, CannotServeError)
    assert "does not vary in the style of a corpus" in said
    assert ("only continue" in said) == bool(verbs)
    assert engine.tasks == []


def styles_of(server: Service) -> m.StylesReply:
    inbox = Inbox()
    server.handle(m.StylesRequest(request_id=7), "live", inbox.send)
    return inbox.wait_for(m.StylesReply, 7)


def test_a_client_learns_which_corpora_there_are_and_who_takes_after_them(start: Start) -> None:
    server = start(able(Verb.VARY), FakeEngine("plain"), corpora=lambda: ("mine", "other"))

    reply = styles_of(server)
    assert reply.corpora == ("mine", "other")
    assert reply.engines == (m.StyleOffer(engine="able", verbs=("vary",)),)


def test_a_corpus_that_comes_is_told_by_a_welcome_to_who_said_hello(start: Start) -> None:
    corpora = ["mine"]
    server = start(able(), corpora=lambda: corpora)
    told = Inbox()
    server.handle(m.Hello(), "live", told.send)

    server.tell_of_engines()
    corpora.append("other")
    server.tell_of_engines()
    server.tell_of_engines()

    assert len(told.all_of(m.Welcome)) == 2


def test_more_corpora_than_a_menu_holds_are_left_out(start: Start) -> None:
    server = start(able(), corpora=lambda: [f"corpus {number}" for number in range(70)])

    assert len(styles_of(server).corpora) == m.MAX_CORPORA
