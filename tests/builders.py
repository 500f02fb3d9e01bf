"""Music for tests: clips, chorales, grooves; every builder gives the same notes every time."""

import struct
from collections.abc import Sequence
from pathlib import Path

from reprise.music.clip import Clip
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

MIDI_FIXTURES = Path(__file__).parent / "fixtures" / "midi"

SCALE = (0, 2, 4, 5, 7, 9, 11)
TUNE_DEGREES = (0, 1, 2, 4, 3, 2, 1, 0, 4, 5, 4, 2, 3, 1, 2, 0)
CHORALE_CHORDS = (
    (67, 62, 59, 43),
    (69, 66, 57, 50),
    (71, 67, 62, 55),
    (69, 64, 60, 57),
    (67, 64, 60, 48),
    (67, 64, 59, 52),
    (66, 62, 57, 50),
    (67, 62, 59, 55),
)
PROGRESSION = ((57, 60, 64), (53, 57, 60), (55, 60, 64), (55, 59, 62))
SATB = ("Soprano", "Alto", "Tenor", "Bass")


def line(
    pitches: Sequence[int], step: float = 0.5, start: float = 0.0, velocity: int = 90
) -> tuple[Note, ...]:
    """A line of notes, one after another, each `step` beats long."""
    return tuple(
        Note(start + index * step, pitch, step, velocity) for index, pitch in enumerate(pitches)
    )


def melody(bars: int = 4, tonic: int = 60) -> tuple[Note, ...]:
    """A tune in a major key: eighths and quarters in 4/4, a long note at the end of each bar."""
    notes = []
    for bar in range(bars):
        for index, (start, duration) in enumerate(((0, 1), (1, 0.5), (1.5, 0.5), (2, 1), (3, 1))):
            degree = TUNE_DEGREES[(3 * bar + index) % len(TUNE_DEGREES)]
            pitch = tonic + SCALE[degree % 7] + 12 * (degree // 7)
            notes.append(Note(4.0 * bar + start, pitch, float(duration), 80 + 4 * index))
    return tuple(notes)


def clip(bars: int = 4, tonic: int = 60) -> Clip:
    """`melody` as a clip."""
    return Clip(melody(bars, tonic), 4.0 * bars)


def score(*voices: Sequence[Note], length: float = 16.0, names: Sequence[str] = ()) -> Score:
    """A score of voices with the given notes."""
    titles = [*names, *(f"Voice {number}" for number in range(len(names) + 1, len(voices) + 1))]
    return Score(
        tuple(Voice(name, tuple(notes)) for name, notes in zip(titles, voices)), float(length)
    )


def chorale(bars: int = 4) -> Score:
    """Soprano, alto, tenor and bass in G major, in quarter notes."""
    beats = range(4 * bars)
    chords = [CHORALE_CHORDS[beat % len(CHORALE_CHORDS)] for beat in beats]
    voices = [line([chord[index] for chord in chords], step=1.0) for index in range(4)]
    return score(*voices, length=4.0 * bars, names=SATB)


def block_chords(bars: int = 4, steps: int = 0) -> Score:
    """A minor, F, C and G in close position, one a bar, so many semitones up."""
    notes = tuple(
        Note(4.0 * bar, pitch + steps, 4.0, 90)
        for bar in range(bars)
        for pitch in PROGRESSION[bar % len(PROGRESSION)]
    )
    return score(notes, length=4.0 * bars, names=["Keys"])


def groove(bars: int = 4) -> tuple[Note, ...]:
    """Kick, snare and hats in eighths on channel 10."""
    notes = []
    for half_beat in range(8 * bars):
        start = half_beat / 2
        notes.append(Note(start, 42, 0.25, 90 if half_beat % 2 == 0 else 60, channel=9))
        if half_beat % 8 in (0, 5):
            notes.append(Note(start, 36, 0.25, 110, channel=9))
        if half_beat % 4 == 2:
            notes.append(Note(start, 38, 0.25, 105, channel=9))
    return tuple(notes)


def drum_score(bars: int = 4) -> Score:
    """`groove` as a score of one voice."""
    return Score((Voice("Drums", groove(bars), is_drums=True),), 4.0 * bars)


def busy_score(note_count: int, meter_map: MeterMap | None = None) -> Score:
    """One voice of so many sixteenths going up and down a scale."""
    pitches = [48 + 12 * ((index // 7) % 3) + SCALE[index % 7] for index in range(note_count)]
    notes = line(pitches, step=0.25)
    length = max(4.0, -(-note_count // 16) * 4.0)
    return Score((Voice("Busy", notes),), length, meter_map or MeterMap())


def midi_bytes(*tracks: bytes, grid: int = 96, file_type: int = 1) -> bytes:
    """A Standard MIDI File of tracks given as bytes; each gets its end-of-track event."""
    header = b"MThd" + struct.pack(">IHHH", 6, file_type, len(tracks), grid)
    ended = [track + b"\x00\xff\x2f\x00" for track in tracks]
    return header + b"".join(b"MTrk" + struct.pack(">I", len(data)) + data for data in ended)
