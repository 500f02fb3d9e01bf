"""How much memory a large set takes, measured where nothing else runs: in a process of its own.

`tracemalloc` counts what Python and expat hold (expat asks Python for its memory); at full size the
growth of the process as the system sees it is held to the same bound.
"""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import daw_files

FULL_XML_BYTES: Final = 27_000_000
FULL_MEMORY_BYTES: Final = 64_000_000
SMALL_SHARE: Final = 12
NOTE_BYTES: Final = 119
"""What a note takes here; in sets of Live's own it takes 128, so they have fewer."""
NEEDED_BY_ANY_BYTES: Final = 1_000_000

TRACED = """
import sys, tracemalloc
from pathlib import Path
from reprise.library.ingest.readers import read_found
from reprise.library.ingest.walk import walk
(found,) = walk(Path(sys.argv[1]))
tracemalloc.start()
(reading,) = read_found(found)
_, peak = tracemalloc.get_traced_memory()
print(len(reading.contents.clips), sum(c.score.note_count for c in reading.contents.clips), peak)
"""
RESIDENT = """
import re, sys
from pathlib import Path
from reprise.library.ingest.readers import read_found
from reprise.library.ingest.walk import walk
def highest():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
(found,) = walk(Path(sys.argv[1]))
before = highest()
(reading,) = read_found(found)
print(highest() - before)
"""


def of_devices(size: int) -> bytes:
    """A set of racks full of parameters, as templates are, with one clip."""
    parameter = (
        "<Parameter><LomId Value='0' /><Manual Value='0.5' /><On Value='true' /></Parameter>"
    )
    pads = {36: "Kick", 38: "Snare"}
    rack = daw_files.drum_rack(pads).replace(
        "<Devices></Devices>", f"<Devices>{parameter * 500}</Devices>"
    )
    track = daw_files.live_track(session=[daw_files.live_clip()], devices=rack)
    empty = daw_files.live_track(devices=rack)
    return daw_files.live_document(track, *[empty] * (size // len(empty)))


def of_notes(size: int) -> bytes:
    """A set of one clip with as many notes as its size allows."""
    as_live_writes = "NoteId='1' " + "\n" + "\t" * 14
    count = size // NOTE_BYTES
    notes = [(number / 4, 36 + number % 60, 0.3237640231665001) for number in range(count)]
    clip = daw_files.live_clip(notes, loop=(0.0, count / 4), extra=as_live_writes)
    return daw_files.live_document(daw_files.live_track(session=[clip]))


def numbers(script: str, path: Path) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return list(map(int, done.stdout.split()))


def written(document: bytes, folder: Path) -> Path:
    path = folder / "large.als"
    path.write_bytes(gzip.compress(document, 1))
    return path


@pytest.mark.parametrize("made", [of_devices, of_notes])
def test_a_set_takes_twice_its_own_size_at_most(
    made: Callable[[int], bytes], tmp_path: Path
) -> None:
    document = made(FULL_XML_BYTES // SMALL_SHARE)
    clips, notes, peak = numbers(TRACED, written(document, tmp_path))
    assert (clips, notes > 2) == (1, True)
    allowed = len(document) * FULL_MEMORY_BYTES / FULL_XML_BYTES
    assert peak <= allowed + NEEDED_BY_ANY_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("made", [of_devices, of_notes])
def test_27_megabytes_of_xml_are_read_in_64(made: Callable[[int], bytes], tmp_path: Path) -> None:
    document = made(FULL_XML_BYTES)
    assert len(document) >= FULL_XML_BYTES
    path = written(document, tmp_path)
    clips, notes, peak = numbers(TRACED, path)
    assert (clips, notes > 2) == (1, True)
    assert peak <= FULL_MEMORY_BYTES
    if Path("/proc/self/status").exists():
        assert numbers(RESIDENT, path)[0] <= FULL_MEMORY_BYTES
