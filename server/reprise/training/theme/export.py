"""Writes the theme networks as ONNX files, in the form that `runtime.theme_model` tells of."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from reprise.networks.theme import Memory, PromptNetwork, ThemeNetwork, ThemeNetworkConfig
from reprise.runtime.onnx_runtime import open_session
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers.theme import PAD, VOCABULARY
from reprise.training import export

CONTEXT: Final = 512
STEP_FILE: Final = "step.onnx"
READ_FILE: Final = "read.onnx"
ROWS, CACHED, NEW, THEME = 2, 4, 3, 5
"""Sizes of the axes of the examples; they do not matter."""


class _Read(nn.Module):
    """What reads a theme, as a module of its own."""

    def __init__(self, network: ThemeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, theme: Tensor) -> list[Tensor]:
        return [part for memory in self.network.read(theme) for part in memory]


class _ThemeStep(nn.Module):
    """What goes on with a theme, as a module of its own."""

    def __init__(self, network: ThemeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        tokens: Tensor,
        places: Tensor,
        is_heard: Tensor,
        theme_places: Tensor,
        theme: Tensor,
        *memory: Tensor,
    ) -> list[Tensor]:
        pairs = _paired(memory)
        themes, caches = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
        logits, own = self.network.step(
            tokens, places, theme_places, theme, themes, is_heard, caches
        )
        return [logits, *(part for pair in own for part in pair)]


class _PromptStep(nn.Module):
    """What goes on without a theme, as a module of its own."""

    def __init__(self, network: PromptNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, tokens: Tensor, places: Tensor, is_heard: Tensor, *memory: Tensor
    ) -> list[Tensor]:
        logits, own = self.network.step(tokens, places, is_heard, _paired(memory))
        return [logits, *(part for pair in own for part in pair)]


def export_theme(network: ThemeNetwork, folder: Path) -> float:
    """Write a theme network as `read.onnx` and `step.onnx`.

    Returns:
        The largest difference between a logit of the network and of its files.

    Raises:
        ValueError: They differ by more than `export.LARGEST_DIFFERENCE`.
    """
    network.eval()
    read = _Read(network).eval()
    theme = torch.ones(ROWS, THEME, dtype=torch.int64)
    memories = _names("theme_", network.config)
    axes = {
        "theme": {0: "rows", 1: "theme"},
        **{name: {0: "rows", 2: "theme"} for name in memories},
    }
    export.write_onnx(read, (theme,), folder / READ_FILE, ["theme"], memories, axes)
    with torch.no_grad():
        remembered = read(theme)
    inputs = {
        **_tokens(),
        "theme_places": torch.ones(ROWS, NEW, dtype=torch.int64),
        "theme": theme,
        **dict(zip(memories, remembered, strict=True)),
        **_caches(network.config),
    }
    axes |= {"theme_places": {0: "rows", 1: "new"}}
    _write_step(_ThemeStep(network), inputs, folder, axes)
    model = ThemeModel(
        open_session(folder / STEP_FILE), open_session(folder / READ_FILE), context=CONTEXT
    )
    return _checked(network, model)


def export_prompt(network: PromptNetwork, folder: Path) -> float:
    """Write the network without a theme as `step.onnx`; see `export_theme`."""
    network.eval()
    _write_step(_PromptStep(network), {**_tokens(), **_caches(network.config)}, folder, {})
    return _checked(network, ThemeModel(open_session(folder / STEP_FILE), None, context=CONTEXT))


def _paired(memory: Sequence[Tensor]) -> list[Memory]:
    """Return keys and values by layer from all of them in order."""
    return list(zip(memory[::2], memory[1::2], strict=True))


def _names(prefix: str, config: ThemeNetworkConfig) -> list[str]:
    layers = range(config.decoder_layers)
    return [f"{prefix}{part}_{layer}" for layer in layers for part in ("keys", "values")]


def _tokens() -> dict[str, Tensor]:
    tokens = torch.ones(ROWS, NEW, dtype=torch.int64)
    is_heard = torch.ones(ROWS, CACHED + NEW, dtype=torch.bool)
    return {"tokens": tokens, "places": tokens.clone(), "is_heard": is_heard}


def _caches(config: ThemeNetworkConfig) -> dict[str, Tensor]:
    size = config.width // config.heads
    keys = torch.zeros(ROWS, config.heads, size, CACHED)
    return {
        name: keys.clone() if name.startswith("keys") else keys.transpose(2, 3).clone()
        for name in _names("", config)
    }


def _write_step(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    folder: Path,
    axes: Mapping[str, dict[int, str]],
) -> None:
    caches = [name for name in inputs if name.startswith(("keys_", "values_"))]
    own = [f"own_{name}" for name in caches]
    new, cached = {0: "rows", 1: "new"}, {0: "rows"}
    varying = {
        **axes,
        "tokens": new,
        "places": new,
        "is_heard": {0: "rows", 1: "total"},
        "logits": {0: "rows"},
        **{name: {**cached, _time_axis(name): "cached"} for name in caches},
        **{f"own_{name}": {**cached, _time_axis(name): "new"} for name in caches},
    }
    export.write_onnx(
        module.eval(),
        tuple(inputs.values()),
        folder / STEP_FILE,
        list(inputs),
        ["logits", *own],
        varying,
    )


def _time_axis(name: str) -> int:
    return 3 if name.startswith("keys_") else 2


def _checked(network: ThemeNetwork | PromptNetwork, model: ThemeModel) -> float:
    """Compare a network with its files, on rows of unequal length that are read bit by bit."""
    random = np.random.default_rng(0)
    tokens = random.integers(1, VOCABULARY, (2, 90))
    theme_places = np.tile(np.r_[np.zeros(30, np.int64), np.arange(1, 41), np.zeros(20)], (2, 1))
    themes = random.integers(1, VOCABULARY, (2, 40))
    themes[1, 25:] = PAD
    lengths, prompt = np.array([90, 71]), 80
    places = theme_places.astype(np.int64)
    writer = model.open(themes)
    found = [writer.restart(tokens[:, :prompt], places[:, :prompt], lengths - (90 - prompt))]
    found += [writer.step(tokens[:, i], places[:, i]) for i in range(prompt, 90)]
    difference = 0.0
    for row, length in enumerate(lengths):
        own = slice(90 - length, 90)
        given = [tokens[row, own], places[row, own], themes[row][themes[row] != PAD]]
        given = given[:1] if isinstance(network, PromptNetwork) else given
        with torch.no_grad():
            expected = network(*(torch.from_numpy(part[None]) for part in given))[0]
        answers = np.stack([logits[row] for logits in found])
        difference = max(difference, float(np.abs(answers - expected[-len(found) :].numpy()).max()))
    if difference > export.LARGEST_DIFFERENCE:
        raise ValueError(f"the files differ from their network by {difference:.2g} in a logit")
    return difference
