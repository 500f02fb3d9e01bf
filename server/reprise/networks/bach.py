"""The two networks of the Bach notebook: convolutions with an LSTM, and a Transformer.

Axes: B batch, T new positions, P positions that were read before, D width, C classes.
Both read the classes of cells, row by row from soprano to bass, and answer each with logits for
the cell after it. Both are walked by `step`, which goes on from a memory; sizes, initial weights
and small constants are those of the text's framework, so that the recipe means the same.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.tokenizers.chorale import CLASS_COUNT

BATCH_NORM_EPSILON = 1e-3
LAYER_NORM_EPSILON = 1e-3
EMBEDDING_REACH = 0.05
CHANNELS = (32, 48, 64, 96)


@dataclass(frozen=True, slots=True)
class ConvolutionConfig:
    """The shape of the convolutions with an LSTM; by default the text's 396,810 numbers.

    Attributes:
        embedding: Size of a class's vector.
        channels: Of each convolution; the first looks one cell back, each later one twice as far.
        hidden: Size of the LSTM.
        norm_momentum: How fast running statistics follow. The text's framework has 0.01, which is
            why its validation accuracy is 5 % for the first epochs.
    """

    embedding: int = 5
    channels: tuple[int, ...] = CHANNELS
    hidden: int = 256
    norm_momentum: float = 0.1


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """The shape of the Transformer; by default the text's 708,207 numbers.

    The text has 128 rows for classes, of which 47 are ever read, and 128 for positions, while its
    windows are 131 long. Here 3 of the unread rows stand for the positions that were missing.

    Attributes:
        class_rows: Rows of the table of classes, at least 47.
        positions: Rows of the table of positions: the longest window.
        width: Size of the stream.
        heads: Attention heads, each as wide as the stream.
        hidden: Inner size of the feed-forward part.
        out_hidden: Size of the layer before the logits.
    """

    class_rows: int = 125
    positions: int = 131
    width: int = 64
    heads: int = 16
    hidden: int = 1024
    out_hidden: int = 256


class CellNetwork(nn.Module):
    """A network that reads cells and goes on from a memory."""

    def nothing(self, batch: int) -> Tensor:
        """Return the memory of having read nothing."""
        raise NotImplementedError

    def step(self, features: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Read cells (B, T, 1) after those in memory; return logits (B, T, C) and the memory."""
        raise NotImplementedError

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, T, C) for cells (B, T, 1) from the first one on."""
        logits, _ = self.step(features, self.nothing(len(features)))
        return logits

    @property
    def size(self) -> int:
        """How many numbers it learns or keeps count of, as the text's framework counts them."""
        learned = sum(each.numel() for each in self.parameters() if each.requires_grad)
        kept = sum(each.numel() for each in self.buffers() if each.is_floating_point())
        return learned + kept


