"""Grid bars: the bars of any meter, cut where needed into groups that have a meter token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reprise.music.meter import Meter, MeterMap
from reprise.tokenizers.ensemble.vocabulary import (
    MAX_BAR_TICKS,
    METER_TICKS,
    METERS,
    TICKS_PER_BEAT,
)

_OF_METER = {meter: index for index, meter in enumerate(METERS)}
_PLAIN = (2, 1, 0, 4, 3, 5, 7)
_PLAIN_IN_EIGHTHS = (6, 5, 7, 2, 0, 9)
"""Meters to look through for a length: in 6/8 a bar of three quarters is two groups of three."""


@dataclass(frozen=True, slots=True)
class GridBar:
    """A bar, or one group of a bar that has no token of its own.

    Attributes:
        start: Ticks from the start of the window.
        length: Ticks, 1-144.
        meter: Index of its token's meter in `METERS`; where no meter is as long, the next longer.
        opens_bar: Whether a bar of the music begins here.
    """

    start: int
    length: int
    meter: int
    opens_bar: bool = True

    @property
    def end(self) -> int:
        """Ticks from the start of the window."""
        return self.start + self.length


def grid_bars(meter_map: MeterMap, length: float) -> tuple[GridBar, ...]:
    """Return the grid bars that cover `length` beats; the last ends there.

    Bar lines that fall between ticks (7/64) go to the nearest tick. Bars shorter than half a tick
    are joined to their neighbour.
    """
    found: list[GridBar] = []
    end = ticks(length)
    for bar in meter_map.bars(length):
        start, stop = ticks(bar.start), min(ticks(bar.end), end)
        if stop > start:
            found += _groups(start, stop, meter_map.at(bar.start))
    return tuple(found) or (GridBar(0, max(1, end), _meter_of_length(max(1, end))),)


def ticks(beats: float) -> int:
    """Return the nearest tick of a time in beats."""
    return round(beats * TICKS_PER_BEAT)


def beats(tick: int) -> float:
    """Return a time in ticks in beats."""
    return tick / TICKS_PER_BEAT


def _groups(start: int, stop: int, meter: Meter) -> Iterator[GridBar]:
    is_first = True
    while start < stop:
        length, index = _group(stop - start, meter)
        yield GridBar(start, length, index, is_first)
        start += length
        is_first = False


def _group(remaining: int, meter: Meter) -> tuple[int, int]:
    """Return the length in ticks and the token's meter of the next group of a bar."""
    own = _OF_METER.get((meter.numerator, meter.denominator))
    if own is not None and remaining <= METER_TICKS[own]:
        return remaining, own
    if meter.denominator >= 8:
        length = _group_of_eighths(remaining)
        return length, _meter_of_length(length, _PLAIN_IN_EIGHTHS)
    if meter.numerator == 7 and meter.denominator == 4 and remaining == 168:
        length = 96
    else:
        length = remaining if remaining <= MAX_BAR_TICKS else 96
    return length, _meter_of_length(length)


def _group_of_eighths(remaining: int) -> int:
    """Return the ticks of the next group: 6/8 while more than a 9/8 is left, then 3/8, then 2/4."""
    if remaining > 108:
        return 72
    if remaining in (48, 72, 36, 24) or remaining < 36:
        return remaining
    return 36


def _meter_of_length(length: int, order: Sequence[int] = _PLAIN) -> int:
    """Return the first meter in the order that is as long, or else the next longer one."""
    exact = [index for index in order if METER_TICKS[index] == length]
    if exact:
        return exact[0]
    longer = [index for index in range(len(METERS)) if METER_TICKS[index] > length]
    return min(longer, key=lambda index: METER_TICKS[index])
