"""corpus, train and evaluate: with a small made-up data set, and without any."""

import importlib.util
from contextlib import nullcontext
from pathlib import Path

import pytest

import small_sets
import tiny_chorales
from reprise.cli.verbs import train
from reprise.engines import checkpoint
from reprise.evaluation import jsb
from reprise.library.readers import READERS

from .conftest import Run

RECIPE = """
[{part}.network]
width = 16
layers = 1
heads = 2
hidden = 16
[{part}.windows]
chords_per_batch = 66
steps = [33]
weights = [1.0]
[{part}.loop]
epochs = {epochs}
steps_per_epoch = 2
warm_up_steps = 1
"""


def recipe(path: Path, epochs: int = 2) -> Path:
    parts = [RECIPE.format(part=part, epochs=epochs) for part in ("next_note", "infill")]
    path.write_text("".join(parts), encoding="utf-8")
    return path


def test_corpus_tells_what_is_here_and_where_the_rest_comes_from(
    reprise: Run, tmp_path: Path
) -> None:
    data = tiny_chorales.write_data_set(tmp_path / "data", count=3)
    outcome = reprise("corpus", "--data", data, "--json")
    assert outcome.code == 0
    sets = {found["name"]: found for found in outcome.data["sets"]}
    assert sets["jsb"]["present"] is True
    assert sets["jsb"]["files"] == 9
    assert sets["gmd_groove"]["present"] is False
    assert outcome.data["chorales"]["train"]["pieces"] == 3
    assert outcome.data["chorales"]["train"]["notes"] > 3 * 4
    text = reprise("corpus", "--data", data).out
    assert sets["gmd_groove"]["origin"] in text
    assert sets["gmd_groove"]["licence"] in text


def test_corpus_works_where_no_folder_was_named(reprise: Run) -> None:
    outcome = reprise("corpus")
    assert outcome.code == 0
    assert "--data DIR" in outcome.out


