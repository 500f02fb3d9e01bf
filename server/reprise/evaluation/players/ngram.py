"""Counting models of tokens: a unigram and an n-gram inside one cell, after Witten and Bell.

Contexts nest: nothing, the track's role, then the role with one, two and more of the cell's tokens
before. From the shortest on, p <- (1 - share) p + share * count / total with share = total / (total
+ distinct), as in `counting`; here contexts are many and followed by few tokens, so counts are kept
as sorted keys.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers.ensemble import vocabulary as words

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

BEFORE = words.SIZE
"""Stands for what is before a cell's first token."""
_BASE = words.SIZE + 1
_ROLES = 32
LONGEST_CONTEXT = 4


@dataclass(frozen=True, slots=True)
class SpelledCell:
    """A cell as the network reads it.

    Attributes:
        role: Of its track, 0-24.
        tokens: The cell's tokens and the end of the cell.
    """

    role: int
    tokens: tuple[int, ...]


class TokenCounts:
    """How often tokens followed contexts, for likelihoods."""

    def __init__(self, cells: Iterable[SpelledCell], longest: int = LONGEST_CONTEXT) -> None:
        """Count; `longest` is how many tokens before count, -1 for a unigram without role."""
        self._longest = longest
        columns, tokens = _columns(list(cells), longest)
        self._levels = [_Level(column, tokens) for column in columns]

    def probabilities(self, cell: SpelledCell) -> Floats:
        """Return the probability of each token of a cell, given those before."""
        columns, tokens = _columns([cell], self._longest)
        return self._of(columns, tokens)

    def log2_of(self, cells: Sequence[SpelledCell]) -> list[float]:
        """Return the base-2 logarithm of the probability of each cell."""
        if not cells:
            return []
        columns, tokens = _columns(cells, self._longest)
        logarithms = np.log2(self._of(columns, tokens))
        starts = np.cumsum([0, *(len(cell.tokens) for cell in cells[:-1])])
        return [float(total) for total in np.add.reduceat(logarithms, starts)]

    def next_token(self, role: int, before: Sequence[int], allowed: NDArray[np.int64]) -> int:
        """Return the likeliest of the allowed tokens after some tokens of a cell."""
        row = _contexts(role, before, self._longest)
        columns = [np.full(len(allowed), key) for key in row]
        return int(allowed[self._of(columns, allowed).argmax()])

    def _of(self, columns: Sequence[Integers], tokens: Integers) -> Floats:
        chances = np.full(len(tokens), 1.0 / words.SIZE)
        for level, column in zip(self._levels, columns, strict=True):
            counts, totals, distinct = level.counts_of(column, tokens)
            below = np.maximum(totals + distinct, 1)
            chances = chances * np.where(totals > 0, distinct / below, 1.0) + counts / below
        return chances


class _Level:
    """Counts after contexts of one depth."""

    def __init__(self, contexts: Integers, tokens: Integers) -> None:
        self._pairs, self._counts = np.unique(contexts * _BASE + tokens, return_counts=True)
        owners = self._pairs // _BASE
        self._contexts, firsts, self._distinct = np.unique(
            owners, return_index=True, return_counts=True
        )
        self._totals = np.add.reduceat(self._counts, firsts) if len(firsts) else self._counts

    def counts_of(self, contexts: Integers, tokens: Integers) -> tuple[Integers, ...]:
        """Return how often the tokens followed, how many did, and how many different ones."""
        if not len(self._pairs):
            nothing = np.zeros(len(tokens), np.int64)
            return nothing, nothing, nothing
        counts = _found(self._pairs, self._counts, contexts * _BASE + tokens)
        return (
            counts,
            _found(self._contexts, self._totals, contexts),
            _found(self._contexts, self._distinct, contexts),
        )


def _found(keys: Integers, values: Integers, wanted: Integers) -> Integers:
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: Integers = np.where(keys[places] == wanted, values[places], 0)
    return found


def _columns(cells: Sequence[SpelledCell], longest: int) -> tuple[list[Integers], Integers]:
    """Return the contexts of all tokens, one array a depth, and the tokens themselves."""
    tokens = np.array([token for cell in cells for token in cell.tokens], np.int64)
    sizes = [len(cell.tokens) for cell in cells]
    roles = np.repeat(np.array([cell.role for cell in cells], np.int64), sizes)
    starts = np.cumsum([0, *sizes])[:-1]
    indices = np.arange(len(tokens)) - np.repeat(starts, sizes)
    columns = [np.zeros(len(tokens), np.int64)]
    if longest < 0:
        return columns, tokens
    key = 1 + roles
    columns.append(key)
    scale = _ROLES
    for distance in range(1, longest + 1):
        before = np.full(len(tokens), BEFORE, np.int64)
        before[distance:] = tokens[:-distance]
        before = np.where(indices >= distance, before, BEFORE)
        key = key + scale * before
        scale *= _BASE
        columns.append(key)
    return columns, tokens


def _contexts(role: int, before: Sequence[int], longest: int) -> list[int]:
    """Return the contexts of the token after some tokens, the shortest first."""
    row = [0]
    if longest < 0:
        return row
    key, scale = 1 + role, _ROLES
    row.append(key)
    for distance in range(1, longest + 1):
        key += scale * (before[-distance] if distance <= len(before) else BEFORE)
        scale *= _BASE
        row.append(key)
    return row
