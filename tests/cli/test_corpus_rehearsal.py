"""`reprise corpus rehearsal`: a model writes what it hears again while it is fine-tuned."""

from pathlib import Path

import numpy as np
import pytest

import learnt_songs
from reprise.library.corpus_file import Piece, read_corpus
from reprise.training.mine.rehearsal import FILE_NAME

from .conftest import Run

MODEL = "ensemble-s-v1"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learnt_songs.write(tmp_path_factory.mktemp("corpus") / "corpus.npz")


def test_what_a_model_writes_for_rehearsal_holds_no_bar_that_it_heard(
    reprise: Run, corpus: Path, tmp_path: Path
) -> None:
    words = ("corpus", "rehearsal", "--model", MODEL, "--corpus", corpus, "--pieces", "3")
    found = reprise(*words, "--out", tmp_path, "--json").data

    written = read_corpus(tmp_path / FILE_NAME).pieces
    assert found["pieces"] == len(written) > 0
    assert {piece.dataset for piece in written} == {"rehearsal"}
    assert all(piece.kind != "chorales" and len(piece.notes) > 0 for piece in written)
    heard = {bar for piece in read_corpus(corpus).pieces for bar in _bars(piece)}
    repeated = [bar in heard for piece in written for bar in _bars(piece)]
    assert np.mean(repeated) < 0.5


def test_the_same_seed_rehearses_the_same_music(reprise: Run, corpus: Path, tmp_path: Path) -> None:
    words = ("corpus", "rehearsal", "--model", MODEL, "--corpus", corpus, "--pieces", "1")
    for folder in ("a", "b"):
        reprise(*words, "--out", tmp_path / folder, "--seed", "5")
    assert (tmp_path / "a" / FILE_NAME).read_bytes() == (tmp_path / "b" / FILE_NAME).read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--model", "nobody"), "nobody"),
        (("--model", MODEL, "--pieces", "0"), "--pieces must be 1 or more"),
    ],
)
def test_a_rehearsal_that_cannot_be_written_is_a_sentence(
    reprise: Run, corpus: Path, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    found = reprise("corpus", "rehearsal", "--corpus", corpus, "--out", tmp_path, *words)
    assert found.code != 0
    assert sentence in found.sentence
    assert not list(tmp_path.iterdir())


def _bars(piece: Piece) -> set[bytes]:
    bars = piece.notes[:, 0]
    return {piece.notes[bars == bar, 1:5].tobytes() for bar in set(bars.tolist())}
