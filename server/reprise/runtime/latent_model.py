"""An autoencoder as it is served: what a window becomes, and what becomes of latent numbers."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.onnx_runtime import Session

Floats = NDArray[np.float32]
Windows = NDArray[np.int64]


class LatentModel(Protocol):
    """An autoencoder of windows of two-part elements, whatever runs it.

    Axes: B batch, T elements of a window, Z latent numbers.
    """

    def encode(self, elements: Windows) -> tuple[Floats, Floats]:
        """Return means and logarithms of variances, both (B, Z), of windows (B, T, 2)."""

    def decode(self, latent: Floats) -> tuple[Floats, Floats]:
        """Return logits (B, T, first classes) and (B, T, second classes) for (B, Z)."""


class OnnxLatentModel:
    """Two networks: `elements` to `mean` and `log_variance`; `latent` to `chords`, `durations`."""

    def __init__(self, encoder: Session, decoder: Session) -> None:
        """Take both networks."""
        self._encoder, self._decoder = encoder, decoder

    def encode(self, elements: Windows) -> tuple[Floats, Floats]:
        """Return means and logarithms of variances, both (B, Z), of windows (B, T, 2)."""
        feed = {"elements": np.ascontiguousarray(elements, np.int64)}
        mean, log_variance = self._encoder.run(["mean", "log_variance"], feed)
        return mean, log_variance

    def decode(self, latent: Floats) -> tuple[Floats, Floats]:
        """Return logits (B, T, first classes) and (B, T, second classes) for (B, Z)."""
        feed = {"latent": np.ascontiguousarray(latent, np.float32)}
        chords, durations = self._decoder.run(["chords", "durations"], feed)
        return chords, durations
