"""Scores of MIDI files as the readers want them: a voice for every channel, silence taken away."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from reprise.music import smf
from reprise.music.drums import DRUM_CHANNEL
from reprise.music.meter import Meter, MeterMap
from reprise.music.score import Score
from reprise.music.voice import Voice

MIN_CHANNEL_SHARE = 0.02
MIN_BAR_BEATS = 1.5


def read_score(source: Path | bytes, name: str = "the file") -> Score:
    """Return the music of a file.

    Tracks that hold several channels are parted, since channel 10 may be among them. Meters whose
    bars no one would count (1/8, 1/16) are taken for 4/4.

    Args:
        source: The path of a file, or what it holds.
        name: What messages call it where bytes are given.

    Raises:
        InvalidMidiFileError: It cannot be read.
    """
    score = smf.read(source, name).score()
    voices = tuple(part for voice in score.voices for part in by_channel(voice))
    return replace(score, voices=voices, meter_map=_countable(score.meter_map))


def mean_tempo(score: Score) -> float:
    """Return the tempo in quarter notes per minute at which the score lasts as long."""
    return 60.0 * score.length / score.tempo_map.seconds_at(score.length)


def by_channel(voice: Voice) -> list[Voice]:
    """Return a voice, or two of it where it has drums on their channel among other things."""
    counts = Counter(note.channel for note in voice.notes)
    common = [
        channel
        for channel, count in counts.items()
        if count >= MIN_CHANNEL_SHARE * len(voice.notes)
    ]
    if len(common) < 2 or DRUM_CHANNEL not in common:
        return [voice]
    drums = tuple(note for note in voice.notes if note.channel == DRUM_CHANNEL)
    others = tuple(note for note in voice.notes if note.channel != DRUM_CHANNEL)
    return [
        replace(voice, notes=others, is_drums=False),
        replace(voice, notes=drums, is_drums=True),
    ]


def _countable(meter_map: MeterMap) -> MeterMap:
    changes = [
        (start, meter if meter.bar_length >= MIN_BAR_BEATS else Meter())
        for start, meter in meter_map.changes
    ]
    kept = [changes[0]]
    for change in changes[1:]:
        if change[1] != kept[-1][1]:
            kept.append(change)
    return MeterMap(tuple(kept))
