"""Sampling: masks are obeyed, greedy is greedy, seeds give the same draw everywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.engines.sampling import (
    Sampling,
    generator,
    probabilities,
    sample,
    sampling_from_surprise,
)
from reprise.errors import InvalidRequestError

scores = st.lists(
    st.floats(-50, 50) | st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    min_size=1,
    max_size=40,
)


@given(scores, st.data())
def test_a_forbidden_choice_is_never_drawn(values: list[float], data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    mask[data.draw(st.integers(0, len(values) - 1))] = True
    temperature = data.draw(st.floats(0.0, 3.0))
    sampling = Sampling(temperature, data.draw(st.floats(0, 1)), data.draw(st.floats(0.01, 1)))
    assert mask[
        sample(np.array(values), sampling, generator(data.draw(st.integers(0, 99)), 0), mask)
    ]


@given(scores)
def test_probabilities_sum_to_one(values: list[float]) -> None:
    assert probabilities(np.array(values), Sampling()).sum() == pytest.approx(1.0)


def test_temperature_zero_always_takes_the_best_that_is_allowed() -> None:
    logits, mask = np.array([9.0, 1.0, 2.0]), np.array([False, True, True])
    drawn = {sample(logits, Sampling(0.0), generator(seed, 0), mask) for seed in range(20)}
    assert drawn == {2}


def test_min_p_leaves_out_what_is_unlikely_beside_the_likeliest() -> None:
    logits = np.log(np.array([0.90, 0.08, 0.02]))
    shares = probabilities(logits, Sampling(1.0, min_p=0.05, top_p=1.0))
    assert shares == pytest.approx([0.90 / 0.98, 0.08 / 0.98, 0.0])


def test_top_p_leaves_the_fewest_choices_that_reach_the_share() -> None:
    logits = np.log(np.array([0.2, 0.5, 0.3]))
    shares = probabilities(logits, Sampling(1.0, min_p=0.0, top_p=0.6))
    assert shares == pytest.approx([0.0, 0.625, 0.375])


def test_draws_follow_the_scores() -> None:
    logits, random = np.log(np.array([0.7, 0.3])), generator(1, 2)
    plain = Sampling(1.0, min_p=0.0, top_p=1.0)
    drawn = [sample(logits, plain, random) for _ in range(2000)]
    assert np.mean(drawn) == pytest.approx(0.3, abs=0.05)


def test_more_surprise_spreads_the_probabilities() -> None:
    logits = np.array([2.0, 1.0, 0.0, -1.0])
    best = [probabilities(logits, sampling_from_surprise(s / 10))[0] for s in range(11)]
    assert best[0] == 1.0
    assert best == sorted(best, reverse=True)
    assert best[-1] < 0.6


def test_surprise_follows_the_documented_table() -> None:
    quarter, half, full = (sampling_from_surprise(s, 1.0) for s in (0.25, 0.5, 1.0))
    assert [quarter.temperature, half.temperature, full.temperature] == pytest.approx(
        [0.925, 1.05, 1.3]
    )
    assert [quarter.min_p, half.min_p, full.min_p] == pytest.approx([0.0475, 0.035, 0.01])


def test_a_candidates_numbers_are_its_own_and_the_same_on_every_machine() -> None:
    assert generator(7, 3).integers(0, 1000, 4).tolist() == [524, 482, 293, 724]
    assert generator(7, 3).random() != generator(7, 4).random() != generator(8, 3).random()


@pytest.mark.parametrize("wrong", [(-0.1, 0.0, 1.0), (1.0, 1.5, 1.0), (1.0, 0.0, 0.0)])
def test_settings_out_of_range_are_told(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidRequestError, match="must be"):
        Sampling(*wrong)
