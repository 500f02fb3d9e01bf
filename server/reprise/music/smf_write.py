"""Fresh Standard MIDI Files from scores: type 1, a track for the time line and one for each voice.

For answers to a file that exists, use `smf.MidiDocument.with_answer`, which changes nothing else.
"""

from dataclasses import replace
from itertools import cycle
from operator import attrgetter

from reprise.music import smf_facts
from reprise.music.drums import DRUM_CHANNEL, is_drums
from reprise.music.key import Key
from reprise.music.meter import Meter
from reprise.music.score import Score
from reprise.music.smf import MidiDocument
from reprise.music.smf_bytes import Event, RawFile, RawTrack, encoded
from reprise.music.smf_notes import FileNote, edited
from reprise.music.units import ticks_from_beats
from reprise.music.voice import Voice

DEFAULT_TICKS_PER_BEAT = 960
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


def write_score(score: Score, ticks_per_beat: int = DEFAULT_TICKS_PER_BEAT) -> bytes:
    """Return a file of a score's notes, names, programs, tempi, meters, key and markers.

    Muted notes are left out, since a file would sound them. Every melodic voice has a channel of
    its own as long as there are free ones; drums are on channel 10. Notes are at least a tick long.

    Args:
        score: What to write.
        ticks_per_beat: The file's grid, 1 to 32,767.
    """
    free = cycle(MELODIC_CHANNELS)
    channels = [DRUM_CHANNEL if is_drums(voice) else next(free) for voice in score.voices]
    end_tick = ticks_from_beats(score.length, ticks_per_beat)
    tracks = [_time_line(score, ticks_per_beat, end_tick)]
    for voice, channel in zip(score.voices, channels):
        tracks.append(_voice_track(voice, channel, ticks_per_beat, end_tick))
    return encoded(RawFile(1, ticks_per_beat, tuple(tracks)))


def with_voice(document: MidiDocument, voice: Voice, length: float) -> MidiDocument:
    """Return a document with one more track at its end and everything else as it was.

    Drums are on channel 10, all others on the first channel that the document leaves free, if any.

    Args:
        document: The file; one of type 0 becomes one of type 1.
        voice: What the new track plays, in beats of the document.
        length: Where the track ends, in beats.
    """
    raw = document.raw
    used = {
        event.data[0] & 0x0F for track in raw.tracks for event in track.events if _is_voiced(event)
    }
    free = [channel for channel in MELODIC_CHANNELS if channel not in used]
    channel = DRUM_CHANNEL if is_drums(voice) else (free or MELODIC_CHANNELS)[0]
    end_tick = ticks_from_beats(length, raw.ticks_per_beat)
    track = _voice_track(voice, channel, raw.ticks_per_beat, end_tick)
    return MidiDocument.from_raw(replace(raw, file_type=1, tracks=(*raw.tracks, track)))


def _is_voiced(event: Event) -> bool:
    return 0x80 <= event.data[0] < 0xF0


def _time_line(score: Score, ticks_per_beat: int, end_tick: int) -> RawTrack:
    events = [Event(0, _meta(smf_facts.KEY, data)) for data in _key_bytes(score.key)]
    for start, meter in score.meter_map.changes:
        tick = ticks_from_beats(start, ticks_per_beat)
        events.append(Event(tick, _meta(smf_facts.METER, _meter_bytes(meter))))
    for start, tempo_bpm in score.tempo_map.changes:
        microseconds = min(round(smf_facts.MICROSECONDS_PER_MINUTE / tempo_bpm), 0xFFFFFF)
        tick = ticks_from_beats(start, ticks_per_beat)
        events.append(Event(tick, _meta(smf_facts.TEMPO, microseconds.to_bytes(3, "big"))))
    for marker in score.markers:
        tick = ticks_from_beats(marker.start, ticks_per_beat)
        events.append(Event(tick, _meta(smf_facts.MARKER, marker.name.encode("utf-8"))))
    events.sort(key=attrgetter("tick"))
    return RawTrack(tuple(events), max(end_tick, events[-1].tick))


def _meta(kind: int, payload: bytes) -> bytes:
    return bytes((0xFF, kind)) + payload


def _meter_bytes(meter: Meter) -> bytes:
    # A file counts the metronome's click in 1/24 of a quarter note.
    click = min(max(1, round(24 * meter.pulse)), 255)
    return bytes((meter.numerator, meter.denominator.bit_length() - 1, click, 8))


def _key_bytes(key: Key | None) -> list[bytes]:
    """Return the payload of a key signature, or none where files have no word for the key."""
    if key is None or key.scale not in ("major", "minor"):
        return []
    is_minor = key.scale == "minor"
    # F sharp major has six sharps, its fellow among the minor keys, E flat, six flats.
    lowest = 5 + is_minor
    sharps = ((key.tonic - 9 * is_minor) * 7 + lowest) % 12 - lowest
    return [sharps.to_bytes(1, "big", signed=True) + bytes((is_minor,))]


def _voice_track(voice: Voice, channel: int, ticks_per_beat: int, end_tick: int) -> RawTrack:
    name = Event(0, _meta(smf_facts.TRACK_NAME, voice.name.encode("utf-8")))
    program = Event(0, bytes((0xC0 | channel, voice.program)))
    notes = []
    for note in voice.sounding:
        start = ticks_from_beats(note.start, ticks_per_beat)
        end = max(start + 1, ticks_from_beats(note.end, ticks_per_beat))
        notes.append(
            FileNote(start, end, channel, note.pitch, note.velocity, note.release_velocity)
        )
    return edited(RawTrack((name, program), 0), (), (), notes, end_tick)
