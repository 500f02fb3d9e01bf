"""Which cells a variation asks for, and which of their notes stay."""

from collections.abc import Sequence
from math import floor

import numpy as np

from reprise.engines.ensemble.reading import Reading, Spot
from reprise.tokenizers.ensemble.cells import Cell

FEWEST_CHOSEN = 0.25
"""Share of the cells that a variation asks for at the smallest strength."""
HELD_AT_NOUGHT, NONE_HELD_FROM = 0.6, 0.4
"""Share of the notes that stay in a cell at the smallest strength, and from where on none does."""
OCTAVE = 12


def choose_spots(spots: Sequence[Spot], strength: float, random: np.random.Generator) -> list[Spot]:
    """Return the cells that a variation asks for: a quarter of them and the strength, at least one.

    They are spread evenly over each part, so that no half of a clip is varied alone.
    """
    if strength <= 0.0 or not spots:
        return []
    share = min(1.0, FEWEST_CHOSEN + strength)
    found: list[Spot] = []
    for part in sorted({part for _, part in spots}):
        own = sorted(spot for spot in spots if spot[1] == part)
        found += [own[place] for place in _spread(len(own), share, random)]
    return sorted(found) or [spots[int(random.integers(len(spots)))]]


def _spread(total: int, share: float, random: np.random.Generator) -> list[int]:
    """Return a share of the numbers below a total, one of each of as many equal stretches."""
    count = floor(share * total + random.random())
    shift = int(random.integers(total))
    edges = [number * total // count for number in range(count + 1)] if count else [0]
    draws = random.random(count).tolist()
    return [
        (shift + first + floor(draw * (stop - first))) % total
        for first, stop, draw in zip(edges, edges[1:], draws)
    ]


def chosen_similarity(
    reading: Reading, spots: Sequence[Spot], chosen: Sequence[Spot], similarity: float
) -> float:
    """Return how like their sources the chosen cells should be, for the whole to be as asked."""
    counts = {spot: len(reading.free_cell(spot)) for spot in spots}
    share = sum(counts[spot] for spot in chosen) / max(1, sum(counts.values()))
    return max(0.0, 1.0 - (1.0 - similarity) / share) if share else 1.0


def held_notes(cell: Cell, strength: float, random: np.random.Generator) -> Cell:
    """Return notes of a cell that stay: the more of them, the smaller the strength."""
    share = max(0.0, HELD_AT_NOUGHT * (1.0 - strength / NONE_HELD_FROM))
    draws = random.random(len(cell)).tolist()
    kept = [note for note, draw in zip(cell, draws) if draw < share]
    return tuple(kept[:-1] if len(kept) == len(cell) else kept)


def thinned(cell: Cell, locked: Cell, strength: float, random: np.random.Generator) -> Cell:
    """Return what is told of a source: from half the strength on, fewer and fewer of its notes."""
    share = max(0.0, 2.0 * strength - 1.0)
    draws = random.random(len(cell)).tolist()
    return tuple(note for note, draw in zip(cell, draws) if draw >= share or note in locked)


def endings(reading: Reading) -> dict[Spot, Cell]:
    """Return the notes that each part comes to rest on, by their spots: the tonic, and with it."""
    found: dict[Spot, Cell] = {}
    last = {part: bar for bar, part in sorted(reading.cells)}
    for part, bar in last.items():
        cell = reading.cells[bar, part]
        final = tuple(note for note in cell if note.onset == cell[-1].onset)
        is_rest = any(note.pitch % OCTAVE == 0 for note in final)
        if is_rest and not reading.parts[part].is_drums:
            found[bar, part] = final
    return found
