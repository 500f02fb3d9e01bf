"""As many notes a bar as were asked for: chords struck less often, or again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reprise.engines.base import NEW_VERBS, Task
from reprise.engines.chords.strikes import EDGE, Strike
from reprise.music.meter import MeterMap

SHORTEST: Final = 0.5
"""Beats: a chord is not struck again sooner."""

Chords = dict[float, list[Strike]]


def thinned(strikes: Sequence[Strike], task: Task) -> list[Strike]:
    """Return strikes with about as many notes a bar as the task asks for, all where it does not."""
    wanted = task.controls.notes_per_bar
    if wanted is None or not strikes or (task.keep_rhythm and task.verb not in NEW_VERBS):
        return list(strikes)
    meter_map = task.source.meter_map
    bars: dict[tuple[int, float], Chords] = defaultdict(lambda: defaultdict(list))
    for strike in strikes:
        bar = meter_map.bar_start(strike.straight.start + EDGE)
        bars[strike.voice, bar][strike.straight.start].append(strike)
    found = [
        strike for chords in bars.values() for strike in _adapted(dict(chords), wanted, meter_map)
    ]
    return sorted(found, key=lambda strike: (strike.straight, strike.voice))


def _adapted(chords: Chords, wanted: float, meter_map: MeterMap) -> list[Strike]:
    """Return one bar of one voice with about so many notes."""
    size = sum(map(len, chords.values())) / len(chords)
    count = max(1, round(wanted / size))
    while len(chords) > count:
        _drop_lightest(chords, meter_map)
    while len(chords) < count and _struck_again(chords):
        pass
    return [strike for chord in chords.values() for strike in chord]


def _drop_lightest(chords: Chords, meter_map: MeterMap) -> None:
    """Take the chord away that stands on the lightest place; the one before rings on."""
    starts = sorted(chords)
    lightest = max(starts[1:], key=lambda start: (_lightness(start, meter_map), start))
    gone = chords.pop(lightest)
    before = starts[starts.index(lightest) - 1]
    end = max(strike.straight.end for strike in gone)
    chords[before] = [_lasting(strike, end) for strike in chords[before]]


def _lasting(strike: Strike, end: float) -> Strike:
    more = max(0.0, end - strike.straight.end)
    return replace(
        strike,
        straight=replace(strike.straight, duration=strike.straight.duration + more),
        played=replace(strike.played, duration=strike.played.duration + more),
    )


def _lightness(start: float, meter_map: MeterMap) -> float:
    """Return how light a place is: 0 on a bar line, more on a beat, most between."""
    offset = start - meter_map.bar_start(start + EDGE)
    steps = ((4.0, 0.0), (2.0, 1.0), (1.0, 2.0), (0.5, 3.0))
    return next((light for part, light in steps if abs(offset % part) < EDGE), 4.0)


def _struck_again(chords: Chords) -> bool:
    """Strike the longest chord again in its middle; tell whether one was long enough."""
    longest = max(chords, key=lambda start: (_length(chords[start]), -start))
    half = _length(chords[longest]) / 2
    if half < SHORTEST:
        return False
    half = half // SHORTEST * SHORTEST
    chord = chords[longest]
    chords[longest + half] = [_shortened(strike.moved(half), half) for strike in chord]
    chords[longest] = [_cut_to(strike, half) for strike in chord]
    return True


def _length(chord: Sequence[Strike]) -> float:
    return min(strike.straight.duration for strike in chord)


def _shortened(strike: Strike, by: float) -> Strike:
    return _cut_to(strike, strike.straight.duration - by)


def _cut_to(strike: Strike, length: float) -> Strike:
    less = strike.straight.duration - length
    return replace(
        strike,
        straight=replace(strike.straight, duration=length),
        played=replace(strike.played, duration=max(SHORTEST / 4, strike.played.duration - less)),
    )
