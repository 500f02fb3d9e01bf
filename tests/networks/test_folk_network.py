import pytest

torch = pytest.importorskip("torch")

from reprise.networks.folk import FolkNetwork, FolkNetworkConfig  # noqa: E402 (only where torch is)

pytestmark = pytest.mark.torch

CLASSES = 58


def network(*, is_bidirectional: bool = True, attends: bool = False, cells: int = 8) -> FolkNetwork:
    torch.manual_seed(0)
    config = FolkNetworkConfig(
        CLASSES, cells=cells, is_bidirectional=is_bidirectional, attends=attends
    )
    return FolkNetwork(config).eval()


@pytest.mark.parametrize("is_bidirectional", [True, False])
@pytest.mark.parametrize("attends", [True, False])
def test_it_says_one_step_after_any_number_of_steps(
    *, is_bidirectional: bool, attends: bool
) -> None:
    model = network(is_bidirectional=is_bidirectional, attends=attends)

    for length in (1, 63):
        heard = torch.randint(0, CLASSES, (3, length))
        assert model(heard).shape == (3, CLASSES)


@pytest.mark.parametrize("is_bidirectional", [True, False])
def test_the_first_and_the_last_step_matter(*, is_bidirectional: bool) -> None:
    model = network(is_bidirectional=is_bidirectional)
    heard = torch.randint(2, CLASSES, (1, 12))

    for step in (0, 11):
        other = heard.clone()
        other[0, step] = 0
        assert not torch.allclose(model(heard), model(other))


def test_attention_sums_over_all_steps_by_weights_that_add_up_to_one() -> None:
    model = network(attends=True)
    assert model.weigh is not None
    with torch.no_grad():
        model.weigh.weight.zero_()
        heard = torch.randint(0, CLASSES, (2, 9))
        stream = model.letters[heard.transpose(0, 1)]
        for layer in model.layers:
            stream, _ = layer(stream)
        expected = model.answer(stream.mean(dim=0))

        assert torch.allclose(model(heard), expected, atol=1e-6)


def test_two_directions_of_half_the_cells_are_about_as_large_as_one() -> None:
    def size(model: FolkNetwork) -> int:
        return sum(parameter.numel() for parameter in model.parameters())

    both, one = network(cells=32), network(is_bidirectional=False, cells=64)

    assert 0.7 < size(both) / size(one) < 1.0


def test_answers_differ_while_it_learns_and_not_when_it_serves() -> None:
    model = network()
    heard = torch.randint(0, CLASSES, (4, 20))

    assert torch.equal(model(heard), model(heard))
    model.train()
    assert not torch.equal(model(heard), model(heard))
