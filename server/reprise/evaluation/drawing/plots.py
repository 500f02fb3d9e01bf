"""Plots as SVG, drawn without any library: bars with intervals, and lines.

Colours follow the page's light or dark mode; series are told apart by dashes and order as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 760.0
ROW: Final = 17.0
_LABELS: Final = 190.0
_VALUES: Final = 60.0
_LINE_HEIGHT: Final = 240.0
_MARGIN: Final = 40.0
_CELL: Final = 18.0

STYLE: Final = """\
.plot{display:block;width:100%;max-width:760px;height:auto;font:11px system-ui,sans-serif;
--ink:#1b2330;--faint:#d5d9e0;--own:#e8821a;--other:#2f7fc1;--oracle:#9aa3b2}
@media (prefers-color-scheme:dark){.plot{--ink:#dfe5ee;--faint:#2b313c;--own:#ffa53d;
--other:#5aa9ee;--oracle:#6b7587}}
.plot text{fill:var(--ink)}.plot .grid{stroke:var(--faint);stroke-width:1}
.plot .own{fill:var(--own)}.plot .other{fill:var(--other)}.plot .oracle{fill:var(--oracle)}
.plot .whisker{stroke:var(--ink);stroke-width:1.2}
.plot .line{fill:none;stroke-width:2;stroke:var(--other)}
.plot .line.own{fill:none;stroke:var(--own)}.plot .wish{stroke-dasharray:5 4}
.plot .dot{fill:var(--own)}.plot .cell{fill:var(--other)}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a bar plot.

    Attributes:
        label: What stands before it.
        value: Its length.
        kind: "own", "other" or "oracle".
        interval: Where its whisker begins and ends, None without one.
    """

    label: str
    value: float
    kind: str = "other"
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a line plot.

    Attributes:
        label: What it is.
        points: Pairs of x and y.
        kind: "own", or "wish" for what was asked for.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    kind: str = "own"


def bar_plot(title: str, bars: Sequence[Bar]) -> str:
    """Return bars from the top down as one `<svg>`; `STYLE` has to be on the page."""
    height = ROW * (len(bars) + 1) + 8
    edges = [max(bar.value, *(bar.interval or (0.0, 0.0))) for bar in bars]
    longest = max([*edges, 1e-9])
    room = WIDTH - _LABELS - _VALUES
    body = [_text(0.0, 12.0, title)]
    for index, bar in enumerate(bars):
        body += _bar(bar, ROW * (index + 1) + 4, room / longest)
    return _svg(title, height, body)


def _bar(bar: Bar, top: float, scale: float) -> Iterator[str]:
    width = max(0.5, bar.value * scale)
    yield _text(_LABELS - 6, top + 11, bar.label, anchor="end")
    yield (
        f'<rect class="{bar.kind}" x="{_LABELS:g}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{ROW - 4:g}" rx="2"/>'
    )
    end = width
    if bar.interval:
        low, high = (_LABELS + edge * scale for edge in bar.interval)
        middle = top + (ROW - 4) / 2
        yield _segment("whisker", low, middle, high, middle)
        yield from (_segment("whisker", x, middle - 3, x, middle + 3) for x in (low, high))
        end = max(end, high - _LABELS)
    yield _text(_LABELS + end + 6, top + 11, f"{bar.value:.3f}")


def line_plot(title: str, lines: Sequence[Line], x_name: str, y_name: str) -> str:
    """Return lines over one pair of axes as one `<svg>`; `STYLE` has to be on the page."""
    points = [point for line in lines for point in line.points] or [(0.0, 0.0)]
    right, top = max(x for x, _ in points) or 1.0, max(y for _, y in points) or 1.0
    height = _LINE_HEIGHT

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        return (
            _MARGIN + (WIDTH - 2 * _MARGIN) * x / right,
            height - _MARGIN - (height - 2 * _MARGIN) * y / top,
        )

    body = [_text(0.0, 12.0, title)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        (left, y), (end, _) = place((0.0, share * top)), place((right, share * top))
        body += [
            _segment("grid", left, y, end, y),
            _text(left - 4, y + 4, f"{share * top:.2g}", "end"),
        ]
        x, bottom = place((share * right, 0.0))
        body.append(_text(x, bottom + 14, f"{share * right:.2g}", "middle"))
    body.append(_text(WIDTH / 2, height - 6, f"{x_name} (across), {y_name} (up)", "middle"))
    for index, line in enumerate(lines):
        placed = [place(point) for point in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        body.append(f'<polyline class="line {line.kind}" points="{path}"/>')
        if line.kind == "own":
            body += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in placed]
        sign = "- - " if line.kind == "wish" else "—— "
        body.append(_text(WIDTH - _MARGIN, 14.0 * (index + 1), sign + line.label, "end"))
    return _svg(title, height, body)


def heat_plot(title: str, values: Sequence[Sequence[float]], names: Sequence[str]) -> str:
    """Return a square table as one `<svg>`, the larger a value the stronger its cell.

    Args:
        title: What it shows.
        values: One row after another, 0 or more.
        names: Of the rows, and of the columns.
    """
    largest = max((value for row in values for value in row), default=0.0) or 1.0
    height = _CELL * (len(names) + 2) + 8
    body = [_text(0.0, 12.0, title)]
    for index, name in enumerate(names):
        along = _MARGIN + _CELL * index + _CELL / 2
        body.append(_text(along, 2 * _CELL, name, anchor="middle"))
        body.append(_text(_MARGIN - 6, along + _CELL + 4, name, anchor="end"))
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            x, y = _MARGIN + _CELL * column, _MARGIN + _CELL * (row + 1)
            body.append(
                f'<rect class="cell" x="{x:g}" y="{y:g}" width="{_CELL - 1:g}" '
                f'height="{_CELL - 1:g}" opacity="{value / largest:.3f}"/>'
            )
    return _svg(title, height + _CELL, body)


def _svg(title: str, height: float, body: Sequence[str]) -> str:
    head = (
        f'<svg class="plot" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}">'
    )
    return "\n".join([head, *body, "</svg>"])


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _segment(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'
