import pytest

import builders
from reprise.music.note import Note
from reprise.tokenizers.ensemble.vocabulary import Mode, velocity_bin
from reprise.tokenizers.ensemble.window import default_velocity, shift_to_c, tonic_shift


@pytest.mark.parametrize("tonic", range(12))
def test_the_shorter_way_to_c_ends_on_c(tonic: int) -> None:
    shift = shift_to_c(tonic)

    assert -6 <= shift <= 5
    assert (tonic + shift) % 12 == 0


@pytest.mark.parametrize("tonic", range(55, 67))
def test_the_same_tune_in_any_key_is_read_in_the_same_key(tonic: int) -> None:
    tune = builders.melody(4, tonic)
    shift, mode = tonic_shift(tune)
    reference, reference_mode = tonic_shift(builders.melody(4, 60))

    assert mode == reference_mode
    assert (tonic + shift - 60 - reference) % 12 == 0


def test_music_without_notes_stays_where_it_is() -> None:
    assert tonic_shift([]) == (0, Mode.NONE)


def test_the_default_velocity_is_the_commonest() -> None:
    assert default_velocity([100, 101, 40]) == velocity_bin(100)


def test_muted_notes_do_not_decide_the_key() -> None:
    muted = [Note(0.0, 61, 64.0, is_muted=True)]

    assert tonic_shift([*builders.melody(), *muted]) == tonic_shift(builders.melody())
