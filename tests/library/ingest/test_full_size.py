"""What reading promises, of thousands of files: memory, reasons, drums, and kill.

Their folder is named by MUSIC_FILES, and nothing is written into it. It should hold the Groove MIDI
Dataset or Freedoom's music, whose drums are known: they are what is played on channel 10.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import mido
import pytest

import killed_reading
from reprise.library.ingest.store import Corpus

FOLDER: Final = os.environ.get("MUSIC_FILES", "")
SETS_WITH_KNOWN_DRUMS: Final = ("gmd_groove", "freedoom")
MOST_MB: Final = 1000
KILLS: Final = 5
WORKERS: Final = 2
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="MUSIC_FILES names no folder of music"),
]

REPRISE: Final = "import sys; from reprise.cli.main import main; sys.exit(main())"


def add(state: Path) -> dict[str, Any]:
    """Give the command in a process of its own, whose memory nobody else has used."""
    words = [sys.executable, "-c", REPRISE, "corpus", "add", FOLDER, "--name", "mine", "--json"]
    done = subprocess.run(
        [*words, "--workers", str(WORKERS)],
        env={**os.environ, "REPRISE_DATA_DIRECTORY": str(state)},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("undisturbed")


@pytest.fixture(scope="module")
def told(state: Path) -> dict[str, Any]:
    """What the command says of the whole folder."""
    found = add(state)
    print({name: found[name] for name in ("found", "seconds", "memory_mb", "reasons")})  # noqa: T201
    return found


@pytest.fixture(scope="module")
def report(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(told["report"]).with_suffix(".json").read_bytes())
    return found


def plays_channel_10(path: Path) -> bool:
    return any(
        message.type == "note_on" and message.channel == 9 and message.velocity
        for track in mido.MidiFile(path, clip=True).tracks
        for message in track
    )


def written(state: Path) -> dict[str, bytes]:
    folder = state / "corpora" / "mine"
    return {path.name: path.read_bytes() for path in folder.glob("*/shards/*")}


def test_memory_is_bounded(told: dict[str, Any]) -> None:
    assert told["clips"] > 0
    assert 0 < told["memory_mb"] <= MOST_MB


def test_every_file_is_kept_or_has_its_reason(told: dict[str, Any], report: dict[str, Any]) -> None:
    assert all(reason and details for _, reason, details in report["rejects"])
    named = {name.split(": ")[0] for name, *_ in (*report["kept"], *report["rejects"])}
    assert len(named) >= told["found"]


def test_drums_are_those_that_play_channel_10(report: dict[str, Any]) -> None:
    drums = {where for where, _, _ in report["drum_tracks"]}
    names = [name for name, _ in report["kept"] if name.startswith(SETS_WITH_KNOWN_DRUMS)]
    right = sum((name in drums) == plays_channel_10(Path(FOLDER) / name) for name in names)
    if not names:
        pytest.skip("no set with drums that are known")
    assert right >= 0.99 * len(names)


def test_killed_five_times_and_gone_on_with_it_is_the_same(
    told: dict[str, Any], state: Path, tmp_path: Path
) -> None:
    shards = sum(name.endswith(".json") for name in written(state))
    for kill in range(1, KILLS + 1):
        done = kill * shards // (KILLS + 1)
        killed_reading.killed_after(
            done, tmp_path / "corpora", Path(FOLDER), WORKERS, tmp_path / "add.py"
        )
    assert len(list(Corpus(tmp_path / "corpora", "mine").files())) < told["found"]
    again = add(tmp_path)
    assert again["read_now"] < again["found"]
    assert written(tmp_path) == written(state)
