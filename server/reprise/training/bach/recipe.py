"""What decides how the Bach networks are trained: windows, shapes, optimisers, seeds."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import torch
from torch import nn

from reprise.errors import InvalidRequestError
from reprise.networks.bach import (
    CellNetwork,
    ConvolutionConfig,
    ConvolutionNetwork,
    TransformerConfig,
    TransformerNetwork,
)
from reprise.training import recipe

Part = Literal["cnn_lstm", "transformer"]

SYSTEM: Final = "bach"
PARTS: Final[tuple[Part, ...]] = ("cnn_lstm", "transformer")
OPTIMIZER_EPSILON: Final = 1e-7
"""That of the text's framework."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How chorales are cut.

    Attributes:
        steps: Chords of a window, the one to predict included.
        shift: Chords from one window's start to the next.
        batch: Windows of a training step.
    """

    steps: int
    shift: int
    batch: int


@dataclass(frozen=True, slots=True)
class PartRecipe:
    """How one of the networks is trained.

    Attributes:
        network: Its shape.
        optimizer: "nadam" or "adam".
        is_rounded: Whether products of matrices are computed in bfloat16.
        loop: Settings of `reprise.training.loop` besides the steps of an epoch and the seed.
    """

    network: ConvolutionConfig | TransformerConfig
    optimizer: str
    is_rounded: bool
    loop: Mapping[str, Any]

    def build(self) -> CellNetwork:
        """Return the untrained network."""
        if isinstance(self.network, ConvolutionConfig):
            return ConvolutionNetwork(self.network)
        return TransformerNetwork(self.network)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what the model becomes."""

    seeds: tuple[int, ...]
    windows: WindowSettings
    parts: Mapping[Part, PartRecipe]


def read_recipe(path: Path | None = None, *, is_quick: bool = False) -> Recipe:
    """Return the recipe of a TOML file, the published one by default.

    Raises:
        InvalidRequestError: It lacks something, or has a key that is unknown.
    """
    table = recipe.read_table(SYSTEM, path, is_quick=is_quick)
    try:
        parts = {part: _part(table[part]) for part in PARTS}
        return Recipe(tuple(table["seeds"]), WindowSettings(**table["windows"]), parts)
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe for bach is not understood: {error}") from error


def _part(table: Mapping[str, Any]) -> PartRecipe:
    shape = dict(table["network"])
    network: ConvolutionConfig | TransformerConfig
    if "channels" in shape:
        network = ConvolutionConfig(channels=tuple(shape.pop("channels")), **shape)
    else:
        network = TransformerConfig(**shape)
    return PartRecipe(**{**table, "network": network})


class SlowStartingAdam(torch.optim.Adam):
    """Adam as the text's framework has it, whose epsilon is larger in the first steps.

    Attention starts with gradients not far above epsilon. Where epsilon is small from the start,
    its weights walk about at random before they learn anything, and the network ends worse.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        super().__init__(parameters, eps=OPTIMIZER_EPSILON)

    def step(self, closure: Any = None) -> Any:  # noqa: ANN401 (the signature is torch's)
        """Take one step."""
        for group in self.param_groups:
            known = self.state.get(group["params"][0], {})
            steps = int(known.get("step", 0)) + 1
            group["eps"] = OPTIMIZER_EPSILON / math.sqrt(1.0 - group["betas"][1] ** steps)
        return super().step(closure)


def make_optimizer(name: str, network: nn.Module) -> torch.optim.Optimizer:
    """Return the optimiser that a recipe names; the loop sets its learning rate.

    Raises:
        InvalidRequestError: There is none of that name.
    """
    learned = [each for each in network.parameters() if each.requires_grad]
    if name == "nadam":
        return torch.optim.NAdam(learned, eps=OPTIMIZER_EPSILON)
    if name == "adam":
        return SlowStartingAdam(learned)
    raise InvalidRequestError(f"the optimizer must be nadam or adam, got {name!r}")
