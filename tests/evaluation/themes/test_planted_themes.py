import numpy as np
import pytest

from reprise.evaluation.themes.planted_themes import (
    BAR_RHYTHMS,
    BAR_STEPS,
    FORMS,
    made_up,
    planted_song,
    planted_songs,
    varied,
)
from reprise.music.key import Key


def test_the_theme_stands_where_the_form_says() -> None:
    song = planted_song("ABaCA", np.random.default_rng(1))

    assert song.bars == (0, 4, 8)
    assert song.length == 40.0
    first = [(note.start, note.pitch, note.duration) for note in song.notes if note.start < 8.0]
    last = [(note.start - 32.0, note.pitch, note.duration) for note in song.notes[-len(first) :]]
    assert first == last


def test_songs_of_a_seed_are_the_same_and_of_another_are_not() -> None:
    assert planted_songs(8, 1) == planted_songs(8, 1)
    assert planted_songs(8, 1) != planted_songs(8, 2)


def test_every_form_comes_equally_often() -> None:
    forms = [song.form for song in planted_songs(8, 1)]

    assert {form: forms.count(form) for form in forms} == dict.fromkeys(FORMS, 2)


def test_bars_are_full() -> None:
    assert {sum(rhythm) for rhythm in BAR_RHYTHMS} == {BAR_STEPS}


@pytest.mark.parametrize("seed", range(20))
def test_a_varied_theme_is_never_the_theme_and_made_up_bars_are_in_key(seed: int) -> None:
    randomness = np.random.default_rng(seed)
    theme = made_up(3, randomness)

    assert all(Key(3).contains(note.pitch) for note in theme)
    assert sum(varied(theme, 3, randomness) != theme for _ in range(20)) >= 18
