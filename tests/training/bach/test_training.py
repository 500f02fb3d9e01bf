import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reprise.errors import InvalidRequestError

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

import tiny_chorales
from reprise.engines import checkpoint
from reprise.engines.bach.engine import open_networks
from reprise.library import jsb
from reprise.runtime.onnx_runtime import open_session, token_model
from reprise.tokenizers import chorale
from reprise.training import export, loop
from reprise.training.bach import recipe as recipes
from reprise.training.bach import training
from reprise.training.order import Order

pytestmark = pytest.mark.torch

TINY = """
seeds = [0, 1]
[windows]
steps = 33
shift = 16
batch = 4
[cnn_lstm]
optimizer = "nadam"
is_rounded = false
[cnn_lstm.network]
channels = [4, 4, 4, 4]
hidden = 8
[cnn_lstm.loop]
epochs = 2
final_share = 1.0
warm_up_steps = 0
average_share = 0.0
[transformer]
optimizer = "adam"
is_rounded = true
[transformer.network]
width = 8
heads = 2
hidden = 8
out_hidden = 8
[transformer.loop]
epochs = 2
final_share = 1.0
warm_up_steps = 0
average_share = 0.0
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tiny_chorales.write_data_set(tmp_path / "data", count=3)


def order(data: Path, out: Path, recipe: Path) -> Order:
    return Order(data=data, out=out, recipe=recipe)


def stop_after(steps: int) -> Callable[[], bool]:
    left = iter([False] * (steps - 1))
    return lambda: next(left, True)


def weights(folder: Path) -> Mapping[str, torch.Tensor]:
    state = torch.load(folder / loop.CHECKPOINT_FILE, weights_only=True)
    found: Mapping[str, torch.Tensor] = state["network"]
    return found


def test_a_training_that_was_stopped_and_resumed_ends_like_one_that_was_not(
    data: Path, recipe: Path, tmp_path: Path
) -> None:
    training.train(order(data, tmp_path / "whole", recipe))
    stopped = [
        training.train(replace(order(data, tmp_path / "parts", recipe), is_stopped=stop_after(3)))
        for _ in range(2)
    ]
    training.train(order(data, tmp_path / "parts", recipe))

    assert stopped == [None, None]
    for name in ("cnn_lstm_0", "cnn_lstm_1", "transformer_0", "transformer_1"):
        whole, parts = (weights(tmp_path / run / name) for run in ("whole", "parts"))
        assert all(torch.equal(whole[each], parts[each]) for each in whole)


def test_the_model_has_every_run_and_serves_the_best_of_each_network(
    data: Path, recipe: Path, tmp_path: Path
) -> None:
    shares: list[float] = []

    outcome = training.train(
        replace(
            order(data, tmp_path / "run", recipe),
            progress=lambda _what, share, _line: shares.append(share),
        )
    )

    assert outcome is not None
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    model = checkpoint.read("model", tmp_path / "run")
    losses = {name: found["loss"] for name, found in model.config["validation"].items()}
    for part in recipes.PARTS:
        runs = open_networks(model, part)
        assert sorted(runs) == [f"{part}_0", f"{part}_1"]
        assert model.config["served"][part] == min(runs, key=losses.__getitem__)
    lines = (model.folder / "training-cnn_lstm_1.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]


def test_an_epoch_hears_every_window_once(tmp_path: Path) -> None:
    windows = jsb.windows(tiny_chorales.chorales(5))[0]
    network = Remembers()
    settings = loop.LoopSettings(epochs=2, steps_per_epoch=-(-len(windows) // 4))
    optimizer = torch.optim.Adam(network.parameters())
    run = loop.Run(network, settings, tmp_path, [optimizer])

    loop.fit(
        run,
        training.shuffled_loss(run, windows, 4, is_rounded=False),
        lambda _network: {"loss": 1.0},
    )

    heard = torch.cat(network.heard).numpy()
    expected = np.sort(windows.reshape(len(windows), -1)[:, :-1], axis=0)
    first, second = np.split(heard, 2)
    assert not (first == second).all()
    for epoch in (first, second):
        assert (np.sort(epoch, axis=0) == expected).all()


class Remembers(torch.nn.Module):
    """A network that keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = torch.nn.Parameter(torch.zeros(chorale.CLASS_COUNT))
        self.heard: list[torch.Tensor] = []

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        self.heard.append(features[..., 0])
        return self.bias.expand(*features.shape[:2], -1)


