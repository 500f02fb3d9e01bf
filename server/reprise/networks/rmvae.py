"""The recurrent multimodal variational autoencoder: a bar from the bars before it, voice by voice.

Axes: B batch, T bars, V voices, S 16 steps, F what a frame holds, Z latent size, D a bar's vector.

Each voice has a reader of its own. It turns a bar into a normal distribution over a latent space;
the product of the voices that are there is the bar's (product of experts), so any voice may be
missing. With the recurrent product the bar before is one more expert. An LSTM over the bars makes
of them what is known before the next bar, and a writer for each voice makes that into notes. Voices
of the next bar that stand already are heard as its experts too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from reprise.networks.rmvae_voices import (
    ConvolutionalReader,
    ConvolutionalWriter,
    ListeningWriter,
    RecurrentReader,
    RecurrentWriter,
    VoiceSizes,
)
from reprise.tokenizers.rmvae import CLASS_COUNT, PITCH_COUNT

Encoding = Literal["monophonic", "polyphonic"]
Kind = Literal["listening", "recurrent", "convolutional"]

EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class RmvaeConfig:
    """What a network is made of.

    Attributes:
        kind: Its readers and writers: recurrent with writers that listen while they write,
            recurrent, or convolutional, the latter two as in the text.
        voices: How many there are.
        encoding: One class a step, or activation and duration of every pitch.
        sizes: Of the readers.
        writer_sizes: Of the writers.
        latent: Size of the latent space.
        memory: Widths of the LSTM over bars.
        has_recurrent_product: Whether the bar before is an expert.
        offset: The bar that is written comes so many bars after the last one heard, 1 or 2.
    """

    kind: Kind
    sizes: VoiceSizes
    writer_sizes: VoiceSizes
    latent: int
    memory: tuple[int, ...]
    voices: int = 4
    encoding: Encoding = "monophonic"
    has_recurrent_product: bool = True
    offset: int = 1

    @property
    def features(self) -> int:
        """Numbers in a frame."""
        return CLASS_COUNT if self.encoding == "monophonic" else 2 * PITCH_COUNT

    @property
    def planes(self) -> int:
        """Numbers for each place of a frame."""
        return 1 if self.encoding == "monophonic" else 2


class Beliefs(NamedTuple):
    """Normal distributions over the latent space: mean and deviation, both (..., Z)."""

    mean: Tensor
    deviation: Tensor

    def point(self, noise: Tensor) -> Tensor:
        """Return points for standard normal noise of the same shape; zeros give the means."""
        return self.mean + self.deviation * noise

    def at(self, bar: int) -> "Beliefs":
        """Return those of one bar of axis 1."""
        return Beliefs(self.mean[:, bar], self.deviation[:, bar])


class Known(NamedTuple):
    """What the writers hear of the bar that they write: pitches and strikes, (B, V, S, V)."""

    pitches: Tensor
    strikes: Tensor


def product_of_experts(experts: Beliefs, is_there: Tensor) -> Beliefs:
    """Return the product of experts over their axis -2, and of a standard normal prior.

    Args:
        experts: Of shape (..., experts, Z).
        is_there: 1.0 where an expert has something to say, of shape (..., experts).
    """
    weights = is_there[..., None] / (experts.deviation.square() + EPSILON)
    total = weights.sum(-2) + 1.0
    return Beliefs((experts.mean * weights).sum(-2) / (total + EPSILON), (total + EPSILON).rsqrt())


class Rmvae(nn.Module):
    """The whole network; see the module's docstring."""

    def __init__(self, config: RmvaeConfig) -> None:
        super().__init__()
        self.config = config
        voices = range(config.voices)
        self.readers = nn.ModuleList(_reader(config) for _ in voices)
        self.memory = nn.LSTM(config.latent, config.memory[0], len(config.memory), batch_first=True)
        width = config.memory[-1] + config.latent
        self.writers = nn.ModuleList(_writer(config, width) for _ in voices)

    def read(self, frames: Tensor) -> Beliefs:
        """Return each voice's beliefs (B, T, V, Z) for frames (B, T, V, S, F)."""
        bars, size = frames.shape[1], (len(self.readers), self.config.latent)
        read = [reader(frames[:, :, v].flatten(0, 1)) for v, reader in enumerate(self.readers)]
        means, deviations = zip(*read, strict=True)
        return Beliefs(
            torch.stack(means, dim=1).reshape(-1, bars, *size),
            torch.stack(deviations, dim=1).reshape(-1, bars, *size),
        )

    def joint(self, experts: Beliefs, heard: Tensor) -> Beliefs:
        """Return the bars' beliefs (B, T, Z): products of the voices that are heard (B, T, V).

        With the recurrent product each bar has the bar before as one more expert.
        """
        bars: list[Beliefs] = []
        for bar in range(heard.shape[1]):
            before = bars[-1] if bars and self.config.has_recurrent_product else None
            bars.append(_product_with(experts.at(bar), heard[:, bar], before))
        return _in_a_row(bars)

    def present(self, experts: Beliefs, stands: Tensor, joint: Beliefs) -> Beliefs:
        """Return the beliefs of bars that are written, as far as some voices stand already.

        Args:
            experts: The voices' own beliefs (B, T, V, Z).
            stands: 1.0 for voices of a bar that stand already (B, T, V).
            joint: The bars' beliefs, everything heard (B, T, Z).
        """
        bars = []
        for bar in range(stands.shape[1]):
            last = bar - self.config.offset
            has_before = last >= 0 and self.config.has_recurrent_product
            before = joint.at(last) if has_before else None
            bars.append(_product_with(experts.at(bar), stands[:, bar], before))
        return _in_a_row(bars)

    def told(
        self, experts: Beliefs, heard: Tensor, stands: Tensor, noise: Tensor
    ) -> tuple[Tensor, Beliefs]:
        """Return what the writers are told of each bar (B, T, D), and the bars' beliefs (B, T, Z).

        Args:
            experts: The voices' beliefs (B, T, V, Z), see `read`.
            heard: 1.0 for voices of bars that are heard when a later bar is written (B, T, V).
            stands: 1.0 for voices of bars that stand when the bar itself is written (B, T, V).
            noise: Standard normal for the heard and the present bars (2, B, T, Z); zeros take the
                means.
        """
        joint = self.joint(experts, heard)
        present = self.present(experts, stands, joint)
        return self.bar_vectors(joint.point(noise[0]), present.point(noise[1])), joint

    def bar_vectors(self, heard: Tensor, present: Tensor) -> Tensor:
        """Return what the writers are told of each bar (B, T, D).

        Args:
            heard: Points of the bars (B, T, Z), all that is heard of them.
            present: Points of the bars (B, T, Z) as far as they stand already.
        """
        memory, _ = self.memory(heard)
        offset = self.config.offset
        start = torch.zeros_like(memory[:, :offset])
        before = torch.cat([start, memory[:, :-offset]], dim=1)
        return torch.cat([before, present], dim=-1)

    def write(self, bars: Tensor, known: Known) -> Tensor:
        """Return what is said of the frames (N, V, S, F) of bars (N, D).

        Only listening writers hear what is known; see `ListeningWriter` for what it holds.
        """
        said = [
            writer(bars, known.pitches[:, v], known.strikes[:, v])
            if isinstance(writer, ListeningWriter)
            else writer(bars)
            for v, writer in enumerate(self.writers)
        ]
        return torch.stack(said, dim=1)


