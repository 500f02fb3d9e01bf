import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.errors import InvalidRequestError
from reprise.music.chords import (
    NO_CHORD,
    QUALITIES,
    Chord,
    chord_name,
    chord_of,
    read_chord,
    read_chords,
)

any_chord = st.builds(
    Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11)
)


@given(any_chord)
def test_a_name_that_is_read_back_is_the_same_chord(chord: Chord) -> None:
    assert read_chord(chord_name(chord)) == chord


def test_silence_has_a_name_too() -> None:
    assert chord_name(None) == NO_CHORD
    assert read_chord(NO_CHORD) is None


@given(any_chord, st.integers(-24, 24))
def test_transposing_up_and_down_again_changes_nothing(chord: Chord, semitones: int) -> None:
    assert chord.transposed(semitones).transposed(-semitones) == chord


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Am7", Chord(9, "m7", 9)),
        ("F/A", Chord(5, "", 9)),
        ("Cmaj7", Chord(0, "maj7", 0)),
        ("CM7", Chord(0, "maj7", 0)),
        ("CΔ", Chord(0, "maj7", 0)),
        ("Dbmin", Chord(1, "m", 1)),
        ("B♭7(♭9)", Chord(10, "7b9", 10)),
        ("F#ø", Chord(6, "m7b5", 6)),
        ("G°7", Chord(7, "dim7", 7)),
        ("E+", Chord(4, "aug", 4)),
        ("Csus", Chord(0, "sus4", 0)),
        ("C6/9", Chord(0, "69", 0)),
        ("C6/9/E", Chord(0, "69", 4)),
        (" Cb ", Chord(11, "", 11)),
        ("D-7", Chord(2, "m7", 2)),
    ],
)
def test_names_are_read_in_the_spellings_that_people_use(name: str, meant: Chord) -> None:
    assert read_chord(name) == meant


@pytest.mark.parametrize("name", ["", "H7", "am", "Cfoo", "C/", "C/X", "7", "Am7 F"])
def test_what_is_no_chord_is_refused_in_words(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="chord") as refusal:
        read_chord(name)
    assert repr(name) in str(refusal.value)


def test_a_line_of_names_is_read_chord_by_chord() -> None:
    found = read_chords("Am7 | F/A, N.C. - G")
    assert [chord_name(chord) for chord in found] == ["Am7", "F/A", "N.C.", "G"]


@given(any_chord.filter(lambda chord: chord.bass == chord.root), st.integers(2, 4))
def test_a_chord_in_root_position_is_told_from_its_pitches(chord: Chord, octave: int) -> None:
    steps = QUALITIES[chord.quality]
    pitches = [12 * octave + chord.root + step for step in steps]
    found = chord_of(pitches)
    assert found is not None
    assert found.pitch_classes == chord.pitch_classes
    assert found.root == chord.root


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((57, 60, 64, 67), "Am7"),
        ((60, 64, 67, 69), "C6"),
        ((57, 60, 65), "F/A"),
        ((50, 60, 64, 67), "C/D"),
        ((60, 64, 67), "C"),
        ((60, 67), "C5"),
        ((60, 64, 70), "C7"),
    ],
)
def test_the_lowest_note_decides_between_two_names(pitches: tuple[int, ...], name: str) -> None:
    assert chord_name(chord_of(pitches)) == name


def test_no_pitches_are_no_chord() -> None:
    assert chord_of(()) is None


@pytest.mark.parametrize("parts", [(12, "", 0), (0, "", -1), (0, "xyz", 0)])
def test_a_chord_that_cannot_be_is_refused(parts: tuple[int, str, int]) -> None:
    with pytest.raises(InvalidRequestError):
        Chord(*parts)
