import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.tokenizers import melody_embedding as segmenting
from reprise.tokenizers.melody_changes import (
    Chances,
    changed,
    combinable,
    shifted_on_scale,
    splittable,
    transposed,
    with_last_duration,
    with_neighbours_combined,
    with_note_split,
)
from reprise.tokenizers.melody_embedding import MelodyNote, Tune

TUNE = (MelodyNote(0, 60, 4), MelodyNote(4, 60, 2), MelodyNote(6, 64, 6), MelodyNote(16, 67, 8))


@st.composite
def tunes(draw: st.DrawFn) -> Tune:
    onsets = sorted(draw(st.sets(st.integers(0, 31), min_size=3, max_size=32)))
    ends = [*onsets[1:], 36]
    return tuple(
        MelodyNote(onset, draw(st.integers(40, 90)), draw(st.integers(1, end - onset)))
        for onset, end in zip(onsets, ends)
    )


def test_a_minor_key_and_its_relative_major_have_one_home() -> None:
    assert segmenting.home_of(Key(9, "minor")) == segmenting.home_of(Key(0)) == 0
    assert segmenting.home_of(Key(2, "dorian")) == 0
    assert segmenting.home_of(Key(5, "major pentatonic")) == 5


def test_silence_is_at_home_somewhere() -> None:
    assert segmenting.home_of_notes(()) == 0


def test_notes_played_early_belong_to_the_bar_they_are_meant_for() -> None:
    notes = (Note(3.95, 60, 1.0), Note(5.02, 62, 1.0))

    _, bars = segmenting.melody_bars(notes, MeterMap(), 8.0)

    assert bars == [(), (MelodyNote(0, 60, 4), MelodyNote(4, 62, 4))]


def test_of_a_chord_the_highest_note_is_the_melody_and_lines_do_not_overlap() -> None:
    notes = (Note(0.0, 60, 4.0), Note(0.0, 72, 4.0), Note(1.0, 67, 1.0))

    _, bars = segmenting.melody_bars(notes, MeterMap(), 4.0)

    assert bars == [(MelodyNote(0, 72, 4), MelodyNote(4, 67, 4))]


def test_a_note_after_the_last_bar_is_left_out() -> None:
    notes = (Note(0.0, 60, 1.0), Note(3.95, 62, 0.25), Note(9.0, 64, 1.0))

    _, bars = segmenting.melody_bars(notes, MeterMap(), 4.0)

    assert bars == [(MelodyNote(0, 60, 4),)]


@given(
    st.lists(st.tuples(st.floats(0.0, 40.0), st.integers(0, 127), st.floats(0.01, 50.0))),
    st.sampled_from([Meter(), Meter(3, 4), Meter(6, 8), Meter(5, 32), Meter(1, 64), Meter(13, 8)]),
    st.floats(0.5, 40.0),
)
def test_any_notes_in_any_meter_make_features_in_range(
    notes: list[tuple[float, int, float]], meter: Meter, length: float
) -> None:
    melody = [Note(*note) for note in notes]
    bars, inside = segmenting.melody_bars(melody, MeterMap.constant(meter), length)

    for segment in segmenting.segments(bars, inside, hop=1):
        onsets = [note.onset for note in segment.tune]
        table = segmenting.features([segment.tune], [segmenting.home_of_notes(melody)])
        assert onsets == sorted(onsets)
        assert np.all(table > segmenting.PAD)
        assert np.all(table < np.array(segmenting.FEATURE_SIZES))


def test_muted_notes_are_not_heard() -> None:
    _, bars = segmenting.melody_bars((Note(0.0, 60, 1.0, is_muted=True),), MeterMap(), 4.0)

    assert bars == [()]


def test_segments_are_two_bars_of_any_meter_with_three_notes() -> None:
    notes = tuple(Note(float(beat), 60, 1.0) for beat in (0, 1, 3, 6, 7))
    bars, inside = segmenting.melody_bars(notes, MeterMap.constant(Meter(3, 4)), 12.0)

    found = segmenting.segments(bars, inside)

    assert [segment.bar for segment in found] == [0]
    assert found[0].span.length == 6.0
    assert [note.onset for note in found[0].tune] == [0, 4, 12]


