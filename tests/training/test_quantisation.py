import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

import tiny_ensembles  # noqa: E402 (only where the train extra is)
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig  # noqa: E402
from reprise.training.ensemble_graphs import Precision  # noqa: E402
from reprise.training.examples import Example  # noqa: E402
from reprise.training.quantisation import LARGEST_COST, cost, export_within  # noqa: E402

pytestmark = pytest.mark.torch


def network() -> EnsembleNetwork:
    shape = tiny_ensembles.shape()
    names = EnsembleNetworkConfig.__dataclass_fields__
    config = EnsembleNetworkConfig(**{name: getattr(shape, name) for name in names})
    made = EnsembleNetwork(config)
    weights = tiny_ensembles.weights().items()
    made.load_state_dict({name: torch.from_numpy(value) for name, value in weights})
    return made


def example(seed: int, answer: int = 40) -> Example:
    features, times = tiny_ensembles.tokens(120, seed)
    weights = np.ones(120, np.float32)
    return Example(features.astype(np.int32), times, weights, "infill", "pop", 120 - answer, 10)


def test_the_same_weights_cost_nothing(tmp_path: Path) -> None:
    folder = tiny_ensembles.write(tmp_path, Precision.FP32)
    found = cost(network(), folder, [example(1), example(2)])
    assert abs(found.share) < 1e-5


def test_eight_bits_cost_less_than_a_hundredth(tmp_path: Path) -> None:
    folder = tiny_ensembles.write(tmp_path, Precision.INT8)
    found = cost(network(), folder, [example(seed) for seed in range(4)])
    assert 0 < abs(found.share) < LARGEST_COST


def test_only_tokens_that_count_are_counted(tmp_path: Path) -> None:
    folder = tiny_ensembles.write(tmp_path)
    whole = example(1)
    none = Example(whole.features, whole.tau, np.zeros(120, np.float32), "infill", "pop", 80, 10)
    alone, together = (cost(network(), folder, found) for found in ([whole], [whole, none]))
    assert together.served == pytest.approx(alone.served)


def test_a_folder_is_written_in_eight_bits_where_they_cost_little(tmp_path: Path) -> None:
    difference, found = export_within(network(), tmp_path, [example(1), example(2)], {"by": "us"})

    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["networks"] == {"decode": "int8.onnx", "prefill": "int8.onnx"}
    assert config["quantisation_cost"] == pytest.approx(found.share, abs=1e-5)
    assert config["by"] == "us"
    assert difference < 1e-3


def test_weights_stay_whole_where_eight_bits_cost_too_much(tmp_path: Path) -> None:
    _, found = export_within(network(), tmp_path, [example(1)], {}, largest=-1.0)

    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["networks"] == {"decode": "fp32.onnx", "prefill": "fp32.onnx"}
    assert not (tmp_path / "int8.onnx").exists()
    assert abs(found.share) < 1e-5
