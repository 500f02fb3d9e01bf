"""The two chorale networks: next note (causal, with a cache) and infill (both ways).

Axes: B batch, T positions, F features of a position, H heads, D width, C classes.
Both read integer features (see reprise.tokenizers.chorale), look every feature up in its own
part of one table, and sum what they find. Both answer with logits by class plus logits by
interval to pitches that are known, so that what holds in one key need not be learned in twelve.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.tokenizers.chorale import CLASS_COUNT, REST, UNKNOWN, VOICE_COUNT

EPSILON = 1e-6
INTERVALS = 2 * CLASS_COUNT - 1
LATEST_COLUMNS = slice(2, 6)
OWN_COLUMNS = slice(14, 15)
CELL_COLUMNS = slice(1, 5)


@dataclass(frozen=True, slots=True)
class ChoraleNetworkConfig:
    """The shape of a chorale network.

    Attributes:
        feature_sizes: How many values each feature can take.
        positions_per_step: Positions that share one step of the grid (4: one a voice).
        width: Size of the residual stream.
        layers: Blocks.
        heads: Attention heads.
        hidden: Inner size of the gated feed-forward part.
        voice_width: Size of a voice's own stream before its logits (infill only).
        dropout: Share of activations dropped while training.
        feature_dropout: Share of single features dropped while training.
        feature_groups: The group of each feature, from 0; () where each stands for itself.
        group_dropout: Share of whole groups dropped while training.
        steady_features: How many features, from the first on, are never dropped.
        rotary_base: Base of the rotary frequencies.
    """

    feature_sizes: tuple[int, ...]
    positions_per_step: int
    width: int = 128
    layers: int = 3
    heads: int = 4
    hidden: int = 224
    voice_width: int = 64
    dropout: float = 0.2
    feature_dropout: float = 0.2
    feature_groups: tuple[int, ...] = ()
    group_dropout: float = 0.0
    steady_features: int = 1
    rotary_base: float = 200.0


class FeatureEmbedding(nn.Module):
    """Sums one row for each feature out of one table; drops whole features while training."""

    offsets: Tensor
    groups: Tensor

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__()
        sizes = config.feature_sizes
        self.dropout = config.feature_dropout
        self.steady = config.steady_features
        self.table = nn.Parameter(torch.randn(sum(sizes), config.width) * 0.02)
        starts = [sum(sizes[:index]) for index in range(len(sizes))]
        groups = config.feature_groups or tuple(range(len(sizes)))
        self.group_dropout = config.group_dropout
        self.register_buffer("offsets", torch.tensor(starts), persistent=False)
        self.register_buffer("groups", torch.tensor(groups), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, T, D) for integer features (B, T, F)."""
        rows = features + self.offsets
        if not self.training:
            return self.table[rows].sum(dim=2)
        batch, length, count = rows.shape
        places = batch * length
        is_group_kept = torch.rand(places, count) >= self.group_dropout
        is_kept = is_group_kept[:, self.groups] & (torch.rand(places, count) >= self.dropout)
        weights = is_kept / ((1.0 - self.dropout) * (1.0 - self.group_dropout))
        weights[:, : self.steady] = 1.0
        bags = F.embedding_bag(
            rows.view(batch * length, count),
            self.table,
            mode="sum",
            per_sample_weights=weights,
        )
        return bags.view(batch, length, -1)


