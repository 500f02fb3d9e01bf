"""The ensemble network in plain numpy: what serves where ONNX Runtime is missing, and a reference.

Each candidate is computed for itself, so none can depend on another.

Axes: S new tokens, P tokens of the prompt, T own tokens, G heads of keys and values, R queries
for each of them, D size of a head, W width, V tokens of the vocabulary.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.ensemble_cache import PromptReader, ReadPrompt
from reprise.runtime.ensemble_model import (
    Check,
    EnsembleShape,
    Features,
    Floats,
    Prompt,
    ignore,
    score,
)
from reprise.runtime.onnx_weights import read_weights

EPSILON = np.float32(1e-6)
LARGEST_LOGIT = np.float32(30.0)

Weights = Mapping[str, Floats]


class NumpyEnsemble:
    """An `EnsembleModel` in fp32."""

    def __init__(self, shape: EnsembleShape, weights: Weights) -> None:
        """Take a shape and weights as `graph_weights` returns them."""
        self.shape = shape
        self._weights = weights
        self._reader = PromptReader(shape, self._read_chunk)

    def prefill(self, features: Features, times: Floats, check: Check = ignore) -> ReadPrompt:
        """Read a prompt; see `EnsembleModel`."""
        return self._reader.read(features, times, check)

    def decoder(self, prompt: Prompt, candidates: int, longest: int) -> "NumpyDecoder":
        """Return a decoder; see `EnsembleModel`."""
        read = cast("ReadPrompt", prompt)
        return NumpyDecoder(self.shape, self._weights, read, candidates, longest)

    def score(self, features: Features, times: Floats, answer: int) -> Floats:
        """Return logits of an answer; see `EnsembleModel`."""
        return score(self, features, times, answer)

    def _read_chunk(
        self, prompt: ReadPrompt, features: NDArray[np.int64], times: Floats
    ) -> ReadPrompt:
        candidate = _Candidate(self.shape, self._weights, prompt, len(times))
        logits = candidate.read(features, times, last_only=True)[0]
        memory = (tuple(candidate.keys), tuple(candidate.values))
        return prompt.longer(features, times, memory, logits)


class NumpyDecoder:
    """A `Decoder` in fp32."""

    def __init__(
        self,
        shape: EnsembleShape,
        weights: Weights,
        prompt: ReadPrompt,
        candidates: int,
        longest: int,
    ) -> None:
        self._longest = longest
        self._candidates = [_Candidate(shape, weights, prompt, longest) for _ in range(candidates)]

    def step(self, features: Features, times: Floats) -> Floats:
        """Read S more tokens of every candidate; see `Decoder`."""
        end = self._candidates[0].written + times.shape[1]
        if end > self._longest:
            raise ValueError(f"the decoder was opened for {self._longest} tokens, got {end}")
        return np.stack(
            [
                candidate.read(rows, moments)
                for candidate, rows, moments in zip(self._candidates, features, times)
            ]
        )


class _Candidate:
    """One sequence after a prompt, with keys and values of its own."""

    def __init__(
        self, shape: EnsembleShape, weights: Weights, prompt: ReadPrompt, longest: int
    ) -> None:
        self._shape = shape
        self._weights = weights
        self._prompt = prompt
        self.written = 0
        size = (shape.layers, shape.key_heads, longest, shape.head_size)
        self.keys = np.zeros(size, np.float32)
        self.values = np.zeros(size, np.float32)

    def read(self, features: Features, times: Floats, *, last_only: bool = False) -> Floats:
        """Return the logits (S, V) of S more tokens, or (1, V) of the last of them."""
        weights, shape = self._weights, self._shape
        turn = shape.turns(self._prompt.length + self.written, times)
        stream = weights["table"][features].sum(axis=1)
        for block in range(shape.layers):
            name = f"blocks.{block}."
            heard = _normed(stream, weights[name + "attention_norm"])
            stream = stream + self._attend(block, heard, turn) @ weights[name + "attention_out"]
            heard = _normed(stream, weights[name + "feed_norm"])
            gate, carried = np.split(heard @ weights[name + "feed_in"], 2, axis=-1)
            opened = gate / (np.float32(1.0) + np.exp(-gate))
            stream = stream + (opened * carried) @ weights[name + "feed_out"]
        self.written += len(times)
        rows = _normed(stream[-1:] if last_only else stream, weights["norm"])
        bounded: Floats = LARGEST_LOGIT * np.tanh(rows @ weights["head"])
        return bounded

    def _attend(self, block: int, heard: Floats, turn: tuple[Floats, Floats]) -> Floats:
        """Return what the heads hear (S, G * R * D)."""
        shape, weights, name = self._shape, self._weights, f"blocks.{block}."
        start, count = self.written, len(heard)
        end, groups, size = start + count, shape.key_heads, shape.head_size
        mixed = (heard @ weights[name + "query_key_value"]).reshape(count, -1, size)
        query, key, value = np.split(mixed.transpose(1, 0, 2), [shape.heads, shape.heads + groups])
        query = _turned(_normed(query, weights[name + "query_norm"]), turn)
        self.keys[block, :, start:end] = _turned(_normed(key, weights[name + "key_norm"]), turn)
        self.values[block, :, start:end] = value
        # (G * R, S, D) -> (G, R * S, D)
        query = query.reshape(groups, -1, size)
        prompt = query @ self._prompt.keys[block].transpose(0, 2, 1)
        own = query @ self.keys[block, :, :end].transpose(0, 2, 1)
        later = np.triu(np.full((count, end), -np.inf, np.float32), 1 + start)
        own = (own.reshape(groups, -1, count, end) + later).reshape(own.shape)
        shares = _softmax(np.concatenate([prompt, own], axis=-1))
        length = self._prompt.length
        heads = shares[..., :length] @ self._prompt.values[block]
        heads += shares[..., length:] @ self.values[block, :, :end]
        return heads.reshape(shape.heads, count, size).transpose(1, 0, 2).reshape(count, -1)


def open_numpy(shape: EnsembleShape, path: Path) -> NumpyEnsemble:
    """Return the model of a graph's file, with its weights in fp32."""
    return NumpyEnsemble(shape, graph_weights(read_weights(path)))


