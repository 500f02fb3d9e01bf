"""The map of progressions: where chords lie in the plane of two latent numbers, as one SVG.

Its dots are windows of the songs that were learnt, its labels the chords that the decoder hears at
places of a grid, and its line the way of a clip: the point of what is to come from each of its
chords on, the clip coming again and again.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.engines.chords.networks import PLANE, check_vocabulary, open_latent
from reprise.errors import CorruptModelError
from reprise.music.chords import chord_name
from reprise.music.progression import PlacedChord, merged
from reprise.tokenizers import chords

MAP_FILE: Final = "map.json"
WIDTH, HEIGHT, EDGE, HEAD = 960.0, 720.0, 24.0, 46.0
COLUMNS, ROWS = 5, 6
LABEL_CHORDS: Final = 4
MOST_POINTS: Final = 96
MAJOR_COLOUR, MINOR_COLOUR, WAY_COLOUR = (232, 160, 60), (60, 110, 180), "#c2255c"

HARDLY_MINOR, MOSTLY_MINOR = 0.15, 0.65
"""Shares of time in minor chords at which the colours end: few songs go beyond."""

Floats = NDArray[np.float64]
Place = Callable[[float, float], tuple[float, float]]
"""Returns where a point of the map is on the picture."""


@dataclass(frozen=True)
class ChordMap:
    """What is drawn.

    Attributes:
        points: Windows that were learnt, (windows, 3): across, up, and how minor, 0.0-1.0.
        way: The clip's points (points, 2).
        labels: Places across and up, with the names of the chords there.
        title: What it shows.
    """

    points: Floats
    way: Floats
    labels: tuple[tuple[float, float, str], ...]
    title: str


def chord_map(model: checkpoint.Checkpoint, placed: Sequence[PlacedChord], title: str) -> ChordMap:
    """Return the map of a chords model with the way of a progression.

    Labels are in the progression's own key.

    Raises:
        CorruptModelError: A file is damaged, or made for another version's chords.
    """
    check_vocabulary(model)
    latent = open_latent(model, PLANE)
    points = _points(model)
    shift = chords.reduction(chords.key_of(placed))
    elements = chords.encode(placed)
    elements[:, 0] = chords.transposed(elements[:, 0], shift)
    mean, _ = latent.encode(_turns(elements))
    places = _grid(points, mean.astype(np.float64))
    heads = latent.decode(places.astype(np.float32))
    classes = np.stack([logits.argmax(axis=-1) for logits in heads], axis=-1)
    labels = [
        (float(across), float(up), _label(window, -shift))
        for (across, up), window in zip(places, classes, strict=True)
    ]
    return ChordMap(points, mean.astype(np.float64), tuple(labels), title)


def drawn(found: ChordMap) -> str:
    """Return a map as an SVG document."""
    low, high = _bounds(np.concatenate([found.points[:, :2], found.way]))

    def place(across: float, up: float) -> tuple[float, float]:
        share = (np.array([across, up]) - low) / (high - low)
        x = EDGE + (WIDTH - 2 * EDGE) * float(np.clip(share[0], 0, 1))
        y = HEIGHT - EDGE - (HEIGHT - HEAD - EDGE) * float(np.clip(share[1], 0, 1))
        return x, y

    body = [*_dots(found.points, place), *_labels(found, place), *_way(found.way, place)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
            'font-family="system-ui,sans-serif" font-size="11" fill="#1b2330">',
            f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#ffffff"/>',
            f'<text x="{EDGE:g}" y="22" font-size="15">{escape(found.title)}</text>',
            *_legend(),
            *body,
            "</svg>\n",
        ]
    )


def _points(model: checkpoint.Checkpoint) -> Floats:
    try:
        content = json.loads((model.folder / MAP_FILE).read_text(encoding="ascii"))
        return np.array(content["points"], np.float64).reshape(-1, 3)
    except (OSError, ValueError, KeyError) as error:
        raise CorruptModelError(
            f"{model.name}/{MAP_FILE} cannot be read ({type(error).__name__}); install the model "
            "again"
        ) from error


def _turns(elements: chords.Elements) -> chords.Elements:
    """Return a window from each element on, at most so many, evenly chosen."""
    count = min(len(elements), MOST_POINTS)
    starts = [round(index * len(elements) / count) for index in range(count)]
    return np.stack([chords.looped(np.roll(elements, -start, axis=0)) for start in starts])


def _grid(points: Floats, way: Floats) -> Floats:
    """Return the middles of the cells of a grid over the map, (cells, 2)."""
    low, high = _bounds(np.concatenate([points[:, :2], way]))
    across = low[0] + (high[0] - low[0]) * (np.arange(COLUMNS) + 0.5) / COLUMNS
    up = low[1] + (high[1] - low[1]) * (np.arange(ROWS) + 0.5) / ROWS
    return np.array([(x, y) for y in up for x in across])


def _bounds(points: Floats) -> tuple[Floats, Floats]:
    low, high = np.quantile(points, 0.01, axis=0), np.quantile(points, 0.99, axis=0)
    room = np.maximum(0.05 * (high - low), 1e-3)
    return low - room, high + room


def _label(window: chords.Elements, shift: int) -> str:
    moved = np.column_stack([chords.transposed(window[:, 0], shift), window[:, 1]])
    names = [chord_name(one.chord) for one in merged(chords.decode(moved))]
    return " ".join(names[:LABEL_CHORDS])


def _dots(points: Floats, place: Place) -> Iterator[str]:
    for across, up, minor in points.tolist():
        x, y = place(across, up)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{_colour(minor)}" opacity="0.45"/>'


def _colour(minor: float) -> str:
    share = min(1.0, max(0.0, (minor - HARDLY_MINOR) / (MOSTLY_MINOR - HARDLY_MINOR)))
    parts = (
        round(bright + share * (dark - bright))
        for bright, dark in zip(MAJOR_COLOUR, MINOR_COLOUR, strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


def _labels(found: ChordMap, place: Place) -> Iterator[str]:
    for across, up, words in found.labels:
        x, y = place(across, up)
        yield (
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" stroke="#ffffff" '
            f'stroke-width="3" paint-order="stroke">{escape(words)}</text>'
        )


def _way(way: Floats, place: Place) -> Iterator[str]:
    placed = [place(across, up) for across, up in way.tolist()]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*placed, placed[0]])
    yield f'<polyline points="{path}" fill="none" stroke="{WAY_COLOUR}" stroke-width="1.4"/>'
    for x, y in placed:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{WAY_COLOUR}"/>'
    x, y = placed[0]
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{WAY_COLOUR}" stroke="#ffffff"/>'


def _legend() -> Iterator[str]:
    entries = (
        (_colour(0.0), "learnt, mostly major chords"),
        (_colour(1.0), "learnt, mostly minor chords"),
        (WAY_COLOUR, "the clip, from each of its chords on; it begins at the large dot"),
    )
    x = EDGE
    for colour, words in entries:
        yield f'<circle cx="{x + 4:.0f}" cy="36" r="4" fill="{colour}"/>'
        yield f'<text x="{x + 14:.0f}" y="40">{escape(words)}</text>'
        x += 30 + 6.0 * len(words)
