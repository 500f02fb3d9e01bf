"""Which pieces are nearly the same: MinHash over what their tracks play.

A track is a set of *shingles*: eight intervals in a row, each with the class of the time between
the onsets. Two tracks are alike when they share more than half of all shingles that either has
(Jaccard). Signatures of 128 smallest hashes estimate that (Broder 1997), and bands of three find
the pairs worth estimating. Drums are left out: a good beat is everybody's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS: Final = 128
SHINGLE: Final = 8
MIN_SHINGLES: Final = 32
"""Distinct ones: a track with fewer says too little, such as one note all along."""
MIN_JACCARD: Final = 0.5
BAND: Final = 3
IOI_EDGES: Final = (2, 5, 7, 10, 14, 20, 30, 44, 60, 92)
"""Ticks of a 24th of a beat."""

Signature = NDArray[np.uint64]

_generator = np.random.Generator(np.random.PCG64(909))
_FACTORS = _generator.integers(1, 2**63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(
    1
)
_OFFSETS = _generator.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)
_MIX = np.uint64(0x9E3779B97F4A7C15)


def signature(onsets: NDArray[np.integer], pitches: NDArray[np.integer]) -> Signature | None:
    """Return the signature of a track, or None where it says too little.

    Args:
        onsets: In ticks from the start of the piece, rising.
        pitches: Of the same notes; the highest of those that begin together counts.
    """
    tops: dict[int, int] = {}
    for onset, pitch in zip(onsets.tolist(), pitches.tolist()):
        tops[onset] = max(pitch, tops.get(onset, 0))
    if len(tops) <= SHINGLE:
        return None
    times, heights = np.array(list(tops)), np.array(list(tops.values()))
    classes = np.searchsorted(IOI_EDGES, np.diff(times))
    letters = ((np.diff(heights) + 128) * 16 + classes).astype(np.uint64)
    shingles = np.zeros(len(letters) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        shingles = _mixed(shingles * _MIX + letters[place : place + len(shingles)])
    distinct = np.unique(shingles)
    if len(distinct) < MIN_SHINGLES:
        return None
    found: Signature = (distinct[:, None] * _FACTORS + _OFFSETS).min(axis=0)
    return found


def groups(songs: Iterable[str], signatures: Sequence[tuple[str, Signature]]) -> Mapping[str, str]:
    """Return the group of each song: the first name among those it is nearly the same as.

    Args:
        songs: All songs.
        signatures: Of their tracks, each with its song.
    """
    parents = {song: song for song in songs}
    for start in range(0, PERMUTATIONS - BAND + 1, BAND):
        for one, other in _same_band([mine[start : start + BAND] for _, mine in signatures]):
            _join_if_alike(parents, signatures[one], signatures[other])
    return {song: _root(parents, song) for song in parents}


def jaccard(one: Signature, other: Signature) -> float:
    """Return about how much of all their shingles two tracks share, 0.0-1.0."""
    return float((one == other).mean())


def _same_band(bands: Sequence[Signature]) -> Iterator[tuple[int, int]]:
    """Yield the places of bands that are the same, those next to each other among all such."""
    if not bands:
        return
    rows = np.stack(bands)
    order = np.lexsort(rows.T)
    is_same = (rows[order[1:]] == rows[order[:-1]]).all(axis=1)
    for place in np.flatnonzero(is_same):
        yield int(order[place]), int(order[place + 1])


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (values ^ (values >> np.uint64(31))) * _MIX


def _join_if_alike(
    parents: dict[str, str], one: tuple[str, Signature], other: tuple[str, Signature]
) -> None:
    first, second = sorted((_root(parents, one[0]), _root(parents, other[0])))
    if first != second and jaccard(one[1], other[1]) > MIN_JACCARD:
        parents[second] = first


def _root(parents: dict[str, str], song: str) -> str:
    while parents[song] != song:
        song = parents[song]
    return song
