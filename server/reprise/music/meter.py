"""Meters such as 3/4, and where they change inside a clip or score."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.errors import InvalidRequestError
from reprise.music.span import Span

MAX_NUMERATOR = 64
DENOMINATORS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True, order=True)
class Meter:
    """A time signature.

    Attributes:
        numerator: Units in a bar, 1 to 64.
        denominator: The unit as a fraction of a whole note: 1, 2, 4, 8, 16, 32 or 64.
    """

    numerator: int = 4
    denominator: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= MAX_NUMERATOR or self.denominator not in DENOMINATORS:
            raise InvalidRequestError(
                f"a meter needs 1 to {MAX_NUMERATOR} over one of {DENOMINATORS}, "
                f"got {self.numerator}/{self.denominator}"
            )

    @property
    def bar_length(self) -> float:
        """The length of one bar in beats: 3.0 for 6/8."""
        return self.numerator * 4.0 / self.denominator

    @property
    def pulse(self) -> float:
        """The felt pulse in beats: a dotted quarter in 6/8, 9/8 and 12/8, else one unit."""
        unit = 4.0 / self.denominator
        is_compound = self.denominator >= 8 and self.numerator % 3 == 0 and self.numerator > 3
        return 3.0 * unit if is_compound else unit

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class MeterMap:
    """Which meter holds where.

    Attributes:
        changes: Pairs of a start in beats and the meter from there on; the first starts at 0.0 and
            starts rise. A change inside a bar cuts that bar short, as in every notation.
    """

    changes: tuple[tuple[float, Meter], ...] = ((0.0, Meter()),)

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.changes]
        if not starts or starts[0] != 0.0 or any(b <= a for a, b in zip(starts, starts[1:])):
            raise InvalidRequestError(
                f"a meter map starts at beat 0 and its changes rise, got starts {starts[:8]}"
            )

    @classmethod
    def constant(cls, meter: Meter) -> "MeterMap":
        """Return a map with one meter throughout."""
        return cls(((0.0, meter),))

    def at(self, beat: float) -> Meter:
        """Return the meter that holds at a time in beats."""
        index = bisect_right(self.changes, beat, key=lambda change: change[0])
        return self.changes[max(0, index - 1)][1]

    def bar_at(self, beat: float) -> Span:
        """Return the bar that holds a time in beats, 0 or more."""
        index = bisect_right(self.changes, beat, key=lambda change: change[0]) - 1
        section, meter = self.changes[max(0, index)]
        count = (beat - section) // meter.bar_length
        if section + (count + 1) * meter.bar_length <= beat:
            count += 1  # the division was rounded down across a bar line
        start = min(section + count * meter.bar_length, beat)
        ends = [change for change, _ in self.changes[index + 1 : index + 2]]
        return Span(start, min([section + (count + 1) * meter.bar_length, *ends]))

    def bar_start(self, beat: float) -> float:
        """Return where the bar begins that holds a time in beats, 0 or more."""
        return self.bar_at(beat).start

    def bars_at(
        self, beats: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return for each of many times where its bar begins, and how long a whole one is there.

        The starts are those of `bar_start`, found at once.
        """
        changes = np.array([start for start, _ in self.changes])
        places = np.maximum(np.searchsorted(changes, beats, side="right") - 1, 0)
        sections = changes[places]
        lengths = np.array([meter.bar_length for _, meter in self.changes])[places]
        counts = (beats - sections) // lengths
        counts += sections + (counts + 1) * lengths <= beats
        return np.minimum(sections + counts * lengths, beats), lengths

    def bars(self, length: float) -> Iterator[Span]:
        """Yield the span of each bar from beat 0 until `length` is covered.

        The last bar may reach beyond `length`; a bar cut by a meter change is shorter.
        """
        for index, (start, meter) in enumerate(self.changes):
            stop = self.changes[index + 1][0] if index + 1 < len(self.changes) else length
            count = 0
            # Bars are counted, not summed, so that a long clip gathers no rounding error.
            while (bar_start := start + count * meter.bar_length) < min(stop, length):
                bar_end = start + (count + 1) * meter.bar_length
                is_last_section = index + 1 == len(self.changes)
                yield Span(bar_start, bar_end if is_last_section else min(bar_end, stop))
                count += 1

    def bar_count(self, length: float) -> int:
        """Return how many bars, whole or begun, a length in beats holds."""
        return sum(1 for _ in self.bars(length))

    def span_of_bars(self, first: int, stop: int, length: float) -> Span:
        """Return the span of bars `first` up to, not including, `stop`, counted from 0.

        Raises:
            InvalidRequestError: The bars are not all inside `length` beats.
        """
        bars = list(self.bars(length))
        if not 0 <= first < stop <= len(bars):
            raise InvalidRequestError(
                f"bars {first}:{stop} were asked for, but the clip has bars 0:{len(bars)}; "
                "bars are counted from 0 and the end is not included"
            )
        return Span(bars[first].start, min(bars[stop - 1].end, length))

    def after(self, beat: float) -> "MeterMap":
        """Return the map as seen from a later time in beats, which becomes beat 0."""
        later = tuple((start - beat, meter) for start, meter in self.changes if start > beat)
        return MeterMap(((0.0, self.at(beat)), *later))
