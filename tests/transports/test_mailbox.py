import errno
import json
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fake_engines
from fake_engines import ManualClock
from reprise.errors import CancelledError
from reprise.service import messages as m
from reprise.service.plain import to_plain
from reprise.transports import mailbox_outbox
from reprise.transports.mailbox import ASLEEP_S, BUSY_S, CALM_S, MailboxServer
from reprise.transports.mailbox_codec import dumped, packed
from reprise.transports.mailbox_folder import Disk, Mailbox
from reprise.transports.osc import Send
from reprise.transports.osc_bench import made_request

CLIENT = "0F3A-77"
OFFER = m.EngineOffer(
    name="echo", title="Echo", summary="Echoes.", verbs=("vary",), max_voices=4, serves_drums=True
)
WELCOME = m.Welcome(protocol_version=1, server_version="test", engines=(OFFER,))
STYLE = m.StyleOffer(engine="echo", verbs=("vary",))


class EchoHandler:
    """Answers every request with its own notes; "slow" waits until it is cancelled or let go."""

    def __init__(self) -> None:
        self.heard: list[m.Message] = []
        self.keys: list[str] = []
        self.sends: dict[int, Send] = {}
        self.greet: Send = lambda _: None
        self.corpora: tuple[str, ...] = ("mine",)

    def handle(self, message: m.Message, session_key: str, send: Send) -> None:
        if not isinstance(message, m.Hello | m.StylesRequest):
            self.heard.append(message)
            self.keys.append(session_key)
        match message:
            case m.Hello():
                self.greet = send
                send(WELCOME)
            case m.StylesRequest(request_id=number):
                send(m.StylesReply(request_id=number, corpora=self.corpora, engines=(STYLE,)))
            case m.Request(engine="broken"):
                raise ZeroDivisionError
            case m.Request(engine="slow"):
                self.sends[message.request_id] = send
            case m.Request():
                send(result(message.request_id, message.source.voices[0].notes))
                send(m.Done(request_id=message.request_id, count=1, total_ms=1))
            case m.Cancel(request_id=number):
                sentence = "stopped"
                reply = m.ErrorReply(request_id=number, code=CancelledError.code, sentence=sentence)
                send(reply)
                if number in self.sends:
                    self.sends.pop(number)(reply)


def result(request_id: int, notes: tuple[Any, ...] = ()) -> m.Result:
    return m.Result(
        request_id=request_id,
        index=0,
        count=1,
        result_id="7F3K2M",
        length=4.0,
        kept=(),
        new_notes=(notes,),
        seed=1,
        engine="echo",
    )


class FailingDisk(Disk):
    """A disk that can be full, or let nothing be removed or read."""

    def __init__(self) -> None:
        self.is_full = False
        self.is_stuck = False
        self.unreadable = ""

    def write(self, path: Path, data: bytes) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(path, data)

    def remove(self, path: Path) -> None:
        if self.is_stuck:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        super().remove(path)

    def read(self, path: Path, limit: int) -> bytes:
        if self.unreadable and self.unreadable in path.name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return super().read(path, limit)


@dataclass
class Office:
    """A mailbox server that looks when it is told to, and a script's view of its folder."""

    directory: Path
    handler: EchoHandler = field(default_factory=EchoHandler)
    disk: FailingDisk = field(default_factory=FailingDisk)
    clock: ManualClock = field(default_factory=ManualClock)
    later_s: float = 0.0
    told: list[tuple[Path, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places = [self.directory]
        self.server = MailboxServer(
            self.handler,
            lambda: self.places,
            command=("python", "-m", "reprise"),
            tell=lambda served: self.told.append(tuple(served)),
            disk=self.disk,
            clock=self.clock,
            wall=lambda: time.time() + self.later_s,
        )

    def look(self, later_s: float = 0.0) -> None:
        self.clock.seconds += later_s
        self.later_s += later_s
        self.server.look()

    def leave(self, name: str, content: object) -> None:
        data = content if isinstance(content, bytes) else dumped(content)  # type: ignore[arg-type]
        (self.directory / "in" / name).write_bytes(data)

    def ask(self, number: int = 1, client: str = CLIENT, **changes: object) -> None:
        plain = {**made_request(4), "request_id": number, **changes}
        self.leave(f"{client}-{number}.json", {"protocol_version": 1, "message": plain})

    def names(self, folder: str = "out") -> list[str]:
        return sorted(path.name for path in (self.directory / folder).iterdir())

    def answers(self, number: int = 1, client: str = CLIENT) -> list[dict[str, Any]]:
        """Fetch what is there, in order."""
        found: list[dict[str, Any]] = []
        while (path := self.directory / "out" / f"{client}-{number}.{len(found)}.json").exists():
            found.append(json.loads(path.read_bytes()))
        for index in range(len(found)):
            (self.directory / "out" / f"{client}-{number}.{index}.json").unlink()
        return found

    def hello(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.directory / "hello.json").read_bytes())
        return said


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "REAPER" / "Daten von Zoë")
    made.look()
    yield made
    made.server.close()


