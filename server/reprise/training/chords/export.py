"""Writes the chord networks as ONNX files, and the map of what was learnt.

An autoencoder is two files. The encoder's input is `elements` (B, 32, 2) int64, its outputs `mean`
and `log_variance` (B, Z). The decoder's input is `latent` (B, Z), its outputs `chords` (B, 32,
classes) and `durations` (B, 32, classes). The continuation's inputs are `features` (B, T, 4) int64
and `memory` (2, B, units), its outputs `chords` (B, T, classes), `durations` (B, T, classes) and
`next_memory`. B and T vary.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from reprise.library.progressions import Piece
from reprise.networks.chords import ChordAutoencoder, ChordContinuation
from reprise.runtime.latent_model import OnnxLatentModel
from reprise.runtime.onnx_runtime import open_session
from reprise.runtime.recurrent_model import OnnxRecurrentModel
from reprise.tokenizers import chords
from reprise.training.chords.batches import all_windows
from reprise.training.export import write_onnx

LARGEST_DIFFERENCE: Final = 0.02
"""In a logit: weights are kept in half precision, which halves the files."""

FEWEST_HALVED: Final = 1024
MAP_FILE: Final = "map.json"
MAP_POINTS: Final = 1200
EXAMPLES: Final = 3


class _Encoder(nn.Module):
    def __init__(self, network: ChordAutoencoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, elements: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.encode(elements)


class _Decoder(nn.Module):
    def __init__(self, network: ChordAutoencoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.decode(latent)


class _Step(nn.Module):
    def __init__(self, network: ChordContinuation) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.network.step(features, memory)


def export(
    part: str, network: ChordAutoencoder | ChordContinuation, folder: Path
) -> dict[str, str]:
    """Write a network's files and compare them with it; return the files by what they are.

    Raises:
        ValueError: A file's answers differ from the network's by more than `LARGEST_DIFFERENCE`.
    """
    network.eval()
    if isinstance(network, ChordContinuation):
        path = folder / f"{part}.onnx"
        difference = _export_continuation(network, path)
        files = {part: path.name}
    else:
        files = {f"{part}_{end}": f"{part}-{end}.onnx" for end in ("encoder", "decoder")}
        difference = _export_autoencoder(network, *(folder / name for name in files.values()))
    if not difference <= LARGEST_DIFFERENCE:
        raise ValueError(f"{part} differs from its files by {difference:.2g} in a logit")
    return files


def vocabulary() -> dict[str, object]:
    """Return what has to be the same in the tokenizer and in a model."""
    return {
        "kinds": [[quality, bass] for quality, bass in chords.KINDS],
        "chords": chords.CHORD_COUNT,
        "durations": list(chords.DURATIONS),
        "positions": chords.POSITION_COUNT,
        "window": chords.WINDOW,
    }


def latent_statistics(network: nn.Module, pieces: Sequence[Piece]) -> dict[str, list[float]]:
    """Return where windows of pieces lie: mean and standard deviation of each latent number."""
    elements = all_windows(pieces, chords.WINDOW // 2)
    with torch.no_grad():
        mean, _ = _Encoder(network)(torch.from_numpy(elements))  # type: ignore[arg-type]
    return {
        "mean": [round(value, 4) for value in mean.mean(dim=0).tolist()],
        "deviation": [round(value, 4) for value in mean.std(dim=0).tolist()],
    }


def write_map(network: nn.Module, pieces: Sequence[Piece], folder: Path) -> None:
    """Write where windows of pieces lie in two latent numbers, and how minor each is.

    Args:
        network: An autoencoder of two latent numbers.
        pieces: Those that it learnt from.
        folder: The model's.
    """
    found = all_windows(pieces, chords.WINDOW // 2)
    elements = found[:: max(1, len(found) // MAP_POINTS)]
    with torch.no_grad():
        mean, _ = _Encoder(network)(torch.from_numpy(elements))  # type: ignore[arg-type]
    points = np.column_stack([mean.numpy(), _minor_shares(elements)])
    rows = [[round(value, 3) for value in row] for row in points.tolist()]
    text = json.dumps({"points": rows}, separators=(",", ":")) + "\n"
    (folder / MAP_FILE).write_text(text, encoding="ascii", newline="\n")


def _minor_shares(elements: chords.Elements) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return for each window the share of its time in which a minor chord sounds."""
    is_minor = np.array([kind.startswith("m") and "maj" not in kind for kind, _ in chords.KINDS])
    kinds = (elements[..., 0] - 1) % len(chords.KINDS)
    sounds = is_minor[kinds] & (elements[..., 0] != chords.NO_CHORD)
    beats = chords.lengths(elements)
    shares: np.ndarray[tuple[int], np.dtype[np.float64]] = (sounds * beats).sum(1) / beats.sum(1)
    return shares


