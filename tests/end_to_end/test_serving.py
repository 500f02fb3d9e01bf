"""Promises that need real processes: kills, restarts, one server, the same notes twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

import builders
from reprise.cli.instance import find_running
from reprise.cli.own_server import OwnServer, own_server
from reprise.client import Client
from reprise.errors import ServerError
from reprise.music.smf_write import write_score
from reprise.service.history import FILE_NAME, History
from reprise.service.messages import Vary
from reprise.service.plain import to_plain
from reprise.transports.mailbox_places import mailbox_of, read_hello

PATIENCE_S = 30.0


def run(*words: str | Path, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    command = [sys.executable, "-m", "reprise.cli.main", *map(str, words), "--json"]
    outcome = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120
    )
    assert outcome.returncode in codes, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def request(seed: int, bars: int = 4) -> dict[str, Any]:
    source = builders.chorale(bars)
    asked = Vary(request_id=0, source=source, count=2, seed=seed, engine="markov")
    plain = to_plain(asked)
    del plain["request_id"]
    return plain


def kill(pid: int) -> None:
    """End a process as a power cut would, without a word to it."""
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_the_same_request_and_seed_give_the_same_notes_in_two_processes(
    state: Path, tmp_path: Path
) -> None:
    assert not state.exists()
    path = tmp_path / "clip.mid"
    path.write_bytes(write_score(builders.chorale()))
    for verb in ("vary", "refill", "continue", "redo"):
        first, second = (
            run(verb, path, "-o", tmp_path / name, "--seed", "11", "--count", "2")["files"]
            for name in ("one", "two")
        )
        assert [Path(file).read_bytes() for file in first] == [
            Path(file).read_bytes() for file in second
        ]


def test_start_status_and_stop_work_together(state: Path) -> None:
    started = run("start")
    try:
        assert run("status")["pid"] == started["pid"]
        (ports,) = [one for one in run("doctor", codes=(0, 1))["checks"] if one["name"] == "ports"]
        assert f"{started['port']} taken by Reprise" in ports["finding"]
        refused = run("start", codes=(1,))
        assert refused["error"]["code"] == 72
        assert str(started["pid"]) in refused["error"]["sentence"]
        assert run("serve", codes=(1,))["error"]["code"] == 72
    finally:
        stopped = run("stop")
    assert stopped["pid"] == started["pid"]
    assert run("status", codes=(1,)) == {"running": False}
    assert run("stop", codes=(1,))["error"]["code"] == 73
    assert (state / "server.log").exists()


def test_a_portable_reaper_is_served_shown_and_left(state: Path, tmp_path: Path) -> None:
    resource_folder = (tmp_path / "Stick Zoë" / "REAPER").resolve()
    resource_folder.mkdir(parents=True)
    told = Path.home() / ".reprise" / "mailboxes" / "stick.json"
    told.parent.mkdir(parents=True)
    told.write_text(json.dumps({"resource_dir": str(resource_folder)}), encoding="utf-8")
    mailbox = mailbox_of(resource_folder)
    started = run("start")
    try:
        wait_for(lambda: read_hello(mailbox) is not None)
        hello = read_hello(mailbox)
        assert hello is not None
        assert hello["pid"] == started["pid"]
        assert run("status")["mailboxes"] == [str(mailbox)]
        checks = run("doctor", codes=(0, 1))["checks"]
        assert f"served at {mailbox}" in [check["finding"] for check in checks]
    finally:
        run("stop")
    assert read_hello(mailbox) is None
    assert state.exists()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no Ctrl-C to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_in_the_foreground_ends_well_when_it_is_told_to(
    state: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "reprise.cli.main", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with Client("asker", (port,)) as client:
            assert client.connect(10.0)["engines"]
        running = find_running(state)
        process.send_signal(number)
        rest, words = process.communicate(timeout=30)
    assert (process.returncode, rest, words) == (0, "", "")
    assert running is not None
    assert running.port == port
    assert find_running(state) is None


def test_a_server_of_ones_own_ends_with_its_owner(state: Path) -> None:
    assert not state.exists()
    code = (
        "import os, sys; from reprise.cli.own_server import own_server\n"
        "with own_server() as server:\n"
        "    print(server.port, flush=True); os._exit(9)"
    )
    owner = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    # The pipe of its output closes when the last process that holds it has ended: the server.
    assert owner.returncode == 9
    assert int(owner.stdout) > 0


def test_a_server_that_does_not_start_says_why(state: Path) -> None:
    state.parent.joinpath("reprise.toml").write_text("colour = 3", encoding="utf-8")
    with (
        pytest.raises(ServerError, match=r"'colour'.*is no setting"),
        own_server(["--config", str(state.parent / "reprise.toml")]),
    ):
        pass


@pytest.mark.parametrize(
    "size",
    [(12, 3), pytest.param((50, 10), marks=pytest.mark.slow)],
    ids=["12 requests, 3 kills", "50 requests, 10 kills"],
)
def test_a_kill_at_any_moment_loses_no_answer_that_a_client_has(
    state: Path, size: tuple[int, int]
) -> None:
    request_count, kill_count = size
    every = request_count // kill_count
    received: dict[str, dict[str, Any]] = {}
    with Restarting() as server, Client("survivor", (server.port,)) as client:
        for number in range(request_count):
            must_kill = number % every == every - 1
            # Every other kill comes before the first answer, the others right after it.
            moment = "progress" if number // every % 2 else "result"
            for message in messages_of(client, request(number, bars=16 if must_kill else 2)):
                if message["kind"] == "result":
                    received[message["result_id"]] = message
                if must_kill and message["kind"] == moment:
                    server.kill_and_restart()
                    must_kill = False
    assert server.kill_count == kill_count
    assert len(received) >= 2 * request_count
    check_history(state, received)


class Restarting:
    """A server on one port that can be killed and comes back there."""

    def __enter__(self) -> "Restarting":
        self.kill_count = 0
        with own_server() as passing:
            self.port = passing.port
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def kill_and_restart(self) -> None:
        kill(self._server.pid)
        self._stop()
        self._start()
        self.kill_count += 1

    def _start(self) -> None:
        self._stack = ExitStack()
        self._server = self._stack.enter_context(own_server(["--port", str(self.port)]))

    def _stop(self) -> None:
        self._stack.close()


def messages_of(client: Client, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what comes of a request until its last word, whatever happens to the server."""
    request_id = client.start(asked)
    while True:
        for message in client.poll(0.05):
            if message.get("request_id") == request_id:
                assert message["kind"] != "error", message
                yield message
                if message["kind"] == "done":
                    return


