import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reprise.errors import InvalidRequestError

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

import tiny_chorales  # noqa: E402 (only where torch is)
from reprise.engines import checkpoint  # noqa: E402
from reprise.networks.chorale import ChoraleNetwork  # noqa: E402
from reprise.runtime.onnx_runtime import OnnxFieldModel, OnnxTokenModel, open_session  # noqa: E402
from reprise.tokenizers import chorale  # noqa: E402
from reprise.training import chorale as training  # noqa: E402
from reprise.training import export, loop  # noqa: E402

pytestmark = pytest.mark.torch

TINY_NETWORK = {"width": 16, "layers": 1, "heads": 2, "hidden": 16}
TINY_TABLE: dict[str, Any] = {
    part: {
        "network": TINY_NETWORK,
        "windows": {"chords_per_batch": 66, "steps": [16, 33], "weights": [1.0, 1.0]},
        "loop": {"epochs": 2, "steps_per_epoch": 3, "warm_up_steps": 2},
    }
    for part in training.PARTS
}


def run(
    part: training.Part,
    folder: Path,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    progress: loop.Progress = lambda _: None,
) -> ChoraleNetwork:
    return training.train(
        part,
        training.recipe_from_table(part, TINY_TABLE),
        folder,
        train_chorales=tiny_chorales.chorales(3),
        valid_chorales=tiny_chorales.chorales(2, steps=49),
        is_stopped=is_stopped,
        progress=progress,
    )


def stop_after(steps: int) -> Callable[[], bool]:
    left = iter([False] * (steps - 1))
    return lambda: next(left, True)


def checkpoint_weights(folder: Path) -> dict[str, Any]:
    state = torch.load(folder / loop.CHECKPOINT_FILE, weights_only=True)
    return {**state["network"], **{f"average.{k}": v for k, v in state["average"].items()}}


@pytest.mark.parametrize("part", training.PARTS)
def test_a_run_that_was_stopped_and_resumed_ends_like_one_that_was_not(
    part: training.Part, tmp_path: Path
) -> None:
    run(part, tmp_path / "whole")
    run(part, tmp_path / "parts", is_stopped=stop_after(2))
    run(part, tmp_path / "parts", is_stopped=stop_after(2))
    run(part, tmp_path / "parts")

    whole, parts = (checkpoint_weights(tmp_path / name) for name in ("whole", "parts"))

    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_the_log_has_one_line_an_epoch_even_when_a_run_was_stopped(tmp_path: Path) -> None:
    run("next_note", tmp_path, is_stopped=stop_after(4))
    run("next_note", tmp_path)

    lines = [json.loads(row) for row in (tmp_path / loop.LOG_FILE).read_text().splitlines()]

    assert [line["epoch"] for line in lines] == [1, 2]
    assert {"train_loss", "valid_loss", "valid_accuracy_changed", "seconds"} <= lines[-1].keys()


def test_progress_hears_every_epoch(tmp_path: Path) -> None:
    heard: list[float] = []

    run("infill", tmp_path, progress=lambda line: heard.append(line["epoch"]))

    assert heard == [1, 2]


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    table = {
        "next_note": {
            **TINY_TABLE["next_note"],
            "loop": {"epochs": 2, "steps_per_epoch": 25, "warm_up_steps": 2, "learning_rate": 0.02},
        }
    }
    losses: list[float] = []

    training.train(
        "next_note",
        training.recipe_from_table("next_note", table),
        tmp_path,
        train_chorales=tiny_chorales.chorales(3),
        valid_chorales=tiny_chorales.chorales(2, steps=49),
        progress=lambda line: losses.append(line["train_loss"]),
    )

    assert losses[-1] < losses[0]


def test_a_run_of_another_length_is_not_resumed(tmp_path: Path) -> None:
    run("next_note", tmp_path, is_stopped=stop_after(1))
    recipe = training.recipe_from_table("next_note", TINY_TABLE)
    longer = dataclasses.replace(recipe, loop=dataclasses.replace(recipe.loop, epochs=9))

    with pytest.raises(InvalidRequestError, match="another folder"):
        training.train(
            "next_note",
            longer,
            tmp_path,
            train_chorales=tiny_chorales.chorales(3),
            valid_chorales=tiny_chorales.chorales(2, steps=49),
        )


