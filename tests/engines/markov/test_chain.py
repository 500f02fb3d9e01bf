"""The chain: what followed before is likely again, and nothing is impossible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.engines.markov.chain import ContextChain

sequences = st.lists(st.lists(st.integers(0, 6), max_size=30), max_size=5)


@given(sequences, st.lists(st.integers(0, 6), max_size=6))
def test_shares_sum_to_one_and_leave_nothing_out(
    learned: list[list[int]], context: list[int]
) -> None:
    chain = ContextChain(7)
    for sequence in learned:
        chain.learn(sequence)
    shares = chain.shares(context)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.min() > 0.0


def test_what_always_followed_is_the_likeliest() -> None:
    chain = ContextChain(4)
    chain.learn([0, 1, 2, 3] * 4)
    assert [int(np.argmax(chain.shares([symbol]))) for symbol in range(4)] == [1, 2, 3, 0]


def test_a_longer_context_tells_apart_what_a_shorter_one_cannot() -> None:
    chain = ContextChain(5)
    chain.learn([0, 2, 3, 1, 2, 4] * 4)
    assert int(np.argmax(chain.shares([0, 2]))) == 3
    assert int(np.argmax(chain.shares([1, 2]))) == 4


def test_an_unknown_context_falls_back_on_its_known_end() -> None:
    chain = ContextChain(5)
    chain.learn([0, 1, 0, 1, 0, 1])
    assert chain.shares([4, 3, 0]) == pytest.approx(chain.shares([0]))


def test_witten_bell_shares_are_as_published() -> None:
    chain = ContextChain(4, order=0)
    chain.learn([0, 0, 1])
    assert chain.shares([]) == pytest.approx([2.5 / 5, 1.5 / 5, 0.5 / 5, 0.5 / 5])


def test_a_weight_counts_like_repeating() -> None:
    once, twice = ContextChain(3), ContextChain(3)
    once.learn([0, 1, 2], weight=2.0)
    twice.learn([0, 1, 2])
    twice.learn([0, 1, 2])
    assert once.shares([0, 1]) == pytest.approx(twice.shares([0, 1]))
