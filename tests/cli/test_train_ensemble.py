"""`reprise train ensemble-SIZE`: with a small made-up corpus, and without any."""

from contextlib import nullcontext
from pathlib import Path

import pytest

import tiny_songs
from reprise.cli.verbs import train
from reprise.engines import checkpoint
from reprise.library.corpus_file import write_corpus

from .conftest import Run

pytest.importorskip("torch")
pytest.importorskip("onnx")

pytestmark = pytest.mark.torch

TINY = """
[network]
width = 16
layers = 1
heads = 2
key_heads = 1
head_size = 8
hidden = 24

[training]
tokens_a_batch = 400
longest = 300
valid_examples = 4
is_compiled = false

[loop]
log_every = 1
validate_every = 2
"""


def words(folder: Path, *more: str) -> list[str | Path]:
    corpus, recipe = folder / "corpus.npz", folder / "tiny.toml"
    held_out = tiny_songs.song(seed=9, split="valid")
    write_corpus(corpus, tiny_songs.corpus(*tiny_songs.corpus().pieces, held_out))
    recipe.write_text(TINY, encoding="utf-8")
    files: list[str | Path] = ["--corpus", corpus, "--recipe", recipe, "--out", folder / "run"]
    return ["train", "ensemble-xs", *files, *more]


def test_an_ensemble_can_be_trained_and_read(reprise: Run, tmp_path: Path) -> None:
    outcome = reprise(*words(tmp_path, "--steps", "3", "--json"))

    assert outcome.code == 0, outcome.err
    model = checkpoint.read("model", tmp_path / "run")
    assert model.config["kind"] == "ensemble"
    assert model.config["trained"]["step"] == outcome.data["best"]["step"]
    assert outcome.data["export"] < 1e-3
    assert (tmp_path / "run" / "model" / "curves.svg").is_file()


def test_an_ensemble_in_training_is_neither_overwritten_nor_lost(
    reprise: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(train, "_stopped_by_ctrl_c", lambda: nullcontext(lambda: True))
        stopped = reprise(*words(tmp_path, "--steps", "4", "--json"))
    assert stopped.code == 130
    again = reprise(*words(tmp_path, "--steps", "4"))
    assert again.code == 1
    assert "--resume" in again.sentence
    resumed = reprise(*words(tmp_path, "--steps", "4", "--resume", "--json"))
    assert resumed.data["last"]["step"] == 4


def test_a_missing_corpus_is_named(reprise: Run, tmp_path: Path) -> None:
    outcome = reprise(
        *("train", "ensemble-xs", "--minutes", "1", "--out", tmp_path / "run"),
        *("--corpus", tmp_path / "nowhere.npz"),
    )

    assert outcome.code == 1
    assert "nowhere.npz" in outcome.sentence
    assert "reprise corpus build" in outcome.sentence


@pytest.mark.parametrize("length", [("--minutes", "0"), ("--steps", "-3"), ()])
def test_a_run_needs_a_length(reprise: Run, tmp_path: Path, length: tuple[str, ...]) -> None:
    outcome = reprise(*words(tmp_path, *length))

    assert outcome.code == 2
    assert "--steps" in outcome.sentence or "--minutes" in outcome.sentence
