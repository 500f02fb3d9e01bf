"""Any meter, and any change of it, divides time into bars that leave no gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from reprise.errors import InvalidRequestError
from reprise.music.meter import Meter, MeterMap
from reprise.music.span import Span

SEVEN_TO_FIVE = MeterMap(((0.0, Meter(7, 8)), (14.0, Meter(5, 16))))
lengths = st.integers(1, 64 * 96).map(lambda ticks: ticks / 96)


@pytest.mark.parametrize(
    ("meter", "bar", "pulse"),
    [
        (Meter(4, 4), 4.0, 1.0),
        (Meter(3, 4), 3.0, 1.0),
        (Meter(6, 8), 3.0, 1.5),
        (Meter(12, 8), 6.0, 1.5),
        (Meter(3, 8), 1.5, 0.5),
        (Meter(7, 8), 3.5, 0.5),
        (Meter(5, 16), 1.25, 0.25),
        (Meter(2, 2), 4.0, 2.0),
        (Meter(1, 64), 0.0625, 0.0625),
    ],
)
def test_a_bar_and_its_pulse_are_counted_in_quarter_notes(
    meter: Meter, bar: float, pulse: float
) -> None:
    assert (meter.bar_length, meter.pulse) == (bar, pulse)


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 4), (65, 4), (4, 3), (4, 0), (4, 128)])
def test_a_meter_that_no_one_can_write_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"got {numerator}/{denominator}"):
        Meter(numerator, denominator)


@pytest.mark.parametrize(
    "starts", [(), (1.0,), (0.0, 0.0), (0.0, 4.0, 2.0)], ids=["none", "late", "twice", "falling"]
)
def test_a_map_that_does_not_rise_from_0_is_refused(starts: tuple[float, ...]) -> None:
    with pytest.raises(InvalidRequestError, match="starts at beat 0"):
        MeterMap(tuple((start, Meter()) for start in starts))


def test_seven_eight_gives_way_to_five_sixteen() -> None:
    bars = list(SEVEN_TO_FIVE.bars(17.5))
    assert [bar.length for bar in bars] == [3.5] * 4 + [1.25] * 3
    assert str(SEVEN_TO_FIVE.at(13.9)) == "7/8"
    assert str(SEVEN_TO_FIVE.at(14.0)) == "5/16"


def test_a_change_inside_a_bar_cuts_it_short() -> None:
    meters = MeterMap(((0.0, Meter(4, 4)), (6.0, Meter(3, 4))))
    assert list(meters.bars(9.0)) == [Span(0.0, 4.0), Span(4.0, 6.0), Span(6.0, 9.0)]
    assert meters.bar_at(5.5) == Span(4.0, 6.0)


@given(strategies.meter_maps(), lengths)
def test_bars_cover_all_time_without_a_gap(meters: MeterMap, length: float) -> None:
    bars = list(meters.bars(length))
    assert bars[0].start == 0.0
    assert bars[-1].end >= length
    assert all(before.end == after.start for before, after in zip(bars, bars[1:]))
    assert meters.bar_count(length) == len(bars)


@given(strategies.meter_maps(), lengths)
def test_a_bar_found_by_time_is_one_of_the_bars(meters: MeterMap, beat: float) -> None:
    bar = meters.bar_at(beat)
    assert bar.contains(beat)
    assert meters.bar_start(beat) == bar.start
    assert any(abs(bar.start - other.start) < 1e-9 for other in meters.bars(beat + 1.0))


@given(st.floats(0.1, 9.0), st.floats(0.01, 9.0), st.floats(0, 1), strategies.meters)
def test_a_bar_is_found_wherever_meters_change(
    change: float, more: float, place: float, meter: Meter
) -> None:
    meters = MeterMap(((0.0, Meter(3, 8)), (change, meter), (change + more, Meter())))
    for beat in (change, change + more * place, change + more, (change + more) * place):
        assert meters.bar_at(beat).contains(beat)


@given(strategies.meter_maps(), lengths, st.data())
def test_the_span_of_bars_is_their_first_start_and_last_end(
    meters: MeterMap, length: float, data: st.DataObject
) -> None:
    bars = list(meters.bars(length))
    first = data.draw(st.integers(0, len(bars) - 1))
    stop = data.draw(st.integers(first + 1, len(bars)))
    span = meters.span_of_bars(first, stop, length)
    assert span == Span(bars[first].start, min(bars[stop - 1].end, length))


@pytest.mark.parametrize(("first", "stop"), [(-1, 2), (0, 5), (2, 2), (3, 1)])
def test_bars_that_the_clip_does_not_have_are_refused(first: int, stop: int) -> None:
    with pytest.raises(InvalidRequestError, match=r"the clip has bars 0:4"):
        MeterMap().span_of_bars(first, stop, 16.0)


@given(strategies.meter_maps(), lengths, lengths)
def test_a_map_seen_from_later_has_the_same_meters(
    meters: MeterMap, later: float, beat: float
) -> None:
    assert meters.after(later).at(beat) == meters.at(later + beat)


def test_a_bar_line_that_binary_fractions_miss_begins_its_bar() -> None:
    meters = MeterMap(((0.0, Meter()), (1.9458854166666666, Meter(5, 32))))
    line = 1.9458854166666666 + 6 * 0.625
    assert meters.bar_at(line).start == line


@given(strategies.meter_maps(), st.lists(st.floats(0.0, 100.0)))
def test_the_bars_of_many_times_are_those_of_each(meters: MeterMap, beats: list[float]) -> None:
    starts, lengths = meters.bars_at(np.array(beats))
    assert starts.tolist() == [meters.bar_start(beat) for beat in beats]
    assert lengths.tolist() == [meters.at(beat).bar_length for beat in beats]
