"""What the report says of a clip: told once, where it is read, so that no report reads notes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any

from reprise.library.ingest.clips import SourceClip
from reprise.music.drums import DRUM_CHANNEL, is_drums
from reprise.music.key import find_key
from reprise.music.voice import Voice


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A clip in a few words.

    Attributes:
        where: Its file, and where in it.
        name: Its own name.
        found_in: The part of the file, a value of `FoundIn`.
        notes: How many sound.
        unheard: How many never do.
        beats: Its length.
        bars: The same in bars, whole or begun.
        loops: Something of it repeats.
        meters: All of them, as "4/4".
        tempo_bpm: At its start.
        key: As the host says, else as the notes do; "" for drums alone.
        drums: Of each voice that is drums its name and what told it: "channel", "pad names",
            "track name", "its notes" or "the host".
        velocity: The softest, the mean and the loudest; zeros where nothing sounds.
        remarks: As in `SourceClip`.
    """

    where: str
    name: str
    found_in: str
    notes: int
    unheard: int
    beats: float
    bars: int
    loops: bool
    meters: tuple[str, ...]
    tempo_bpm: float
    key: str
    drums: tuple[tuple[str, str], ...]
    velocity: tuple[int, float, int]
    remarks: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ClipFacts":
        """Return what `to_json` made this of."""
        lists = {
            "meters": tuple(data["meters"]),
            "drums": tuple((name, told_by) for name, told_by in data["drums"]),
            "velocity": tuple(data["velocity"]),
            "remarks": tuple(data["remarks"]),
        }
        return cls(**{**data, **lists})


def facts_of(clip: SourceClip) -> ClipFacts:
    """Return what the report says of a clip."""
    score = clip.score
    velocities = [note.velocity for note in score.sounding]
    return ClipFacts(
        str(clip.origin),
        clip.name,
        clip.origin.found_in,
        len(velocities),
        clip.unheard,
        round(score.length, 3),
        score.meter_map.bar_count(score.length),
        score.loop is not None,
        tuple(dict.fromkeys(str(meter) for _, meter in score.meter_map.changes)),
        round(clip.tempo_bpm, 2),
        _key(clip),
        tuple(_drums(clip)),
        (min(velocities), round(fmean(velocities), 1), max(velocities))
        if velocities
        else (0, 0, 0),
        clip.remarks,
    )


def told_by(voice: Voice) -> str | None:
    """Return what tells that a voice is drums, None where it is none; see `drums.is_drums`."""
    if not is_drums(voice):
        return None
    notes = voice.sounding
    if notes and all(note.channel == DRUM_CHANNEL for note in notes):
        return "channel"
    if voice.is_drums is not None:
        return "the host"
    if voice.pads:
        return "pad names"
    return "track name" if is_drums(replace(voice, notes=())) else "its notes"


def _drums(clip: SourceClip) -> Iterator[tuple[str, str]]:
    for voice in clip.score.voices:
        teller = told_by(voice)
        if teller is not None:
            yield voice.name, teller


def _key(clip: SourceClip) -> str:
    pitched = [
        note for voice in clip.score.voices if not is_drums(voice) for note in voice.sounding
    ]
    key = (clip.score.key if pitched else None) or find_key(pitched)
    return "" if key is None else str(key)
