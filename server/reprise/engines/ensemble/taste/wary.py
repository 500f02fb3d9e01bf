"""A grammar with leanings: to a part's own grid, away from one pitch again, to some beginnings.

Small networks get stuck on a pitch, musicians do not. A track may strike one pitch as often in a
row as its clip does; from there on, every further time costs a little more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reprise.engines.ensemble.grammar.answer import AnswerGrammar, AnswerRooms, Fed
from reprise.engines.ensemble.grammar.room import Bias
from reprise.engines.ensemble.taste.leaning import Leaning
from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    FIRST_DRUM,
    PITCHES,
    POSITIONS,
    Special,
)

CROWDED = 6.0
"""Nats that a token loses which a cell holds often enough."""
WEARINESS, MOST_WEARINESS = 0.9, 9.0
"""Nats that a pitch loses for each time too many, and at most."""


@dataclass(frozen=True)
class Cares:
    """What an answer is wary of.

    Attributes:
        longest_runs: How often a pitch may come in a row, by track; tracks that are not told may
            repeat as they like.
        grids: Nats to add to all logits of a track, (`SIZE`,) each.
        crowds: How often a cell may hold each token, by track.
        beginnings: Nats to add to the logits of each hole's first token, (`SIZE`,) each; empty for
            none.
        leanings: Where each hole leans; empty for nowhere.
    """

    longest_runs: Mapping[int, int]
    grids: Mapping[int, Bias]
    crowds: Mapping[int, Mapping[int, int]]
    beginnings: Sequence[Bias] = ()
    leanings: Sequence[Leaning] = ()


class WaryGrammar(AnswerGrammar):
    """Walks the holes of one candidate, and counts how often a pitch came in a row."""

    def __init__(self, rooms: AnswerRooms, budget: int, cares: Cares) -> None:
        """Begin an answer.

        Args:
            rooms: What all candidates of the question share.
            budget: Tokens that the answer may take.
            cares: What it is wary of.
        """
        super().__init__(rooms, budget)
        self._cares = cares
        self._struck: Counter[int] = Counter()
        self._tracks = [track for _, track in rooms.question.holes]
        self._latest: dict[int, tuple[int, int]] = {}
        self._onset = -1
        self._onsets = 0
        self._chord: list[int] = []

    def bias(self) -> Bias:
        """Return nats to add to the logits of the next token, (`SIZE`,)."""
        cares, track = self._cares, self._tracks[self.hole]
        row, grid = super().bias(), cares.grids[track]
        found = grid if row is None else row + grid
        if not self._cell.tokens:
            return self._opening(found)
        if cares.leanings:
            leaning = cares.leanings[self.hole]
            is_first = self._onsets == 1
            found = found + leaning.going_on(
                self._onset, self._chord, self._onsets, is_first=is_first
            )
        token, count = self._latest.get(track, (0, 0))
        excess = count + 1 - cares.longest_runs.get(track, count + 1)
        crowds = cares.crowds[track]
        crowded = [
            own for own, times in self._struck.items() if times >= crowds.get(own, times + 1)
        ]
        if excess <= 0 and not crowded:
            return found
        wary = found.copy()
        wary[crowded] -= CROWDED
        wary[token] -= max(0.0, min(MOST_WEARINESS, WEARINESS * excess))
        return wary

    def push(self, token: int) -> Fed:
        """Write a token that `allowed` allows; return what the network reads of it."""
        if token in PITCHES or token in DRUMS:
            track = self._tracks[self.hole]
            latest, count = self._latest.get(track, (0, 0))
            self._latest[track] = (token, count + 1 if token == latest else 1)
            self._struck[token] += 1
            self._chord.append(_pitch(token))
        elif token in POSITIONS:
            self._onset, self._chord = token - POSITIONS.first, []
            self._onsets += 1
        elif token == Special.END_OF_CELL:
            self._struck.clear()
            self._onset, self._onsets, self._chord = -1, 0, []
        return super().push(token)

    def _opening(self, found: Bias) -> Bias:
        cares = self._cares
        if cares.beginnings:
            found = found + cares.beginnings[self.hole]
        if cares.leanings:
            found = found + cares.leanings[self.hole].opening(self._cell.copies)
        return found


def _pitch(token: int) -> int:
    return token - DRUMS.first + FIRST_DRUM if token in DRUMS else token - PITCHES.first
