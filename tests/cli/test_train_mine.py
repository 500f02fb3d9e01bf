"""`reprise train mine` where there is nothing to learn from: a word, and no model."""

from pathlib import Path

import pytest

import builders

from .conftest import Run

pytest.importorskip("torch")

pytestmark = pytest.mark.torch


def test_a_corpus_that_is_not_there_is_said(reprise: Run, state: Path) -> None:
    outcome = reprise("train", "mine", "--corpus", "mine")
    assert (outcome.code, "reprise corpus add" in outcome.sentence) == (2, True)
    assert not list(state.rglob("*.onnx"))


def test_a_corpus_that_an_older_version_read_is_to_be_read_again(
    reprise: Run, state: Path, tmp_path: Path
) -> None:
    (tmp_path / "music").mkdir()
    tune = bytes([0, 0x90, 60, 64, 96, 0x80, 60, 0] * 8)
    (tmp_path / "music" / "tune.mid").write_bytes(builders.midi_bytes(tune))
    words = ("corpus", "add", tmp_path / "music", "--name", "mine", "--workers", "1", "--json")
    assert reprise(*words).data["clips"] == 1
    (facts,) = state.glob("corpora/mine/*/shards/*.json")
    facts.write_bytes(facts.read_bytes().replace(b'"format":', b'"format":-'))

    assert "or none that this version has read" in reprise("train", "mine").sentence
    assert reprise(*words).data["read_now"] == 1