class RootMeanSquareNorm(nn.Module):
    """Scales every position to a root mean square of one, in operations that ONNX has."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, stream: Tensor) -> Tensor:
        """Return the scaled stream (B, T, D)."""
        if self.training:
            return F.rms_norm(stream, self.weight.shape, self.weight, EPSILON)
        return stream * torch.rsqrt(stream.square().mean(-1, keepdim=True) + EPSILON) * self.weight


class Block(nn.Module):
    """Attention and a gated feed-forward part, each behind a norm, each added to the stream."""

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.dropout = config.dropout
        self.attention_norm = RootMeanSquareNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.feed_norm = RootMeanSquareNorm(width)
        self.feed_in = nn.Linear(width, 2 * config.hidden, bias=False)
        self.feed_out = nn.Linear(config.hidden, width, bias=False)

    def forward(
        self,
        stream: Tensor,
        turn: tuple[Tensor, Tensor],
        mask: Tensor | None,
        past: Tensor | None,
        *,
        is_causal: bool,
    ) -> tuple[Tensor, Tensor]:
        """Return the new stream (B, T, D), and keys and values (2, B, H, past + T, D / H)."""
        batch, length, width = stream.shape
        mixed = self.query_key_value(self.attention_norm(stream))
        # (B, T, 3D) -> (3, B, H, T, D / H)
        mixed = mixed.view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key = rotate(mixed[0], turn), rotate(mixed[1], turn)
        memory = torch.stack([key, mixed[2]])
        if past is not None:
            memory = torch.cat([past, memory], dim=3)
        heard = self.attend(query, memory[0], memory[1], mask, is_causal=is_causal)
        # (B, H, T, D / H) -> (B, T, D)
        heard = self.attention_out(heard.transpose(1, 2).reshape(batch, length, width))
        stream = stream + F.dropout(heard, self.dropout, self.training)
        gate, value = self.feed_in(self.feed_norm(stream)).chunk(2, dim=-1)
        fed = self.feed_out(F.silu(gate) * value)
        return stream + F.dropout(fed, self.dropout, self.training), memory

    def attend(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *, is_causal: bool
    ) -> Tensor:
        """Return what each position hears, (B, H, T, D / H)."""
        if not self.training:
            return F.scaled_dot_product_attention(query, key, value, mask, is_causal=is_causal)
        # On CPU the bfloat16 backward pass of this one operation is three times slower.
        with torch.autocast(query.device.type, enabled=False):
            return F.scaled_dot_product_attention(
                query.float(), key.float(), value.float(), mask, is_causal=is_causal
            )


class RelativeOut(nn.Module):
    """Logits by the interval to pitches that are known already.

    A melody's next step and a chord's missing note are the same interval in every key; these
    logits let a network say so once for all of them.
    """

    def __init__(self, width: int, references: int) -> None:
        super().__init__()
        self.references = references
        self.intervals = nn.Linear(width, references * INTERVALS, bias=False)
        nn.init.zeros_(self.intervals.weight)

    def forward(self, stream: Tensor, references: Tensor) -> Tensor:
        """Return logits (..., C) for a stream (..., D) and reference classes (..., R)."""
        scores = self.intervals(stream).float()
        scores = scores.view(*scores.shape[:-1], self.references, INTERVALS)
        classes = torch.arange(CLASS_COUNT, device=stream.device)
        is_pitch = (references != REST) & (references != UNKNOWN)
        places = classes - references[..., None] + CLASS_COUNT - 1
        allowed = is_pitch[..., None] & (classes != REST)
        # (..., R, INTERVALS) -> (..., R, C)
        chosen = scores.gather(-1, torch.where(allowed, places, 0))
        return torch.sum(chosen * allowed, dim=-2)


class ChoraleNetwork(nn.Module):
    """What both networks share: embedding, blocks, last norm."""

    frequencies: Tensor
    out: nn.Linear
    relative: RelativeOut

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = FeatureEmbedding(config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RootMeanSquareNorm(config.width)
        self.register_buffer("frequencies", rotary_frequencies(config), persistent=False)
        for name, parameter in self.named_parameters():
            if name.endswith(("attention_out.weight", "feed_out.weight")):
                nn.init.normal_(parameter, std=0.02 / (2 * config.layers) ** 0.5)

    def soften(self, temperature: float) -> None:
        """Divide all future logits by a temperature, by way of the last weights."""
        with torch.no_grad():
            for parameter in (*self.out.parameters(), *self.relative.parameters()):
                parameter.div_(temperature)

    def embed(self, features: Tensor) -> Tensor:
        """Return the stream (B, T, D) before the first block."""
        return F.dropout(self.embedding(features), self.config.dropout, self.training)

    def turns(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return cosines and sines (T, D / H / 2) for positions (T,)."""
        per_step = self.config.positions_per_step
        steps = torch.div(positions, per_step, rounding_mode="floor")
        places = torch.stack([steps, positions] if per_step > 1 else [steps, steps], dim=-1)
        # (T, 2, 1) * (2, pairs) -> (T, 2 * pairs)
        angles = (places.to(self.frequencies.dtype)[:, :, None] * self.frequencies).flatten(1)
        return angles.cos(), angles.sin()


