"""Remembers prompts that were read, so that a second click on the same music starts at once.

A prompt is read in chunks of `CHUNK` tokens counted from its start. What was kept of an earlier
prompt serves a later one as far as whole chunks of both are equal: those were computed from the
same numbers in the same shapes, so the answer is the same in every bit.
"""

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.ensemble_model import CHUNK, Features, Floats

TOKENS_KEPT: Final = 4096
"""Tokens of earlier prompts that are kept; a model of 16 million weights needs 10 kB for each."""


@dataclass(frozen=True, slots=True)
class ReadPrompt:
    """A prompt that was read.

    Attributes:
        features: Its tokens' rows of the table, (n, F).
        times: Their times, (n,).
        keys: Keys of every block, (key_heads, n, head_size).
        values: Values of every block, of the same shape.
        logits: What follows its last token, (V,).
    """

    features: NDArray[np.int64]
    times: Floats
    keys: tuple[Floats, ...]
    values: tuple[Floats, ...]
    logits: Floats

    @property
    def length(self) -> int:
        """How many tokens it has."""
        return len(self.times)

    def shared(self, features: Features, times: Floats) -> int:
        """Return how many tokens of another prompt need not be read: whole chunks, or all."""
        length = min(self.length, len(times))
        differs = (self.features[:length] != features[:length]).any(axis=1)
        differs |= self.times[:length] != times[:length]
        equal = int(differs.argmax()) if differs.any() else length
        return equal if equal == self.length == len(times) else equal - equal % CHUNK


class PromptCache:
    """The prompts that were read last; threads may share it."""

    def __init__(self, tokens_kept: int = TOKENS_KEPT) -> None:
        self._lock = threading.Lock()
        self._tokens_kept = tokens_kept
        self._prompts: list[ReadPrompt] = []

    def longest(self, features: Features, times: Floats) -> tuple[ReadPrompt | None, int]:
        """Return the prompt that shares most with this one, and how many tokens they share."""
        with self._lock:
            known = tuple(self._prompts)
        shared = [prompt.shared(features, times) for prompt in known]
        if not any(shared):
            return None, 0
        best = int(np.argmax(shared))
        return known[best], shared[best]

    def keep(self, prompt: ReadPrompt) -> None:
        """Keep a prompt as the latest; forget the oldest where they grow too many."""
        with self._lock:
            others = [known for known in self._prompts if known is not prompt]
            room = self._tokens_kept - prompt.length
            kept: list[ReadPrompt] = []
            for known in reversed(others):
                room -= known.length
                if room < 0:
                    break
                kept.insert(0, known)
            self._prompts = [*kept, prompt]
