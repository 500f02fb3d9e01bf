from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

import torch

from reprise.networks.bach import (
    CellNetwork,
    ConvolutionConfig,
    ConvolutionNetwork,
    TransformerConfig,
    TransformerNetwork,
)
from reprise.tokenizers import chorale

pytestmark = pytest.mark.torch

both = pytest.mark.parametrize("kind", ["convolutions", "transformer"])


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def network(kind: str) -> CellNetwork:
    torch.manual_seed(0)
    if kind == "convolutions":
        return ConvolutionNetwork(ConvolutionConfig(hidden=32)).eval()
    return TransformerNetwork(TransformerConfig(width=16, heads=2, hidden=32)).eval()


def cells(count: int = 60) -> torch.Tensor:
    return torch.randint(
        chorale.CLASS_COUNT, (2, count, 1), generator=torch.Generator().manual_seed(1)
    )


def test_the_sizes_are_those_of_the_text() -> None:
    convolutions = ConvolutionNetwork(ConvolutionConfig())
    learned = sum(each.numel() for each in convolutions.parameters() if each.requires_grad)

    assert convolutions.size == 396_810
    assert learned == 396_330
    assert TransformerNetwork(TransformerConfig()).size == 708_207


@both
@pytest.mark.parametrize("stride", [1, 7, 60])
def test_steps_with_a_memory_equal_the_full_pass(kind: str, stride: int) -> None:
    model, heard = network(kind), cells()
    memory = model.nothing(2)

    parts = []
    for start in range(0, 60, stride):
        logits, memory = model.step(heard[:, start : start + stride], memory)
        parts.append(logits)

    assert torch.allclose(torch.cat(parts, dim=1), model(heard), atol=1e-5)


@both
def test_what_comes_later_changes_no_earlier_prediction(kind: str) -> None:
    model, heard = network(kind), cells()
    other = heard.clone()
    other[:, 30:] = 0

    assert torch.allclose(model(heard)[:, :30], model(other)[:, :30], atol=1e-5)


@both
def test_silence_is_heard_like_any_other_class(kind: str) -> None:
    model, heard = network(kind), cells()
    heard[:, 10] = chorale.REST
    other = heard.clone()
    other[:, 10] = 20

    assert not torch.allclose(model(heard)[:, 12], model(other)[:, 12], atol=1e-5)


def test_every_position_of_a_window_has_a_row_of_its_own() -> None:
    model = network("transformer")
    same = torch.full((1, 131, 1), 20)

    found = model(same)

    assert not torch.allclose(found[0, 127], found[0, 130], atol=1e-6)
    assert not torch.allclose(found[0, 129], found[0, 130], atol=1e-6)


def test_the_second_bias_of_the_lstm_stays_at_nothing() -> None:
    model = ConvolutionNetwork(ConvolutionConfig(hidden=32))
    optimizer = torch.optim.NAdam(each for each in model.parameters() if each.requires_grad)
    with torch.enable_grad():
        torch.autograd.backward([model(cells()).square().mean()])
    optimizer.step()

    assert model.lstm.get_parameter("bias_hh_l0").abs().max() == 0
    assert model.lstm.get_parameter("bias_ih_l0").abs().max() > 0
