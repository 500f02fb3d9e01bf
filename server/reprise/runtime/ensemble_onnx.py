"""The ensemble network with ONNX Runtime: one graph file reads prompts, one writes candidates.

The graphs are described in `reprise.training.ensemble_graphs`. Keys and values stay where they
are: a step binds the same memory as input and output, and all candidates read one prompt.
"""

import threading
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.ensemble_cache import PromptReader, ReadPrompt
from reprise.runtime.ensemble_model import (
    FEATURES,
    Check,
    EnsembleShape,
    Features,
    Floats,
    Prompt,
    ignore,
    score,
)
from reprise.runtime.onnx_runtime import open_session

SLOTS_AT_ONCE: Final = 64
"""A candidate's memory grows by so many tokens."""

Array = NDArray[Any]


class Binding(Protocol):
    """The methods of an ONNX Runtime binding that we use."""

    def bind_input(
        self, name: str, device: str, number: int, kind: type, shape: tuple[int, ...], address: int
    ) -> None:
        """Read an input from this memory."""

    def bind_output(
        self, name: str, device: str, number: int, kind: type, shape: tuple[int, ...], address: int
    ) -> None:
        """Write an output to this memory."""


class BoundSession(Protocol):
    """The methods of an ONNX Runtime session that we use with bound memory."""

    def io_binding(self) -> Binding:
        """Return a binding for the next runs."""

    def run_with_iobinding(self, binding: Binding) -> None:
        """Run once."""


class LazySession:
    """A session that is opened when it is first needed."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._path = path
        self._threads = threads
        self._lock = threading.Lock()
        self._session: BoundSession | None = None

    def get(self) -> BoundSession:
        """Return the session.

        Raises:
            CorruptModelError: The file is missing or no network.
        """
        with self._lock:
            if self._session is None:
                self._session = cast("BoundSession", open_session(self._path, self._threads))
            return self._session


class OnnxEnsemble:
    """An `EnsembleModel` of two graphs, which may be the same file."""

    def __init__(self, shape: EnsembleShape, prefill: LazySession, decode: LazySession) -> None:
        self.shape = shape
        self._prefill = prefill
        self._decode = decode
        self._reader = PromptReader(shape, self._read_chunk)

    def prefill(self, features: Features, times: Floats, check: Check = ignore) -> ReadPrompt:
        """Read a prompt; see `EnsembleModel`."""
        return self._reader.read(features, times, check)

    def decoder(self, prompt: Prompt, candidates: int, longest: int) -> "OnnxDecoder":
        """Return a decoder; see `EnsembleModel`."""
        read = cast("ReadPrompt", prompt)
        return OnnxDecoder(self.shape, self._decode.get(), read, candidates, longest)

    def score(self, features: Features, times: Floats, answer: int) -> Floats:
        """Return logits of an answer; see `EnsembleModel`."""
        return score(self, features, times, answer)

    def _read_chunk(
        self, prompt: ReadPrompt, features: NDArray[np.int64], times: Floats
    ) -> ReadPrompt:
        length = len(times)
        decoder = OnnxDecoder(self.shape, self._prefill.get(), prompt, 1, length, slots=length)
        logits = decoder.last(features, times)
        return prompt.longer(features, times, (decoder.own("key"), decoder.own("value")), logits)


class OnnxDecoder:
    """A `Decoder`; its memory is bound to the graph and grows with the answer."""

    def __init__(
        self,
        shape: EnsembleShape,
        session: BoundSession,
        prompt: ReadPrompt,
        candidates: int,
        longest: int,
        slots: int = 0,
    ) -> None:
        self._shape = shape
        self._session = session
        self._prompt = prompt
        self._candidates = candidates
        self._longest = longest
        self._written = 0
        self._slots = 0
        self._own: dict[str, Floats] = {}
        self._step: _Step | None = None
        self._turned = np.multiply.outer(
            np.arange(prompt.length, prompt.length + longest, dtype=np.float64), shape.index_rates
        )
        self._time_rates = np.array(shape.time_rates)
        self._grow(slots or min(SLOTS_AT_ONCE, longest))

    def step(self, features: Features, times: Floats) -> Floats:
        """Read S more tokens of every candidate; see `Decoder`."""
        count = times.shape[1]
        end = self._written + count
        if end > self._longest:
            raise ValueError(f"the decoder was opened for {self._longest} tokens, got {end}")
        if end > self._slots:
            self._grow(-(-end // SLOTS_AT_ONCE) * SLOTS_AT_ONCE)
        if self._step is None or self._step.count != count:
            self._step = self._bound(count, wanted=self._candidates * count)
        logits = self._run(self._step, features, times)
        return logits.reshape(self._candidates, count, -1)

    def last(self, features: Features, times: Floats) -> Floats:
        """Read tokens (S, F) of the only candidate; return the logits (V,) of the last."""
        step = self._bound(len(times), wanted=1)
        step.inputs["wanted"][0] = len(times) - 1
        logits: Floats = self._run(step, features, times[None])[0]
        return logits

    def own(self, kind: str) -> list[Floats]:
        """Return the only candidate's keys or values of every block, (key_heads, T, head_size)."""
        shape = (self._shape.key_heads, self._slots, self._shape.head_size)
        return [self._own[f"{kind}_{block}"].reshape(shape) for block in range(self._shape.layers)]

    def _run(self, step: "_Step", features: Features, times: Floats) -> Floats:
        inputs, start = step.inputs, self._written
        end = start + step.count
        angles = times[..., None] * self._time_rates + self._turned[start:end]
        angles = angles.astype(np.float32).reshape(-1, angles.shape[-1])
        np.cos(angles, out=inputs["cosines"])
        np.sin(angles, out=inputs["sines"])
        inputs["features"][:] = np.reshape(features, inputs["features"].shape)
        inputs["places"][..., 2] = step.ahead + start
        step.mask[step.heard[0], :, step.heard[1] + start] = 0.0
        self._session.run_with_iobinding(step.binding)
        step.mask[..., start:end] = 0.0
        self._written = end
        return step.logits.copy()

    def _bound(self, count: int, wanted: int) -> "_Step":
        """Return the memory of steps of `count` tokens, bound to the graph."""
        step = _Step(self._shape, self._candidates, count, self._slots, wanted, self._session)
        step.mask[..., : self._written] = 0.0
        for name, own in self._own.items():
            step.read(f"own_{name}", own)
            step.write(f"new_{name}", own)
        for block, (keys, values) in enumerate(zip(self._prompt.keys, self._prompt.values)):
            step.read(f"prompt_key_{block}", keys)
            step.read(f"prompt_value_{block}", values)
        return step

    def _grow(self, slots: int) -> None:
        """Give every candidate so many slots; what they hold stays."""
        shape = self._shape
        size = (shape.key_heads, self._candidates, slots, shape.head_size)
        for block in range(shape.layers):
            for kind in ("key", "value"):
                larger = np.zeros(size, np.float32)
                name = f"{kind}_{block}"
                if name in self._own:
                    larger[:, :, : self._slots] = self._own[name]
                self._own[name] = larger
        self._slots = slots
        self._step = None


