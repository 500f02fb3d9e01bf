"""Keys know their notes, and a scale in any key is found to be in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.errors import InvalidRequestError
from reprise.music import smf
from reprise.music.key import SCALES, Key, find_key
from reprise.music.note import Note

MAJOR_TUNE = (0, 4, 7, 5, 4, 2, 0, 11, 12, 7, 4, 0)
MINOR_TUNE = (0, 3, 7, 5, 3, 2, 0, 11, 12, 7, 3, 0)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(("scale", "tune"), [("major", MAJOR_TUNE), ("minor", MINOR_TUNE)])
def test_a_tune_is_found_in_every_key(tonic: int, scale: str, tune: tuple[int, ...]) -> None:
    notes = builders.line([60 + tonic + step for step in tune])
    assert find_key(notes) == Key(tonic, scale)


@given(strategies.note_tuples(12), st.integers(1, 11))
def test_transposed_music_is_found_in_the_transposed_key(
    notes: tuple[Note, ...], semitones: int
) -> None:
    low = tuple(replace(note, pitch=note.pitch % 100) for note in notes)
    moved = tuple(replace(note, pitch=note.pitch + semitones) for note in low)
    key, moved_key = find_key(low), find_key(moved)
    assert (key is None) == (moved_key is None)
    if key is not None and moved_key is not None and _is_clear(low):
        assert moved_key == Key((key.tonic + semitones) % 12, key.scale)


def _is_clear(notes: tuple[Note, ...]) -> bool:
    """Whether only one key fits best: for tied ones the lower tonic is taken."""
    found = {find_key(_moved(notes, shift)) for shift in range(12)}
    return len(found) == 12


def _moved(notes: tuple[Note, ...], shift: int) -> tuple[Note, ...]:
    return tuple(replace(note, pitch=(note.pitch + shift) % 12) for note in notes)


def test_the_hymn_is_in_g_and_greensleeves_in_a_minor() -> None:
    for name, key in (("old_hundredth", Key(7)), ("greensleeves", Key(9, "minor"))):
        score = smf.read(builders.MIDI_FIXTURES / f"{name}.mid").score()
        assert find_key(score.sounding) == key


def test_silence_has_no_key() -> None:
    assert find_key(()) is None
    assert find_key([Note(0.0, 60, 1.0, is_muted=True)]) is None


def test_all_twelve_tones_for_the_same_time_still_have_an_answer() -> None:
    assert find_key(builders.line(range(60, 72))) is not None


def test_keys_are_named_as_musicians_do() -> None:
    assert str(Key(10)) == "Bb major"
    assert str(Key(6, "dorian")) == "F# dorian"


@given(strategies.keys, st.integers(0, 127))
def test_the_nearest_pitch_of_a_key_is_in_it_and_near(key: Key, pitch: int) -> None:
    nearest = key.nearest(pitch)
    assert key.contains(nearest)
    assert abs(nearest - pitch) <= 3
    assert nearest == pitch or not key.contains(pitch)


@given(strategies.keys, st.integers(24, 100), st.integers(-14, 14))
def test_degrees_go_there_and_back_and_stay_in_the_scale(
    key: Key, pitch: int, degrees: int
) -> None:
    start = key.nearest(pitch)
    there = key.degree_shifted(start, degrees)
    assert there % 12 in key.pitch_classes
    assert key.degree_shifted(there, -degrees) == start
    assert key.degree_shifted(start, len(SCALES[key.scale])) == start + 12


@pytest.mark.parametrize(("tonic", "scale"), [(12, "major"), (-1, "minor"), (0, "klingon")])
def test_a_key_that_is_none_is_refused(tonic: int, scale: str) -> None:
    with pytest.raises(InvalidRequestError):
        Key(tonic, scale)
