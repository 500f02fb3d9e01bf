"""The JSB chorales: one CSV file a chorale, one row a 16th, four columns soprano to bass.

The split into 229, 76 and 77 files is the one that the literature uses. Windows follow the
protocol of the CNN+LSTM and Transformer study that we compare with: 32 chords and the one to
predict, every 16 chords, remainders dropped.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np

from reprise.errors import MissingDataError
from reprise.library import datasets
from reprise.tokenizers import chorale

Split = Literal["train", "valid", "test"]

SPLITS: Final[tuple[Split, ...]] = ("train", "valid", "test")
WINDOW_STEPS: Final = 33
WINDOW_SHIFT: Final = 16

_SPLIT_FOLDERS: Final = ("ageron/jsb_chorales", "jsb_chorales", ".")


def read_split(data_directory: Path | None, split: Split) -> list[chorale.Grid]:
    """Return a split's chorales in the order of their file names, each of shape (steps, 4).

    Raises:
        MissingDataError: The data set, or this split of it, is not there.
    """
    folder = datasets.find(data_directory, "jsb")
    return [read_chorale(path) for path in split_files(folder, split)]


def split_files(folder: Path, split: Split) -> list[Path]:
    """Return the files of a split in the set's folder, in the order of their names.

    Raises:
        MissingDataError: There are none.
    """
    for inner in _SPLIT_FOLDERS:
        paths = sorted((folder / inner / split).glob("*.csv"))
        if paths:
            return paths
    raise MissingDataError(
        f"{folder} holds no {split}/*.csv; get the chorales from {datasets.DATASETS['jsb'].origin}"
    )


def read_chorale(path: Path) -> chorale.Grid:
    """Return the classes of one CSV file, shape (steps, 4)."""
    with path.open(newline="", encoding="ascii") as file:
        rows = list(csv.reader(file))[1:]
    pitches = np.array([[int(cell) for cell in row] for row in rows], dtype=np.int64)
    return chorale.classes_from_pitches(pitches.reshape(-1, chorale.VOICE_COUNT))


def windows(
    chorales: Sequence[chorale.Grid], *, steps: int = WINDOW_STEPS, shift: int = WINDOW_SHIFT
) -> tuple[chorale.Grid, chorale.Grid]:
    """Cut chorales into windows.

    Returns:
        The windows of shape (windows, steps, 4), and for each the index of its chorale.
    """
    cut = [
        (index, piece[start : start + steps])
        for index, piece in enumerate(chorales)
        for start in range(0, len(piece) - steps + 1, shift)
    ]
    if not cut:
        return np.zeros((0, steps, chorale.VOICE_COUNT), np.int64), np.zeros(0, np.int64)
    return np.stack([window for _, window in cut]), np.array([index for index, _ in cut])
