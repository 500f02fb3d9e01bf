"""REAPER's side of the mailbox: in folders that misbehave, and against the real server."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from lua_host import VERSIONS, LuaHost, from_lua
from reaper_server import ReaperServer, reaper_server
from reprise.music.note import Note
from reprise.service import messages as m
from reprise.service.plain import to_plain
from reprise.transports.mailbox_codec import decode, encode
from reprise.transports.osc_bench import made_request

Value = Any
NOW = 1_800_000_000
HELLO = {
    "protocol_version": 1,
    "server_version": "9.9.9",
    "session": "first",
    "beat": 1,
    "time": NOW,
    "period_s": 1,
    "engines": [],
    "command": ["python", "-m", "reprise.cli.main", "start"],
}
TUNE = {
    "kind": "vary",
    "engine": "markov",
    "count": 2,
    "source": {
        "length": 4.0,
        "voices": [
            {
                "name": "Lead",
                "notes": [
                    {"start": beat / 2, "pitch": 60 + beat % 5, "duration": 0.5}
                    for beat in range(8)
                ],
            }
        ],
    },
}
TOO_HIGH = {"start": 0, "pitch": 300, "duration": 1}
DONE = m.Done(request_id=1, count=1, total_ms=5)


@dataclass
class Folder:
    """A mailbox without a server, and a script that looks into it with a clock of its own."""

    directory: Path
    host: LuaHost
    now: float = 0.0
    tick_s: float = 0.0
    faults: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("in", "out"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        options = {
            "dir": str(self.directory),
            "guid": "{A-1}",
            "now": self.clock,
            "wall": lambda: NOW,
            **self.faults,
        }
        self.box = self.host.require("mailbox").new(self.host.table(options))
        self.say_hello()

    def clock(self) -> float:
        self.now += self.tick_s
        return self.now

    def say_hello(self, **changes: Value) -> None:
        self.write("hello.json", json.dumps({**HELLO, **changes}))

    def write(self, name: str, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        (self.directory / name).write_bytes(data)

    def answer(self, *messages: m.Message, part_notes: int = 800) -> None:
        files = [data for message in messages for data in encode(message, part_notes)]
        for number, data in enumerate(files):
            self.write(f"out/A-1-1.{number}.json", data)

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.directory / folder).iterdir())

    def ask(self, plain: dict[str, Value] | None = None) -> Value:
        return self.box.ask(self.box, self.host.to_lua(plain or TUNE))

    def handle(self, plain: dict[str, Value] | None = None) -> Value:
        found = self.ask(plain)
        assert not isinstance(found, tuple), found
        return found

    def health(self) -> tuple[str, str]:
        state, sentence, *_ = self.box.health(self.box)
        return state, sentence


def polled(handle: Value) -> list[Value]:
    return list(handle.poll(handle).values())


def all_of(handle: Value, pause_s: float = 0.0, limit_s: float = 60.0) -> list[Value]:
    """Poll until the end; the limit is for a server that hangs."""
    found, end = [], time.monotonic() + limit_s
    while not handle.finished:
        assert time.monotonic() < end, "no end came"
        found += polled(handle)
        time.sleep(pause_s)
    return found


def the_error(messages: list[Value]) -> tuple[int, str]:
    (message,) = messages
    assert message.kind == "error"
    return message.code, message.sentence


@pytest.fixture
def folder(tmp_path: Path, host: LuaHost) -> Folder:
    return Folder(tmp_path / "Größe", host)


# ---------------------------------------------------------------- what goes over it


def full(plain: Value) -> Value:
    """Return the plain form with every field of every note."""
    if isinstance(plain, dict):
        if {"start", "pitch", "duration"} <= plain.keys():
            return {one.name: plain.get(one.name, one.default) for one in fields(Note)}
        return {key: full(value) for key, value in plain.items()}
    return [full(item) for item in plain] if isinstance(plain, list) else plain


requests = st.one_of(
    *(
        strategy
        for kind, strategy in strategies.client_messages.items()
        if issubclass(kind, m.Request | m.HistoryRequest | m.StatusRequest)
    )
)


@pytest.fixture(scope="module")
def shared_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[[], Folder]]:
    directory = tmp_path_factory.mktemp("mailbox")
    hosts = {version: LuaHost(version) for version in VERSIONS}

    def fresh(version: str) -> Folder:
        for path in [*directory.glob("in/*"), *directory.glob("out/*")]:
            path.unlink()
        return Folder(directory, hosts[version])

    return {version: partial(fresh, version) for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
@given(message=requests)
def test_what_a_script_asks_reaches_the_server_unchanged(
    shared_folders: dict[str, Callable[[], Folder]], version: str, message: m.Message
) -> None:
    folder = shared_folders[version]()
    asked = replace(message, request_id=1)  # type: ignore[call-arg]
    plain = {name: value for name, value in to_plain(asked).items() if name != "request_id"}

    folder.handle(plain)

    assert decode((folder.directory / "in" / "A-1-1.json").read_bytes()) == asked


@pytest.mark.parametrize("version", VERSIONS)
@given(
    message=st.one_of(*strategies.server_messages.values()),
    part_notes=st.integers(1, 12),
)
def test_what_the_server_says_reaches_the_script_unchanged(
    shared_folders: dict[str, Callable[[], Folder]],
    version: str,
    message: m.Message,
    part_notes: int,
) -> None:
    folder = shared_folders[version]()
    handle = folder.handle()
    folder.answer(message, DONE, part_notes=part_notes)

    first, *_ = all_of(handle)

    plain = full(to_plain(message))
    assert from_lua(first, plain) == plain
    assert not folder.names("out") or handle.finished


def test_requests_are_numbered_and_named_by_the_run_of_the_script(folder: Folder) -> None:
    folder.handle()
    folder.handle({"kind": "status"})

    assert folder.names("in") == ["A-1-1.json", "A-1-2.json"]


def test_a_hello_carries_no_request_id(folder: Folder) -> None:
    folder.handle({"kind": "hello", "client": "reaper 7.1"})

    message = decode((folder.directory / "in" / "A-1-1.json").read_bytes())
    assert message == m.Hello(client="reaper 7.1")


# ---------------------------------------------------------------- is a server there


def test_a_server_that_runs_is_well(folder: Folder) -> None:
    assert folder.health() == ("running", "Reprise 9.9.9 is running.")


@pytest.mark.parametrize(
    ("hello", "state", "part"),
    [
        (None, "missing", "is not running"),
        ('{"protocol_version":1,"beat":', "missing", "is not running"),
        ("[1,2]", "missing", "is not running"),
        ('{"beat":"x"}', "missing", "is not running"),
        (json.dumps({**HELLO, "time": NOW - 6}), "stale", "for 6 seconds"),
        (json.dumps({**HELLO, "time": NOW + 600}), "stale", "for 600 seconds"),
        (json.dumps({**HELLO, "protocol_version": 2}), "version", "Install the same Reprise"),
        (b"\0" * 2_000_000, "missing", "is not running"),
    ],
    ids=["gone", "half", "list", "beat", "stale", "future", "version", "huge"],
)
def test_no_request_is_left_where_nobody_would_answer(
    folder: Folder, hello: str | bytes | None, state: str, part: str
) -> None:
    (folder.directory / "hello.json").unlink()
    if hello is not None:
        folder.write("hello.json", hello)

    found, sentence = folder.ask()

    assert folder.health()[0] == state
    assert found is None
    assert part in sentence
    assert folder.names("in") == []


def test_a_slow_heart_is_given_its_time(folder: Folder) -> None:
    folder.say_hello(period_s=5, time=NOW - 16)

    assert folder.health()[0] == "running"


# ---------------------------------------------------------------- disks that are full or closed


class FailingFile:
    """An open file on a disk that is full."""

    def __init__(self, path: Path, closes: Value) -> None:
        self._path = path
        self._closes = closes
        path.write_bytes(b"")

    def write(self, *_: Value) -> Value:
        return (None, "No space left on device") if self._closes is True else True

    def close(self, *_: Value) -> Value:
        return self._closes


def write_with(folder: Folder, opened: Callable[[str], Value]) -> None:
    """Let the script write its files through something else; it reads them as ever."""
    real = folder.box.open
    folder.box.open = lambda path, mode: opened(path) if mode == "wb" else real(path, mode)


def read_only(path: str) -> Value:
    return None, f"{path}: Read-only file system"


def test_a_closed_folder_gives_a_sentence(tmp_path: Path, host: LuaHost) -> None:
    folder = Folder(tmp_path, host)
    write_with(folder, read_only)

    found, sentence = folder.ask()

    assert found is None
    assert "Read-only file system" in sentence
    assert "folder read-only?" in sentence
    assert folder.names("in") == []


@pytest.mark.parametrize("closes", [True, (None, "No space left on device")])
def test_a_full_disk_gives_a_sentence_and_leaves_nothing(
    tmp_path: Path, host: LuaHost, closes: Value
) -> None:
    folder = Folder(tmp_path, host)
    write_with(folder, lambda path: FailingFile(Path(path), closes))

    found, sentence = folder.ask()

    assert found is None
    assert "No space left on device" in sentence
    assert folder.names("in") == []


def test_a_disk_that_fills_up_on_the_way_gives_a_sentence(tmp_path: Path, host: LuaHost) -> None:
    folder = Folder(tmp_path, host, tick_s=0.01)
    written = []

    class Filling(FailingFile):
        def write(self, *_: Value) -> Value:
            written.append(1)
            return True if len(written) < 5 else (None, "No space left on device")

    write_with(folder, lambda path: Filling(Path(path), closes=True))

    code, sentence = the_error(all_of(folder.handle(made_request(2000))))

    assert code == 50
    assert "No space left" in sentence
    assert folder.names("in") == []


def test_a_request_that_cannot_be_renamed_gives_a_sentence(tmp_path: Path, host: LuaHost) -> None:
    folder = Folder(tmp_path, host, faults={"rename": lambda *_: (None, "Permission denied")})

    found, sentence = folder.ask()

    assert found is None
    assert "Permission denied" in sentence
    assert folder.names("in") == []


@pytest.mark.parametrize("notes", [[{"start": "soon"}], [{"start": float("nan")}]])
def test_notes_that_are_none_are_refused_before_anything_is_sent(
    folder: Folder, notes: list[Value]
) -> None:
    found, sentence = folder.ask({"kind": "vary", "source": {"voices": [{"notes": notes}]}})

    assert found is None
    assert "number" in sentence
    assert folder.names("in") == []


# ---------------------------------------------------------------- answers that are late or broken


def test_an_answer_that_is_half_written_is_waited_for(folder: Folder) -> None:
    handle = folder.handle()
    folder.write("out/A-1-1.0.json", encode(DONE)[0][:20])
    assert polled(handle) == []

    folder.now += 1.0
    folder.answer(DONE)

    assert [message.kind for message in polled(handle)] == ["done"]


@pytest.mark.parametrize(
    "broken",
    [
        '{"kind":"done"',
        "[]",
        '{"kind":5}',
        '{"kind":"result","new_notes":5}',
        '{"kind":"result","new_notes":[[4,0,60,1]]}',
        '{"kind":"result","new_notes":[["x"]]}',
        '{"kind":"result","new_notes":[[4,"0",60,1,100]]}',
        '{"kind":"result","new_notes":[[12,0,60,1]]}',
        '{"kind":"history_reply","score":{"voices":[{"notes":[3,1,1,1]}]}}',
        '{"kind":"part","slices":[{"path":["new_notes",0]}]}',
        '{"kind":"part","slices":[5]}',
        '{"kind":"part","slices":5}',
        "x" * 1_200_000,
    ],
)
def test_an_answer_that_stays_broken_ends_the_request_with_a_sentence(
    folder: Folder, broken: str
) -> None:
    handle = folder.handle()
    folder.write("out/A-1-1.0.json", broken)
    assert polled(handle) == []
    folder.now += 2.5

    code, sentence = the_error(polled(handle))

    assert code == 13
    assert "cannot be read" in sentence
    assert folder.names("out") == []
    assert "A-1-1.cancel.json" in folder.names("in")
    assert polled(handle) == []


def test_a_part_of_nothing_ends_the_request_with_a_sentence(folder: Folder) -> None:
    handle = folder.handle()
    slices = [{"path": ["new_notes", 3, "x"], "notes": [4, 0, 60, 1, 100]}]
    folder.write("out/A-1-1.0.json", json.dumps({"kind": "part", "slices": slices}))
    folder.write("out/A-1-1.1.json", encode(DONE)[0])
    assert polled(handle) == []
    folder.now += 2.5

    code, sentence = the_error(polled(handle))

    assert code == 13
    assert "belongs to nothing" in sentence


def test_more_than_can_be_held_ends_the_request(folder: Folder) -> None:
    handle = folder.handle()
    slices = [{"path": ["kept"], "items": [0] * 200_000}]
    for number in range(3):
        part = json.dumps({"kind": "part", "slices": slices}, separators=(",", ":"))
        folder.write(f"out/A-1-1.{number}.json", part)
    polled(handle)
    folder.now += 2.5

    code, sentence = the_error(polled(handle))

    assert code == 13
    assert "too large" in sentence


def test_an_error_after_parts_is_heard(folder: Folder) -> None:
    handle = folder.handle()
    slices = [{"path": ["kept"], "items": [1, 2]}]
    folder.write("out/A-1-1.0.json", json.dumps({"kind": "part", "slices": slices}))
    error = m.ErrorReply(request_id=1, code=32, sentence="the time was up")
    folder.write("out/A-1-1.1.json", encode(error)[0])

    assert the_error(polled(handle)) == (32, "the time was up")


# ---------------------------------------------------------------- a server that goes


def test_a_restarted_server_ends_the_request_with_a_sentence(folder: Folder) -> None:
    handle = folder.handle()
    folder.say_hello(session="second")
    folder.now += 1.5

    code, sentence = the_error(polled(handle))

    assert code == 70
    assert "restarted" in sentence


def test_an_answer_that_is_there_already_counts_more_than_a_restart(folder: Folder) -> None:
    handle = folder.handle()
    folder.say_hello(session="second")
    folder.answer(DONE)
    folder.now += 1.5

    assert [message.kind for message in polled(handle)] == ["done"]


def test_a_stopped_server_ends_the_request_with_a_sentence(folder: Folder) -> None:
    handle = folder.handle()
    (folder.directory / "hello.json").unlink()
    folder.now += 1.5
    assert polled(handle) == []
    folder.now += 2.5

    code, sentence = the_error(polled(handle))

    assert code == 73
    assert "Start it and ask again" in sentence


def test_a_server_whose_heart_stands_still_ends_the_request(folder: Folder) -> None:
    handle = folder.handle()
    for _ in range(9):
        folder.now += 1.1
        assert polled(handle) == []
    folder.now += 1.1

    assert the_error(polled(handle))[0] == 73


def test_a_dialog_that_stops_the_script_for_minutes_loses_nothing(folder: Folder) -> None:
    handle = folder.handle()
    folder.now += 180.0
    folder.say_hello(beat=181)
    assert polled(handle) == []

    folder.now += 180.0
    (folder.directory / "hello.json").unlink()
    assert polled(handle) == []
    folder.now += 0.5
    folder.say_hello(beat=362)
    folder.answer(DONE)

    assert [message.kind for message in polled(handle)] == ["done"]


def test_an_answer_that_was_thrown_away_is_not_waited_for_for_ever(folder: Folder) -> None:
    handle = folder.handle()
    folder.now += 601.0
    folder.say_hello(beat=600)

    code, sentence = the_error(polled(handle))

    assert code == 50
    assert "ten minutes" in sentence


# ---------------------------------------------------------------- cancel


def test_a_cancelled_request_ends_with_one_error_whatever_comes(folder: Folder) -> None:
    handle = folder.handle()
    handle.cancel(handle)
    handle.cancel(handle)
    bar = m.Bar(request_id=1, index=0, bar=0, new_notes=((),))
    folder.answer(m.Progress(request_id=1, fraction=0.5), bar, DONE)

    code, sentence = the_error(polled(handle))

    assert code == 30
    assert "cancelled" in sentence
    assert folder.names("in") == ["A-1-1.cancel.json", "A-1-1.json"]
    assert folder.names("out") == []
    handle.cancel(handle)


def test_a_request_that_is_not_yet_sent_can_be_cancelled(folder: Folder) -> None:
    folder.tick_s = 0.01
    handle = folder.handle(made_request(2000))
    assert not handle.is_sent
    assert folder.names("in") == ["A-1-1.tmp"]

    handle.cancel(handle)

    assert folder.names("in") == []
    assert the_error(polled(handle))[0] == 30
    assert folder.names("in") == []


def test_a_cancel_that_cannot_be_written_still_ends(folder: Folder) -> None:
    handle = folder.handle()
    write_with(folder, read_only)
    handle.cancel(handle)
    folder.now += 11.0

    assert the_error(polled(handle))[0] == 30


# ---------------------------------------------------------------- never long in one call


def test_a_large_request_is_written_over_many_polls(folder: Folder) -> None:
    folder.tick_s = 0.003
    asked = made_request(5000)
    handle = folder.handle(asked)
    polls = 0
    while not handle.is_sent:
        assert folder.names("in") == ["A-1-1.tmp"]
        assert polled(handle) == []
        polls += 1

    message = decode((folder.directory / "in" / "A-1-1.json").read_bytes())

    assert polls > 5
    assert isinstance(message, m.Vary)
    assert len(message.source.voices[0].notes) == 5000


def test_a_large_answer_is_read_over_many_polls(folder: Folder) -> None:
    handle = folder.handle()
    notes = tuple(Note(0.1 * place, 60, 0.1) for place in range(5000))
    result = m.Result(
        request_id=1,
        index=0,
        count=1,
        result_id="7F3K2M",
        length=500.0,
        kept=tuple(range(5000)),
        new_notes=((), notes),
        seed=1,
        engine="markov",
    )
    folder.answer(result, DONE)
    folder.tick_s = 0.005
    polls = [len(polled(handle)) for _ in range(20)]

    assert sum(polls) == 2
    assert polls.index(1) > 5


def test_at_most_eight_files_are_read_in_one_poll(folder: Folder) -> None:
    handle = folder.handle()
    folder.answer(*(m.Progress(request_id=1, fraction=0.0) for _ in range(20)), DONE)

    assert [len(polled(handle)) for _ in range(4)] == [8, 8, 5, 0]


# ---------------------------------------------------------------- the real server


@pytest.fixture
def box(server: ReaperServer, host: LuaHost) -> Value:
    return box_at(server, host)


def box_at(server: ReaperServer, host: LuaHost) -> Value:
    options = {
        "dir": str(server.mailbox),
        "guid": f"{{{uuid.uuid4()}}}",
        "now": time.perf_counter,
    }
    return host.require("mailbox").new(host.table(options))


@pytest.fixture
def ask(box: Value, host: LuaHost) -> Callable[[dict[str, Value]], Value]:
    def asked(plain: dict[str, Value]) -> Value:
        found = box.ask(box, host.to_lua(plain))
        assert not isinstance(found, tuple), found
        return found

    return asked


Ask = Callable[[dict[str, Value]], Value]


def test_a_clip_comes_back_varied(ask: Ask) -> None:
    messages = all_of(ask(TUNE), 0.01)

    results = [message for message in messages if message.kind == "result"]
    assert messages[-1].kind == "done"
    assert [result.index for result in results] == [0, 1]
    for result in results:
        notes = list(result.new_notes[1].values())
        assert len(notes) + len(result.kept) >= 4
        assert {note.velocity for note in notes} <= set(range(1, 128))


@pytest.mark.parametrize("note_count", [900, pytest.param(5000, marks=pytest.mark.slow)])
def test_a_very_large_clip_comes_back_varied(ask: Ask, note_count: int) -> None:
    plain = {**made_request(note_count), "engine": "markov", "request_id": None}

    messages = all_of(ask(plain), 1 / 30, limit_s=300.0)

    assert [message.kind for message in messages[-2:]] == ["result", "done"]
    assert len(messages[-2].new_notes[1]) > 0.9 * note_count


def test_progress_is_heard_on_the_way(ask: Ask) -> None:
    kinds = [message.kind for message in all_of(ask(TUNE), 0.01)]

    assert kinds[0] == "progress"
    assert kinds[-1] == "done"


def test_a_result_can_be_had_again_by_its_id(ask: Ask) -> None:
    result = next(message for message in all_of(ask(TUNE), 0.01) if message.kind == "result")

    (reply,) = all_of(
        ask({"kind": "history", "action": "get", "result_id": result.result_id}), 0.01
    )

    notes = list(reply.score.voices[1].notes.values())
    assert reply.entries[1].result_id == result.result_id
    assert len(notes) == len(result.kept) + len(result.new_notes[1])


def test_the_server_says_how_it_is_and_what_it_can_do(ask: Ask, box: Value) -> None:
    (status,) = all_of(ask({"kind": "status"}), 0.01)
    (welcome,) = all_of(ask({"kind": "hello", "client": "test"}), 0.01)
    _, _, hello = box.health(box)

    assert status.kind == "status_reply"
    names = [engine.name for engine in welcome.engines.values()]
    assert "markov" in names
    assert [engine.name for engine in hello.engines.values()] == names
    assert list(hello.command.values())[1:] == [
        "-m", "reprise.cli.main", "start", "--port", "0", "--reaper-dir", hello.command[8],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"engine": "nobody"}, "nobody"),
        ({"strength": 7}, "strength"),
        ({"kind": "sing"}, "no kind of message"),
        ({"surprise": 1}, "no key"),
        (
            {"source": {"length": 4, "voices": [{"name": "", "notes": [TOO_HIGH]}]}},
            "voices[0].notes[0]",
        ),
        ({"source": None}, "source"),
        ({"kind": "refill", "voices": [5]}, "voice"),
    ],
)
def test_what_cannot_be_asked_is_answered_with_a_sentence(
    ask: Ask, changes: dict[str, Value], part: str
) -> None:
    code, sentence = the_error(all_of(ask({**TUNE, **changes}), 0.01)[-1:])

    assert code in range(10, 30)
    assert part in sentence


def test_two_reapers_at_once_each_get_their_own(server: ReaperServer) -> None:
    hosts = [LuaHost("5.3"), LuaHost("5.4")]
    boxes = [box_at(server, host) for host in hosts]
    handles = []
    for seed, (host, box) in enumerate(zip(hosts, boxes)):
        handles.append(box.ask(box, host.to_lua({**TUNE, "seed": seed, "count": 1})))

    seeds = [
        [message.seed for message in all_of(handle, 0.01) if message.kind == "result"]
        for handle in handles
    ]

    assert seeds == [[0], [1]]


def test_a_newer_request_of_the_same_run_stops_the_older(ask: Ask) -> None:
    older = ask({**made_request(1500), "engine": "markov", "request_id": None})
    while not older.is_sent:
        polled(older)
    newer = ask(TUNE)

    code, sentence = the_error(all_of(older, 0.01)[-1:])

    assert code == 30
    assert "newer request" in sentence
    assert all_of(newer, 0.01)[-1].kind == "done"


def test_a_running_request_is_cancelled(ask: Ask) -> None:
    handle = ask({**made_request(1500), "engine": "markov", "request_id": None})
    while not handle.is_sent:
        polled(handle)
    time.sleep(0.05)
    handle.cancel(handle)

    code, _ = the_error(all_of(handle, 0.01))

    assert code == 30


def test_a_server_that_stops_ends_what_it_was_asked_and_can_be_started_again(
    tmp_path: Path, host: LuaHost
) -> None:
    with reaper_server(tmp_path / "Ålesund") as server:
        box = box_at(server, host)
        handle = box.ask(box, host.to_lua({**made_request(1500), "request_id": None}))
        while not handle.is_sent:
            polled(handle)
    code, sentence = the_error([all_of(handle, 0.01)[-1]])
    state, _ = box.health(box)
    with reaper_server(tmp_path / "Ålesund") as server:
        again = box.ask(box, host.to_lua(TUNE))
        messages = all_of(again, 0.01)

    assert code in (30, 73)
    assert sentence
    assert state == "missing"
    assert messages[-1].kind == "done"


def test_a_killed_server_is_noticed_and_the_next_one_takes_over(
    tmp_path: Path, host: LuaHost
) -> None:
    with reaper_server(tmp_path) as server:
        options = {
            "dir": str(server.mailbox),
            "guid": str(uuid.uuid4()),
            # Twenty seconds pass in one, so that the heart stands still before the test does.
            "now": lambda: 20.0 * time.perf_counter(),
        }
        box = host.require("mailbox").new(host.table(options))
        handle = box.ask(box, host.to_lua({**made_request(2000), "request_id": None}))
        while not handle.is_sent:
            polled(handle)
        os.kill(server.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        code, sentence = the_error(all_of(handle, 0.01)[-1:])
        box.wall = lambda: time.time() + 60.0
        state, _, _ = box.health(box)
    with reaper_server(tmp_path) as server:
        again = box_at(server, host)
        messages = all_of(again.ask(again, host.to_lua(TUNE)), 0.01)

    assert code == 73
    assert "stopped" in sentence
    assert state == "stale"
    assert messages[-1].kind == "done"


def test_builders_make_the_same_music_for_both_sides(ask: Ask) -> None:
    source = to_plain(m.Vary(request_id=0, source=builders.score(builders.melody())))["source"]

    messages = all_of(ask({"kind": "vary", "engine": "markov", "source": source}), 0.01)

    assert messages[-1].count == 4
