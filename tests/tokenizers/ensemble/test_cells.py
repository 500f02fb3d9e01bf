from hypothesis import given
from hypothesis import strategies as st

from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import (
    COARSE_DURATIONS,
    Cell,
    GridNote,
    cells_of,
    decode,
    encode,
    in_order,
    settled,
)

BAR = 96


def cells(low: int = 0, high: int = 127) -> st.SearchStrategy[Cell]:
    notes = st.builds(
        GridNote,
        st.integers(0, BAR - 1),
        st.integers(low, high),
        st.sampled_from(words.DURATIONS),
        st.integers(1, 127),
    )
    return st.lists(notes, max_size=24).map(in_order)


@given(cells(), st.integers(0, 15))
def test_everything_on_the_grid_comes_back_exactly(cell: Cell, velocity: int) -> None:
    tokens = encode(cell, BAR, velocity, is_drums=False).tokens

    found = decode(tokens, BAR, velocity)

    assert [note[:3] for note in found] == [note[:3] for note in cell]


@given(cells(27, 87), st.integers(0, 15))
def test_drum_hits_come_back_exactly(cell: Cell, velocity: int) -> None:
    tokens = encode(cell, BAR, velocity, is_drums=True).tokens

    assert [note[:2] for note in decode(tokens, BAR, velocity)] == [note[:2] for note in cell]


@given(cells(), st.integers(0, 15))
def test_velocities_come_back_within_their_groups_bin(cell: Cell, velocity: int) -> None:
    tokens = encode(cell, BAR, velocity, is_drums=False).tokens

    for note in decode(tokens, BAR, velocity):
        group = [other.velocity for other in cell if other.onset == note.onset]
        mean = sum(group) / len(group)
        assert words.velocity_bin(note.velocity) == words.velocity_bin(mean)


@given(cells())
def test_settling_keeps_every_onset_and_pitch(cell: Cell) -> None:
    assert [note[:2] for note in settled(cell, BAR)] == [note[:2] for note in cell]


@given(cells())
def test_a_settled_cell_stays_as_it_is(cell: Cell) -> None:
    once = settled(cell, BAR)

    assert settled(once, BAR) == once


def test_a_line_played_nearly_legato_is_spelled_with_one_position_and_one_pitch_a_note() -> None:
    played = in_order(GridNote(12 * step, 60 + step, 11, 100) for step in range(8))

    tokens = encode(settled(played, BAR), BAR, words.velocity_bin(100), is_drums=False).tokens

    assert len(tokens) == 2 * len(played)


def test_a_chord_of_equal_notes_spells_its_duration_once() -> None:
    chord = in_order(GridNote(0, pitch, 24, 100) for pitch in (60, 64, 67))

    tokens = encode(chord, BAR, words.velocity_bin(100), is_drums=False).tokens

    assert sum(token in words.DURATION_BLOCK for token in tokens) == 1


def test_settled_durations_are_ones_that_a_player_means() -> None:
    staccato = in_order([GridNote(0, 60, 5, 100), GridNote(48, 62, 7, 100)])

    assert {note.duration for note in settled(staccato, BAR)} <= set(COARSE_DURATIONS)


@given(st.lists(st.tuples(st.integers(0, 299), st.integers(0, 127)), unique=True))
def test_every_note_falls_into_the_grid_bar_that_holds_its_onset(
    onsets: list[tuple[int, int]],
) -> None:
    bounds = [(0, 96), (96, 84), (180, 120)]

    found = list(cells_of([(onset, pitch, 6, 90) for onset, pitch in onsets], bounds))

    absolute = {
        (start + note.onset, note.pitch) for (start, _), cell in zip(bounds, found) for note in cell
    }
    assert absolute == set(onsets)
