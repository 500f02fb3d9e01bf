"""How long each chord lasts, such that chords change where bars and beats do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.music.meter import MeterMap
from reprise.tokenizers import chords

HALF: Final = chords.HALF_BEAT
OFF_BEAT, BEAT, MIDDLE = 2.0, 0.8, 0.2
"""Nats that a change costs off the beat, on a beat, and in the middle of a bar."""

OVERHANG: Final = 0.3
"""Nats for each beat by which the last chord would go on beyond the end."""

_HALVES: Final = tuple(round(beats / HALF) for beats in chords.DURATIONS)

Floats = NDArray[np.float64]


def fitting_lengths(
    scores: Floats, start: float, end: float, meter_map: MeterMap, weight: float
) -> list[float]:
    """Return lengths in beats that reach from `start` to `end` or use up all elements.

    The best path of all (dynamic programming), each length paying for being unlikely and for where
    the next chord begins.

    Args:
        scores: Log-probabilities (elements, duration classes).
        start: Where the first element begins, in beats.
        end: Where the last one is cut, in beats.
        meter_map: The meters.
        weight: How much places count, 0.0-1.0; 0 takes each likeliest length.
    """
    size = max(1, int(np.ceil((end - start) / HALF - 1e-6)))
    costs = [weight * _cost(start + at * HALF, meter_map) for at in range(size + 1)]
    relative = scores - scores.max(axis=1, keepdims=True)
    best: list[dict[int, _Way]] = [{0: _Way(0.0, 0, 0)}]
    for row in relative.tolist():
        following: dict[int, _Way] = {}
        for at, way in best[-1].items():
            for class_, half in enumerate(_HALVES if at < size else ()):
                to = min(at + half, size)
                over = weight * OVERHANG * HALF * max(0, at + half - size)
                total = way.score + row[class_] - costs[to] - over
                if to not in following or total > following[to].score:
                    following[to] = _Way(total, at, class_)
        best.append(following)
    return _path(best, size)


@dataclass(frozen=True, slots=True)
class _Way:
    """The best way to a place: its score, the place before, and the length that led here."""

    score: float
    before: int
    class_: int


def _path(best: Sequence[Mapping[int, _Way]], size: int) -> list[float]:
    arrivals = [index for index, ways in enumerate(best) if size in ways]
    if arrivals:
        index, at = max(arrivals, key=lambda index: best[index][size].score), size
    else:
        index = len(best) - 1
        at = max(best[index], key=lambda place: best[index][place].score)
    beats: list[float] = []
    while index:
        way = best[index][at]
        beats.append(chords.DURATIONS[way.class_])
        index, at = index - 1, way.before
    return beats[::-1]


def _cost(beat: float, meter_map: MeterMap) -> float:
    bar = meter_map.bar_at(beat)
    offset = beat - bar.start
    if offset == 0.0:
        return 0.0
    if offset % 1.0:
        return OFF_BEAT
    return MIDDLE if 2 * offset == bar.length else BEAT
