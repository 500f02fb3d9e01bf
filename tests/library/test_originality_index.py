"""What few songs have is found again, what many have is everybody's."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import learnt_songs
from reprise.errors import FileError, MissingDataError
from reprise.library.originality_index import (
    OriginalityIndex,
    build,
    read_index,
    write_index,
)
from reprise.library.pieces import Split
from reprise.music.originality import Codes, line_of, run_codes

forty_bits = st.lists(st.integers(0, 2**40 - 1), unique=True).map(
    lambda found: np.array(sorted(found), np.uint64)
)


def runs_of(seed: int) -> Codes:
    rows = learnt_songs.melody(seed)
    codes, are_telling = run_codes(*line_of(rows[:, 0] * 96 + rows[:, 2], rows[:, 3]))
    telling: Codes = codes[are_telling]
    return telling


@given(forty_bits, forty_bits, st.integers(0, 10_000))
def test_an_index_makes_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, runs: Codes, bars: Codes, song_count: int
) -> None:
    path = tmp_path_factory.mktemp("index") / "originality.npz"
    write_index(path, OriginalityIndex(runs, bars, song_count))
    found = read_index(path)
    assert found.runs.tolist() == runs.tolist()
    assert found.bars.tolist() == bars.tolist()
    assert found.song_count == song_count
    assert found.has_runs(runs).all()


def test_runs_of_one_song_are_known_and_those_of_others_are_not() -> None:
    index = build([learnt_songs.song("one", learnt_songs.melody(1))])
    assert len(runs_of(1))
    assert index.has_runs(runs_of(1)).all()
    assert not index.has_runs(runs_of(2)).any()


def test_what_three_songs_have_is_everybodys() -> None:
    names = ("one", "two", "three")
    pieces = [learnt_songs.song(name, learnt_songs.melody(1)) for name in names]
    assert build(pieces[:2]).has_runs(runs_of(1)).all()
    assert not build(pieces).has_runs(runs_of(1)).any()


def test_several_pieces_of_one_song_count_once() -> None:
    pieces = [learnt_songs.song("one", learnt_songs.melody(1)) for _ in range(5)]
    assert build(pieces).has_runs(runs_of(1)).all()


@pytest.mark.parametrize("split", ["valid", "test"])
def test_songs_that_are_held_out_are_not_in_it(split: Split) -> None:
    index = build([learnt_songs.song("one", learnt_songs.melody(1), split=split)])
    assert (len(index.runs), len(index.bars), index.song_count) == (0, 0, 0)
    assert not index.has_runs(runs_of(1)).any()


def test_drums_go_by_bars() -> None:
    index = build([learnt_songs.song("beat", learnt_songs.beat(1), is_drums=True)])
    assert (len(index.runs), len(index.bars)) == (0, 8)


def test_the_same_songs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_index(tmp_path / name, build([learnt_songs.song("one", learnt_songs.melody(1))]))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_no_index_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no index of what was learnt"):
        read_index(tmp_path / "nothing.npz")
    (tmp_path / "noise.npz").write_bytes(b"noise")
    with pytest.raises(FileError, match="make it again"):
        read_index(tmp_path / "noise.npz")
    np.savez(tmp_path / "later.npz", format=np.array(99))
    with pytest.raises(FileError, match="format 99"):
        read_index(tmp_path / "later.npz")
    np.savez(
        tmp_path / "odd.npz",
        format=np.array(1),
        song_count=np.array(1),
        runs=np.zeros(3),
        bars=np.zeros(3),
    )
    with pytest.raises(FileError, match="5 bytes each"):
        read_index(tmp_path / "odd.npz")
    with pytest.raises(FileError, match="cannot be written"):
        write_index(tmp_path, build([]))
