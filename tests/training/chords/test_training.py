import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from reprise.engines import checkpoint
from reprise.engines.chords.networks import open_networks
from reprise.errors import InvalidRequestError
from reprise.library.progressions import Piece
from reprise.networks.chords import ContinuationConfig
from reprise.tokenizers import chords
from reprise.training.chords import training
from reprise.training.chords.batches import (
    IGNORED,
    DataSettings,
    Windows,
    all_sequences,
    all_windows,
    sequence,
)
from reprise.training.order import Order

pytestmark = pytest.mark.torch

TINY = """
[data]
seed = 3
"""
AUTOENCODER = """
[parts.{part}]
network = {{ latent = {latent}, is_variational = true, hidden = [8], chord_width = 4 }}
training = {{ batch = 4, divergence_weight = 0.1, free_nats = 0.1 }}
loop = {{ epochs = 2, steps_per_epoch = {steps}, warm_up_steps = 1 }}
"""
CONTINUATION = """
[parts.continuation]
network = {{ embedding = 4, position_width = 2, first = 8, second = 6 }}
training = {{ batch = 4 }}
loop = {{ epochs = 2, steps_per_epoch = {steps}, warm_up_steps = 1 }}
"""


def recipe(folder: Path, steps: int = 2) -> Path:
    parts = [AUTOENCODER.format(part=part, latent=latent, steps=steps)
             for part, latent in (("vae_2", 2), ("vae_32", 32))]  # fmt: skip
    path = folder / "recipe.toml"
    path.write_text(TINY + "".join(parts) + CONTINUATION.format(steps=steps), encoding="utf-8")
    return path


def piece(length: int) -> Piece:
    elements = np.column_stack([1 + np.arange(length) % 200, np.full(length, 5)])
    return Piece("made up", "train", elements, np.arange(length) % 8)


def test_the_published_recipe_has_the_sizes_of_the_text() -> None:
    recipe = training.read_recipe()
    continuation = recipe.parts["continuation"].network
    assert isinstance(continuation, ContinuationConfig)
    assert (continuation.embedding, continuation.first, continuation.second) == (64, 512, 256)
    latent = {part: getattr(found.network, "latent", 0) for part, found in recipe.parts.items()}
    assert {latent["text_ae"], latent["ae_2"], latent["vae_2"]} == {2}
    assert {latent["ae_32"], latent["vae_32"]} == {32}


def test_a_quick_recipe_is_the_published_one_but_smaller() -> None:
    full, quick = training.read_recipe(), training.read_recipe(is_quick=True)
    assert full.parts.keys() == quick.parts.keys()
    for part in full.parts:
        assert quick.parts[part].loop.steps < full.parts[part].loop.steps


def test_a_recipe_with_an_unknown_word_is_refused(tmp_path: Path) -> None:
    path = recipe(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "colour = 1\n", encoding="utf-8")
    with pytest.raises(InvalidRequestError, match="recipe for chords"):
        training.read_recipe(path)


def test_the_element_to_find_is_the_one_after_the_window() -> None:
    one = piece(33)
    features, targets = sequence(one.elements, one.positions)
    assert features[-1, 0] == one.elements[31, 0]
    assert targets[-1].tolist() == one.elements[32].tolist()
    assert (features[:, 3] == one.positions[1:]).all()


def test_what_lies_beyond_a_short_piece_is_not_learnt() -> None:
    one = piece(5)
    _, targets = sequence(one.elements, one.positions)
    assert (targets[4:] == IGNORED).all()
    assert (targets[:4] == one.elements[1:]).all()


def test_windows_are_drawn_in_the_home_key_unless_asked_otherwise() -> None:
    pieces: Sequence[Piece] = [piece(60), piece(9)]
    random = np.random.default_rng(0)
    home = Windows(pieces, DataSettings(other_keys=0.0)).draw(20, random)
    assert home.shape == (20, chords.WINDOW, 2)
    assert set(home[..., 0].flat) <= set(pieces[0].elements[:, 0])
    away = Windows(pieces, DataSettings(other_keys=1.0)).draw(20, random)
    assert not set(away[..., 0].flat) <= set(pieces[0].elements[:, 0])


def test_every_window_of_a_piece_is_asked_about() -> None:
    assert len(all_windows([piece(40), piece(6)], hop=4)) == 3 + 1
    features, targets = all_sequences([piece(40)])
    assert len(features) == len(targets) == 2
    assert (targets != IGNORED).all(axis=-1).sum() == 39


def test_a_stopped_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    path = recipe(tmp_path)
    outcome = training.train(Order(None, whole, path, is_quick=True))
    assert outcome is not None

    asked = iter(range(1000))
    stopped = Order(None, parted, path, is_quick=True, is_stopped=lambda: next(asked) == 4)
    assert training.train(stopped) is None
    assert training.train(Order(None, parted, path, is_quick=True)) is not None

    model, again = (checkpoint.read("model", folder) for folder in (whole, parted))
    assert model.model_hash == again.model_hash
    curves = (whole / "curves.svg").read_text(encoding="utf-8")
    assert curves.count("validation") == curves.count("training") == 3
    networks = open_networks(model)
    assert networks.centre.shape == (32,)
    points = json.loads((model.folder / "map.json").read_text(encoding="ascii"))["points"]
    assert all(len(point) == 3 and 0.0 <= point[2] <= 1.0 for point in points)
