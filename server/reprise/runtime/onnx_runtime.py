"""Runs exported networks with ONNX Runtime, on one thread that sleeps when it waits.

A single thread keeps the answer the same from run to run and leaves the audio thread of the
host alone. ONNX Runtime itself is imported when the first network is loaded, so that a server
starts without it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from reprise.errors import CorruptModelError
from reprise.runtime.token_model import Features, Logits, TokenModel

Memory = NDArray[np.float32]

FLAT_AXES = 2
"""Axes of a memory of one size; one that grows with what is read has more."""


class Entry(Protocol):
    """An input of a network: its name, and its shape with words for what varies."""

    name: str
    shape: list[int | str]


class Session(Protocol):
    """The two methods of an ONNX Runtime session that we use."""

    def get_inputs(self) -> list[Entry]:
        """Return the inputs."""

    def run(
        self, outputs: list[str], feed: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[np.float32]]:
        """Return the named outputs."""


def open_session(path: Path, threads: int = 1) -> Session:
    """Return an ONNX Runtime session for a network's file.

    Args:
        path: The file.
        threads: How many compute at once; more than one waits for the slowest of them.

    Raises:
        CorruptModelError: The file is missing or no network.
    """
    import onnxruntime

    # Clients read the sentence, so it names the model and the file and no folder of ours.
    shown = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        raise CorruptModelError(f"{shown} is missing; install the model again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    # Its error classes are private and change from release to release.
    try:
        session: Session = onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise CorruptModelError(
            f"{shown} cannot be read as a network ({type(error).__name__}); install the model again"
        ) from error
    return session


class OnnxTokenModel:
    """A causal network with inputs `features` (B, T, F) and `past` (L, 2, B, H, P, D).

    Its outputs are `logits` (B, T, C) and `present` (L, 2, B, H, P + T, D), the next `past`.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        shape = next(entry.shape for entry in session.get_inputs() if entry.name == "past")
        self._layers, self._heads, self._size = int(shape[0]), int(shape[3]), int(shape[5])
        self._memory = self._empty(1)

    @property
    def length(self) -> int:
        """How many positions have been read."""
        return int(self._memory.shape[4])

    def prefill(self, features: Features) -> Logits:
        """Forget everything, read features (B, T, F) and return logits (B, T, C)."""
        self._memory = self._empty(len(features))
        return self._run(features)

    def step(self, features: Features) -> Logits:
        """Read one more position, features (B, F), and return its logits (B, C)."""
        return self._run(features[:, None])[:, 0]

    def fork(self) -> Self:
        """Return a model with the same memory that goes its own way from here."""
        twin = type(self)(self._session)
        twin._memory = self._memory
        return twin

    def _run(self, features: Features) -> Logits:
        feed: dict[str, NDArray[Any]] = {
            "features": np.ascontiguousarray(features, np.int64),
            "past": self._memory,
        }
        logits, self._memory = self._session.run(["logits", "present"], feed)
        answer: Logits = logits
        return answer

    def _empty(self, batch: int) -> Memory:
        return np.zeros((self._layers, 2, batch, self._heads, 0, self._size), np.float32)


class OnnxRecurrentModel:
    """A causal network with inputs `features` (B, T, F) and `past` (B, S), of one size.

    Its outputs are `logits` (B, T, C) and `present` (B, S), the next `past`; having read nothing
    is all noughts.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        shape = next(entry.shape for entry in session.get_inputs() if entry.name == "past")
        self._size = int(shape[1])
        self._memory = np.zeros((1, self._size), np.float32)
        self._length = 0

    @property
    def length(self) -> int:
        """How many positions have been read."""
        return self._length

    def prefill(self, features: Features) -> Logits:
        """Forget everything, read features (B, T, F) and return logits (B, T, C)."""
        self._memory = np.zeros((len(features), self._size), np.float32)
        self._length = 0
        return self._run(features)

    def step(self, features: Features) -> Logits:
        """Read one more position, features (B, F), and return its logits (B, C)."""
        return self._run(features[:, None])[:, 0]

    def fork(self) -> Self:
        """Return a model with the same memory that goes its own way from here."""
        twin = type(self)(self._session)
        twin._memory, twin._length = self._memory, self._length
        return twin

    def _run(self, features: Features) -> Logits:
        feed: dict[str, NDArray[Any]] = {
            "features": np.ascontiguousarray(features, np.int64),
            "past": self._memory,
        }
        logits, self._memory = self._session.run(["logits", "present"], feed)
        self._length += features.shape[1]
        answer: Logits = logits
        return answer


def token_model(session: Session) -> TokenModel:
    """Return the causal network of a session, told by the shape of its memory."""
    past = next(entry for entry in session.get_inputs() if entry.name == "past")
    return OnnxRecurrentModel(session) if len(past.shape) == FLAT_AXES else OnnxTokenModel(session)


class OnnxFieldModel:
    """A network with one input `features` (B, T, F) and one output `logits` (B, T, ...)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def logits(self, features: Features) -> Logits:
        """Return logits (B, T, ...) for features (B, T, F)."""
        feed = {"features": np.ascontiguousarray(features, np.int64)}
        answer: Logits = self._session.run(["logits"], feed)[0]
        return answer


class OnnxWindowModel:
    """A network with one input `steps` (B, T) and one output `logits` (B, C): what comes next."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def logits(self, steps: Features) -> Logits:
        """Return logits (B, C) for integer classes (B, T)."""
        feed = {"steps": np.ascontiguousarray(steps, np.int64)}
        answer: Logits = self._session.run(["logits"], feed)[0]
        return answer
