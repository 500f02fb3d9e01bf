import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from reprise.engines.theme.dbscan import NOISE, Distances, dbscan


def distances(points: list[float]) -> Distances:
    line = np.array(points)
    apart: Distances = np.abs(line[:, None] - line[None, :])
    return apart


def test_near_items_are_one_cluster_and_a_lonely_one_is_noise() -> None:
    labels = dbscan(distances([0.0, 0.1, 5.0, 5.1, 9.0]), 0.2, 2)

    assert labels.tolist() == [0, 0, 1, 1, NOISE]


def test_a_chain_of_near_items_is_one_cluster() -> None:
    assert dbscan(distances([0.0, 0.2, 0.4, 0.6]), 0.2 + 1e-9, 2).tolist() == [0, 0, 0, 0]


def test_an_item_at_the_edge_joins_a_cluster_but_does_not_carry_it_on() -> None:
    points = [0.0, 0.0, 0.1, 0.3, 0.5]

    assert dbscan(distances(points), 0.2 + 1e-9, 3).tolist() == [0, 0, 0, 0, 0]
    assert dbscan(distances(points), 0.2 + 1e-9, 4).tolist() == [0, 0, 0, 0, NOISE]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40),
    st.integers(1, 5),
    st.floats(0.5, 6.0),
)
def test_clusters_are_those_of_scikit_learn(
    points: list[tuple[int, int]], min_samples: int, eps: float
) -> None:
    places = np.array(points, np.float64)
    apart: Distances = np.linalg.norm(places[:, None] - places[None, :], axis=2)

    found = dbscan(apart, eps, min_samples)

    assert found.tolist() == _theirs(apart, eps, min_samples)


@pytest.mark.parametrize("seed", range(4))
def test_clusters_of_five_hundred_unit_vectors_are_those_of_scikit_learn(seed: int) -> None:
    randomness = np.random.default_rng(seed)
    centres = randomness.normal(size=(40, 16))
    vectors = centres[randomness.integers(0, 40, 500)] + 0.25 * randomness.normal(size=(500, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    apart: Distances = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0)

    for eps in (0.02, 0.05, 0.1, 0.3):
        for min_samples in (2, 5):
            assert dbscan(apart, eps, min_samples).tolist() == _theirs(apart, eps, min_samples)


def _theirs(apart: Distances, eps: float, min_samples: int) -> list[int]:
    theirs = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit(apart)
    return [int(label) for label in theirs.labels_]
