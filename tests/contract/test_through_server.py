"""Every installed engine through the real server: it does what it declares, else says why not.

The server is a process of its own, asked over UDP as a DAW asks it. Nothing is left out: every
engine meets every verb, on a tune, on block chords, on a hymn of four voices and on drums.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import builders
from reprise.cli.own_server import own_server
from reprise.client import Client, RequestFailedError
from reprise.engines.base import Candidate, Verb
from reprise.engines.registry import Registry
from reprise.errors import CannotServeError, InvalidRequestError
from reprise.evaluation.legality import complaints
from reprise.music.score import Score
from reprise.service import messages as m
from reprise.service.plain import from_plain, to_plain
from reprise.service.plan import plan

REGISTRY = Registry.installed()
INFOS = [listing.info for listing in REGISTRY.infos()]
ASKED = [(info.name, verb) for info in INFOS for verb in Verb]
MELODIC = [info.name for info in INFOS if not info.serves_drums]
BOUNDED = [info.name for info in INFOS if info.max_voices < m.MAX_VOICES]

BARS = 4
WAYS_OUT = re.compile(
    r"\b(choose|change|select|unlock|add|put|leave out|give|raise|lower|try|ask|install|reinstall"
    r"|press|use|shorten|split|move|make|set)\b",
    re.IGNORECASE,
)

RECOMMENDED = re.compile(r"choose (?:the )?(\w+) engine", re.IGNORECASE)


SOURCES: Mapping[str, Callable[[], Score]] = {
    "a tune": lambda: builders.score(builders.melody(BARS), length=4.0 * BARS),
    "chords": builders.block_chords,
    "a hymn": lambda: builders.chorale(2),
    "drums": lambda: builders.drum_score(2),
}
TARGETS: Mapping[str, Callable[[], Score]] = {
    "a tune": lambda: builders.score(builders.melody(BARS, tonic=67), length=4.0 * BARS),
    "chords": lambda: builders.block_chords(steps=5),
    "a hymn": lambda: builders.score(*(builders.melody(2),) * 4, length=8.0),
    "drums": lambda: builders.drum_score(2),
}


def request(engine: str, verb: Verb, kind: str) -> m.Request:
    """Return a plain question of a kind of music."""
    source = SOURCES[kind]()
    common: dict[str, Any] = {
        "request_id": 0, "engine": engine, "count": 1, "strength": 0.6, "seed": 5, "source": source
    }  # fmt: skip
    questions: Mapping[Verb, Callable[[], m.Request]] = {
        Verb.VARY: lambda: m.Vary(**common),
        Verb.CONTINUE: lambda: m.Continue(**common, length=8.0),
        Verb.REFILL: lambda: m.Refill(**common, voices=(min(1, len(source.voices) - 1),)),
        Verb.REDO: lambda: m.Redo(**common),
        Verb.MORPH: lambda: m.Morph(**common, target=TARGETS[kind](), amount=0.5),
        Verb.ACCOMPANY: lambda: m.Accompany(**common, role="Bass"),
        Verb.DEVELOP: lambda: m.Develop(**common, length=16.0),
    }
    return questions[verb]()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Return a client of a server that runs for this module."""
    folder = tmp_path_factory.mktemp("served")
    apart = {"REPRISE_DATA_DIRECTORY": str(folder), "OMP_NUM_THREADS": "1"}
    with own_server(environment=apart) as server, Client("contract", [server.port]) as asking:
        asking.connect(timeout_s=20.0)
        yield asking


def ask(client: Client, question: m.Request) -> list[m.Result] | str:
    """Return the answers, or the sentence with which the server refused."""
    plain = to_plain(question)
    del plain["request_id"]
    try:
        answers = client.ask(plain)
    except RequestFailedError as error:
        if error.code != CannotServeError.code:
            raise
        return str(error)
    return [result for one in answers if isinstance(result := from_plain(one), m.Result)]


