"""Which cells of an excerpt an example hides: the patterns in which producers ask."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from reprise.tokenizers.ensemble.vocabulary import Asked
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import Excerpt

EMPTY_SHARE = 0.5
"""How likely an empty cell is hidden, against one with notes."""

SPAN_SHARE, LOOP_SHARE, HINT_SHARE, SCATTERED_SHARE = 0.35, 0.7, 0.25, 0.35
UNKNOWN_SHARE, LONG_SHARE = 0.25, 0.25
LONGEST_AHEAD = 2
LATER_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is hidden.

    Attributes:
        holes: Places to answer.
        unknown: Places that are not available yet, and not asked for.
    """

    holes: frozenset[Place]
    unknown: frozenset[Place] = frozenset()


def draw_hiding(excerpt: Excerpt, asked: Asked, random: np.random.Generator) -> Hiding | None:
    """Return what a task hides, or None where that would be no cell with notes."""
    pattern = _PATTERNS[asked]
    if excerpt.unit and asked in (Asked.INFILL, Asked.CONTINUE) and random.random() < LOOP_SHARE:
        pattern = _repetitions
    return _heard(excerpt, _asked_in_part(pattern(excerpt, random), random))


def _heard(excerpt: Excerpt, hiding: Hiding) -> Hiding | None:
    return hiding if any(place in excerpt.cells for place in hiding.holes) else None


def _asked_in_part(hiding: Hiding, random: np.random.Generator) -> Hiding:
    """Return a hiding of which some is asked for later, and unknown until then.

    A long clip is answered some bars after others, and voices may be written one by one.
    """
    axis = 0 if random.random() < 0.6 else 1
    lines = sorted({place[axis] for place in hiding.holes})
    if len(lines) < 2 or random.random() >= LATER_SHARE:
        return hiding
    first = lines[int(random.integers(1, len(lines)))]
    later = frozenset(place for place in hiding.holes if place[axis] >= first)
    return Hiding(hiding.holes - later, hiding.unknown | later)


def _infill(excerpt: Excerpt, random: np.random.Generator) -> Hiding:
    """Hide cells here and there, or some tracks in a span of bars."""
    if random.random() < SPAN_SHARE:
        return _span(excerpt, random)
    share = random.uniform(0.1, 0.8)
    places = _all_places(excerpt)
    draws = random.random(len(places)).tolist()
    limits = [share if place in excerpt.cells else share * EMPTY_SHARE for place in places]
    return Hiding(
        frozenset(place for place, draw, limit in zip(places, draws, limits) if draw < limit)
    )


