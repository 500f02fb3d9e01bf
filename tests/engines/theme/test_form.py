"""The form of a development: it leaves its theme, and ends with it."""

import numpy as np
import pytest

from reprise.engines.theme.form import wishes
from reprise.engines.theme.grammar import Wish


def stated(first: int, stop: int, strength: float = 0.35, seed: int = 0) -> list[int]:
    found = wishes(first, stop, strength, np.random.default_rng(seed))
    return sorted(bar for bar, wish in found.items() if wish == Wish.STATE)


@pytest.mark.parametrize("bars", [4, 6, 8, 13, 16])
@pytest.mark.parametrize("seed", range(4))
def test_the_theme_comes_back_at_the_very_end(bars: int, seed: int) -> None:
    assert stated(3, 3 + bars, seed=seed)[-1] == 3 + bars - 2


@pytest.mark.parametrize("bars", [4, 6, 8, 16])
@pytest.mark.parametrize("seed", range(4))
def test_the_theme_is_left_before_it_comes_back(bars: int, seed: int) -> None:
    starts = stated(0, bars, seed=seed)
    assert all(later - earlier >= 4 for earlier, later in zip(starts, starts[1:]))
    assert len(starts) < bars / 2


def test_every_bar_has_its_wish() -> None:
    assert sorted(wishes(4, 12, 0.5, np.random.default_rng(0))) == list(range(4, 12))


def test_in_two_bars_it_comes_back_and_in_one_it_cannot() -> None:
    assert stated(2, 4) == [2]
    assert stated(2, 3) == []


def test_a_strong_development_states_its_theme_more_rarely() -> None:
    counts = [
        sum(len(stated(0, 32, strength, seed)) for seed in range(20)) for strength in (0, 0.3, 1)
    ]
    assert counts[0] > counts[1] > counts[2]
