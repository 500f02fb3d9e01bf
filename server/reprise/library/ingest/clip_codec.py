"""Clips as JSON and back, so that what was read once need not be read again.

Only what JSON can hold is written: nothing that is read back can run anything.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reprise.library.ingest.clips import FoundIn, Origin, SourceClip
from reprise.music.clip import Marker
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

Json = dict[str, Any]


def encoded(clip: SourceClip) -> Json:
    """Return a clip as what JSON can hold."""
    origin, score = clip.origin, clip.score
    return {
        "file": origin.file,
        "found_in": origin.found_in.value,
        "track": origin.track,
        "position": origin.position,
        "take": origin.take,
        "name": clip.name,
        "played": clip.played,
        "unheard": clip.unheard,
        "remarks": list(clip.remarks),
        "length": score.length,
        "loop": None if score.loop is None else [score.loop.start, score.loop.end],
        "key": None if score.key is None else [score.key.tonic, score.key.scale],
        "meters": [
            [beat, meter.numerator, meter.denominator] for beat, meter in score.meter_map.changes
        ],
        "tempi": [list(change) for change in score.tempo_map.changes],
        "markers": [[marker.start, marker.name] for marker in score.markers],
        "voices": [_encoded_voice(voice) for voice in score.voices],
    }


def decoded(data: Mapping[str, Any]) -> SourceClip:
    """Return the clip that `encoded` made this of.

    Raises:
        KeyError, TypeError, ValueError, InvalidRequestError: It is none.
    """
    loop, key = data["loop"], data["key"]
    score = Score(
        tuple(_decoded_voice(voice) for voice in data["voices"]),
        data["length"],
        MeterMap(tuple((beat, Meter(above, below)) for beat, above, below in data["meters"])),
        TempoMap(tuple((beat, tempo_bpm) for beat, tempo_bpm in data["tempi"])),
        None if key is None else Key(*key),
        None if loop is None else Span(*loop),
        tuple(Marker(start, name) for start, name in data["markers"]),
    )
    origin = Origin(
        data["file"], FoundIn(data["found_in"]), data["track"], data["position"], data["take"]
    )
    return SourceClip(
        origin, data["name"], score, data["played"], data["unheard"], tuple(data["remarks"])
    )


def _encoded_voice(voice: Voice) -> Json:
    return {
        "name": voice.name,
        "program": voice.program,
        "is_drums": voice.is_drums,
        "pads": [list(pad) for pad in voice.pads],
        "notes": [_encoded_note(note) for note in voice.notes],
    }


def _decoded_voice(data: Mapping[str, Any]) -> Voice:
    return Voice(
        data["name"],
        tuple(_decoded_note(note) for note in data["notes"]),
        data["program"],
        data["is_drums"],
        tuple((pitch, name) for pitch, name in data["pads"]),
    )


def _encoded_note(note: Note) -> list[float]:
    """Return a note's fields in their order, without those at the end that are as usual."""
    fields = [
        note.start,
        note.pitch,
        note.duration,
        note.velocity,
        note.probability,
        note.velocity_deviation,
        note.release_velocity,
        int(note.is_muted),
        note.channel,
    ]
    while len(fields) > _WRITTEN_ALWAYS and fields[-1] == _USUAL[len(fields) - 1]:
        fields.pop()
    return fields


def _decoded_note(fields: Sequence[Any]) -> Note:
    padded: tuple[Any, ...] = (*fields, *_USUAL[len(fields) :])
    start, pitch, duration, velocity, chance, deviation, release, is_muted, channel = padded
    return Note(
        start, pitch, duration, velocity, chance, deviation, release, bool(is_muted), channel
    )


_WRITTEN_ALWAYS = 4
_USUAL = (0.0, 60, 1.0, 100, 1.0, 0, 64, 0, 0)
