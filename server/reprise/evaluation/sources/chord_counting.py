"""What the next chord and its length are worth to a model that counts and has no network.

Nested contexts are interpolated after Witten and Bell: the chord given the last one, two and three;
the length given its place in the bar, then the last length as well, then the last two.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.library.progressions import Piece
from reprise.tokenizers.chords import CHORD_COUNT, DURATION_COUNT, Elements

CHORDS_BACK: Final = 3
LENGTHS_BACK: Final = 2
DEEPEST: Final = 3
NOTHING: Final = -1

Context = tuple[Hashable, ...]


class NestedCounts:
    """Counts classes in nested contexts, the shortest first."""

    def __init__(self, classes: int) -> None:
        """Begin with the same chance for each class."""
        self._classes = classes
        self._counts: dict[Context, Counter[int]] = defaultdict(Counter)

    def learn(self, contexts: Iterable[Context], class_: int) -> None:
        """Count one class in all of its contexts."""
        for context in contexts:
            self._counts[context][class_] += 1

    def chance(self, contexts: Iterable[Context], class_: int) -> float:
        """Return the probability of a class in nested contexts."""
        chance = 1.0 / self._classes
        for context in contexts:
            counts = self._counts.get(context)
            if counts:
                below = counts.total() + len(counts)
                chance = chance * len(counts) / below + counts[class_] / below
        return chance


class CountedProgressions:
    """Both counts over progressions."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        """Count all pieces."""
        self._chords = NestedCounts(CHORD_COUNT)
        self._lengths = NestedCounts(DURATION_COUNT)
        for piece in pieces:
            rows, places = piece.elements, piece.positions
            for index in range(len(rows)):
                chord, length = rows[index].tolist()
                self._chords.learn(_chord_contexts(rows, index), chord)
                self._lengths.learn(_length_contexts(rows, places, index), length)

    def losses(self, piece: Piece, index: int, depth: int) -> tuple[float, float]:
        """Return the loss of one element's chord and of its length, in nats.

        Args:
            piece: The piece.
            index: Of the element.
            depth: How many contexts beyond the empty one are looked at.
        """
        chord, length = piece.elements[index].tolist()
        chord_contexts = _chord_contexts(piece.elements, index)[: depth + 1]
        length_contexts = _length_contexts(piece.elements, piece.positions, index)[: depth + 1]
        chord_chance = self._chords.chance(chord_contexts, chord)
        return -log(chord_chance), -log(self._lengths.chance(length_contexts, length))


def counted_losses(
    learned: Iterable[Piece], asked: Iterable[Piece], places: Sequence[int], depth: int = DEEPEST
) -> NDArray[np.float64]:
    """Return the losses (elements, 2) of chords and lengths, in nats, by counting.

    Args:
        learned: What is counted.
        asked: Pieces that are asked about.
        places: Which elements of each piece are asked about, where it has them.
        depth: How many contexts beyond the empty one are looked at; 0 counts what occurs.
    """
    counts = CountedProgressions(learned)
    rows = [
        counts.losses(piece, index, depth)
        for piece in asked
        for index in places
        if index < len(piece.elements)
    ]
    return np.array(rows).reshape(-1, 2)


def _chord_contexts(rows: Elements, index: int) -> list[Context]:
    before = _before(rows[:, 0], index, CHORDS_BACK)
    return [before[:depth] for depth in range(CHORDS_BACK + 1)]


def _length_contexts(rows: Elements, places: NDArray[np.int64], index: int) -> list[Context]:
    here = int(places[index])
    before = _before(rows[:, 1], index, LENGTHS_BACK)
    return [(), *((here, *before[:depth]) for depth in range(LENGTHS_BACK + 1))]


def _before(column: NDArray[np.int64], index: int, count: int) -> tuple[int, ...]:
    """Return the last classes before a place, the nearest first."""
    known: Sequence[int] = column[max(0, index - count) : index].tolist()[::-1]
    return (*known, *(NOTHING,) * (count - len(known)))