def kinds(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["kind"] for answer in answers]


def the_error(answers: list[dict[str, Any]]) -> tuple[int, str]:
    (answer,) = answers
    assert answer["kind"] == "error"
    return answer["code"], answer["sentence"]


# ---------------------------------------------------------------- hello


def test_a_server_says_who_it_is_and_how_it_is_started(office: Office) -> None:
    hello = office.hello()

    assert hello["protocol_version"] == m.PROTOCOL_VERSION
    assert hello["pid"] == os.getpid()
    assert hello["engines"] == to_plain(WELCOME)["engines"]
    assert hello["command"] == ["python", "-m", "reprise"]
    assert abs(hello["time"] - time.time()) < 60.0


def test_engines_that_came_later_are_in_the_next_hello(office: Office) -> None:
    office.hello()

    office.handler.greet(replace(WELCOME, engines=(OFFER, replace(OFFER, name="mine"))))
    office.look(5.0)

    assert [offer["name"] for offer in office.hello()["engines"]] == [OFFER.name, "mine"]


def test_a_corpus_that_was_read_later_is_in_the_next_hello(office: Office) -> None:
    told = office.hello()["styles"]

    office.handler.corpora = ("mine", "other")
    office.handler.greet(WELCOME)
    office.look(5.0)

    assert told == {"corpora": ["mine"], "engines": [{"engine": "echo", "verbs": ["vary"]}]}
    assert office.hello()["styles"] == {**told, "corpora": ["mine", "other"]}


def test_its_heart_beats_every_second_while_somebody_asks_and_else_every_five(
    office: Office,
) -> None:
    first = office.hello()
    office.look(1.5)
    assert office.hello() == first
    office.look(4.0)
    assert office.hello()["beat"] == first["beat"] + 1
    assert office.hello()["period_s"] == 5.0

    office.ask()
    office.look(1.0)

    assert office.hello()["period_s"] == 1.0
    office.look(1.0)
    assert office.hello()["beat"] == first["beat"] + 3


def test_it_looks_often_only_while_somebody_asks(office: Office) -> None:
    assert office.server.pause() == ASLEEP_S
    office.ask()
    office.look()
    assert office.server.pause() == BUSY_S
    office.clock.seconds += 31.0
    assert office.server.pause() == CALM_S
    office.clock.seconds += 600.0
    assert office.server.pause() == ASLEEP_S


def test_it_looks_often_while_an_answer_is_being_made(office: Office) -> None:
    office.ask(engine="slow")
    office.look()
    office.clock.seconds += 700.0

    assert office.server.pause() == BUSY_S
    office.look()
    assert office.hello()["period_s"] == 1.0


