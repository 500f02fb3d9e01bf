from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig  # noqa: E402 (only where torch is)
from reprise.runtime.ensemble_files import open_ensemble  # noqa: E402
from reprise.runtime.ensemble_model import EnsembleModel  # noqa: E402
from reprise.tokenizers.ensemble import layout  # noqa: E402
from reprise.training.ensemble_graphs import Precision  # noqa: E402
from reprise.training.export_ensemble import export, network_logits, random_tokens  # noqa: E402

pytestmark = pytest.mark.torch

TINY = EnsembleNetworkConfig(
    width=64,
    layers=2,
    heads=4,
    key_heads=2,
    head_size=16,
    hidden=96,
    rows=layout.ROWS,
    tokens=layout.FEATURE_SIZES[0],
)


def network(config: EnsembleNetworkConfig = TINY) -> EnsembleNetwork:
    """Return a network whose norms are no ones, so that none can be left out unseen."""
    torch.manual_seed(3)
    made = EnsembleNetwork(config)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim == 1:
                parameter.uniform_(0.5, 1.5)
    return made.eval()


def model(folder: Path, precision: Precision = Precision.FP32) -> EnsembleModel:
    export(network(), folder, precision, precision)
    return open_ensemble(folder)


def test_the_graph_computes_what_the_network_does(tmp_path: Path) -> None:
    assert export(network(), tmp_path) < 1e-4


def test_a_prompt_of_many_chunks_is_read_as_the_network_reads_it(tmp_path: Path) -> None:
    features, times = random_tokens(300)

    found = model(tmp_path).prefill(features, times).logits

    expected = network_logits(network(), features, times)[-1]
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4])
def test_fewer_bits_still_say_nearly_the_same(tmp_path: Path, precision: Precision) -> None:
    features, times = random_tokens(200)

    found = model(tmp_path, precision).score(features, times, 199)

    expected = network_logits(network(), features, times)
    correlation = np.corrcoef(found.ravel(), expected.ravel())[0, 1]
    assert correlation > (0.999 if precision is Precision.INT8 else 0.95)