class _Step:
    """Inputs and outputs of steps of one size, at addresses that stay."""

    def __init__(
        self,
        shape: EnsembleShape,
        candidates: int,
        count: int,
        slots: int,
        wanted: int,
        session: BoundSession,
    ) -> None:
        rows, half = candidates * count, shape.head_size // 2
        self.count = count
        self.binding = session.io_binding()
        self.ahead = np.tile(np.arange(count), candidates)[:, None, None]
        self.heard = np.tril_indices(count)
        places = np.zeros((rows, shape.key_heads, 1, 3), np.int64)
        places[..., 0] = np.arange(shape.key_heads)[:, None]
        places[..., 1] = np.repeat(np.arange(candidates), count)[:, None, None]
        queries = shape.heads // shape.key_heads if count > 1 else 1
        self.mask = np.full((count, queries, slots), -np.inf, np.float32)
        self.inputs: dict[str, Array] = {
            "features": np.zeros((rows, FEATURES), np.int64),
            "cosines": np.zeros((rows, half), np.float32),
            "sines": np.zeros((rows, half), np.float32),
            "rows": np.arange(rows)[:, None],
            "wanted": np.arange(wanted),
            "places": places,
            "mask": self.mask.reshape(-1, slots),
        }
        for name, value in self.inputs.items():
            self.read(name, value)
        self.logits = np.zeros((wanted, shape.tokens), np.float32)
        self.write("logits", self.logits)

    def read(self, name: str, array: Array) -> None:
        """Bind an input; the array must stay alive and in place."""
        kind = array.dtype.type
        self.binding.bind_input(name, "cpu", 0, kind, array.shape, array.ctypes.data)

    def write(self, name: str, array: Array) -> None:
        """Bind an output; the array must stay alive and in place."""
        kind = array.dtype.type
        self.binding.bind_output(name, "cpu", 0, kind, array.shape, array.ctypes.data)