def _span(excerpt: Excerpt, random: np.random.Generator) -> Hiding:
    """Hide some tracks, or all, in a span of bars."""
    bars = len(excerpt.bars)
    length = int(random.integers(1, max(1, bars * 3 // 4) + 1))
    first = int(random.integers(0, bars - length + 1))
    return _block(range(first, first + length), _some_tracks(excerpt, 0.3, random))


def _tracks(excerpt: Excerpt, random: np.random.Generator) -> Hiding:
    """Hide whole tracks, though never all; sometimes a bar of them stays as a hint."""
    count = len(excerpt.track_numbers)
    if count == 1:
        return _infill(excerpt, random)
    hidden = int(random.integers(1, count)) if random.random() < 0.3 else 1
    tracks = _busy_first(excerpt, random)[:hidden]
    bars = list(range(len(excerpt.bars)))
    if len(bars) > 1 and random.random() < HINT_SHARE:
        bars.remove(0 if random.random() < 0.5 else int(random.integers(len(bars))))
    return _block(bars, tracks)


def _busy_first(excerpt: Excerpt, random: np.random.Generator) -> list[int]:
    """Return the tracks in random order; those that sound in few bars mostly come late."""
    sounding = Counter(track for _, track in excerpt.cells)
    draws = random.random(len(excerpt.track_numbers)).tolist()
    return sorted(sounding, key=lambda track: draws[track] ** (1.0 / sounding[track]), reverse=True)


def _continue(excerpt: Excerpt, random: np.random.Generator) -> Hiding:
    """Hide the last bars of all tracks or some; sometimes what comes just before is unknown."""
    bars = len(excerpt.bars)
    if bars < 2:
        return _infill(excerpt, random)
    longest = bars // 2
    if random.random() < LONG_SHARE:
        longest = max(1, bars - max(1, excerpt.unit))
    length = int(random.integers(1, longest + 1))
    tracks = _some_tracks(excerpt, 0.6, random)
    if bars < 3 or random.random() >= UNKNOWN_SHARE:
        return _block(range(bars - length, bars), tracks)
    return _ahead(excerpt, min(length, LONGEST_AHEAD), tracks, random)


def _ahead(excerpt: Excerpt, length: int, tracks: list[int], random: np.random.Generator) -> Hiding:
    """Hide the last bars of tracks; of these and the bar before nothing else is available."""
    first = len(excerpt.bars) - length
    holes = {(bar, track) for bar in range(first, first + length) for track in tracks}
    unknown = {place for place in _all_places(excerpt) if place[0] >= first - 1} - holes
    if random.random() < 0.5:
        unknown -= {(first - 1, track) for track in tracks}
    return Hiding(frozenset(holes), frozenset(unknown))


def _repetitions(excerpt: Excerpt, random: np.random.Generator) -> Hiding:
    """Hide whole repetitions of a loop, though never all, in all tracks or some."""
    count = len(excerpt.bars) // excerpt.unit
    if count < 2:
        return _infill(excerpt, random)
    hidden = random.permutation(count)[: int(random.integers(1, count))]
    bars = [int(turn) * excerpt.unit + bar for turn in hidden for bar in range(excerpt.unit)]
    return _block(bars, _some_tracks(excerpt, 0.6, random))


def _section(excerpt: Excerpt, random: np.random.Generator) -> Hiding:
    """Hide what is to be varied: all bars or a span of all tracks or some, or cells of these."""
    bars = len(excerpt.bars)
    length = bars if random.random() < 0.6 else int(random.integers(1, bars + 1))
    first = int(random.integers(0, bars - length + 1))
    hiding = _block(range(first, first + length), _some_tracks(excerpt, 0.5, random))
    if random.random() >= SCATTERED_SHARE:
        return hiding
    places = sorted(hiding.holes)
    count = max(1, int(len(places) * random.uniform(0.25, 1.0)))
    chosen = random.permutation(len(places))[:count].tolist()
    return Hiding(frozenset(places[index] for index in chosen))


_PATTERNS: Mapping[Asked, Callable[[Excerpt, np.random.Generator], Hiding]] = {
    Asked.INFILL: _infill,
    Asked.TRACK: _tracks,
    Asked.CONTINUE: _continue,
    Asked.VARY: _section,
    Asked.LOCKS: _section,
}


def theme_hiding(
    excerpt: Excerpt, track: int, bars: tuple[int, ...], random: np.random.Generator
) -> Hiding | None:
    """Return a hiding of bars of a theme's track, where it comes back, and maybe of others.

    Args:
        excerpt: The excerpt.
        track: The excerpt's track that has the theme.
        bars: The first bars of the theme's returns in the excerpt, maybe none.
        random: Draws the rest.
    """
    count = len(excerpt.bars)
    first, stop = 0, count
    if random.random() < 0.6:
        at = bars[int(random.integers(len(bars)))] if bars else int(random.integers(count))
        first = int(random.integers(0, at + 1))
        stop = int(random.integers(min(count, at + 2), count + 1))
    draws = random.random(len(excerpt.track_numbers))
    tracks = [other for other, draw in enumerate(draws) if other == track or draw < 0.3]
    return _heard(excerpt, _block(range(first, stop), tracks))


def _some_tracks(excerpt: Excerpt, share_of_all: float, random: np.random.Generator) -> list[int]:
    count = len(excerpt.track_numbers)
    if count == 1 or random.random() < share_of_all:
        return list(range(count))
    return [int(track) for track in random.permutation(count)[: int(random.integers(1, count))]]


def _block(bars: Iterable[int], tracks: list[int]) -> Hiding:
    return Hiding(frozenset(itertools.product(bars, tracks)))


def _all_places(excerpt: Excerpt) -> list[Place]:
    return [
        (bar, track)
        for bar in range(len(excerpt.bars))
        for track in range(len(excerpt.track_numbers))
    ]
