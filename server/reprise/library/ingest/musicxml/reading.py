"""Scores in MusicXML, plain or packed, as one clip each: parts as voices, repeats played once."""

import io
from collections.abc import Iterable, Iterator
from typing import Final

from reprise.library.ingest import ramps
from reprise.library.ingest.archive import Archive, Budget
from reprise.library.ingest.clips import Contents, Origin, Reason, RefusedError, SourceClip
from reprise.library.ingest.files import Measured
from reprise.library.ingest.limits import MAX_TRACKS, MAX_XML_BYTES
from reprise.library.ingest.musicxml.parts import Gatherer, Part, PitchesOfInstruments, moved
from reprise.library.ingest.xml_stream import NOTHING, Element, Keep, Plan, parsed
from reprise.music.drums import DRUM_CHANNEL
from reprise.music.meter import Meter, MeterMap
from reprise.music.score import Score
from reprise.music.voice import Voice

_ROOT: Final = "score-partwise"
_CONTAINER: Final = "META-INF/container.xml"
_WITH_A_PICKUP: Final = 3
"""Times that a score says where a first measure can lead to another: its start, a line, its end."""
_MAX_CONTAINER_BYTES: Final = 64 * 1024

_NOTE: Final[Keep] = {
    **dict.fromkeys(("chord", "rest", "duration", "tie", "cue", "instrument"), NOTHING),
    "pitch": dict.fromkeys(("step", "alter", "octave"), NOTHING),
}
_MEASURE: Final[Keep] = {
    "note": _NOTE,
    "backup": {"duration": NOTHING},
    "forward": {"duration": NOTHING},
    "direction": {"sound": NOTHING},
    "sound": NOTHING,
    "barline": {"repeat": NOTHING},
    "attributes": {
        "divisions": NOTHING,
        "time": dict.fromkeys(("beats", "beat-type"), NOTHING),
        "key": dict.fromkeys(("fifths", "mode"), NOTHING),
        "transpose": dict.fromkeys(("chromatic", "octave-change"), NOTHING),
    },
}
_INSTRUMENT: Final[Keep] = dict.fromkeys(
    ("midi-channel", "midi-program", "midi-unpitched"), NOTHING
)
_KEEP: Final[Keep] = {
    "identification": {"encoding": {"software": NOTHING}},
    "part-list": {"score-part": {"part-name": NOTHING, "midi-instrument": _INSTRUMENT}},
    "part": {"measure": _MEASURE},
}


def read(stream: Measured, name: str) -> Contents:
    """Return what a MusicXML document holds, streamed.

    Raises:
        RefusedError: It cannot be read, or has no notes.
    """
    pitches = PitchesOfInstruments()
    gatherer = Gatherer(pitches)
    plan = Plan(
        _KEEP,
        made={
            "midi-instrument": lambda element: _learnt(element, pitches),
            "measure": gatherer.measure,
            "part": gatherer.part,
        },
        has_text=True,
    )
    root = parsed(stream.chunks(), plan)
    if root.name != _ROOT:
        raise RefusedError(Reason.OTHER_CONTENT, f"<{root.name}> is no score by parts")
    return _contents(root, gatherer, name)


def read_packed(stream: Measured, name: str) -> Contents:
    """Return what a packed MusicXML document (.mxl) holds.

    Raises:
        RefusedError: It cannot be read, or has no notes.
    """
    archive = Archive(io.BytesIO(stream.all()), Budget())
    members = {info.filename: info for info in archive.members()}
    if _CONTAINER not in members:
        raise RefusedError(Reason.OTHER_CONTENT, f"it holds no {_CONTAINER}; export it again")
    with archive.opened(members[_CONTAINER], _MAX_CONTAINER_BYTES) as listing:
        path = _score_path(listing.chunks())
    if path not in members:
        raise RefusedError(Reason.DAMAGED, "the score that it names is not in it; export it again")
    with archive.opened(members[path], MAX_XML_BYTES) as document:
        return read(document, name)


