"""Sets and projects that Live and REAPER saved, against what another parser counted in them.

Their folder is named by DAW_FILES, with `expected.json` in it; without it there is nothing to ask.
Where we differ on purpose:

* A pad that receives note 0 lets everything through and is no pad; the other parser counts it.
* A track that nobody named is called by what Live shows, without its number in front.
* A note of a clip that is outside what plays is counted there and is `unheard` here.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from reprise.library.ingest.clips import FoundIn, Reading, Reason
from reprise.library.ingest.files import Measured
from reprise.library.ingest.gzip_stream import unpacked
from reprise.library.ingest.live import live_set
from reprise.library.ingest.live.clip import LiveClip
from reprise.library.ingest.live.live_set import LiveSet
from reprise.library.ingest.readers import read_found
from reprise.library.ingest.reaper import project
from reprise.library.ingest.walk import FoundFile, Kind, walk

FOLDER: Final = os.environ.get("DAW_FILES", "")
needs_samples = pytest.mark.skipif(not FOLDER, reason="DAW_FILES names no folder of samples")

Expected = dict[str, Any]


def expected(ending: str) -> list[tuple[str, Expected]]:
    if not FOLDER:
        return []
    known = json.loads((Path(FOLDER) / "expected.json").read_text(encoding="utf-8"))
    return [(name, said) for name, said in known.items() if name.lower().endswith(ending)]


def sets() -> list[tuple[str, Expected]]:
    return [(name, said) for name, said in expected(".als") if "clips" in said]


def opened(name: str) -> LiveSet:
    with (Path(FOLDER) / name).open("rb") as stream:
        return live_set.read(unpacked(Measured(stream, 100_000_000)))


def reading_of(name: str) -> Reading:
    (found,) = (
        file for file in walk(Path(FOLDER)) if isinstance(file, FoundFile) and file.name == name
    )
    (reading,) = read_found(found)
    return reading


def by_place(found: LiveSet) -> dict[str, list[LiveClip]]:
    places = {
        "session": [clip for track in found.tracks for _, clip in track.session],
        "arrangement": [clip for track in found.tracks for clip in track.arrangement],
        "take": [clip for track in found.tracks for clip in track.takes],
        "groove_pool": list(found.grooves),
    }
    return {
        place: [clip for clip in clips if isinstance(clip, LiveClip)]
        for place, clips in places.items()
    }


def reached(pads: dict[str, str]) -> tuple[tuple[int, str], ...]:
    """The pads of a rack as the other parser lists them, without those that are none."""
    return tuple(sorted((int(pitch), name) for pitch, name in pads.items() if int(pitch) < 128))


def shown(name: str) -> str:
    number, dash, rest = name.partition("-")
    return rest if dash and number.isdecimal() else name


@needs_samples
@pytest.mark.parametrize(("name", "said"), sets())
def test_clips_and_notes_of_every_place_are_counted_alike(name: str, said: Expected) -> None:
    found = by_place(opened(name))
    assert {place: len(clips) for place, clips in found.items()} == {
        place: said["clips"][place] for place in found
    }
    notes = {place: sum(clip.note_count for clip in clips) for place, clips in found.items()}
    assert notes == said["notes"]


@needs_samples
@pytest.mark.parametrize(("name", "said"), sets())
def test_tempi_and_meters_are_read_alike(name: str, said: Expected) -> None:
    found = opened(name)
    if said["tempo_manual"] is not None:
        assert found.tempo_bpm == float(said["tempo_manual"])
    events = said["tempo_inline_events"] or said.get("tempo_first", [])
    first = [(float(at), float(value)) for at, value in events]
    assert list(found.tempo_events[: len(first)]) == first
    assert len(found.tempo_events) == said.get("tempo_events", len(first))
    meters = [(float(at), meter) for at, meter in said.get("meters", [])]
    assert [(at, str(meter)) for at, meter in found.meter_events] == (
        meters or [(found.meter_events[0][0], "4/4")]
    )


@needs_samples
@pytest.mark.parametrize(("name", "said"), sets())
def test_pads_and_tracks_have_the_same_names(name: str, said: Expected) -> None:
    found = opened(name)
    ours = sorted(pad for track in found.tracks for pad in track.pads)
    assert ours == sorted(pad for rack in said["drum_racks"] for pad in reached(rack))
    assert [track.name for track in found.tracks] == list(map(shown, said["midi_tracks"]))


@needs_samples
@pytest.mark.parametrize(("name", "said"), sets())
def test_every_clip_is_kept_or_has_a_reason(name: str, said: Expected) -> None:
    contents = reading_of(name).contents
    reasons = Counter(reject.reason for reject in contents.rejects)
    assert reasons[Reason.GROOVE] == said["clips"]["groove_pool"]
    clips = said["clips"]["all_MidiClip_elements"]
    assert len(contents.clips) + len(contents.rejects) == max(clips, 1)
    assert reasons.keys() <= {Reason.GROOVE, Reason.NO_NOTES, Reason.TAKE_COPY}
    assert contents.remarks == ()
    for place in (FoundIn.SESSION, FoundIn.ARRANGEMENT):
        kept = [clip for clip in contents.clips if clip.origin.found_in == place]
        # A clip that begins inside its loop says some notes twice: before the loop, and in it.
        once = [clip for clip in kept if not (clip.score.loop and clip.score.loop.start)]
        notes = sum(clip.score.note_count + clip.unheard for clip in once)
        assert notes == said["notes"][place] or len(once) < len(kept)


@needs_samples
def test_junk_is_no_set() -> None:
    broken = [name for name, said in expected(".als") if "parse" in said]
    assert broken
    for name in broken:
        assert [reject.reason for reject in reading_of(name).contents.rejects] == [Reason.DAMAGED]


@needs_samples
@pytest.mark.parametrize(("name", "said"), expected(".rpp"))
def test_items_of_projects_are_read(name: str, said: Expected) -> None:
    contents = reading_of(name).contents
    assert len(contents.clips) == said["midi_sources"]
    assert contents.made_by == f"REAPER {said['header'].split(chr(34))[1]}"
    # A note is two event lines; the one left over ends the source.
    assert sum(clip.score.note_count for clip in contents.clips) == said["event_lines"] // 2
    with (Path(FOLDER) / name).open("rb") as stream:
        found = project.read(Measured(stream, 100_000_000).chunks())
    _, tempo_bpm, numerator, denominator = said["tempo"][0].split()
    assert (found.tempo_bpm, str(found.meter)) == (float(tempo_bpm), f"{numerator}/{denominator}")
    assert all(clip.score.length == clip.played == 4.0 for clip in contents.clips)


@needs_samples
def test_nothing_but_samples_lies_there() -> None:
    kinds = Counter(file.kind for file in walk(Path(FOLDER)) if isinstance(file, FoundFile))
    assert kinds == {Kind.LIVE: len(expected(".als")), Kind.REAPER: len(expected(".rpp"))}
