"""Between progressions: windows of chords as points, and what lies on the way.

A decoder does not give back exactly what went in. What it lacks at a window is taken along as a
correction of its logits, in full at that window and less and less on the way to another one, so
that a way begins and ends with the very progressions that it leads between. Of what the decoder
says on the way, only what lies between the two counts, and no step leads back.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.chords.nearness import Between, chord_distances, length_distances
from reprise.runtime.latent_model import LatentModel
from reprise.tokenizers.chords import WINDOW, Elements

GRAIN: Final = 64
"""Steps of a way."""

NEVER: Final = -1e9
MARGIN: Final = 0.1
"""Nats by which a corrected choice leads."""

Floats = NDArray[np.float64]
Owners = NDArray[np.int64]
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


class Way:
    """The straight way from one window (32, 2) to another.

    At each point the decoder says how likely everything is. Of that only what lies between the two
    windows counts: nothing farther from the first one than the last one is, and no step back.
    """

    def __init__(
        self, model: LatentModel, first: Elements, last: Elements, owners: Owners | None = None
    ) -> None:
        """Go all the way, in small steps.

        Args:
            model: The autoencoder.
            first: Where the way begins.
            last: Where it ends.
            owners: Elements that take one class together; by default each stands for itself.
        """
        left, right = Place(model, first), Place(model, last)
        owners = np.arange(len(first)) if owners is None else owners
        firsts = first_places(owners)
        amounts = np.linspace(0.0, 1.0, GRAIN + 1)[:, None]
        latents = (1.0 - amounts) * left.latent + amounts * right.latent
        tables = (chord_distances(), length_distances())
        heads = []
        for column, logits in enumerate(model.decode(latents.astype(np.float32))):
            scores = log_softmax(logits.astype(np.float64))
            scores += (1.0 - amounts[:, None]) * left.corrections[column]
            scores += amounts[:, None] * right.corrections[column]
            here, there = first[firsts, column], last[firsts, column]
            ahead = Between(tables[column], here, there)
            heads.append(_kept_ahead(together(scores, owners), ahead, here))
        self._heads = heads

    def at(self, amount: float) -> Heads:
        """Return both heads' scores at an amount of 0.0-1.0; `NEVER` for what is not ahead."""
        step = round(amount * GRAIN)
        chords, lengths = self._heads
        return chords[step], lengths[step]


def _kept_ahead(scores: Floats, between: Between, here: NDArray[np.int64]) -> Floats:
    """Return scores (steps, 32, classes) in which no step goes back."""
    found = np.empty_like(scores)
    for step, row in enumerate(scores):
        found[step] = np.where(between.ahead(here), row, NEVER)
        here = found[step].argmax(axis=1)
    return found


def together(scores: Floats, owners: Owners) -> Floats:
    """Return scores (..., 32, classes) as their means over what each owner has, owners rising."""
    groups = [scores[..., owners == owner, :].mean(axis=-2) for owner in range(owners.max() + 1)]
    return np.stack(groups, axis=-2)


def first_places(owners: Owners) -> NDArray[np.int64]:
    """Return where each owner, from 0 up, comes first."""
    return np.array([int(np.argmax(owners == owner)) for owner in range(owners.max() + 1)])


def looped_owners(counts: Sequence[int]) -> Owners:
    """Return the owner of each element of a window in which some chords come again and again.

    Args:
        counts: How many elements each chord is made of, at most 32 together.

    Returns:
        Shape (32,): the chord's index; -1 for elements of a turn that is cut short.
    """
    one_turn = np.repeat(np.arange(len(counts)), counts)
    turns = max(1, WINDOW // len(one_turn))
    owners = np.full(WINDOW, -1)
    known = np.tile(one_turn, turns)[:WINDOW]
    owners[: len(known)] = known
    return owners


def likeliest(heads: Heads) -> Elements:
    """Return the elements (32, 2) that are likeliest one by one."""
    return np.stack([head.argmax(axis=1) for head in heads], axis=1)


def log_softmax(logits: Floats) -> Floats:
    """Return log-probabilities along the last axis."""
    scores = logits - logits.max(axis=-1, keepdims=True)
    answer: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return answer
