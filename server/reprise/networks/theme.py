"""The Theme Transformer, and a network of the same size that has its theme as a prompt only.

Axes: B batch, T tokens, M tokens of the theme, H heads, D width, V vocabulary.
The theme network's decoder hears two things side by side in every layer: all tokens so far, and
the theme, which an encoder has read. A gate that the tokens themselves tell (1 inside a theme, 0
outside) opens the second; inside a theme the upper half of the layers hears nothing else. Where a
theme is stated, its tokens have the same places as in the encoder, so that copying is a diagonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.tokenizers.theme import PAD, VOCABULARY

LONGEST = 1024
"""Places that have a sinusoid."""

ROWS = 128
"""Queries that attention takes at a time while training."""

FORBIDDEN = -1e4
"""Added to the score of what a token may not hear."""

Memory = tuple[Tensor, Tensor]
"""Keys and values, each (B, H, M, D / H)."""


@dataclass(frozen=True, slots=True)
class ThemeNetworkConfig:
    """The shape of a theme network; the text's is `TEXT_SIZE`.

    Attributes:
        width: Size of the stream.
        heads: Attention heads.
        hidden: Inner size of the feed-forward part.
        encoder_layers: Layers that read the theme; 0 for the network without an encoder.
        decoder_layers: Layers that write.
        dropout: Share of activations dropped while training.
    """

    width: int = 160
    heads: int = 8
    hidden: int = 640
    encoder_layers: int = 3
    decoder_layers: int = 4
    dropout: float = 0.0


TEXT_SIZE = ThemeNetworkConfig(256, 8, 1024, 6, 6, 0.1)


class Attention(nn.Module):
    """Attention with weights of its own for queries, keys, values and what is heard."""

    def __init__(self, config: ThemeNetworkConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def remember(self, stream: Tensor) -> Memory:
        """Return the keys and values of a stream (B, M, D)."""
        key, value = self.key_value(stream).chunk(2, dim=-1)
        return self._parted(key), self._parted(value)

    def forward(self, stream: Tensor, memory: Memory, mask: Tensor | None) -> Tensor:
        """Return what each token of a stream (B, T, D) hears, (B, T, D).

        Args:
            stream: (B, T, D).
            memory: Keys and values.
            mask: True where it may listen, (B, 1, 1, M); None for every token up to itself.
        """
        query = self._parted(self.query(stream))
        if self.training:
            return self._joined(attend_in_rows(query, memory, mask).type_as(query))
        heard = F.scaled_dot_product_attention(query, *memory, mask, is_causal=mask is None)
        return self._joined(heard)

    def go_on(self, stream: Tensor, memory: Memory, cache: Memory, is_heard: Tensor) -> Tensor:
        """Return what tokens (B, T, D) hear of a cache and of one another up to themselves.

        The cache is not copied, so that it may stay where it is from step to step.

        Args:
            stream: (B, T, D).
            memory: Its own keys and values.
            cache: Keys (B, H, D / H, C) and values (B, H, C, D / H).
            is_heard: (B, C + T), which places of the cache, and which tokens, may be listened to.
        """
        query = self._parted(self.query(stream))
        query = query * query.shape[-1] ** -0.5
        scores = torch.cat([query @ cache[0], query @ memory[0].transpose(2, 3)], dim=-1)
        scores = torch.where(allowed(is_heard, stream.shape[1]), scores, FORBIDDEN)
        shares = scores.softmax(-1)
        cached = cache[1].shape[2]
        return self._joined(shares[..., :cached] @ cache[1] + shares[..., cached:] @ memory[1])

    def _parted(self, stream: Tensor) -> Tensor:
        """Return a stream (B, T, D) by heads, (B, H, T, D / H)."""
        batch, length, width = stream.shape
        return stream.view(batch, length, self.heads, width // self.heads).transpose(1, 2)

    def _joined(self, heard: Tensor) -> Tensor:
        """Return what heads hear (B, H, T, D / H), as a stream (B, T, D)."""
        return torch.as_tensor(self.out(heard.transpose(1, 2).flatten(2)))


class FeedForward(nn.Module):
    """Two linear layers around a GELU, added to the stream, and a norm."""

    def __init__(self, config: ThemeNetworkConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.widen = nn.Linear(config.width, config.hidden)
        self.narrow = nn.Linear(config.hidden, config.width)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, stream: Tensor) -> Tensor:
        """Return the new stream (B, T, D)."""
        fed = self.narrow(F.gelu(self.widen(stream)))
        return torch.as_tensor(self.norm(stream + F.dropout(fed, self.dropout, self.training)))


class Layer(nn.Module):
    """Attention to the stream itself and a feed-forward part, each followed by a norm."""

    def __init__(self, config: ThemeNetworkConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.attention = Attention(config)
        self.norm = nn.LayerNorm(config.width)
        self.feed = FeedForward(config)

    def forward(self, stream: Tensor, heard: Tensor) -> Tensor:
        """Return the new stream (B, T, D) from what it hears of itself, (B, T, D)."""
        stream = self.norm(stream + F.dropout(heard, self.dropout, self.training))
        return torch.as_tensor(self.feed(stream))


class GatedLayer(nn.Module):
    """Attention to the past and, side by side, to the theme; then a feed-forward part."""

    def __init__(self, config: ThemeNetworkConfig, *, is_exclusive: bool) -> None:
        super().__init__()
        self.is_exclusive = is_exclusive
        self.dropout = config.dropout
        self.attention = Attention(config)
        self.theme = Attention(config)
        self.norm = nn.LayerNorm(config.width)
        self.feed = FeedForward(config)

    def forward(self, stream: Tensor, heard: Tensor, stated: Tensor, gate: Tensor) -> Tensor:
        """Return the new stream (B, T, D).

        Args:
            stream: (B, T, D).
            heard: What it hears of all tokens so far, (B, T, D).
            stated: What it hears of the theme, (B, T, D).
            gate: (B, T, 1), 1.0 inside a theme, 0.0 outside.
        """
        if self.is_exclusive:
            heard = (1.0 - gate) * heard
        both = F.dropout((heard + gate * stated) / 2, self.dropout, self.training)
        return torch.as_tensor(self.feed(self.norm(stream + both)))


class _Writer(nn.Module):
    """What both networks share: one table for all tokens, sinusoids, logits."""

    sinusoids: Tensor

    def __init__(self, config: ThemeNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(VOCABULARY, config.width, padding_idx=PAD)
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, VOCABULARY)
        self.register_buffer("sinusoids", sinusoids(config.width), persistent=False)

    def start(self) -> None:
        """Draw the first weights: the matrices by Xavier's rule."""
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 and name != "embedding.weight":
                nn.init.xavier_uniform_(parameter)
        nn.init.normal_(self.embedding.weight, std=self.config.width**-0.5)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the stream (B, T, D) of tokens (B, T), without their places."""
        stream = self.embedding(tokens) * self.config.width**0.5
        return F.dropout(stream, self.config.dropout, self.training)

    def logits(self, stream: Tensor) -> Tensor:
        """Return logits (..., V) for the stream (..., D) after the last layer."""
        return torch.as_tensor(self.out(self.norm(stream)))


class ThemeNetwork(_Writer):
    """Reads a theme once, and writes music that states, leaves and varies it."""

    def __init__(self, config: ThemeNetworkConfig) -> None:
        super().__init__(config)
        encoder = [Layer(config) for _ in range(config.encoder_layers)]
        exclusive_from = config.decoder_layers // 2
        decoder = [
            GatedLayer(config, is_exclusive=index >= exclusive_from)
            for index in range(config.decoder_layers)
        ]
        self.encoder_norm = nn.LayerNorm(config.width)
        self.blocks = nn.ModuleDict(
            {"encoder": nn.ModuleList(encoder), "decoder": nn.ModuleList(decoder)}
        )
        self.start()

    @property
    def encoder(self) -> list[Layer]:
        """The layers that read the theme."""
        return [layer for layer in self.blocks["encoder"].children() if isinstance(layer, Layer)]

    @property
    def decoder(self) -> list[GatedLayer]:
        """The layers that write."""
        layers = self.blocks["decoder"].children()
        return [layer for layer in layers if isinstance(layer, GatedLayer)]

    def forward(self, tokens: Tensor, theme_places: Tensor, theme: Tensor) -> Tensor:
        """Return logits (B, T, V) of what follows each token.

        Args:
            tokens: (B, T), from the first place on.
            theme_places: (B, T), 1, 2, ... inside a theme from the mark of its start on, else 0.
            theme: The theme's tokens (B, M), filled up with `PAD`.
        """
        stream = self.embed(tokens)
        here, in_theme, gate = self._placed(first_places(tokens), theme_places)
        is_theme = (theme != PAD)[:, None, None]
        for layer, memory in zip(self.decoder, self.read(theme), strict=True):
            placed = stream + here
            heard = layer.attention(placed, layer.attention.remember(placed), None)
            stated = layer.theme(stream + in_theme, memory, is_theme)
            stream = layer(stream, heard, stated, gate)
        return self.logits(stream)

    def read(self, theme: Tensor) -> list[Memory]:
        """Return keys and values for every layer of the decoder, from themes (B, M)."""
        stream = self.embed(theme) + self.sinusoids[first_places(theme) + 1]
        mask = (theme != PAD)[:, None, None]
        for layer in self.encoder:
            stream = layer(stream, layer.attention(stream, layer.attention.remember(stream), mask))
        stream = self.encoder_norm(stream)
        return [layer.theme.remember(stream) for layer in self.decoder]

    def step(
        self,
        tokens: Tensor,
        places: Tensor,
        theme_places: Tensor,
        theme: Tensor,
        memories: Sequence[Memory],
        is_heard: Tensor,
        caches: Sequence[Memory],
    ) -> tuple[Tensor, list[Memory]]:
        """Go on from a cache.

        Args:
            tokens: (B, T), those after the cached ones.
            places: (B, T), where each stands in its window.
            theme_places: (B, T), where each stands in its theme.
            theme: (B, M), the theme's tokens, to tell which of them are no `PAD`.
            memories: What `read` returned for them.
            is_heard: (B, C + T), which places of the caches, and which of the tokens, may be
                listened to.
            caches: For each layer keys (B, H, D / H, C) and values (B, H, C, D / H).

        Returns:
            Logits (B, V) after the last token, and for each layer the tokens' own keys
            (B, H, D / H, T) and values (B, H, T, D / H).
        """
        stream = self.embed(tokens)
        here, in_theme, gate = self._placed(places, theme_places)
        is_theme = (theme != PAD)[:, None, None]
        own = []
        for index, layer in enumerate(self.decoder):
            placed = stream + here
            memory = layer.attention.remember(placed)
            heard = layer.attention.go_on(placed, memory, caches[index], is_heard)
            stated = layer.theme(stream + in_theme, memories[index], is_theme)
            stream = layer(stream, heard, stated, gate)
            own.append((memory[0].transpose(2, 3), memory[1]))
        return self.logits(stream[:, -1]), own

    def _placed(self, places: Tensor, theme_places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        gate = (theme_places > 0)[:, :, None].to(self.sinusoids.dtype)
        return self.sinusoids[places], self.sinusoids[theme_places], gate


class PromptNetwork(_Writer):
    """Goes on from what stands before, a theme or not; the theme network's baseline."""

    def __init__(self, config: ThemeNetworkConfig) -> None:
        super().__init__(config)
        self.blocks = nn.ModuleList(Layer(config) for _ in range(config.decoder_layers))
        self.start()

    @property
    def layers(self) -> list[Layer]:
        """The layers that write."""
        return [layer for layer in self.blocks if isinstance(layer, Layer)]

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits (B, T, V) of what follows each of the tokens (B, T)."""
        stream = self.embed(tokens) + self.sinusoids[first_places(tokens)]
        for layer in self.layers:
            stream = layer(stream, layer.attention(stream, layer.attention.remember(stream), None))
        return self.logits(stream)

    def step(
        self, tokens: Tensor, places: Tensor, is_heard: Tensor, caches: Sequence[Memory]
    ) -> tuple[Tensor, list[Memory]]:
        """Go on from a cache; see `ThemeNetwork.step`."""
        stream = self.embed(tokens) + self.sinusoids[places]
        own = []
        for layer, cache in zip(self.layers, caches, strict=True):
            memory = layer.attention.remember(stream)
            stream = layer(stream, layer.attention.go_on(stream, memory, cache, is_heard))
            own.append((memory[0].transpose(2, 3), memory[1]))
        return self.logits(stream[:, -1]), own


def allowed(is_heard: Tensor, count: int) -> Tensor:
    """Return to what each of `count` tokens may listen, (B, 1, count, C + count).

    Args:
        is_heard: (B, C + count); the tokens themselves are the last of it.
        count: How many tokens there are.
    """
    keys = torch.arange(is_heard.shape[1], device=is_heard.device)
    is_before = keys[None, :] <= keys[is_heard.shape[1] - count :, None]
    return (is_before[None] & is_heard[:, None])[:, None]


def first_places(tokens: Tensor) -> Tensor:
    """Return the places 0, 1, ... of tokens (B, T) that nothing stands before, (B, T)."""
    return torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)


def sinusoids(width: int, longest: int = LONGEST) -> Tensor:
    """Return sines (even columns) and cosines (odd ones) of places 0, 1, ..., (longest, D)."""
    rates = 10_000.0 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(longest)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def attend_in_rows(query: Tensor, memory: Memory, mask: Tensor | None) -> Tensor:
    """Return what queries (B, H, T, D / H) hear, in bfloat16 and a few rows at a time.

    On one core this and its backward pass take a third of the time of torch's own attention: what
    a row may not hear is not computed, and the products are plain matrix products.

    Args:
        query: (B, H, T, D / H).
        memory: Keys and values; as many as queries where there is no mask.
        mask: True where it may listen, (B, 1, 1, M); None for every token before it.
    """
    batch, heads, length, size = query.shape
    with torch.autocast(query.device.type, enabled=False):
        query = (query * size**-0.5).bfloat16().flatten(0, 1)
        key, value = (part.bfloat16().flatten(0, 1) for part in memory)
        if mask is None:
            heard = _before(query, key, value)
        else:
            forbidden = torch.where(mask, 0.0, FORBIDDEN).bfloat16()
            forbidden = forbidden[:, 0].expand(-1, heads, -1).reshape(batch * heads, 1, -1)
            heard = _weighed(query, key, value, forbidden)
    return heard.view(batch, heads, length, size)


def _before(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    length = query.shape[1]
    later = torch.full((length, length), FORBIDDEN, dtype=query.dtype).triu(1)
    rows = [
        _weighed(
            query[:, first:stop], key[:, :stop], value[:, :stop], later[None, first:stop, :stop]
        )
        for first in range(0, length, ROWS)
        for stop in [min(first + ROWS, length)]
    ]
    return torch.cat(rows, dim=1)


def _weighed(query: Tensor, key: Tensor, value: Tensor, forbidden: Tensor) -> Tensor:
    shares = torch.baddbmm(forbidden, query, key.transpose(1, 2)).softmax(-1)
    return torch.bmm(shares, value)