class NextNoteNetwork(ChoraleNetwork):
    """Predicts each cell from all cells before it."""

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__(config)
        self.out = nn.Linear(config.width, CLASS_COUNT)
        self.relative = RelativeOut(config.width, VOICE_COUNT + 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, T, C) for features (B, T, F) from the first position on."""
        stream = self.embed(features)
        turn = self.turns(torch.arange(features.shape[1], device=features.device))
        for block in self.blocks:
            stream, _ = block(stream, turn, None, None, is_causal=True)
        return self.logits(stream, features)

    def step(self, features: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Go on from a cache.

        Args:
            features: (B, T, F), the T positions after the cached ones.
            past: (layers, 2, B, H, cached, D / H).

        Returns:
            Logits (B, T, C) and the cache (layers, 2, B, H, cached + T, D / H).
        """
        cached, length = past.shape[4], features.shape[1]
        places = torch.arange(cached + length, device=features.device)
        mask = places[None, :] <= places[cached:, None]
        stream = self.embed(features)
        turn = self.turns(places[cached:])
        memories = []
        for index, block in enumerate(self.blocks):
            stream, memory = block(stream, turn, mask, past[index], is_causal=False)
            memories.append(memory)
        return self.logits(stream, features), torch.stack(memories)

    def logits(self, stream: Tensor, features: Tensor) -> Tensor:
        """Return logits (B, T, C) for the stream (B, T, D) after the last block."""
        stream = self.norm(stream)
        # A class that is placed already in its row is counted from CLASS_COUNT + 1 on.
        latest = features[..., LATEST_COLUMNS] % (CLASS_COUNT + 1)
        references = torch.cat([latest, features[..., OWN_COLUMNS]], dim=-1)
        return torch.add(self.out(stream), self.relative(stream, references))


class InfillNetwork(ChoraleNetwork):
    """Predicts the hidden cells of every step from all visible ones, past and future."""

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__(config)
        self.voices = nn.Linear(config.width, VOICE_COUNT * config.voice_width)
        self.relative = RelativeOut(config.voice_width, VOICE_COUNT + 2)
        self.out = nn.Linear(config.voice_width, CLASS_COUNT)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, T, 4, C) for features (B, T, F)."""
        stream = self.embed(features)
        turn = self.turns(torch.arange(features.shape[1], device=features.device))
        for block in self.blocks:
            stream, _ = block(stream, turn, None, None, is_causal=False)
        # (B, T, 4D') -> (B, T, 4, D')
        singers = F.silu(self.voices(self.norm(stream)))
        singers = singers.view(*singers.shape[:-1], VOICE_COUNT, -1)
        singers = F.dropout(singers, self.config.dropout, self.training)
        return torch.add(self.out(singers), self.relative(singers, self.references(features)))

    def references(self, features: Tensor) -> Tensor:
        """Return classes (B, T, 4, 6): this step's four, and the voice's own before and after."""
        here = features[..., CELL_COLUMNS]
        edge = torch.full_like(here[:, :1], UNKNOWN)
        before = torch.cat([edge, here[:, :-1]], dim=1)
        after = torch.cat([here[:, 1:], edge], dim=1)
        others = here[:, :, None].expand(-1, -1, VOICE_COUNT, -1)
        return torch.cat([others, before[..., None], after[..., None]], dim=-1)


def rotary_frequencies(config: ChoraleNetworkConfig) -> Tensor:
    """Return frequencies (2, D / H / 4): one half turns with the step, one with the position."""
    pairs = config.width // config.heads // 2
    return (config.rotary_base ** -(torch.arange(pairs) / pairs)).view(-1, 2).t().contiguous()


def rotate(vectors: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Return vectors (B, H, T, D / H) turned by their positions' angles."""
    cosines, sines = turn
    first, second = vectors.chunk(2, dim=-1)
    return torch.cat([first * cosines - second * sines, first * sines + second * cosines], dim=-1)
