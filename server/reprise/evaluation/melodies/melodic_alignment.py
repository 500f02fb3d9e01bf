"""How much of a melody could be a copy: its best local alignment with any known melody.

A melody is read as its windows of three notes: two intervals and the ratio of the two gaps between
onsets, so that neither key nor tempo hides a copy. Two windows score 1 where they are equal, less
by a twelfth for each semitone that an interval differs, and by a half for each doubling of the
ratio, never below -1; a window that one melody lacks costs `GAP`. The score of the best local
alignment (Smith and Waterman 1981), as a share of the melody's score with itself, is how much of
it could be a copy: 1.0 where a known melody holds all of it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.evaluation.melodies.melody_statistics import Line

GAP: Final = 0.6
FEWEST_NOTES: Final = 3

Letters = NDArray[np.float64]
"""Of shape (windows, 3): two intervals in semitones, and log2 of the ratio of the gaps."""


def letters_of(line: Line) -> Letters:
    """Return the windows of three notes of a line; none for fewer notes."""
    if len(line) < FEWEST_NOTES:
        return np.zeros((0, 3))
    pitches = np.array([note.pitch for note in line], np.float64)
    gaps = np.log2(np.diff([note.start for note in line]))
    intervals = np.diff(pitches)
    return np.stack([intervals[:-1], intervals[1:], np.diff(gaps)], axis=1)


class KnownMelodies:
    """Melodies that others are compared with."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Read the lines; those that are equal but for key and tempo count once."""
        found = {letters.tobytes(): letters for letters in map(letters_of, lines) if len(letters)}
        ordered = sorted(found.values(), key=len, reverse=True)
        self._lengths = np.array([len(letters) for letters in ordered], np.int64)
        everything = np.concatenate([np.zeros((1, 3)), *ordered])
        self._alphabet, numbers = np.unique(np.round(everything, 6), axis=0, return_inverse=True)
        self._texts = self._padded(numbers.ravel()[1:])

    def __len__(self) -> int:
        """Return how many different melodies there are."""
        return len(self._lengths)

    def copied_share(self, line: Line) -> float | None:
        """Return how much of a line could be a copy, 0.0-1.0; None for fewer than three notes."""
        letters = letters_of(line)
        if not len(letters):
            return None
        if not len(self):
            return 0.0
        return float(self._best_score(letters)) / len(letters)

    def _padded(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the letters' numbers with one column a melody, of shape (longest, melodies)."""
        longest = int(self._lengths.max(initial=0))
        texts = np.zeros((longest, len(self)), np.int64)
        is_there = np.arange(longest)[None, :] < self._lengths[:, None]
        texts.T[is_there] = numbers
        return texts

    def _best_score(self, letters: Letters) -> np.float32:
        """Return the score of the best local alignment with any of the melodies.

        One row of the table for each letter of the line, one column for each of the melodies'; all
        melodies are done at once, the longest first so that those that have ended fall away.
        """
        open_at = [int((self._lengths > column).sum()) for column in range(len(self._texts))]
        above = np.zeros((len(self._texts) + 1, len(self)), np.float32)
        best = np.float32(0.0)
        for letter in letters:
            scores = _scores(letter, self._alphabet)[self._texts]
            row = np.zeros_like(above)
            for column, count in enumerate(open_at):
                cell = np.maximum(above[column, :count] + scores[column, :count], 0.0)
                np.maximum(cell, above[column + 1, :count] - np.float32(GAP), out=cell)
                np.maximum(cell, row[column, :count] - np.float32(GAP), out=cell)
                row[column + 1, :count] = cell
            best = max(best, row.max())
            above = row
        return best


def _scores(letter: Letters, alphabet: Letters) -> NDArray[np.float32]:
    """Return the score of one window of three notes, shape (3,), with each of some, (letters,)."""
    apart = np.abs(alphabet - letter)
    scores = 1.0 - (apart[:, 0] + apart[:, 1]) / 12.0 - 0.5 * apart[:, 2]
    return np.clip(scores, -1.0, 1.0).astype(np.float32)
