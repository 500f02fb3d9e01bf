"""Passages of somebody's own pieces, and which of them are nearest to what is played.

Each track of a piece gives a few passages of two grid bars. They are compared by role, meter,
density, register, rhythm, and pitch classes above the tonic, so that the key does not matter. It is
retrieval by what can be counted; nothing is trained.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from reprise.library.corpus_file import PieceTrack
from reprise.library.own_index_file import Arrays, read_index, write_index
from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.tokenizers.ensemble.vocabulary import METER_TICKS

FILE_NAME: Final = "own-style.npz"
FORMAT: Final = 1
PASSAGE_BARS: Final = 2
FEWEST_ONSETS: Final = 4
MOST_PASSAGES: Final = 4
"""Of one track of one piece."""
MOST_INDEXED: Final = 100_000
"""Passages of all pieces: what comes after them is left out."""

STEP_TICKS: Final = 6
STEPS: Final = 24
"""Sixteenths of the longest grid bar."""

RHYTHM: Final = slice(0, STEPS)
PITCHES: Final = slice(STEPS, STEPS + 12)
DENSITY, REGISTER, SHAPE = STEPS + 12, STEPS + 13, STEPS + 14
ROLE_WEIGHT, RHYTHM_WEIGHT, PITCH_WEIGHT, DENSITY_WEIGHT, REGISTER_WEIGHT = 0.6, 1.0, 0.7, 0.4, 0.3
OCTAVE: Final = 12.0

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]


class Packable(Protocol):
    """A piece on the grid, as `packing.Packed` and `corpus_file.Piece` are."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def grid_bars(self) -> NDArray[np.int32]:
        """Start, length and meter of each."""

    @property
    def tracks(self) -> tuple[PieceTrack, ...]:
        """What its tracks are."""

    @property
    def notes(self) -> NDArray[np.int16]:
        """Grid bar, track, onset, pitch, duration, velocity."""


class PassageNote(NamedTuple):
    """A note of a passage; ticks from its start."""

    onset: int
    pitch: int
    duration: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Two grid bars of one track.

    Attributes:
        name: Of the piece.
        meter: Index of its grid bars' meter among those that have a token.
        is_drums: Whether its pitches are General MIDI drums.
        key: Of the whole piece, None for drums.
        notes: In order of time.
    """

    name: str
    meter: int
    is_drums: bool
    key: Key | None
    notes: tuple[PassageNote, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a passage should be like.

    Attributes:
        role: What it is for.
        is_drums: Whether drums are wanted; others never come.
        meter: Of its grid bars, as in `Passage`; others never come.
        shape: As `shape_of` gives it, None where nothing is played yet.
    """

    role: int
    is_drums: bool
    meter: int
    shape: Floats | None = None


class _Told(NamedTuple):
    piece: int
    role: int
    is_drums: int
    meter: int
    tonic: int
    is_minor: int


@dataclass(frozen=True)
class StyleIndex:
    """Passages of a corpus.

    Attributes:
        told: A row for each passage: piece, role, whether drums, meter, tonic, whether minor.
        shapes: What each is like, as `shape_of` gives it.
        notes: Of all passages: onset, pitch, duration, velocity.
        stops: Where the notes of each passage end.
        names: Of the pieces.
    """

    told: Rows
    shapes: Floats
    notes: NDArray[np.int16]
    stops: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.told)

    def joined(self, other: "StyleIndex") -> "StyleIndex":
        """Return the passages of both."""
        moved = other.told.copy()
        moved[:, 0] += len(self.names)
        return StyleIndex(
            np.concatenate([self.told, moved]),
            np.concatenate([self.shapes, other.shapes]),
            np.concatenate([self.notes, other.notes]),
            np.concatenate([self.stops, other.stops + len(self.notes)]),
            self.names + other.names,
        )

    def nearest(self, wanted: Wanted, count: int) -> list[Passage]:
        """Return up to `count` passages, nearest first, each of another piece."""
        told = self.told
        places = np.flatnonzero((told[:, 2] == wanted.is_drums) & (told[:, 3] == wanted.meter))
        distances = _distances(told[places, 1], self.shapes[places], wanted)
        found: dict[str, Passage] = {}
        for place in places[np.argsort(distances, kind="stable")].tolist():
            if len(found) == count:
                break
            name = self.names[told[place, 0]]
            if name not in found:
                found[name] = self._passage(place)
        return list(found.values())

    def _passage(self, place: int) -> Passage:
        row = _Told(*self.told[place].tolist())
        start = int(self.stops[place - 1]) if place else 0
        notes = self.notes[start : int(self.stops[place])].tolist()
        return Passage(
            self.names[row.piece],
            row.meter,
            bool(row.is_drums),
            None if row.is_drums else Key(row.tonic, "minor" if row.is_minor else "major"),
            tuple(PassageNote(*note) for note in notes),
        )


