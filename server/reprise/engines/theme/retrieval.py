"""Finds the theme of a melody: the two bars that come back most, changed or not.

The melody is cut into segments of two bars, each becomes a vector (`networks.melody_embedding`),
DBSCAN puts near vectors together, and the largest cluster is the theme with all its occurrences.
Which bar a pair begins with is tried both ways, because songs with an odd number of bars before
the melody enters would be cut across their phrases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.checkpoint import Checkpoint
from reprise.engines.theme.dbscan import NOISE, Distances, dbscan
from reprise.errors import InvalidRequestError
from reprise.music.key import Key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.span import Span
from reprise.runtime.onnx_encoder import OnnxEncoder
from reprise.runtime.onnx_runtime import open_session
from reprise.tokenizers import melody_embedding as segmenting
from reprise.tokenizers.melody_embedding import STEPS_PER_BEAT, Segment, Tune

MELODY_EMBEDDING: Final = "melody_embedding"
MOST_SEGMENTS: Final = 500
FEWEST_OCCURRENCES: Final = 3
MIN_SAMPLES: Final = 2
WIDER: Final = 1.25
MOST_WIDENINGS: Final = 3
EMBEDDED_AT_ONCE: Final = 128

Vectors = NDArray[np.float32]
Embed = Callable[[segmenting.Features], Vectors]


@dataclass(frozen=True, slots=True)
class ThemeFinding:
    """The theme of a melody, and what it was found by.

    Attributes:
        bars: First bars of all occurrences, counted from 0, rising; two bars each.
        medoid: Which of `segments` is the theme itself: the occurrence that is nearest to all.
        segments: The pairs of bars that were compared, in order of time.
        distances: One minus the cosine between two segments, of shape (segments, segments).
        eps: How near segments had to be.
        is_fallback: Whether nothing came back three times, so that the theme is the first segment.
    """

    bars: tuple[int, ...]
    medoid: int
    segments: tuple[Segment, ...]
    distances: Distances
    eps: float
    is_fallback: bool

    @property
    def theme(self) -> Segment:
        """The theme itself."""
        return self.segments[self.medoid]

    @property
    def occurrences(self) -> tuple[int, ...]:
        """Which of `segments` are occurrences."""
        return tuple(
            index for index, segment in enumerate(self.segments) if segment.bar in self.bars
        )

    @property
    def mean_distance(self) -> float:
        """Mean distance of the occurrences to the theme."""
        return float(self.distances[self.medoid, list(self.occurrences)].mean())


@dataclass(frozen=True)
class MelodyEncoder:
    """The melody embedding, ready to use.

    Attributes:
        embed: Returns unit vectors (B, D) for features (B, T, 4).
        eps: How near two segments of one theme are, as one minus their cosine.
    """

    embed: Embed
    eps: float

    @classmethod
    def of(cls, model: Checkpoint) -> "MelodyEncoder":
        """Open the embedding of a model that has one.

        Raises:
            CorruptModelError: The model has none, or its file is no network.
        """
        encoder = OnnxEncoder(open_session(model.network(MELODY_EMBEDDING)))
        return cls(encoder.vectors, float(model.config[MELODY_EMBEDDING]["eps"]))

    def vectors(self, tunes: Sequence[Tune], home: int) -> Vectors:
        """Return the unit vectors of tunes that share a home note 0-11."""
        parts = [
            self.embed(segmenting.features(part, [home] * len(part)))
            for part in (
                tunes[start : start + EMBEDDED_AT_ONCE]
                for start in range(0, len(tunes), EMBEDDED_AT_ONCE)
            )
        ]
        return np.concatenate(parts)


def find_theme(
    notes: Sequence[Note],
    meter_map: MeterMap,
    length: float,
    encoder: MelodyEncoder,
    key: Key | None = None,
) -> ThemeFinding:
    """Return the theme of a melody; of several notes at once the highest counts.

    At most `MOST_SEGMENTS` pairs of bars are looked at, from the start of the melody on.

    Args:
        notes: The melody's, in beats.
        meter_map: The song's meters.
        length: The song's length in beats.
        encoder: The melody embedding.
        key: The song's key; found from the notes where it is None.

    Raises:
        InvalidRequestError: No two bars hold three notes.
    """
    home = segmenting.home_of(key) if key else segmenting.home_of_notes(notes)
    bars, tunes = segmenting.melody_bars(notes, meter_map, length)
    phases = _phases(bars, tunes, home, encoder)
    if not phases:
        raise InvalidRequestError(
            f"no theme can be found: no two bars hold {segmenting.FEWEST_NOTES} notes or more; "
            "choose a track with a melody of at least two bars"
        )
    eps = encoder.eps
    for _ in range(MOST_WIDENINGS + 1):
        cluster, phase = max(
            ((phase.largest_cluster(eps), phase) for phase in phases),
            key=lambda item: len(item[0]),
        )
        if len(cluster) >= FEWEST_OCCURRENCES:
            return phase.finding(cluster, eps, is_fallback=False)
        eps *= WIDER
    return phases[0].finding([0], encoder.eps, is_fallback=True)


def cosine_distances(vectors: Vectors) -> Distances:
    """Return one minus the cosine between unit vectors, of shape (vectors, vectors)."""
    exact = vectors.astype(np.float64)
    distances: Distances = np.clip(1.0 - exact @ exact.T, 0.0, 2.0)
    np.fill_diagonal(distances, 0.0)
    return distances


@dataclass(frozen=True)
class _Phase:
    """The segments of one way to cut a melody into pairs of bars."""

    segments: tuple[Segment, ...]
    vectors: Vectors

    @cached_property
    def distances(self) -> Distances:
        return cosine_distances(self.vectors)

    def largest_cluster(self, eps: float) -> list[int]:
        """Return the members of the largest cluster, the earliest of several; maybe none."""
        labels = dbscan(self.distances, eps, MIN_SAMPLES)
        sizes = np.bincount(labels[labels != NOISE], minlength=1)
        return [int(index) for index in np.flatnonzero(labels == sizes.argmax())]

    def finding(self, cluster: Sequence[int], eps: float, *, is_fallback: bool) -> ThemeFinding:
        """Return a cluster as the theme."""
        apart = self.distances[np.ix_(cluster, cluster)].sum(axis=1)
        # Exact repeats differ by rounding alone; the first of them is meant.
        medoid = cluster[int(np.flatnonzero(apart <= apart.min() + 1e-6)[0])]
        bars = tuple(self.segments[index].bar for index in cluster)
        return ThemeFinding(bars, medoid, self.segments, self.distances, eps, is_fallback)


def _phases(
    bars: Sequence[Span], tunes: Sequence[Tune], home: int, encoder: MelodyEncoder
) -> list[_Phase]:
    """Return the two ways to cut a melody into pairs of bars, the likelier one first."""
    first = _first_bar(bars, tunes)
    found: list[_Phase] = []
    for start in (first, first + 1):
        segments = segmenting.segments(bars, tunes, start)[:MOST_SEGMENTS]
        if segments:
            vectors = encoder.vectors([segment.tune for segment in segments], home)
            found.append(_Phase(tuple(segments), vectors))
    return found


def _first_bar(bars: Sequence[Span], tunes: Sequence[Tune]) -> int:
    """Return the first bar with a melody that is more than the pickup to the next."""
    melodic = [bar for bar, tune in enumerate(tunes) if tune]
    if not melodic:
        return 0
    first = melodic[0]
    is_pickup = tunes[first][0].onset >= bars[first].length * STEPS_PER_BEAT / 2
    return first + 1 if is_pickup else first
