"""Which engine answers, and that nobody is left in the dark about it."""

import random
from collections.abc import Iterator

import builders
from fake_engines import (
    TUNE,
    Asked,
    FakeEngine,
    Start,
    ask,
    moved,
    refusal,
)
from reprise.engines.base import Candidate, Verb
from reprise.engines.registry import Registry
from reprise.errors import (
    CannotServeError,
    CorruptModelError,
    UnknownEngineError,
)
from reprise.service import messages as m


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
