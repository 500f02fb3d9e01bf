"""Themes: the two bars of a piece that come back most, moved or a little changed or not.

The finder is deterministic. It looks at every second bar of a track, and calls two of these
segments alike where their top lines are (`music.top_lines`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reprise.music.roles import Role
from reprise.music.top_lines import TopLine, largest_group
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import PieceReader

THEME_BARS = 2
FEWEST_ONSETS = 4
MOST_SEGMENTS = 48
_MELODIC = frozenset({Role.MELODY, Role.LEAD, Role.VOICE, Role.ARP, Role.PIPE, Role.REED})


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """Where a theme stands.

    Attributes:
        track: The piece's track.
        bars: The first grid bars of its occurrences, rising; the first is the theme itself.
    """

    track: int
    bars: tuple[int, ...]


def find_theme(reader: PieceReader) -> FoundTheme | None:
    """Return the theme of a piece, or None where no two bars come back.

    Melodic tracks go before others, then the theme with more notes in all its occurrences.
    """
    best: tuple[tuple[bool, int], FoundTheme] | None = None
    cells = reader.cells(0, reader.bar_count)
    for track, told in enumerate(reader.piece.tracks):
        if told.is_drums:
            continue
        found = largest_group(_segments(reader, cells, track))
        if found:
            worth = (told.role in _MELODIC, sum(len(segment.tops) for segment in found))
            theme = FoundTheme(track, tuple(segment.bar for segment in found))
            if best is None or worth > best[0]:
                best = worth, theme
    return best[1] if best else None


def _segments(reader: PieceReader, cells: Mapping[Place, Cell], track: int) -> list[TopLine]:
    bars = [bar for bar in range(reader.bar_count) if (bar, track) in cells]
    if not bars:
        return []
    lengths = reader.lengths()
    found: list[TopLine] = []
    for bar in range(bars[0], reader.bar_count - THEME_BARS + 1, THEME_BARS):
        tops: dict[int, int] = {}
        for number, shift in ((bar, 0), (bar + 1, lengths[bar])):
            for note in cells.get((number, track), ()):
                onset = note.onset + shift
                tops[onset] = max(tops.get(onset, 0), note.pitch)
        if len(tops) >= FEWEST_ONSETS:
            found.append(TopLine(bar, tops))
    return found[:MOST_SEGMENTS]
