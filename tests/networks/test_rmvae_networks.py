from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from reprise.networks.rmvae import (
    Beliefs,
    Kind,
    Known,
    Rmvae,
    RmvaeConfig,
    divergence,
    product_of_experts,
    text_config,
)
from reprise.networks.rmvae_voices import VoiceSizes, stacked
from reprise.tokenizers import rmvae

pytestmark = pytest.mark.torch

SIZES = VoiceSizes((8, 6), (5, 5), (7,), dropout=0.0)
CONVOLUTIONS = VoiceSizes((), (), (7, 6), ((2, 3), (4,)), dropout=0.0)
KINDS: tuple[Kind, ...] = ("listening", "recurrent", "convolutional")
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def config(kind: Kind = "listening") -> RmvaeConfig:
    sizes = CONVOLUTIONS if kind == "convolutional" else SIZES
    return RmvaeConfig(kind, sizes, sizes, latent=4, memory=(6, 6))


def network(settings: RmvaeConfig | None = None) -> Rmvae:
    torch.manual_seed(0)
    return Rmvae(settings or config()).eval()


def frames(bars: int = 5, features: int = rmvae.CLASS_COUNT, voices: int = 4) -> Tensor:
    shape = (2, bars, voices, rmvae.BAR_STEPS, features)
    return torch.rand(shape, generator=torch.Generator().manual_seed(1)).round()


def told(model: Rmvae, music: Tensor, heard: Tensor, stands: Tensor) -> Tensor:
    noise = torch.zeros(2, *music.shape[:2], model.config.latent)
    return model.told(model.read(music), heard, stands, noise)[0]


def everyone(bars: int = 5, voices: int = 4) -> Tensor:
    return torch.ones(2, bars, voices)


def nothing_known(rows: int = 3, voices: int = 4) -> Known:
    shape = (rows, voices, rmvae.BAR_STEPS, voices)
    return Known(torch.full(shape, rmvae.UNKNOWN_PITCH), torch.full(shape, rmvae.UNKNOWN_STRIKE))


@pytest.mark.parametrize(
    ("size", "parameters"),
    [
        ("small", 15_867_372),
        ("medium", 22_093_036),
        ("large", 37_331_052),
        ("convolutional", 14_832_272),
    ],
)
def test_the_sizes_of_the_text_can_be_built(size: str, parameters: int) -> None:
    settings = text_config(size)
    with torch.device("meta"):
        found = sum(each.numel() for each in Rmvae(settings).parameters())

    assert found == parameters
    assert settings.memory == (1024, 1024)
    assert settings.latent == 256


def experts(count: int) -> Beliefs:
    generator = torch.Generator().manual_seed(count)
    means = torch.randn(2, count, 4, generator=generator)
    return Beliefs(means, torch.rand(2, count, 4, generator=generator) + 0.1)


def test_without_experts_nothing_is_believed_but_the_prior() -> None:
    found = product_of_experts(experts(3), torch.zeros(2, 3))

    assert torch.allclose(found.mean, torch.zeros(2, 4))
    assert torch.allclose(found.deviation, torch.ones(2, 4))


def test_a_missing_expert_is_not_heard() -> None:
    three = experts(3)
    is_there = torch.tensor([[1.0, 0.0, 1.0]]).expand(2, 3)
    two = Beliefs(three.mean[:, ::2], three.deviation[:, ::2])

    found, expected = product_of_experts(three, is_there), product_of_experts(two, torch.ones(2, 2))

    assert torch.allclose(found.mean, expected.mean)
    assert torch.allclose(found.deviation, expected.deviation)


def test_the_product_is_that_of_the_densities() -> None:
    means, deviations = torch.tensor([[[2.0], [-1.0]]]), torch.tensor([[[0.5], [2.0]]])

    found = product_of_experts(Beliefs(means, deviations), torch.ones(1, 2))

    # Precisions 4 and 1/4, and 1 of the prior.
    assert found.deviation.item() == pytest.approx((4 + 0.25 + 1) ** -0.5, rel=1e-4)
    assert found.mean.item() == pytest.approx((4 * 2.0 - 0.25) / 5.25, rel=1e-4)