def _product_with(voices: Beliefs, is_there: Tensor, before: Beliefs | None) -> Beliefs:
    """Return the product of the voices (B, V, Z) that are there, and of a bar before (B, Z)."""
    if before is None:
        return product_of_experts(voices, is_there)
    experts = Beliefs(
        torch.cat([voices.mean, before.mean[:, None]], 1),
        torch.cat([voices.deviation, before.deviation[:, None]], 1),
    )
    return product_of_experts(experts, torch.cat([is_there, torch.ones_like(is_there[:, :1])], 1))


def _in_a_row(bars: Sequence[Beliefs]) -> Beliefs:
    return Beliefs(
        torch.stack([bar.mean for bar in bars], 1), torch.stack([bar.deviation for bar in bars], 1)
    )


def _reader(config: RmvaeConfig) -> nn.Module:
    if config.kind == "convolutional":
        return ConvolutionalReader(config.features, config.sizes, config.latent, config.planes)
    return RecurrentReader(config.features, config.sizes, config.latent)


def _writer(config: RmvaeConfig, width: int) -> nn.Module:
    if config.kind == "convolutional":
        return ConvolutionalWriter(width, config.writer_sizes, config.features, config.planes)
    if config.kind == "recurrent":
        return RecurrentWriter(width, config.writer_sizes, config.features)
    return ListeningWriter(width, config.writer_sizes, config.features, config.voices)


def divergence(beliefs: Beliefs) -> Tensor:
    """Return the Kullback-Leibler divergence from a standard normal, mean over the space (...)."""
    mean, deviation = beliefs
    every = 0.5 * (mean.square() + deviation.square() - 1.0) - deviation.log()
    return every.mean(-1)


def text_config(size: str, *, voices: int = 4, bars: int = 8) -> RmvaeConfig:
    """Return the text's own sizes: "small", "medium", "large" or "convolutional".

    Args:
        size: Which.
        voices: How many voices.
        bars: How many bars are heard; the LSTM over bars is bars x voices x 32 wide.
    """
    sizes = _TEXT_SIZES[size]
    kind: Kind = "convolutional" if sizes.channels else "recurrent"
    return RmvaeConfig(kind, sizes, sizes, 256, (bars * voices * 32,) * 2, voices)


_GROUPS = ((10, 10), (15, 15, 20), (20, 20, 25))
_TEXT_SIZES: Mapping[str, VoiceSizes] = {
    "small": VoiceSizes((48, 32, 32), (64, 64), (64, 128)),
    "medium": VoiceSizes((64, 48, 32, 48), (128, 128), (256, 256)),
    "large": VoiceSizes((64, 48, 48, 48, 64), (256, 256), (256, 256, 256)),
    "convolutional": VoiceSizes((), (), (60, 48), _GROUPS),
}
