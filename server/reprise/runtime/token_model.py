"""What an engine may ask of a network, whatever runs it."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.int64]
Logits = NDArray[np.float32]


class TokenModel(Protocol):
    """A causal network with a memory of the positions it has read.

    Axes: B batch, T new positions, F features of a position, C classes.
    """

    @property
    def length(self) -> int:
        """How many positions have been read."""

    def prefill(self, features: Features) -> Logits:
        """Forget everything, read features (B, T, F) and return logits (B, T, C)."""

    def step(self, features: Features) -> Logits:
        """Read one more position, features (B, F), and return its logits (B, C)."""

    def fork(self) -> Self:
        """Return a model with the same memory that goes its own way from here."""


class FieldModel(Protocol):
    """A network that reads a whole field of positions at once, forwards and backwards."""

    def logits(self, features: Features) -> Logits:
        """Return logits (B, T, ...) for features (B, T, F)."""


class WindowModel(Protocol):
    """A network that reads a window of steps and says what comes next."""

    def logits(self, steps: Features) -> Logits:
        """Return logits (B, C) for integer classes (B, T)."""
