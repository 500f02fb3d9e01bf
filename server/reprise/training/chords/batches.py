"""Draws windows of chords and durations to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.library.progressions import Piece
from reprise.tokenizers import chords

IGNORED: Final = -100
LOOP_LENGTHS: Final = (2, 3, 4, 4, 6, 8, 8, 8, 12, 16, 16)
"""Elements of the loops that clips are made of, the usual ones more than once."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DataSettings:
    """How windows are drawn.

    Attributes:
        other_keys: Share of windows that are moved to any of the twelve keys; the others are in
            C major or A minor.
        loops: Share of windows that are a few elements again and again, as clips are.
        seed: Of what is drawn for validation.
    """

    other_keys: float = 0.1
    loops: float = 0.3
    seed: int = 0


class Windows:
    """Draws windows from pieces, longer pieces more often."""

    def __init__(self, pieces: Sequence[Piece], settings: DataSettings) -> None:
        """Take the pieces."""
        self._pieces = pieces
        self._settings = settings
        sizes = np.array([max(1, len(piece.elements) - chords.WINDOW + 1) for piece in pieces])
        self._chances = sizes / sizes.sum()

    def draw(self, count: int, random: np.random.Generator) -> chords.Elements:
        """Return windows (count, 32, 2)."""
        chosen = random.choice(len(self._pieces), count, p=self._chances)
        return np.stack([self._window(self._pieces[index], random) for index in chosen])

    def draw_sequences(self, count: int, random: np.random.Generator) -> tuple[Integers, Integers]:
        """Return features (count, 32, 4) and the elements after each (count, 32, 2).

        Where a piece ends early the elements are `IGNORED`.
        """
        chosen = random.choice(len(self._pieces), count, p=self._chances)
        pairs = [self._sequence(self._pieces[index], random) for index in chosen]
        return np.stack([one for one, _ in pairs]), np.stack([other for _, other in pairs])

    def _window(self, piece: Piece, random: np.random.Generator) -> chords.Elements:
        elements = piece.elements
        if random.random() < self._settings.loops or len(elements) < chords.WINDOW:
            length = min(int(random.choice(LOOP_LENGTHS)), len(elements))
            start = int(random.integers(0, len(elements) - length + 1))
            window = chords.looped(elements[start : start + length])
        else:
            start = int(random.integers(0, len(elements) - chords.WINDOW + 1))
            window = elements[start : start + chords.WINDOW]
        return self._in_some_key(window, random)

    def _sequence(self, piece: Piece, random: np.random.Generator) -> tuple[Integers, Integers]:
        latest = max(0, len(piece.elements) - chords.WINDOW - 1)
        start = int(random.integers(0, latest + 1))
        elements = self._in_some_key(piece.elements[start : start + chords.WINDOW + 1], random)
        return sequence(elements, piece.positions[start : start + chords.WINDOW + 1])

    def _in_some_key(self, window: chords.Elements, random: np.random.Generator) -> chords.Elements:
        if random.random() >= self._settings.other_keys:
            return window
        moved = chords.transposed(window[:, 0], int(random.integers(12)))
        return np.column_stack([moved, window[:, 1]])


def sequence(elements: chords.Elements, positions: Integers) -> tuple[Integers, Integers]:
    """Return features (32, 4) and targets (32, 2) of up to 33 elements with their places."""
    features = np.zeros((chords.WINDOW, 4), np.int64)
    targets = np.full((chords.WINDOW, 2), IGNORED)
    count = len(elements) - 1
    features[:count] = chords.continuation_features(elements, positions)[:count]
    targets[:count] = elements[1:]
    return features, targets


def all_windows(pieces: Sequence[Piece], hop: int) -> chords.Elements:
    """Return all windows (windows, 32, 2) of pieces; short pieces come again and again."""
    found = [
        chords.windows(piece.elements, hop)
        if len(piece.elements) >= chords.WINDOW
        else chords.looped(piece.elements)[None]
        for piece in pieces
    ]
    return np.concatenate(found)


def all_sequences(pieces: Sequence[Piece]) -> tuple[Integers, Integers]:
    """Return features (sequences, 32, 4) and targets (sequences, 32, 2), one after another."""
    pairs = [
        sequence(
            piece.elements[start : start + chords.WINDOW + 1],
            piece.positions[start : start + chords.WINDOW + 1],
        )
        for piece in pieces
        for start in range(0, max(1, len(piece.elements) - 1), chords.WINDOW)
    ]
    return np.stack([one for one, _ in pairs]), np.stack([other for _, other in pairs])
