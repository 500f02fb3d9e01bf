"""One loss of a bar-by-bar network: drawn music, a drawn question, and what was missed."""

from typing import Final, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from reprise.networks.rmvae import Rmvae, divergence
from reprise.training import loop
from reprise.training.rmvae import losses as rmvae_losses
from reprise.training.rmvae.questions import Draw, draw_question, frames, known
from reprise.training.rmvae.recipe import LossSettings, Recipe

FLIPS: Final = (1e-4, 1e-3)
"""Least and greatest share of an input's numbers that are turned over."""

DIVERGENCE_RISE: Final = (0.01, 0.4)
"""Shares of the run between which the weight of the divergence rises from nothing."""


def loss_of(run: loop.Run, draw: Draw, recipe: Recipe) -> loop.DrawLoss:
    """Return what draws one loss: misses of the wanted voices, divergence, and manners."""
    losses, config = recipe.losses, recipe.network

    def draw_loss(module: nn.Module, random: np.random.Generator) -> Tensor:
        network = cast("Rmvae", module)
        stretch = draw.stretches(random)
        question = draw_question(len(stretch.pitches), config.voices, random)
        noise = torch.randn(2, *stretch.exists.shape[:2], config.latent)
        heard, stands, wanted = (
            part[:, None] * stretch.exists
            for part in (question.heard, question.stands, question.wanted)
        )
        with torch.autocast("cpu", torch.bfloat16):
            read = network.read(flipped(frames(stretch), random))
            bars, joint = network.told(read, heard, stands, noise)
            facts = known(stretch, question, config.offset).every()
            said = network.write(bars.flatten(0, 1), facts).float()
        truth = Truth(*(part.flatten(0, 1) for part in (stretch.pitches, stretch.strikes, wanted)))
        weight = losses.divergence * risen(run.step / recipe.loop.steps)
        missed = config.voices * missed_by_voice(said, truth)
        return missed + weight * divergence(joint).sum(1).mean() + manners(said, truth, losses)

    return draw_loss


class Truth(NamedTuple):
    """True bars: pitches and strikes (N, V, S), and 1.0 for voices that are wanted (N, V)."""

    pitches: Tensor
    strikes: Tensor
    wanted: Tensor


def flipped(values: Tensor, random: np.random.Generator) -> Tensor:
    """Return numbers 0.0 or 1.0 of which a small share is turned over."""
    share = float(random.uniform(*FLIPS))
    return (values - (torch.rand_like(values) < share).to(values.dtype)).abs()


def missed_by_voice(said: Tensor, truth: Truth) -> Tensor:
    """Return nats for a bar of a voice that is wanted, on the average."""
    missed = rmvae_losses.misses(said, truth.pitches, truth.strikes).sum(-1)
    return (missed * truth.wanted).sum() / truth.wanted.sum()


def manners(said: Tensor, truth: Truth, losses: LossSettings) -> Tensor:
    """Return the three extra losses of the wanted voices, weighted, on the average over bars."""
    if not (losses.scale or losses.rhythm or losses.harmony):
        return said.new_zeros(())
    shown = truth.wanted[..., None, None]
    found = rmvae_losses.activations(said) * shown
    wished = rmvae_losses.true_activations(truth.pitches, truth.strikes) * shown
    every = (
        losses.scale * rmvae_losses.scale_loss(found, wished)
        + losses.rhythm * rmvae_losses.rhythm_loss(found, wished)
        + losses.harmony * rmvae_losses.harmony_loss(found)
    )
    return every.sum() / (truth.wanted.sum(-1) > 0).sum()


def risen(share: float) -> float:
    """Return the weight of the divergence, 0.0-1.0, at a share of the run, 0.0-1.0."""
    first, last = DIVERGENCE_RISE
    return min(1.0, max(0.0, (share - first) / (last - first)))
