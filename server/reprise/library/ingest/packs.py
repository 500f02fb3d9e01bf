"""Clips on the grid in a file that is written and read clip by clip, however many there are.

Each clip is a line of JSON, and after it the bytes of its grid bars and notes: nothing that is read
back can run anything.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reprise.errors import FileError
from reprise.library.corpus_file import NOTE_COLUMNS, PieceTrack
from reprise.library.own_clips import OwnClip
from reprise.library.packing import Packed

_BARS: Final = np.dtype("<i4")
_NOTES: Final = np.dtype("<i2")
_BAR_COLUMNS: Final = 3
_MOST_ROWS: Final = 10_000_000
"""Of one clip; a file that claims more is damaged, and would take all memory."""


class PackWriter:
    """Writes clips into a file, one after another."""

    def __init__(self, out: gzip.GzipFile) -> None:
        self._out = out

    def add(self, clip: OwnClip) -> None:
        """Write a clip."""
        packed = clip.packed
        told = {
            "file": clip.file,
            "take": clip.take,
            "name": packed.name,
            "tempo_bpm": packed.tempo_bpm,
            "tokens": packed.token_count,
            "tracks": [list(track) for track in packed.tracks],
            "bars": len(packed.grid_bars),
            "notes": len(packed.notes),
        }
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        self._out.write(line.encode("utf-8") + b"\n")
        self._out.write(packed.grid_bars.astype(_BARS).tobytes())
        self._out.write(packed.notes.astype(_NOTES).tobytes())


def read_packs(path: Path) -> Iterator[OwnClip]:
    """Yield the clips of a file.

    Raises:
        FileError: It cannot be read, or is damaged.
    """
    try:
        with gzip.open(path, "rb") as stream:
            while line := stream.readline():
                yield _read(json.loads(line), stream)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise FileError(
            f"{path} cannot be read ({error}); delete it, and give reprise corpus add again"
        ) from error


def _read(told: dict[str, Any], stream: gzip.GzipFile) -> OwnClip:
    bars = _rows(stream, told["bars"], _BAR_COLUMNS, _BARS)
    notes = _rows(stream, told["notes"], len(NOTE_COLUMNS), _NOTES)
    packed = Packed(
        told["name"],
        told["tempo_bpm"],
        bars.astype(np.int32),
        tuple(PieceTrack(*track) for track in told["tracks"]),
        notes.astype(np.int16),
        told["tokens"],
    )
    return OwnClip(told["file"], told["take"], packed)


def _rows(stream: gzip.GzipFile, count: int, columns: int, kind: np.dtype[Any]) -> NDArray[Any]:
    if not 0 <= count <= _MOST_ROWS:
        raise ValueError(f"{count} rows")
    data = stream.read(count * columns * kind.itemsize)
    return np.frombuffer(data, kind, count * columns).reshape(count, columns)
