from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from reprise.networks.chords import (  # noqa: E402 (only where torch is)
    AutoencoderConfig,
    ChordAutoencoder,
    ChordContinuation,
    ContinuationConfig,
)
from reprise.tokenizers import chords  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def windows(count: int = 3, length: int = chords.WINDOW) -> Any:  # noqa: ANN401 (a tensor)
    generator = torch.Generator().manual_seed(1)
    sizes = (chords.CHORD_COUNT, chords.DURATION_COUNT)
    columns = [torch.randint(0, size, (count, length), generator=generator) for size in sizes]
    return torch.stack(columns, dim=-1)


def test_the_texts_autoencoder_is_one_linear_step_each_way() -> None:
    torch.manual_seed(0)
    config = AutoencoderConfig(
        latent=2,
        is_variational=False,
        hidden=(),
        chord_width=0,
        duration_width=0,
        step_width=0,
        dropout=0.0,
    )
    network = ChordAutoencoder(config).eval()
    flat = chords.WINDOW * (chords.CHORD_COUNT + chords.DURATION_COUNT)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    assert parameters == (2 * flat + 2) + (2 * flat + flat)
    mean, _ = network.encode(windows())
    assert mean.shape == (3, 2)
    assert mean.abs().max() < 1.0


@pytest.mark.parametrize("latent", [2, 32])
def test_a_window_becomes_a_few_numbers_and_as_many_logits_as_there_are_choices(
    latent: int,
) -> None:
    torch.manual_seed(0)
    network = ChordAutoencoder(AutoencoderConfig(latent, is_variational=True)).eval()
    mean, log_variance = network.encode(windows())
    assert mean.shape == log_variance.shape == (3, latent)
    chord_logits, duration_logits = network.decode(mean)
    assert chord_logits.shape == (3, chords.WINDOW, chords.CHORD_COUNT)
    assert duration_logits.shape == (3, chords.WINDOW, chords.DURATION_COUNT)


def test_only_a_network_in_training_draws_around_the_mean() -> None:
    torch.manual_seed(0)
    network = ChordAutoencoder(AutoencoderConfig(4, is_variational=True, dropout=0.0))
    first, again = network(windows())[0], network(windows())[0]
    assert not torch.equal(first, again)
    network.eval()
    assert torch.equal(network(windows())[0], network(windows())[0])


def test_reading_on_is_the_same_as_reading_at_once() -> None:
    torch.manual_seed(0)
    network = ChordContinuation(ContinuationConfig(8, 4, 16, 12)).eval()
    elements = windows(2, 9)
    places = torch.randint(0, chords.POSITION_COUNT, (2, 9, 2))
    features = torch.cat([elements, places], dim=-1)
    memory = network.silence(2)
    parts = []
    for start in (0, 4, 5):
        stop = {0: 4, 4: 5, 5: 9}[start]
        chord_logits, _, memory = network.step(features[:, start:stop], memory)
        parts.append(chord_logits)
    assert torch.allclose(torch.cat(parts, dim=1), network(features)[0], atol=1e-5)


def test_a_chord_and_its_length_are_features_of_one_step() -> None:
    network = ChordContinuation(ContinuationConfig(8, 4, 16, 12)).eval()
    features = torch.zeros(1, 5, 4, dtype=torch.int64)
    chord_logits, duration_logits = network(features)
    assert chord_logits.shape == (1, 5, chords.CHORD_COUNT)
    assert duration_logits.shape == (1, 5, chords.DURATION_COUNT)
