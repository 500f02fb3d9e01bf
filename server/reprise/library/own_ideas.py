"""Which clips are versions of one idea.

A clip is known by a sketch: of everything that it is made of, hashed, the smallest 128 numbers
(Broder 1997). A loop has no more than that, so loops are compared exactly; of long pieces a sketch
tells about how much they share, whatever their length, and is all that is held of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.library import duplicates
from reprise.library.packing import Packed, signed

ALIKE: Final = 0.5
SKETCH: Final = 128

_FACTORS: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))
_SHIFT: Final = np.uint64(32)

Sketch = NDArray[np.uint32]


@dataclass(frozen=True)
class _Known:
    """What is held of a clip.

    Attributes:
        here: Sketch of where something is struck, and which note.
        moved: The same with notes told by their distance from the usual one of their track: a piece
            that was moved to another key has the same.
        signatures: Of its long tracks, as in `duplicates`.
    """

    here: Sketch
    moved: Sketch
    signatures: tuple[duplicates.Signature, ...]


class Groups:
    """Numbers from 0, some of which belong together.

    Args:
        count: How many there are.
    """

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def root(self, place: int) -> int:
        """Return the smallest number of those that a number belongs together with."""
        parents = self._parents
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Let two numbers belong together."""
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first

    def are_joined(self, one: int, other: int) -> bool:
        """Tell whether two numbers belong together already."""
        return self.root(one) == self.root(other)

    def roots(self) -> list[int]:
        """Return the root of each number."""
        return [self.root(place) for place in range(len(self._parents))]


def ideas_of(clips: Iterable[Packed]) -> list[int]:
    """Return a number for each clip, the same for versions of one idea.

    Short ones are versions where they share half of what either is made of, long ones also where
    they are nearly the same from another beginning (`duplicates`).
    """
    known = [_known(clip) for clip in clips]
    groups = Groups(len(known))
    for sketches in ([one.here for one in known], [one.moved for one in known]):
        for one, other in _pairs(sketches):
            if not groups.are_joined(one, other) and _are_alike(sketches[one], sketches[other]):
                groups.join(one, other)
    signatures = [(str(place), mine) for place, one in enumerate(known) for mine in one.signatures]
    for place, first in duplicates.groups(map(str, range(len(known))), signatures).items():
        groups.join(int(place), int(first))
    return groups.roots()


def _known(packed: Packed) -> _Known:
    notes = packed.notes.astype(np.int64)
    onsets = packed.grid_bars[notes[:, 0], 0] + notes[:, 2]
    usual = np.zeros(len(packed.tracks), np.int64)
    for index, track in enumerate(packed.tracks):
        pitches = notes[notes[:, 1] == index, 3]
        if len(pitches) and not track.is_drums:
            usual[index] = np.bincount(pitches).argmax()
    pitches = notes[:, 3]
    return _Known(
        _sketch(onsets, pitches), _sketch(onsets, pitches - usual[notes[:, 1]]), signed(packed)
    )


def _sketch(onsets: NDArray[np.int64], pitches: NDArray[np.int64]) -> Sketch:
    mixed = (onsets * 256 + pitches + 128).astype(np.uint64)
    for factor in _FACTORS:
        mixed = mixed * factor
        mixed ^= mixed >> _SHIFT
    found: Sketch = np.unique(mixed.astype(np.uint32))[:SKETCH].copy()
    return found


def _are_alike(one: Sketch, other: Sketch) -> bool:
    """Tell whether two clips share half of what either is made of, as their sketches tell it."""
    both = np.intersect1d(one, other, assume_unique=True)
    # Most pairs share little, and are told by that alone.
    if len(both) < ALIKE * max(len(one), len(other)):
        return False
    either = np.union1d(one, other)[:SKETCH]
    return int(np.searchsorted(both, either[-1], side="right")) >= ALIKE * len(either)


def _pairs(sketches: Sequence[Sketch]) -> Iterator[tuple[int, int]]:
    """Yield pairs of clips that share something, those next to each other in each list of it."""
    if not sketches:
        return
    lengths = [len(sketch) for sketch in sketches]
    holders = np.repeat(np.arange(len(sketches), dtype=np.uint64), lengths)
    features = np.concatenate(sketches)
    order = np.argsort(features, kind="stable")
    features, holders = features[order], holders[order]
    is_shared = features[1:] == features[:-1]
    for pair in np.unique(holders[:-1][is_shared] << _SHIFT | holders[1:][is_shared]):
        yield int(pair >> _SHIFT), int(pair & np.uint64(0xFFFFFFFF))
