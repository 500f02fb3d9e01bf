"""A recurrent network with two heads as it is served."""

from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.onnx_runtime import Session
from reprise.runtime.token_model import Features, Logits


class RecurrentModel(Protocol):
    """A network that remembers what it has read, whatever runs it.

    Axes: B batch, T new positions, F features of a position.
    """

    def read(self, features: Features) -> tuple[Logits, Logits]:
        """Read features (B, T, F); return the logits of both heads, (B, T, classes) each."""

    def forget(self) -> None:
        """Forget everything."""

    def fork(self) -> Self:
        """Return a model with the same memory that goes its own way from here."""


class OnnxRecurrentModel:
    """A network with inputs `features` and `memory` and outputs of `chords` and `durations`.

    `memory` is of shape (2, B, units); its next state comes out as `next_memory`.
    """

    def __init__(self, session: Session) -> None:
        """Take the network; it has read nothing."""
        self._session = session
        shape = next(entry.shape for entry in session.get_inputs() if entry.name == "memory")
        self._units = int(shape[2])
        self._memory: NDArray[np.float32] | None = None

    def read(self, features: Features) -> tuple[Logits, Logits]:
        """Read features (B, T, F); return the logits of both heads, (B, T, classes) each."""
        before = self._memory
        if before is None:
            before = np.zeros((2, len(features), self._units), np.float32)
        feed: dict[str, NDArray[Any]] = {
            "features": np.ascontiguousarray(features, np.int64),
            "memory": before,
        }
        names = ["chords", "durations", "next_memory"]
        chords, durations, self._memory = self._session.run(names, feed)
        return chords, durations

    def forget(self) -> None:
        """Forget everything."""
        self._memory = None

    def fork(self) -> Self:
        """Return a model with the same memory that goes its own way from here."""
        twin = type(self)(self._session)
        twin._memory = self._memory
        return twin
