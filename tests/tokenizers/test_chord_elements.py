import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.music.chords import QUALITIES, Chord, chord_name, read_chord, read_chords
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.progression import PlacedChord
from reprise.tokenizers import chords

classes = st.integers(0, chords.CHORD_COUNT - 1)
any_chord = st.none() | st.builds(
    Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11)
)


def progression(names: str, beats: float = 4.0) -> tuple[PlacedChord, ...]:
    """Chords one after another, all of one length."""
    return tuple(
        PlacedChord(index * beats, beats, chord) for index, chord in enumerate(read_chords(names))
    )


@given(classes)
def test_every_class_is_a_chord_of_its_own(class_: int) -> None:
    assert chords.class_of(chords.chord_of(class_)) == class_


@given(any_chord)
def test_every_chord_has_a_nearest_class_on_its_own_root(chord: Chord | None) -> None:
    nearest = chords.chord_of(chords.class_of(chord))
    assert (nearest is None) == (chord is None)
    if chord is not None and nearest is not None:
        assert nearest.root == chord.root
        assert ("m" in nearest.quality) >= (chord.quality in ("m", "m9", "m13"))


@given(classes, st.integers(-20, 20))
def test_classes_move_as_chords_do(class_: int, semitones: int) -> None:
    moved = int(chords.transposed(np.array([class_]), semitones)[0])
    chord = chords.chord_of(class_)
    expected = None if chord is None else chord.transposed(semitones)
    assert chords.chord_of(moved) == expected


@given(st.lists(st.tuples(classes, st.integers(1, 40)), min_size=1, max_size=12))
def test_lengths_on_the_half_beat_come_back(pairs: list[tuple[int, int]]) -> None:
    placed, start = [], 0.0
    for class_, halves in pairs:
        placed.append(PlacedChord(start, halves / 2, chords.chord_of(class_)))
        start += halves / 2
    found = chords.decode(chords.encode(placed))
    assert found[-1].end == start
    for one in placed:
        sounding = next(other for other in found if other.start <= one.start < other.end)
        assert sounding.chord == one.chord


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ("C F G C", Key(0, "major")),
        ("Am F C G", Key(9, "minor")),
        ("D Bm G A", Key(2, "major")),
        ("Eb Cm Ab Bb7 Eb", Key(3, "major")),
        ("F#m D A E F#m", Key(6, "minor")),
        ("N.C.", Key(0, "major")),
    ],
)
def test_the_key_of_a_progression_is_found(names: str, key: Key) -> None:
    assert chords.key_of(progression(names)) == key


@given(st.integers(0, 11))
def test_a_progression_in_any_key_reads_the_same_at_home(semitones: int) -> None:
    def at_home(placed: tuple[PlacedChord, ...]) -> list[int]:
        shift = chords.reduction(chords.key_of(placed))
        found: list[int] = chords.transposed(chords.encode(placed)[:, 0], shift).tolist()
        return found

    home = progression("C Am Dm G7 C F G C")
    moved = tuple(
        PlacedChord(one.start, one.duration, one.chord.transposed(semitones))
        for one in home
        if one.chord is not None
    )
    assert at_home(moved) == at_home(home)


@given(st.sampled_from([Key(tonic, mode) for tonic in range(12) for mode in ("major", "minor")]))
def test_reduction_moves_at_most_half_an_octave(key: Key) -> None:
    shift = chords.reduction(key)
    assert -5 <= shift <= 6
    assert (key.tonic + shift) % 12 == (0 if key.scale == "major" else 9)


def test_a_loop_fills_a_window() -> None:
    elements = chords.encode(progression("Am F C G"))
    window = chords.looped(elements)
    assert window.shape == (chords.WINDOW, 2)
    assert (window[:4] == window[28:]).all()


def test_windows_follow_one_another() -> None:
    elements = np.column_stack([np.arange(40), np.zeros(40, np.int64)])
    assert chords.windows(elements, 4)[:, 0, 0].tolist() == [0, 4, 8]
    assert len(chords.windows(elements[:31])) == 0


def test_places_in_the_bar_are_counted_in_half_beats() -> None:
    elements = chords.encode(progression("C G Am F", beats=1.5))
    waltz = MeterMap.constant(Meter(3, 4))
    assert chords.positions(elements, waltz).tolist() == [0, 3, 0, 3]
    features = chords.continuation_features(elements, chords.positions(elements, waltz), 5)
    assert features[:, 3].tolist() == [3, 0, 3, 5]


def test_rich_chords_keep_their_third() -> None:
    nearest = {name: chord_name(chords.chord_of(chords.class_of(read_chord(name))))
               for name in ("Cm9", "Cmaj9", "C13", "Cm11", "C/D")}  # fmt: skip
    assert nearest == {"Cm9": "Cm7", "Cmaj9": "Cmaj7", "C13": "C9", "Cm11": "Cm7", "C/D": "C"}
