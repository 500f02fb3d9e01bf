"""Training the folk network: variants of one recipe, resumed to the same weights, served alike."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from reprise.engines import checkpoint  # noqa: E402 (only where torch is)
from reprise.engines.folk.engine import open_network  # noqa: E402
from reprise.errors import InvalidRequestError  # noqa: E402
from reprise.library.folk_tunes import PRACTICE, read_tunes  # noqa: E402
from reprise.tokenizers import folk as tokenizer  # noqa: E402
from reprise.training import folk  # noqa: E402
from reprise.training.order import Order  # noqa: E402

pytestmark = pytest.mark.torch

VARIANTS = (
    "bidirectional",
    "unidirectional",
    "plain",
    "attention",
    "pianoroll",
    "windows-60k",
    "windows-15k",
    "bar-ends",
)

SHORT = """
[network]
layers = 1
cells = 6
is_bidirectional = true
attends = false
dropout = 0.1
[music]
encoding = "{encoding}"
hop = 1
most_windows = 600
batch = 8
[loop]
epochs = 3
steps_per_epoch = 4
warm_up_steps = 2
learning_rate = 5e-3
[variants.bidirectional]
[variants.attention.network]
attends = true
"""


def order(tmp_path: Path, name: str = "run", encoding: str = "melody", **options: str) -> Order:
    recipe = tmp_path / "short.toml"
    recipe.write_text(SHORT.format(encoding=encoding), encoding="utf-8")
    chosen = {"set": PRACTICE, **options}
    return Order(None, tmp_path / name, recipe, options=chosen)


def test_every_variant_of_the_study_is_in_the_recipe_with_equal_updates() -> None:
    recipes = {variant: folk.read_recipe(variant) for variant in VARIANTS}

    assert len({recipe.loop for recipe in recipes.values()}) == 1
    assert not recipes["unidirectional"].network.is_bidirectional
    assert recipes["unidirectional"].network.cells == 2 * recipes["bidirectional"].network.cells
    assert recipes["attention"].network == replace(recipes["plain"].network, attends=True)
    assert recipes["pianoroll"].encoding == tokenizer.ROLL
    sizes = [recipes[name].music.most_windows for name in VARIANTS[-3:-1]]
    assert sizes == [60_000, 15_000]
    assert recipes["bar-ends"].music.hop == tokenizer.BAR_STEPS


@pytest.mark.parametrize("encoding", ["melody", "pianoroll"])
def test_what_is_served_is_what_was_trained(tmp_path: Path, encoding: str) -> None:
    outcome = folk.train(order(tmp_path, encoding=encoding, variant="attention"))

    assert outcome is not None
    model = checkpoint.read("model", outcome.model.parent)
    assert model.config["variant"] == "attention"
    assert model.config["trained_on"] == PRACTICE
    heard = np.zeros((2, tokenizer.HEARD_STEPS), np.int64)
    classes = tokenizer.ENCODINGS[encoding].class_count
    assert open_network(model).logits(heard).shape == (2, classes)


def test_a_training_that_was_stopped_ends_with_the_same_loss(tmp_path: Path) -> None:
    steps = iter(range(100))
    whole = folk.train(order(tmp_path, "whole"))

    stopped = folk.train(replace(order(tmp_path, "parts"), is_stopped=lambda: next(steps) == 5))
    rest = folk.train(order(tmp_path, "parts"))

    assert stopped is None
    assert whole is not None
    assert rest is not None
    assert rest.loss == pytest.approx(whole.loss, rel=1e-5)


def test_a_smaller_set_is_learned_from_where_the_recipe_says_so(tmp_path: Path) -> None:
    outcome = folk.train(order(tmp_path))

    assert outcome is not None
    every = sum(
        len(classes)
        for classes in folk.encoded(read_tunes(None, PRACTICE, "train"), tokenizer.MELODY)
    )
    assert 600 <= outcome.figures["windows"] < every


@pytest.mark.parametrize(
    ("options", "says"),
    [({"variant": "tridirectional"}, "tridirectional"), ({"set": "billboard"}, "billboard")],
)
def test_an_unknown_choice_names_the_known_ones(
    tmp_path: Path, options: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        folk.train(order(tmp_path, **options))


def test_a_recipe_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        SHORT.format(encoding="melody").replace("hop = 1", "hop = 1\nhops = 2"), encoding="utf-8"
    )

    with pytest.raises(InvalidRequestError, match="hops"):
        folk.read_recipe("bidirectional", path)
