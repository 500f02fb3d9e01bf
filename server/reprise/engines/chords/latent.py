"""Between progressions: windows of chords as points, and what lies on the way.

A decoder does not give back exactly what went in. What it lacks at a window is taken along as a
correction of its logits, in full at that window and less and less on the way to another one, so
that a way begins and ends with the very progressions that it leads between.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.latent_model import LatentModel
from reprise.tokenizers.chords import Elements

MARGIN: Final = 0.1
"""Nats by which a corrected choice leads."""

Floats = NDArray[np.float64]
Heads = tuple[Floats, Floats]
"""Logits of chords (32, classes) and of durations (32, classes)."""


class Place:
    """A window (32, 2) as a point, with what the decoder lacks there."""

    def __init__(self, model: LatentModel, window: Elements) -> None:
        """Encode a window and see how it comes back."""
        mean, log_variance = model.encode(window[None])
        self.latent: Floats = mean[0].astype(np.float64)
        self.spread: Floats = np.exp(log_variance[0].astype(np.float64) / 2)
        heads = decoded(model, self.latent)
        chords, durations = (
            correction(logits, window[:, column]) for column, logits in enumerate(heads)
        )
        self.corrections: Heads = (chords, durations)


def decoded(model: LatentModel, latent: Floats) -> Heads:
    """Return the log-probabilities of both heads at a point."""
    chords, durations = model.decode(latent[None].astype(np.float32))
    return log_softmax(chords[0].astype(np.float64)), log_softmax(durations[0].astype(np.float64))


def correction(logits: Floats, classes: NDArray[np.int64]) -> Floats:
    """Return what has to be added to logits (32, classes) for given classes (32,) to lead."""
    rows = np.arange(len(classes))
    lead = logits.max(axis=1) - logits[rows, classes]
    added = np.zeros_like(logits)
    added[rows, classes] = np.where(lead > 0.0, lead + MARGIN, 0.0)
    return added


def corrected(model: LatentModel, latent: Floats, *shares: tuple[Place, float]) -> Heads:
    """Return the log-probabilities at a point, with a share of the corrections of some places."""
    chords, durations = decoded(model, latent)
    for place, share in shares:
        chords = chords + share * place.corrections[0]
        durations = durations + share * place.corrections[1]
    return chords, durations


def between(model: LatentModel, left: Place, right: Place, amount: float) -> Heads:
    """Return the log-probabilities on the straight way from one place to another.

    Args:
        model: The autoencoder.
        left: Where the way begins.
        right: Where it ends.
        amount: How far along, 0.0-1.0.
    """
    latent = (1.0 - amount) * left.latent + amount * right.latent
    return corrected(model, latent, (left, 1.0 - amount), (right, amount))


def likeliest(heads: Heads) -> Elements:
    """Return the elements (32, 2) that are likeliest one by one."""
    return np.stack([head.argmax(axis=1) for head in heads], axis=1)


def log_softmax(logits: Floats) -> Floats:
    """Return log-probabilities along the last axis."""
    scores = logits - logits.max(axis=-1, keepdims=True)
    answer: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return answer
