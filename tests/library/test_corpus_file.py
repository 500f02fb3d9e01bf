"""The packed corpus: what is written comes back, and what is no corpus is said to be none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.errors import FileError, MissingDataError
from reprise.library.corpus_file import Corpus, Piece, PieceTrack, read_corpus, write_corpus
from reprise.library.pieces import Split


def piece(name: str = "set/ä.mid", note_count: int = 3, split: Split = "train") -> Piece:
    notes = [(0, 0, 6 * index, 60 + index, 6, 100) for index in range(note_count)]
    return Piece(
        name=name,
        dataset="set",
        kind="pop",
        song="set/song",
        split=split,
        tempo_bpm=96.5,
        grid_bars=np.array([(0, 96, 2), (96, 72, 1)], np.int32),
        tracks=(PieceTrack(1, is_drums=False, name="Bäss"), PieceTrack(0, is_drums=True, name="")),
        notes=np.array(notes, np.int16).reshape(-1, 6),
    )


def assert_same(one: Piece, other: Piece) -> None:
    assert one.notes.tolist() == other.notes.tolist()
    assert one.grid_bars.tolist() == other.grid_bars.tolist()
    silent = [replace(each, notes=one.notes, grid_bars=one.grid_bars) for each in (one, other)]
    assert repr(silent[0]) == repr(silent[1])


@given(st.lists(st.integers(0, 20), max_size=5))
def test_a_corpus_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("corpus") / "müsic.npz"
    pieces = tuple(piece(f"set/{index}", count) for index, count in enumerate(counts))
    write_corpus(path, Corpus(pieces, {"sets": {"set": {"files": len(counts)}}}))
    found = read_corpus(path)
    assert found.manifest == {"sets": {"set": {"files": len(counts)}}}
    assert len(found.pieces) == len(pieces)
    for one, other in zip(found.pieces, pieces, strict=True):
        assert_same(one, other)


def test_the_same_corpus_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_corpus(tmp_path / name, Corpus((piece(),), {}))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_corpus_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="reprise corpus build"):
        read_corpus(tmp_path / "none.npz")


def test_rubbish_is_no_corpus(tmp_path: Path) -> None:
    path = tmp_path / "rubbish.npz"
    path.write_bytes(b"PK\x03\x04 nothing of ours")
    with pytest.raises(FileError, match="no corpus of Reprise"):
        read_corpus(path)
    with path.open("wb") as file:
        np.savez(file, notes=np.zeros(3))
    with pytest.raises(FileError, match="no corpus of Reprise"):
        read_corpus(path)


def test_a_corpus_cut_short_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cut.npz"
    write_corpus(path, Corpus((piece(note_count=500),), {}))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileError, match="damaged"):
        read_corpus(path)


def test_a_corpus_of_another_format_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "later.npz"
    with path.open("wb") as file:
        np.savez(file, format=np.array(99))
    with pytest.raises(FileError, match="format 99"):
        read_corpus(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FileError, match="--out"):
        write_corpus(tmp_path / "file" / "corpus.npz", Corpus((), {}))
