"""The index of somebody's own pieces: it tells a passage, and which piece it is from."""

from pathlib import Path

import numpy as np
import pytest

import tiny_songs
from reprise.errors import FileError
from reprise.library import own_index
from reprise.library.corpus_file import Piece
from reprise.library.originality_index import bars_of, runs_of

LINE = (60, 62, 65, 64, 69, 67, 60, 72, 71, 65, 64, 62, 67, 60)


def piece(name: str, moved: int = 0, step: int = 12) -> Piece:
    """A line in two rhythms, moved."""
    onsets = np.cumsum([0, *((step, 2 * step) * 7)])[: len(LINE)]
    rows = [
        (int(onset) // 96, 0, int(onset) % 96, pitch + moved, step, 90)
        for onset, pitch in zip(onsets, LINE, strict=True)
    ]
    return tiny_songs.piece(rows, bars=5, name=name)


def codes_of(one: Piece) -> tuple[np.ndarray, np.ndarray]:
    empty = np.zeros(0, np.uint64)
    return runs_of(one, one.notes), empty


def test_a_passage_is_told_with_the_piece_that_it_is_from() -> None:
    index = own_index.build([tiny_songs.song(seed=3), piece("löops/riff.mid")])

    assert index.name_of(*codes_of(piece("x"))) == "löops/riff.mid"


def test_neither_key_nor_tempo_hides_it() -> None:
    index = own_index.build([piece("löops/riff.mid")])

    assert index.name_of(*codes_of(piece("x", moved=5, step=6))) == "löops/riff.mid"


def test_what_nobody_has_is_nobodys() -> None:
    index = own_index.build([tiny_songs.song(seed=3)])

    assert index.name_of(*codes_of(piece("x"))) == ""


def test_what_many_songs_have_is_everybodys() -> None:
    index = own_index.build([piece(f"{number}.mid") for number in range(3)])

    assert index.name_of(*codes_of(piece("x"))) == ""


def test_drums_are_told_by_their_bars() -> None:
    song = tiny_songs.song(seed=3)
    beats = song.notes[song.notes[:, 1] == 2]
    index = own_index.build([song])

    assert index.name_of(np.zeros(0, np.uint64), bars_of(song, beats)) == song.name


def test_an_index_comes_back_from_its_file(tmp_path: Path) -> None:
    index = own_index.build([piece("löops/riff.mid")])
    own_index.write(tmp_path / own_index.FILE_NAME, index)
    again = own_index.read(tmp_path / own_index.FILE_NAME)

    assert again.names == index.names
    assert again.name_of(*codes_of(piece("x"))) == "löops/riff.mid"


@pytest.mark.parametrize("kept", [0, 50, -5])
def test_a_damaged_index_is_named(tmp_path: Path, kept: int) -> None:
    path = tmp_path / own_index.FILE_NAME
    own_index.write(path, own_index.build([piece("a.mid")]))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FileError, match="corpus add"):
        own_index.read(path)


def test_an_index_that_is_full_says_which_pieces_are_in_it() -> None:
    songs = [piece(f"{number}.mid", moved=number) for number in range(5)]
    codes = len(codes_of(songs[0])[0])
    index = own_index.build(songs, most_codes=2 * codes)

    assert index.names == ("0.mid", "1.mid")


def test_what_work_that_was_stopped_left_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / own_index.FILE_NAME
    (tmp_path / f"{path.name}.0123.part").write_bytes(b"half")
    own_index.write(path, own_index.build([piece("a.mid")]))

    assert list(tmp_path.iterdir()) == [path]
