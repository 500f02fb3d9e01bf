"""The ensemble network behind the runtime's protocol with torch, on a processor or a GPU.

Nothing is quantised and nothing is kept between prompts: for evaluation on a GPU, and to compare
the served runtime with.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from reprise.networks.ensemble import EnsembleBlock, EnsembleNetwork, embed
from reprise.runtime.ensemble_model import (
    Check,
    EnsembleShape,
    Features,
    Floats,
    Prompt,
    ignore,
    score,
)
from reprise.tokenizers.ensemble import layout
from reprise.training.export_ensemble import shape_of

Memory = tuple[Tensor, Tensor]
"""Keys and values of a block, (B, G, T, S)."""


@dataclass(frozen=True, slots=True)
class TorchPrompt:
    """A prompt that was read.

    Attributes:
        memory: Keys and values of every block, of a batch of one.
        logits: What follows its last token, (V,).
    """

    memory: tuple[Memory, ...]
    logits: Floats

    @property
    def length(self) -> int:
        """How many tokens it has."""
        return int(self.memory[0][0].shape[2])


class TorchEnsemble:
    """An `EnsembleModel` with torch."""

    def __init__(self, network: EnsembleNetwork, device: str = "cpu") -> None:
        self.network = network.eval().to(device)
        self.device = torch.device(device)

    @property
    def shape(self) -> EnsembleShape:
        """The network's shape."""
        return shape_of(self.network.config)

    def prefill(self, features: Features, times: Floats, check: Check = ignore) -> TorchPrompt:
        """Read a prompt, all at once; see `EnsembleModel`."""
        check()
        decoder = TorchDecoder(self, 1, len(times))
        logits = decoder.step(features[None], times[None])
        return TorchPrompt(decoder.memory, logits[0, -1])

    def decoder(self, prompt: Prompt, candidates: int, longest: int) -> "TorchDecoder":
        """Return a decoder; see `EnsembleModel`."""
        return TorchDecoder(self, candidates, longest, cast("TorchPrompt", prompt))

    def score(self, features: Features, times: Floats, answer: int) -> Floats:
        """Return logits of an answer; see `EnsembleModel`."""
        return score(self, features, times, answer)


class TorchDecoder:
    """A `Decoder` with one preallocated memory for each candidate, the prompt's copied into it."""

    def __init__(
        self,
        model: TorchEnsemble,
        candidates: int,
        longest: int,
        prompt: TorchPrompt | None = None,
    ) -> None:
        self._model = model
        self._length = 0 if prompt is None else prompt.length
        self._end = self._length + longest
        config = model.network.config
        size = (2, config.layers, candidates, config.key_heads, self._end, config.head_size)
        keys, values = torch.zeros(size, device=model.device)
        self.memory: tuple[Memory, ...] = tuple(zip(keys, values))
        if prompt is not None:
            for pair, known in zip(self.memory, prompt.memory):
                for mine, its in zip(pair, known):
                    mine[:, :, : self._length] = its

    @torch.no_grad()
    def step(self, features: Features, times: Floats) -> Floats:
        """Read S more tokens of every candidate; see `Decoder`."""
        start, end = self._length, self._length + times.shape[1]
        if end > self._end:
            raise ValueError(f"the decoder was opened for {self._end} tokens, got {end}")
        network, device = self._model.network, self._model.device
        indices = np.broadcast_to(np.arange(start, end), times.shape)
        angles = layout.angles(indices, times, network.config.head_size)
        turn = torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)])).to(device)
        heard = torch.ones(end - start, end, dtype=torch.bool, device=device).tril(start)
        rows = torch.from_numpy(np.asarray(features, np.int64)).to(device)
        stream = embed(rows, network.table)
        for block, memory in zip(network.blocks, self.memory):
            turns = (turn[0, :, None], turn[1, :, None])
            stream = _read(cast("EnsembleBlock", block), stream, turns, memory, heard)
        self._length = end
        logits: Floats = network.logits(stream).cpu().numpy()
        return logits


def _read(
    block: EnsembleBlock, stream: Tensor, turn: tuple[Tensor, Tensor], memory: Memory, heard: Tensor
) -> Tensor:
    """Return the new stream (B, S, D); put the tokens' keys and values into the memory."""
    query, *new = block.heads(stream, turn)
    count, end = heard.shape
    for kept, rows in zip(memory, new):
        kept[:, :, end - count : end] = rows
    keys, values = (kept[:, :, :end] for kept in memory)
    attended = F.scaled_dot_product_attention(
        query, keys, values, attn_mask=None if count == 1 else heard, enable_gqa=True
    )
    stream = stream + block.attention_out(attended.transpose(1, 2).flatten(2))
    return stream + block.feed(stream)