def _export_autoencoder(network: ChordAutoencoder, encoder: Path, decoder: Path) -> float:
    elements = _elements()
    latent = torch.linspace(-1, 1, EXAMPLES * network.config.latent).view(EXAMPLES, -1)
    outputs = ["mean", "log_variance"]
    axes = {name: {0: "batch"} for name in ("elements", *outputs)}
    write_onnx(_Encoder(network).eval(), (elements,), encoder, ["elements"], outputs, axes)
    _halve(encoder)
    heads = ["chords", "durations"]
    axes = {name: {0: "batch"} for name in ("latent", *heads)}
    write_onnx(_Decoder(network).eval(), (latent,), decoder, ["latent"], heads, axes)
    _halve(decoder)
    served = OnnxLatentModel(open_session(encoder), open_session(decoder))
    with torch.no_grad():
        expected = [*network.encode(elements), *network.decode(latent)]
    found = [*served.encode(elements.numpy()), *served.decode(latent.numpy())]
    return _difference(expected, found)


def _export_continuation(network: ChordContinuation, path: Path) -> float:
    generator = torch.Generator().manual_seed(0)
    sizes = (
        chords.CHORD_COUNT,
        chords.DURATION_COUNT,
        chords.POSITION_COUNT,
        chords.POSITION_COUNT,
    )
    columns = [torch.randint(0, size, (EXAMPLES, 7), generator=generator) for size in sizes]
    features = torch.stack(columns, dim=-1)
    outputs = ["chords", "durations", "next_memory"]
    axes = {
        "features": {0: "batch", 1: "new"},
        "memory": {1: "batch"},
        "chords": {0: "batch", 1: "new"},
        "durations": {0: "batch", 1: "new"},
        "next_memory": {1: "batch"},
    }
    example = (features, network.silence(EXAMPLES))
    write_onnx(_Step(network).eval(), example, path, ["features", "memory"], outputs, axes)
    _halve(path)
    served = OnnxRecurrentModel(open_session(path))
    first, second = served.read(features[:, :4].numpy()), served.read(features[:, 4:].numpy())
    with torch.no_grad():
        expected = network(features)
    found = [np.concatenate(pair, axis=1) for pair in zip(first, second, strict=True)]
    return _difference(expected, found)


def _halve(path: Path) -> None:
    """Keep a file's large weights in half precision; they are widened when it is loaded."""
    model = onnx.load(str(path))
    kept, casts = [], []
    for weights in model.graph.initializer:
        values = numpy_helper.to_array(weights)
        if weights.data_type != TensorProto.FLOAT or values.size < FEWEST_HALVED:
            kept.append(weights)
            continue
        half = f"{weights.name}.half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [weights.name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    for field, content in ((model.graph.initializer, kept), (model.graph.node, nodes)):
        del field[:]
        field.extend(content)
    onnx.save(model, str(path))


def _elements() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    sizes = (chords.CHORD_COUNT, chords.DURATION_COUNT)
    columns = [
        torch.randint(0, size, (EXAMPLES, chords.WINDOW), generator=generator) for size in sizes
    ]
    return torch.stack(columns, dim=-1)


def _difference(
    expected: Sequence[Tensor], found: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]
) -> float:
    pairs = zip(expected, found, strict=True)
    return max(float(np.abs(one.numpy() - other).max()) for one, other in pairs)