class ConvolutionNetwork(CellNetwork):
    """Four causal convolutions, each further apart, then an LSTM.

    Its memory (B, S) is, side by side, the last cells that each convolution needs and the LSTM's
    two states; it has one size however much was read.
    """

    def __init__(self, config: ConvolutionConfig) -> None:
        super().__init__()
        widths = (config.embedding, *config.channels)
        self.spans = tuple(2**index for index in range(len(config.channels)))
        self.embedding = nn.Embedding(CLASS_COUNT, config.embedding)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, after, 2, dilation=span)
            for before, after, span in zip(widths, widths[1:], self.spans)
        )
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(width, eps=BATCH_NORM_EPSILON, momentum=config.norm_momentum)
            for width in config.channels
        )
        self.lstm = nn.LSTM(widths[-1], config.hidden, batch_first=True)
        self.out = nn.Linear(config.hidden, CLASS_COUNT)
        self.sizes = [
            *(width * span for width, span in zip(widths, self.spans)),
            config.hidden,
            config.hidden,
        ]
        self._start()

    def _start(self) -> None:
        nn.init.uniform_(self.embedding.weight, -EMBEDDING_REACH, EMBEDDING_REACH)
        for module in (*self.convolutions, self.out):
            _start_evenly(module)
        bias, spare_bias = map(self.lstm.get_parameter, ("bias_ih_l0", "bias_hh_l0"))
        nn.init.xavier_uniform_(self.lstm.get_parameter("weight_ih_l0"))
        nn.init.orthogonal_(self.lstm.get_parameter("weight_hh_l0"))
        nn.init.zeros_(bias)
        # It begins by remembering: the forget gate, the second of four, starts open.
        hidden = self.lstm.hidden_size
        bias.data[hidden : 2 * hidden] = 1.0
        # The text's framework has one bias a gate; the second stays at nothing.
        nn.init.zeros_(spare_bias)
        spare_bias.requires_grad = False

    def nothing(self, batch: int) -> Tensor:
        """Return the memory (B, S) of having read nothing."""
        return torch.zeros(batch, sum(self.sizes))

    def step(self, features: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Read cells (B, T, 1) after those in memory (B, S); return logits and the memory."""
        *tails, hidden, cell = torch.split(past, self.sizes, dim=1)
        stream = self.embedding(features[..., 0]).transpose(1, 2)  # (B, D, T)
        kept = []
        for convolution, norm, tail, span in zip(
            self.convolutions, self.norms, tails, self.spans, strict=True
        ):
            # (B, D * span) -> (B, D, span), then what is new after it
            heard = torch.cat([tail.view(-1, stream.shape[1], span).to(stream), stream], dim=2)
            kept.append(heard[:, :, -span:].flatten(1))
            stream = norm(F.relu(convolution(heard)))
        heard, (hidden, cell) = self.lstm(stream.transpose(1, 2), (hidden[None], cell[None]))
        return self.out(heard), torch.cat([*kept, hidden[0], cell[0]], dim=1)


class TransformerNetwork(CellNetwork):
    """One block: attention, attention to the embeddings themselves, and a feed-forward part.

    Its memory (2, 2, B, heads, P, D) holds keys and values of both attentions. Both are causal,
    and silence is heard like any other class: the text takes it for padding.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.classes = nn.Embedding(config.class_rows, width)
        self.positions = nn.Embedding(config.positions, width)
        self.attentions = nn.ModuleList(Attention(width, config.heads) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width, LAYER_NORM_EPSILON) for _ in range(3))
        self.feed_in = nn.Linear(width, config.hidden)
        self.feed_out = nn.Linear(config.hidden, width)
        self.out_in = nn.Linear(width, config.out_hidden)
        self.out = nn.Linear(config.out_hidden, CLASS_COUNT)
        for table in (self.classes, self.positions):
            nn.init.uniform_(table.weight, -EMBEDDING_REACH, EMBEDDING_REACH)
        for module in (self.feed_in, self.feed_out, self.out_in, self.out):
            _start_evenly(module)

    def nothing(self, batch: int) -> Tensor:
        """Return the memory (2, 2, B, heads, 0, D) of having read nothing."""
        config = self.config
        return torch.zeros(2, 2, batch, config.heads, 0, config.width)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (B, T, C) for cells (B, T, 1) from the first one on."""
        logits, _ = self._read(features, None)
        return logits

    def step(self, features: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Read cells (B, T, 1) after those in memory; return logits and the memory."""
        logits, memories = self._read(features, past)
        return logits, torch.stack(memories)

    def _read(self, features: Tensor, past: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        cached, length = 0 if past is None else past.shape[4], features.shape[1]
        places = torch.arange(cached + length, device=features.device)
        is_later = places[None, :] > places[cached:, None]
        unheard = torch.zeros(is_later.shape).masked_fill(is_later, -math.inf)
        embedded = self.classes(features[..., 0]) + self.positions(places[cached:])
        stream = embedded
        memories = []
        for index, attention in enumerate(self.attentions):
            memory = None if past is None else past[index]
            heard, memory = attention(stream, embedded, unheard, memory)
            stream = self.norms[index](stream + heard)
            memories.append(memory)
        stream = self.norms[2](stream + self.feed_out(F.relu(self.feed_in(stream))))
        return self.out(F.relu(self.out_in(stream))), memories


class Attention(nn.Module):
    """Attention whose every head is as wide as the stream."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, heads * width)
        self.key = nn.Linear(width, heads * width)
        self.value = nn.Linear(width, heads * width)
        self.out = nn.Linear(heads * width, width)
        # The text's framework sees these matrices as blocks, one a head, and starts them smaller.
        for part in (self.query, self.key, self.value):
            _start_within(part, heads * width + width * width)
        _start_within(self.out, 2 * heads * width)

    def forward(
        self, asking: Tensor, heard: Tensor, unheard: Tensor, past: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return what is heard (B, T, D), and keys and values (2, B, heads, P + T, D).

        Args:
            asking: Who asks, (B, T, D).
            heard: Who is asked besides those in memory, (B, T, D).
            unheard: Minus infinity where who asks does not hear who is asked, else 0; (T, P + T).
            past: Keys and values in memory, (2, B, heads, P, D); None for none.
        """
        batch, length, width = asking.shape
        query = self.split(self.query(asking) / math.sqrt(width)).flatten(0, 1)
        memory = torch.stack([self.split(self.key(heard)), self.split(self.value(heard))])
        if past is not None:
            memory = torch.cat([past, memory], dim=3)
        key, value = memory.flatten(1, 2)  # (B * heads, P + T, D) each
        # Spelled out: on CPU the fused operation is three times slower in bfloat16.
        bias = unheard.expand(query.shape[0], -1, -1)
        shares = torch.baddbmm(bias, query, key.transpose(1, 2)).softmax(-1)
        found = torch.bmm(shares, value).view(batch, self.heads, length, width)
        # (B, heads, T, D) -> (B, T, heads * D)
        return self.out(found.transpose(1, 2).flatten(2)), memory

    def split(self, mixed: Tensor) -> Tensor:
        """Return (B, heads, T, D) for (B, T, heads * D)."""
        batch, length, _ = mixed.shape
        return mixed.view(batch, length, self.heads, -1).transpose(1, 2)


def _start_evenly(module: nn.Module) -> None:
    """Start weights as the text's framework does, and biases at nothing."""
    if not isinstance(module, nn.Conv1d | nn.Linear):
        raise TypeError(f"no start is known for {type(module).__name__}")
    fan = module.weight.shape[0] + module.weight.shape[1]
    _start_within(module, fan * module.weight[0, 0].numel())


def _start_within(module: nn.Conv1d | nn.Linear, fans: int) -> None:
    """Start weights evenly, so that what comes in and goes out is as large; biases at nothing.

    Args:
        module: Whose.
        fans: Numbers that come in and numbers that go out, together.
    """
    reach = math.sqrt(6.0 / fans)
    nn.init.uniform_(module.weight, -reach, reach)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
