"""What the melody embedding reads: two bars of one line on a 16th grid, told note by note.

A song's melody is cut into segments of two bars. Of each note the network sees the interval to the
note before, the pitch class counted from the home note, the length, and where in the two bars it
begins. The home note is the tonic of the major scale that the key shares its notes with, so that a
minor key and its relative major are told alike.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprise.music.key import Key, find_key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.span import Span

STEPS_PER_BEAT: Final = 4
SEGMENT_BARS: Final = 2
FEWEST_NOTES: Final = 3
WIDEST_INTERVAL: Final = 24
LONGEST_STEPS: Final = 32
POSITIONS: Final = 32
PAD: Final = 0
FIRST_INTERVAL: Final = 2 * WIDEST_INTERVAL + 2
FEATURE_SIZES: Final = (FIRST_INTERVAL + 1, 12 + 1, LONGEST_STEPS + 1, POSITIONS + 1)
"""Values of interval, pitch class, length and position; 0 of each is padding."""

Features = NDArray[np.int64]


class MelodyNote(NamedTuple):
    """A note of a segment.

    Attributes:
        onset: In 16ths from the start of the segment, 0 or more.
        pitch: MIDI note number; one that was moved along a scale may lie outside 0-127.
        duration: In 16ths, 1-32.
    """

    onset: int
    pitch: int
    duration: int


Tune = tuple[MelodyNote, ...]
"""The notes of a segment, one after another."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Two bars of a melody.

    Attributes:
        bar: Its first bar, counted from 0 by the song's meters.
        span: Where it lies in the song, in beats.
        tune: Its notes.
    """

    bar: int
    span: Span
    tune: Tune


def home_of(key: Key) -> int:
    """Return the tonic 0-11 of the major scale that shares most notes with a key."""
    shared = {tonic: len(Key(tonic).pitch_classes & key.pitch_classes) for tonic in range(12)}
    return max(shared, key=lambda tonic: (shared[tonic], tonic == key.tonic))


def home_of_notes(notes: Iterable[Note]) -> int:
    """Return the home note of the key that notes are in, 0 where nothing sounds."""
    return home_of(find_key(notes) or Key(0))


def melody_bars(
    notes: Sequence[Note], meter_map: MeterMap, length: float
) -> tuple[list[Span], list[Tune]]:
    """Return the bars of a song, and the melody's notes in each, from the start of that bar.

    Of notes that begin on the same 16th the highest counts, a note ends where the next begins, and
    one that begins after the last bar is left out.
    """
    bars = list(meter_map.bars(length))
    starts = [bar.start for bar in bars]
    found: list[list[MelodyNote]] = [[] for _ in bars]
    line = [note for note in _one_line(notes) if note.onset < bars[-1].end * STEPS_PER_BEAT]
    for index, (step, pitch, duration) in enumerate(line):
        following = line[index + 1].onset if index + 1 < len(line) else step + LONGEST_STEPS
        bar = bisect_right(starts, step / STEPS_PER_BEAT) - 1
        onset = step - round(starts[bar] * STEPS_PER_BEAT)
        kept = min(duration, following - step, LONGEST_STEPS)
        found[bar].append(MelodyNote(max(0, onset), pitch, kept))
    return bars, [tuple(inside) for inside in found]


def segments(
    bars: Sequence[Span], tunes: Sequence[Tune], first: int = 0, hop: int = SEGMENT_BARS
) -> list[Segment]:
    """Return the pairs of bars from bar `first` on that hold three notes or more.

    Args:
        bars: The song's bars.
        tunes: The melody's notes in each, as `melody_bars` returns both.
        first: The first bar of the first segment.
        hop: Bars from one segment to the next.
    """
    found: list[Segment] = []
    for bar in range(first, len(bars) - SEGMENT_BARS + 1, hop):
        later = round(bars[bar].length * STEPS_PER_BEAT)
        tune = tunes[bar] + tuple(
            note._replace(onset=note.onset + later) for note in tunes[bar + 1]
        )
        if len(tune) >= FEWEST_NOTES:
            found.append(Segment(bar, Span(bars[bar].start, bars[bar + 1].end), tune))
    return found


def features(tunes: Sequence[Tune], homes: Sequence[int]) -> Features:
    """Return what the network reads, of shape (tunes, most notes, 4), padded with 0 at the end.

    Args:
        tunes: At least one; each holds a note.
        homes: The home note 0-11 of each.
    """
    table = np.full((len(tunes), max(map(len, tunes)), len(FEATURE_SIZES)), PAD, np.int64)
    for row, (tune, home) in enumerate(zip(tunes, homes, strict=True)):
        onset, pitch, duration = np.array(tune, np.int64).T
        count = len(tune)
        interval = np.clip(np.diff(pitch), -WIDEST_INTERVAL, WIDEST_INTERVAL)
        table[row, 0, 0] = FIRST_INTERVAL
        table[row, 1:count, 0] = interval + WIDEST_INTERVAL + 1
        table[row, :count, 1] = (pitch - home) % 12 + 1
        table[row, :count, 2] = np.clip(duration, 1, LONGEST_STEPS)
        table[row, :count, 3] = np.minimum(onset, POSITIONS - 1) + 1
    return table


def _one_line(notes: Sequence[Note]) -> list[MelodyNote]:
    highest: dict[int, MelodyNote] = {}
    for note in notes:
        step = round(note.start * STEPS_PER_BEAT)
        duration = max(1, round(note.end * STEPS_PER_BEAT) - step)
        if not note.is_muted and (step not in highest or note.pitch > highest[step].pitch):
            highest[step] = MelodyNote(step, note.pitch, duration)
    return [highest[step] for step in sorted(highest)]
