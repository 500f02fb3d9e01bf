from pathlib import Path

import numpy as np
import pytest

from reprise.errors import CorruptModelError
from reprise.runtime.ensemble_numpy import graph_weights
from reprise.runtime.onnx_weights import read_weights

onnx = pytest.importorskip("onnx")
pytest.importorskip("torch")

import tiny_ensembles  # noqa: E402 (only where the train extra is)
from reprise.training.ensemble_graphs import Precision  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("precision", list(Precision))
def test_constants_are_read_as_the_onnx_package_reads_them(
    tmp_path: Path, precision: Precision
) -> None:
    path = tiny_ensembles.write(tmp_path, precision) / f"{precision}.onnx"

    found = read_weights(path)

    constants = onnx.load(str(path)).graph.initializer
    assert set(found) == {constant.name for constant in constants}
    for constant in constants:
        expected = onnx.numpy_helper.to_array(constant)
        assert found[constant.name].dtype == expected.dtype
        assert np.array_equal(found[constant.name], expected)


@pytest.mark.parametrize(("precision", "error"), [("fp32", 1e-6), ("int8", 0.01), ("int4", 0.1)])
def test_weights_of_fewer_bits_are_near_the_whole_ones(
    tmp_path: Path, precision: str, error: float
) -> None:
    folder = tiny_ensembles.write(tmp_path, Precision(precision))

    found = graph_weights(read_weights(folder / f"{precision}.onnx"))

    for block in range(tiny_ensembles.shape().layers):
        name = f"blocks.{block}.feed_out"
        expected = tiny_ensembles.weights()[name + ".weight"].T
        assert np.abs(found[name] - expected).max() <= error * np.abs(expected).max()


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x3a\xff\xff\xff\x7f"])
def test_a_file_that_is_no_network_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(CorruptModelError, match=r"broken\.onnx cannot be read as a network"):
        read_weights(tmp_path / "broken.onnx")


def test_half_a_network_is_refused(tmp_path: Path) -> None:
    path = tiny_ensembles.write(tmp_path) / "fp32.onnx"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CorruptModelError):
        read_weights(path)
