"""The form of a development: where the theme is left, where it is varied, where it comes back.

Sections are as long as the theme, or as much of it as is heard at once. They are counted from the
end, because that is where the theme comes back, with its own ending: the section before leaves it,
the one before that varies it, and so on, towards the theme itself that the new bars follow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reprise.engines.ensemble.reading import Reading, Spot
from reprise.tokenizers.ensemble.cells import Cell

MOST_BARS = 8
"""Grid bars of a section."""

VARIED_SIMILARITY, RETURN_SIMILARITY = 0.55, 0.75
"""How like the theme's the cells are that a section asks for."""

RETURN_CHANGE = 0.2
"""How much of the theme is new where it comes back, as the strength of a variation."""


@dataclass(frozen=True)
class Section:
    """Some bars of a development.

    Attributes:
        spots: What is asked for.
        theme: The theme's cells at these spots, those without notes too; empty where it is left.
        change: The share of these that are new, as the strength of a variation, 0.0-1.0.
        similarity: How like the theme's new cells are, 0.0-1.0.
    """

    spots: tuple[Spot, ...]
    theme: Mapping[Spot, Cell]
    change: float = 1.0
    similarity: float = VARIED_SIMILARITY


def sections(reading: Reading) -> list[Section]:
    """Return the sections of a development in their order; openings lie behind the theme."""
    first = min(bar for bar, _ in reading.openings)
    size = _section_size(reading, first)
    last = max(bar for bar, _ in reading.openings) + 1
    stops = range(last, first, -size)
    found = []
    for number, stop in enumerate(stops):
        start = max(first, stop - size)
        spots = tuple(spot for spot in sorted(reading.openings) if start <= spot[0] < stop)
        if number % 2:
            found.append(Section(spots, {}))
        elif number == 0 and len(stops) > 1:
            theme = _theme_cells(reading, spots, first - stop)
            found.append(Section(spots, theme, RETURN_CHANGE, RETURN_SIMILARITY))
        else:
            found.append(Section(spots, _theme_cells(reading, spots, -start)))
    return [section for section in reversed(found) if section.spots]


def _section_size(reading: Reading, theme_bars: int) -> int:
    """Return the grid bars of a section: whole bars, no more than the theme has."""
    size = min(theme_bars, MOST_BARS)
    while 1 < size < theme_bars and not reading.bars[size].opens_bar:
        size -= 1
    return max(1, size)


def _theme_cells(reading: Reading, spots: Sequence[Spot], distance: int) -> dict[Spot, Cell]:
    """Return the theme's cells a distance away; empty where its bars have other lengths."""
    found: dict[Spot, Cell] = {}
    for bar, part in spots:
        if not 0 <= bar + distance < len(reading.bars):
            return {}
        if reading.bars[bar].length != reading.bars[bar + distance].length:
            return {}
        found[bar, part] = reading.cells.get((bar + distance, part), ())
    end = reading.bars[max((bar for bar, _ in spots), default=0)].end
    return {spot: _ended(cell, end - reading.bars[spot[0]].start) for spot, cell in found.items()}


def _ended(cell: Cell, end: int) -> Cell:
    """Return a cell whose notes do not ring beyond a tick."""
    return tuple(note._replace(duration=min(note.duration, end - note.onset)) for note in cell)
