"""The losses of the bar-by-bar network: what was missed, and the text's three rewards of manners.

*Scale* rewards notes of the pitch classes that the true bar has, *rhythm* notes at its onsets,
*harmony* punishes semitones, tones and tritones between notes that begin together. They look at
expected activations a (N, V, S, P): how likely a note begins at each step and pitch.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from reprise.tokenizers.rmvae import LOWEST_PITCH, PITCH_COUNT

DISSONANCES = (1, 2, 6)


def misses(said: Tensor, pitches: Tensor, strikes: Tensor) -> Tensor:
    """Return nats for each step (...): the strike or its absence, and the pitch of a strike.

    Args:
        said: Logits of 58 pitches and of going on (..., 59).
        pitches: True ones (...), 0..57.
        strikes: 1 where they are struck (...).
    """
    struck = strikes.to(said.dtype)
    held = F.binary_cross_entropy_with_logits(said[..., -1], 1.0 - struck, reduction="none")
    chances = F.log_softmax(said[..., :-1], dim=-1)
    pitch = -chances.gather(-1, pitches[..., None])[..., 0]
    return held + struck * pitch


def class_chances(said: Tensor) -> Tensor:
    """Return log-probabilities of the 59 classes (..., 59): each pitch struck, or going on."""
    chances = F.log_softmax(said[..., :-1], dim=-1) + F.logsigmoid(-said[..., -1:])
    return torch.cat([chances, F.logsigmoid(said[..., -1:])], dim=-1)


def activations(said: Tensor) -> Tensor:
    """Return how likely each pitch is struck (..., 58) for what a monophonic writer said."""
    return said[..., :-1].softmax(-1) * torch.sigmoid(-said[..., -1:])


def true_activations(pitches: Tensor, strikes: Tensor) -> Tensor:
    """Return 1.0 where a pitch is struck (..., 58)."""
    return F.one_hot(pitches, PITCH_COUNT).float() * strikes[..., None].float()


def scale_loss(found: Tensor, truth: Tensor) -> Tensor:
    """Return the scale loss of each bar (N,); activations are (N, V, S, P)."""
    return _agreement(pitch_classes(found).sum((1, 2)), pitch_classes(truth).sum((1, 2)))


def rhythm_loss(found: Tensor, truth: Tensor) -> Tensor:
    """Return the rhythm loss of each bar (N,); activations are (N, V, S, P)."""
    return _agreement(found.sum((1, 3)), truth.sum((1, 3)))


def harmony_loss(found: Tensor) -> Tensor:
    """Return the harmony loss of each bar (N,): dissonant pairs at each step, summed."""
    heard = pitch_classes(found).sum(1)
    pairs = [(heard * heard.roll(-interval, dims=-1)).sum((1, 2)) for interval in DISSONANCES]
    return torch.stack(pairs).sum(0)


def pitch_classes(activation: Tensor) -> Tensor:
    """Return activations by pitch class (..., 12), C first."""
    table = torch.zeros(PITCH_COUNT, 12)
    numbers = torch.arange(PITCH_COUNT)
    table[numbers, (numbers + LOWEST_PITCH) % 12] = 1.0
    return activation @ table


def _agreement(found: Tensor, truth: Tensor) -> Tensor:
    """Return minus what falls where the truth has something, plus what falls elsewhere (N,).

    Places of the truth weigh as much as it has there, places without share a weight of 1. Where
    the truth has nothing at all there is no loss.
    """
    total = truth.sum(-1, keepdim=True)
    absent = (truth == 0).to(found.dtype)
    blame = absent / absent.sum(-1, keepdim=True).clamp(min=1.0)
    weights = torch.where(truth > 0, -truth / total.clamp(min=1.0), blame)
    return (weights * found).sum(-1) * (total[:, 0] > 0)


def polyphonic_misses(said: Tensor, rolls: Tensor) -> Tensor:
    """Return what a polyphonic writer missed at each step (...).

    Args:
        said: Activation logits and durations (..., 116), in pairs.
        rolls: True activations and durations in 16ths (..., 116).
    """
    said, rolls = (part.reshape(*part.shape[:-1], -1, 2) for part in (said, rolls))
    begins = F.binary_cross_entropy_with_logits(said[..., 0], rolls[..., 0], reduction="none")
    lasts = (F.relu(said[..., 1]) - rolls[..., 1]).square() * rolls[..., 0]
    return (begins + lasts / 16.0).sum(-1)
