"""Learning curves of runs' logs, as one SVG file of several panels."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from reprise.training.loop import LOG_FILE

CURVES_FILE: Final = "curves.svg"
WIDTH, PANEL, MARGIN, LEGEND = 900.0, 220.0, 46.0, 230.0
FEWEST_TO_CUT: Final = 20
COLOURS: Final = ("#e8821a", "#2f7fc1", "#3a9b5c", "#b14aa3", "#7a6a53", "#c23b3b", "#5b6cd0")

Point = tuple[float, float]

PANELS: Final[Mapping[str, Mapping[str, str]]] = {
    "Loss in nats a token": {
        "train_answer": "answers, training",
        "valid_loss": "answers, validation (average weights)",
        "train_context": "context, training",
    },
    "Validation loss of answers by kind of token, in nats": {
        f"valid_{kind}": kind
        for kind in ("position", "pitch", "duration", "velocity", "copy", "empty", "end")
    },
    "Validation, bits a note": {"valid_bits_a_note": "bits a note"},
    "Thousand tokens a second": {"tokens_a_second": "pace"},
    "Learning rate, share of the highest": {"rate_share": "share"},
}


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's log, the first ones first."""
    text = (folder / LOG_FILE).read_text(encoding="ascii")
    return [json.loads(line) for line in text.splitlines()]


def write(folder: Path, path: Path) -> None:
    """Write the learning curves of a run's folder."""
    path.write_text(drawn(read(folder)), encoding="utf-8", newline="\n")


def drawn(log: Sequence[Mapping[str, float]]) -> str:
    """Return the learning curves of a long run's log as an SVG document."""
    panels = {
        title: {label: _points(log, name) for name, label in names.items()}
        for title, names in PANELS.items()
    }
    return document(panels, "million tokens")


def document(panels: Mapping[str, Mapping[str, Sequence[Point]]], x_name: str) -> str:
    """Return panels, one below the other, as an SVG document.

    Args:
        panels: Curves by their labels, by the panels' titles; curves without points are left out.
        x_name: What is across.
    """
    body: list[str] = []
    for number, (title, curves) in enumerate(panels.items()):
        body += _panel(title, {label: curve for label, curve in curves.items() if curve}, number)
        body.append(_text((WIDTH - LEGEND) / 2, (number + 1) * PANEL - 3, x_name, "middle"))
    height = PANEL * len(panels)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" '
            'font-family="system-ui,sans-serif" font-size="11" fill="#1b2330">',
            f'<rect width="{WIDTH:g}" height="{height:g}" fill="#ffffff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _points(log: Sequence[Mapping[str, float]], name: str) -> list[Point]:
    scale = 1e-3 if name == "tokens_a_second" else 1.0
    return [(line["tokens"] / 1e6, line[name] * scale) for line in log if name in line]


def _panel(title: str, curves: Mapping[str, Sequence[Point]], number: int) -> Iterator[str]:
    top = number * PANEL
    yield _text(MARGIN, top + 16, title)
    points = [point for curve in curves.values() for point in curve]
    if not points:
        yield _text(MARGIN, top + PANEL / 2, "not measured")
        return
    right = max(x for x, _ in points)
    low, high = _bounds([y for _, y in points])

    def place(point: Point) -> Point:
        x, y = point
        across = MARGIN + (WIDTH - MARGIN - LEGEND) * x / max(right, 1e-9)
        up = (min(y, high) - low) / (high - low)
        return across, top + PANEL - MARGIN + 14 - (PANEL - MARGIN - 20) * up

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        value = low + share * (high - low)
        (left, y), (end, _) = place((0.0, value)), place((right, value))
        yield f'<path d="M{left:.1f} {y:.1f}H{end:.1f}" stroke="#d5d9e0"/>'
        yield _text(left - 4, y + 4, f"{value:.2f}", "end")
        yield _text(
            place((share * right, low))[0], top + PANEL - 16, f"{share * right:.1f}", "middle"
        )
    for place_, (label, curve) in enumerate(curves.items()):
        colour = COLOURS[place_ % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, curve))
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        yield _text(WIDTH - LEGEND + 16, top + 30 + 15 * place_, label, "start", colour)


def _bounds(values: Sequence[float]) -> Point:
    """Return the lowest and highest value to show; the first steps, far above all, are cut."""
    ordered = sorted(values)
    shown = 0.97 if len(ordered) >= FEWEST_TO_CUT else 1.0
    low, high = ordered[0], ordered[int(shown * (len(ordered) - 1))]
    room = max(0.05 * (high - low), 1e-3)
    return max(0.0, low - room), high + room


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#1b2330") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )
