from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch")

import tiny_chorales  # noqa: E402
from reprise.networks.chorale import (  # noqa: E402 (only where torch is)
    ChoraleNetwork,
    ChoraleNetworkConfig,
    InfillNetwork,
    NextNoteNetwork,
)
from reprise.tokenizers import chorale  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def next_note_network() -> NextNoteNetwork:
    torch.manual_seed(0)
    config = ChoraleNetworkConfig(chorale.NEXT_NOTE_SIZES, 4, width=32, layers=2, heads=2)
    network = NextNoteNetwork(config).eval()
    torch.nn.init.normal_(network.relative.intervals.weight)
    return network


def infill_network() -> InfillNetwork:
    torch.manual_seed(0)
    config = ChoraleNetworkConfig(chorale.INFILL_SIZES, 1, width=32, layers=2, heads=2)
    network = InfillNetwork(config).eval()
    torch.nn.init.normal_(network.relative.intervals.weight)
    return network


@pytest.mark.parametrize("stride", [1, 5, 40])
def test_steps_with_the_cache_equal_the_full_pass(stride: int) -> None:
    network = next_note_network()
    grid = tiny_chorales.chorale_grid(steps=10)
    features = torch.from_numpy(chorale.next_note_features(grid[None]))
    memory = torch.zeros(2, 2, 1, 2, 0, 16)

    parts = []
    for start in range(0, 40, stride):
        logits, memory = network.step(features[:, start : start + stride], memory)
        parts.append(logits)

    assert torch.allclose(torch.cat(parts, dim=1), network(features), atol=1e-4)


def test_what_comes_later_changes_no_earlier_prediction() -> None:
    network = next_note_network()
    features = torch.from_numpy(
        chorale.next_note_features(tiny_chorales.chorale_grid(steps=10)[None])
    )

    assert torch.allclose(network(features)[:, :20], network(features[:, :20]), atol=1e-4)


def test_a_hidden_cell_hears_what_comes_after_it() -> None:
    network = infill_network()
    grid = tiny_chorales.chorale_grid(steps=16)
    hidden = torch.zeros(1, 16, 4, dtype=torch.bool).numpy()
    hidden[0, 4, 1] = True
    other = grid.copy()
    other[12, 0] += 1

    first, second = (
        network(torch.from_numpy(chorale.infill_features(each[None], hidden)))
        for each in (grid, other)
    )

    assert first.shape == (1, 16, 4, chorale.CLASS_COUNT)
    assert not torch.allclose(first[0, 4, 1], second[0, 4, 1])


def test_interval_logits_follow_the_pitch_that_they_are_counted_from() -> None:
    relative = next_note_network().relative
    stream = torch.randn(1, relative.intervals.in_features)
    low = torch.tensor([[20, 22, 24, 10, 20]])

    first, second = relative(stream, low), relative(stream, low + 3)

    assert torch.allclose(first[0, 1:44], second[0, 4:], atol=1e-5)
    assert first[0, chorale.REST] == 0


def test_unknown_pitches_and_rests_give_no_interval_logits() -> None:
    relative = next_note_network().relative
    nothing = torch.tensor([[chorale.UNKNOWN, chorale.REST, 47, 0, 0]])

    assert relative(torch.randn(1, relative.intervals.in_features), nothing).abs().max() == 0


@pytest.mark.parametrize("network", [next_note_network(), infill_network()])
def test_a_softened_network_divides_its_logits_and_keeps_their_order(
    network: ChoraleNetwork,
) -> None:
    sizes = torch.tensor(network.config.feature_sizes)
    features = (torch.rand(2, 9, len(sizes)) * sizes).long()
    before = network(features)

    network.soften(2.0)

    assert torch.allclose(network(features), before / 2.0, atol=1e-4)