def _distances(roles: Rows, shapes: Floats, wanted: Wanted) -> NDArray[np.float64]:
    total = ROLE_WEIGHT * np.asarray(roles != wanted.role, np.float64)
    if wanted.role == Role.UNKNOWN:
        total[:] = 0.0
    shape = wanted.shape
    if shape is None:
        return total
    total += RHYTHM_WEIGHT / 2 * np.abs(shapes[:, RHYTHM] - shape[RHYTHM]).sum(axis=1)
    total += PITCH_WEIGHT / 2 * np.abs(shapes[:, PITCHES] - shape[PITCHES]).sum(axis=1)
    for column, weight in ((DENSITY, DENSITY_WEIGHT), (REGISTER, REGISTER_WEIGHT)):
        total += weight * np.minimum(1.0, np.abs(shapes[:, column] - shape[column]) / 2.0)
    return total


def shape_of(notes: Iterable[Sequence[int]], ticks: int, key: Key | None) -> Floats:
    """Return what notes are like: rhythm, pitch classes, density, register.

    Args:
        notes: Onset in the grid bar, pitch and duration of each; at least one.
        ticks: Of all grid bars that they are from.
        key: Pitch classes are counted from its tonic; None for drums.
    """
    rows = np.array([note[:3] for note in notes], np.int64)
    shape = np.zeros(SHAPE, np.float32)
    steps = np.minimum(rows[:, 0] // STEP_TICKS, STEPS - 1)
    shape[RHYTHM] = np.bincount(steps, minlength=STEPS) / len(rows)
    tonic, weights = (0, None) if key is None else (key.tonic, rows[:, 2])
    classes = np.bincount((rows[:, 1] - tonic) % 12, weights, 12)
    shape[PITCHES] = classes / classes.sum()
    shape[DENSITY] = np.log2(len(rows) * 24 / ticks)
    shape[REGISTER] = 0.0 if key is None else float(np.median(rows[:, 1])) / OCTAVE
    return shape


def key_of(notes: Iterable[Sequence[float]]) -> Key | None:
    """Return the key of pitched notes, as onset, pitch and duration; None where there are none."""
    weights = [0.0] * 12
    for _, pitch, duration in notes:
        weights[int(pitch) % 12] += duration
    return find_key(Note(0.0, 60 + i, weight) for i, weight in enumerate(weights) if weight)


# ---------------------------------------------------------------- building


def build(pieces: Iterable[Packable]) -> StyleIndex:
    """Return the passages of pieces."""
    told: list[_Told] = []
    shapes: list[Floats] = [np.zeros((0, SHAPE), np.float32)]
    notes: list[NDArray[np.int16]] = [np.zeros((0, 4), np.int16)]
    names: list[str] = []
    for piece in pieces:
        if len(told) >= MOST_INDEXED:
            break
        for row, shape, own in _passages(piece, len(names)):
            told.append(row)
            shapes.append(shape[None])
            notes.append(own)
        names.append(piece.name)
    return StyleIndex(
        np.array(told, np.int32).reshape(-1, len(_Told._fields)),
        np.concatenate(shapes),
        np.concatenate(notes),
        np.cumsum([len(own) for own in notes[1:]], dtype=np.int64),
        tuple(names),
    )


def _passages(piece: Packable, number: int) -> Iterator[tuple[_Told, Floats, NDArray[np.int16]]]:
    notes = piece.notes
    drums = np.array([track.is_drums for track in piece.tracks])
    pitched = notes[~drums[notes[:, 1]]]
    key = key_of(pitched[:, 2:5].tolist()) or Key(0)
    for track, about in enumerate(piece.tracks):
        own_key = None if about.is_drums else key
        rows = notes[notes[:, 1] == track]
        for bars in _chosen(piece.grid_bars, rows):
            meter = int(piece.grid_bars[bars[0], 2])
            in_bars = [rows[rows[:, 0] == bar] for bar in bars]
            length = METER_TICKS[meter]
            shape = shape_of(np.concatenate(in_bars)[:, 2:5].tolist(), 2 * length, own_key)
            told = _Told(number, about.role, about.is_drums, meter, key.tonic, key.scale == "minor")
            yield told, shape, _in_a_row(in_bars, length)


def _chosen(bars: Rows, rows: NDArray[np.int16]) -> list[tuple[int, int]]:
    """Return pairs of grid bars where a track says enough, different ones, spread over it."""
    found: dict[bytes, tuple[int, int]] = {}
    last = len(bars) - 1
    for first in range(0, max(1, last), PASSAGE_BARS):
        pair = (first, min(first + 1, last))
        if not _is_plain(bars[list(pair)]):
            continue
        own = rows[np.isin(rows[:, 0], pair)]
        onsets = {(bar, onset) for bar, onset in own[:, [0, 2]].tolist()}
        if len(onsets) * (1 + (pair[0] == pair[1])) >= FEWEST_ONSETS:
            found.setdefault((own[:, 2:5].tobytes()), pair)
    pairs = list(found.values())
    places = np.linspace(0, len(pairs) - 1, min(len(pairs), MOST_PASSAGES)).round().astype(int)
    return [pairs[place] for place in places]


def _is_plain(bars: Rows) -> bool:
    """Tell whether grid bars are whole bars of one meter that has a token."""
    _, length, meter = bars[0].tolist()
    return METER_TICKS[meter] == length and bool((bars[:, 1:] == bars[0, 1:]).all())


def _in_a_row(in_bars: Sequence[NDArray[np.int16]], length: int) -> NDArray[np.int16]:
    moved = [np.array(rows[:, 2:6]) for rows in in_bars]
    for number, rows in enumerate(moved):
        rows[:, 0] += number * length
        rows[:, 2] = np.minimum(rows[:, 2], 2 * length - rows[:, 0])
    return np.concatenate(moved)


# ---------------------------------------------------------------- the file


def write(path: Path, index: StyleIndex) -> None:
    """Write an index.

    Raises:
        FileError: The file cannot be written.
    """
    arrays: Arrays = {
        "told": index.told,
        "shapes": index.shapes.astype(np.float16),
        "notes": index.notes,
        "stops": index.stops,
    }
    write_index(path, FORMAT, arrays, index.names)


def read(path: Path) -> StyleIndex:
    """Return the index in a file.

    Raises:
        FileError: It is no index, damaged, or of another format.
    """
    return read_index(path, FORMAT, _made)


def _made(arrays: Arrays, names: tuple[str, ...]) -> StyleIndex:
    found = StyleIndex(
        arrays["told"].astype(np.int32),
        arrays["shapes"].astype(np.float32),
        arrays["notes"].astype(np.int16),
        arrays["stops"].astype(np.int64),
        names,
    )
    if not len(found.told) == len(found.shapes) == len(found.stops):
        raise ValueError("its parts do not fit together")
    return found
