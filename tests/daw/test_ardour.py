"""A real DAW: Ardour 7 without a window. Opt in with `pytest -m daw`; docs/testing.md says how."""

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import builders
from reprise.cli.own_server import own_server
from reprise.client import Client
from reprise.music.smf_write import write_score

from .ardour import TICKS_PER_BEAT, Ardour, DawNote, recorded
from .jack import DawError

pytestmark = pytest.mark.daw
log = logging.getLogger(__name__)

NOTE_COUNT = 40
FEWEST_NOTES = 38
"""A sound server without a sound card loses a message now and then on a busy machine."""
ATTEMPTS = 3


def played_notes() -> list[tuple[int, int]]:
    """Pitch and velocity of each note that is played, in order; no two neighbours are alike."""
    return [(48 + index * 7 % 36, 40 + index * 2) for index in range(NOTE_COUNT)]


def motif(folder: Path) -> Path:
    notes = tuple(
        note
        for index, (pitch, velocity) in enumerate(played_notes())
        for note in builders.line((pitch,), step=0.25, start=0.25 * index, velocity=velocity)
    )
    path = folder / "forty.mid"
    path.write_bytes(write_score(builders.score(notes, length=12.0)))
    return path


def test_ardour_records_what_reprise_plays(
    make_ardour: Callable[[str], Ardour],
    jack_midi: None,
    tmp_path: Path,
) -> None:
    assert jack_midi is None
    failures: list[str] = []
    for attempt in range(1, ATTEMPTS + 1):
        try:
            notes = recorded(
                make_ardour(f"attempt-{attempt}"), motif(tmp_path), tmp_path / f"signs-{attempt}"
            )
            check_recording(notes)
        except DawError as error:
            failures.append(str(error))
            log.warning("attempt %d: %s", attempt, error)
            continue
        log.info("attempt %d: %d of %d notes", attempt, len(notes), NOTE_COUNT)
        return
    pytest.fail("\n".join(failures))


def check_recording(notes: list[DawNote]) -> None:
    """Raise unless nearly all notes came, each as it was played, in their order."""
    found = [(note.pitch, note.velocity) for note in sorted(notes)]
    rest = iter(played_notes())
    is_in_order = all(note in rest for note in found)
    if len(found) < FEWEST_NOTES or not is_in_order:
        raise DawError(f"Ardour has {len(found)} of {NOTE_COUNT} notes: {found}")


def test_a_theme_varied_by_the_server_is_the_same_after_ardour_saved_it(
    make_ardour: Callable[[str], Ardour], tmp_path: Path
) -> None:
    ardour, theme = make_ardour("ardour"), builders.chorale(bars=4).voices[0].notes
    file = tmp_path / "theme.mid"
    file.write_bytes(write_score(builders.score(theme, length=16.0)))
    ardour.make_session()
    ardour.import_midi(file, 16.0)
    before = ardour.notes()
    assert [(n.start_ticks, n.pitch, n.velocity) for n in before] == [
        (round(n.start * TICKS_PER_BEAT), n.pitch, n.velocity) for n in theme
    ]

    answer = varied(before)
    new_notes = [from_wire(note) for note in answer["new_notes"][0]]
    ardour.exchange(answer["kept"], new_notes, tmp_path / "answer")

    after = ardour.notes()
    assert sorted(after) == sorted([*(before[place] for place in answer["kept"]), *new_notes])
    assert sorted(after) != sorted(before)


def varied(notes: list[DawNote]) -> dict[str, Any]:
    """Ask a real server for a variation of notes as Ardour has them."""
    source = {
        "length": 16.0,
        "voices": [{"name": "Theme", "notes": [to_wire(note) for note in notes]}],
    }
    request = {"kind": "vary", "count": 1, "strength": 0.6, "seed": 11, "source": source}
    with own_server() as server, Client("ardour", (server.port,)) as client:
        (answer,) = client.ask(request)
    return answer


def to_wire(note: DawNote) -> dict[str, Any]:
    return {
        "start": note.start_ticks / TICKS_PER_BEAT,
        "pitch": note.pitch,
        "duration": note.length_ticks / TICKS_PER_BEAT,
        "velocity": note.velocity,
        "channel": note.channel,
    }


def from_wire(note: dict[str, Any]) -> DawNote:
    return DawNote(
        math.floor(note["start"] * TICKS_PER_BEAT + 0.5),
        note["pitch"],
        max(1, math.floor(note["duration"] * TICKS_PER_BEAT + 0.5)),
        note["velocity"],
        note["channel"],
    )