def check_history(state: Path, received: dict[str, dict[str, Any]]) -> None:
    with closing(sqlite3.connect(state / FILE_NAME)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    history = History(state, clock=lambda: 0.0)
    try:
        for result_id, message in received.items():
            saved = to_plain(history.get(result_id).result)
            assert saved["kept"] == message["kept"]
            assert [
                [(note["start"], note["pitch"], note["duration"]) for note in notes]
                for notes in saved["new_notes"]
            ] == [
                [(note["start"], note["pitch"], note["duration"]) for note in notes]
                for notes in message["new_notes"]
            ]
    finally:
        history.close()


def test_the_history_is_asked_over_the_wire_too(server: OwnServer) -> None:
    with Client("asker", (server.port,)) as client:
        answers = client.ask(request(seed=5))
        wanted = {"kind": "history", "action": "get", "result_id": answers[0]["result_id"]}
        (reply,) = client.ask(wanted)
        (entry,) = reply["entries"]
    assert entry["result_id"] == answers[0]["result_id"]
    kept, new = answers[0]["kept"], answers[0]["new_notes"]
    in_score = sum(len(voice["notes"]) for voice in reply["score"]["voices"])
    assert in_score == len(kept) + sum(map(len, new))


def test_nobody_else_is_told_of_a_server_beside(server: OwnServer, state: Path) -> None:
    assert server.port > 0
    assert find_running(state) is None