def test_without_any_mailbox_it_sleeps(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.places = []
    office.look()

    assert office.server.pause() == ASLEEP_S
    assert office.server.served == ()


def test_a_server_that_ends_takes_its_hello_away(office: Office) -> None:
    office.server.close()

    assert not (office.directory / "hello.json").exists()
    assert office.told == [(office.directory,), ()]


# ---------------------------------------------------------------- one after another


def test_a_request_is_answered_in_order_and_taken_away(office: Office) -> None:
    office.ask()
    office.look()

    answers = office.answers()
    assert kinds(answers) == ["result", "done"]
    (message,) = office.handler.heard
    assert isinstance(message, m.Request)
    assert answers[0]["new_notes"] == [packed(message.source.voices[0].notes)]
    assert office.names("in") == []
    assert office.names() == []


def test_every_run_of_a_script_is_a_client_of_its_own(office: Office) -> None:
    office.ask(1, "A")
    office.ask(1, "B")
    office.ask(2, "A")
    office.look()

    assert len(set(office.handler.keys)) == 2
    for number, client in ((1, "A"), (1, "B"), (2, "A")):
        assert kinds(office.answers(number, client)) == ["result", "done"]


def test_requests_of_one_client_are_heard_in_its_order(office: Office) -> None:
    for number in (10, 9, 2):
        office.ask(number)
    office.look()

    assert [request.request_id for request in office.handler.heard] == [2, 9, 10]  # type: ignore[attr-defined]


def test_a_request_that_comes_twice_while_it_runs_is_heard_once(office: Office) -> None:
    office.ask(engine="slow")
    office.look()
    office.ask(engine="slow")
    office.look()

    assert len(office.handler.heard) == 1


def test_a_flood_is_taken_little_by_little(office: Office) -> None:
    for number in range(100):
        office.ask(number)
    office.look()
    assert len(office.handler.heard) == 64
    office.look()
    assert len(office.handler.heard) == 100


# ---------------------------------------------------------------- cancel


def test_a_cancelled_request_ends_with_one_error(office: Office) -> None:
    office.ask(engine="slow")
    office.leave(f"{CLIENT}-1.cancel.json", {})
    office.look()

    assert the_error(office.answers()) == (30, "stopped")
    assert office.names("in") == []
    office.look()
    assert office.names() == []


def test_a_cancel_that_comes_too_late_says_nothing(office: Office) -> None:
    office.ask()
    office.look()
    office.leave(f"{CLIENT}-1.cancel.json", b"")
    office.leave("Nobody-7.cancel.json", b"")
    office.look()

    assert kinds(office.answers()) == ["result", "done"]
    assert office.names() == []
    assert office.names("in") == []


def test_an_answer_after_a_cancel_is_not_written(office: Office) -> None:
    office.ask(engine="slow")
    office.look()
    send = office.handler.sends[1]
    office.leave(f"{CLIENT}-1.cancel.json", {})
    office.look()
    send(result(1))

    assert kinds(office.answers()) == ["error"]


# ---------------------------------------------------------------- what is wrong with a request


@pytest.mark.parametrize(
    ("content", "code", "part"),
    [
        ([], 13, "protocol_version"),
        ({"protocol_version": 1}, 13, "a message is an object"),
        ({"protocol_version": 2, "message": {}}, 12, "install the same Reprise"),
        ({"protocol_version": "x" * 99, "message": {}}, 12, "install the same Reprise"),
        ({"protocol_version": 1, "message": {"kind": "sing"}}, 13, "no kind of message"),
        ({"protocol_version": 1, "message": {"kind": "status"}}, 13, "request_id"),
        ({"protocol_version": 1, "message": {"kind": "status", "request_id": 7}}, 13, "name, 1"),
    ],
)
def test_what_is_no_request_is_answered_with_a_sentence(
    office: Office, content: object, code: int, part: str
) -> None:
    office.leave(f"{CLIENT}-1.json", content)
    office.look()

    found, sentence = the_error(office.answers())
    assert found == code
    assert part in sentence
    assert office.names("in") == []


def test_a_bug_in_the_service_is_told_and_the_server_goes_on(office: Office) -> None:
    office.ask(1, engine="broken")
    office.ask(2)
    office.look()

    code, sentence = the_error(office.answers(1))
    assert code == 90
    assert "ZeroDivisionError" in sentence
    assert kinds(office.answers(2)) == ["result", "done"]


def test_a_request_that_is_half_written_is_waited_for(office: Office) -> None:
    plain = {"protocol_version": 1, "message": {**made_request(4), "request_id": 1}}
    whole = dumped(plain)
    office.leave(f"{CLIENT}-1.json", whole[:50])
    office.look()
    office.look()
    assert office.names("in") == [f"{CLIENT}-1.json"]

    office.leave(f"{CLIENT}-1.json", whole)
    office.look()

    assert kinds(office.answers()) == ["result", "done"]


def test_a_request_that_stays_half_written_is_answered_with_a_sentence(office: Office) -> None:
    office.leave(f"{CLIENT}-1.json", b'{"protocol_version":1,')
    office.look()
    assert office.names() == []
    office.look(3.0)

    code, sentence = the_error(office.answers())
    assert code == 13
    assert "rename" in sentence
    assert office.names("in") == []


def test_a_request_that_cannot_be_opened_is_waited_for(office: Office) -> None:
    office.ask()
    office.disk.unreadable = CLIENT
    office.look()
    assert office.names("in") == [f"{CLIENT}-1.json"]
    office.disk.unreadable = ""
    (office.directory / "in" / f"{CLIENT}-1.json").touch()
    os.utime(office.directory / "in" / f"{CLIENT}-1.json", (time.time() + 1, time.time() + 1))
    office.look()

    assert kinds(office.answers()) == ["result", "done"]


def test_a_request_of_too_many_bytes_is_refused(office: Office) -> None:
    office.leave(f"{CLIENT}-1.json", b" " * (8 * 1024 * 1024 + 1))
    office.look()

    code, sentence = the_error(office.answers())
    assert code == 11
    assert "8,388,608 bytes" in sentence


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "NaN", '{"protocol_version":NaN}', "9" * 5000, '"\ud800"', "\0"]
)
def test_hostile_json_is_refused(office: Office, text: str) -> None:
    office.leave(f"{CLIENT}-1.json", text.encode("utf-8", "surrogatepass"))
    office.look()
    office.look(3.0)

    assert the_error(office.answers())[0] == 13