def test_the_data_folder_may_come_from_the_environment(
    reprise: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tiny_chorales.write_data_set(tmp_path / "data")
    monkeypatch.setenv("REPRISE_DATA", str(data))
    assert reprise("corpus", "--json").data["data"] == str(data)


@pytest.mark.parametrize("words", [("evaluate", "jsb"), ("evaluate", "jsb", "--data", "nowhere")])
def test_evaluation_without_its_data_says_where_it_comes_from(
    reprise: Run, words: tuple[str, ...]
) -> None:
    outcome = reprise(*words, "--model", "chorale-v1")
    assert outcome.code == 1
    assert "https://" in outcome.sentence or "no model is called" in outcome.sentence


def test_evaluation_of_an_unknown_model_names_those_there_are(reprise: Run, tmp_path: Path) -> None:
    data = tiny_chorales.write_data_set(tmp_path / "data")
    outcome = reprise("evaluate", "jsb", "--model", "chorale-v9", "--data", data)
    assert outcome.code == 1
    assert "'chorale-v9'" in outcome.sentence


def test_figures_are_a_table_for_people(
    reprise: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    voices = {"soprano": 0.1, "alto": 0.2, "tenor": 0.3, "bass": 0.4}
    found = {
        "nll": 0.41234,
        "accuracy": 0.87,
        "accuracy_changed": 0.55,
        "note_accuracy": 0.7,
        "note_accuracy_by_voice": voices,
        "intervals": {"nll": [0.4, 0.42]},
        "baselines": {"copy": {"accuracy": 0.75, "accuracy_changed": 0.0}},
        "windows": 77,
        "predictions": 10_000,
        "model": "chorale-v1",
        "model_hash": "abc",
        "seconds": 75.0,
    }
    monkeypatch.setattr(jsb, "evaluate", lambda *_, **__: found)
    assert reprise("evaluate", "jsb", "--data", tmp_path, "--json").data == found
    text = reprise("evaluate", "jsb", "--data", tmp_path).out
    assert "0.4123" in text
    assert "copy" in text
    assert "1 min 15 s" in text


def test_training_without_torch_names_the_pip_line(
    reprise: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in ("torch", "onnx") else find(name)
    )
    outcome = reprise("train", "chorale")
    assert outcome.code == 1
    assert "torch and onnx" in outcome.sentence
    assert "pip install 'reprise[train]'" in outcome.sentence


@pytest.mark.torch
def test_a_model_can_be_trained_and_read(reprise: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    data = tiny_chorales.write_data_set(tmp_path / "data")
    tiny = recipe(tmp_path / "tiny.toml")
    words = ("train", "chorale", "--data", data, "--out", tmp_path / "run", "--recipe", tiny)
    outcome = reprise(*words, "--json")
    assert outcome.code == 0, outcome.err
    assert checkpoint.read("model", tmp_path / "run").config["kind"] == "chorale"
    assert outcome.data["logs"]["infill"]["epoch"] == 2
    again = reprise(*words)
    assert again.code == 1
    assert "--resume" in again.sentence
    assert reprise(*words, "--resume").code == 0


@pytest.mark.torch
def test_a_run_of_another_recipe_is_not_gone_on_with(reprise: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    data = tiny_chorales.write_data_set(tmp_path / "data")
    words = ("train", "chorale", "--data", data, "--out", tmp_path / "run", "--resume")
    assert reprise(*words, "--recipe", recipe(tmp_path / "tiny.toml")).code == 0
    outcome = reprise(*words, "--recipe", recipe(tmp_path / "longer.toml", epochs=3))
    assert outcome.code == 2
    assert "another folder" in outcome.sentence


@pytest.mark.torch
def test_a_training_that_is_interrupted_can_be_gone_on_with(
    reprise: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    data = tiny_chorales.write_data_set(tmp_path / "data")
    folders = (
        "--data",
        data,
        "--out",
        tmp_path / "run",
        "--recipe",
        recipe(tmp_path / "tiny.toml"),
    )
    words = ("train", "chorale", *folders, "--resume", "--json")
    with monkeypatch.context() as patch:
        patch.setattr(train, "_stopped_by_ctrl_c", lambda: nullcontext(lambda: True))
        stopped = reprise(*words)
    assert stopped.code == 130
    assert stopped.data["stopped"] is True
    assert not (tmp_path / "run" / "model").exists()
    assert reprise(*words).data["logs"]["next_note"]["epoch"] == 2


def test_a_corpus_is_built_and_shown(reprise: Run, tmp_path: Path) -> None:
    small_sets.write_plain_set(
        tmp_path / "data", "freedoom", [small_sets.band(1), small_sets.band(2, beats=8)]
    )
    others = [word for name in READERS if name != "freedoom" for word in ("--without", name)]
    file = tmp_path / "corpus.npz"
    command = ("corpus", "build", "--data", tmp_path / "data", "--out", file, *others)
    built = reprise(*command, "--workers", "1", "--json").data
    assert built["sets"]["freedoom"]["pieces"] == 1
    assert built["rejects"][0]["reason"] == "fewer than 8 bars"
    assert reprise("corpus", "show", file, "--json").data == built
    text = reprise("corpus", "show", file).out
    assert "fewer than 8 bars" in text
    assert "multitrack" in text
    again = reprise(*command)
    assert again.code == 1
    assert "--force" in again.sentence


def test_a_corpus_needs_its_sets_and_at_least_one_process(reprise: Run, tmp_path: Path) -> None:
    out = tmp_path / "corpus.npz"
    missing = reprise("corpus", "build", "--data", tmp_path, "--out", out, "--workers", "1")
    assert missing.code == 1
    assert "https://" in missing.sentence
    assert reprise("corpus", "build", "--out", out, "--workers", "0").code == 2
    assert reprise("corpus", "show", out).code == 1
