"""Remembers prompts that were read, so that a second click on the same music starts at once.

A prompt is read in chunks of `CHUNK` tokens counted from its start. What was kept of an earlier
prompt serves a later one as far as whole chunks of both are equal: those were computed from the
same numbers in the same shapes, so the answer is the same in every bit.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.ensemble_model import CHUNK, Check, EnsembleShape, Features, Floats, ignore

BYTES_KEPT: Final = 24_000_000
"""Keys and values of earlier prompts that are kept."""


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

    def cut(self, length: int) -> "ReadPrompt":
        """Return the first tokens; the logits stay those of the whole."""
        return ReadPrompt(
            self.features[:length],
            self.times[:length],
            tuple(np.ascontiguousarray(keys[:, :length]) for keys in self.keys),
            tuple(np.ascontiguousarray(values[:, :length]) for values in self.values),
            self.logits,
        )

    def longer(
        self,
        features: Features,
        times: Floats,
        memory: tuple[Sequence[Floats], Sequence[Floats]],
        logits: Floats,
    ) -> "ReadPrompt":
        """Return the prompt with more tokens.

        Args:
            features: Theirs, (m, F).
            times: Theirs, (m,).
            memory: Their keys and values of every block, (key_heads, m, head_size).
            logits: What follows the last of them, (V,).
        """
        keys, values = memory
        return ReadPrompt(
            np.concatenate([self.features, features]),
            np.concatenate([self.times, times]),
            tuple(np.concatenate(pair, axis=1) for pair in zip(self.keys, keys)),
            tuple(np.concatenate(pair, axis=1) for pair in zip(self.values, values)),
            logits,
        )


ReadChunk = Callable[[ReadPrompt, NDArray[np.int64], Floats], ReadPrompt]
"""Returns a prompt with one more chunk: features (m, F) and times (m,)."""


class PromptReader:
    """Reads prompts chunk by chunk and keeps those that were read last; threads may share it."""

    def __init__(
        self, shape: EnsembleShape, read_chunk: ReadChunk, bytes_kept: int = BYTES_KEPT
    ) -> None:
        self._shape = shape
        self._read_chunk = read_chunk
        self._tokens_kept = bytes_kept // shape.bytes_a_token
        self._lock = threading.Lock()
        self._prompts: tuple[ReadPrompt, ...] = ()

    def read(self, features: Features, times: Floats, check: Check = ignore) -> ReadPrompt:
        """Return a prompt that was read; see `EnsembleModel.prefill`."""
        rows, moments = np.array(features, np.int64), np.array(times, np.float32)
        prompt = self._start(rows, moments)
        for first in range(prompt.length, len(moments), CHUNK):
            check()
            chunk = slice(first, first + CHUNK)
            prompt = self._read_chunk(prompt, rows[chunk], moments[chunk])
        self._keep(prompt)
        return prompt

    def _start(self, features: NDArray[np.int64], times: Floats) -> ReadPrompt:
        """Return as much of a prompt as is known."""
        known = self._prompts
        shared = [prompt.shared(features, times) for prompt in known]
        longest = max(shared, default=0)
        if not longest:
            return self._nothing(features, times)
        best = known[shared.index(longest)]
        return best if best.length == longest else best.cut(longest)

    def _nothing(self, features: NDArray[np.int64], times: Floats) -> ReadPrompt:
        shape = self._shape
        none = (np.zeros((shape.key_heads, 0, shape.head_size), np.float32),) * shape.layers
        return ReadPrompt(features[:0], times[:0], none, none, np.zeros(0, np.float32))

    def _keep(self, prompt: ReadPrompt) -> None:
        """Keep a prompt as the latest; forget the oldest where they grow too many."""
        with self._lock:
            kept, room = [prompt], self._tokens_kept - prompt.length
            for known in reversed(self._prompts):
                if known is not prompt and known.length <= room:
                    kept.insert(0, known)
                    room -= known.length
            self._prompts = tuple(kept)
