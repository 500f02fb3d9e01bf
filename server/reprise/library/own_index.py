"""What somebody's own pieces are made of, and which piece each part is from.

It is an index of originality (`originality_index`) that knows names: an answer that repeats a
passage of the user's can be told with the file that it is from. It never leaves the machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.library.corpus_file import Piece
from reprise.library.originality_index import MAX_SONGS, OriginalityIndex, bars_of, runs_of
from reprise.library.own_index_file import Arrays, read_index, write_index
from reprise.music.originality import CODE_BITS, Codes

FILE_NAME: Final = "own-index.npz"
FORMAT: Final = 1
NOBODY: Final = -1
MOST_CODES: Final = 10_000_000
"""As many as ten thousand songs have: the server holds sixteen bytes of each."""
_PIECE_BITS: Final = np.uint64(64 - CODE_BITS)
_PIECES: Final = (np.uint64(1) << _PIECE_BITS) - np.uint64(1)

Owners = NDArray[np.int64]


@dataclass(frozen=True)
class Owned:
    """Codes, and who has each.

    Attributes:
        codes: Rising.
        owners: Place of a name for each code.
    """

    codes: Codes
    owners: Owners

    def owners_of(self, codes: Codes) -> Owners:
        """Return the owner of each code, `NOBODY` where nobody has it."""
        if not len(self.codes):
            return np.full(len(codes), NOBODY)
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[places] == codes, self.owners[places], NOBODY)


@dataclass(frozen=True)
class OwnIndex:
    """Runs of notes and bars of drums of somebody's own pieces.

    Attributes:
        runs: Those that at most `MAX_SONGS` songs of the folder have.
        bars: The same of drums.
        names: Of the pieces.
    """

    runs: Owned
    bars: Owned
    names: tuple[str, ...]

    @property
    def codes(self) -> OriginalityIndex:
        """The same without the names."""
        return OriginalityIndex(self.runs.codes, self.bars.codes, len(self.names))

    def name_of(self, runs: Codes, bars: Codes) -> str:
        """Return the piece that has most of some codes, "" where none has any."""
        owners = np.concatenate([self.runs.owners_of(runs), self.bars.owners_of(bars)])
        owners = owners[owners != NOBODY]
        return self.names[int(np.bincount(owners).argmax())] if len(owners) else ""


def build(pieces: Iterable[Piece], most_codes: int = MOST_CODES) -> OwnIndex:
    """Return the index of pieces, whatever side of a cut they lie on.

    Args:
        pieces: Read one by one, and not held.
        most_codes: Pieces after those that have so many are left out; `names` tells which are in.
    """
    names: list[str] = []
    numbers: dict[str, int] = {}
    songs: list[int] = []
    runs, bars = _Found(), _Found()
    for piece in pieces:
        if runs.count + bars.count >= most_codes or len(names) >> int(_PIECE_BITS):
            break
        songs.append(numbers.setdefault(piece.song, len(numbers)))
        for track, told in enumerate(piece.tracks):
            rows = piece.notes[piece.notes[:, 1] == track]
            if told.is_drums:
                bars.add(bars_of(piece, rows), len(names))
            else:
                runs.add(runs_of(piece, rows), len(names))
        names.append(piece.name)
    song_of_piece = np.array(songs, np.uint64)
    return OwnIndex(runs.rare(song_of_piece), bars.rare(song_of_piece), tuple(names))


def write(path: Path, index: OwnIndex) -> None:
    """Write an index.

    Raises:
        FileError: The file cannot be written.
    """
    arrays = {
        "runs": index.runs.codes,
        "run_owners": index.runs.owners,
        "bars": index.bars.codes,
        "bar_owners": index.bars.owners,
    }
    write_index(path, FORMAT, arrays, index.names)


def read(path: Path) -> OwnIndex:
    """Return the index in a file.

    Raises:
        FileError: It is no index, damaged, or of another format.
    """
    return read_index(path, FORMAT, _made)


def _made(arrays: Arrays, names: tuple[str, ...]) -> OwnIndex:
    return OwnIndex(
        Owned(arrays["runs"], arrays["run_owners"]),
        Owned(arrays["bars"], arrays["bar_owners"]),
        names,
    )


class _Found:
    """Which pieces have which codes: one number for both, the code in its upper bits."""

    def __init__(self) -> None:
        self._keys: list[Codes] = []
        self.count = 0

    def add(self, codes: Codes, piece: int) -> None:
        self._keys.append(np.unique(codes) << _PIECE_BITS | np.uint64(piece))
        self.count += len(self._keys[-1])

    def rare(self, song_of_piece: Codes) -> Owned:
        """Return the codes that few songs have, each with the first piece that has it."""
        if not self._keys:
            return Owned(np.zeros(0, np.uint64), np.zeros(0, np.int64))
        keys = np.concatenate(self._keys)
        self._keys.clear()
        keys.sort()
        codes, pieces = keys >> _PIECE_BITS, (keys & _PIECES).astype(np.int64)
        of_songs = np.unique(codes << _PIECE_BITS | song_of_piece[pieces])
        known, counts = np.unique(of_songs >> _PIECE_BITS, return_counts=True)
        rare = known[counts <= MAX_SONGS]
        return Owned(rare, pieces[np.searchsorted(codes, rare)])
