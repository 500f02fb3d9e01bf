"""A folder of sixty loops, as somebody who plays into a sampler keeps them."""

import random
from collections.abc import Sequence
from pathlib import Path

import mido

from reprise.music.note import Note

TICKS = 480
BAR_BEATS = 4.0
LOOPS, DRUM_LOOPS, VERSIONS = 40, 10, 10
PADS = (36, 37, 40, 41, 44, 45, 48, 49, 52, 53, 56, 57)
"""Of a sampler that has rows of two: nothing of General MIDI is meant by them."""


def write_loops(
    folder: Path, tunes: Sequence[Sequence[Note]], beats: Sequence[Sequence[Note]]
) -> None:
    """Write forty loops of tunes, ten versions of those, and ten of drums, 1 to 4 bars of 4/4 each.

    Files have one track on channel 1, and neither tempo nor meter nor key.

    Args:
        folder: It is made.
        tunes: Lines from beat 0; one loop of each is taken until there are enough.
        beats: Drums from beat 0, by General MIDI's pitches.
    """
    folder.mkdir()
    chance = random.Random(0)
    loops = [_loop(tunes[number % len(tunes)], number, chance) for number in range(LOOPS)]
    for number, loop in enumerate(loops):
        _write(folder / f"idea {number}.mid", loop)
    for number, loop in enumerate(loops[:VERSIONS]):
        _write(folder / f"idea {number} (2).mid", _version(loop, chance))
    pads = {pitch: PADS[place % len(PADS)] for place, pitch in enumerate(_pitches(beats))}
    for number in range(DRUM_LOOPS):
        loop = _loop(beats[number % len(beats)], number, chance)
        played = [(at, pads[pitch], long, loud) for at, pitch, long, loud in loop]
        _write(folder / f"beat {number}.mid", played)


_Loop = list[tuple[float, int, float, int]]
"""Start in beats, pitch, duration in beats, velocity."""


def _loop(notes: Sequence[Note], number: int, chance: random.Random) -> _Loop:
    """Return 1 to 4 bars that hold at least three notes, from anywhere in a line."""
    bars = 1 + number % 4
    last = max(1, int(max(note.start for note in notes) // BAR_BEATS) + 1 - bars)
    places = [BAR_BEATS * bar for bar in range(last)]
    chance.shuffle(places)
    for start in places:
        end = start + bars * BAR_BEATS
        found = [
            (note.start - start, note.pitch, min(note.duration, end - note.start), note.velocity)
            for note in notes
            if start <= note.start < end
        ]
        if len(found) >= 3:
            return found
    raise ValueError("the line is too empty for a loop")


def _version(loop: _Loop, chance: random.Random) -> _Loop:
    """Return the same with one note moved by a step."""
    place = chance.randrange(len(loop))
    at, pitch, long, loud = loop[place]
    return [*loop[:place], (at, pitch + chance.choice((-2, 2)), long, loud), *loop[place + 1 :]]


def _pitches(beats: Sequence[Sequence[Note]]) -> list[int]:
    return sorted({note.pitch for beat in beats for note in beat})


def _write(path: Path, loop: _Loop) -> None:
    events = []
    for at, pitch, duration, velocity in loop:
        events.append((round(at * TICKS), 1, pitch, velocity))
        events.append((round((at + duration) * TICKS), 0, pitch, 0))
    track = mido.MidiTrack()
    before = 0
    for tick, _, pitch, velocity in sorted(events):
        track.append(mido.Message("note_on", note=pitch, velocity=velocity, time=tick - before))
        before = tick
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    file.tracks.append(track)
    file.save(path)
