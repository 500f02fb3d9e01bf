"""Ardour 7 and JACK for tests: sessions, notes as Ardour keeps them, and what listens to a port.

Each of their processes lives in a home of the test's own and ends with it.
"""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .jack import (
    PATIENCE_S,
    PORT,
    DawError,
    connect,
    jack_ports,
    jack_server,
    playing,
    running,
    tail,
    wait_until,
)

LUA = Path(__file__).parent / "lua"
TICKS_PER_BEAT = 1920
SESSION = "session"
TRACK = "Theme"


@dataclass(frozen=True, order=True)
class DawNote:
    """A note as Ardour keeps it; times in ticks, 1,920 a beat."""

    start_ticks: int
    pitch: int
    length_ticks: int
    velocity: int
    channel: int


def missing_programs() -> list[str]:
    """Return what is not installed of all that these tests need."""
    programs = ("ardour7-lua", "jackd", "jack_lsp", "jack_connect", "taskset", "chrt")
    return [program for program in programs if shutil.which(program) is None]


class Ardour:
    """Ardour without a window, and the session that a test works on."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        home = folder / "home"
        (home / ".config").mkdir(parents=True)
        self.folder = folder / SESSION
        self.environment = {**os.environ, **environment, "HOME": str(home)}

    @property
    def state_file(self) -> Path:
        return self.folder / f"{SESSION}.ardour"

    def make_session(self) -> None:
        """Make a session with one MIDI track."""
        self.run_lua("new", TRACK)

    def notes(self) -> list[DawNote]:
        """Return the notes of the saved session as a fresh Ardour reads them, in its order."""
        lines = self.run_lua("notes").splitlines()
        return [_note(line) for line in lines if line.startswith("note\t")]

    def exchange(self, kept: Iterable[int], new_notes: Iterable[DawNote], answer: Path) -> None:
        """Let Ardour keep some of its notes by their number, take out the rest, and add others."""
        lines = [f"keep {place}" for place in kept]
        lines += [
            f"new {n.start_ticks} {n.length_ticks} {n.channel} {n.pitch} {n.velocity}"
            for n in new_notes
        ]
        answer.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.run_lua("exchange", answer)

    def run_lua(self, script: str, *words: str | Path) -> str:
        """Run one of our scripts in Ardour and return what it printed."""
        done = subprocess.run(
            self.lua_command(script, *words),
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE_S,
        )
        if done.returncode != 0 or "[ERROR]" in done.stderr:
            raise DawError(f"{script}.lua: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.stdout

    def lua_command(self, script: str, *words: str | Path) -> list[str]:
        parts = ("ardour7-lua", LUA / f"{script}.lua", self.folder, SESSION, *words)
        return [str(part) for part in parts]

    def import_midi(self, file: Path, length_beats: float) -> None:
        """Put a file on the track of the session, as the Import dialog does.

        Without a window Ardour has no import, so the session's own file is written.
        """
        (target,) = self.folder.glob("interchange/*/midifiles")
        shutil.copy(file, target / file.name)
        tree = ElementTree.parse(self.state_file)  # noqa: S314 - Ardour has just written it
        root = tree.getroot()
        source_id = int(root.get("id-counter", "0")) + 10
        root.set("id-counter", str(source_id + 100))
        ElementTree.SubElement(_child(root, "Sources"), "Source", _source(file.name, source_id))
        length_ticks = round(length_beats * TICKS_PER_BEAT)
        for parent, is_whole in ((_child(root, "Regions"), 1), (_playlist(root), 0)):
            region = _region(file.stem, source_id, source_id + 1 + is_whole, length_ticks)
            region["whole-file"] = str(is_whole)
            ElementTree.SubElement(parent, "Region", region)
        tree.write(self.state_file, encoding="UTF-8", xml_declaration=True)


def _child(root: ElementTree.Element, name: str) -> ElementTree.Element:
    found = root.find(name)
    assert found is not None
    return found


def _playlist(root: ElementTree.Element) -> ElementTree.Element:
    (found,) = [one for one in _child(root, "Playlists") if one.get("name") == TRACK]
    return found


def _source(name: str, number: int) -> dict[str, str]:
    return {
        "name": name,
        "type": "midi",
        "flags": "Writable,CanRename",
        "id": str(number),
        "natural-position": "b0",
        "take-id": "",
        "captured-for": "",
        "origin": "",
    }


def _region(name: str, source_id: int, region_id: int, length_ticks: int) -> dict[str, str]:
    is_never = ("muted", "locked", "video-locked", "automatic", "import", "external", "hidden")
    return {
        **dict.fromkeys(is_never, "0"),
        "name": name,
        "type": "midi",
        "id": str(region_id),
        "source-0": str(source_id),
        "master-source-0": str(source_id),
        "opaque": "1",
        "start": "b0",
        "length": f"b{length_ticks}@b0",
        "sync-position": "b0",
        "ancestral-start": "b0",
        "ancestral-length": "b0@b0",
        "stretch": "1",
        "shift": "1",
        "layering-index": "0",
        "first-edit": "nothing",
    }


def _note(line: str) -> DawNote:
    _, _, start, length, channel, pitch, velocity = line.split("\t")
    return DawNote(_ticks(start), int(pitch), _ticks(length), int(velocity), int(channel))


def _ticks(beats_and_ticks: str) -> int:
    beats, ticks = beats_and_ticks.split(":")
    return int(beats) * TICKS_PER_BEAT + int(ticks)


# ---------------------------------------------------------------- recording


def recorded(ardour: Ardour, midi_file: Path, signs: Path) -> list[DawNote]:
    """Let Ardour record what `reprise play` plays, over a JACK of their own, and save it.

    Raises:
        DawError: JACK, Ardour or a connection failed.
    """
    ardour.make_session()
    signs.mkdir()
    log = signs / "ardour.log"
    with jack_server(ardour.environment, signs / "jackd.log") as environment:
        command = [*_one_by_one(), *ardour.lua_command("record", signs)]
        with running(command, environment, log) as recorder:
            wait_until(lambda: (signs / "rolling").exists(), recorder, "Ardour rolls")
            _let_loose(recorder.pid)
            _play_into_track(midi_file, environment, signs / "play.log")
            (signs / "stop").touch()
            if recorder.wait(PATIENCE_S) != 0:
                raise DawError(f"Ardour did not save: {tail(log)}")
    return ardour.notes()


def _play_into_track(midi_file: Path, environment: Mapping[str, str], log: Path) -> None:
    with playing(midi_file, environment, log) as player:
        (track,) = [one for one in jack_ports(environment) or () if f"{TRACK}/midi_in" in one]
        connect(PORT, track, environment)
        if player.wait(PATIENCE_S) != 0:
            raise DawError(f"reprise play failed: {tail(log)}")


def _one_by_one() -> list[str]:
    """Return what keeps Ardour's threads from interrupting each other.

    Ardour 7.3 names its ports to JACK from a thread of its own while the session loads, past the
    lock that guards all other requests. Where two requests mix on the one socket, JACK hangs up:
    seen in two of five runs, in none of ten with one core and no preemption.
    """
    core = str(min(os.sched_getaffinity(0)))
    return ["taskset", "-c", core, "chrt", "-b", "0"]


def _let_loose(pid: int) -> None:
    """Give all threads of a process all cores and the usual manners: it has to keep time now."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), os.sched_getaffinity(0))
        os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))
