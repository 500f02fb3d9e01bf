"""Windows of the theme networks: full, shifted by one, transposed together with their theme."""

import numpy as np
import pytest

from reprise.errors import InvalidRequestError
from reprise.library import practice
from reprise.library.theme_songs import grid_song
from reprise.tokenizers import theme
from reprise.tokenizers.theme import BAR, KINDS, PAD, THEME_START, Kind, Tokens
from reprise.tokenizers.theme_grid import GridSong, Track
from reprise.training.theme.windows import Corpus, Windows, WindowSettings

SETTINGS = WindowSettings(batch=8, tokens=150, melody_share=0.5)


def songs(count: int = 4) -> list[GridSong]:
    found = [grid_song(score, range(0, 32, 4)) for score in practice.songs(count, seed=0)]
    return [song for song in found if song is not None]


def drawn(seed: int = 0, settings: WindowSettings = SETTINGS) -> Windows:
    return Corpus(songs(), settings).draw(np.random.default_rng(seed))


def pitches(tokens: Tokens) -> Tokens:
    found: Tokens = tokens[KINDS[tokens] == Kind.PITCH]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_every_token_of_a_window_is_learnt_from(seed: int) -> None:
    windows = drawn(seed)
    assert windows.targets.shape == (8, 150)
    assert (windows.targets != PAD).all()


def test_each_token_is_followed_by_the_next() -> None:
    windows = drawn()
    assert (windows.tokens[:, 1:] == windows.targets[:, :-1]).all()


def test_a_window_begins_with_the_tempo_and_then_a_bar_line_or_a_theme() -> None:
    windows = drawn()
    assert (KINDS[windows.tokens[:, 0]] == Kind.TEMPO).all()
    assert set(windows.targets[:, 0].tolist()) <= {BAR, THEME_START}


def test_places_are_those_of_the_whole_song() -> None:
    windows = drawn()
    for tokens, places in zip(windows.tokens, windows.theme_places, strict=True):
        starts = np.flatnonzero(tokens == THEME_START)
        assert (places[starts] == 1).all()
        following = starts[starts + 1 < len(places)]
        assert (places[following + 1] == 2).all()


def test_a_window_and_its_theme_are_transposed_alike() -> None:
    still = WindowSettings(batch=8, tokens=150, theme_share=1.0, furthest_transposition=0)
    moved = WindowSettings(batch=8, tokens=150, theme_share=1.0)
    assert not (drawn(0, still).tokens == drawn(0, moved).tokens).all()
    windows = drawn(3, moved)
    for tokens, given in zip(windows.tokens, windows.themes, strict=True):
        # The made-up theme comes back moved along the scale, so its home is compared by class.
        own = {int(pitch) % 127 for pitch in pitches(tokens)}
        assert {int(pitch) % 127 for pitch in pitches(given[given != PAD])} & own


def test_melodies_alone_have_a_theme_without_piano() -> None:
    windows = drawn(0, WindowSettings(batch=8, tokens=150, melody_share=1.0))
    last = theme.pitch_token(Track.MELODY, 127)
    assert (pitches(windows.tokens) <= last).all()
    assert (pitches(windows.themes) <= last).all()


def test_the_same_seed_draws_the_same_windows() -> None:
    assert (drawn(4).tokens == drawn(4).tokens).all()
    assert (drawn(4).tokens != drawn(5).tokens).any()


def test_songs_that_are_too_short_for_any_window_are_told() -> None:
    with pytest.raises(InvalidRequestError, match="shorter windows"):
        Corpus(songs(), WindowSettings(batch=2, tokens=100_000))


def test_windows_can_be_taken_apart() -> None:
    windows = drawn()
    part = windows.part(slice(2, 4))
    assert (part.tokens == windows.tokens[2:4]).all()
    assert (part.themes == windows.themes[2:4]).all()
