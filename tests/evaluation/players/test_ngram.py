import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.evaluation.players.ngram import SpelledCell, TokenCounts
from reprise.tokenizers.ensemble import vocabulary as words

cells = st.builds(
    SpelledCell,
    st.integers(0, 23),
    st.lists(st.integers(0, words.SIZE - 1), min_size=1, max_size=6).map(tuple),
)


@settings(max_examples=20)
@given(st.lists(cells, min_size=1, max_size=12), cells, st.integers(-1, 4))
def test_what_may_come_next_adds_up_to_one(
    learned: list[SpelledCell], asked: SpelledCell, longest: int
) -> None:
    counts = TokenCounts(learned, longest)
    before = asked.tokens[:-1]

    total = sum(
        float(counts.probabilities(SpelledCell(asked.role, (*before, token)))[-1])
        for token in range(words.SIZE)
    )

    assert total == pytest.approx(1.0)


@given(st.lists(cells, min_size=1, max_size=12))
def test_cells_cost_what_their_tokens_cost(learned: list[SpelledCell]) -> None:
    counts = TokenCounts(learned)

    together = counts.log2_of(learned)

    alone = [float(np.log2(counts.probabilities(cell)).sum()) for cell in learned]
    assert together == pytest.approx(alone)


def test_what_was_seen_is_likelier_than_what_was_not() -> None:
    counts = TokenCounts([SpelledCell(1, (5, 6, 7))] * 10)

    seen, unseen = counts.log2_of([SpelledCell(1, (5, 6, 7)), SpelledCell(1, (5, 7, 6))])

    assert seen > unseen


def test_a_token_goes_on_as_it_did_in_its_role() -> None:
    counts = TokenCounts([SpelledCell(1, (5, 6))] * 3 + [SpelledCell(2, (5, 7))] * 3)

    assert counts.next_token(1, (5,), np.array([6, 7])) == 6
    assert counts.next_token(2, (5,), np.array([6, 7])) == 7


def test_knowing_nothing_costs_the_logarithm_of_the_vocabulary() -> None:
    counts = TokenCounts([])

    assert counts.log2_of([SpelledCell(0, (1, 2))]) == pytest.approx([-2 * np.log2(words.SIZE)])
    assert counts.log2_of([]) == []
