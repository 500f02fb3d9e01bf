from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

import tiny_ensembles  # noqa: E402 (only where the train extra is)
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig  # noqa: E402
from reprise.runtime.ensemble_files import open_ensemble  # noqa: E402
from reprise.training.torch_ensemble import TorchEnsemble  # noqa: E402

pytestmark = pytest.mark.torch


def torch_model() -> TorchEnsemble:
    shape = tiny_ensembles.shape()
    fields = EnsembleNetworkConfig.__dataclass_fields__
    network = EnsembleNetwork(
        EnsembleNetworkConfig(**{name: getattr(shape, name) for name in fields})
    )
    weights = tiny_ensembles.weights()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return TorchEnsemble(network)


def test_torch_and_onnx_runtime_agree_over_a_long_answer(tmp_path: Path) -> None:
    served, model = open_ensemble(tiny_ensembles.write(tmp_path)), torch_model()
    features, times = tiny_ensembles.tokens(400)
    prompts = [one.prefill(features[:200], times[:200]) for one in (served, model)]
    assert np.abs(prompts[0].logits - prompts[1].logits).max() < 1e-3

    decoders = [one.decoder(prompt, 2, 200) for one, prompt in zip((served, model), prompts)]
    for index in range(200, 400):
        now = np.array([[index], [index - 1]])
        one, other = (decoder.step(features[now], times[now]) for decoder in decoders)
        assert np.abs(one - other).max() < 1e-3


def test_several_tokens_at_once_are_read_in_their_order() -> None:
    model = torch_model()
    features, times = tiny_ensembles.tokens(60)

    at_once = model.score(features, times, 40)

    decoder = model.decoder(model.prefill(features[:20], times[:20]), 1, 40)
    for index in range(20, 60):
        now = np.array([[index]])
        logits = decoder.step(features[now], times[now])[0, 0]
        assert np.abs(logits - at_once[index - 19]).max() < 1e-4
