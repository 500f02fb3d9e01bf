"""A theme network without weights, for tests of everything around the real one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.engines.theme.engine import ThemeEngine, ThemeNetworks
from reprise.runtime.onnx_runtime import Entry
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers.theme import VOCABULARY

LAYERS, HEADS, SIZE = 1, 1, 2


@dataclass
class FakeEntry:
    """An input of a network."""

    name: str
    shape: list[int | str]


@dataclass
class FakeStep:
    """Answers each token with random scores of its own, and remembers what it was given."""

    takes_theme: bool = True
    seed: int = 0
    spread: float = 3.0
    feeds: list[dict[str, NDArray[Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        shape = (VOCABULARY, VOCABULARY)
        self._scores = (random.normal(size=shape) * self.spread).astype(np.float32)

    def get_inputs(self) -> list[Entry]:
        entries = [
            FakeEntry("tokens", ["rows", "new"]),
            FakeEntry("keys_0", ["rows", HEADS, SIZE, "cached"]),
            FakeEntry("values_0", ["rows", HEADS, "cached", SIZE]),
        ]
        if self.takes_theme:
            entries.append(FakeEntry("theme_keys_0", ["rows", HEADS, "theme", SIZE]))
        return list(entries)

    def run(
        self, outputs: list[str], feed: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[np.float32]]:
        self.feeds.append({name: array.copy() for name, array in feed.items()})
        tokens = feed["tokens"]
        rows, new = tokens.shape
        told = np.broadcast_to(tokens[:, None, :, None], (rows, HEADS, new, SIZE))
        values = np.ascontiguousarray(told, np.float32)
        found = {
            "logits": self._scores[tokens[:, -1]],
            "own_keys_0": values.transpose(0, 1, 3, 2),
            "own_values_0": values,
        }
        return [found[name] for name in outputs]


class FakeRead:
    """Remembers of a theme its tokens."""

    def get_inputs(self) -> list[Entry]:
        return [FakeEntry("theme", ["rows", "theme"])]

    def run(
        self, outputs: list[str], feed: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[np.float32]]:
        theme = feed["theme"].astype(np.float32)[:, None, :, None]
        return [np.repeat(theme, SIZE, axis=3) for _ in outputs]


def engine(seed: int = 0, context: int = 512) -> ThemeEngine:
    """A theme engine whose network knows nothing of music."""
    model = ThemeModel(FakeStep(seed=seed), FakeRead(), context=context)
    return ThemeEngine(networks=ThemeNetworks(model, None))
