"""The picture of a theme: its notes, and how far every two bars of the melody are from all others.

One SVG that stands for itself, readable on light and dark pages. In the map a cell is the stronger
the nearer its two pairs of bars are; occurrences of the theme are marked along both sides.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final

from reprise.engines.theme.retrieval import ThemeFinding
from reprise.music.pitch import pitch_name
from reprise.tokenizers.melody_embedding import SEGMENT_BARS, STEPS_PER_BEAT, Tune

WIDTH: Final = 720.0
MARGIN: Final = 56.0
MARK: Final = 7.0
LEVELS: Final = 12
_SIDE: Final = 560.0
_ROLL_TOP: Final = 34.0
_ROLL_HEIGHT: Final = 96.0
_LABELS: Final = 14
_STYLE: Final = """\
.theme{font:11px system-ui,sans-serif;--paper:#fff;--ink:#1b2330;--faint:#d5d9e0;--near:#0b4f8a;\
--own:#e8821a}
@media (prefers-color-scheme:dark){.theme{--paper:#14171d;--ink:#dfe5ee;--faint:#39414f;\
--near:#8cc4f5;--own:#ffa53d}}
.theme text{fill:var(--ink)}.theme .title{font-size:14px;font-weight:600}
.theme .paper{fill:var(--paper)}.theme .frame{fill:none;stroke:var(--faint)}
.theme .near{fill:var(--near)}.theme .own{fill:var(--own)}.theme .bar{stroke:var(--faint)}
.theme .theme-itself{fill:none;stroke:var(--own);stroke-width:1.5}
"""


@dataclass(frozen=True, slots=True)
class _Map:
    """Where bars lie in the map: from its left edge, and as much from its top."""

    first: int
    stop: int
    top: float

    @property
    def bar(self) -> float:
        """Size of one bar."""
        return _SIDE / (self.stop - self.first)

    def at(self, bar: int) -> float:
        """Return where a bar begins, from the map's corner."""
        return (bar - self.first) * self.bar


def theme_picture(finding: ThemeFinding, title: str) -> str:
    """Return the picture as the text of an SVG file; bars are counted from 1, as hosts do."""
    bars = [segment.bar for segment in finding.segments]
    area = _Map(bars[0], bars[-1] + SEGMENT_BARS, _ROLL_TOP + _ROLL_HEIGHT + 66.0)
    height = area.top + _SIDE + 34.0
    body = [
        *_roll(finding),
        _text(
            MARGIN,
            area.top - 34,
            "How near every two bars of the melody are to every other two",
            "start",
        ),
        *_cells(finding, area),
        *_marks(finding, area),
        *_bar_numbers(bars, area),
        *_legend(finding, area),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="theme" viewBox="0 0 {WIDTH:g} '
            f'{height:g}" role="img" aria-label="{escape(title)}">',
            f"<style>\n{_STYLE}</style>",
            f'<rect class="paper" width="{WIDTH:g}" height="{height:g}"/>',
            f'<text class="title" x="{MARGIN:g}" y="20">{escape(title)}</text>',
            *body,
            "</svg>\n",
        ]
    )


def _roll(finding: ThemeFinding) -> Iterator[str]:
    """Yield the theme's notes, low to high and left to right."""
    tune = finding.theme.tune
    steps = finding.theme.span.length * STEPS_PER_BEAT
    low, high = _range(tune)
    row, step = _ROLL_HEIGHT / (high - low + 1), _SIDE / steps
    yield _box("frame", MARGIN, _ROLL_TOP, _SIDE, _ROLL_HEIGHT)
    middle = MARGIN + _SIDE / SEGMENT_BARS
    yield _line(middle, _ROLL_TOP, middle, _ROLL_TOP + _ROLL_HEIGHT)
    for note in tune:
        left = note.onset * step
        width = max(2.0, min(note.duration * step, _SIDE - left) - 1.0)
        top = _ROLL_TOP + (high - note.pitch) * row
        yield _box("own", MARGIN + left, top, width, max(2.0, row - 0.5))
    for pitch in {max(note.pitch for note in tune), min(note.pitch for note in tune)}:
        y = _ROLL_TOP + (high - pitch + 0.5) * row + 4
        yield _text(MARGIN - 6, y, pitch_name(pitch), "end")


def _range(tune: Tune) -> tuple[int, int]:
    """Return the pitches to draw, at least an octave."""
    low, high = min(note.pitch for note in tune), max(note.pitch for note in tune)
    missing = max(0, 12 - (high - low))
    return low - 1 - missing // 2, high + 1 + (missing + 1) // 2


def _cells(finding: ThemeFinding, area: _Map) -> Iterator[str]:
    """Yield one path for each strength; cells of one strength side by side are one stroke."""
    side = SEGMENT_BARS * area.bar
    strokes: dict[int, list[str]] = defaultdict(list)
    for segment, distances in zip(finding.segments, finding.distances):
        top = area.top + area.at(segment.bar)
        for (level, _), columns in groupby(_levelled(finding, distances.tolist()), _alike):
            cells = list(columns)
            left = MARGIN + area.at(cells[0][1])
            right = MARGIN + area.at(cells[-1][1]) + side
            strokes[level].append(f"M{left:.1f} {top:.1f}H{right:.1f}v{side:.2f}H{left:.1f}z")
    yield _box("frame", MARGIN, area.top, _SIDE, _SIDE)
    for level, path in sorted(strokes.items()):
        if level:
            yield (f'<path class="near" fill-opacity="{level / LEVELS:.2f}" d="{"".join(path)}"/>')


def _levelled(finding: ThemeFinding, distances: Sequence[float]) -> list[tuple[int, int, int]]:
    """Return strength, bar, and what is equal for cells without a gap between them."""
    return [
        (round(LEVELS * max(0.0, 1.0 - distance)), segment.bar, segment.bar - SEGMENT_BARS * place)
        for place, (segment, distance) in enumerate(zip(finding.segments, distances))
    ]


def _alike(cell: tuple[int, int, int]) -> tuple[int, int]:
    return cell[0], cell[2]


def _marks(finding: ThemeFinding, area: _Map) -> Iterator[str]:
    """Yield the occurrences along both sides, and a frame around the theme itself."""
    side = SEGMENT_BARS * area.bar
    for bar in finding.bars:
        at = area.at(bar)
        yield _box("own", MARGIN + at, area.top - MARK - 2, max(1.5, side - 0.5), MARK)
        yield _box("own", MARGIN - MARK - 2, area.top + at, MARK, max(1.5, side - 0.5))
    at = area.at(finding.theme.bar)
    yield _box("theme-itself", MARGIN + at, area.top + at, side, side)


def _bar_numbers(bars: Sequence[int], area: _Map) -> Iterator[str]:
    every = -(-len(bars) // _LABELS)
    for bar in bars[::every]:
        at = area.at(bar) + area.bar
        yield _text(MARGIN + at, area.top - MARK - 7, str(bar + 1), "middle")
        yield _text(MARGIN - MARK - 6, area.top + at + 4, str(bar + 1), "end")


def _legend(finding: ThemeFinding, area: _Map) -> Iterator[str]:
    top, left = area.top + _SIDE + 12, MARGIN + 26
    for level in range(LEVELS + 1):
        cell = _box("near", left + 12 * level, top, 12, 10)
        yield cell.replace("/>", f' fill-opacity="{level / LEVELS:.2f}"/>')
    yield _text(left - 4, top + 9, "far", "end")
    yield _text(left + 12 * (LEVELS + 1) + 5, top + 9, "the same", "start")
    words = f"{len(finding.bars)} occurrences, at most {finding.eps:.2f} from the next"
    if finding.is_fallback:
        words = "nothing comes back three times: the first two bars"
    yield _box("own", MARGIN + 300, top, 12, 10)
    yield _text(MARGIN + 318, top + 9, words, "start")


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    )


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="bar" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