def test_a_request_that_nobody_took_for_a_minute_is_thrown_away(office: Office) -> None:
    office.ask()
    office.look(61.0)

    assert office.handler.heard == []
    assert office.names("in") == []


def test_files_of_others_are_let_be_for_ten_minutes(office: Office) -> None:
    office.leave("notes.txt", b"mine")
    office.leave(f"{CLIENT}-1.json.tmp", b"{")
    (office.directory / "in" / "folder").mkdir()
    office.look()
    assert len(office.names("in")) == 3
    office.look(601.0)

    assert office.names("in") == ["folder"]


def test_so_many_files_of_others_that_requests_are_not_seen_go_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprise.transports.mailbox_folder.MAX_WAITING_FILES", 8)
    for number in range(40):
        office.leave(f"{number}.txt", b"")
    office.look(1.0)
    assert len(office.names("in")) == 40
    office.look(2.0)
    for _ in range(5):
        office.look()

    assert len(office.names("in")) < 4


@given(noise=st.binary(max_size=60), name=st.sampled_from([f"{CLIENT}-1.json", "x-1.cancel.json"]))
def test_no_file_ends_the_server(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, name: str
) -> None:
    office = Office(tmp_path_factory.mktemp("noise"))
    office.look()
    office.leave(name, noise)
    office.look(3.0)
    office.ask(2)
    office.look()

    assert kinds(office.answers(2)) == ["result", "done"]
    office.server.close()


# ---------------------------------------------------------------- disks


def test_answers_that_a_full_disk_does_not_take_come_when_there_is_room(office: Office) -> None:
    office.ask()
    office.disk.is_full = True
    office.look()
    assert office.names() == []
    office.disk.is_full = False
    office.look(1.0)

    assert kinds(office.answers()) == ["result", "done"]


def test_a_full_disk_is_noted_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.disk.is_full = True
    for _ in range(3):
        office.look(5.0)

    assert sum("cannot be written" in record.message for record in caplog.records) == 1


def test_a_reader_in_the_way_of_one_hello_is_nothing_to_note(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.disk.is_full = True
    office.look(5.0)
    office.disk.is_full = False
    office.look(5.0)

    assert office.hello()["beat"] == 3
    assert caplog.records == []


def test_what_cannot_be_thrown_away_is_met_again(office: Office) -> None:
    office.ask()
    office.look()
    office.disk.is_stuck = True
    office.look(601.0)
    assert len(office.names()) == 2
    office.disk.is_stuck = False
    office.look(31.0)

    assert office.names() == []


def test_answers_wait_for_a_full_disk_no_longer_than_anybody_would(office: Office) -> None:
    office.ask()
    office.disk.is_full = True
    office.look()
    office.look(1.0)
    office.look(601.0)
    office.disk.is_full = False
    office.look(1.0)

    assert office.answers() == []
    assert office.server.pause() != BUSY_S


def test_what_waits_for_the_disk_is_bounded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_outbox, "MAX_PENDING_BYTES", 1000)
    office.ask(engine="slow")
    office.look()
    office.disk.is_full = True
    for _ in range(10):
        office.handler.sends[1](result(1))
    office.disk.is_full = False
    office.look(1.0)

    code, sentence = the_error(office.answers())
    assert code == 50
    assert "make room" in sentence


def test_a_request_that_cannot_be_taken_away_is_heard_once(office: Office) -> None:
    office.ask()
    office.disk.is_stuck = True
    office.look()
    office.look()
    assert len(office.handler.heard) == 1
    assert office.names("in") == [f"{CLIENT}-1.json"]


def test_previews_are_left_out_where_nobody_reads_them(office: Office) -> None:
    office.ask(engine="slow")
    office.look()
    send = office.handler.sends[1]
    for _ in range(50):
        send(m.Progress(request_id=1, fraction=0.5))
    send(result(1))
    send(m.Done(request_id=1, count=1, total_ms=1))

    found = kinds(office.answers())
    assert found[-2:] == ["result", "done"]
    assert found.count("progress") == 16


def test_previews_go_on_where_they_are_read(office: Office) -> None:
    office.ask(engine="slow")
    office.look()
    for number in range(50):
        office.handler.sends[1](m.Progress(request_id=1, fraction=0.5))
        assert office.names() == [f"{CLIENT}-1.{number}.json"]
        (office.directory / "out" / f"{CLIENT}-1.{number}.json").unlink()


