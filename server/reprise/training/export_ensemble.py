"""Writes an ensemble network as a model's folder, which a server opens without torch.

The folder gets `config.json`, `vocabulary.json` and the graphs: one file where prompts and answers
are read with the same weights, else two. Card and hashes are the caller's.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from reprise.engines import checkpoint
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig
from reprise.runtime.ensemble_files import open_ensemble
from reprise.runtime.ensemble_model import EnsembleShape, Floats
from reprise.tokenizers.ensemble import layout
from reprise.training.ensemble_graphs import Precision, Weights, build

KIND = "ensemble"
LARGEST_DIFFERENCE = 1e-3
"""Largest difference of two logits of a network and of its graph in fp32."""

_CHECKED_TOKENS = 200
_CHECKED_PROMPT = 150


def export(
    network: EnsembleNetwork,
    folder: Path,
    prefill: Precision = Precision.INT8,
    decode: Precision = Precision.INT8,
    facts: Mapping[str, Any] | None = None,
) -> float:
    """Write a model's folder, after a check that its graph computes what the network does.

    Args:
        network: A trained network.
        folder: Where to write; its hashes are `checkpoint.write_sums`' to write.
        prefill: How the weights that read prompts are kept.
        decode: How the weights that write answers are kept.
        facts: What else `config.json` says, such as what the network was trained on.

    Returns:
        The largest difference of two logits of the network and of its graph in fp32.

    Raises:
        ValueError: They differ by more than `LARGEST_DIFFERENCE`.
    """
    shape, weights = shape_of(network.config), weights_of(network)
    with TemporaryDirectory() as beside:
        write_model(shape, weights, Path(beside), Precision.FP32, Precision.FP32)
        difference = largest_difference(network, Path(beside))
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{folder} differs from its network by {difference:.2g} in a logit")
    write_model(shape, weights, folder, prefill, decode, facts)
    return difference


def write_model(
    shape: EnsembleShape,
    weights: Weights,
    folder: Path,
    prefill: Precision,
    decode: Precision,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write the settings and graphs of a model; arguments as in `export`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"prefill": f"{prefill}.onnx", "decode": f"{decode}.onnx"}
    for precision in {prefill, decode}:
        onnx.save(build(shape, weights, precision), str(folder / f"{precision}.onnx"))
    config = {
        **(facts or {}),
        "kind": KIND,
        "shape": asdict(shape),
        "networks": files,
        "parameters": sum(int(weight.size) for weight in weights.values()),
    }
    vocabulary = {"tokens": shape.tokens, "feature_sizes": list(layout.FEATURE_SIZES)}
    checkpoint.write_settings(folder, config, vocabulary)


def shape_of(config: EnsembleNetworkConfig) -> EnsembleShape:
    """Return a network's shape, with how its heads turn."""
    by_index, by_time = layout.rates(config.head_size)
    still = np.zeros(len(by_index))
    return EnsembleShape(
        **asdict(config),
        index_rates=tuple(np.concatenate([by_index, still]).tolist()),
        time_rates=tuple(np.concatenate([still, by_time]).tolist()),
    )


def weights_of(network: EnsembleNetwork) -> Weights:
    """Return a network's weights by their names."""
    return {
        name: value.detach().float().cpu().numpy() for name, value in network.state_dict().items()
    }


def largest_difference(network: EnsembleNetwork, folder: Path) -> float:
    """Return by how much a logit of a network and of a model's folder differ at most.

    They read the same random tokens; the folder reads some as a prompt and the others one by one.
    """
    features, times = random_tokens(_CHECKED_PROMPT + _CHECKED_TOKENS)
    expected = network_logits(network, features, times)[_CHECKED_PROMPT - 1 :]
    model = open_ensemble(folder)
    prompt = model.prefill(features[:_CHECKED_PROMPT], times[:_CHECKED_PROMPT])
    decoder = model.decoder(prompt, 1, _CHECKED_TOKENS)
    found = [prompt.logits]
    for index in range(_CHECKED_PROMPT, len(times)):
        now = slice(index, index + 1)
        found.append(decoder.step(features[None, now], times[None, now])[0, 0])
    return float(np.abs(np.array(found) - expected).max())


def network_logits(network: EnsembleNetwork, features: NDArray[np.int64], times: Floats) -> Floats:
    """Return a network's logits (n, V) for one sequence, computed by torch."""
    angles = layout.angles(np.arange(len(times)), times, network.config.head_size)
    inputs = [
        torch.from_numpy(values)[None] for values in (features, np.cos(angles), np.sin(angles))
    ]
    with torch.no_grad():
        logits: Floats = network.eval()(*inputs)[0].numpy()
    return logits


def random_tokens(count: int, seed: int = 0) -> tuple[NDArray[np.int64], Floats]:
    """Return features (count, F) and times of tokens drawn from all values that each may take."""
    generator = np.random.default_rng(seed)
    columns = [generator.integers(0, size, count) for size in layout.FEATURE_SIZES]
    features = np.stack(columns, axis=1) + np.array(layout.OFFSETS)
    times = np.sort(generator.uniform(0.0, 64.0, count)).astype(np.float32)
    return features.astype(np.int64), times