def test_the_test_chorales_are_never_read(data: Path, recipe: Path, tmp_path: Path) -> None:
    for path in (data / "jsb" / "test").iterdir():
        path.unlink()

    assert training.train(order(data, tmp_path / "run", recipe)) is not None


def test_the_published_recipe_is_the_text_s() -> None:
    plan = recipes.read_recipe()

    assert [plan.parts[part].build().size for part in recipes.PARTS] == [396_810, 708_207]
    assert plan.windows == recipes.WindowSettings(steps=33, shift=16, batch=32)
    assert plan.seeds == (0, 1, 2)
    for part, optimizer in zip(recipes.PARTS, ("nadam", "adam"), strict=True):
        settings = loop.LoopSettings(steps_per_epoch=98, **plan.parts[part].loop)
        rates = {loop.learning_rate_share(settings, step) for step in range(settings.steps)}
        assert (settings.epochs, settings.learning_rate, rates) == (20, 1e-3, {1.0})
        assert plan.parts[part].optimizer == optimizer


def test_weights_with_tiny_gradients_hardly_move_before_they_have_something_to_learn() -> None:
    def moved(make: Callable[[torch.nn.Parameter], torch.optim.Adam], gradient: float) -> float:
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = make(weight)
        for _ in range(10):
            weight.grad = torch.full((1,), gradient)
            optimizer.step()
        return abs(weight.item())

    def usual(weight: torch.nn.Parameter) -> torch.optim.Adam:
        return torch.optim.Adam([weight], eps=recipes.OPTIMIZER_EPSILON)

    def slow(weight: torch.nn.Parameter) -> torch.optim.Adam:
        return recipes.SlowStartingAdam([weight])

    assert moved(slow, 1e-8) < moved(usual, 1e-8) / 5
    assert moved(slow, 1e-2) == pytest.approx(moved(usual, 1e-2), rel=1e-2)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("batch = 4", "batches = 4", "batches"),
        ('optimizer = "adam"', 'optimizer = "sgd"', "nadam or adam"),
        ("[windows]", "[panes]", "windows"),
    ],
)
def test_a_recipe_that_is_not_understood_is_refused(
    data: Path, recipe: Path, tmp_path: Path, old: str, new: str, word: str
) -> None:
    recipe.write_text(TINY.replace(old, new), encoding="utf-8")

    with pytest.raises(InvalidRequestError, match=word):
        training.train(order(data, tmp_path / "run", recipe))


def test_an_export_that_differs_from_its_network_is_refused(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = recipes.read_recipe(recipe).parts["cnn_lstm"].build()
    monkeypatch.setattr(export, "LARGEST_DIFFERENCE", -1.0)

    with pytest.raises(ValueError, match="differs from its network"):
        training.export_network(network, tmp_path / "network.onnx")


@pytest.mark.parametrize("part", recipes.PARTS)
def test_an_exported_network_says_what_the_network_says_and_forks(
    part: recipes.Part, recipe: Path, tmp_path: Path
) -> None:
    network = recipes.read_recipe(recipe).parts[part].build()
    path = tmp_path / "network.onnx"
    assert training.export_network(network, path) < export.LARGEST_DIFFERENCE
    model = token_model(open_session(path))
    cells = np.arange(20).reshape(1, 20, 1)
    model.prefill(cells[:, :10])
    twin = model.fork()

    twin.step(cells[:, 15])
    logits = model.step(cells[:, 10])

    assert (model.length, twin.length) == (11, 11)
    with torch.no_grad():
        expected = network(torch.from_numpy(cells[:, :11]))[:, -1].numpy()
    assert np.abs(logits - expected).max() < export.LARGEST_DIFFERENCE


@pytest.mark.slow
def test_a_quick_training_learns_more_than_counting(tmp_path: Path) -> None:
    outcome = training.train(Order(data=None, out=tmp_path / "run", is_quick=True))

    assert outcome is not None
    assert outcome.loss < outcome.baseline
