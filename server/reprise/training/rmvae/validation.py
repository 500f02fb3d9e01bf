"""How well a bar-by-bar network in training answers about held-out chorales."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.networks.rmvae import Beliefs, Rmvae
from reprise.tokenizers import chorale, rmvae
from reprise.training.rmvae import losses
from reprise.training.rmvae.questions import (
    Question,
    Stretch,
    frames,
    known,
    stacked,
)

VALIDATION_BATCH = 64


def validated(network: Rmvae, rows: Sequence[rmvae.Bars]) -> dict[str, float]:
    """Return the figures of the last bar of stretches.

    `loss` is the mean of what is missed in the next bar when nothing of it is known, and in a
    refilled voice whose writer hears itself, both in nats a step. Accuracies are the share of
    steps whose likeliest class is the true one, nothing of the voice's bar being known.
    """
    found: dict[str, list[Tensor]] = {}
    for first in range(0, len(rows), VALIDATION_BATCH):
        stretch = stacked(rows[first : first + VALIDATION_BATCH])
        for name, values in _figures(network, stretch).items():
            found.setdefault(name, []).append(values.flatten())
    means = {name: torch.cat(values).mean().item() for name, values in found.items()}
    return {"loss": 0.5 * (means["next"] + means["refill_heard"]), **means}


def _figures(network: Rmvae, stretch: Stretch) -> dict[str, Tensor]:
    read = network.read(frames(stretch))
    missed, hits = _outcome(network, stretch, read, asked(stretch, None))
    figures = {"next": missed, "next_accuracy": hits}
    refills = []
    for voice in range(network.config.voices):
        _, alone = _outcome(network, stretch, read, asked(stretch, voice))
        heard, _ = _outcome(network, stretch, read, asked(stretch, voice, knows_itself=True))
        refills.append((heard[:, voice], alone[:, voice]))
    figures["refill_heard"] = torch.stack([missed for missed, _ in refills])
    figures["refill_accuracy"] = torch.stack([hits for _, hits in refills])
    return figures


def asked(stretch: Stretch, voice: int | None, *, knows_itself: bool = False) -> Question:
    """Return the question for the next bar, or for one voice given all others."""
    everyone = torch.ones(len(stretch.exists), stretch.exists.shape[2])
    knows = torch.full((len(everyone),), float(knows_itself))
    if voice is None:
        return Question(everyone, torch.zeros_like(everyone), everyone, knows)
    others = everyone.clone()
    others[:, voice] = 0.0
    return Question(others, others, everyone - others, knows)


def told_of_last_bar(network: Rmvae, stretch: Stretch, read: Beliefs, question: Question) -> Tensor:
    """Return what the writers are told of the last bar (B, D), the latent space at its means."""
    noise = torch.zeros(2, *stretch.exists.shape[:2], network.config.latent)
    heard = question.heard[:, None] * stretch.exists
    bars, _ = network.told(read, heard, question.stands[:, None] * stretch.exists, noise)
    return bars[:, -1]


def said_of_last_bar(network: Rmvae, stretch: Stretch, read: Beliefs, question: Question) -> Tensor:
    """Return what is said of the last bar's steps (B, V, S, 59)."""
    facts = known(stretch, question, network.config.offset).last()
    return network.write(told_of_last_bar(network, stretch, read, question), facts)


def _outcome(
    network: Rmvae, stretch: Stretch, read: Beliefs, question: Question
) -> tuple[Tensor, Tensor]:
    """Return nats and hits of each step of the last bar, (B, V, S)."""
    said = said_of_last_bar(network, stretch, read, question)
    pitches, strikes = stretch.pitches[:, -1], stretch.strikes[:, -1]
    classes = torch.where(strikes > 0, pitches, rmvae.CONTINUE)
    hits = losses.class_chances(said).argmax(-1) == classes
    return losses.misses(said, pitches, strikes), hits.float()


def counted_loss(train: Sequence[chorale.Grid], valid: Sequence[chorale.Grid]) -> float:
    """Return the nats a step of a model that counts classes by voice and step of the bar.

    It hears nothing; it says of the held-out bars that `validated` asks about what is usual.
    """
    counts = np.ones((chorale.VOICE_COUNT, rmvae.BAR_STEPS, rmvae.CLASS_COUNT))
    places = (np.arange(chorale.VOICE_COUNT)[:, None], np.arange(rmvae.BAR_STEPS))
    for classes in _last_classes(train):
        counts[(*places, classes)] += 1
    chances = np.log(counts / counts.sum(-1, keepdims=True))
    missed = [-chances[(*places, classes)].mean() for classes in _last_classes(valid)]
    return float(np.mean(missed))


def _last_classes(chorales: Sequence[chorale.Grid]) -> list[NDArray[np.int64]]:
    return [bars.classes[-1] for bars in rmvae.windows(chorales, rmvae.HEARD_BARS + 1)]
