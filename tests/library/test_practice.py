"""Music made up by rule: plain, the same for the same seed, and what each training expects."""

import pytest

from reprise.library import practice
from reprise.music.edges import is_monophonic
from reprise.tokenizers import chorale


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_made_up_hymns_have_four_voices_in_their_order_and_range(seed: int) -> None:
    for grid in practice.chorales(5, seed):
        pitches = chorale.pitches_from_classes(grid)
        assert pitches.shape == (64, 4)
        assert (pitches[:, :-1] >= pitches[:, 1:] - 4).all()
        assert len({tuple(row) for row in pitches.tolist()}) > 4


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_made_up_tunes_bring_their_first_bars_back(seed: int) -> None:
    for tune in practice.tunes(5, seed):
        notes = tune.voices[0].notes
        assert is_monophonic(notes)
        first = [(note.start, note.pitch) for note in notes if note.start < 16.0]
        again = [(note.start - 16.0, note.pitch) for note in notes if 16.0 <= note.start < 32.0]
        assert first == again


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_made_up_songs_bring_their_theme_back_in_its_rhythm(seed: int) -> None:
    for song in practice.songs(3, seed):
        assert [voice.name for voice in song.voices] == ["MELODY", "BRIDGE", "PIANO"]
        starts = [note.start for note in song.voices[0].notes]
        theme = [start for start in starts if start < 8.0]
        for bar in range(4, practice.SONG_BARS, 4):
            at = 4.0 * bar
            assert [start - at for start in starts if at <= start < at + 8.0] == theme


def test_made_up_progressions_are_block_chords_that_come_home() -> None:
    for progression in practice.progressions(5, seed=4):
        notes = progression.voices[0].notes
        onsets = sorted({note.start for note in notes})
        chords = [[note.pitch for note in notes if note.start == onset] for onset in onsets]
        assert {len(chord) for chord in chords} == {4}
        assert chords[0][0] % 12 == chords[-1][0] % 12 == 0


def test_the_same_seed_makes_the_same_music() -> None:
    assert practice.songs(2, 7) == practice.songs(2, 7)
    assert practice.songs(2, 7) != practice.songs(2, 8)
