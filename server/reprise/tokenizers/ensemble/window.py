"""A window of music as the flagship sees it: grid bars, tracks, and the cells where they cross."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reprise.music.key import Key, find_key
from reprise.music.note import Note
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import Mode, velocity_bin

Place = tuple[int, int]
"""A cell's grid bar and track, both counted from 0."""


@dataclass(frozen=True, slots=True)
class Track:
    """A track of a window.

    Attributes:
        role: A role of `music.roles`, 0-23, or None where it is not told.
        is_drums: Its pitches are General MIDI drums.
        velocity: The default velocity bin, 0-15.
        slot: Which of the 16 track slots it takes.
    """

    role: int | None
    is_drums: bool
    velocity: int
    slot: int


@dataclass(frozen=True)
class Window:
    """Grid bars and tracks, with the cells that are known.

    Pitches are transposed such that the tonic is C (`tonic_shift`). A cell that is not there is
    empty; what is hidden is said by `layout.Question`.

    Attributes:
        bars: Grid bars, one after another.
        tracks: At most 16.
        cells: By (grid bar, track).
        tempo: Beats a minute, or None where it is not told.
        mode: Of the key whose tonic is C, or None where it is not told.
    """

    bars: tuple[GridBar, ...]
    tracks: tuple[Track, ...]
    cells: Mapping[Place, Cell] = field(default_factory=dict)
    tempo: float | None = 120.0
    mode: Mode | None = Mode.NONE

    def cell(self, place: Place) -> Cell:
        """Return the cell at (grid bar, track), empty where none is known."""
        return self.cells.get(place, ())


def default_velocity(velocities: Iterable[int]) -> int:
    """Return the bin that most velocities 1-127 fall into, the lower of two; 12 where none are."""
    counts = [0] * 16
    for velocity in velocities:
        counts[velocity_bin(velocity)] += 1
    return max(range(16), key=lambda index: (counts[index], -index)) if any(counts) else 12


def tonic_shift(notes: Iterable[Note]) -> tuple[int, Mode]:
    """Return by how many semitones, -6 to 5, music goes to a tonic of C, and its mode.

    Drums must not be among the notes. The key is Krumhansl's (`key.find_key`).
    """
    found: Key | None = find_key(notes)
    if found is None:
        return 0, Mode.NONE
    return shift_to_c(found.tonic), Mode.MAJOR if found.scale == "major" else Mode.MINOR


def shift_to_c(tonic: int) -> int:
    """Return the shorter way from a pitch class to C in semitones, -6 to 5."""
    return (6 - tonic) % 12 - 6
