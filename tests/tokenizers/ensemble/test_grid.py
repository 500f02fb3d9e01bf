import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from reprise.music.meter import DENOMINATORS, Meter, MeterMap
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.grid import grid_bars, ticks

LENGTHS = st.integers(1, 64 * 24).map(lambda tick: tick / 24)


@given(strategies.meter_maps(), LENGTHS)
def test_grid_bars_cover_any_music_without_a_gap(meter_map: MeterMap, length: float) -> None:
    bars = grid_bars(meter_map, length)

    assert bars[0].start == 0
    assert all(left.end == right.start for left, right in itertools.pairwise(bars))
    assert bars[-1].end == ticks(length)


@given(strategies.meter_maps(), LENGTHS)
def test_every_grid_bar_fits_the_positions_and_its_own_meter(
    meter_map: MeterMap, length: float
) -> None:
    for bar in grid_bars(meter_map, length):
        assert 1 <= bar.length <= words.MAX_BAR_TICKS
        assert bar.length <= words.METER_TICKS[bar.meter]


@pytest.mark.parametrize("meter", words.METERS)
def test_a_meter_with_a_token_is_one_grid_bar(meter: tuple[int, int]) -> None:
    own = Meter(*meter)

    bars = grid_bars(MeterMap.constant(own), 3 * own.bar_length)

    assert [words.METERS[bar.meter] for bar in bars] == [meter] * 3


@pytest.mark.parametrize(
    ("meter", "groups"),
    [
        ((5, 8), [36, 24]),
        ((7, 16), [36, 6]),
        ((11, 8), [72, 36, 24]),
        ((13, 8), [72, 36, 48]),
        ((15, 16), [36, 36, 18]),
        ((7, 4), [96, 72]),
    ],
)
def test_a_meter_without_a_token_is_built_from_groups(
    meter: tuple[int, int], groups: list[int]
) -> None:
    own = Meter(*meter)

    bars = grid_bars(MeterMap.constant(own), own.bar_length)

    assert [bar.length for bar in bars] == groups
    assert [bar.opens_bar for bar in bars] == [True] + [False] * (len(groups) - 1)


@pytest.mark.parametrize("denominator", DENOMINATORS)
@pytest.mark.parametrize("numerator", [1, 2, 5, 11, 13, 64])
def test_bar_lines_fall_where_the_meter_puts_them(numerator: int, denominator: int) -> None:
    own = Meter(numerator, denominator)

    bars = grid_bars(MeterMap.constant(own), 4 * own.bar_length)

    lines = {bar.start for bar in bars if bar.opens_bar}
    assert lines == {ticks(count * own.bar_length) for count in range(4)} - {bars[-1].end}


def test_a_change_of_meter_in_every_bar_is_followed() -> None:
    meters = MeterMap(((0.0, Meter(4, 4)), (4.0, Meter(7, 8)), (7.5, Meter(3, 4))))

    assert [bar.length for bar in grid_bars(meters, 10.5)] == [96, 84, 72]
