import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reprise.engines.chords.lengths import fitting_lengths
from reprise.music.meter import Meter, MeterMap
from reprise.tokenizers import chords

COMMON = MeterMap()


def wanting(*beats: float, by: float = 3.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Scores that lead to lengths, each by some nats."""
    scores = np.zeros((len(beats), chords.DURATION_COUNT))
    for row, length in zip(scores, beats):
        row[chords.DURATIONS.index(length)] = by
    return scores


def test_likely_lengths_are_taken() -> None:
    assert fitting_lengths(wanting(2, 2, 4, 8), 0.0, 16.0, COMMON, 1.0) == [2, 2, 4, 8]


def test_where_places_do_not_count_every_length_is_the_likeliest() -> None:
    assert fitting_lengths(wanting(1.5, 0.5, 3, 12), 0.0, 17.0, COMMON, 0.0) == [1.5, 0.5, 3, 12]


def test_a_length_that_is_hardly_wanted_gives_way_to_the_bar_line() -> None:
    scores = wanting(3, 4, 4)
    scores[:, chords.DURATIONS.index(4.0)] = 2.7
    assert fitting_lengths(scores, 0.0, 11.0, COMMON, 0.0) == [3, 4, 4]
    assert fitting_lengths(scores, 0.0, 12.0, COMMON, 1.0) == [4, 4, 4]


def test_what_is_left_is_not_asked_once_the_end_is_reached() -> None:
    assert fitting_lengths(wanting(4, 4, 4, 4), 0.0, 8.0, COMMON, 1.0) == [4, 4]


@given(
    st.integers(1, 32),
    st.sampled_from((0.5, 3.0, 7.5, 16.0, 64.0)),
    st.sampled_from((COMMON, MeterMap.constant(Meter(3, 4)), MeterMap.constant(Meter(7, 8)))),
    st.integers(0, 99),
)
def test_lengths_reach_the_end_or_use_up_all_elements(
    count: int, end: float, meter_map: MeterMap, seed: int
) -> None:
    scores = np.random.default_rng(seed).normal(size=(count, chords.DURATION_COUNT))
    found = fitting_lengths(scores, 0.0, end, meter_map, 0.5)
    assert 1 <= len(found) <= count
    assert sum(found) >= end or len(found) == count
    assert sum(found[:-1]) < end
