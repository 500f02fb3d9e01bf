import dataclasses
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reprise.engines import checkpoint  # noqa: E402
from reprise.engines.theme.retrieval import MelodyEncoder  # noqa: E402
from reprise.errors import InvalidRequestError  # noqa: E402
from reprise.library import practice  # noqa: E402
from reprise.tokenizers.melody_changes import shifted_on_scale, with_last_duration  # noqa: E402
from reprise.tokenizers.melody_embedding import MelodyNote  # noqa: E402
from reprise.training.order import Order, Outcome  # noqa: E402
from reprise.training.theme import melody_embedding as training  # noqa: E402
from reprise.training.theme.melody_embedding import Example  # noqa: E402

pytestmark = pytest.mark.torch

TUNE = (MelodyNote(0, 60, 4), MelodyNote(4, 62, 4), MelodyNote(8, 64, 8), MelodyNote(16, 67, 8))
OTHER = (MelodyNote(2, 72, 2), MelodyNote(4, 71, 2), MelodyNote(6, 72, 2), MelodyNote(24, 65, 6))

SHORT = """
[network]
feature_width = 4
hidden = 6
width = 8
[views]
[contrast]
batch = 12
[loop]
epochs = 2
steps_per_epoch = 3
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    found = training.train(Order(None, tmp_path_factory.mktemp("run"), is_quick=True))
    assert found is not None
    return found


def test_a_quick_training_tells_tunes_apart_better_than_counting(outcome: Outcome) -> None:
    assert outcome.loss < outcome.baseline
    assert outcome.figures["nearest_is_own"] > outcome.figures["baseline_nearest_is_own"]


def test_the_learning_curves_are_drawn(outcome: Outcome) -> None:
    drawn = (outcome.model.parent / "curves.svg").read_text(encoding="utf-8")

    assert drawn.count("<polyline") == 4


def test_the_written_model_puts_a_changed_tune_nearer_than_another(outcome: Outcome) -> None:
    encoder = MelodyEncoder.of(checkpoint.read(outcome.model.name, outcome.model.parent))
    tunes = [TUNE, with_last_duration(shifted_on_scale(TUNE, 0, 2), 4), OTHER]

    theme, same, other = encoder.vectors(tunes, 0)

    assert theme @ same > theme @ other
    assert 1.0 - theme @ same < encoder.eps


def test_a_training_that_was_stopped_goes_on_to_the_same_loss(tmp_path: Path) -> None:
    recipe = tmp_path / "short.toml"
    recipe.write_text(SHORT, encoding="utf-8")
    asked = iter([False] * 3 + [True])
    whole = Order(None, tmp_path / "whole", recipe, is_quick=True)
    stopped = dataclasses.replace(
        whole, out=tmp_path / "stopped", is_stopped=lambda: next(asked, False)
    )

    assert training.train(stopped) is None
    resumed = training.train(stopped)
    straight = training.train(whole)

    assert resumed is not None
    assert straight is not None
    assert resumed.loss == pytest.approx(straight.loss, abs=1e-6)


def test_no_song_is_both_learnt_and_held_out() -> None:
    learnt, held_out = training.split(practice.songs(20, 1), seed=3)

    assert {example.song for example in learnt}.isdisjoint(example.song for example in held_out)
    assert len({example.song for example in held_out}) == 2


def test_only_exact_repeats_in_one_song_are_repeats() -> None:
    longer = with_last_duration(TUNE, 2)
    batch = [Example(0, 0, TUNE), Example(0, 0, TUNE), Example(1, 0, TUNE), Example(0, 0, longer)]

    found = training.repeats(batch)

    assert found.tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, True],
    ]


def test_a_repeat_in_the_same_song_costs_nothing() -> None:
    vectors = torch.eye(4)[[0, 0, 1, 2, 0, 0, 1, 2]]
    repeated = training.repeats([Example(0, 0, tune) for tune in (TUNE, TUNE, OTHER, OTHER[:3])])
    none = np.eye(4, dtype=np.bool_)

    assert training.contrast(vectors, repeated, 0.1).item() < 0.001
    assert training.contrast(vectors, none, 0.1).item() > 0.3


def test_a_recipe_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[network]\ndepth = 9\n[views]\n[contrast]\n[loop]\n", encoding="utf-8")

    with pytest.raises(InvalidRequestError, match="recipe for melody-embedding"):
        training.read_recipe(recipe)
