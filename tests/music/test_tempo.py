"""Beats and seconds go into each other and back across any changes of tempo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from reprise.errors import InvalidRequestError
from reprise.music.tempo import TempoMap

beats = st.floats(0, 256)


def test_seconds_add_up_over_the_changes() -> None:
    tempi = TempoMap(((0.0, 60.0), (4.0, 120.0), (8.0, 240.0)))
    assert [tempi.seconds_at(beat) for beat in (0.0, 2.0, 4.0, 6.0, 8.0, 12.0)] == [
        0.0,
        2.0,
        4.0,
        5.0,
        6.0,
        7.0,
    ]


@pytest.mark.parametrize(("tempo_bpm", "seconds"), [(20.0, 12.0), (999.0, 240 / 999)])
def test_very_slow_and_very_fast_music(tempo_bpm: float, seconds: float) -> None:
    assert TempoMap.constant(tempo_bpm).seconds_at(4.0) == pytest.approx(seconds)


@given(strategies.tempo_maps(), beats)
def test_beats_survive_the_way_through_seconds(tempi: TempoMap, beat: float) -> None:
    assert tempi.beat_at(tempi.seconds_at(beat)) == pytest.approx(beat, abs=1e-6)


@given(strategies.tempo_maps(), beats, beats)
def test_later_beats_are_later_in_seconds(tempi: TempoMap, one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert tempi.seconds_at(early) <= tempi.seconds_at(late)


@given(strategies.tempo_maps(), beats, beats)
def test_a_map_seen_from_later_has_the_same_tempi(
    tempi: TempoMap, later: float, beat: float
) -> None:
    assert tempi.after(later).at(beat) == pytest.approx(tempi.at(later + beat))


@pytest.mark.parametrize("starts", [(), (1.0,), (0.0, 0.0), (0.0, 4.0, 2.0)])
def test_a_map_that_does_not_rise_from_0_is_refused(starts: tuple[float, ...]) -> None:
    with pytest.raises(InvalidRequestError, match="starts at beat 0"):
        TempoMap(tuple((start, 120.0) for start in starts))


@pytest.mark.parametrize("tempo_bpm", [0.0, -120.0, 1000.1, float("inf"), float("nan")])
def test_a_tempo_that_no_one_can_play_is_refused(tempo_bpm: float) -> None:
    with pytest.raises(InvalidRequestError, match="a tempo must be 1 to 1000"):
        TempoMap.constant(tempo_bpm)
