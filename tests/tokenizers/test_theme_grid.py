"""Songs on the theme networks' grid: nearest 16ths, one note a place, cuts that leave no tails."""

import pytest

from reprise.music.note import Note
from reprise.tokenizers.theme_grid import GridNote, GridSong, Track, melodic_bars, on_grid


def test_notes_go_to_the_nearest_sixteenth() -> None:
    found = on_grid([Note(0.95, 60, 0.6, 127), Note(2.0, 0, 0.01)], Track.MELODY)
    assert found == [
        GridNote(4, Track.MELODY, 60, 2, 126),
        GridNote(8, Track.MELODY, 1, 1, 100),
    ]


def test_of_notes_that_fall_on_one_another_the_longest_stays() -> None:
    found = on_grid([Note(0.0, 60, 1.0), Note(0.05, 60, 2.0)], Track.PIANO)
    assert [(note.start, note.duration) for note in found] == [(0, 8)]


def test_a_very_long_note_lasts_four_bars() -> None:
    assert on_grid([Note(0.0, 60, 40.0)], Track.PIANO)[0].duration == 64


def test_a_cut_song_begins_at_0_and_nothing_rings_past_its_end() -> None:
    notes = tuple(GridNote(start, Track.MELODY, 60, 40, 90) for start in (0, 16, 40, 64))
    song = GridSong(notes, 5, ((0, 2), (1, 3), (3, 5))).cut(1, 3)
    assert [(note.start, note.duration) for note in song.notes] == [(0, 32), (24, 8)]
    assert (song.bars, song.themes) == (2, ((0, 2),))


def test_the_first_theme_is_a_song_that_is_all_theme() -> None:
    notes = tuple(GridNote(16 * bar, Track.MELODY, 60 + bar, 4, 90) for bar in range(6))
    theme = GridSong(notes, 6, ((2, 4), (4, 6))).first_theme
    assert [note.pitch for note in theme.notes] == [62, 63]
    assert theme.themes == ((0, 2),)


def test_a_song_without_a_theme_has_no_first_one() -> None:
    with pytest.raises(ValueError, match="no theme"):
        _ = GridSong((), 2).first_theme


def test_melodic_bars_reach_from_the_first_to_the_last_note_of_the_melody() -> None:
    notes = [
        GridNote(0, Track.PIANO, 40, 4, 90),
        GridNote(20, Track.MELODY, 60, 4, 90),
        GridNote(50, Track.MELODY, 60, 4, 90),
    ]
    assert melodic_bars(notes) == (1, 4)
    with pytest.raises(ValueError, match="melody"):
        melodic_bars(notes[:1])


def test_one_track_can_be_taken_alone() -> None:
    notes = (GridNote(0, Track.MELODY, 60, 4, 90), GridNote(0, Track.PIANO, 40, 4, 90))
    assert GridSong(notes, 1).only(Track.PIANO).notes == notes[1:]
