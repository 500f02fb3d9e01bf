import numpy as np
import pytest

import tiny_chorales
from reprise.tokenizers import chorale


def test_pitches_come_back_from_classes() -> None:
    pitches = np.array([[0, 36, 60, 81], [72, 67, 0, 48]])

    assert (chorale.pitches_from_classes(chorale.classes_from_pitches(pitches)) == pitches).all()


@pytest.mark.parametrize("pitch", [1, 35, 82])
def test_a_pitch_that_no_voice_sings_is_refused(pitch: int) -> None:
    with pytest.raises(ValueError, match=r"36\.\.81"):
        chorale.classes_from_pitches(np.array([60, pitch]))


def test_one_pitch_and_an_array_of_pitches_have_the_same_class() -> None:
    assert chorale.class_from_pitch(60) == chorale.classes_from_pitches(np.array([60]))[0]


def test_transposing_moves_notes_and_leaves_rests_and_unknown_cells() -> None:
    grid = np.array([[10, chorale.REST, chorale.UNKNOWN, 20]])

    assert chorale.transposed(grid, 3).tolist() == [[13, chorale.REST, chorale.UNKNOWN, 23]]


def test_every_feasible_transposition_stays_on_the_grid_and_the_next_one_does_not() -> None:
    grid = np.array([[44, 20, chorale.REST, 3]])

    allowed = chorale.feasible_transpositions(grid, furthest=6)

    assert (allowed.start, allowed.stop - 1) == (-2, 2)


def test_silence_can_go_anywhere() -> None:
    assert len(chorale.feasible_transpositions(np.zeros((2, 4), np.int64), furthest=6)) == 13


@pytest.mark.parametrize("phase", [0, 4, 13])
def test_features_kept_up_to_date_equal_features_of_the_whole(phase: int) -> None:
    grid = tiny_chorales.chorale_grid(steps=40)
    grid[7, 1] = chorale.REST
    whole = chorale.next_note_features(grid[None], phase=phase)[0]
    state = chorale.ChoraleState(phase=phase)

    for row, class_ in zip(whole, grid.reshape(-1), strict=True):
        assert (state.features() == row).all()
        state.place(int(class_))


def test_a_copied_state_goes_its_own_way() -> None:
    state = chorale.ChoraleState()
    state.place_all([30, 25])
    twin = state.copy()

    twin.place(20)

    assert state.latest == (30, 25, chorale.UNKNOWN, chorale.UNKNOWN)
    assert twin.latest == (30, 25, 20, chorale.UNKNOWN)


def test_next_note_features_never_see_the_cell_that_they_are_for() -> None:
    grid = tiny_chorales.chorale_grid(steps=12)
    other = grid.copy()
    other[5, 2] += 1
    cell = 5 * chorale.VOICE_COUNT + 2

    before, after = (chorale.next_note_features(each[None])[0] for each in (grid, other))

    assert (before[: cell + 1] == after[: cell + 1]).all()
    assert (before[cell + 1] != after[cell + 1]).any()


def test_infill_features_never_see_hidden_cells() -> None:
    grid = tiny_chorales.chorale_grid(steps=12)[None]
    hidden = np.zeros(grid.shape, dtype=np.bool_)
    hidden[0, 3:9, 1] = True
    other = np.where(hidden, 40, grid)

    assert (chorale.infill_features(grid, hidden) == chorale.infill_features(other, hidden)).all()


def test_features_stay_inside_the_sizes_that_the_networks_have_for_them() -> None:
    random = np.random.default_rng(0)
    grids = random.integers(0, chorale.CLASS_COUNT, (3, 70, 4))
    hidden = random.random(grids.shape) < 0.5

    next_note = chorale.next_note_features(grids, phase=np.array([0, 4, 15]))
    infill = chorale.infill_features(grids, hidden, phase=3)

    assert next_note.min() >= 0
    assert (next_note < np.array(chorale.NEXT_NOTE_SIZES)).all()
    assert infill.min() >= 0
    assert (infill < np.array(chorale.INFILL_SIZES)).all()


def test_a_run_that_begins_at_a_hidden_cell_has_an_open_start() -> None:
    grid = np.full((1, 4, 4), 20)
    hidden = np.zeros(grid.shape, dtype=np.bool_)
    hidden[0, 0, 0] = True

    back = chorale.infill_features(grid, hidden)[0, :, 5]

    assert back.tolist() == [chorale.HIDDEN_RUN] + [chorale.OPEN_RUN] * 3


def test_intervals_and_ages_are_the_same_in_every_key() -> None:
    grid = tiny_chorales.chorale_grid(steps=16)
    intervals_and_ages = slice(16, 59)

    low, high = (chorale.next_note_features(chorale.transposed(grid, by)[None]) for by in (0, 5))

    assert (low[..., intervals_and_ages] == high[..., intervals_and_ages]).all()
