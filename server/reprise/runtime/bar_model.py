"""A network that hears bars of several voices and writes one more, step by step.

Axes: B batch, T bars (the last one is written), V voices, S 16 steps, Z latent size, C classes.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.onnx_runtime import Session

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]


class BarQuestion(NamedTuple):
    """What is heard before a bar is written.

    Attributes:
        pitches: What sounds (B, T, V, S).
        strikes: 1 where it is struck (B, T, V, S).
        heard: 1.0 for voices of bars that are heard (B, T, V).
        stands: 1.0 for voices of the last bar that stand already (B, T, V).
        noise: Standard normal, (2, B, T, Z); zeros for what is likeliest.
    """

    pitches: Integers
    strikes: Integers
    heard: Floats
    stands: Floats
    noise: Floats


class BarMemory(NamedTuple):
    """What writers keep in mind in a bar: what they are told of it, and their states."""

    told: Floats
    hidden: Floats
    cell: Floats


class BarModel(Protocol):
    """A network that listens to bars, and says step by step what comes."""

    @property
    def bars(self) -> int:
        """How many bars a question has, the one that is written included."""

    @property
    def latent(self) -> int:
        """Size of the latent space."""

    def listen(self, question: BarQuestion) -> BarMemory:
        """Return what the writers have in mind before the first step."""

    def say(
        self, memory: BarMemory, place: int, pitches: Integers, strikes: Integers
    ) -> tuple[Floats, BarMemory]:
        """Return logits of every voice's classes (B, V, C) at a step 0..15, and the next memory.

        Args:
            memory: From the step before.
            place: The step.
            pitches: What each writer hears of each voice (B, V, V); its own one a step early.
            strikes: Whether that is struck (B, V, V).
        """


class OnnxBarModel:
    """The same, run by ONNX Runtime from two files."""

    def __init__(self, listen: Session, write: Session) -> None:
        self._listen = listen
        self._write = write
        shape = next(entry.shape for entry in listen.get_inputs() if entry.name == "noise")
        self._bars, self._latent = int(shape[2]), int(shape[3])

    @property
    def bars(self) -> int:
        """How many bars a question has, the one that is written included."""
        return self._bars

    @property
    def latent(self) -> int:
        """Size of the latent space."""
        return self._latent

    def listen(self, question: BarQuestion) -> BarMemory:
        """Return what the writers have in mind before the first step."""
        return BarMemory(*self._listen.run(list(BarMemory._fields), question._asdict()))

    def say(
        self, memory: BarMemory, place: int, pitches: Integers, strikes: Integers
    ) -> tuple[Floats, BarMemory]:
        """Return logits of every voice's classes (B, V, C) at a step 0..15, and the next memory."""
        feed: dict[str, NDArray[Any]] = {
            **memory._asdict(),
            "place": np.array([place], np.int64),
            "pitches": np.ascontiguousarray(pitches, np.int64),
            "strikes": np.ascontiguousarray(strikes, np.int64),
        }
        said, hidden, cell = self._write.run(["said", "hidden_next", "cell_next"], feed)
        return said, BarMemory(memory.told, hidden, cell)
