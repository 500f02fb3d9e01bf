"""Overlap and divergence: one and nought for equal sets, less and more the further apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.evaluation.melodies.set_distances import (
    Density,
    divergence,
    inter,
    intra,
    legacy_divergence,
    overlap,
)


def drawn(mean: float, deviation: float = 1.0, count: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, deviation, (count, 1))


def test_distances_within_a_set_are_between_every_two_members() -> None:
    found = intra(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]))

    assert sorted(found.distances.tolist()) == [0.0, 0.0, 5.0, 5.0, 5.0, 5.0]


def test_distances_between_sets_are_from_every_member_to_every_other() -> None:
    found = inter(np.array([[0.0], [1.0]]), np.array([[3.0]]))

    assert sorted(found.distances.tolist()) == [2.0, 3.0]


def test_a_density_is_that_of_a_sum_of_bells() -> None:
    distances = np.array([0.0, 1.0, 1.0, 4.0])
    wide = distances.std(ddof=1) * 4 ** (-1 / 5)
    points = np.linspace(-2.0, 6.0, 7)
    bells = np.exp(-0.5 * ((points[:, None] - distances) / wide) ** 2) / (wide * np.sqrt(2 * np.pi))

    assert Density(distances).at(points) == pytest.approx(bells.mean(axis=1))


def test_equal_sets_overlap_and_do_not_diverge() -> None:
    left, right = Density(drawn(5.0).ravel()), Density(drawn(5.0).ravel())

    assert overlap(left, right) > 0.97
    assert divergence(left, right) == pytest.approx(0.0, abs=1e-9)
    assert legacy_divergence(left, right) == pytest.approx(0.0, abs=1e-9)


def test_the_further_apart_the_less_they_overlap_and_the_more_they_diverge() -> None:
    near, far, true = (
        Density(drawn(mean, seed=index).ravel()) for index, mean in enumerate((5.5, 8.0, 5.0))
    )

    assert overlap(true, near) > overlap(true, far)
    assert divergence(true, near) < divergence(true, far)


def test_the_legacy_divergence_does_not_see_that_a_set_lies_elsewhere() -> None:
    true, moved = Density(drawn(5.0).ravel()), Density(drawn(5.0).ravel() + 100.0)

    assert legacy_divergence(true, moved) == pytest.approx(0.0, abs=1e-6)
    assert divergence(true, moved) > 1.0
    assert overlap(true, moved) < 0.01


@given(values=st.lists(st.integers(0, 4), min_size=2, max_size=12))
def test_few_and_equal_values_have_figures_within_their_bounds(values: list[int]) -> None:
    mine = intra(np.array(values, np.float64)[:, None])
    other = intra(np.array([0.0, 1.0, 3.0])[:, None])

    assert 0.0 <= overlap(mine, other) <= 1.001
    assert divergence(other, mine) >= -1e-9
    assert np.isfinite(divergence(other, mine))
