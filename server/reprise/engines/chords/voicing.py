"""Which pitches a chord sounds on: as near as possible to where the hands are, and complete.

The lowest note is the chord's bass; the others move as little as they can from the chord before and
stay near the register of the clip. The best voicing of all is found by dynamic programming from the
bass up.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from reprise.music.chords import QUALITIES, Chord
from reprise.music.pitch import folded

REACH: Final = 8
"""Semitones that a note may be away from where it would stand best."""

PULL: Final = 0.5
"""What a semitone away from the clip's register costs, in semitones away from the chord before."""

DOUBLED: Final = 1.5
THINNED: Final = 12.0
"""Two voices on one pitch are a voice less."""

MISSING_COSTS: Final = {3: 7.0, 4: 7.0, 0: 4.0, 10: 5.0, 11: 5.0, 9: 4.0, 7: 1.0}
"""What it costs to leave out a step above the root; other steps cost `MISSING_OTHER`."""

MISSING_OTHER: Final = 3.0
NARROW: Final = 2.0
"""Two voices a semitone apart rub."""

LOWEST_INNER: Final = 43
"""Upper voices below this pitch mumble; each semitone costs `MUMBLING`."""

MUMBLING: Final = 0.5
HIGHEST_BASS: Final = 55
"""A single note below this pitch is the bass."""

Pitches = tuple[int, ...]


@lru_cache(maxsize=4096)
def voiced(chord: Chord, register: Pitches, before: Pitches, low: int, high: int) -> Pitches:
    """Return as many rising pitches as `register` has, that sound a chord.

    Args:
        chord: Which.
        register: Rising pitches of the clip at this place.
        before: Rising pitches of the chord before; () at the start.
        low: No pitch below where the chord has one above, 0-127.
        high: No pitch above where the chord has one below, 0-127.
    """
    wished = _wished(register, before)
    if len(register) == 1:
        return (_single(chord, wished[0], low, high),)
    found = _cheapest(chord, _basses(chord, wished[0], low, high), wished, low, high)
    if len(set(found)) == len(found):
        return found
    # There is no room for all voices above the bass: another chord tone goes to the bottom.
    others = [pitch for pitch in range(low, high + 1) if pitch % 12 in _tones(chord)]
    return _cheapest(chord, others, wished, low, high) if others else found


def _cheapest(
    chord: Chord, basses: Sequence[int], wished: Sequence[float], low: int, high: int
) -> Pitches:
    """Return the cheapest of all voicings over some lowest pitches."""
    ways = []
    for bass in basses:
        cost, upper = _upper(chord, bass, wished[1:], low, high)
        ways.append((cost + abs(bass - wished[0]), (bass, *upper)))
    return min(ways)[1]


def _wished(register: Pitches, before: Pitches) -> tuple[float, ...]:
    """Return where each voice would stand best: between the chord before and its register."""
    if not before:
        return tuple(map(float, register))
    last = len(before) - 1
    many = max(1, len(register) - 1)
    follows = [before[round(index * last / many)] for index in range(len(register))]
    return tuple(
        (near + PULL * own) / (1 + PULL) for near, own in zip(follows, register, strict=True)
    )


def _single(chord: Chord, wished: float, low: int, high: int) -> int:
    if wished < HIGHEST_BASS:
        return _bass(chord, wished, low, high)
    inside = [pitch for pitch in range(low, high + 1) if pitch % 12 in _tones(chord)]
    if not inside:
        return folded(round(wished), low, high)
    return min(inside, key=lambda pitch: (abs(pitch - wished), pitch))


def _bass(chord: Chord, wished: float, low: int, high: int) -> int:
    return min(_basses(chord, wished, low, high), key=lambda pitch: (abs(pitch - wished), pitch))


def _basses(chord: Chord, wished: float, low: int, high: int) -> list[int]:
    """Return the pitches that the bass may have: its octaves, or the nearest there is to one."""
    octaves = [pitch for pitch in range(chord.bass, 128, 12) if low <= pitch <= high]
    return octaves or [folded(chord.bass + 12 * round((wished - chord.bass) / 12), low, high)]


def _tones(chord: Chord) -> frozenset[int]:
    return frozenset((chord.root + step) % 12 for step in QUALITIES[chord.quality])


_State = tuple[int, frozenset[int]]


def _upper(
    chord: Chord, bass: int, wished: Sequence[float], low: int, high: int
) -> tuple[float, Pitches]:
    """Return what the cheapest rising pitches above a bass cost, and these."""
    tones = _tones(chord)
    best: dict[_State, tuple[float, Pitches]] = {(bass, frozenset({bass % 12})): (0.0, ())}
    for wish in wished:
        following: dict[_State, tuple[float, Pitches]] = {}
        for (last, covered), (cost, path) in best.items():
            for pitch in _candidates(tones, last, wish, low, high):
                state = (pitch, covered | {pitch % 12})
                total = cost + _cost(pitch, last, wish, covered)
                if state not in following or total < following[state][0]:
                    following[state] = (total, (*path, pitch))
        best = following
    ends = ((cost + _missing(chord, covered), path) for (_, covered), (cost, path) in best.items())
    return min(ends)


def _candidates(tones: frozenset[int], last: int, wish: float, low: int, high: int) -> list[int]:
    """Return pitches for the next voice up; where none is left, the one below once more."""
    middle = max(round(wish), last + 1)
    for reach in (REACH, 2 * REACH):
        first, stop = max(last + 1, low, middle - reach), min(high, middle + reach) + 1
        found = [pitch for pitch in range(first, stop) if pitch % 12 in tones]
        if found:
            return found
    return [last]


def _cost(pitch: int, last: int, wish: float, covered: frozenset[int]) -> float:
    cost = abs(pitch - wish) + DOUBLED * (pitch % 12 in covered)
    cost += THINNED * (pitch == last)
    cost += NARROW * (pitch - last == 1)
    return cost + MUMBLING * max(0, LOWEST_INNER - pitch)


def _missing(chord: Chord, covered: frozenset[int]) -> float:
    return sum(
        MISSING_COSTS.get(step, MISSING_OTHER)
        for step in QUALITIES[chord.quality]
        if (chord.root + step) % 12 not in covered
    )
