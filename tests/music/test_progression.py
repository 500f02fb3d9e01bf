from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.music.chords import QUALITIES, chord_name, read_chords
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.progression import PlacedChord, chord_at, find_progression


def struck(names: str, beats: float = 4.0, octave: int = 4) -> tuple[Note, ...]:
    """Block chords in close position above their bass, one after another."""
    notes = []
    for index, chord in enumerate(read_chords(names)):
        if chord is None:
            continue
        upper = {12 * octave + chord.root + step for step in QUALITIES[chord.quality]}
        pitches = {12 * (octave - 1) + chord.bass, *upper}
        notes += [Note(index * beats, pitch, beats) for pitch in sorted(pitches)]
    return tuple(notes)


def names_of(placed: Sequence[PlacedChord]) -> list[str]:
    return [chord_name(one.chord) for one in placed]


def test_block_chords_are_called_by_their_names() -> None:
    names = "C Am7 F/A G7 Dm Bdim Esus4 Fmaj7"
    found = find_progression(struck(names), MeterMap(), 32.0)
    assert names_of(found) == names.split()
    assert [one.start for one in found] == [4.0 * bar for bar in range(8)]


def test_chords_that_change_off_the_bar_line_are_found_where_they_change() -> None:
    found = find_progression(struck("C F G", beats=1.5), MeterMap.constant(Meter(3, 4)), 4.5)
    assert [one.start for one in found] == [0.0, 1.5, 3.0]


def test_an_arpeggio_is_heard_as_its_chord() -> None:
    notes = builders.line((48, 52, 55, 60) * 2 + (45, 48, 52, 57) * 2, step=0.5)
    assert names_of(find_progression(notes, MeterMap(), 8.0)) == ["C", "Am"]


def test_a_bar_of_silence_is_no_chord() -> None:
    found = find_progression(struck("C N.C. G"), MeterMap(), 12.0)
    assert names_of(found) == ["C", "N.C.", "G"]


def test_short_chords_are_held_until_the_next() -> None:
    notes = [Note(beat, pitch, 0.25) for beat in range(4) for pitch in (60, 64, 67)]
    assert names_of(find_progression(notes, MeterMap(), 4.0)) == ["C"]


def test_muted_notes_do_not_count() -> None:
    silent = tuple(Note(0.0, pitch, 4.0, is_muted=True) for pitch in (61, 66, 70))
    assert names_of(find_progression((*struck("C"), *silent), MeterMap(), 4.0)) == ["C"]


@given(
    st.lists(
        st.builds(
            Note, st.floats(0.0, 15.9), st.integers(30, 90), st.sampled_from((0.1, 0.5, 2.0, 9.0))
        ),
        max_size=30,
    ),
    st.sampled_from((0.3, 1.0, 7.5, 16.0)),
)
def test_chords_fill_the_clip_without_gaps(notes: list[Note], length: float) -> None:
    found = find_progression(notes, MeterMap(), length)
    assert found[0].start == 0.0
    assert abs(found[-1].end - length) < 1e-9
    assert all(abs(one.end - other.start) < 1e-9 for one, other in zip(found, found[1:]))
    assert all(one.chord != other.chord for one, other in zip(found, found[1:]))


def test_what_sounds_at_a_time_is_found() -> None:
    found = find_progression(struck("C G"), MeterMap(), 8.0)
    assert chord_at(found, 3.99) == found[0]
    assert chord_at(found, 4.0) == found[1]
    assert chord_at(found, 99.0) == found[1]
