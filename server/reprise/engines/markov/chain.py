"""A variable-order Markov chain over small whole numbers; knows nothing of music."""

from collections.abc import Sequence

import numpy as np

from reprise.engines.sampling import Floats


class ContextChain:
    """What tends to follow what, learned from sequences of symbols 0, 1, 2, ...

    Contexts of every length up to `order` are counted. The shares of a long context are mixed with
    those of the next shorter one, more so the more new symbols have followed it (Witten and Bell,
    The zero-frequency problem, 1991, method C), down to an even share for every symbol.
    """

    def __init__(self, symbol_count: int, order: int = 3) -> None:
        """Take how many symbols there are and the length of the longest context."""
        self._symbol_count = symbol_count
        self._order = order
        self._counts: dict[tuple[int, ...], Floats] = {}
        self._shares: dict[tuple[int, ...], Floats] = {}
        self._logs: dict[tuple[int, ...], Floats] = {}

    def learn(self, sequence: Sequence[int], weight: float = 1.0) -> None:
        """Count one sequence, `weight` times (above 0)."""
        self._shares.clear()
        self._logs.clear()
        for place, symbol in enumerate(sequence):
            for length in range(min(self._order, place) + 1):
                context = tuple(sequence[place - length : place])
                if context not in self._counts:
                    self._counts[context] = np.zeros(self._symbol_count)
                self._counts[context][symbol] += weight

    def shares(self, context: Sequence[int]) -> Floats:
        """Return how likely each symbol is after `context`, of shape (symbols,), summing to 1."""
        recent = tuple(context[-self._order :]) if self._order else ()
        if recent not in self._shares:
            self._shares[recent] = self._mixed(recent)
        return self._shares[recent]

    def logs(self, context: Sequence[int]) -> Floats:
        """Return the logarithms of `shares`, in nats."""
        recent = tuple(context[-self._order :]) if self._order else ()
        if recent not in self._logs:
            self._logs[recent] = np.log(self.shares(recent))
        return self._logs[recent]

    def _mixed(self, context: tuple[int, ...]) -> Floats:
        shorter: Floats = (
            self.shares(context[1:])
            if context
            else np.full(self._symbol_count, 1.0 / self._symbol_count)
        )
        counts = self._counts.get(context)
        if counts is None:
            return shorter
        novelty = np.count_nonzero(counts)
        mixed: Floats = (counts + novelty * shorter) / (counts.sum() + novelty)
        return mixed