def _score_path(chunks: Iterable[bytes]) -> str:
    root = parsed(chunks, Plan({"rootfiles": {"rootfile": NOTHING}}))
    first = root.find("rootfiles/rootfile")
    return "" if first is None else first.attributes.get("full-path", "")


def _learnt(instrument: Element, pitches: PitchesOfInstruments) -> tuple[int, int]:
    """Return an instrument's channel 0-15 and program 0-127, its pitch learnt."""
    pitches.learn(instrument)
    return _counted(instrument, "midi-channel", 16), _counted(instrument, "midi-program", 128)


def _counted(instrument: Element, name: str, most: int) -> int:
    """Return a number that the format counts from 1, from 0; 0 where it says nothing."""
    text = instrument.text_of(name) or ""
    return min(max(int(text), 1), most) - 1 if text.isascii() and text.isdecimal() else 0


def _contents(root: Element, gatherer: Gatherer, name: str) -> Contents:
    parts = {
        element.attributes.get("id", ""): element.content
        for element in root.all("part")
        if isinstance(element.content, Part)
    }
    if len(parts) > MAX_TRACKS:
        raise RefusedError(Reason.TOO_MANY_TRACKS, f"at most {MAX_TRACKS} parts are read")
    timeline = gatherer.timeline
    pickup = _pickup(timeline.starts, timeline.meters)
    voices = tuple(_voices(root, parts, pickup))
    if not voices:
        raise RefusedError(Reason.NO_NOTES, f"{len(parts)} parts")
    score = Score(
        voices,
        max(timeline.starts[-1] + pickup, max(note.end for v in voices for note in v.notes)),
        _meter_map(timeline.meters, pickup),
        ramps.tempo_map(_points(timeline.tempi, pickup), 120.0),
        timeline.key,
    )
    skipped = sum(part.skipped for part in parts.values())
    clip = SourceClip(Origin(name), "", score, None, skipped, _remarks(gatherer))
    software = root.text_of("identification/encoding/software") or ""
    return Contents(software, (clip,))


def _remarks(gatherer: Gatherer) -> tuple[str, ...]:
    if not gatherer.timeline.has_repeats:
        return ()
    return ("what is repeated is learned once, as it is written",)


def _pickup(starts: list[float], meters: dict[float, Meter]) -> float:
    """Return by how much a first measure that is not whole comes later, so that it ends its bar."""
    if len(starts) < _WITH_A_PICKUP:
        return 0.0
    bar = meters.get(0.0, Meter()).bar_length
    first = starts[1] - starts[0]
    return bar - first if 0.0 < first < bar - 1e-6 else 0.0


def _meter_map(meters: dict[float, Meter], pickup: float) -> MeterMap:
    changes = {beat + pickup if beat > 0.0 else 0.0: meter for beat, meter in meters.items()}
    changes.setdefault(0.0, Meter())
    return MeterMap(tuple(sorted(changes.items())))


def _points(tempi: dict[float, float], pickup: float) -> list[ramps.Point]:
    """Return tempi that hold until the next one, as points with jumps between them."""
    changes = sorted((beat + pickup if beat > 0.0 else 0.0, bpm) for beat, bpm in tempi.items())
    points: list[ramps.Point] = []
    for beat, tempo_bpm in changes:
        if points:
            points.append((beat, points[-1][1]))
        points.append((beat, tempo_bpm))
    return points


def _voices(root: Element, parts: dict[str, Part], pickup: float) -> Iterator[Voice]:
    listed = root.find("part-list")
    known = {
        part.attributes.get("id", ""): part
        for part in (listed.all("score-part") if listed is not None else ())
    }
    for number, part in parts.items():
        if not part.notes:
            continue
        said = known.get(number)
        instrument = said.find("midi-instrument") if said is not None else None
        channel, program = (0, 0) if instrument is None else _sounds(instrument)
        name = (said.text_of("part-name") if said is not None else "") or ""
        is_drums = True if channel == DRUM_CHANNEL else None
        yield Voice(name, moved(part.notes, pickup), program, is_drums)


def _sounds(instrument: Element) -> tuple[int, int]:
    content = instrument.content
    return content if isinstance(content, tuple) else (0, 0)
