"""Through the one door: what a client says and what it hears, for every kind of message."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import builders
import reprise
import strategies
from fake_engines import (
    TUNE,
    Asked,
    FakeEngine,
    Gate,
    Inbox,
    ManualClock,
    Start,
    ask,
    echo,
    refusal,
)
from reprise.config import ServerConfig
from reprise.engines.base import Candidate
from reprise.engines.registry import Loader, Registry
from reprise.errors import (
    CorruptModelError,
    InternalError,
    InvalidRequestError,
    UnknownResultError,
    UnsupportedVersionError,
)
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.tempo import TempoMap
from reprise.service import messages as m
from reprise.service.history import Filter, History
from reprise.service.service import Service

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


def offered(welcome: m.Welcome) -> list[str]:
    return [offer.name for offer in welcome.engines]


def test_clients_that_said_hello_hear_once_of_engines_that_come_and_go(tmp_path: Path) -> None:
    shelf: dict[str, Loader] = {}
    engines = Registry({"echo": FakeEngine}, lambda: shelf)
    history = History(tmp_path, clock=ManualClock())
    log = logging.getLogger("reprise.test")
    server = Service(ServerConfig(data_directory=tmp_path), engines, history, ManualClock(), log)
    told, silent = Inbox(), Inbox()
    server.handle(m.Hello(), "live", told.send)
    server.handle(m.StatusRequest(request_id=1), "curious", silent.send)

    server.tell_of_engines()
    shelf["mine"] = lambda: FakeEngine("mine")
    server.tell_of_engines()
    server.tell_of_engines()
    del shelf["mine"]
    server.tell_of_engines()
    server.close()

    welcomes = told.all_of(m.Welcome)
    assert [offered(one) for one in welcomes] == [["echo"], ["echo", "mine"], ["echo"]]
    assert silent.all_of(m.Welcome) == []


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


MUSICAL = [message for message in m.CLIENT_MESSAGES if issubclass(message, m.Request)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(*(strategies.client_messages[kind] for kind in MUSICAL)))
def test_any_request_is_answered_or_refused_with_a_reason(
    start: Start, request_: m.Request
) -> None:
    plain = {"locks": m.Locks(), "engine": "auto", "like": (), "not_like": (), "span": None}

    inbox = ask(start(), replace(request_, **plain))  # type: ignore[arg-type]

    end = inbox.messages[-1]
    if isinstance(end, m.ErrorReply):
        assert end.code == InvalidRequestError.code, end.sentence
    else:
        assert isinstance(end, m.Done)
        assert end.count == len(inbox.all_of(m.Result))
        assert end.count or end.warnings


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(strategies.messages)
def test_no_message_goes_without_a_reply_or_breaks_the_door(
    start: Start, message: m.Message
) -> None:
    inbox = Inbox()

    start().handle(message, "live", inbox.send)

    assert inbox.messages
    assert all(reply.code != InternalError.code for reply in inbox.all_of(m.ErrorReply))