def test_a_network_over_the_limit_is_refused(tmp_path: Path) -> None:
    recipe = training.recipe_from_table("next_note", TINY_TABLE)
    wide = dataclasses.replace(recipe, network=dataclasses.replace(recipe.network, width=512))

    with pytest.raises(InvalidRequestError, match="710000"):
        training.train(
            "next_note",
            wide,
            tmp_path,
            train_chorales=tiny_chorales.chorales(1),
            valid_chorales=tiny_chorales.chorales(1),
        )


@pytest.mark.parametrize("part", training.PARTS)
def test_the_published_recipe_is_understood_and_small_enough(part: training.Part) -> None:
    network = training.build_network(part, training.read_recipe(part))

    assert training.parameter_count(network) <= training.PARAMETER_LIMIT


def test_a_recipe_with_an_unknown_key_is_refused() -> None:
    table = {"infill": {**TINY_TABLE["infill"], "loop": {"epochz": 1}}}

    with pytest.raises(InvalidRequestError, match="epochz"):
        training.recipe_from_table("infill", table)


def test_a_recipe_without_the_part_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no part"):
        training.recipe_from_table("infill", {"next_note": {}})


def test_windows_keep_the_phase_of_their_chorale() -> None:
    settings = training.WindowSettings(chords_per_batch=160, steps=(16,), weights=(1.0,))
    steps = np.arange(80) % 16 + 1
    piece = np.repeat(steps[:, None], 4, axis=1)
    windows = training.Windows([piece], dataclasses.replace(settings, furthest_transposition=0))

    grids, phases = windows.draw(np.random.default_rng(0))

    assert grids.shape == (10, 16, 4)
    assert (grids[:, 0, 0] - 1 == phases).all()
    assert set(phases % 4) == {0}


def test_every_window_has_something_to_find() -> None:
    hidden = training.draw_hidden((200, 12, 4), np.random.default_rng(0))

    assert hidden.any(axis=(1, 2)).all()
    assert hidden.all(axis=1).any(), "some windows lose a whole voice"


def test_a_published_model_reads_back_and_serves_what_was_trained(tmp_path: Path) -> None:
    networks: dict[training.Part, ChoraleNetwork] = {
        part: run(part, tmp_path / "runs" / part) for part in training.PARTS
    }

    differences = training.publish(networks, tmp_path / "runs", tmp_path / "models" / "tiny-v1")

    model = checkpoint.read("tiny-v1", tmp_path / "models")
    assert all(difference < export.LARGEST_DIFFERENCE for difference in differences.values())
    assert model.config["kind"] == "chorale"
    assert (model.folder / "training-infill.jsonl").is_file()
    token_model = OnnxTokenModel(open_session(model.network("next_note")))
    field_model = OnnxFieldModel(open_session(model.network("infill")))
    grid = tiny_chorales.chorale_grid(steps=20)[None]
    hidden = np.ones(grid.shape, dtype=np.bool_)
    assert token_model.prefill(chorale.next_note_features(grid)).shape == (1, 80, 47)
    assert field_model.logits(chorale.infill_features(grid, hidden)).shape == (1, 20, 4, 47)


def test_a_forked_model_goes_its_own_way(tmp_path: Path) -> None:
    network = run("next_note", tmp_path)
    export.export(network, tmp_path / "next_note.onnx")
    model = OnnxTokenModel(open_session(tmp_path / "next_note.onnx"))
    features = chorale.next_note_features(tiny_chorales.chorale_grid(steps=5)[None])
    model.prefill(features[:, :10])
    twin = model.fork()

    twin.step(features[:, 11])
    logits = model.step(features[:, 10])

    assert (model.length, twin.length) == (11, 11)
    with torch.no_grad():
        expected = network(torch.from_numpy(features[:, :11]))[:, -1].numpy()
    assert np.abs(logits - expected).max() < export.LARGEST_DIFFERENCE


def test_an_export_that_differs_from_its_network_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = run("infill", tmp_path)
    monkeypatch.setattr(export, "LARGEST_DIFFERENCE", -1.0)

    with pytest.raises(ValueError, match="differs from its network"):
        export.export(network, tmp_path / "infill.onnx")
