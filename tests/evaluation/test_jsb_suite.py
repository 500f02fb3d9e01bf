from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import tiny_chorales
from reprise.engines import checkpoint
from reprise.errors import CannotServeError, MissingDataError
from reprise.evaluation import jsb as suite
from reprise.evaluation.players import counting
from reprise.library import jsb
from reprise.tokenizers import chorale


class KnowsNothing:
    """A token model and a field model that find every class equally likely."""

    length = 0

    def prefill(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.zeros((*features.shape[:2], chorale.CLASS_COUNT), np.float32)

    def step(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.prefill(features[:, None])[:, 0]

    def fork(self) -> "KnowsNothing":
        return self

    def logits(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.zeros((*features.shape[:2], 4, chorale.CLASS_COUNT), np.float32)


def windows() -> chorale.Grid:
    return jsb.windows(tiny_chorales.chorales(3))[0]


def test_knowing_nothing_costs_the_logarithm_of_the_classes() -> None:
    likelihoods, hits = suite.next_note_outcomes(KnowsNothing(), windows())

    assert np.allclose(-likelihoods, np.log(chorale.CLASS_COUNT))
    assert hits.shape == (len(windows()), 131)


def test_a_refill_is_asked_of_32_chords_for_each_voice() -> None:
    hits = suite.refill_outcomes(KnowsNothing(), windows())

    assert hits.shape == (len(windows()), 32, 4)


def test_changed_cells_are_those_unlike_the_same_voice_one_step_before() -> None:
    grid = np.full((1, 33, 4), 20)
    grid[0, 2, 1] = 21

    changed = suite.changed_cells(grid)[0]

    assert np.flatnonzero(changed).tolist() == [2 * 4 + 1 - 1, 3 * 4 + 1 - 1]


def test_copying_is_right_where_nothing_changes_and_guesses_the_usual_in_the_first_row() -> None:
    still = np.full((2, 33, 4), 20)
    still[0, 32, 3] = 21
    still[1, :, 2] = 18

    found = suite.measure_baselines([still[0]], still)

    assert found["copy"]["accuracy"] == pytest.approx((2 * 131 - 2) / (2 * 131))


def test_the_baselines_know_what_they_were_shown() -> None:
    found = suite.measure_baselines(tiny_chorales.chorales(3), windows())

    assert found["counting"]["accuracy"] > found["copy"]["accuracy"]
    assert found["counting"]["note_accuracy"] > 0.5
    assert found["most_frequent_pitch"]["note_accuracy"] > 0.5


def test_counting_gives_probabilities() -> None:
    contexts = np.array([[0, 1], [0, 1], [0, 2]])
    model = counting.CountingModel(contexts, np.array([5, 5, 6]))

    chances = model.probabilities(np.array([[0, 1], [0, 3], [9, 9]]))

    assert np.allclose(chances.sum(axis=1), 1.0)
    assert chances[0].argmax() == 5
    assert np.allclose(chances[2], 1.0 / chorale.CLASS_COUNT)


def test_counting_follows_witten_and_bell() -> None:
    model = counting.CountingModel(np.array([[0], [0], [0]]), np.array([5, 5, 6]))

    chances = model.probabilities(np.array([[0]]))[0]

    uniform = 1.0 / chorale.CLASS_COUNT
    assert chances[5] == pytest.approx((1 - 3 / 5) * uniform + 3 / 5 * 2 / 3)


def test_counting_a_refill_never_looks_at_the_hidden_voice() -> None:
    grids = windows()
    other = grids.copy()
    other[:, :, 2] = 1
    own = np.full(len(grids), chorale.UNKNOWN)

    first, second = (counting.refill_contexts(each, 2, 5, own) for each in (grids, other))

    assert (first == second).all()


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    checkpoint.write_settings(tmp_path / "other-v1", {"kind": "other"}, {})
    checkpoint.write_sums(tmp_path / "other-v1")

    with pytest.raises(CannotServeError, match="other"):
        suite.evaluate("other-v1", tmp_path, models_directory=tmp_path)


def test_missing_chorales_are_said_to_be_missing(tmp_path: Path) -> None:
    checkpoint.write_settings(tmp_path / "tiny-v1", {"kind": "chorale"}, {})
    checkpoint.write_sums(tmp_path / "tiny-v1")

    with pytest.raises(MissingDataError):
        suite.evaluate("tiny-v1", tmp_path, models_directory=tmp_path)


def test_the_model_that_we_ship_is_measured_with_every_figure(tmp_path: Path) -> None:
    data = tiny_chorales.write_data_set(tmp_path)
    heard: list[float] = []

    found = suite.evaluate(
        "chorale-v1",
        data,
        progress=lambda fraction, _stage: heard.append(fraction),
        clock=iter([1.0, 3.5]).__next__,
    )

    assert found.keys() == {
        "nll",
        "accuracy",
        "accuracy_changed",
        "note_accuracy",
        "note_accuracy_by_voice",
        "intervals",
        "baselines",
        "windows",
        "predictions",
        "model",
        "model_hash",
        "seconds",
    }
    assert (found["windows"], found["predictions"], found["seconds"]) == (6, 6 * 131, 2.5)
    assert 0.0 < found["nll"] < np.log(chorale.CLASS_COUNT)
    for name, (low, high) in found["intervals"].items():
        assert low <= found[name] <= high
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
