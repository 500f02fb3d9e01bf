"""Sources for the task "vary": music that is like the truth, much or little, to start from.

The answer is always real music. Its source is *natural* (other bars of the same tracks, as phrases
come back changed), *corrupted* (the truth after a few musical operations), *unrelated* (another
piece) or the *same*. How like the truth it is, is measured, so a network learns what each degree
of likeness means.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from reprise.music import compare
from reprise.music.key import Key
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.vocabulary import TICKS_PER_BEAT
from reprise.tokenizers.ensemble.window import Place
from reprise.training.excerpts import Excerpt, PieceReader

LOWEST_NATURAL, HIGHEST_NATURAL = 0.25, 0.98
NATURAL_TRIES, SAMPLED_CELLS = 6, 4
FURTHEST_BARS = 64
MOST_SILENT = 0.2
"""Of the cells of a source, those that are empty where the truth is not, or the other way round."""


NATURAL_SHARE, CORRUPTED_SHARE, UNRELATED_SHARE = 0.55, 0.32, 0.08
"""Of all sources; the rest are the truth itself."""

Operation = Callable[[Cell, int], Cell]
"""Turns a cell into another; the second argument is the ticks of its grid bar."""


def cell_similarity(left: Cell, right: Cell, *, is_drums: bool) -> float:
    """Return how alike two cells are, 0.0-1.0, as `music.compare` measures it."""
    if not left or not right:
        return 1.0 if not left and not right else 0.0
    if is_drums:
        mine, others = attacks(left), attacks(right)
        return 2 * len(mine & others) / (len(mine) + len(others))
    if attacks(left) == attacks(right) and _lengths(left) == _lengths(right):
        return 1.0
    return (
        compare.ONSET_WEIGHT * _onset_similarity(left, right)
        + compare.MELODY_WEIGHT * _melody_similarity(left, right)
        + compare.HARMONY_WEIGHT * _harmony_similarity(left, right)
    )


def mean_similarity(pairs: Iterable[tuple[Cell, Cell]], *, is_drums: bool) -> float:
    """Return how alike cells are in the mean, those that are empty on both sides left out."""
    counted = Counter(pair for pair in pairs if pair[0] or pair[1])
    total = sum(
        count * cell_similarity(*pair, is_drums=is_drums) for pair, count in counted.items()
    )
    return total / counted.total() if counted else 1.0


def _lengths(cell: Cell) -> list[int]:
    return [note.duration for note in cell]


def _onset_similarity(left: Cell, right: Cell) -> float:
    mine, others = {note.onset for note in left}, {note.onset for note in right}
    return 2 * len(mine & others) / (len(mine) + len(others))


def _melody_similarity(left: Cell, right: Cell) -> float:
    mine, others = top_line(left), top_line(right)
    return max(0.0, 1.0 - compare.alignment_cost(mine, others) / max(len(mine), len(others)))


def top_line(cell: Cell) -> list[int]:
    """Return the highest pitch of each onset, in order of time."""
    tops: dict[int, int] = {}
    for note in cell:
        tops[note.onset] = max(tops.get(note.onset, 0), note.pitch)
    return [tops[onset] for onset in sorted(tops)]


def _harmony_similarity(left: Cell, right: Cell) -> float:
    mine, others = _chroma(left), _chroma(right)
    norm = (sum(a * a for a in mine) * sum(b * b for b in others)) ** 0.5
    return min(1.0, sum(a * b for a, b in zip(mine, others)) / float(norm))


def _chroma(cell: Cell) -> list[int]:
    weights = [0] * 12
    for note in cell:
        weights[note.pitch % 12] += note.duration
    return weights


@dataclass(frozen=True)
class Sources:
    """What to start from.

    Attributes:
        cells: By place; empty ones too.
        kind: `natural`, `corrupted`, `unrelated` or `same`.
    """

    cells: Mapping[Place, Cell]
    kind: str


def draw_sources(
    excerpt: Excerpt,
    holes: Sequence[Place],
    key: Key,
    other: PieceReader,
    random: np.random.Generator,
) -> Sources:
    """Return sources for the holes of an excerpt.

    Args:
        excerpt: Its cells are the truth.
        holes: Places to answer.
        key: Of the excerpt.
        other: A piece to take unrelated music from.
        random: Draws the kind of source and all of its details.
    """
    kind = random.random()
    if kind < NATURAL_SHARE:
        found = _natural(excerpt, holes, random)
        if found is not None:
            return Sources(found, "natural")
    elif kind >= NATURAL_SHARE + CORRUPTED_SHARE + UNRELATED_SHARE:
        return Sources({place: excerpt.cells.get(place, ()) for place in holes}, "same")
    elif kind >= NATURAL_SHARE + CORRUPTED_SHARE:
        return Sources(_unrelated(excerpt, holes, other, random), "unrelated")
    return Sources(_corrupted(excerpt, holes, key, random), "corrupted")


def _natural(
    excerpt: Excerpt, holes: Sequence[Place], random: np.random.Generator
) -> dict[Place, Cell] | None:
    """Return the same tracks some bars away, in the same place of a phrase, if alike."""
    first, last = min(excerpt.bar_numbers), max(excerpt.bar_numbers)
    reader = excerpt.reader
    reachable = range(max(-first, -FURTHEST_BARS), min(reader.bar_count - last, FURTHEST_BARS))
    step = 4 if random.random() < 0.7 else 2
    offsets = [offset for offset in reachable if offset and offset % step == 0]
    lengths = reader.lengths()
    sounding = [place for place in holes if place in excerpt.cells]
    for index in random.permutation(len(offsets))[:NATURAL_TRIES].tolist():
        offset = offsets[index]
        numbers = [excerpt.bar_numbers[bar] for bar, _ in holes]
        if any(lengths[number] != lengths[number + offset] for number in numbers):
            continue
        cells = reader.cells(first + offset, last + offset + 1)
        found = {
            (bar, track): cells.get(
                (excerpt.bar_numbers[bar] + offset, excerpt.track_numbers[track]), ()
            )
            for bar, track in holes
        }
        if _is_alike(excerpt, found, sounding, random):
            return found
    return None


def _is_alike(
    excerpt: Excerpt,
    found: Mapping[Place, Cell],
    sounding: Sequence[Place],
    random: np.random.Generator,
) -> bool:
    """Tell by a few cells whether sources are neither too far away nor the truth itself."""
    silent = sum(bool(cell) != (place in excerpt.cells) for place, cell in found.items())
    if silent > MOST_SILENT * len(found):
        return False
    sampled = random.permutation(len(sounding))[:SAMPLED_CELLS].tolist()
    tracks = excerpt.tracks
    alike = [
        cell_similarity(
            excerpt.cells[sounding[index]],
            found[sounding[index]],
            is_drums=tracks[sounding[index][1]].is_drums,
        )
        for index in sampled
    ]
    return bool(alike) and LOWEST_NATURAL <= sum(alike) / len(alike) < HIGHEST_NATURAL


def _unrelated(
    excerpt: Excerpt, holes: Sequence[Place], other: PieceReader, random: np.random.Generator
) -> dict[Place, Cell]:
    """Return bars of another piece, drums for drums; no cell where it has none."""
    count = min(len(excerpt.bars), other.bar_count)
    first = int(random.integers(0, other.bar_count - count + 1))
    cells = other.cells(first, first + count)
    played = Counter(track for _, track in cells)
    found: dict[Place, Cell] = {}
    for bar, track in holes:
        is_drums = excerpt.tracks[track].is_drums
        alike = [one for one in played if other.piece.tracks[one].is_drums == is_drums]
        chosen = alike[track % len(alike)] if alike else -1
        cell = cells.get((first + bar % count, chosen), ())
        found[bar, track] = _inside(cell, excerpt.bars[bar].length)
    return found


def _corrupted(
    excerpt: Excerpt, holes: Sequence[Place], key: Key, random: np.random.Generator
) -> dict[Place, Cell]:
    """Return the truth after one to three operations, the same ones for all bars of a track."""
    by_track: dict[int, list[int]] = defaultdict(list)
    for bar, track in holes:
        by_track[track].append(bar)
    found: dict[Place, Cell] = {}
    for track, bars in by_track.items():
        operations = draw_operations(key, random, is_drums=excerpt.tracks[track].is_drums)
        made: dict[tuple[Cell, int], Cell] = {}
        for bar in bars:
            cell, length = excerpt.cells.get((bar, track), ()), excerpt.bars[bar].length
            if (cell, length) not in made:
                made[cell, length] = _through(operations, cell, length)
            found[bar, track] = made[cell, length]
    return found


def _through(operations: Sequence[Operation], cell: Cell, length: int) -> Cell:
    for operation in operations:
        cell = operation(cell, length)
    return _inside(cell, length)


def draw_operations(key: Key, random: np.random.Generator, *, is_drums: bool) -> list[Operation]:
    """Return one to three operations with their parameters drawn."""
    for_pitched: list[Operation] = [
        partial(scale_shift, key=key, degrees=_nonzero(random, 4)),
        partial(jitter, key=key, random=random),
        partial(octave_fold, octaves=_nonzero(random, 1)),
        partial(split, random=random),
        partial(merge, random=random),
        partial(ornament, key=key, random=random),
    ]
    for_all: list[Operation] = [
        partial(displace, ticks=_nonzero(random, 4) * TICKS_PER_BEAT // 4),
        partial(drop, share=random.uniform(0.1, 0.6), random=random),
        partial(straighten, grid=int(random.choice((12, 24)))),
        retrograde,
    ]
    choices = for_all + ([partial(reassign, random=random)] if is_drums else for_pitched)
    count = 1 + int(random.integers(0, 3))
    return [choices[index] for index in random.permutation(len(choices))[:count].tolist()]


def _nonzero(random: np.random.Generator, furthest: int) -> int:
    size = int(random.integers(1, furthest + 1))
    return size if random.random() < 0.5 else -size


def scale_shift(cell: Cell, _: int, *, key: Key, degrees: int) -> Cell:
    """Move all notes by the same number of scale degrees."""
    return _with_pitches(cell, (key.degree_shifted(note.pitch, degrees) for note in cell))


def jitter(cell: Cell, _: int, *, key: Key, random: np.random.Generator) -> Cell:
    """Move some notes by one or two scale degrees."""
    draws = random.random(len(cell)).tolist()
    steps = random.choice((-2, -1, 1, 2), len(cell)).tolist()
    return _with_pitches(
        cell,
        (
            key.degree_shifted(note.pitch, step) if draw < 0.4 else note.pitch
            for note, draw, step in zip(cell, draws, steps)
        ),
    )


def octave_fold(cell: Cell, _: int, *, octaves: int) -> Cell:
    """Move notes above the middle an octave down, or those below it up."""
    middle = sorted(note.pitch for note in cell)[len(cell) // 2] if cell else 0
    return _with_pitches(
        cell,
        (
            note.pitch + 12 * octaves if (note.pitch - middle) * octaves < 0 else note.pitch
            for note in cell
        ),
    )


def split(cell: Cell, _: int, *, random: np.random.Generator) -> Cell:
    """Strike some long notes twice."""
    found: list[GridNote] = []
    for note, draw in zip(cell, random.random(len(cell)).tolist()):
        half = note.duration // 2
        if half < TICKS_PER_BEAT // 4 or draw < 0.5:
            found.append(note)
        else:
            again = note._replace(onset=note.onset + half, duration=note.duration - half)
            found += [note._replace(duration=half), again]
    return in_order(found)


def merge(cell: Cell, length: int, *, random: np.random.Generator) -> Cell:
    """Leave out some onsets and let the ones before ring on."""
    onsets = sorted({note.onset for note in cell})
    draws = random.random(len(onsets)).tolist()
    kept = [onset for onset, draw in zip(onsets, draws) if draw < 0.6 or onset == onsets[0]]
    following = dict(zip(kept, [*kept[1:], length]))
    return tuple(
        note._replace(duration=max(note.duration, following[note.onset] - note.onset))
        for note in cell
        if note.onset in following
    )


def ornament(cell: Cell, _: int, *, key: Key, random: np.random.Generator) -> Cell:
    """Put a neighbouring note of the scale behind some notes."""
    found = list(cell)
    for note, draw in zip(cell, random.random(len(cell)).tolist()):
        half = note.duration // 2
        if half >= TICKS_PER_BEAT // 4 and draw < 0.4:
            pitch = key.degree_shifted(note.pitch, 1 if draw < 0.2 else -1)
            found.append(note._replace(onset=note.onset + half, pitch=folded(pitch)))
    return in_order(found)


def displace(cell: Cell, length: int, *, ticks: int) -> Cell:
    """Move all notes in time, round the bar."""
    return in_order(note._replace(onset=(note.onset + ticks) % length) for note in cell)


def drop(cell: Cell, _: int, *, share: float, random: np.random.Generator) -> Cell:
    """Leave out a share of the notes."""
    draws = random.random(len(cell)).tolist()
    return tuple(note for note, draw in zip(cell, draws) if draw >= share)


def straighten(cell: Cell, length: int, *, grid: int) -> Cell:
    """Take ornaments and syncopation away: all onsets go back to a grid in ticks."""
    moved = (note._replace(onset=note.onset // grid * grid) for note in cell)
    return in_order(moved) if grid < length else cell


def retrograde(cell: Cell, length: int) -> Cell:
    """Turn a bar round."""
    return in_order(
        note._replace(onset=max(0, length - note.onset - min(note.duration, length)))
        for note in cell
    )


def reassign(cell: Cell, _: int, *, random: np.random.Generator) -> Cell:
    """Give the hits of each drum to another one of the bar."""
    drums = sorted({note.pitch for note in cell})
    others = random.permutation(drums).tolist()
    target = dict(zip(drums, others))
    return in_order(note._replace(pitch=target[note.pitch]) for note in cell)


def _with_pitches(cell: Cell, pitches: Iterable[int]) -> Cell:
    return in_order(
        note._replace(pitch=folded(pitch)) for note, pitch in zip(cell, pitches, strict=True)
    )


def folded(pitch: int) -> int:
    """Return a pitch moved by octaves into 0-127."""
    if pitch < 0:
        return pitch % 12
    return 108 + pitch % 12 if pitch > 127 else pitch


def _inside(cell: Cell, length: int) -> Cell:
    return tuple(note for note in cell if note.onset < length)
