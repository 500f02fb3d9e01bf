"""A packed corpus: thousands of pieces on the grid in one file of tens of megabytes.

The file is a compressed `.npz` of plain arrays, so that it can be read without running anything
that it says: the notes, grid bars and tracks of all pieces one after another, and two texts in
JSON, one with the pieces' names and one with the manifest.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprise.errors import FileError, MissingDataError
from reprise.library.pieces import Split

FORMAT: Final = 1
NOTE_COLUMNS: Final = ("grid bar", "track", "onset", "pitch", "duration", "velocity")


class PieceTrack(NamedTuple):
    """A track of a piece.

    Attributes:
        role: A role of `music.roles`.
        is_drums: Its pitches are General MIDI drums.
        name: As its file calls it.
    """

    role: int
    is_drums: bool
    name: str


@dataclass(frozen=True)
class Piece:
    """A piece on the grid: what training and evaluation read.

    Attributes:
        name: The set and the path inside it.
        dataset: The set's short name.
        kind: One of `pieces.KINDS`.
        song: Pieces of one song, or of songs that are nearly the same, share it.
        split: "train", "valid" or "test"; a song is in one of them.
        tempo_bpm: Quarter notes per minute, the mean.
        grid_bars: (grid bars, 3): start and length in ticks, and the meter's index.
        tracks: 1 to 16.
        notes: (notes, 6), columns as `NOTE_COLUMNS`: the onset in ticks from the grid bar's start;
            sorted by grid bar, track, onset, and from the highest pitch down.
    """

    name: str
    dataset: str
    kind: str
    song: str
    split: Split
    tempo_bpm: float
    grid_bars: NDArray[np.int32]
    tracks: tuple[PieceTrack, ...]
    notes: NDArray[np.int16]


@dataclass(frozen=True)
class Corpus:
    """Pieces, and what is known of how they came together.

    Attributes:
        pieces: Set by set, in order of their names.
        manifest: Counts by set, hashes by source file, rejects with reasons.
    """

    pieces: tuple[Piece, ...]
    manifest: Mapping[str, Any]


def write_corpus(path: Path, corpus: Corpus) -> None:
    """Write a corpus; the same corpus gives the same bytes.

    Raises:
        FileError: The file cannot be written.
    """
    pieces = corpus.pieces
    about = [
        {
            "name": piece.name,
            "dataset": piece.dataset,
            "kind": piece.kind,
            "song": piece.song,
            "split": piece.split,
            "tempo_bpm": piece.tempo_bpm,
            "tracks": [list(track) for track in piece.tracks],
        }
        for piece in pieces
    ]
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "notes": _joined([piece.notes for piece in pieces], np.int16, 6),
        "note_counts": np.array([len(piece.notes) for piece in pieces], np.int64),
        "grid_bars": _joined([piece.grid_bars for piece in pieces], np.int32, 3),
        "bar_counts": np.array([len(piece.grid_bars) for piece in pieces], np.int64),
        "pieces": _text(about),
        "manifest": _text(corpus.manifest),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written ({error.strerror}); choose another place with --out"
        ) from error


def read_corpus(path: Path) -> Corpus:
    """Return the corpus in a file.

    Raises:
        MissingDataError: There is no such file.
        FileError: It is no corpus, damaged, or of another format.
    """
    if not path.is_file():
        raise MissingDataError(
            f"there is no corpus at {path}; make one: reprise corpus build --data DIR --out {path}"
        )
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _read(path, arrays)
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FileError(
            f"{path} is no corpus of Reprise, or damaged ({error}); build it again: "
            "reprise corpus build"
        ) from error


def _read(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Corpus:
    if int(arrays["format"]) != FORMAT:
        raise FileError(
            f"{path} is a corpus of format {arrays['format']}, and this version reads {FORMAT}; "
            "build it again: reprise corpus build"
        )
    notes = _parts(arrays["notes"], arrays["note_counts"])
    bars = _parts(arrays["grid_bars"], arrays["bar_counts"])
    about = _of_text(arrays["pieces"])
    pieces = tuple(
        Piece(
            **{
                **known,
                "tracks": tuple(PieceTrack(*track) for track in known["tracks"]),
                "grid_bars": mine,
                "notes": sounding,
            }
        )
        for known, mine, sounding in zip(about, bars, notes, strict=True)
    )
    return Corpus(pieces, _of_text(arrays["manifest"]))


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.integer], width: int) -> NDArray[Any]:
    return np.concatenate([np.zeros((0, width), kind), *parts]).astype(kind, copy=False)


def _parts(joined: NDArray[Any], counts: NDArray[Any]) -> list[NDArray[Any]]:
    stops = [*accumulate(int(count) for count in counts)]
    return [joined[stop - count : stop] for stop, count in zip(stops, counts.tolist())]


def _text(value: object) -> NDArray[np.uint8]:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return np.frombuffer(data, np.uint8)


def _of_text(array: NDArray[Any]) -> Any:  # noqa: ANN401
    return json.loads(array.astype(np.uint8).tobytes().decode("utf-8"))
