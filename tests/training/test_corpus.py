"""Building the corpus: the same whatever reads it, split by song, with everything accounted for."""

from pathlib import Path

import pytest

import small_sets
import tiny_chorales
from reprise.library.corpus_file import Corpus, read_corpus, write_corpus
from reprise.library.pieces import split_of_song
from reprise.training.corpus import build

SETS = ("pop909", "freedoom", "gmd_groove", "openewld", "jsb")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number, seed in (("001", 1), ("002", 2), ("874", 3)):
        small_sets.write_pop909(tmp_path, number, small_sets.pop_song(seed), 0.5)
    short = small_sets.band(8, beats=8)
    small_sets.write_plain_set(
        tmp_path, "freedoom", [*(small_sets.band(seed) for seed in (11, 12, 13)), short]
    )
    small_sets.write_gmd(tmp_path, ["train", "validation", "test"])
    small_sets.write_openewld(tmp_path)
    tiny_chorales.write_data_set(tmp_path, count=1, steps=160)
    return tmp_path


def splits(corpus: Corpus) -> dict[str, str]:
    return {piece.name: piece.split for piece in corpus.pieces}


def test_all_files_are_pieces_or_rejects_with_reasons(data: Path) -> None:
    corpus = build(data, SETS)
    sets = corpus.manifest["sets"]
    for found in sets.values():
        assert found["files"] == found["pieces"] + sum(found["rejects"].values())
    assert sets["freedoom"]["rejects"] == {"fewer than 8 bars": 1}
    assert corpus.manifest["rejects"] == [["freedoom/musics/d.mid", "fewer than 8 bars", "2 bars"]]
    assert len(corpus.manifest["sha256"]) == sum(found["files"] for found in sets.values())
    assert sum(found["notes"] for found in sets.values()) == sum(
        len(piece.notes) for piece in corpus.pieces
    )
    assert all(found["tokens"] > found["notes"] for found in sets.values())


def test_progress_counts_every_file(data: Path) -> None:
    told: list[tuple[int, int, str]] = []
    build(data, ["freedoom"], progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == [1, 2, 3, 4]
    assert {total for _, total, _ in told} == {4}


def test_two_processes_build_the_same_file_as_one(data: Path, tmp_path: Path) -> None:
    paths = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for processes, path in enumerate(paths, 1):
        write_corpus(path, build(data, SETS, processes=processes))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(read_corpus(paths[0]).pieces) == 13


def test_sets_with_a_split_of_their_own_keep_it(data: Path) -> None:
    found = splits(build(data, ["gmd_groove", "jsb", "pop909"]))
    assert [split for name, split in found.items() if name.startswith("gmd")] == [
        "train",
        "valid",
        "test",
    ]
    assert found["pop909/POP909/874/874.mid"] == "test"
    assert found["jsb/valid/chorale_000.csv"] == "valid"


def test_what_is_nearly_a_test_song_is_for_testing_too(data: Path) -> None:
    copied = small_sets.song(*small_sets.pop_song(3).voices, tempo_bpm=140.0)
    small_sets.write(data / "freedoom" / "musics" / "copy.mid", copied)
    corpus = build(data, ["freedoom", "pop909"])
    assert splits(corpus)["freedoom/musics/copy.mid"] == "test"
    songs = {piece.name: piece.song for piece in corpus.pieces}
    assert songs["freedoom/musics/copy.mid"] == songs["pop909/POP909/874/874.mid"]
    assert songs["pop909/POP909/001/001.mid"] != songs["pop909/POP909/874/874.mid"]


def test_a_song_is_in_one_split_only(data: Path) -> None:
    corpus = build(data, ["freedoom", "pop909", "openewld"])
    pairs = {(piece.song, piece.split) for piece in corpus.pieces}
    assert len(pairs) == len({song for song, _ in pairs})


def test_songs_without_a_split_are_drawn_one_in_twenty_for_testing_and_for_choosing() -> None:
    drawn = [split_of_song(f"set/song {number}") for number in range(4000)]
    assert drawn.count("test") / 4000 == pytest.approx(0.05, abs=0.01)
    assert drawn.count("valid") / 4000 == pytest.approx(0.05, abs=0.01)
    assert split_of_song("pop909/001") == split_of_song("pop909/001")
