from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.evaluation.statistics import Comparison, Part, Pool, mean, spearman, wilcoxon

differences = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=9)


def by_counting_signs(values: list[float]) -> float:
    """The same p by writing down every choice of signs."""
    values = [value for value in values if value]
    if not values:
        return 1.0
    sizes = sorted(abs(value) for value in values)
    ranks = [
        sum(index + 1 for index, size in enumerate(sizes) if size == abs(value))
        / sizes.count(abs(value))
        for value in values
    ]
    positive = sum(rank for rank, value in zip(ranks, values) if value > 0)
    extreme = min(positive, sum(ranks) - positive)
    sums = [
        sum(rank for rank, sign in zip(ranks, signs) if sign)
        for signs in product((0, 1), repeat=len(ranks))
    ]
    return min(1.0, 2 * sum(total <= extreme for total in sums) / len(sums))


@given(differences)
def test_few_pairs_are_counted_exactly(values: list[float]) -> None:
    assert wilcoxon(values) == pytest.approx(by_counting_signs(values))


def test_as_many_songs_as_are_in_a_table_give_the_tabled_p() -> None:
    assert wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == pytest.approx(2 / 2**6)
    assert wilcoxon([-1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]) == pytest.approx(4 / 2**8)


def test_many_pairs_agree_with_fewer_where_they_meet() -> None:
    values = [float(index if index % 3 else -index) for index in range(1, 41)]

    exact = wilcoxon(values)
    approximate = wilcoxon([*values, 1e-9])

    assert approximate == pytest.approx(exact, rel=0.1)


def test_no_difference_is_no_evidence() -> None:
    assert wilcoxon([0.0, 0.0]) == 1.0
    assert wilcoxon([]) == 1.0
    assert wilcoxon([1.0, -1.0] * 40) > 0.9


def test_a_ratio_is_pooled_over_examples_and_not_averaged() -> None:
    pool = Pool([("a", {"f1": Part(1, 1)}), ("b", {"f1": Part(0, 9)})])

    assert pool.value("f1") == pytest.approx(0.1)
    assert pool.by_song("f1") == {"a": 1.0, "b": 0.0}


def test_an_interval_holds_the_value_and_narrows_to_it_where_songs_agree() -> None:
    different = Pool((f"song {index}", {"x": Part(index % 2)}) for index in range(40))
    same = Pool((f"song {index}", {"x": Part(1, 2)}) for index in range(40))

    low, high = different.interval("x") or (0.0, 0.0)

    assert 0.3 < low < 0.5 < high < 0.7
    assert same.interval("x") == (0.5, 0.5)


def test_what_applies_to_no_example_has_no_value() -> None:
    pool = Pool([("a", {"x": Part(0, 0)})])

    assert pool.value("x") is None
    assert pool.value("y") is None
    assert pool.interval("x") is None
    assert pool.by_song("x") == {}


def test_pools_that_are_merged_hold_the_examples_of_both() -> None:
    pool = Pool([("a", {"x": Part(1)})])
    pool.merge(Pool([("a", {"x": Part(0)}), ("b", {"x": Part(1)})]))

    assert (pool.count, pool.song_count) == (3, 2)
    assert pool.by_song("x") == {"a": 0.5, "b": 1.0}


def test_only_songs_that_both_have_are_compared() -> None:
    comparison = Comparison.of({"a": 1.0, "b": 2.0}, {"b": 1.5, "c": 0.0})

    assert comparison.differences == (0.5,)
    assert comparison.mean == 0.5
    assert comparison.p_value == 1.0


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 3], [5, 5, 5], 0.0),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8),
    ],
)
def test_rank_correlation(left: list[float], right: list[float], expected: float) -> None:
    assert spearman(left, right) == pytest.approx(expected)


def test_the_mean_of_nothing_is_nothing() -> None:
    assert mean([]) is None
    assert mean([1.0, 2.0]) == 1.5
