from hypothesis import given
from hypothesis import strategies as st

from reprise.engines.chords.voicing import voiced
from reprise.music.chords import QUALITIES, Chord, read_chord

chord_strategy = st.builds(
    lambda root, quality, tone: Chord(
        root, quality, (root + QUALITIES[quality][tone % len(QUALITIES[quality])]) % 12
    ),
    st.integers(0, 11),
    st.sampled_from(sorted(QUALITIES)),
    st.integers(0, 3),
)
registers = st.lists(st.integers(36, 84), min_size=1, max_size=7, unique=True).map(
    lambda pitches: tuple(sorted(pitches))
)


def chord(name: str) -> Chord:
    found = read_chord(name)
    assert found is not None
    return found


@given(chord_strategy, registers, registers)
def test_a_chord_stays_in_the_range_that_it_is_given(
    chord: Chord, register: tuple[int, ...], before: tuple[int, ...]
) -> None:
    for low, high in ((0, 127), (36, 84), (48, 72)):
        found = voiced(chord, register, before, low, high)
        assert len(found) == len(register)
        assert all(low <= pitch <= high for pitch in found)


@given(chord_strategy, registers)
def test_a_chord_sounds_its_own_notes_from_its_bass_up(
    chord: Chord, register: tuple[int, ...]
) -> None:
    found = voiced(chord, register, (), 0, 127)
    assert list(found) == sorted(found)
    assert {pitch % 12 for pitch in found} <= chord.pitch_classes
    if len(register) > 1:
        assert found[0] % 12 == chord.bass


@given(chord_strategy, registers)
def test_voices_stay_near_the_register_of_the_clip(chord: Chord, register: tuple[int, ...]) -> None:
    found = voiced(chord, register, (), 0, 127)
    middle = sum(register) / len(register)
    assert abs(sum(found) / len(found) - middle) <= 12


def test_voices_move_as_little_as_they_can() -> None:
    c_major = (48, 60, 64, 67)
    assert voiced(chord("Am"), c_major, c_major, 0, 127) == (45, 60, 64, 69)
    assert voiced(chord("F"), c_major, c_major, 0, 127)[1:] == (60, 65, 69)
    assert voiced(chord("C"), c_major, c_major, 0, 127) == c_major


def test_four_voices_sound_a_seventh_chord_in_full() -> None:
    found = voiced(chord("G7"), (48, 60, 64, 67), (48, 60, 64, 67), 0, 127)
    assert {pitch % 12 for pitch in found} >= {7, 11, 5}


def test_a_single_low_note_is_the_bass() -> None:
    assert voiced(chord("F/A"), (40,), (), 0, 127)[0] % 12 == 9


def test_no_voice_is_lost_where_the_bass_leaves_no_room_for_it() -> None:
    triad = (60, 64, 67)
    for name in ("Dm", "Em", "F", "A", "Bdim"):
        found = voiced(chord(name), triad, triad, 52, 68)
        assert len(set(found)) == 3, name
        assert {pitch % 12 for pitch in found} <= chord(name).pitch_classes
