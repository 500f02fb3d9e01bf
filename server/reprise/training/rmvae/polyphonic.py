"""The polyphonic encoding in training: soprano and alto are one voice, tenor and bass the other.

What a network says of a frame is an activation and a duration for every pitch; the first is judged
as a yes or no, the second by its square error in 16ths where a note begins.
"""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from reprise.networks.rmvae import Rmvae, divergence
from reprise.tokenizers import rmvae
from reprise.training import loop
from reprise.training.rmvae import losses
from reprise.training.rmvae.questions import (
    Draw,
    Stretch,
    draw_question,
    known,
    stacked,
)
from reprise.training.rmvae.recipe import Recipe
from reprise.training.rmvae.validation import asked, told_of_last_bar

PAIRS: Final = ((0, 1), (2, 3))
BATCH: Final = 64


def rolls(stretch: Stretch) -> Tensor:
    """Return polyphonic frames (B, T, 2, S, 116) of a stretch of four lines."""
    count, bars, _, steps = stretch.pitches.shape
    rows = []
    for pitches, strikes in zip(stretch.pitches.numpy(), stretch.strikes.numpy(), strict=True):
        # (T, V, S) to lines (V, T * S)
        sung, struck = (part.transpose(1, 0, 2).reshape(4, -1) for part in (pitches, strikes))
        rows += [rmvae.polyphonic(sung[list(pair)], struck[list(pair)] > 0) for pair in PAIRS]
    shaped = torch.from_numpy(np.stack(rows)).reshape(count, len(PAIRS), bars, steps, -1)
    return shaped.transpose(1, 2)


def in_pairs(stretch: Stretch) -> Stretch:
    """Return the stretch with one voice for each pair, which has the upper line's notes."""
    upper = [pair[0] for pair in PAIRS]
    return Stretch(*(part[:, :, upper] for part in stretch))


def loss_of(run: loop.Run, draw: Draw, recipe: Recipe) -> loop.DrawLoss:
    """Return what draws one loss: what is missed in the wanted voices, and divergence."""
    config = recipe.network

    def draw_loss(module: nn.Module, random: np.random.Generator) -> Tensor:
        network = cast("Rmvae", module)
        stretch = draw.stretches(random)
        truth, pairs = rolls(stretch), in_pairs(stretch)
        question = draw_question(len(truth), config.voices, random)
        noise = torch.randn(2, *pairs.exists.shape[:2], config.latent)
        heard, stands, wanted = (
            part[:, None] * pairs.exists
            for part in (question.heard, question.stands, question.wanted)
        )
        bars, joint = network.told(network.read(truth), heard, stands, noise)
        facts = known(pairs, question, config.offset).every()
        said = network.write(bars.flatten(0, 1), facts)
        missed = losses.polyphonic_misses(said, truth.flatten(0, 1)).sum(-1)
        wished = wanted.flatten(0, 1)
        weight = recipe.losses.divergence * min(1.0, run.step / recipe.loop.steps)
        every = config.voices * (missed * wished).sum() / wished.sum()
        return every + weight * divergence(joint).sum(1).mean()

    return draw_loss


def validated(network: Rmvae, rows: Sequence[rmvae.Bars]) -> dict[str, float]:
    """Return the figures of the next bar: `loss` in nats a step, and the activations' F1."""
    missed, right, found, true = [], 0.0, 0.0, 0.0
    for first in range(0, len(rows), BATCH):
        stretch = stacked(rows[first : first + BATCH])
        frames, pairs = rolls(stretch), in_pairs(stretch)
        question = asked(pairs, None)
        told = told_of_last_bar(network, pairs, network.read(frames), question)
        said = network.write(told, known(pairs, question, network.config.offset).last())
        missed.append(losses.polyphonic_misses(said, frames[:, -1]).flatten())
        begins, wished = said[..., ::2] > 0, frames[:, -1, ..., ::2] > 0
        right += (begins & wished).sum().item()
        found += begins.sum().item()
        true += wished.sum().item()
    return {"loss": torch.cat(missed).mean().item(), "onset_f1": 2 * right / max(1.0, found + true)}
