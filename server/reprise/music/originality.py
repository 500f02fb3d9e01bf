"""Runs of notes and bars of drums as numbers, for telling whether music was heard before.

A line is the top note of each onset of a voice. A *run* is twelve notes of a line, told by its
intervals and by how its onsets relate, so that neither transposition nor tempo hides it. A run is
*telling* when it has at least four different intervals and two different ratios of neighbouring
onsets: scales, repeated notes and even arpeggios are everybody's. A bar of drums is told by which
pads are hit when.

Codes have 40 bits: among a million known ones, a run of no song is taken for one of them about
once in a million.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Codes = NDArray[np.uint64]
Line = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Times in ticks, rising, and the pitches there; at least one."""

RUN_NOTES: Final = 12
MIN_INTERVALS: Final = 4
MIN_RATIOS: Final = 2
CODE_BITS: Final = 40

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_SPREAD = np.int64(1 << 20)
"""Above any onset difference in ticks that is told apart."""


def line_of(onsets: NDArray[np.integer], pitches: NDArray[np.integer]) -> Line:
    """Return the times and pitches of a voice's line: the top note of each onset.

    Args:
        onsets: In ticks, in any order.
        pitches: Of the same notes.
    """
    order = np.lexsort((pitches, onsets))
    times, tops = onsets[order].astype(np.int64), pitches[order].astype(np.int64)
    is_last = np.append(times[1:] != times[:-1], True)[: len(times)]
    return times[is_last], tops[is_last]


def run_codes(times: NDArray[np.int64], tops: NDArray[np.int64]) -> tuple[Codes, NDArray[np.bool_]]:
    """Return the code of each run of a line, and whether it is telling; shapes (runs,).

    Args:
        times: Onsets in ticks, rising.
        tops: Pitches of the same notes.
    """
    steps = RUN_NOTES - 1
    if len(times) <= steps:
        return np.zeros(0, np.uint64), np.zeros(0, np.bool_)
    intervals = sliding_window_view(np.diff(tops), steps)
    gaps = sliding_window_view(np.minimum(np.diff(times), _SPREAD - 1), steps)
    # Onsets as multiples of what divides them all: the same at any tempo.
    relative = gaps // np.gcd.reduce(gaps, axis=1)[:, None]
    codes = np.zeros(len(gaps), np.uint64)
    for step in range(steps):
        letters = (intervals[:, step] + 128) * _SPREAD + relative[:, step]
        codes = _mixed(codes * _FACTOR + letters.astype(np.uint64))
    ratios = _ratios(np.diff(times))
    is_telling = (_distinct(intervals) >= MIN_INTERVALS) & (
        _distinct(sliding_window_view(ratios, steps - 1)) >= MIN_RATIOS
    )
    return _shortened(codes), is_telling


def run_codes_of(lines: Sequence[Line]) -> list[tuple[Codes, NDArray[np.bool_]]]:
    """Return `run_codes` of each of some lines, found at once: many take little longer than one."""
    if not lines:
        return []
    moved: list[NDArray[np.int64]] = []
    tops: list[NDArray[np.int64]] = []
    ends = [0]
    for times, pitches in lines:
        # Only differences are told: every line may begin where the one before has ended.
        after = moved[-1][-1] + 1 if moved else 0
        moved.append(times - times[0] + after)
        tops.append(pitches)
        ends.append(ends[-1] + len(times))
    codes, are_telling = run_codes(np.concatenate(moved), np.concatenate(tops))
    runs = [slice(a, max(a, b - RUN_NOTES + 1)) for a, b in zip(ends, ends[1:])]
    return [(codes[own], are_telling[own]) for own in runs]


def bar_codes(
    bars: NDArray[np.integer],
    lengths: NDArray[np.integer],
    onsets: NDArray[np.integer],
    pitches: NDArray[np.integer],
) -> Codes:
    """Return a code for each of some bars of drums, whatever the order of their notes.

    Args:
        bars: Number of each note's bar, from 0.
        lengths: Of each bar, in ticks.
        onsets: In ticks from the bar's start.
        pitches: Of the same notes.
    """
    notes = np.unique(np.stack([bars, onsets, pitches]).astype(np.int64), axis=1)
    letters = _mixed((notes[1] * 128 + notes[2] + 1).astype(np.uint64) * _FACTOR)
    sums = np.zeros(len(lengths), np.uint64)
    np.add.at(sums, notes[0], _mixed(letters * _FACTOR))
    return _shortened(_mixed(sums * _FACTOR + lengths.astype(np.uint64)))


def _ratios(gaps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number for each pair of neighbouring gaps, the same for the same ratio."""
    before, after = gaps[:-1], gaps[1:]
    common = np.gcd(before, after)
    return np.minimum(before // common, _SPREAD - 1) * _SPREAD + after // common


def _distinct(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many different values each row holds."""
    ordered = np.sort(rows, axis=1)
    counts: NDArray[np.int64] = 1 + np.count_nonzero(np.diff(ordered, axis=1), axis=1)
    return counts


def _mixed(values: Codes) -> Codes:
    mixed: Codes = (values ^ (values >> _SHIFT)) * _FACTOR
    return mixed ^ (mixed >> np.uint64(32))


def _shortened(codes: Codes) -> Codes:
    shortened: Codes = codes >> np.uint64(64 - CODE_BITS)
    return shortened
