"""The ensemble network: a causal decoder over tokens that each carry nine features.

Axes: B batch, T tokens, F features of a token, D width, H heads, G heads of keys and values,
S size of a head, V tokens of the vocabulary. A token is the sum of F rows of one table, whose
first V rows are the output head as well. Half of each head turns with the token's place in the
sequence, half with its musical time; the cosines and sines come in from outside
(`reprise.tokenizers.ensemble.layout.angles`), so that every runtime turns alike.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.errors import CorruptModelError

_CONFIG: Final = "config"
EPSILON = 1e-6
TABLE_SCALE = 0.05
LARGEST_LOGIT = 30.0
LISTENING_PARTS = 4


@dataclass(frozen=True, slots=True)
class EnsembleNetworkConfig:
    """The shape of an ensemble network.

    Attributes:
        width: Size of the residual stream.
        layers: Blocks.
        heads: Attention heads, a multiple of `key_heads`.
        key_heads: Heads of keys and values; each serves heads / key_heads heads.
        head_size: Size of a head, a multiple of 4.
        hidden: Inner size of the gated feed-forward part.
        rows: Rows of the table, all features together.
        tokens: Size of the vocabulary: the first rows of the table.
    """

    width: int
    layers: int
    heads: int
    key_heads: int
    head_size: int
    hidden: int
    rows: int
    tokens: int


class EnsembleBlock(nn.Module):
    """Attention and a gated feed-forward part, each behind a norm, each added to the stream."""

    def __init__(self, config: EnsembleNetworkConfig) -> None:
        super().__init__()
        self.config = config
        mixed = (config.heads + 2 * config.key_heads) * config.head_size
        self.attention_norm = nn.Parameter(torch.ones(config.width))
        self.query_key_value = nn.Linear(config.width, mixed, bias=False)
        self.query_norm = nn.Parameter(torch.ones(config.head_size))
        self.key_norm = nn.Parameter(torch.ones(config.head_size))
        self.attention_out = nn.Linear(config.heads * config.head_size, config.width, bias=False)
        self.feed_norm = nn.Parameter(torch.ones(config.width))
        self.feed_in = nn.Linear(config.width, 2 * config.hidden, bias=False)
        self.feed_out = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, stream: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the new stream (B, T, D)."""
        query, key, value = self.heads(stream, turn)
        is_on_cpu = stream.device.type == "cpu"
        is_compiled = self.training and is_on_cpu and torch.compiler.is_compiling()
        listen = listen_in_parts if is_compiled else listen_at_once
        heard = listen(query, key, value)
        # (B, H, T, S) -> (B, T, H * S)
        stream = stream + self.attention_out(heard.transpose(1, 2).flatten(2))
        return stream + self.feed(stream)

    def heads(self, stream: Tensor, turn: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Return turned queries (B, H, T, S), turned keys and values (B, G, T, S)."""
        config = self.config
        batch, length, _ = stream.shape
        mixed = self.query_key_value(normed(stream, self.attention_norm))
        mixed = mixed.view(batch, length, -1, config.head_size).transpose(1, 2)
        query, key, value = mixed.split([config.heads, config.key_heads, config.key_heads], dim=1)
        query = rotate(normed(query, self.query_norm), turn).to(value.dtype)
        key = rotate(normed(key, self.key_norm), turn).to(value.dtype)
        return query, key, value

    def feed(self, stream: Tensor) -> Tensor:
        """Return what the feed-forward part adds to the stream (B, T, D)."""
        gate, value = self.feed_in(normed(stream, self.feed_norm)).chunk(2, dim=-1)
        fed: Tensor = self.feed_out(F.silu(gate) * value)
        return fed


class EnsembleNetwork(nn.Module):
    """Predicts each token from all tokens before it."""

    def __init__(self, config: EnsembleNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Parameter(torch.randn(config.rows, config.width) * TABLE_SCALE)
        self.blocks = nn.ModuleList(EnsembleBlock(config) for _ in range(config.layers))
        self.norm = nn.Parameter(torch.ones(config.width))
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 and name.startswith("blocks."):
                depth = 2 * config.layers if "_out." in name else 1
                nn.init.normal_(parameter, std=(parameter.shape[1] * depth) ** -0.5)

    def forward(self, features: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Return logits (B, T, V).

        Args:
            features: (B, T, F) rows of the table.
            cosines: (B, T, S / 2), of the angles by which each token's heads are turned.
            sines: The same angles' sines.
        """
        return self.logits(self.stream(features, cosines, sines))

    def stream(self, features: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Return the stream (B, T, D) after the last block."""
        stream = embed(features, self.table)
        turn = (cosines[:, None], sines[:, None])
        for block in self.blocks:
            stream = block(stream, turn)
        return stream

    def logits(self, stream: Tensor) -> Tensor:
        """Return logits (..., V) for a stream (..., D), none larger than `LARGEST_LOGIT`."""
        head = self.table[: self.config.tokens]
        found = F.linear(normed(stream, self.norm), head).float()
        return LARGEST_LOGIT * torch.tanh(found / LARGEST_LOGIT)


def embed(features: Tensor, table: Tensor) -> Tensor:
    """Return the sum (B, T, D) of the rows that integer features (B, T, F) name."""
    batch, length, count = features.shape
    bags = F.embedding_bag(features.reshape(batch * length, count), table, mode="sum")
    return bags.view(batch, length, -1)


def normed(stream: Tensor, gain: Tensor) -> Tensor:
    """Return a stream scaled to a root mean square of one along its last axis, times a gain."""
    return F.rms_norm(stream.float(), gain.shape, gain, EPSILON)


def listen_at_once(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return what each position hears of itself and all before it, (B, H, T, S)."""
    is_shared = query.shape[1] > key.shape[1]
    return F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=is_shared)


def listen_in_parts(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return the same as `listen_at_once`.

    Compiled for a CPU, forward and backward pass together take little more than half the time of
    the one operation that torch has; otherwise it takes as long, and twice the memory. Each part of
    the positions hears only what stands before its end, which saves three eighths of the work.
    """
    length = query.shape[2]
    heard = []
    for part in range(LISTENING_PARTS):
        start, stop = length * part // LISTENING_PARTS, length * (part + 1) // LISTENING_PARTS
        heard.append(_listen_last(query[:, :, start:stop], key[:, :, :stop], value[:, :, :stop]))
    return torch.cat(heard, dim=2)


def _listen_last(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return what the last positions hear: queries (B, H, Q, S), keys and values (B, G, K, S)."""
    batch, heads, asking, size = query.shape
    groups, known = key.shape[1:3]
    together = (query * size**-0.5).reshape(batch, groups, -1, size)
    # (B, G, H / G * Q, K) -> (B, G, H / G, Q, K)
    scores = (together @ key.transpose(-1, -2)).view(batch, groups, -1, asking, known)
    places = torch.arange(known, device=query.device)
    is_heard = places <= places[known - asking :, None]
    shares = torch.where(is_heard, scores, -torch.inf).float().softmax(-1).to(value.dtype)
    heard = shares.view(batch, groups, -1, known) @ value
    return heard.view(batch, heads, asking, size)


def rotate(vectors: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Return vectors (B, H, T, S) turned: pair j is entries j and S / 2 + j."""
    cosines, sines = turn
    first, second = vectors.chunk(2, dim=-1)
    return torch.cat([first * cosines - second * sines, first * sines + second * cosines], dim=-1)


def save(network: EnsembleNetwork, path: Path) -> None:
    """Write a network's configuration and weights as one file, which holds nothing else."""
    weights = {
        name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()
    }
    save_file(weights, path, metadata={_CONFIG: json.dumps(asdict(network.config))})


def load(path: Path) -> EnsembleNetwork:
    """Return the network that `save` wrote, in eval mode.

    Raises:
        CorruptModelError: The file is missing or holds no ensemble network.
    """
    try:
        with safe_open(path, framework="pt") as file:
            config = EnsembleNetworkConfig(**json.loads(file.metadata()[_CONFIG]))
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        network = EnsembleNetwork(config)
        network.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise CorruptModelError(
            f"{path.parent.name}/{path.name} holds no ensemble network ({type(error).__name__}); "
            "install the model again"
        ) from error
    return network.eval()
