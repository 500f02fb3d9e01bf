"""Tempo maps of steps from tempi that glide between points, as hosts draw them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reprise.music.tempo import MAX_TEMPO_BPM, MIN_TEMPO_BPM, TempoMap

MAX_STEPS: Final = 32
"""A glide becomes a step a beat, at most so many."""
MANY_POINTS: Final = 1_000
"""Where there are more points, each glide is one step."""

Point = tuple[float, float]
"""A time in beats and the tempo there in quarter notes per minute. Two at one time are a jump."""


def tempo_map(points: Sequence[Point], otherwise_bpm: float) -> TempoMap:
    """Return the tempi from beat 0 on, gliding from each point to the next.

    Args:
        points: In order of time, which may be below 0.
        otherwise_bpm: What holds where there are no points.
    """
    steps = _steps(points) if points else iter(((0.0, otherwise_bpm),))
    changes: dict[float, float] = {}
    for beat, tempo_bpm in steps:
        changes[max(beat, 0.0)] = min(max(tempo_bpm, MIN_TEMPO_BPM), MAX_TEMPO_BPM)
    first = {0.0: next(iter(changes.values()))}
    return TempoMap(tuple(_without_repeats((first | changes).items())))


def _steps(points: Sequence[Point]) -> Iterator[Point]:
    most = MAX_STEPS if len(points) <= MANY_POINTS else 1
    for (start, from_bpm), (end, to_bpm) in zip(points, points[1:]):
        if end <= start or end <= 0.0:
            continue
        if start < 0.0:
            from_bpm += (to_bpm - from_bpm) * -start / (end - start)
            start = 0.0
        count = 1 if from_bpm == to_bpm else min(most, math.ceil(end - start))
        for number in range(count):
            middle = (number + 0.5) / count
            yield start + (end - start) * number / count, from_bpm + (to_bpm - from_bpm) * middle
    yield points[-1]


def _without_repeats(changes: Iterable[Point]) -> Iterator[Point]:
    before = math.nan
    for beat, tempo_bpm in changes:
        if tempo_bpm != before:
            yield beat, tempo_bpm
        before = tempo_bpm
