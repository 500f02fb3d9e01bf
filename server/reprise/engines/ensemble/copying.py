"""Where the likeliest is asked for: leaning towards bars that were heard with the same company.

When nothing may surprise, a bar that another voice played before is best answered by what this
voice played then. How alike two bars are is told by the tracks that are known in both.
"""

from collections.abc import Mapping

import numpy as np

from reprise.engines.ensemble.asking import Asking, Board
from reprise.engines.ensemble.room import Bias
from reprise.engines.ensemble.windows import Column
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.vocabulary import MAX_COPY, SIZE, Special, copy_token

READINESS, COMPANY = 3.0, 5.0
"""Nats for any copy, and for one whose bars are alike in all that is known (`reprise evaluate
infill` on the validation songs: pooled F1 .298 without, .358 with the first alone)."""

Attacks = frozenset[tuple[int, int]]


def copy_biases(board: Board, asking: Asking) -> tuple[Bias, ...]:
    """Return nats to add to the logits of the first token of each hole, (`SIZE`,) each."""
    company = _Company(board, asking)
    return tuple(company.bias(number) for number in range(len(asking.spots)))


class _Company:
    """What sounds together in the columns of a question."""

    def __init__(self, board: Board, asking: Asking) -> None:
        self._asking = asking
        self._columns = asking.view.columns
        self._bars = asking.question.window.bars
        self._known = [self._heard(board, column) for column in self._columns]

    def bias(self, number: int) -> Bias:
        """Return the bias of a hole, counted from 0."""
        here, _ = self._asking.question.holes[number]
        part = self._asking.spots[number][1]
        row = np.zeros(SIZE, np.float32)
        for place, known in enumerate(self._known):
            offset = place - here
            is_alike = self._bars[place].length == self._bars[here].length
            if part not in known or not 0 < abs(offset) <= MAX_COPY or not is_alike:
                continue
            lean = READINESS + COMPANY * _likeness(self._known[here], known, part)
            token = copy_token(offset) if known[part] else int(Special.EMPTY)
            row[token] = max(float(row[token]), lean)
        return row

    def _heard(self, board: Board, column: Column) -> dict[int, Attacks]:
        """Return what each known part plays in a column."""
        asked = set(self._asking.spots) | board.unknown
        return {
            part: attacks(board.cells.get((column.bar, part), ()))
            for part in self._asking.view.parts
            if (column.bar, part) not in asked
        }


def _likeness(left: Mapping[int, Attacks], right: Mapping[int, Attacks], without: int) -> float:
    """Return how alike two bars are in the parts that are known in both, 0.0-1.0.

    It is the mean F1 of notes and of onsets, weighed by notes.
    """
    total = shared = 0.0
    for part in sorted((left.keys() & right.keys()) - {without}):
        mine, others = left[part], right[part]
        for one, other in ((mine, others), (_onsets(mine), _onsets(others))):
            total += len(one) + len(other)
            shared += 2.0 * len(one & other)
    return shared / total if total else 0.0


def _onsets(found: Attacks) -> frozenset[int]:
    return frozenset(onset for onset, _ in found)
