"""The two chorale networks: next note (causal, with a cache) and infill (both ways).

Axes: B batch, T positions, F features of a position, H heads, D width, C classes.
Both read integer features (see reprise.tokenizers.chorale), look every feature up in its own
part of one table, and sum what they find.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class ChoraleNetworkConfig:
    """The shape of a chorale network.

    Attributes:
        feature_sizes: How many values each feature can take.
        outputs: Logits at each position.
        positions_per_step: Positions that share one step of the grid (4: one a voice).
        width: Size of the residual stream.
        layers: Blocks.
        heads: Attention heads.
        hidden: Inner size of the gated feed-forward part.
        dropout: Share of activations dropped while training.
        rotary_base: Base of the rotary frequencies.
    """

    feature_sizes: tuple[int, ...]
    outputs: int
    positions_per_step: int
    width: int = 128
    layers: int = 3
    heads: int = 4
    hidden: int = 320
    dropout: float = 0.15
    rotary_base: float = 200.0


class FeatureEmbedding(nn.Module):
    """Sums one row for each feature out of one table."""

    offsets: Tensor

    def __init__(self, sizes: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(sum(sizes), width) * 0.02)
        starts = [sum(sizes[:index]) for index in range(len(sizes))]
        self.register_buffer("offsets", torch.tensor(starts), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, T, D) for integer features (B, T, F)."""
        rows = features + self.offsets
        if not self.training:
            return self.table[rows].sum(dim=2)
        batch, length, count = rows.shape
        bags = F.embedding_bag(rows.view(batch * length, count), self.table, mode="sum")
        return bags.view(batch, length, -1)


class Block(nn.Module):
    """Attention and a gated feed-forward part, each behind a norm, each added to the stream."""

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.dropout = config.dropout
        self.attention_norm = nn.RMSNorm(width, eps=1e-6)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.feed_norm = nn.RMSNorm(width, eps=1e-6)
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
        heard = F.scaled_dot_product_attention(
            query, memory[0], memory[1], attn_mask=mask, is_causal=is_causal
        )
        # (B, H, T, D / H) -> (B, T, D)
        heard = self.attention_out(heard.transpose(1, 2).reshape(batch, length, width))
        stream = stream + F.dropout(heard, self.dropout, self.training)
        gate, value = self.feed_in(self.feed_norm(stream)).chunk(2, dim=-1)
        fed = self.feed_out(F.silu(gate) * value)
        return stream + F.dropout(fed, self.dropout, self.training), memory


class ChoraleNetwork(nn.Module):
    """What both networks share: embedding, blocks, norm, logits."""

    frequencies: Tensor

    def __init__(self, config: ChoraleNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = FeatureEmbedding(config.feature_sizes, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width, eps=1e-6)
        self.out = nn.Linear(config.width, config.outputs)
        self.register_buffer("frequencies", rotary_frequencies(config), persistent=False)
        for name, parameter in self.named_parameters():
            if name.endswith(("attention_out.weight", "feed_out.weight")):
                nn.init.normal_(parameter, std=0.02 / (2 * config.layers) ** 0.5)

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

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, T, C) for features (B, T, F) from the first position on."""
        stream = self.embed(features)
        turn = self.turns(torch.arange(features.shape[1], device=features.device))
        for block in self.blocks:
            stream, _ = block(stream, turn, None, None, is_causal=True)
        return self.out(self.norm(stream))

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
        return self.out(self.norm(stream)), torch.stack(memories)


class InfillNetwork(ChoraleNetwork):
    """Predicts the hidden cells of every step from all visible ones, past and future."""

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, T, 4, C) for features (B, T, F)."""
        stream = self.embed(features)
        turn = self.turns(torch.arange(features.shape[1], device=features.device))
        for block in self.blocks:
            stream, _ = block(stream, turn, None, None, is_causal=False)
        # (B, T, 4C) -> (B, T, 4, C)
        return self.out(self.norm(stream)).unflatten(2, (4, -1))


def rotary_frequencies(config: ChoraleNetworkConfig) -> Tensor:
    """Return frequencies (2, D / H / 4): one half turns with the step, one with the position."""
    pairs = config.width // config.heads // 2
    return (config.rotary_base ** -(torch.arange(pairs) / pairs)).view(-1, 2).t().contiguous()


def rotate(vectors: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Return vectors (B, H, T, D / H) turned by their positions' angles."""
    cosines, sines = turn
    first, second = vectors.chunk(2, dim=-1)
    return torch.cat([first * cosines - second * sines, first * sines + second * cosines], dim=-1)
