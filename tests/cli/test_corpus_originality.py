"""`reprise corpus originality` writes beside a model what it learnt."""

from pathlib import Path

import pytest

import learnt_songs
from reprise.library.originality_index import FILE_NAME, read_index

from .conftest import Run


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return learnt_songs.write(tmp_path / "corpus.npz")


def test_the_index_of_a_corpus_is_written_beside_a_model(
    reprise: Run, corpus: Path, tmp_path: Path
) -> None:
    words = ("corpus", "originality", "--corpus", corpus, "--out", tmp_path / "model")
    found = reprise(*words, "--json").data
    index = read_index(tmp_path / "model" / FILE_NAME)
    assert found["songs"] == index.song_count == 2
    assert found["drum_bars"] == len(index.bars) == 8
    assert found["runs"] == len(index.runs) > 0
    assert found["bytes"] == Path(found["file"]).stat().st_size


def test_an_index_that_exists_is_replaced_only_by_force(
    reprise: Run, corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"mine")
    words = ("corpus", "originality", "--corpus", corpus, "--out", tmp_path)
    refused = reprise(*words)
    assert refused.code == 1
    assert "--force" in refused.sentence
    assert reprise(*words, "--force").code == 0
    assert read_index(tmp_path / FILE_NAME).song_count == 2


def test_a_corpus_that_is_not_there_is_a_sentence(reprise: Run, tmp_path: Path) -> None:
    words = ("corpus", "originality", "--corpus", tmp_path / "none.npz", "--out", tmp_path)
    outcome = reprise(*words)
    assert outcome.code == 1
    assert "no corpus at" in outcome.sentence
    assert not (tmp_path / FILE_NAME).exists()
