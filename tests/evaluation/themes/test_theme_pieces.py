"""Pieces of the theme study: the same beginning for every network, 32 bars, repeatable."""

import numpy as np
import pytest

import tiny_themes
from reprise.evaluation.themes.theme_likelihood import held_out_loss
from reprise.evaluation.themes.theme_pieces import (
    PIECE_BARS,
    StudySong,
    after_theme,
    melody_of,
    played,
    study_song,
    written_pieces,
)
from reprise.library import practice
from reprise.library.theme_songs import grid_song
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers.theme import VOCABULARY
from reprise.tokenizers.theme_grid import GridNote, GridSong, Track

NOTHING = 0.0


def study_songs(count: int = 2) -> list[StudySong]:
    found = [grid_song(score, range(4, 32, 4)) for score in practice.songs(count, seed=1)]
    return [study_song(f"{number:03}", song) for number, song in enumerate(found) if song]


def model(*, takes_theme: bool = True, spread: float = 3.0) -> ThemeModel:
    step = tiny_themes.FakeStep(takes_theme=takes_theme, spread=spread)
    return ThemeModel(step, tiny_themes.FakeRead() if takes_theme else None, context=512)


def check() -> None:
    """Never stop."""


def test_a_study_song_begins_with_its_theme_and_is_no_longer_than_asked() -> None:
    song = study_songs()[0]
    assert song.song.themes[0] == (0, 2)
    assert song.song.bars == 28
    assert song.theme.bars == 2


@pytest.mark.parametrize("takes_theme", [True, False])
def test_every_network_begins_with_the_theme_as_it_stands(takes_theme: bool) -> None:
    songs = study_songs()
    for song, piece in zip(songs, written_pieces(model(takes_theme=takes_theme), songs, 0, check)):
        assert piece.bars == PIECE_BARS
        assert piece.cut(0, 2).notes == song.theme.notes
        assert piece.themes[0] == (0, 2)
        assert max(note.start + note.duration for note in piece.notes) <= 16 * PIECE_BARS


def test_a_song_s_piece_depends_on_no_other_song() -> None:
    songs = study_songs(3)
    together = written_pieces(model(), songs, 5, check)
    assert written_pieces(model(), songs[2:], 5, check) == together[2:]


def test_seeds_differ() -> None:
    songs = study_songs(1)
    assert written_pieces(model(), songs, 0, check) != written_pieces(model(), songs, 1, check)


def test_what_is_measured_leaves_the_given_theme_out() -> None:
    notes = tuple(GridNote(16 * bar, Track.MELODY, 60 + bar, 4, 90) for bar in range(6))
    rest = after_theme(GridSong(notes, 6, ((0, 2), (4, 6))))
    assert (rest.bars, rest.themes) == (4, ((2, 4),))
    assert [note.start for note in melody_of(rest)] == [0.0, 4.0, 8.0, 12.0]
    piece = played(rest)
    assert (piece.length, piece.regions) == (16.0, ((2, 4),))


def test_a_network_that_knows_nothing_finds_all_tokens_equally_likely() -> None:
    indifferent = model(spread=NOTHING)
    assert held_out_loss(indifferent, study_songs()) == pytest.approx(np.log(VOCABULARY))


def test_a_network_s_loss_is_that_of_the_tokens_that_came() -> None:
    songs = study_songs(1)
    assert held_out_loss(model(), songs) != pytest.approx(np.log(VOCABULARY), abs=0.1)
