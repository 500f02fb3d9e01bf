"""Beats from seconds along a project's tempo and meter markers, whose tempi may glide."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reprise.library.ingest import ramps
from reprise.music.meter import DENOMINATORS, MAX_NUMERATOR, Meter, MeterMap
from reprise.music.tempo import MAX_TEMPO_BPM, MIN_TEMPO_BPM, TempoMap

_DENOMINATOR_UNIT: Final = 65_536
_DIGITS: Final = 6
"""Seconds are written with so many digits that beats are sure to a millionth."""


@dataclass(frozen=True, slots=True)
class TempoPoint:
    """A tempo marker.

    Attributes:
        seconds: Where it stands.
        tempo_bpm: Quarter notes per minute from there on.
        meter: From there on, None where it stays.
        glides: The tempo goes straight, in time, to the next marker's.
    """

    seconds: float
    tempo_bpm: float
    meter: Meter | None = None
    glides: bool = False


def meter_of_number(value: int) -> Meter | None:
    """Return the meter that REAPER writes as one number: 262148 is 4/4; None for none."""
    denominator, numerator = divmod(value, _DENOMINATOR_UNIT)
    is_meter = denominator in DENOMINATORS and 1 <= numerator <= MAX_NUMERATOR
    return Meter(numerator, denominator) if is_meter else None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From one marker to the next: `seconds` and `beat` are where it begins."""

    seconds: float
    beat: float
    length_seconds: float
    from_bpm: float
    to_bpm: float

    def beat_at(self, seconds: float) -> float:
        passed = seconds - self.seconds
        middle = self.from_bpm
        if self.to_bpm != self.from_bpm:
            middle += (self.to_bpm - self.from_bpm) * passed / (2.0 * self.length_seconds)
        return self.beat + passed * middle / 60.0


class SongTime:
    """A project's time line.

    Args:
        tempo_bpm: At the start, where no marker stands there.
        meter: At the start, where no marker stands there.
        points: Tempo markers.
    """

    def __init__(self, tempo_bpm: float, meter: Meter, points: Sequence[TempoPoint]) -> None:
        self._points = _in_order(tempo_bpm, points)
        self._meter = meter
        self._stretches = list(_stretches(self._points))

    def beat_at(self, seconds: float) -> float:
        """Return the beat at a time in seconds, 0 or more."""
        index = bisect_right(self._stretches, seconds, key=lambda stretch: stretch.seconds) - 1
        return round(self._stretches[max(index, 0)].beat_at(max(seconds, 0.0)), _DIGITS)

    def tempo_map(self) -> TempoMap:
        """Return the tempi, glides in steps."""
        points: list[ramps.Point] = []
        for stretch in self._stretches:
            end = stretch.beat_at(stretch.seconds + stretch.length_seconds)
            points.append((round(stretch.beat, _DIGITS), stretch.from_bpm))
            points.append((round(end, _DIGITS), stretch.to_bpm))
        return ramps.tempo_map(points, self._points[0].tempo_bpm)

    def meter_map(self) -> MeterMap:
        """Return the meters."""
        changes = {0.0: self._meter}
        for point in self._points:
            if point.meter is not None:
                changes[self.beat_at(point.seconds)] = point.meter
        return MeterMap(tuple(sorted(changes.items())))


def _in_order(tempo_bpm: float, points: Sequence[TempoPoint]) -> list[TempoPoint]:
    """Return the markers by time, one at the start, their tempi held to what tempo maps can say."""
    by_time = {max(point.seconds, 0.0): point for point in points}
    by_time.setdefault(0.0, TempoPoint(0.0, tempo_bpm))
    return [
        TempoPoint(
            seconds,
            min(max(point.tempo_bpm, MIN_TEMPO_BPM), MAX_TEMPO_BPM),
            point.meter,
            glides=point.glides,
        )
        for seconds, point in sorted(by_time.items())
    ]


def _stretches(points: Sequence[TempoPoint]) -> Iterator[_Stretch]:
    beat = 0.0
    for point, after in pairwise(points):
        to_bpm = after.tempo_bpm if point.glides else point.tempo_bpm
        length = after.seconds - point.seconds
        stretch = _Stretch(point.seconds, beat, length, point.tempo_bpm, to_bpm)
        yield stretch
        beat = stretch.beat_at(after.seconds)
    last = points[-1]
    yield _Stretch(last.seconds, beat, 0.0, last.tempo_bpm, last.tempo_bpm)
