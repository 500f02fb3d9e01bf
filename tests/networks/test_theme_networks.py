"""The theme networks: the text's size, what each token may hear, and the gate."""

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from reprise.networks.theme import (
    TEXT_SIZE,
    PromptNetwork,
    ThemeNetwork,
    ThemeNetworkConfig,
    attend_in_rows,
)
from reprise.tokenizers.theme import PAD, VOCABULARY
from reprise.training.theme import training

pytestmark = pytest.mark.torch

SMALL = ThemeNetworkConfig(width=24, heads=3, hidden=32, encoder_layers=1, decoder_layers=2)
MOST_PARAMETERS = 3_000_000


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def network() -> ThemeNetwork:
    torch.manual_seed(0)
    return ThemeNetwork(SMALL).eval()


def size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def drawn(rows: int, length: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, VOCABULARY, (rows, length), generator=generator)


def test_the_text_s_network_has_11_59_million_parameters() -> None:
    assert size(ThemeNetwork(TEXT_SIZE)) == 11_587_081


def test_what_is_trained_is_small_and_its_baseline_of_the_same_size() -> None:
    sizes = {
        part: size(training.build(part, training.read_recipe(part).network))
        for part in ("theme", "prompt")
    }
    assert sizes["theme"] <= MOST_PARAMETERS
    assert abs(sizes["prompt"] / sizes["theme"] - 1.0) <= 0.05


def test_no_token_hears_what_comes_after_it() -> None:
    tokens, places, given = drawn(2, 20), torch.zeros(2, 20, dtype=torch.int64), drawn(2, 7)
    places[:, 3:9] = torch.arange(1, 7)
    changed = tokens.clone()
    changed[:, 12:] = drawn(2, 8, seed=5)
    model = network()
    first, second = model(tokens, places, given), model(changed, places, given)
    assert torch.allclose(first[:, :12], second[:, :12], atol=1e-5)
    assert not torch.allclose(first[:, 12:], second[:, 12:], atol=1e-3)


def test_the_theme_is_heard_inside_a_theme_and_nowhere_else() -> None:
    tokens, places = drawn(1, 20), torch.zeros(1, 20, dtype=torch.int64)
    model = network()
    outside = [model(tokens, places, drawn(1, 7, seed)) for seed in (1, 2)]
    assert torch.equal(*outside)
    places[:, 10:] = torch.arange(1, 11)
    inside = [model(tokens, places, drawn(1, 7, seed)) for seed in (1, 2)]
    assert torch.allclose(inside[0][:, :10], inside[1][:, :10], atol=1e-6)
    assert not torch.allclose(inside[0][:, 10:], inside[1][:, 10:], atol=1e-3)


def test_inside_a_theme_the_upper_layers_hear_nothing_but_the_theme() -> None:
    layer = network().decoder[-1]
    assert layer.is_exclusive
    stream, stated = torch.randn(1, 4, 24), torch.randn(1, 4, 24)
    gate = torch.ones(1, 4, 1)
    heard = [torch.randn(1, 4, 24) for _ in range(2)]
    assert torch.equal(layer(stream, heard[0], stated, gate), layer(stream, heard[1], stated, gate))
    assert not torch.equal(
        layer(stream, heard[0], stated, 1 - gate), layer(stream, heard[1], stated, 1 - gate)
    )


def test_half_of_the_layers_are_exclusive() -> None:
    layers = ThemeNetwork(TEXT_SIZE).decoder
    assert [layer.is_exclusive for layer in layers] == [False] * 3 + [True] * 3


def test_what_fills_up_a_theme_is_not_heard() -> None:
    tokens, given = drawn(1, 12), drawn(1, 7)
    places = torch.arange(1, 13)[None]
    longer = torch.cat([given, torch.full((1, 5), PAD)], dim=1)
    model = network()
    assert torch.allclose(model(tokens, places, given), model(tokens, places, longer), atol=1e-5)


@pytest.mark.parametrize("length", [5, 128, 150])
def test_attention_in_rows_is_the_same_attention(length: int) -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, length, 8) for _ in range(3))
    attention = nn.functional.scaled_dot_product_attention
    found = attend_in_rows(query, (key, value), None).float()
    assert torch.allclose(found, attention(query, key, value, is_causal=True), atol=0.05)
    mask = torch.ones(2, 1, 1, length, dtype=torch.bool)
    mask[1, :, :, length // 2 :] = False
    found = attend_in_rows(query, (key, value), mask).float()
    assert torch.allclose(found, attention(query, key, value, mask), atol=0.05)


def test_the_baseline_hears_its_prompt_and_no_future() -> None:
    torch.manual_seed(0)
    model = PromptNetwork(SMALL).eval()
    tokens = drawn(1, 16)
    changed = tokens.clone()
    changed[:, 0] = tokens[:, 0] % (VOCABULARY - 1) + 1
    assert not torch.allclose(model(tokens)[:, -1], model(changed)[:, -1], atol=1e-4)
    changed = tokens.clone()
    changed[:, -1] = tokens[:, -1] % (VOCABULARY - 1) + 1
    assert torch.allclose(model(tokens)[:, :-1], model(changed)[:, :-1], atol=1e-5)
