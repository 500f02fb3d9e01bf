"""Swing and micro-timing come off and go back on; new notes fall where the player would play."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.music.feel import Feel, Swing, find_swing, put_back, straight_onsets, take_off
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note

SEVEN_EIGHT = MeterMap.constant(Meter(7, 8))


def swung(ratio: float, unit: float = 0.5, bars: int = 2) -> tuple[Note, ...]:
    """Even notes of `unit` with late off-beats."""
    late = (ratio - 0.5) * 2 * unit
    count = round(4 * bars / unit)
    return tuple(
        Note(index * unit + late * (index % 2), 60 + index % 5, unit * 0.8)
        for index in range(count)
    )


def humanised(notes: tuple[Note, ...], most: float, seed: int = 1) -> tuple[Note, ...]:
    dice = random.Random(seed)
    return tuple(replace(note, start=note.start + most * dice.random()) for note in notes)


@given(strategies.note_tuples(20), strategies.meter_maps(), st.sampled_from((4, 12, 24, 96)))
def test_what_was_played_comes_back_exactly(
    notes: tuple[Note, ...], meter_map: MeterMap, grid_per_beat: int
) -> None:
    straight, feel = take_off(notes, meter_map, grid_per_beat)
    assert put_back(straight, feel) == notes


@given(strategies.note_tuples(20), strategies.meter_maps())
def test_straight_notes_are_on_the_grid_and_change_in_nothing_else(
    notes: tuple[Note, ...], meter_map: MeterMap
) -> None:
    straight, _ = take_off(notes, meter_map)
    for note, played in zip(straight, notes, strict=True):
        assert note.start * 24 == round(note.start * 24)
        assert round(note.duration * 24) >= 1
        assert replace(note, start=played.start, duration=played.duration) == played


@given(strategies.note_tuples(20), strategies.meter_maps(), st.sampled_from((4, 12, 24, 96)))
def test_onsets_alone_are_those_of_the_straight_notes(
    notes: tuple[Note, ...], meter_map: MeterMap, grid_per_beat: int
) -> None:
    straight, _ = take_off(notes, meter_map, grid_per_beat)
    onsets = straight_onsets(notes, meter_map, grid_per_beat)
    assert (onsets / grid_per_beat).tolist() == [note.start for note in straight]


@pytest.mark.parametrize("ratio", [0.54, 0.58, 0.62, 2 / 3])
@pytest.mark.parametrize("unit", [0.5, 0.25])
def test_swing_is_found_and_taken_off(ratio: float, unit: float) -> None:
    notes = humanised(swung(ratio, unit), 0.01)
    straight, feel = take_off(notes)
    assert feel.swing is not None
    assert feel.swing.unit == unit
    assert feel.swing.ratio == pytest.approx(ratio, abs=0.03)
    assert [note.start for note in straight] == [index * unit for index in range(len(notes))]


@pytest.mark.parametrize(
    "starts",
    [
        [index / 2 for index in range(16)],
        [index / 4 for index in range(32)],
        [index / 3 for index in range(24)],
        [index / 6 for index in range(48)],
        [0.0, 0.66],
        [float(index) for index in range(16)],
    ],
    ids=["eighths", "sixteenths", "triplets", "sextuplets", "two notes", "quarters"],
)
def test_straight_music_has_no_swing(starts: list[float]) -> None:
    assert find_swing([Note(start, 60, 0.1) for start in starts]) is None


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_played_notes_are_read_on_the_beat_that_they_mean(steps: int) -> None:
    meant = tuple(Note(index / steps, 60 + index, 0.2) for index in range(8 * steps))
    straight, _ = take_off(humanised(meant, 0.04))
    assert [note.start for note in straight] == [round(note.start * 24) / 24 for note in meant]


def test_swing_is_counted_from_the_bar_in_seven_eight() -> None:
    notes = [
        Note(3.5 * bar + pair + (0.62 if is_off else 0.0), 60, 0.3)
        for bar in range(4)
        for pair, is_off in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0))
    ]
    straight, feel = take_off(notes, SEVEN_EIGHT)
    assert feel.swing is not None
    assert feel.swing.ratio == pytest.approx(0.62)
    assert [note.start for note in straight] == [
        3.5 * bar + 0.5 * eighth for bar in range(4) for eighth in range(7)
    ]


def test_a_new_note_on_an_off_beat_swings_too() -> None:
    _, feel = take_off(swung(0.6))
    (note,) = put_back([Note(1.5, 90, 0.5)], feel)
    assert note.start == pytest.approx(1.6)
    assert note.end == pytest.approx(2.0)


def test_a_new_note_takes_the_timing_of_the_onset_it_falls_on() -> None:
    played = (Note(0.02, 60, 1.0), Note(1.04, 62, 1.0), Note(2.01, 64, 1.0))
    _, feel = take_off(played)
    (note,) = put_back([Note(1.0, 72, 0.5)], feel)
    assert note.start == pytest.approx(1.04)


def test_a_new_note_elsewhere_takes_the_timing_of_its_place_in_the_bar_or_beat() -> None:
    downbeats = (Note(4.0 * bar + 0.02, 60, 1.0) for bar in range(3))
    played = (*downbeats, Note(3.5, 64, 0.5))
    _, feel = take_off(played)
    same_bar_place, same_beat_place, neither = put_back(
        [Note(12.0, 60, 1.0), Note(13.0, 60, 1.0), Note(13.25, 60, 1.0)], feel
    )
    assert same_bar_place.start == pytest.approx(12.02)
    assert same_beat_place.start == pytest.approx(13.02)
    assert neither.start == pytest.approx(13.27)


def test_a_note_of_the_source_that_grew_keeps_its_timing() -> None:
    straight, feel = take_off((Note(1.03, 60, 0.9),))
    (longer,) = put_back([replace(straight[0], duration=2.0)], feel)
    assert longer.start == pytest.approx(1.03)
    assert longer.duration == pytest.approx(2.0)


def test_velocities_follow_the_players_accents() -> None:
    notes = builders.groove(2)
    _, feel = take_off(notes)
    assert feel.velocity_at(8.0) == feel.velocity_at(0.0) > feel.velocity_at(0.25 + 8.25)
    assert feel.velocity_at(9.5) == 60


def test_without_a_source_there_is_no_feel() -> None:
    feel = Feel()
    notes = builders.melody()
    assert put_back(notes, feel) == notes
    assert feel.velocity_at(1.0) == 100


@given(st.floats(0.53, 0.72), st.sampled_from((0.25, 0.5)), st.floats(0, 64))
def test_times_swing_there_and_back(ratio: float, unit: float, beat: float) -> None:
    feel = Feel(swing=Swing(unit, ratio))
    assert feel.straightened(feel.swung(beat)) == pytest.approx(beat, abs=1e-9)


@given(st.floats(0.53, 0.72), st.floats(0, 64), st.floats(0, 64))
def test_swing_never_changes_the_order_of_notes(ratio: float, one: float, other: float) -> None:
    feel = Feel(SEVEN_EIGHT, Swing(0.5, ratio))
    early, late = sorted((one, other))
    assert feel.swung(early) <= feel.swung(late) + 1e-9


def test_no_note_is_played_before_the_clip_begins() -> None:
    early = tuple(Note(beat - 0.03, 60, 0.5) for beat in range(1, 5))
    _, feel = take_off(early)
    (first,) = put_back([Note(0.0, 60, 0.5)], feel)
    assert first.start == 0.0
