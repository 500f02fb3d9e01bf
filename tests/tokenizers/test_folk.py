"""Encodings of a line: what goes in comes out, and every step is said once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.tokenizers import folk

STEPS = 64


@st.composite
def lines(draw: st.DrawFn) -> tuple[Note, ...]:
    """Single lines on the grid of sixteenths, with rests, within the network's pitches."""
    edges = sorted(draw(st.sets(st.integers(0, STEPS), min_size=2, max_size=20)))
    notes = []
    for start, end in zip(edges, edges[1:]):
        if draw(st.booleans()):
            pitch = draw(st.integers(folk.LOWEST_PITCH, folk.HIGHEST_PITCH))
            notes.append(Note(start / 4, pitch, (end - start) / 4))
    return tuple(notes)


@given(line=lines())
def test_a_melody_comes_back_note_by_note(line: tuple[Note, ...]) -> None:
    assert folk.MELODY.decode(folk.MELODY.encode(line, STEPS)) == line


@given(line=lines())
def test_a_piano_roll_sounds_the_same_at_every_step(line: tuple[Note, ...]) -> None:
    classes = folk.ROLL.encode(line, STEPS)

    assert (folk.ROLL.encode(folk.ROLL.decode(classes), STEPS) == classes).all()


def test_a_piano_roll_cannot_tell_a_repeated_note_from_a_held_one() -> None:
    twice = builders.line([60, 60], step=1.0)

    assert len(folk.ROLL.decode(folk.ROLL.encode(twice, 8))) == 1
    assert len(folk.MELODY.decode(folk.MELODY.encode(twice, 8))) == 2


def test_the_encodings_have_the_classes_of_the_study_and_one_for_rest() -> None:
    assert folk.MELODY.class_count == 58
    assert folk.ROLL.class_count == 56 + 1


@pytest.mark.parametrize("tonic", range(12))
def test_every_major_tune_is_brought_to_c(tonic: int) -> None:
    tune = builders.melody(tonic=55 + tonic)

    shift = folk.home_shift(tune)

    assert (55 + tonic + shift) % 12 == 0
    assert abs(shift) <= 6


def test_a_minor_tune_is_brought_to_a() -> None:
    tune = builders.line([62, 64, 65, 67, 69, 70, 69, 65, 62], step=1.0)

    assert (62 + folk.home_shift(tune, Key(2, "minor"))) % 12 == 9


def test_a_tune_in_the_bass_is_brought_within_reach() -> None:
    tune = builders.melody(tonic=26)

    home = folk.moved_home(folk.line_of(tune, STEPS), folk.home_shift(tune))

    assert all(folk.LOWEST_PITCH <= note.pitch <= folk.HIGHEST_PITCH for note in home)
    assert (
        np.diff([note.pitch for note in home]).tolist()
        == np.diff([note.pitch for note in tune]).tolist()
    )


@given(pitch=st.integers(-60, 200))
def test_a_pitch_without_a_class_moves_by_octaves(pitch: int) -> None:
    moved = folk.folded(pitch)

    assert folk.LOWEST_PITCH <= moved <= folk.HIGHEST_PITCH
    assert (moved - pitch) % 12 == 0


def test_a_line_is_the_top_note_of_each_onset_until_the_next_begins() -> None:
    notes = (Note(0.0, 60, 4.0), Note(0.0, 67, 4.0), Note(1.02, 65, 0.5))

    line = folk.line_of(notes, 16)

    assert [(note.start, note.pitch, note.duration) for note in line] == [
        (0.0, 67, 1.0),
        (1.0, 65, 0.5),
    ]


@given(lengths=st.lists(st.integers(1, 90), min_size=1, max_size=4))
def test_every_step_of_every_tune_is_said_once_with_what_came_before_it(lengths: list[int]) -> None:
    tunes = [np.arange(length) % 50 + 2 for length in lengths]
    windows = folk.Windows(tunes, silence=0)

    heard, followed = windows.take(np.arange(len(windows)))

    assert followed.tolist() == np.concatenate(tunes).tolist()
    assert heard.shape == (sum(lengths), folk.HEARD_STEPS)
    expected = [folk.heard_before(tune, step, 0) for tune in tunes for step in range(len(tune))]
    assert (heard == np.array(expected)).all()


def test_windows_a_bar_apart_only_say_the_last_sixteenth_of_a_bar() -> None:
    tune = np.arange(16 * 6) % 16

    windows = folk.Windows([tune, tune], silence=0, hop=folk.BAR_STEPS)

    assert set(windows.followed.tolist()) == {15}
    assert len(windows) == 2 * 3


def test_no_tunes_are_no_windows() -> None:
    assert len(folk.Windows([], silence=0)) == 0
