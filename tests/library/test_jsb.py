from pathlib import Path

import numpy as np
import pytest

import tiny_chorales
from reprise.errors import MissingDataError
from reprise.library import jsb


def test_chorales_come_in_the_order_of_their_file_names(tmp_path: Path) -> None:
    data = tiny_chorales.write_data_set(tmp_path, count=3)

    found = jsb.read_split(data, "train")

    assert len(found) == 3
    for grid, expected in zip(found, tiny_chorales.chorales(3), strict=True):
        assert (grid == expected).all()


def test_a_data_set_without_the_split_is_missing_data(tmp_path: Path) -> None:
    (tmp_path / "jsb").mkdir()

    with pytest.raises(MissingDataError, match="test"):
        jsb.read_split(tmp_path, "test")


def test_windows_are_33_chords_every_16_and_drop_the_rest() -> None:
    chorales = [np.zeros((80, 4), np.int64), np.zeros((32, 4), np.int64)]

    cut, pieces = jsb.windows(chorales)

    assert cut.shape == (3, 33, 4)
    assert pieces.tolist() == [0, 0, 0]


def test_a_window_starts_16_chords_after_the_one_before() -> None:
    grid = np.arange(200).reshape(50, 4)

    cut, _ = jsb.windows([grid])

    assert (cut[1, 0] == grid[16]).all()


def test_no_long_chorale_means_no_windows() -> None:
    cut, pieces = jsb.windows([np.zeros((5, 4), np.int64)])

    assert cut.shape == (0, 33, 4)
    assert pieces.shape == (0,)
