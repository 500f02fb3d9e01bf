"""The file of an index of somebody's own pieces: arrays, names, and the number of their format."""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from reprise.errors import FileError
from reprise.library.ingest.shards import whole_file

Arrays = Mapping[str, NDArray[Any]]
Index = TypeVar("Index")

NAMES: Final = "names"
_FORMAT: Final = "format"


def write_index(path: Path, number: int, arrays: Arrays, names: tuple[str, ...]) -> None:
    """Write an index; whatever was there before stays until it is whole.

    Args:
        path: Of the file.
        number: Of the format.
        arrays: By name.
        names: Of pieces.

    Raises:
        FileError: The file cannot be written.
    """
    told = np.frombuffer(json.dumps(names).encode("ascii"), np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for stopped in path.parent.glob(f"{path.name}.*.part"):
            stopped.unlink(missing_ok=True)
        parts: dict[str, Any] = {_FORMAT: np.array(number), **arrays, NAMES: told}
        with whole_file(path) as file:
            np.savez_compressed(file, **parts)
    except OSError as error:
        raise FileError(f"{path} cannot be written ({error.strerror})") from error


def read_index(path: Path, number: int, made: Callable[[Arrays, tuple[str, ...]], Index]) -> Index:
    """Return the index in a file.

    Args:
        path: Of the file.
        number: Of the format.
        made: Makes it of the arrays by name and the names of pieces; a `KeyError` or a `ValueError`
            says that these are not whole.

    Raises:
        FileError: It is no index, damaged, or of another format.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            _check(arrays, number)
            return made(arrays, tuple(str(name) for name in json.loads(bytes(arrays[NAMES]))))
    except (OSError, TypeError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FileError(
            f"{path} is no index of your pieces, or damaged ({error}); read your music again: "
            "reprise corpus add"
        ) from error


def _check(arrays: Arrays, number: int) -> None:
    if int(arrays[_FORMAT]) != number:
        raise ValueError(f"format {arrays[_FORMAT]}")
