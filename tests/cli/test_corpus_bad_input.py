"""One folder with everything that is wrong with folders: each file gets its word, the rest is read.

What each line does to its own reader is in tests/library/ingest; here it meets the command.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import builders
import daw_files

from .conftest import Run

NAMES = ("曲.mid", "песня.mid", "أغنية.mid", "e\u0301tude.mid", "🎹 take 1.mid", "-rf.mid")
MEGABYTE = 1_000_000
BLANKS = b"<Ableton>" + b" " * 20 * MEGABYTE


def tune(pitch: int = 60) -> bytes:
    return builders.midi_bytes(bytes([0, 0x90, pitch, 64, 96, 0x80, pitch, 0] * 4))


def large_file(path: Path, size: int) -> None:
    """A file that is said to be large and takes no room where the disk can do that."""
    with path.open("wb") as file:
        file.truncate(size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good music in the midst of what goes wrong."""
    found = tmp_path / "music"
    found.mkdir()
    for number, name in enumerate(NAMES):
        (found / name).write_bytes(tune(60 + number))
    bad: dict[str, bytes] = {
        "nothing.mid": b"",
        "cut.mid": tune()[:30],
        "tracks.mid": builders.midi_bytes(*[b""] * 10_000),
        "bomb.als": gzip.compress(BLANKS),
        "entities.musicxml": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        "bomb.zip": daw_files.zipped({"bomb.als": BLANKS, "good.mid": tune(90)}),
        "out.zip": daw_files.zipped({"../up.mid": tune(), "/etc/x.mid": tune()}),
        "nested.zip": daw_files.zipped(
            {"a.zip": daw_files.zipped({"b.zip": daw_files.zipped({"c.mid": tune()})})}
        ),
        "song.wav": b"RIFF",
    }
    for name, data in bad.items():
        (found / name).write_bytes(data)
    large_file(found / "large.mid", 100 * MEGABYTE)
    for number in range(50):
        (found / f"copy {number}.mid").write_bytes(tune(100))
    return found


REASONS = {
    "nothing.mid": "empty file",
    "cut.mid": "damaged or cut short",
    "tracks.mid": "too many tracks",
    "large.mid": "too large",
    "bomb.als": "unpacks to far more than it holds",
    "entities.musicxml": "declares XML entities",
    "bomb.zip/bomb.als": "unpacks to far more than it holds",
    "out.zip/../up.mid": "its name leads out of the archive",
    "out.zip//etc/x.mid": "its name leads out of the archive",
    "nested.zip/a.zip/b.zip": "archives in archives in archives",
}


def report_of(state: Path) -> dict[str, Any]:
    path = state / "corpora" / "mine" / "report.json"
    report: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
    return report


def add(reprise: Run, folder: Path) -> dict[str, Any]:
    outcome = reprise("corpus", "add", folder, "--name", "mine", "--workers", "1", "--json")
    assert outcome.code == 0
    return outcome.data


def test_everything_bad_has_its_reason_and_the_good_is_kept(
    reprise: Run, folder: Path, state: Path
) -> None:
    data = add(reprise, folder)
    report = report_of(state)

    rejects = {name: (reason, details) for name, reason, details in report["rejects"]}
    assert {name: rejects[name][0] for name in REASONS} == REASONS
    assert all(details for _, details in rejects.values())
    # Every name in any script, the good one in the archive of a bomb, and one of fifty copies.
    assert data["clips"] == len(NAMES) + 2
    assert data["reasons"]["copy of a file that is read"] == 49
    assert data["other_files"] == {".wav": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_loops_of_links_change_nothing(reprise: Run, folder: Path) -> None:
    (folder / "up").symlink_to(folder)
    (folder / "one").symlink_to(folder / "two")
    (folder / "two").symlink_to(folder / "one")

    assert add(reprise, folder)["clips"] == len(NAMES) + 2


def test_what_goes_away_and_comes_back_is_forgotten_and_learnt_again(
    reprise: Run, folder: Path
) -> None:
    before = add(reprise, folder)["clips"]
    (folder / NAMES[0]).rename(folder.parent / "elsewhere.mid")
    without = add(reprise, folder)["clips"]
    (folder.parent / "elsewhere.mid").rename(folder / NAMES[0])

    assert (without, add(reprise, folder)["clips"]) == (before - 1, before)


def test_nothing_is_left_beside_the_corpus(reprise: Run, folder: Path, state: Path) -> None:
    before = sorted(folder.iterdir())
    add(reprise, folder)

    assert sorted(folder.iterdir()) == before
    assert [path.name for path in (state / "corpora").iterdir()] == ["mine"]
    assert not list(state.rglob("*.part"))