def test_answers_that_nobody_fetched_are_thrown_away_after_ten_minutes(office: Office) -> None:
    office.ask()
    office.look()
    office.look(300.0)
    assert len(office.names()) == 2
    office.look(301.0)

    assert office.names() == []


def test_the_oldest_of_too_many_answers_are_thrown_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprise.transports.mailbox_folder.MAX_WAITING_FILES", 4)
    for number in range(4):
        office.ask(number)
        office.look()
    changed = time.time() - 60
    for number in range(2):
        for path in (office.directory / "out").glob(f"{CLIENT}-{number}.*"):
            os.utime(path, (changed, changed))
    office.look(31.0)

    assert [name.split(".")[0] for name in office.names()] == [f"{CLIENT}-2"] * 2 + [
        f"{CLIENT}-3"
    ] * 2


# ---------------------------------------------------------------- folders


def test_a_mailbox_of_another_server_is_left_alone_until_that_one_ends(office: Office) -> None:
    other = Office(office.directory)
    other.look()
    office.ask()
    other.look()
    assert other.handler.heard == []
    assert other.server.served == ()

    office.server.close()
    other.look(6.0)

    assert kinds(other.answers()) == ["result", "done"]
    assert other.hello()["session"] != ""
    other.server.close()


def test_a_folder_that_cannot_be_made_keeps_no_other_from_being_served(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    office.places.insert(0, tmp_path / "file" / "Reprise")
    office.look(6.0)
    office.look(6.0)
    office.ask()
    office.look()

    assert kinds(office.answers()) == ["result", "done"]
    assert sum("cannot be used" in record.message for record in caplog.records) == 1


def test_a_mailbox_that_appears_later_is_served_within_seconds(
    office: Office, tmp_path: Path
) -> None:
    portable = tmp_path / "portable"
    office.places.append(portable)
    office.look(6.0)

    assert office.server.served == (office.directory, portable)
    assert office.told[-1] == (office.directory, portable)
    assert (portable / "hello.json").exists()


def test_a_folder_that_was_thrown_away_is_made_again(office: Office) -> None:
    for path in sorted(office.directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    office.look()
    assert not (office.directory / "in").exists()
    office.look(6.0)
    office.ask()
    office.look()

    assert kinds(office.answers()) == ["result", "done"]


def test_a_reaper_that_is_gone_gets_no_folder(office: Office) -> None:
    for path in sorted(office.directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    office.directory.rmdir()
    office.places = []
    office.look()
    office.look(6.0)

    assert not office.directory.exists()
    assert office.server.served == ()


def test_a_folder_that_cannot_be_listed_is_noted(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> list[Any]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(office.disk, "files", refuse)
    office.look()
    office.look()

    assert sum("cannot be read" in record.message for record in caplog.records) == 1


def test_a_mailbox_that_is_closed_before_it_was_claimed_stays_untouched(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.close()

    assert not mailbox.is_ours
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- with its thread, and the service


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + fake_engines.PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_thread_goes_on_after_a_bad_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "mailbox"
    calls: list[int] = []

    def find() -> list[Path]:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError
        return [directory]

    chance = random.Random(1)
    clock = iter(range(0, 10**9, 10))
    caplog.set_level(logging.CRITICAL)
    with MailboxServer(EchoHandler(), find, clock=lambda: next(clock) + chance.random()) as server:
        wait_until((directory / "hello.json").exists)

    assert server.served == ()


def test_the_service_answers_through_a_mailbox(tmp_path: Path) -> None:
    directory = tmp_path / "mailbox"
    service = fake_engines.service(tmp_path)
    with MailboxServer(service, lambda: [directory]):
        wait_until((directory / "hello.json").exists)
        plain = {**made_request(2000), "request_id": 1}
        fresh = directory / "in" / "A-1.tmp"
        fresh.write_bytes(dumped({"protocol_version": 1, "message": plain}))
        fresh.rename(directory / "in" / "A-1.json")

        def is_done() -> bool:
            return any(b'"done"' in path.read_bytes() for path in directory.glob("out/A-1.*.json"))

        wait_until(is_done)
    service.close()

    found = [json.loads(path.read_bytes()) for path in directory.glob("out/A-1.*.json")]
    parts = [answer for answer in found if answer["kind"] == "part"]
    notes = sum(len(each["notes"]) // 4 for part in parts for each in part["slices"])
    assert notes == 2000
    assert len(parts) == 3
