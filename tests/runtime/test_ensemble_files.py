import sys
from pathlib import Path

import numpy as np
import pytest

from reprise.errors import CorruptModelError
from reprise.runtime.ensemble_files import open_ensemble

pytest.importorskip("torch")
pytest.importorskip("onnx")

import tiny_ensembles
from reprise.runtime.ensemble_numpy import NumpyEnsemble

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("settings", ["", "[]", "{}", '{"shape": {"width": "wide"}}', '"\\u00e9"'])
def test_broken_settings_are_refused_with_a_sentence(tmp_path: Path, settings: str) -> None:
    (tmp_path / "config.json").write_text(settings, encoding="utf-8")
    with pytest.raises(CorruptModelError, match="install the model again"):
        open_ensemble(tmp_path)


def test_a_missing_network_is_said_when_it_is_needed(tmp_path: Path) -> None:
    model = open_ensemble(tiny_ensembles.write(tmp_path))
    (tmp_path / "fp32.onnx").unlink()
    with pytest.raises(CorruptModelError, match=r"fp32\.onnx is missing"):
        model.prefill(*tiny_ensembles.tokens(3))


def test_numpy_serves_where_onnx_runtime_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tokens = tiny_ensembles.write(tmp_path), tiny_ensembles.tokens(20)
    expected = open_ensemble(folder).prefill(*tokens).logits

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    model = open_ensemble(folder)

    assert isinstance(model, NumpyEnsemble)
    assert np.abs(model.prefill(*tokens).logits - expected).max() < 1e-3
