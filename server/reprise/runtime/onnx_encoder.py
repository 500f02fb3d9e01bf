"""A network that turns rows of notes into one vector each."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.onnx_runtime import Session
from reprise.runtime.token_model import Features

Vectors = NDArray[np.float32]


class OnnxEncoder:
    """A network with one input `features` (B, T, F) and one output `vectors` (B, D)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def vectors(self, features: Features) -> Vectors:
        """Return vectors (B, D) for features (B, T, F)."""
        feed: dict[str, NDArray[Any]] = {"features": np.ascontiguousarray(features, np.int64)}
        answer: Vectors = self._session.run(["vectors"], feed)[0]
        return answer
