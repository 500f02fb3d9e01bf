"""Writes trained networks as ONNX files that ONNX Runtime serves without torch.

Next note: inputs `features` (B, T, F) int64 and `past` (layers, 2, B, heads, P, D) float32,
outputs `logits` (B, T, classes) and `present`, which is the next `past`. B, T and P vary; P may
be 0. Infill: input `features` (B, T, F), output `logits` (B, T, 4, classes).
"""

import warnings
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from reprise.networks.chorale import ChoraleNetwork, InfillNetwork, NextNoteNetwork
from reprise.runtime.onnx_runtime import OnnxFieldModel, OnnxTokenModel, open_session

OPSET = 18
LARGEST_DIFFERENCE = 1e-3


class Walked(Protocol):
    """A network that goes on from a memory of what it has read."""

    def step(self, features: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Read features (B, T, F); return logits (B, T, C) and the next memory."""


class Step(nn.Module):
    """The step of a network with a memory as a module of its own."""

    def __init__(self, network: Walked) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and the next memory."""
        return self.network.step(features, past)


def export(network: ChoraleNetwork, path: Path) -> float:
    """Write a network and compare the file with it.

    Returns:
        The largest difference between two logits of the network and of the file.

    Raises:
        ValueError: They differ by more than `LARGEST_DIFFERENCE`.
    """
    network.eval()
    if isinstance(network, NextNoteNetwork):
        _export_next_note(network, path)
        difference = _next_note_difference(network, path)
    elif isinstance(network, InfillNetwork):
        _export_infill(network, path)
        difference = _infill_difference(network, path)
    else:
        raise TypeError(f"no export is known for {type(network).__name__}")
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from its network by {difference:.2g} in a logit")
    return difference


def _export_next_note(network: NextNoteNetwork, path: Path) -> None:
    config = network.config
    past = torch.zeros(config.layers, 2, 2, config.heads, 5, config.width // config.heads)
    axes = {
        "features": {0: "batch", 1: "new"},
        "past": {2: "batch", 4: "cached"},
        "logits": {0: "batch", 1: "new"},
        "present": {2: "batch", 4: "total"},
    }
    features = _example(network, 2, 7)
    step = Step(network).eval()
    write_onnx(step, (features, past), path, ["features", "past"], ["logits", "present"], axes)


def _export_infill(network: InfillNetwork, path: Path) -> None:
    axes = {"features": {0: "batch", 1: "steps"}, "logits": {0: "batch", 1: "steps"}}
    write_onnx(network, (_example(network, 2, 7),), path, ["features"], ["logits"], axes)


def write_onnx(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: list[str],
    outputs: list[str],
    axes: dict[str, dict[int, str]],
) -> None:
    """Write a module in eval mode as an ONNX file; its folder is made when it is not there.

    Args:
        module: What to write.
        example: What its `forward` takes, in order; the values do not matter.
        path: The file.
        inputs: Names of what it takes.
        outputs: Names of what it returns.
        axes: Of each input and output the numbers and names of the axes that vary.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            str(path),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


def _example(network: ChoraleNetwork, batch: int, length: int) -> Tensor:
    """Return features (batch, length, F) drawn from all values that each may take."""
    generator = torch.Generator().manual_seed(0)
    columns = [
        torch.randint(0, size, (batch, length), generator=generator)
        for size in network.config.feature_sizes
    ]
    return torch.stack(columns, dim=-1)


def _next_note_difference(network: NextNoteNetwork, path: Path) -> float:
    features = _example(network, 3, 40)
    with torch.no_grad():
        expected = network(features).numpy()
    model = OnnxTokenModel(open_session(path))
    parts = [model.prefill(features[:, :30].numpy())]
    parts += [model.step(features[:, index].numpy())[:, None] for index in range(30, 40)]
    return float(np.abs(np.concatenate(parts, axis=1) - expected).max())


def _infill_difference(network: InfillNetwork, path: Path) -> float:
    features = _example(network, 3, 40)
    with torch.no_grad():
        expected = network(features).numpy()
    found = OnnxFieldModel(open_session(path)).logits(features.numpy())
    return float(np.abs(found - expected).max())
