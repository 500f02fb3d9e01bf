"""The chord networks: autoencoders of 32 chords and durations, and one that goes on with them.

Axes: B batch, T elements, D width, Z latent numbers. Chords and durations are classes of
`tokenizers.chords`. The embeddings of a chord and of its duration stand side by side as features of
one element, not one after the other in time.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.tokenizers.chords import (
    CHORD_COUNT,
    DURATION_COUNT,
    POSITION_COUNT,
    WINDOW,
)


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """The shape of an autoencoder.

    Attributes:
        latent: How many numbers a window becomes.
        is_variational: Whether it becomes a distribution around them.
        hidden: Widths between, the same backwards; () for one linear step, as in the text.
        chord_width: Size of a chord's embedding; 0 reads it as it is, one number a class.
        duration_width: The same of a duration.
        step_width: What each element is made of before its logits; 0 makes them at once.
        dropout: Share of activations dropped while training.
    """

    latent: int
    is_variational: bool
    hidden: tuple[int, ...] = (512,)
    chord_width: int = 32
    duration_width: int = 8
    step_width: int = 48
    dropout: float = 0.1


class ChordAutoencoder(nn.Module):
    """Turns a window into a few numbers and back."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.chord_in = _entry(CHORD_COUNT, config.chord_width)
        self.duration_in = _entry(DURATION_COUNT, config.duration_width)
        width = _width(CHORD_COUNT, config.chord_width)
        width += _width(DURATION_COUNT, config.duration_width)
        ways = [WINDOW * width, *config.hidden]
        self.encoder = _layers(ways, config.dropout)
        self.mean = nn.Linear(ways[-1], config.latent)
        self.log_variance = nn.Linear(ways[-1], config.latent) if config.is_variational else None
        back = [config.latent, *reversed(config.hidden)]
        self.decoder = _layers(back, config.dropout)
        logits = CHORD_COUNT + DURATION_COUNT
        self.steps = nn.Linear(back[-1], WINDOW * (config.step_width or logits))
        self.heads = nn.Linear(config.step_width, logits) if config.step_width else nn.Identity()

    def encode(self, elements: Tensor) -> tuple[Tensor, Tensor]:
        """Return means (B, Z) and logarithms of variances (B, Z) of windows (B, 32, 2).

        Without variation the means lie between -1 and 1 and the second part is 0.
        """
        chords = self.chord_in(elements[..., 0])
        durations = self.duration_in(elements[..., 1])
        hidden = self.encoder(torch.cat([chords, durations], dim=-1).flatten(1))
        mean: Tensor = self.mean(hidden)
        if self.log_variance is None:
            mean = torch.tanh(mean)
            return mean, torch.zeros_like(mean)
        return mean, self.log_variance(hidden)

    def decode(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (B, 32, chords) and (B, 32, durations) of latent numbers (B, Z)."""
        steps = self.steps(self.decoder(latent)).view(latent.shape[0], WINDOW, -1)
        logits = self.heads(F.silu(steps) if self.config.step_width else steps)
        return logits[..., :CHORD_COUNT], logits[..., CHORD_COUNT:]

    def forward(self, elements: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return both logits and the divergence (Z,) of each latent number, in nats."""
        mean, log_variance = self.encode(elements)
        latent = mean
        if self.log_variance is not None and self.training:
            latent = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        chords, durations = self.decode(latent)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
        return chords, durations, divergence.mean(dim=0)


@dataclass(frozen=True, slots=True)
class ContinuationConfig:
    """The shape of the network that goes on.

    Attributes:
        embedding: Size of a chord's and of a duration's embedding.
        position_width: Size of the embedding of the place in the bar.
        first: Units of the first recurrent layer.
        second: Units of the second.
        dropout: Share of activations dropped while training.
    """

    embedding: int = 64
    position_width: int = 16
    first: int = 512
    second: int = 256
    dropout: float = 0.3


class ChordContinuation(nn.Module):
    """Predicts the next chord and its duration from all elements before."""

    def __init__(self, config: ContinuationConfig) -> None:
        super().__init__()
        self.config = config
        self.chords = nn.Embedding(CHORD_COUNT, config.embedding)
        self.durations = nn.Embedding(DURATION_COUNT, config.embedding)
        self.positions = nn.Embedding(POSITION_COUNT, config.position_width)
        width = 2 * config.embedding + 2 * config.position_width
        self.first = nn.LSTM(width, config.first, batch_first=True)
        self.second = nn.LSTM(config.first, config.second, batch_first=True)
        self.chord_out = nn.Linear(config.second, CHORD_COUNT)
        self.duration_out = nn.Linear(config.second, DURATION_COUNT)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (B, T, chords) and (B, T, durations) for features (B, T, 4).

        The features of an element are its chord, its duration, its place in the bar, and the place
        of the element after it.
        """
        chords, durations, _ = self.step(features, self.silence(features.shape[0]))
        return chords, durations

    def silence(self, batch: int) -> Tensor:
        """Return the memory (2, B, first + second) of nothing heard."""
        return torch.zeros(2, batch, self.config.first + self.config.second)

    def step(self, features: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits as `forward` does and the memory after the features.

        Args:
            features: (B, T, 4).
            memory: (2, B, first + second): what both layers put out last, and their cells.
        """
        size, drop = self.config.first, self.config.dropout
        embedded = [
            self.chords(features[..., 0]),
            self.durations(features[..., 1]),
            self.positions(features[..., 2]),
            self.positions(features[..., 3]),
        ]
        stream = F.dropout(torch.cat(embedded, dim=-1), drop, self.training)
        before = memory[:, :, :size].contiguous(), memory[:, :, size:].contiguous()
        stream, first = self.first(stream, (before[0][:1], before[0][1:]))
        stream = F.dropout(stream, drop, self.training)
        stream, second = self.second(stream, (before[1][:1], before[1][1:]))
        stream = F.dropout(stream, drop, self.training)
        after = torch.cat([torch.cat(first), torch.cat(second)], dim=-1)
        return self.chord_out(stream), self.duration_out(stream), after


class _OneHot(nn.Module):
    """Reads a class as it is: 1 at its place, 0 elsewhere."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, classes: Tensor) -> Tensor:
        return F.one_hot(classes, self.classes).float()


def _entry(classes: int, width: int) -> nn.Module:
    return nn.Embedding(classes, width) if width else _OneHot(classes)


def _width(classes: int, width: int) -> int:
    return width or classes


def _layers(widths: list[int], dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width, following in zip(widths, widths[1:]):
        layers += [nn.Linear(width, following), nn.SiLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)
