"""Notes of hidden cells that stand all the same: other pads of a beat, the bar's other half.

Such notes are told at the hole, as a source is, and the answer is what comes beside them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.vocabulary import TICKS_PER_BEAT
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import Excerpt

Stands = Callable[[int, GridNote], bool]
"""Tells of a grid bar and a note in it whether the note stands."""


def draw_standing(
    excerpt: Excerpt, holes: Iterable[Place], random: np.random.Generator
) -> dict[Place, Cell]:
    """Return the notes that stand in holes; each track has its own reason, drawn at random."""
    bars: dict[int, list[int]] = defaultdict(list)
    for bar, track in sorted(holes):
        bars[track].append(bar)
    found: dict[Place, Cell] = {}
    for track, own in bars.items():
        stands = _draw_reason(excerpt, track, own, random)
        for bar in own:
            cell = excerpt.cells.get((bar, track), ())
            standing = tuple(note for note in cell if stands(bar, note))
            if standing:
                found[bar, track] = standing
    return found


def without(cells: Mapping[Place, Cell], standing: Mapping[Place, Cell]) -> dict[Place, Cell]:
    """Return cells less the notes that stand; cells that are empty then are left out."""
    left = {
        place: tuple(note for note in cell if note not in standing.get(place, ()))
        for place, cell in cells.items()
    }
    return {place: cell for place, cell in left.items() if cell}


def _draw_reason(
    excerpt: Excerpt, track: int, bars: list[int], random: np.random.Generator
) -> Stands:
    pitches = sorted({note.pitch for bar in bars for note in excerpt.cells.get((bar, track), ())})
    draw = random.random()
    if excerpt.tracks[track].is_drums and len(pitches) > 1 and draw < 0.7:
        return _some_drums(pitches, random)
    if draw < 0.6:
        return _outside_a_span(excerpt, bars, random)
    if draw < 0.85 and len(pitches) > 1:
        return _one_side(pitches, random)
    return _here_and_there(random.uniform(0.2, 0.8), random)


def _some_drums(drums: list[int], random: np.random.Generator) -> Stands:
    count = int(random.integers(1, len(drums)))
    staying = frozenset(random.permutation(drums)[:count].tolist())
    return lambda _, note: note.pitch in staying


def _outside_a_span(excerpt: Excerpt, bars: list[int], random: np.random.Generator) -> Stands:
    """Let the notes stand before a beat of the first bar, and from one of the last."""
    first, last = bars[0], bars[-1]
    begin = _draw_beat(excerpt.bars[first].length, random)
    end = _draw_beat(excerpt.bars[last].length, random)
    if first == last and end <= begin:
        end = excerpt.bars[last].length

    def stands(bar: int, note: GridNote) -> bool:
        return (bar == first and note.onset < begin) or (bar == last and note.onset >= end)

    return stands


def _draw_beat(length: int, random: np.random.Generator) -> int:
    return int(random.integers(0, max(1, length // TICKS_PER_BEAT))) * TICKS_PER_BEAT


def _one_side(pitches: list[int], random: np.random.Generator) -> Stands:
    """Let the notes above a pitch stand, or those below it."""
    border = pitches[int(random.integers(1, len(pitches)))]
    if random.random() < 0.5:
        return lambda _, note: note.pitch >= border
    return lambda _, note: note.pitch < border


def _here_and_there(share: float, random: np.random.Generator) -> Stands:
    return lambda _, __: bool(random.random() < share)
