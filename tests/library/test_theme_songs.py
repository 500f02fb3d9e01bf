"""POP909's songs for the theme networks: two tracks, whole bars of 4/4, from the melody on."""

import builders
from reprise.library import practice
from reprise.library.pieces import SourcePiece
from reprise.library.theme_songs import grid_song, number_of
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.tokenizers.theme_grid import Track

LATE = tuple(Note(note.start + 8.0, note.pitch, note.duration) for note in builders.melody(4))


def song(meter_map: MeterMap | None = None) -> Score:
    bridge = (Note(9.0, 70, 1.0),)
    piano = builders.line((48,) * 12, step=2.0)
    heard = builders.score(LATE, bridge, piano, length=28.0, names=("MELODY", "BRIDGE", "PIANO"))
    return Score(heard.voices, heard.length, meter_map or MeterMap())


def test_a_song_begins_with_its_melody_and_ends_with_it() -> None:
    found = grid_song(song(), (2, 4))
    assert found is not None
    assert (found.bars, found.themes) == (4, ((0, 2), (2, 4)))
    assert found.notes[0].start == 0


def test_the_bridge_is_left_out() -> None:
    found = grid_song(song(), (2,))
    assert found is not None
    assert {note.track for note in found.notes} == {Track.MELODY, Track.PIANO}
    assert all(note.pitch != 70 or note.track == Track.MELODY for note in found.notes)


def test_a_waltz_is_none() -> None:
    assert grid_song(song(MeterMap.constant(Meter(3, 4))), (2,)) is None


def test_a_song_without_a_melody_is_none() -> None:
    assert grid_song(builders.score(builders.melody(2), names=("PIANO",)), (0,)) is None


def test_a_theme_that_outlasts_the_melody_keeps_its_bars() -> None:
    found = grid_song(song(), (5,))
    assert found is not None
    assert found.bars == 5


def test_practice_songs_are_songs() -> None:
    assert all(grid_song(score, (0,)) is not None for score in practice.songs(2, seed=0))


def test_a_song_is_known_by_its_number() -> None:
    piece = SourcePiece("pop909/x", "pop909", "pop", "pop909/007", None, song(), (0, 0, 0))
    assert number_of(piece) == "007"
