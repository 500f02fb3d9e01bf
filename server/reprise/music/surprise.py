"""How much a passage says that nobody would have guessed, in bits.

Tunes that have nothing to do with each other share scales, broken chords, repeated notes and plain
beats: many notes that say little. Each note of a line, and each hit of a bar of drums, is told by
a fixed rule what it costs to say when the music before it is known. The costs are round numbers:
steps are likelier than leaps, what came before is likely to come again, and rhythms go on as they
did.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

SAID_BEFORE: Final = 1.0
"""An interval that has followed the one before it already, or a step that goes on."""
INTERVALS: Final = {0: 2.5, 1: 2.5, 2: 2.0, 3: 3.5, 4: 4.0, 5: 4.5, 7: 5.0}
OTHER_INTERVAL: Final = 6.0
STILL: Final = 0.5
"""One more repetition of a note, and one more onset after as long as the one before."""
NEW_RHYTHM: Final = 3.0

PERIODS: Final = (6, 8, 12, 16, 24, 32, 48)
"""Ticks between the hits of a drum that goes on through a bar, from its start or half as late."""
ODD_HIT: Final = 4.0
ODD_HIT_OFF_GRID: Final = 6.0
"""A hit more or less than such a beat has, and one that is on no sixteenth or triplet."""


def of_line(times: Sequence[int], tops: Sequence[int]) -> float:
    """Return the bits of a line.

    Args:
        times: Onsets in ticks, rising.
        tops: Pitches of the same notes.
    """
    gaps = [after - before for before, after in zip(times, times[1:])]
    intervals = [after - before for before, after in zip(tops, tops[1:])]
    return _of_intervals(intervals) + _of_rhythm(gaps)


def of_beat(hits: Collection[tuple[int, int]], length: int) -> float:
    """Return the bits of a bar of drums.

    Args:
        hits: Onsets in ticks from the bar's start, and drums.
        length: Of the bar, in ticks.
    """
    onsets: dict[int, set[int]] = defaultdict(set)
    for onset, drum in hits:
        onsets[drum].add(onset)
    return sum(_of_drum(played, length) for played in onsets.values())


def _of_intervals(intervals: Sequence[int]) -> float:
    if not intervals:
        return 0.0
    bits = _alone(intervals[0])
    followed: dict[int, set[int]] = defaultdict(set)
    for before, now in zip(intervals, intervals[1:]):
        if now == before == 0:
            bits += STILL
        elif now in followed[before] or _goes_on(before, now):
            bits += SAID_BEFORE
        else:
            bits += _alone(now)
        followed[before].add(now)
    return bits


def _of_rhythm(gaps: Sequence[int]) -> float:
    bits = 0.0
    followed: dict[int, set[int]] = defaultdict(set)
    for before, now in zip(gaps, gaps[1:]):
        bits += STILL if now == before or now in followed[before] else NEW_RHYTHM
        followed[before].add(now)
    return bits


def _alone(interval: int) -> float:
    return INTERVALS.get(abs(interval), OTHER_INTERVAL)


def _goes_on(before: int, now: int) -> bool:
    """Tell whether a step follows a step in the same direction."""
    return abs(before) in (1, 2) and abs(now) in (1, 2) and before * now > 0


def _of_drum(played: set[int], length: int) -> float:
    """Return the bits of one drum: of the plain beat that is nearest, with what is odd about it."""
    beats = [range(start, length, step) for step in (*PERIODS, length) for start in (0, step // 2)]
    return min(_of_odd_hits(played.symmetric_difference(beat)) for beat in (*beats, ()))


def _of_odd_hits(onsets: Collection[int]) -> float:
    return sum(
        ODD_HIT_OFF_GRID if onset % PERIODS[0] and onset % PERIODS[1] else ODD_HIT
        for onset in onsets
    )
