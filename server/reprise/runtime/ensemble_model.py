"""What an engine may ask of an ensemble network, whatever runs it.

Axes: n tokens of a prompt, F features of a token, B candidates, S new tokens of each, V tokens of
the vocabulary. A token is F rows of one table and a musical time; where it stands in the
sequence follows from how many were read before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reprise.errors import CorruptModelError

CHUNK = 128
"""Prompts are read in chunks of so many tokens, counted from their start: a chunk that was read
before is the same in every number as one that is read now."""

FEATURES = 9
"""Rows of the table that make one token."""

Features = NDArray[np.integer]
Floats = NDArray[np.float32]


Check = Callable[[], None]


def ignore() -> None:
    """Go on: the check of those who never stop."""


@dataclass(frozen=True, slots=True)
class EnsembleShape:
    """The shape of an ensemble network, and how its heads turn.

    Attributes:
        width: Size of the residual stream.
        layers: Blocks.
        heads: Attention heads.
        key_heads: Heads of keys and values.
        head_size: Size of a head.
        hidden: Inner size of the gated feed-forward part.
        rows: Rows of the table.
        tokens: Size of the vocabulary: the first rows of the table.
        index_rates: Radians by which a token's index turns each pair, `head_size` / 2 of them.
        time_rates: Radians by which a quarter note of its time turns each pair.
    """

    width: int
    layers: int
    heads: int
    key_heads: int
    head_size: int
    hidden: int
    rows: int
    tokens: int
    index_rates: tuple[float, ...]
    time_rates: tuple[float, ...]

    @property
    def bytes_a_token(self) -> int:
        """Of the keys and values of a token in all blocks."""
        return 2 * self.layers * self.key_heads * self.head_size * 4

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> "EnsembleShape":
        """Return the shape that a model's settings hold.

        Raises:
            CorruptModelError: Something is missing, or no number.
        """
        sizes = [name for name in cls.__slots__ if not name.endswith("_rates")]
        try:
            found = {name: int(settings[name]) for name in sizes}
            rates = [
                tuple(float(rate) for rate in settings[name])
                for name in ("index_rates", "time_rates")
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptModelError(
                f"the model's settings do not describe an ensemble network ({error!r}); "
                "install the model again"
            ) from error
        return cls(**found, index_rates=rates[0], time_rates=rates[1])

    def turns(self, first: int, times: Floats) -> tuple[Floats, Floats]:
        """Return the cosines and sines (..., S, head_size / 2) of tokens from index `first` on.

        Args:
            first: The index of the first token.
            times: (..., S) musical times in quarters.
        """
        indices = np.arange(first, first + times.shape[-1], dtype=np.float64)
        angles = np.multiply.outer(times.astype(np.float64), self.time_rates)
        angles += np.multiply.outer(indices, self.index_rates)
        rounded = angles.astype(np.float32)
        return np.cos(rounded), np.sin(rounded)


class Prompt(Protocol):
    """A prompt that was read."""

    @property
    def length(self) -> int:
        """How many tokens it has."""

    @property
    def logits(self) -> Floats:
        """Logits (V,) of what follows its last token."""


class Decoder(Protocol):
    """Candidates that go on from one prompt, all at the same pace."""

    def step(self, features: Features, times: Floats) -> Floats:
        """Read S more tokens of every candidate.

        Args:
            features: (B, S, F) rows of the table.
            times: (B, S) musical times in quarters.

        Returns:
            Logits (B, S, V). A candidate's do not depend on how many candidates there are.

        Raises:
            ValueError: More tokens than the decoder was opened for.
        """


class EnsembleModel(Protocol):
    """A network that reads a prompt once and writes any number of candidates from it."""

    @property
    def shape(self) -> EnsembleShape:
        """The network's shape."""

    def prefill(self, features: Features, times: Floats, check: Check = ignore) -> Prompt:
        """Read a prompt; what one before began with in the same way need not be read again.

        Args:
            features: (n, F) rows of the table, n is 1 or more.
            times: (n,) musical times in quarters.
            check: Called now and then; raises to stop.
        """

    def decoder(self, prompt: Prompt, candidates: int, longest: int) -> Decoder:
        """Return a decoder for so many candidates of up to `longest` tokens each."""

    def score(self, features: Features, times: Floats, answer: int) -> Floats:
        """Return the logits (answer + 1, V) of the last `answer` tokens of a sequence.

        The first row predicts the first of these tokens, the last what follows the sequence. They
        are the numbers that writing the same tokens one by one would give.

        Args:
            features: (n, F) rows of the table.
            times: (n,) musical times in quarters.
            answer: How many tokens at the end are the answer, 0 to n - 1.
        """


def score(model: EnsembleModel, features: Features, times: Floats, answer: int) -> Floats:
    """Return what `EnsembleModel.score` promises, by one prompt and one step."""
    start = len(times) - answer
    prompt = model.prefill(features[:start], times[:start])
    if not answer:
        return prompt.logits[None]
    logits = model.decoder(prompt, 1, answer).step(features[None, start:], times[None, start:])
    return np.concatenate([prompt.logits[None], logits[0]])
