"""How a piece treats its theme: whether it keeps it, varies it, and brings it back.

The names are those of the Theme Transformer's authors, whose definitions are not public; these are
our own. Distances are Euclidean between the unit vectors of the melody embedding, 0.0 to 2.0.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from statistics import fmean
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.theme.retrieval import MelodyEncoder, Vectors
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.span import Span
from reprise.tokenizers import melody_embedding as segmenting
from reprise.tokenizers.melody_embedding import SEGMENT_BARS, STEPS_PER_BEAT, Tune

Vector = NDArray[np.float32]

VARIED: Final = (0.1, 0.6)
"""How far a region is from the theme that varies it: nearer is a copy, further something else."""


@dataclass(frozen=True, slots=True)
class ThemeTreatment:
    """Figures of one piece; None where there is too little to measure.

    Attributes:
        region_count: How many theme regions hold notes.
        uncontrollability: Mean distance of the regions to the theme, 0.0-2.0; low where the theme
            comes back.
        nearest: Distance of the nearest two bars anywhere in the piece to the theme, whatever the
            piece calls its regions.
        theme_inconsistency: Mean distance between two regions, 0.0-2.0.
        grooving_inconsistency: One minus the mean likeness of two bars' onsets, 0.0-1.0.
        pitch_class_inconsistency: Mean difference of two bars' pitch-class entropies, in bits.
        gap: Mean bars from the end of a region to the next one.
        variety: Share of regions that vary the theme, neither copies nor something else.
    """

    region_count: int
    uncontrollability: float | None
    nearest: float | None
    theme_inconsistency: float | None
    grooving_inconsistency: float | None
    pitch_class_inconsistency: float | None
    gap: float | None
    variety: float | None


@dataclass(frozen=True, slots=True)
class PlayedPiece:
    """A piece with its theme regions.

    Attributes:
        melody: The notes in which the theme is heard.
        notes: All notes, the melody among them.
        length: In beats.
        regions: First bar and the bar after the last of each theme region, rising.
        meter_map: Its meters.
    """

    melody: Sequence[Note]
    notes: Sequence[Note]
    length: float
    regions: tuple[tuple[int, int], ...]
    meter_map: MeterMap = field(default_factory=MeterMap)


def treatment(theme: Sequence[Note], piece: PlayedPiece, encoder: MelodyEncoder) -> ThemeTreatment:
    """Return the figures of a piece that was written from a theme.

    Args:
        theme: The given theme's melody, in beats from the start of its first bar.
        piece: What was made of it.
        encoder: The melody embedding.
    """
    bars, tunes = segmenting.melody_bars(piece.melody, piece.meter_map, piece.length)
    lengths = [round(bar.length * STEPS_PER_BEAT) for bar in bars]
    regions = [tune for tune in (_joined(tunes, lengths, *at) for at in piece.regions) if tune]
    windows = [segment.tune for segment in segmenting.segments(bars, tunes, hop=1)]
    given = _theme(theme)
    vectors = encoder.vectors([given, *regions, *windows], segmenting.home_of_notes(piece.melody))
    own, others = vectors[1 : len(regions) + 1], vectors[len(regions) + 1 :]
    distances = _to(vectors[0], own)
    return ThemeTreatment(
        region_count=len(regions),
        uncontrollability=_mean(distances),
        nearest=min(_to(vectors[0], others), default=None),
        theme_inconsistency=_mean([_apart(a, b) for a, b in combinations(own, 2)]),
        grooving_inconsistency=grooving_inconsistency(piece),
        pitch_class_inconsistency=pitch_class_inconsistency(piece),
        gap=_mean([float(late[0] - early[1]) for early, late in pairwise(piece.regions)]),
        variety=_mean([float(VARIED[0] < apart < VARIED[1]) for apart in distances]),
    )


def grooving_inconsistency(piece: PlayedPiece) -> float | None:
    """Return one minus the mean likeness of two bars' onsets on a 16th grid, silent bars left out.

    The likeness of two bars is the share of 16ths in which both or neither of them begin a note.
    """
    patterns: list[set[int]] = [set(onsets) for onsets, _ in _bars(piece) if onsets]
    size = max((round(bar.length * STEPS_PER_BEAT) for bar in _spans(piece)), default=1)
    return _mean([len(one ^ other) / size for one, other in combinations(patterns, 2)])


def pitch_class_inconsistency(piece: PlayedPiece) -> float | None:
    """Return the mean difference of two bars' pitch-class entropies in bits, as above."""
    entropies = [_entropy(classes) for _, classes in _bars(piece) if classes]
    return _mean([abs(one - other) for one, other in combinations(entropies, 2)])


def _spans(piece: PlayedPiece) -> list[Span]:
    return list(piece.meter_map.bars(piece.length))


def _bars(piece: PlayedPiece) -> list[tuple[list[int], list[int]]]:
    """Return the onsets, in 16ths of the bar, and the pitch classes of each bar's notes."""
    bars = _spans(piece)
    starts = [round(bar.start * STEPS_PER_BEAT) for bar in bars]
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in bars]
    for note in piece.notes:
        step = round(note.start * STEPS_PER_BEAT)
        place = bisect_right(starts, step) - 1
        found[place][0].append(step - starts[place])
        found[place][1].append(note.pitch % 12)
    return found


def _entropy(classes: Sequence[int]) -> float:
    shares = [count / len(classes) for count in Counter(classes).values()]
    return -sum(share * math.log2(share) for share in shares)


def _joined(tunes: Sequence[Tune], lengths: Sequence[int], first: int, stop: int) -> Tune:
    """Return the notes of some bars as one tune."""
    return tuple(
        note._replace(onset=note.onset + sum(lengths[first:bar]))
        for bar in range(first, min(stop, len(tunes)))
        for note in tunes[bar]
    )


def _theme(notes: Sequence[Note]) -> Tune:
    length = max(note.end for note in notes)
    bars, tunes = segmenting.melody_bars(notes, MeterMap(), length)
    lengths = [round(bar.length * STEPS_PER_BEAT) for bar in bars]
    return _joined(tunes, lengths, 0, SEGMENT_BARS)


def _to(theme: Vector, others: Vectors) -> list[float]:
    return [_apart(theme, other) for other in others]


def _apart(one: Vector, other: Vector) -> float:
    return float(np.linalg.norm(one - other))


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
