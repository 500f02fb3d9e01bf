"""The demo as a newcomer meets it: one command, files that others read, a page, nothing left."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import mido
import pytest

from reprise.cli.checks import port_is_free
from reprise.music import smf

ONLY_LOOPBACK = """
import socket, sys
def guard(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise PermissionError(f"this test forbids {event} to {address}")
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "127.0.0.1", "localhost"):
        raise PermissionError(f"this test forbids looking up {arguments[0]}")
sys.addaudithook(guard)
"""


def run_demo(folder: Path, *flags: str) -> dict[str, object]:
    command = [sys.executable, "-m", "reprise.cli.main", "demo", "-o", str(folder), "--json"]
    outcome = subprocess.run(
        [*command, *flags],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert outcome.returncode == 0, outcome.stderr
    found: dict[str, object] = json.loads(outcome.stdout)
    return found


@pytest.fixture
def only_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forbid every socket beyond loopback in this test's child processes and theirs."""
    folder = tmp_path / "guard"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(ONLY_LOOPBACK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder


def test_the_guard_of_this_test_forbids_what_it_should(only_loopback: Path) -> None:
    assert only_loopback.is_dir()
    code = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('127.0.0.1', 9)); print('loopback')\n"
        "s.sendto(b'x', ('192.0.2.1', 9)); print('beyond')"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert outcome.stdout == "loopback\n"
    assert "forbids socket.sendto" in outcome.stderr


def test_the_demo_works_with_every_socket_beyond_loopback_forbidden(
    state: Path, only_loopback: Path, tmp_path: Path
) -> None:
    assert only_loopback.is_dir()
    found = run_demo(tmp_path / "out")
    files = found["files"]
    assert isinstance(files, list)
    assert len(files) >= 6
    assert state.is_dir()


def test_the_demo_writes_music_that_other_software_reads_and_a_page(
    state: Path, tmp_path: Path
) -> None:
    assert not state.exists()
    folder = tmp_path / "Démo für dich"
    found = run_demo(folder, "--wav")
    files = sorted(folder.glob("*.mid"))
    assert len(files) >= 6
    for file in files:
        assert sum(message.type == "note_on" for message in mido.MidiFile(file)) > 0
        assert smf.read(file).note_count > 0
        assert file.with_suffix(".wav").stat().st_size > 100_000
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{file.name}"' in page for file in files)
    parser = HTMLParser()
    parser.feed(page)
    parser.close()
    assert 'class="new"' in page
    assert found["page"] == str(folder / "index.html")


def test_the_demo_asks_for_what_it_promises(state: Path, tmp_path: Path) -> None:
    assert not state.exists()
    found = run_demo(tmp_path / "out")
    requests = found["requests"]
    assert isinstance(requests, list)
    answers = {(one["request"], one["piece"]): one["answers"] for one in requests}
    assert answers["vary", "Ode to Joy"] == 4
    assert answers["refill", "Old Hundredth"] == 1
    assert answers["continue", "Old Hundredth"] == 1
    assert {one["engine"] for one in requests if one["piece"] == "Old Hundredth"} == {"chorale"}
    before = smf.read(tmp_path / "out" / "old_hundredth.mid")
    after = smf.read(tmp_path / "out" / "old-hundredth-eight-bars-more.mid")
    assert after.length == before.length + 32.0
    alto = smf.read(tmp_path / "out" / "old-hundredth-a-new-alto.mid").score()
    original = before.score()
    changed = [
        voice.name
        for voice, other in zip(original.voices, alto.voices)
        if voice.notes != other.notes
    ]
    assert changed == ["Alto"]


def test_the_demo_leaves_no_server_running(state: Path, tmp_path: Path) -> None:
    found = run_demo(tmp_path / "out")
    port = found["port"]
    assert isinstance(port, int)
    assert port_is_free(port)
    assert not (state / "server.json").exists()


def test_the_answers_of_the_demo_are_in_the_history(state: Path, tmp_path: Path) -> None:
    assert not state.exists()
    found = run_demo(tmp_path / "out")
    requests = found["requests"]
    assert isinstance(requests, list)
    wanted = requests[0]["ids"][0]
    words = ["history", "get", wanted, "-o", str(tmp_path / "again.mid")]
    subprocess.run(
        [sys.executable, "-m", "reprise.cli.main", *words], check=True, timeout=60, text=True
    )
    again = smf.read(tmp_path / "again.mid").score()
    written = smf.read(tmp_path / "out" / "old-hundredth-a-new-alto.mid").score()
    assert [
        [(note.start, note.pitch, note.duration) for note in voice.notes] for voice in again.voices
    ] == [
        [(note.start, note.pitch, note.duration) for note in voice.notes]
        for voice in written.voices
    ]
