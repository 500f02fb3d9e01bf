"""A grammar with leanings: to a part's own grid, away from one pitch again, to some beginnings.

Small networks get stuck on a pitch, musicians do not. A track may strike one pitch as often in a
row as its clip does; from there on, every further time costs a little more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from reprise.engines.ensemble.grammar import AnswerGrammar, AnswerRooms, Fed
from reprise.engines.ensemble.room import Bias
from reprise.tokenizers.ensemble.vocabulary import DRUMS, PITCHES, Special

CROWDED = 6.0
"""Nats that a token loses which a cell holds often enough."""
WEARINESS, MOST_WEARINESS = 0.6, 9.0
"""Nats that a pitch loses for each time too many, and at most."""


class WaryGrammar(AnswerGrammar):
    """Walks the holes of one candidate, and counts how often a pitch came in a row."""

    def __init__(
        self,
        rooms: AnswerRooms,
        budget: int,
        longest_runs: Mapping[int, int],
        grids: Mapping[int, Bias],
        crowds: Mapping[int, Mapping[int, int]],
        beginnings: Sequence[Bias] = (),
    ) -> None:
        """Begin an answer.

        Args:
            rooms: What all candidates of the question share.
            budget: Tokens that the answer may take.
            longest_runs: How often a pitch may come in a row, by track; tracks that are not told
                may repeat as they like.
            grids: Nats to add to all logits of a track, (`SIZE`,) each.
            crowds: How often a cell may hold each token, by track.
            beginnings: Nats to add to the logits of each hole's first token, (`SIZE`,) each; empty
                for none.
        """
        super().__init__(rooms, budget)
        self._grids = grids
        self._crowds = crowds
        self._struck: Counter[int] = Counter()
        self._beginnings = beginnings
        self._longest_runs = longest_runs
        self._tracks = [track for _, track in rooms.question.holes]
        self._latest: dict[int, tuple[int, int]] = {}

    def bias(self) -> Bias:
        """Return nats to add to the logits of the next token, (`SIZE`,)."""
        track = self._tracks[self.hole]
        row, grid = super().bias(), self._grids[track]
        found = grid if row is None else row + grid
        if self._beginnings and not self._cell.tokens:
            return found + self._beginnings[self.hole]
        token, count = self._latest.get(track, (0, 0))
        excess = count + 1 - self._longest_runs.get(track, count + 1)
        crowded = [own for own, most in self._crowds[track].items() if self._struck[own] >= most]
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
        elif token == Special.END_OF_CELL:
            self._struck.clear()
        return super().push(token)