def graph_weights(constants: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Return the weights of a graph in fp32, matrices as (in, out).

    A graph keeps the gain of queries already divided by the root of a head's size, and the output
    head divided by the largest logit.
    """
    return {
        name: _in_full(constants, name)
        for name in constants
        if name in ("table", "norm", "head")
        or (name.startswith("blocks.") and not name.endswith(".scales"))
    }


def _in_full(constants: Mapping[str, NDArray[Any]], name: str) -> Floats:
    kept, scales = constants[name], constants.get(name + ".scales")
    if scales is None:
        return kept.astype(np.float32)
    if kept.dtype == np.int8:
        whole: Floats = np.multiply(kept, scales, dtype=np.float32)
        return whole
    halves = np.stack([kept & 15, kept >> 4], axis=-1).reshape(*kept.shape[:2], -1)
    blocks = (halves.astype(np.float32) - np.float32(8.0)) * scales[..., None]
    return np.ascontiguousarray(blocks.reshape(len(kept), -1).T)


def _normed(rows: Floats, gain: Floats) -> Floats:
    mean: Floats = np.square(rows).mean(axis=-1, keepdims=True)
    normed: Floats = rows / np.sqrt(mean + EPSILON) * gain
    return normed


def _turned(vectors: Floats, turn: tuple[Floats, Floats]) -> Floats:
    cosines, sines = turn
    first, second = np.split(vectors, 2, axis=-1)
    return np.concatenate(
        [first * cosines - second * sines, first * sines + second * cosines], axis=-1
    )


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