def check_refusal(name: str, sentence: str) -> None:
    """Check that a refusal says who, why, and what to do instead."""
    title = REGISTRY.get(name).info.title
    assert sentence.startswith(f"{title} cannot do this: ")
    assert sentence.endswith("Change the request, or let the engine be chosen: auto")
    reason = sentence.removeprefix(f"{title} cannot do this: ").split(". Change the request")[0]
    assert len(reason) > 20, "a reason is a sentence"
    assert "Traceback" not in reason
    assert WAYS_OUT.search(reason), reason


def check_advice(sentence: str, verb: Verb) -> None:
    """Check that an engine that is recommended can do what was asked for."""
    for title in RECOMMENDED.findall(sentence):
        named = [info for info in INFOS if title.lower() in (info.name, info.title.lower())]
        assert all(verb in info.verbs for info in named), sentence


def check_answers(question: m.Request, results: list[m.Result]) -> None:
    """Check that an answer is from the engine that was asked, and legal."""
    (result,) = results
    task = plan(question)
    assert result.engine == question.engine
    assert result.length == task.length
    assert complaints(task, Candidate(result.kept, result.new_notes)) == []
    assert any(result.new_notes), "an answer with no new note is none"


def test_every_engine_is_in_the_menus_by_its_musical_name_and_without_a_problem(
    client: Client,
) -> None:
    assert client.welcome is not None
    offers = {offer["name"]: offer for offer in client.welcome["engines"]}

    assert list(offers) == list(REGISTRY.names())
    assert {name: offer["problem"] for name, offer in offers.items() if offer["problem"]} == {}
    for info in INFOS:
        offer = offers[info.name]
        assert offer["title"] == info.title
        assert offer["title"] != info.name, "a title is for musicians"
        assert tuple(offer["verbs"]) == tuple(verb.value for verb in info.verbs)
        assert (offer["max_voices"], offer["serves_drums"]) == (info.max_voices, info.serves_drums)
    assert len({offer["title"] for offer in offers.values()}) == len(offers)


@pytest.mark.parametrize(("name", "verb"), ASKED)
def test_an_engine_does_what_it_declares_and_says_no_in_words_to_all_else(
    client: Client, name: str, verb: Verb
) -> None:
    is_declared = verb in REGISTRY.get(name).info.verbs
    served = []
    for kind in SOURCES:
        question = request(name, verb, kind)
        answer = ask(client, question)
        if isinstance(answer, str):
            check_refusal(name, answer)
            check_advice(answer, verb)
        else:
            check_answers(question, answer)
            served.append(kind)
        if served:
            break

    assert bool(served) == is_declared, f"{name} was asked to {verb} and served {served}"


@pytest.mark.parametrize("name", MELODIC)
def test_an_engine_without_drums_says_so(client: Client, name: str) -> None:
    verb = REGISTRY.get(name).info.verbs[0]

    answer = ask(client, request(name, verb, "drums"))

    assert isinstance(answer, str)
    check_refusal(name, answer)
    assert "drums" in answer


@pytest.mark.parametrize("name", BOUNDED)
def test_an_engine_that_is_given_too_many_voices_says_how_many_it_takes(
    client: Client, name: str
) -> None:
    info = REGISTRY.get(name).info
    melody = builders.melody(4)
    crowd = builders.score(*(melody,) * (info.max_voices + 1))

    answer = ask(client, m.Continue(request_id=0, engine=name, source=crowd, length=8.0, seed=1))

    assert isinstance(answer, str)
    check_refusal(name, answer)


def test_an_empty_clip_is_refused_before_any_engine_is_asked(client: Client) -> None:
    plain = to_plain(m.Vary(request_id=0, source=builders.score((), length=4.0)))
    del plain["request_id"]

    with pytest.raises(RequestFailedError, match="the clip is empty") as caught:
        client.ask(plain)

    assert caught.value.code == InvalidRequestError.code
