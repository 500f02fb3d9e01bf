"""The demo as a newcomer meets it: one command, files that others read, a page, nothing left."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mido
import pytest

from reprise.cli.checks import port_is_free
from reprise.cli.show.pieces import ENSEMBLE
from reprise.cli.verbs.demo import NO_ENSEMBLE
from reprise.engines.registry import Registry
from reprise.music import smf
from reprise.music.smf import MidiDocument
from reprise.music.voice import Voice

STATE = "REPRISE_DATA_DIRECTORY"

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


def has_flagship() -> bool:
    return any(
        listing.info.name == ENSEMBLE and listing.info.model
        for listing in Registry.installed().infos()
    )


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


@dataclass(frozen=True)
class Played:
    """A demo that has been played: what it said, and where its files and its state are."""

    found: dict[str, object]
    folder: Path
    state: Path

    @property
    def requests(self) -> list[dict[str, Any]]:
        requests = self.found["requests"]
        assert isinstance(requests, list)
        return requests

    def file(self, stem: str) -> MidiDocument:
        return smf.read(self.folder / f"{stem}.mid")

    def changed(self, before: str, after: str) -> list[str]:
        """Names of the voices that an answer does not leave as they were."""
        pairs = zip(self.file(before).score().voices, self.file(after).score().voices)
        return [voice.name for voice, other in pairs if voice.notes != other.notes]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One demo for all tests that only look at what it left."""
    folder = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("REPRISE_")]:
            patch.delenv(name)
        patch.setenv(STATE, str(folder / "state"))
        found = run_demo(folder / "out")
    return Played(found, folder / "out", folder / "state")


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
    assert "<b>Drums, Bass, Chords, Lead</b>" in page
    assert found["page"] == str(folder / "index.html")


def test_the_demo_asks_for_what_it_promises(played: Played) -> None:
    answers = {(one["request"], one["piece"]): one["answers"] for one in played.requests}
    assert answers["vary", "Ode to Joy"] == 4
    assert answers["refill", "Old Hundredth"] == 1
    assert answers["continue", "Old Hundredth"] == 1
    hymn = [one for one in played.requests if one["piece"] == "Old Hundredth"]
    assert {one["engine"] for one in hymn} == {"chorale"}
    before, after = played.file("old_hundredth"), played.file("old-hundredth-eight-bars-more")
    assert after.length == before.length + 32.0
    assert played.changed("old_hundredth", "old-hundredth-a-new-alto") == ["Alto"]


def test_every_request_of_the_demo_is_answered(played: Played) -> None:
    assert [one for one in played.requests if not one["answers"]] == []


def test_the_demo_plays_with_a_band_and_says_who_answered(played: Played) -> None:
    band = [one for one in played.requests if one["piece"] in ("Back Room", "Night Bus")]
    assert {one["request"] for one in band} == {"vary", "refill", "continue", "accompany"}
    assert {one["engine"] for one in band} == {"ensemble" if has_flagship() else "markov"}
    assert all((NO_ENSEMBLE in one["warnings"]) != has_flagship() for one in band)


def test_the_demo_changes_no_part_that_it_was_not_asked_about(played: Played) -> None:
    assert played.changed("back_room", "back-room-lead-varied-1") == ["Lead"]
    assert played.changed("back_room", "back-room-new-chords") == ["Chords"]
    assert played.changed("back_room", "back-room-new-drums") == ["Drums"]
    assert played.changed("night_bus", "night-bus-with-a-bass") == []
    voices = played.file("night-bus-with-a-bass").score().voices
    assert [voice.name for voice in voices] == ["Drums", "Stabs", "Pluck", "Bass"]
    assert voices[-1].notes


def test_the_demo_leaves_no_server_running(played: Played) -> None:
    port = played.found["port"]
    assert isinstance(port, int)
    assert port_is_free(port)
    assert not (played.state / "server.json").exists()


def test_the_answers_of_the_demo_are_in_the_history(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE, str(played.state))
    wanted = next(one["ids"][0] for one in played.requests if one["piece"] == "Old Hundredth")
    words = ["history", "get", wanted, "-o", str(tmp_path / "again.mid")]
    subprocess.run(
        [sys.executable, "-m", "reprise.cli.main", *words], check=True, timeout=60, text=True
    )
    again = smf.read(tmp_path / "again.mid").score()
    written = played.file("old-hundredth-a-new-alto").score()
    assert [sounds(voice) for voice in again.voices] == [sounds(voice) for voice in written.voices]


def sounds(voice: Voice) -> list[tuple[float, int, float]]:
    return [(note.start, note.pitch, note.duration) for note in voice.notes]
