"""What the events of a Standard MIDI File say besides notes: names, tempi, meters, key, markers."""

import math
from collections.abc import Iterable, Iterator
from operator import itemgetter

from reprise.music.clip import Marker
from reprise.music.key import Key
from reprise.music.meter import DENOMINATORS, MAX_NUMERATOR, Meter, MeterMap
from reprise.music.smf_bytes import RawFile, RawTrack
from reprise.music.tempo import MAX_TEMPO_BPM, MIN_TEMPO_BPM, TempoMap
from reprise.music.units import beats_from_ticks

TRACK_NAME, MARKER, TEMPO, METER, KEY = 0x03, 0x06, 0x51, 0x58, 0x59
MICROSECONDS_PER_MINUTE = 60_000_000


def text_of(data: bytes) -> str:
    """Return text as people see it: utf-8, else latin-1, which reads any bytes."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def track_name(track: RawTrack) -> str:
    """Return the track's name, "" where it has none."""
    return next((text_of(data) for _, data in _metas((track,), TRACK_NAME)), "").strip("\0 ")


def first_programs(track: RawTrack) -> dict[int, int]:
    """Return the first General MIDI program that a track sets each of its channels to."""
    found: dict[int, int] = {}
    for _, data in track.events:
        if data[0] & 0xF0 == 0xC0:
            found.setdefault(data[0] & 0x0F, data[1])
    return found


def tempo_map(file: RawFile) -> TempoMap:
    """Return the tempi of all tracks, held to what a tempo map can say; 120 until the first."""
    changes = {0.0: 120.0}
    for tick, data in _metas(file.tracks, TEMPO):
        microseconds = int.from_bytes(data[:3], "big")
        tempo_bpm = MICROSECONDS_PER_MINUTE / microseconds if microseconds else math.inf
        # A quarter note of no length at all is written by mistake; no tempo stands for it.
        if len(data) == 3 and tempo_bpm < math.inf:
            beat = beats_from_ticks(tick, file.ticks_per_beat)
            changes[beat] = min(max(tempo_bpm, MIN_TEMPO_BPM), MAX_TEMPO_BPM)
    return TempoMap(tuple(sorted(changes.items())))


def meter_map(file: RawFile) -> MeterMap:
    """Return the meters of all tracks; 4/4 until the first."""
    changes = {0.0: Meter()}
    for tick, data in _metas(file.tracks, METER):
        if len(data) < 2 or not 1 <= data[0] <= MAX_NUMERATOR or data[1] >= len(DENOMINATORS):
            continue
        changes[beats_from_ticks(tick, file.ticks_per_beat)] = Meter(data[0], 2 ** data[1])
    return MeterMap(tuple(sorted(changes.items())))


def key_of(file: RawFile) -> Key | None:
    """Return the first key signature, or None where there is none or it is C major.

    C major is what programs write when nobody chose a key, so it is left to be found.
    """
    for _, data in _metas(file.tracks, KEY):
        if len(data) != 2 or data[1] > 1:
            continue
        sharps = int.from_bytes(data[:1], "big", signed=True)
        if not -7 <= sharps <= 7 or (sharps, data[1]) == (0, 0):
            continue
        return Key((sharps * 7 + 9 * data[1]) % 12, "minor" if data[1] else "major")
    return None


def markers_of(file: RawFile) -> tuple[Marker, ...]:
    """Return the markers of all tracks in order of time."""
    found = (
        Marker(beats_from_ticks(tick, file.ticks_per_beat), text_of(data))
        for tick, data in _metas(file.tracks, MARKER)
    )
    return tuple(sorted(found))


def _metas(tracks: Iterable[RawTrack], kind: int) -> Iterator[tuple[int, bytes]]:
    """Return tick and payload of the meta events of one kind, in order of time."""
    start = bytes((0xFF, kind))
    found = (
        (tick, data[2:])
        for track in tracks
        for tick, data in track.events
        if data.startswith(start)
    )
    return iter(sorted(found, key=itemgetter(0)))
