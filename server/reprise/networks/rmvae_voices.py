"""What reads and what writes one voice's bar in the bar-by-bar network (see networks.rmvae).

Readers turn a bar's frames (N, 16, F) into the mean and the deviation of a normal distribution over
the latent space, both (N, Z): `RecurrentReader`, `ConvolutionalReader`. Writers turn a bar's vector
(N, D) into what is said of its frames (N, 16, F): `RecurrentWriter` and `ConvolutionalWriter` say
everything at once, `ListeningWriter` goes from step to step and hears what is written already.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.tokenizers.rmvae import BAR_STEPS, PITCH_COUNT, UNKNOWN_STRIKE

KERNEL = 5
PADDING = 2
LEAST_DEVIATION = 1e-3


@dataclass(frozen=True, slots=True)
class VoiceSizes:
    """How large the parts of a voice are.

    Attributes:
        frame: Widths of the layers that read one frame, in order; writers have them reversed.
        memory: Width of each layer of the LSTM over a bar's frames, each way where it goes both.
        bar: Widths of the layers between the LSTM and the latent space.
        channels: Channels of the convolutions, in groups with a pooling after each.
        dropout: Of all layers, 0.0-1.0.
    """

    frame: tuple[int, ...]
    memory: tuple[int, ...]
    bar: tuple[int, ...]
    channels: tuple[tuple[int, ...], ...] = ()
    dropout: float = 0.01


def dense(first: int, widths: Sequence[int], dropout: float) -> nn.Sequential:
    """Return layers from a width to others: linear, batch norm, leaky ReLU, dropout."""
    layers: list[nn.Module] = []
    for before, after in zip((first, *widths), widths):
        layers += [nn.Linear(before, after), norm(after), nn.LeakyReLU(0.2), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


def norm(width: int) -> nn.BatchNorm1d:
    """Return a batch norm that counts batches in floating point, so that weights average."""
    layer = nn.BatchNorm1d(width)
    layer.num_batches_tracked = torch.zeros(())
    return layer


def _frame_wise(layers: nn.Module, frames: Tensor) -> Tensor:
    """Apply layers for (N, F) to frames (N, T, F)."""
    steps = frames.shape[1]
    said: Tensor = layers(frames.reshape(-1, frames.shape[2]))
    return said.reshape(-1, steps, said.shape[-1])


class Reader(nn.Module):
    """Layers from a bar's summary to a normal distribution over the latent space."""

    def __init__(self, summary: int, sizes: VoiceSizes, latent: int) -> None:
        super().__init__()
        self.bar = dense(summary, sizes.bar, sizes.dropout)
        width = (summary, *sizes.bar)[-1]
        self.mean = nn.Linear(width, latent)
        self.deviation = nn.Linear(width, latent)

    def summary(self, frames: Tensor) -> Tensor:
        """Return the bar's summary (N, S) for frames (N, 16, F)."""
        raise NotImplementedError

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and deviation (N, Z)."""
        bar = self.bar(self.summary(frames))
        deviation = F.softplus(self.deviation(bar).float()) + LEAST_DEVIATION
        return self.mean(bar).float(), deviation


class RecurrentReader(Reader):
    """Frame layers, an LSTM both ways over the bar, bar layers."""

    def __init__(self, features: int, sizes: VoiceSizes, latent: int) -> None:
        super().__init__(2 * sizes.memory[-1], sizes, latent)
        self.frame = dense(features, sizes.frame, sizes.dropout)
        self.memory = stacked(sizes.frame[-1], sizes.memory, is_both_ways=True)

    def summary(self, frames: Tensor) -> Tensor:
        """Return the last state of each direction."""
        _, (hidden, _) = self.memory(_frame_wise(self.frame, frames))
        return torch.cat([hidden[-2], hidden[-1]], dim=-1)


class ConvolutionalReader(Reader):
    """Convolutions of 5 steps by 5 pitches in groups, each followed by pooling; bar layers."""

    def __init__(self, features: int, sizes: VoiceSizes, latent: int, planes: int = 1) -> None:
        steps, pitches = pooled(BAR_STEPS, features // planes, len(sizes.channels))
        super().__init__(sizes.channels[-1][-1] * steps * pitches, sizes, latent)
        self.planes = planes
        layers: list[nn.Module] = []
        before = planes
        for group in sizes.channels:
            for after in group:
                layers += [convolution(before, after), nn.LeakyReLU(0.2)]
                before = after
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.convolutions = nn.Sequential(*layers)

    def summary(self, frames: Tensor) -> Tensor:
        """Return all channels at all places that are left."""
        image = frames.reshape(*frames.shape[:2], -1, self.planes).permute(0, 3, 1, 2)
        answer: Tensor = self.convolutions(image).flatten(1)
        return answer


class RecurrentWriter(nn.Module):
    """Bar layers, an LSTM both ways whose first states come from the bar, frame layers."""

    def __init__(self, width: int, sizes: VoiceSizes, features: int) -> None:
        super().__init__()
        self.bar = dense(width, sizes.bar, sizes.dropout)
        bar = (width, *sizes.bar)[-1]
        self.sizes = sizes
        self.places = nn.Parameter(0.1 * torch.randn(BAR_STEPS, sizes.frame[-1]))
        self.start = nn.Linear(bar, 4 * sum(sizes.memory))
        self.memory = stacked(sizes.frame[-1], sizes.memory, is_both_ways=True)
        self.frame = dense(2 * sizes.memory[-1], sizes.frame[::-1], sizes.dropout)
        self.out = nn.Linear(sizes.frame[0], features)

    def forward(self, bar: Tensor) -> Tensor:
        """Return what is said of the frames (N, 16, F) for a bar's vector (N, D)."""
        start = self.start(self.bar(bar)).unflatten(1, (2, 2 * len(self.sizes.memory), -1))
        hidden, cell = start.permute(1, 2, 0, 3).contiguous()
        places = self.places.expand(len(bar), -1, -1)
        frames, _ = self.memory(places, (hidden.tanh(), cell))
        answer: Tensor = self.out(_frame_wise(self.frame, frames))
        return answer


