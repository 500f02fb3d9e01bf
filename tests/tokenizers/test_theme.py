"""The tokens of the theme networks: 1,033 of them, and back again without loss."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.tokenizers import theme
from reprise.tokenizers.theme import BAR, KINDS, THEME_END, THEME_START, Kind
from reprise.tokenizers.theme_grid import BAR_STEPS, GridNote, GridSong, Track

PLAYED = ((Track.PIANO, 40), (Track.PIANO, 50), (Track.MELODY, 45))
SIZES = {
    Kind.PAD: 1,
    Kind.PITCH: 3 * 127,
    Kind.DURATION: 3 * 64,
    Kind.VELOCITY: 3 * 126,
    Kind.TEMPO: 60,
    Kind.POSITION: 16,
    Kind.BAR: 1,
    Kind.PHRASE: 2,
    Kind.THEME_START: 1,
    Kind.THEME_END: 1,
}


@st.composite
def songs(draw: st.DrawFn) -> GridSong:
    """Songs of up to eight bars in which no two notes of a track begin alike."""
    bars = draw(st.integers(1, 8))
    places = st.tuples(
        st.integers(0, bars * BAR_STEPS - 1), st.sampled_from(Track), st.integers(1, 127)
    )
    rest = st.tuples(st.integers(1, 64), st.integers(1, 126))
    notes = draw(st.dictionaries(places, rest, max_size=30))
    firsts = draw(st.sets(st.integers(0, 3), max_size=4))
    themes = tuple((2 * first, 2 * first + 2) for first in sorted(firsts) if 2 * first + 2 <= bars)
    found = (GridNote(start, track, pitch, *told) for (start, track, pitch), told in notes.items())
    return GridSong(tuple(sorted(found)), bars, themes, 120.0)


def test_there_are_the_texts_1033_tokens() -> None:
    assert theme.VOCABULARY == 1033
    assert Counter(map(Kind, KINDS.tolist())) == SIZES


def test_tokens_stand_where_the_text_has_them() -> None:
    note = GridNote(0, Track.PIANO, 62, 1, 2)
    assert theme.pitch_token(Track.MELODY, 1) == 1
    assert theme.note_tokens(note) == (316, 510, 827)
    assert (theme.position_token(0), theme.BAR, THEME_START, THEME_END) == (1012, 1028, 1031, 1032)


@given(songs())
def test_a_song_comes_back_from_its_tokens(song: GridSong) -> None:
    assert theme.decode(theme.encode(song), song.tempo) == song


def test_a_theme_begins_before_its_bar_line_and_ends_behind_its_last_note() -> None:
    note = GridNote(20, Track.MELODY, 60, 2, 90)
    tokens = theme.encode(GridSong((note,), 3, ((1, 2),))).tolist()
    at = theme.position_token(4)
    assert tokens == [BAR, THEME_START, BAR, at, *theme.note_tokens(note), THEME_END, BAR]


def test_the_melody_goes_first_and_the_piano_from_the_top_down() -> None:
    notes = [GridNote(0, track, pitch, 1, 1) for track, pitch in PLAYED]
    song = theme.decode(theme.encode(GridSong(tuple(sorted(notes)), 1)))
    tokens = theme.encode(song)
    pitches = tokens[KINDS[tokens] == Kind.PITCH].tolist()
    assert pitches == [
        theme.pitch_token(Track.MELODY, 45),
        theme.pitch_token(Track.PIANO, 50),
        theme.pitch_token(Track.PIANO, 40),
    ]


def test_places_in_a_theme_count_from_its_start_and_are_0_outside() -> None:
    tokens = np.array([BAR, THEME_START, BAR, 1012, THEME_END, BAR])
    assert theme.theme_places(tokens).tolist() == [0, 1, 2, 3, 0, 0]


@given(songs(), st.integers(-3, 3))
def test_transposing_moves_pitches_and_nothing_else(song: GridSong, by: int) -> None:
    tokens = theme.encode(song)
    low, high = theme.pitch_range(tokens)
    if low + by < 1 or high + by > 127:
        return
    moved = theme.decode(theme.transposed(tokens, by), song.tempo)
    assert [note.pitch - by for note in moved.notes] == [note.pitch for note in song.notes]
    assert [note.start for note in moved.notes] == [note.start for note in song.notes]


@pytest.mark.parametrize("tempo", [17.0, 120.0, 194.0, 400.0, 5.0])
def test_a_tempo_is_told_to_the_nearest_three(tempo: float) -> None:
    told = theme.tempo_of(theme.tempo_token(tempo))
    assert abs(told - min(max(tempo, 17.0), 194.0)) <= 1.5


@pytest.mark.parametrize(
    "tokens",
    [
        [THEME_END],
        [BAR, theme.pitch_token(Track.MELODY, 60)],
        [BAR, 1012, theme.pitch_token(Track.MELODY, 60), theme.velocity_token(Track.MELODY, 1)],
        [
            BAR,
            1012,
            theme.pitch_token(Track.MELODY, 60),
            theme.duration_token(Track.PIANO, 1),
            theme.velocity_token(Track.MELODY, 1),
        ],
    ],
)
def test_tokens_that_are_no_music_are_refused(tokens: list[int]) -> None:
    with pytest.raises(ValueError, match=r"note|theme"):
        theme.decode(tokens)
