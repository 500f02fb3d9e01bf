import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from reprise.errors import CorruptModelError  # noqa: E402
from reprise.networks import ensemble  # noqa: E402 (only where torch is)
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig, load, save  # noqa: E402  # noqa: E402
from reprise.tokenizers.ensemble import layout, vocabulary  # noqa: E402
from reprise.training.ensemble import SIZES, parameter_count, read_recipe  # noqa: E402

pytestmark = pytest.mark.torch

SMALL = EnsembleNetworkConfig(
    width=32,
    layers=2,
    heads=4,
    key_heads=2,
    head_size=8,
    hidden=48,
    rows=layout.ROWS,
    tokens=vocabulary.SIZE,
)


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def small_network() -> EnsembleNetwork:
    torch.manual_seed(0)
    return EnsembleNetwork(SMALL).eval()


def random_inputs(batch: int, length: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    random = np.random.default_rng(seed)
    columns = [random.integers(size, size=(batch, length)) for size in layout.FEATURE_SIZES]
    features = np.stack(columns, axis=-1) + np.array(layout.OFFSETS)
    ticks = np.sort(random.integers(0, 400, (batch, length)), axis=1)
    times = (ticks / 24).astype(np.float32)
    places = np.broadcast_to(np.arange(length), (batch, length))
    angles = torch.from_numpy(layout.angles(places, times, SMALL.head_size))
    return torch.from_numpy(features), angles.cos(), angles.sin()


def test_what_comes_later_changes_no_earlier_prediction() -> None:
    network = small_network()
    features, cosines, sines = random_inputs(2, 30)

    whole = network(features, cosines, sines)
    part = network(features[:, :17], cosines[:, :17], sines[:, :17])

    assert whole.shape == (2, 30, vocabulary.SIZE)
    assert torch.allclose(whole[:, :17], part, atol=1e-5)


def test_a_sequence_is_predicted_alike_alone_and_beside_others() -> None:
    network = small_network()
    inputs = random_inputs(4, 20)

    together = network(*inputs)
    alone = network(*(part[2:3] for part in inputs))

    assert torch.allclose(together[2:3], alone, atol=1e-5)


@pytest.mark.parametrize("length", [4, 7, 64, 65])
def test_hearing_in_parts_is_hearing_at_once(length: int) -> None:
    torch.manual_seed(1)
    query = torch.randn(2, 4, length, 8)
    key, value = torch.randn(2, 2, length, 8), torch.randn(2, 2, length, 8)

    at_once = ensemble.listen_at_once(query, key, value)
    in_parts = ensemble.listen_in_parts(query, key, value)

    assert torch.allclose(at_once, in_parts, atol=1e-5)


def test_training_and_serving_predict_the_same() -> None:
    network = small_network()
    inputs = random_inputs(2, 33)

    assert torch.allclose(network.train()(*inputs), network.eval()(*inputs), atol=1e-5)


def test_only_the_distance_in_time_and_place_matters_to_what_is_heard() -> None:
    random = np.random.default_rng(2)
    query, key = torch.from_numpy(random.standard_normal((2, 1, 1, 1, 8)).astype(np.float32))

    def heard(shift: int) -> float:
        places, times = np.array([10, 4]) + shift, np.array([6.5, 2.25], np.float32) + shift
        angles = torch.from_numpy(layout.angles(places, times, 8))[:, None, None, None]
        turned = [
            ensemble.rotate(vector, (angles[index].cos(), angles[index].sin()))
            for index, vector in enumerate((query, key))
        ]
        return float((turned[0] * turned[1]).sum())

    assert heard(0) == pytest.approx(heard(32), abs=1e-4)
    assert heard(0) != pytest.approx(float((query * key).sum()), abs=1e-2)


def test_every_feature_of_a_token_is_heard() -> None:
    network = small_network()
    features, cosines, sines = random_inputs(1, 5)
    before = network(features, cosines, sines)

    for feature, (offset, size) in enumerate(
        zip(layout.OFFSETS, layout.FEATURE_SIZES, strict=True)
    ):
        other = features.clone()
        other[0, 2, feature] = offset + (other[0, 2, feature] - offset + 1) % size
        after = network(other, cosines, sines)
        assert torch.equal(after[:, :2], before[:, :2])
        assert not torch.allclose(after[:, 2:], before[:, 2:], atol=1e-4)


def test_logits_stay_within_their_bounds() -> None:
    network = small_network()
    network.table.mul_(1000.0)

    assert network(*random_inputs(1, 9)).abs().max() <= ensemble.LARGEST_LOGIT


def test_a_saved_network_predicts_the_same_when_it_is_read(tmp_path: Path) -> None:
    network = small_network()
    inputs = random_inputs(1, 12)

    save(network, tmp_path / "nétwork.safetensors")
    again = load(tmp_path / "nétwork.safetensors")

    assert again.config == SMALL
    assert torch.equal(again(*inputs), network(*inputs))


def test_the_four_sizes_have_the_parameters_that_they_are_named_for() -> None:
    counts = {size: parameter_count(EnsembleNetwork(read_recipe(size).network)) for size in SIZES}

    millions = [round(count / 1e6, 1) for count in counts.values()]
    assert millions == [0.8, 2.6, 16.2, 34.4]


@pytest.mark.parametrize("kept", [0, 7, 200, -10])
def test_a_damaged_network_file_is_named(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "mine" / "network.safetensors"
    path.parent.mkdir()
    save(small_network(), path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(CorruptModelError, match=r"mine/network\.safetensors"):
        load(path)


def test_a_pickle_in_place_of_a_network_is_refused_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    path.write_bytes(pickle.dumps(_Bomb()))

    with pytest.raises(CorruptModelError):
        load(path)


class _Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a pickle was run",))