class ConvolutionalWriter(nn.Module):
    """Bar layers, the reader's convolutions backwards, and one layer over each frame."""

    def __init__(self, width: int, sizes: VoiceSizes, features: int, planes: int = 1) -> None:
        super().__init__()
        self.planes = planes
        self.place_count = features // planes
        self.small = pooled(BAR_STEPS, self.place_count, len(sizes.channels))
        groups = [group[::-1] for group in sizes.channels[::-1]]
        self.bar = dense(width, sizes.bar[::-1], sizes.dropout)
        bar = (width, *sizes.bar[::-1])[-1]
        self.first = nn.Linear(bar, groups[0][0] * self.small[0] * self.small[1])
        layers: list[nn.Module] = []
        before = groups[0][0]
        for group in groups:
            layers.append(nn.Upsample(scale_factor=2))
            for after in group:
                layers += [
                    nn.ConvTranspose2d(before, after, KERNEL, padding=PADDING),
                    nn.LeakyReLU(0.2),
                ]
                before = after
        self.convolutions = nn.Sequential(*layers)
        self.out = nn.Linear(before * self.place_count, features)

    def forward(self, bar: Tensor) -> Tensor:
        """Return what is said of the frames (N, 16, F) for a bar's vector (N, D)."""
        small = self.first(self.bar(bar)).unflatten(1, (-1, *self.small))
        image = self.convolutions(small)[:, :, :BAR_STEPS, : self.place_count]
        answer: Tensor = self.out(image.permute(0, 2, 1, 3).flatten(2))
        return answer


