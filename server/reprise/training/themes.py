"""Themes: the two bars of a piece that come back most, moved or a little changed or not.

The finder is deterministic. It looks at every second bar of a track, and calls two of these
segments alike when they strike mostly the same onsets and their top lines run mostly in parallel.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reprise.music.roles import Role
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import PieceReader

THEME_BARS = 2
FEWEST_ONSETS = 4
MOST_SEGMENTS = 48
ALIKE_ONSETS, ALIKE_PITCHES = 0.7, 0.7
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


@dataclass(frozen=True, slots=True)
class _Segment:
    """Two bars of a track: a bit for each onset, and the top pitch of each onset."""

    bar: int
    onsets: int
    tops: Mapping[int, int]


def find_theme(reader: PieceReader) -> FoundTheme | None:
    """Return the theme of a piece, or None where no two bars come back.

    Melodic tracks go before others, then the theme with more notes in all its occurrences.
    """
    best: tuple[tuple[bool, int], FoundTheme] | None = None
    cells = reader.cells(0, reader.bar_count)
    for track, told in enumerate(reader.piece.tracks):
        if told.is_drums:
            continue
        found = _most_frequent(_segments(reader, cells, track))
        if found:
            worth = (told.role in _MELODIC, sum(len(segment.tops) for segment in found))
            theme = FoundTheme(track, tuple(segment.bar for segment in found))
            if best is None or worth > best[0]:
                best = worth, theme
    return best[1] if best else None


def is_alike(
    left: Mapping[int, int], left_onsets: int, right: Mapping[int, int], right_onsets: int
) -> bool:
    """Tell whether two top lines are one theme: told by onset, and a bit for each onset."""
    common = (left_onsets & right_onsets).bit_count()
    if 2 * common < ALIKE_ONSETS * (len(left) + len(right)):
        return False
    steps = Counter(right[onset] - pitch for onset, pitch in left.items() if onset in right)
    # A melody that is moved along its scale is moved by one of two neighbouring intervals.
    parallel = max(count + steps.get(step + 1, 0) for step, count in steps.items())
    return parallel >= ALIKE_PITCHES * max(len(left), len(right))


def _segments(reader: PieceReader, cells: Mapping[Place, Cell], track: int) -> list[_Segment]:
    bars = [bar for bar in range(reader.bar_count) if (bar, track) in cells]
    if not bars:
        return []
    lengths = reader.lengths()
    found: list[_Segment] = []
    for bar in range(bars[0], reader.bar_count - THEME_BARS + 1, THEME_BARS):
        tops: dict[int, int] = {}
        for number, shift in ((bar, 0), (bar + 1, lengths[bar])):
            for note in cells.get((number, track), ()):
                onset = note.onset + shift
                tops[onset] = max(tops.get(onset, 0), note.pitch)
        if len(tops) >= FEWEST_ONSETS:
            found.append(_Segment(bar, sum(1 << onset for onset in tops), tops))
    return found[:MOST_SEGMENTS]


def _most_frequent(segments: list[_Segment]) -> list[_Segment]:
    """Return the largest group of segments that are like one of them, two or more, or none."""
    alike: list[list[_Segment]] = [[segment] for segment in segments]
    for index, one in enumerate(segments):
        for later in range(index + 1, len(segments)):
            other = segments[later]
            if is_alike(one.tops, one.onsets, other.tops, other.onsets):
                alike[index].append(other)
                alike[later].append(one)
    groups = [group for group in alike if len(group) > 1]
    best = max(groups, key=len, default=[])
    return sorted(best, key=lambda segment: segment.bar)