def test_no_belief_is_nearer_to_the_prior_than_the_prior() -> None:
    prior = Beliefs(torch.zeros(3, 4), torch.ones(3, 4))

    assert torch.allclose(divergence(prior), torch.zeros(3))
    assert (divergence(experts(3)) > 0).all()


def test_a_voice_that_is_missing_changes_nothing() -> None:
    model, music = network(), frames()
    heard = everyone()
    heard[:, :, 1] = 0.0
    other = music.clone()
    other[:, :, 1] = 1.0 - other[:, :, 1]

    assert torch.equal(told(model, music, heard, heard), told(model, other, heard, heard))
    assert not torch.equal(
        told(model, music, everyone(), heard), told(model, other, everyone(), heard)
    )


@pytest.mark.parametrize("offset", [1, 2])
def test_a_bar_is_told_from_the_bars_before_it_alone(offset: int) -> None:
    model, music = network(replace(config(), offset=offset)), frames()
    other = music.clone()
    other[:, 2] = 1.0 - other[:, 2]
    nobody = torch.zeros(2, 5, 4)

    found, changed = (told(model, one, everyone(), nobody) for one in (music, other))

    first_changed = 2 + offset
    assert torch.equal(found[:, :first_changed], changed[:, :first_changed])
    assert not torch.allclose(found[:, first_changed], changed[:, first_changed])


def test_what_stands_of_a_bar_is_heard_when_it_is_written() -> None:
    model, music = network(), frames()
    other = music.clone()
    other[:, 4, 3] = 1.0 - other[:, 4, 3]
    bass = torch.zeros(2, 5, 4)
    bass[:, :, 3] = 1.0

    found, changed = (told(model, one, everyone(), bass) for one in (music, other))

    assert torch.equal(found[:, :4], changed[:, :4])
    assert not torch.allclose(found[:, 4], changed[:, 4])


def test_the_bar_before_is_an_expert_of_the_recurrent_product_alone() -> None:
    music, nobody = frames(), torch.zeros(2, 5, 4)
    heard = everyone()
    heard[:, 1:] = 0.0

    beliefs = [
        model.joint(model.read(music), heard)
        for model in (network(), network(replace(config(), has_recurrent_product=False)))
    ]

    assert not torch.allclose(beliefs[0].mean[:, 1], torch.zeros(2, 4))
    assert torch.allclose(beliefs[1].mean[:, 1], torch.zeros(2, 4))
    assert told(network(), music, heard, nobody).shape == (2, 5, 6 + 4)


@every_kind
@pytest.mark.parametrize("encoding", ["monophonic", "polyphonic"])
def test_every_kind_says_something_of_every_step(kind: Kind, encoding: str) -> None:
    voices = 4 if encoding == "monophonic" else 2
    settings = replace(config(kind), voices=voices)
    if encoding == "polyphonic":
        settings = replace(settings, encoding="polyphonic")
    model = network(settings)
    music = frames(3, settings.features, voices)
    bars = told(model, music, everyone(3, voices), torch.zeros(2, 3, voices))

    said = model.write(bars[:, -1], nothing_known(2, voices))

    assert said.shape == (2, voices, rmvae.BAR_STEPS, settings.features)
    assert not torch.allclose(said[0], said[1])


def test_a_writer_hears_no_step_before_it_stands() -> None:
    model = network()
    bars = torch.randn(3, 6 + 4)
    known = nothing_known()
    other = Known(known.pitches.clone(), known.strikes.clone())
    other.pitches[:, :, 9] = 20

    said, changed = model.write(bars, known), model.write(bars, other)

    assert torch.equal(said[:, :, :9], changed[:, :, :9])
    assert not torch.allclose(said[:, :, 9], changed[:, :, 9])


def test_layers_of_one_memory_have_one_width() -> None:
    with pytest.raises(ValueError, match="one width"):
        stacked(3, (4, 5), is_both_ways=False)