class ListeningWriter(nn.Module):
    """Bar layers and an LSTM that hears, step by step, what is written already.

    At each step it hears its own pitch of the step before and the other voices' pitches of this
    one, each with whether it is struck; what is not written yet is unknown to it.
    """

    def __init__(self, width: int, sizes: VoiceSizes, features: int, voices: int) -> None:
        super().__init__()
        frame = sizes.frame[-1]
        self.sizes = sizes
        self.bar = dense(width, sizes.bar, sizes.dropout)
        bar = (width, *sizes.bar)[-1]
        self.start = nn.Linear(bar, 2 * sum(sizes.memory))
        self.told = nn.Linear(bar, frame)
        self.places = nn.Parameter(0.1 * torch.randn(BAR_STEPS, frame))
        self.pitches = nn.Embedding(voices * (PITCH_COUNT + 1), frame)
        self.strikes = nn.Embedding(voices * (UNKNOWN_STRIKE + 1), frame)
        self.memory = stacked(frame, sizes.memory, is_both_ways=False)
        self.dropout = nn.Dropout(sizes.dropout)
        self.frame = nn.Linear(sizes.memory[-1] + frame, frame)
        self.out = nn.Linear(frame, features)
        for table in (self.pitches, self.strikes):
            nn.init.normal_(table.weight, std=0.5)

    def begin(self, bar: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what each frame is told (N, W), and the first states (layers, N, H)."""
        shaped = self.bar(bar)
        states = self.start(shaped).unflatten(1, (2, len(self.sizes.memory), -1))
        hidden, cell = states.permute(1, 2, 0, 3).contiguous()
        return self.told(shaped), hidden.tanh(), cell

    def heard(self, pitches: Tensor, strikes: Tensor) -> Tensor:
        """Return what the frames hear (N, T, W) of all voices (N, T, V), their own one early."""
        voices = torch.arange(pitches.shape[-1], device=pitches.device)
        sounding = self.pitches(pitches + voices * (PITCH_COUNT + 1)).sum(-2)
        struck = self.strikes(strikes + voices * (UNKNOWN_STRIKE + 1)).sum(-2)
        heard: Tensor = sounding + struck
        return heard

    def say(self, frames: Tensor, memory: Tensor) -> Tensor:
        """Return what is said (N, T, F) of frames (N, T, W) and what the LSTM made of them."""
        both = torch.cat([frames, memory], dim=-1)
        shaped = F.leaky_relu(self.frame(self.dropout(both)), 0.2)
        answer: Tensor = self.out(self.dropout(shaped))
        return answer

    def forward(self, bar: Tensor, pitches: Tensor, strikes: Tensor) -> Tensor:
        """Return what is said of the frames (N, 16, F) of a bar.

        Args:
            bar: The bar's vector (N, D).
            pitches: What is written, (N, 16, V); the voice's own is that of the step before.
            strikes: Whether it is struck, of the same shape.
        """
        told, hidden, cell = self.begin(bar)
        frames = self.heard(pitches, strikes) + told[:, None] + self.places
        memory, _ = self.memory(self.dropout(frames), (hidden, cell))
        return self.say(frames, memory)


def stacked(features: int, widths: Sequence[int], *, is_both_ways: bool) -> nn.LSTM:
    """Return an LSTM of as many layers as there are widths, which are all the same."""
    if len(set(widths)) != 1:
        raise ValueError(f"the layers of an LSTM must have one width, got {tuple(widths)}")
    return nn.LSTM(features, widths[0], len(widths), batch_first=True, bidirectional=is_both_ways)


def convolution(before: int, after: int) -> nn.Conv2d:
    """Return a convolution of 5 by 5 that keeps the size."""
    return nn.Conv2d(before, after, KERNEL, padding=PADDING)


def pooled(steps: int, pitches: int, times: int) -> tuple[int, int]:
    """Return a size after it was halved so many times, rounded up."""
    return -(-steps // 2**times), -(-pitches // 2**times)
