"""What the songs of a corpus are made of, in a file of a few megabytes.

It holds the runs and the drum bars that at most two songs have (`music.originality`), as sorted
numbers of 40 bits. Nobody can read a song out of it, and it tells in microseconds whether music
was learnt.
"""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reprise.errors import FileError, MissingDataError
from reprise.library.corpus_file import Piece
from reprise.music.originality import CODE_BITS, Codes, bar_codes, line_of, run_codes

FORMAT: Final = 1
FILE_NAME: Final = "originality.npz"
"""What it is called in a model's directory."""
MAX_SONGS: Final = 2
"""What more songs than these have is everybody's."""
_PLANES: Final = CODE_BITS // 8


@dataclass(frozen=True)
class OriginalityIndex:
    """Runs of notes and bars of drums that at most `MAX_SONGS` songs have.

    Attributes:
        runs: Codes, rising.
        bars: Codes, rising.
        song_count: How many songs were looked through.
    """

    runs: Codes
    bars: Codes
    song_count: int

    def has_runs(self, codes: Codes) -> NDArray[np.bool_]:
        """Tell for each code whether it is of a run that few songs have."""
        return _are_in(self.runs, codes)

    def has_bars(self, codes: Codes) -> NDArray[np.bool_]:
        """Tell for each code whether it is of a drum bar that few songs have."""
        return _are_in(self.bars, codes)


def build(pieces: Iterable[Piece]) -> OriginalityIndex:
    """Return the index of the pieces that are for training."""
    numbers: dict[str, int] = {}
    runs, bars = _Tally(), _Tally()
    for piece in pieces:
        if piece.split != "train":
            continue
        song = numbers.setdefault(piece.song, len(numbers))
        for track, told in enumerate(piece.tracks):
            rows = piece.notes[piece.notes[:, 1] == track]
            if told.is_drums:
                bars.add(song, bars_of(piece, rows))
            else:
                runs.add(song, runs_of(piece, rows))
    return OriginalityIndex(runs.rare(), bars.rare(), len(numbers))


def write_index(path: Path, index: OriginalityIndex) -> None:
    """Write an index; the same index gives the same bytes.

    Raises:
        FileError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.array(FORMAT),
                runs=_packed(index.runs),
                bars=_packed(index.bars),
                song_count=np.array(index.song_count),
            )
    except OSError as error:
        raise FileError(f"{path} cannot be written ({error.strerror})") from error


def read_index(path: Path) -> OriginalityIndex:
    """Return the index in a file.

    Raises:
        MissingDataError: There is no such file.
        FileError: It is no index, damaged, or of another format.
    """
    if not path.is_file():
        raise MissingDataError(
            f"there is no index of what was learnt at {path}; make one from the corpus: "
            f"reprise corpus originality --out {path}"
        )
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _read(path, arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FileError(
            f"{path} is no index of what was learnt, or damaged ({error}); make it again: "
            "reprise corpus originality"
        ) from error


class _Tally:
    """Which songs have which codes."""

    def __init__(self) -> None:
        self._parts: list[Codes] = []
        self._songs: list[int] = []

    def add(self, song: int, codes: Codes) -> None:
        self._parts.append(np.unique(codes))
        self._songs.append(song)

    def rare(self) -> Codes:
        """Return the codes that few songs have, rising."""
        if not self._parts:
            return np.zeros(0, np.uint64)
        codes = np.concatenate(self._parts)
        songs = np.repeat(np.array(self._songs, np.uint64), [len(part) for part in self._parts])
        pairs = np.unique(np.stack([codes, songs]), axis=1)
        found, counts = np.unique(pairs[0], return_counts=True)
        rare: Codes = found[counts <= MAX_SONGS]
        return rare


def runs_of(piece: Piece, rows: NDArray[np.int16]) -> Codes:
    """Return the codes of the telling runs of one track's rows."""
    onsets = piece.grid_bars[rows[:, 0], 0] + rows[:, 2]
    codes, are_telling = run_codes(*line_of(onsets, rows[:, 3]))
    telling: Codes = codes[are_telling]
    return telling


def bars_of(piece: Piece, rows: NDArray[np.int16]) -> Codes:
    """Return the codes of the bars of one drum track's rows."""
    played, numbers = np.unique(rows[:, 0], return_inverse=True)
    return bar_codes(numbers, piece.grid_bars[played, 1], rows[:, 2], rows[:, 3])


def _are_in(known: Codes, codes: Codes) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(codes), np.bool_)
    places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    found: NDArray[np.bool_] = known[places] == codes
    return found


def _packed(codes: Codes) -> NDArray[np.uint8]:
    """Return the differences of rising codes as bytes, all lowest first: the high ones are few."""
    steps = np.diff(codes, prepend=np.uint64(0)).astype("<u8")
    return np.ascontiguousarray(steps.view(np.uint8).reshape(-1, 8)[:, :_PLANES].T)


def _unpacked(planes: NDArray[Any]) -> Codes:
    if planes.dtype != np.uint8 or planes.ndim != 2 or len(planes) != _PLANES:
        raise ValueError(f"codes have {_PLANES} bytes each, got {planes.dtype}{planes.shape}")
    steps = np.zeros((planes.shape[1], 8), np.uint8)
    steps[:, :_PLANES] = planes.T
    return np.cumsum(steps.view("<u8")[:, 0], dtype=np.uint64)


def _read(path: Path, arrays: Mapping[str, NDArray[Any]]) -> OriginalityIndex:
    if int(arrays["format"]) != FORMAT:
        raise FileError(
            f"{path} is an index of format {arrays['format']}, and this version reads {FORMAT}; "
            "make it again: reprise corpus originality"
        )
    song_count = int(arrays["song_count"])
    return OriginalityIndex(_unpacked(arrays["runs"]), _unpacked(arrays["bars"]), song_count)
