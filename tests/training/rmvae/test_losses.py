import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from torch import Tensor

from reprise.tokenizers import rmvae
from reprise.training.rmvae.losses import (
    activations,
    class_chances,
    harmony_loss,
    misses,
    pitch_classes,
    polyphonic_misses,
    rhythm_loss,
    scale_loss,
    true_activations,
)

pytestmark = pytest.mark.torch

C = 30
"""The number of middle C: MIDI 60 less the lowest pitch."""


def bar(*notes: tuple[int, int, int]) -> Tensor:
    """Activations (1, 4, 16, 58) of notes: voice, step, number of the pitch."""
    found = torch.zeros(1, 4, 16, rmvae.PITCH_COUNT)
    for voice, step, pitch in notes:
        found[0, voice, step, pitch] = 1.0
    return found


TRUTH = bar((0, 0, C), (1, 4, C + 4), (2, 8, C + 7))


def test_the_number_of_a_pitch_has_its_pitch_class() -> None:
    assert pitch_classes(bar((0, 0, C)))[0, 0, 0].tolist() == [1.0] + [0.0] * 11


def test_notes_of_the_scale_are_rewarded_and_others_punished() -> None:
    inside, outside = bar((0, 3, C + 12)), bar((0, 3, C + 1))

    assert scale_loss(inside, TRUTH).item() == pytest.approx(-1 / 3)
    assert scale_loss(outside, TRUTH).item() == pytest.approx(1 / 9)


def test_notes_in_the_rhythm_are_rewarded_and_others_punished() -> None:
    inside, outside = bar((3, 4, 0)), bar((3, 5, 0))

    assert rhythm_loss(inside, TRUTH).item() == pytest.approx(-1 / 3)
    assert rhythm_loss(outside, TRUTH).item() == pytest.approx(1 / 13)


def test_where_the_truth_is_silent_nothing_is_rewarded_or_punished() -> None:
    assert scale_loss(TRUTH, bar()).item() == 0.0
    assert rhythm_loss(TRUTH, bar()).item() == 0.0


@pytest.mark.parametrize(
    ("semitones", "is_punished"),
    [(0, False), (1, True), (2, True), (3, False), (4, False), (5, False), (6, True), (7, False)],
)
def test_semitones_tones_and_tritones_are_dissonant(semitones: int, is_punished: bool) -> None:
    found = harmony_loss(bar((0, 0, C), (1, 0, C + semitones))).item()

    assert (found > 0) is is_punished


def test_dissonances_one_after_the_other_are_a_melody() -> None:
    assert harmony_loss(bar((0, 0, C), (0, 4, C + 1))).item() == 0.0


@given(seed=st.integers(0, 1000))
def test_what_is_missed_is_the_class_s_surprise(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    said = torch.randn(3, rmvae.CLASS_COUNT, generator=generator)
    pitches = torch.randint(rmvae.PITCH_COUNT, (3,), generator=generator)
    strikes = torch.tensor([1, 0, 1])
    classes = torch.where(strikes > 0, pitches, rmvae.CONTINUE)

    chances = class_chances(said)

    assert torch.allclose(chances.exp().sum(-1), torch.ones(3), atol=1e-5)
    expected = -chances.gather(-1, classes[:, None])[:, 0]
    assert torch.allclose(misses(said, pitches, strikes), expected, atol=1e-5)


def test_activations_are_chances_that_a_note_begins() -> None:
    said = torch.zeros(1, rmvae.CLASS_COUNT)

    assert activations(said).sum().item() == pytest.approx(0.5)
    assert true_activations(torch.tensor([5]), torch.tensor([0])).sum() == 0


def test_a_polyphonic_writer_misses_less_the_nearer_it_comes() -> None:
    roll = torch.zeros(1, rmvae.PITCH_COUNT, 2)
    roll[0, 7] = torch.tensor([1.0, 4.0])
    near, far = torch.full_like(roll, -4.0), torch.full_like(roll, -4.0)
    near[0, 7], far[0, 7] = torch.tensor([4.0, 4.0]), torch.tensor([4.0, 12.0])

    missed = [polyphonic_misses(said.flatten(1), roll.flatten(1)).item() for said in (near, far)]

    assert missed[1] - missed[0] == pytest.approx(64 / 16)
