"""Writes bar-by-bar networks as ONNX files: what listens to the bars, and what writes a step.

`NAME-listen`: inputs `pitches` (B, T, V, 16) int64, `strikes` of the same shape, `heard` (B, T, V)
float32, `stands` (B, T, V), `noise` (2, B, T, Z); the last of the T bars is the one to be written,
of which only voices that stand are looked at. Outputs `told` (B, V, W), `hidden` and `cell`
(B, V, layers, H): what the writers are told of that bar.

`NAME-write`: inputs `told`, `hidden`, `cell`, `place` (1,) int64 in 0..15, and of that step
`pitches` (B, V, V) and `strikes` (B, V, V), what each writer hears of each voice, its own one step
early. Outputs `said` (B, V, 59), and the next `hidden` and `cell`.
"""

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.networks.rmvae import Rmvae
from reprise.networks.rmvae_voices import ListeningWriter
from reprise.runtime.bar_model import BarQuestion, OnnxBarModel
from reprise.runtime.onnx_runtime import open_session
from reprise.tokenizers import rmvae
from reprise.training.export import LARGEST_DIFFERENCE, write_onnx

GRAPHS: Final = ("listen", "write")


def file_name(part: str, graph: str) -> str:
    """Return the file's name of one graph of a part."""
    return f"{part}-{graph}.onnx"


class _Listen(nn.Module):
    def __init__(self, network: Rmvae) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, pitches: Tensor, strikes: Tensor, heard: Tensor, stands: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        sounding = F.one_hot(pitches, rmvae.PITCH_COUNT).float()
        held = 1.0 - strikes[..., None].float()
        read = self.network.read(torch.cat([sounding, held], dim=-1))
        bars, _ = self.network.told(read, heard, stands, noise)
        begun = [_listening(writer).begin(bars[:, -1]) for writer in self.network.writers]
        told, hidden, cell = zip(*begun, strict=True)
        return (
            torch.stack(told, 1),
            torch.stack([states.transpose(0, 1) for states in hidden], 1),
            torch.stack([states.transpose(0, 1) for states in cell], 1),
        )


class _Write(nn.Module):
    def __init__(self, network: Rmvae) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        told: Tensor,
        hidden: Tensor,
        cell: Tensor,
        place: Tensor,
        pitches: Tensor,
        strikes: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        said, hiddens, cells = [], [], []
        for voice, module in enumerate(self.network.writers):
            writer = _listening(module)
            heard = writer.heard(pitches[:, voice][:, None], strikes[:, voice][:, None])
            frame = heard + told[:, voice][:, None] + writer.places[place]
            states = tuple(part[:, voice].transpose(0, 1).contiguous() for part in (hidden, cell))
            memory, (new_hidden, new_cell) = writer.memory(frame, states)
            said.append(writer.say(frame, memory)[:, 0])
            hiddens.append(new_hidden.transpose(0, 1))
            cells.append(new_cell.transpose(0, 1))
        return torch.stack(said, 1), torch.stack(hiddens, 1), torch.stack(cells, 1)


def _listening(writer: nn.Module) -> ListeningWriter:
    if not isinstance(writer, ListeningWriter):
        raise TypeError(f"only listening writers are served, not {type(writer).__name__}")
    return writer


def export(network: Rmvae, part: str, folder: Path) -> float:
    """Write a network's two files and compare them with it.

    Returns:
        The largest difference between two logits of the network and of the files.

    Raises:
        ValueError: They differ by more than `LARGEST_DIFFERENCE`.
    """
    network.eval()
    question = _example(network, 2)
    listen, write = _Listen(network).eval(), _Write(network).eval()
    asked = tuple(torch.from_numpy(values) for values in question)
    axes = {
        name: {(1 if name == "noise" else 0): "batch"}
        for name in (*BarQuestion._fields, "told", "hidden", "cell", "said")
    }
    with torch.no_grad():
        memory = listen(*asked)
    _write_graph(
        listen,
        asked,
        folder / file_name(part, "listen"),
        list(BarQuestion._fields),
        list(_MEMORY),
        axes,
    )
    step = (torch.tensor([3]), *_unknown(network, 2))
    _write_graph(
        write,
        (*memory, *step),
        folder / file_name(part, "write"),
        [*_MEMORY, "place", "pitches", "strikes"],
        ["said", "hidden", "cell"],
        axes,
    )
    difference = _difference(network, part, folder)
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{part} differs from its network by {difference:.2g} in a logit")
    return difference


_MEMORY: Final = ("told", "hidden", "cell")


def _write_graph(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: list[str],
    outputs: list[str],
    axes: dict[str, dict[int, str]],
) -> None:
    # The exporter names an output that is also an input's name anew, so outputs have their own.
    named = [f"{name}_next" if name in inputs else name for name in outputs]
    varying = {
        name: axes[name.removesuffix("_next")] for name in (*inputs, *named) if name != "place"
    }
    write_onnx(module, example, path, inputs, named, varying)


def _example(network: Rmvae, batch: int) -> BarQuestion:
    config, random = network.config, np.random.default_rng(0)
    bars = rmvae.HEARD_BARS + config.offset
    shape = (batch, bars, config.voices)
    return BarQuestion(
        random.integers(0, rmvae.PITCH_COUNT, (*shape, rmvae.BAR_STEPS)),
        random.integers(0, 2, (*shape, rmvae.BAR_STEPS)),
        random.integers(0, 2, shape).astype(np.float32),
        random.integers(0, 2, shape).astype(np.float32),
        random.standard_normal((2, batch, bars, config.latent)).astype(np.float32),
    )


def _unknown(network: Rmvae, batch: int) -> tuple[Tensor, Tensor]:
    shape = (batch, network.config.voices, network.config.voices)
    return torch.full(shape, rmvae.UNKNOWN_PITCH), torch.full(shape, rmvae.UNKNOWN_STRIKE)


def _difference(network: Rmvae, part: str, folder: Path) -> float:
    question = _example(network, 3)
    voices = network.config.voices
    random = np.random.default_rng(1)
    pitches = random.integers(0, rmvae.UNKNOWN_PITCH + 1, (3, voices, rmvae.BAR_STEPS, voices))
    strikes = random.integers(0, rmvae.UNKNOWN_STRIKE + 1, pitches.shape)
    listen = _Listen(network).eval()
    with torch.no_grad():
        told, hidden, cell = listen(*(torch.from_numpy(values) for values in question))
        expected = []
        for step in range(rmvae.BAR_STEPS):
            heard = (torch.from_numpy(part_[:, :, step]) for part_ in (pitches, strikes))
            said, hidden, cell = _Write(network)(told, hidden, cell, torch.tensor([step]), *heard)
            expected.append(said.numpy())
    model = OnnxBarModel(*(open_session(folder / file_name(part, graph)) for graph in GRAPHS))
    memory = model.listen(question)
    largest = 0.0
    for step in range(rmvae.BAR_STEPS):
        found, memory = model.say(memory, step, pitches[:, :, step], strikes[:, :, step])
        largest = max(largest, float(np.abs(found - expected[step]).max()))
    return largest
