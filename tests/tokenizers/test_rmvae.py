import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_chorales
from reprise.tokenizers import chorale, rmvae

grids: st.SearchStrategy[chorale.Grid] = st.integers(1, 40).flatmap(
    lambda steps: st.lists(
        st.tuples(*[st.integers(1, chorale.CLASS_COUNT - 1)] * 4), min_size=steps, max_size=steps
    ).map(np.array)
)


@given(grid=grids, semitones=st.integers(-6, 6))
def test_a_grid_comes_back_from_its_lines_in_any_key(grid: chorale.Grid, semitones: int) -> None:
    lines = rmvae.lines_of_grid(grid, semitones)

    numbers = rmvae.pitch_numbers(np.arange(chorale.CLASS_COUNT), semitones)
    back = np.searchsorted(numbers[1:], lines.pitches) + 1

    assert (back == grid).all()
    assert lines.strikes[0].all()
    assert (lines.strikes[1:] == (grid[1:] != grid[:-1])).all()


def test_every_chorale_pitch_fits_in_every_key() -> None:
    classes = np.arange(1, chorale.CLASS_COUNT)
    far = rmvae.FURTHEST_TRANSPOSITION

    numbers = [rmvae.pitch_numbers(classes, semitones) for semitones in (-far, far)]

    assert numbers[0].min() == 0
    assert numbers[1].max() == rmvae.PITCH_COUNT - 1


def test_what_is_no_pitch_has_no_number() -> None:
    found = rmvae.pitch_numbers(np.array([chorale.REST, chorale.UNKNOWN]))

    assert found.tolist() == [rmvae.UNKNOWN_PITCH] * 2


def test_a_note_lasts_until_the_next_one_and_no_rest_is_heard() -> None:
    grid = np.array([[0, 10, 9, 8], [20, 0, 9, 8], [0, 0, 0, 8], [21, 11, 9, 8]])

    lines = rmvae.lines_of_grid(grid)

    assert (lines.pitches[:, 0] - lines.pitches[0, 0]).tolist() == [0, 0, 0, 1]
    assert lines.strikes[:, 1].tolist() == [True, False, False, True]
    assert lines.strikes[:, 2].tolist() == [True, False, False, False]


def test_a_silent_voice_is_not_known() -> None:
    grid = tiny_chorales.chorale_grid(32)
    grid[:, 2] = chorale.UNKNOWN

    lines = rmvae.lines_of_grid(grid)

    assert rmvae.whole_bars(lines, 0, 2).tolist() == [[True, True, False, True]] * 2


@given(semitones=st.integers(-4, 6))
def test_music_comes_home_from_every_key(semitones: int) -> None:
    grid = tiny_chorales.chorale_grid(64)
    home = rmvae.home_transposition(grid)

    moved = rmvae.home_transposition(chorale.transposed(grid, semitones))

    assert -6 <= moved <= 5
    assert (moved + semitones - home) % 12 == 0


def test_silence_is_at_home() -> None:
    assert rmvae.home_transposition(np.full((16, 4), chorale.UNKNOWN)) == 0


def test_bars_before_the_beginning_and_after_the_end_are_missing() -> None:
    lines = rmvae.lines_of_grid(tiny_chorales.chorale_grid(40))

    found = rmvae.bars_of(lines, -16, 5, 0)

    assert found.exists.all(axis=1).tolist() == [False, True, True, False, False]
    assert (found.pitches[1, :, 3] == lines.pitches[3]).all()


def test_the_last_bar_of_a_window_is_a_bar_of_the_chorale() -> None:
    grid = tiny_chorales.chorale_grid(160)

    found = rmvae.windows([grid], 9, is_home=False)

    assert len(found) == 2
    lines = rmvae.lines_of_grid(grid)
    for number, bars in enumerate(found):
        first = 16 * (8 + number)
        assert (lines.pitches[first : first + 16] == bars.pitches[-1].T).all()
        held = bars.classes[-1] == rmvae.CONTINUE
        assert (~lines.strikes[first : first + 16] == held.T).all()


def test_a_short_chorale_is_one_window_whose_first_bars_are_missing() -> None:
    found = rmvae.windows([tiny_chorales.chorale_grid(70)], 9)

    assert len(found) == 1
    assert found[0].exists.all(axis=1).tolist() == [False] * 5 + [True] * 4


def test_the_key_of_a_window_is_told_by_what_is_heard_alone() -> None:
    grid = tiny_chorales.chorale_grid(144)
    other = grid.copy()
    other[128:] = chorale.transposed(grid[128:], 1)

    home, moved = (rmvae.windows([one], 9)[0] for one in (grid, other))

    assert (home.pitches[:-1] == moved.pitches[:-1]).all()
    assert (home.pitches[-1] + 1 == moved.pitches[-1]).all()


@given(data=st.data())
def test_polyphonic_notes_come_back_from_their_roll(data: st.DataObject) -> None:
    steps = 16
    # Two lines in registers of their own, so that no note hides another.
    pitches = [
        np.array(data.draw(st.lists(st.integers(*span), min_size=steps, max_size=steps)))
        for span in ((0, 20), (30, 57))
    ]
    strikes = [
        np.array(
            [True, *data.draw(st.lists(st.booleans(), min_size=steps - 1, max_size=steps - 1))]
        )
        for _ in pitches
    ]

    found = rmvae.polyphonic_notes(rmvae.polyphonic(pitches, strikes))

    expected = []
    for line, struck in zip(pitches, strikes):
        starts = np.flatnonzero(struck)
        ends = np.append(starts[1:], steps)
        expected += [(int(s), int(line[s]), int(e - s)) for s, e in zip(starts, ends)]
    assert sorted(found) == sorted(expected)


def test_the_vocabulary_tells_the_grid_that_weights_were_made_for() -> None:
    told = rmvae.vocabulary()

    assert told["pitches"] == 58
    assert told["bar_steps"] == 16
    assert told["voices"] == list(chorale.VOICES)
    with pytest.raises(KeyError):
        told["rests"]