def test_a_last_bar_that_stands_alone_is_in_no_segment() -> None:
    notes = tuple(Note(beat / 2, 60, 0.5) for beat in range(24))
    bars, inside = segmenting.melody_bars(notes, MeterMap(), 12.0)

    assert [segment.bar for segment in segmenting.segments(bars, inside)] == [0]
    assert [segment.bar for segment in segmenting.segments(bars, inside, hop=1)] == [0, 1]


def test_features_tell_interval_degree_length_and_place() -> None:
    (row,) = segmenting.features([TUNE], [7]).tolist()

    first = segmenting.FIRST_INTERVAL
    none = segmenting.WIDEST_INTERVAL + 1
    assert row == [[first, 6, 4, 1], [none, 6, 2, 5], [none + 4, 10, 6, 7], [none + 3, 1, 8, 17]]


def test_shorter_tunes_are_padded_with_nothing() -> None:
    table = segmenting.features([TUNE, TUNE[:3]], [0, 0])

    assert table.shape == (2, 4, 4)
    assert table[1, 3].tolist() == [0, 0, 0, 0]
    assert np.array_equal(table[0, :3], table[1, :3])


@given(tunes(), st.integers(0, 11), st.integers(-40, 40))
def test_features_of_any_tune_are_in_range_and_know_no_key(
    tune: Tune, home: int, semitones: int
) -> None:
    table = segmenting.features([tune], [home])
    moved = segmenting.features([transposed(tune, semitones)], [(home + semitones) % 12])

    assert np.all(table > segmenting.PAD)
    assert np.all(table < np.array(segmenting.FEATURE_SIZES))
    assert np.array_equal(table, moved)


@given(tunes(), st.integers(0, 11), st.integers(-7, 7))
def test_a_move_on_the_scale_keeps_rhythm_and_contour_and_can_be_undone(
    tune: Tune, home: int, degrees: int
) -> None:
    in_key = tuple(note._replace(pitch=Key(home).nearest(note.pitch)) for note in tune)

    moved = shifted_on_scale(in_key, home, degrees)

    assert all(Key(home).contains(note.pitch) for note in moved)
    assert [(note.onset, note.duration) for note in moved] == [
        (note.onset, note.duration) for note in tune
    ]
    assert _contour(moved) == _contour(in_key)
    assert shifted_on_scale(moved, home, -degrees) == in_key


@given(tunes(), st.data())
def test_a_note_split_and_combined_again_is_the_note(tune: Tune, data: st.DataObject) -> None:
    places = splittable(tune)
    if not places:
        return
    place = data.draw(st.sampled_from(places))

    split = with_note_split(tune, place)

    assert len(split) == len(tune) + 1
    assert place in combinable(split)
    assert with_neighbours_combined(split, place) == tune


def test_only_the_last_note_changes_its_length() -> None:
    assert with_last_duration(TUNE, 3) == (*TUNE[:-1], TUNE[-1]._replace(duration=3))


def test_neighbours_of_one_pitch_become_one_note_as_long_as_both() -> None:
    assert combinable(TUNE) == [0]
    assert with_neighbours_combined(TUNE, 0)[0] == MelodyNote(0, 60, 6)


@given(tunes(), st.integers(0, 11), st.integers(0, 1000))
def test_changes_are_made_as_often_as_was_asked(tune: Tune, home: int, seed: int) -> None:
    never, always = Chances(0.0, 0.0, 0.0), Chances(1.0, 0.0, 0.0, 0.0)

    assert changed(tune, home, never, np.random.default_rng(seed)) == tune
    assert changed(tune, home, always, np.random.default_rng(seed)) != tune


def _contour(tune: Tune) -> list[int]:
    pitches = [note.pitch for note in tune]
    return [(after > before) - (after < before) for before, after in zip(pitches, pitches[1:])]
