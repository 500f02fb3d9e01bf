"""One track in one grid bar: its notes as tokens, and back.

A cell is spelled `P [VEL] ([DUR] pitch)+  P ...`: positions rise, pitches fall at one position.
Velocity and duration are *sticky*: their tokens are written only when they change. A cell begins
with its track's default velocity and the duration `NEXT`, which lasts until the next position of
the cell, or the end of the grid bar. Drums have no durations.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    DURATION_BLOCK,
    DURATIONS,
    FIRST_DRUM,
    MAX_BAR_TICKS,
    NEXT,
    PITCHES,
    POSITIONS,
    VELOCITIES,
    duration_token,
    pitch_token,
    position_token,
    velocity_bin,
    velocity_of_bin,
)

COARSE_DURATIONS = (
    1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 30, 36, 48, 60, 72, 96, 120, 144, 192, 288, 384,
)  # fmt: skip
"""Durations that a player is heard to mean, in ticks."""

DRUM_TICKS = 6
NEAR_TICKS, NEAR_SHARE = 2, 0.2


class GridNote(NamedTuple):
    """A note of a cell.

    Attributes:
        onset: Ticks from the start of the grid bar.
        pitch: MIDI pitch 0-127; in drum tracks a General MIDI drum 27-87.
        duration: Ticks, 1 or more.
        velocity: 1-127.
    """

    onset: int
    pitch: int
    duration: int
    velocity: int


Cell = tuple[GridNote, ...]


@dataclass(frozen=True, slots=True)
class CellTokens:
    """A cell spelled out.

    Attributes:
        tokens: As the vocabulary counts them.
        positions: The position in ticks that each token belongs to, None where it is not told.
    """

    tokens: tuple[int, ...]
    positions: tuple[int | None, ...]


def in_order(notes: Iterable[GridNote]) -> Cell:
    """Return notes as a cell: by onset, then from the highest pitch down, each pitch once."""
    ordered = sorted(notes, key=lambda note: (note.onset, -note.pitch, -note.duration))
    pairs = groupby(ordered, key=lambda note: (note.onset, note.pitch))
    return tuple(next(group) for _, group in pairs)


def encode(cell: Cell, bar_length: int, default_velocity: int, *, is_drums: bool) -> CellTokens:
    """Return the tokens of a cell.

    Args:
        cell: Its notes in order; durations go to the nearest that has a token.
        bar_length: Ticks of its grid bar.
        default_velocity: The track's velocity bin, 0-15.
        is_drums: Drums have tokens of their own, and no durations.
    """
    tokens: list[int] = []
    positions: list[int] = []
    velocity, length = default_velocity, NEXT
    onsets = [*dict.fromkeys(note.onset for note in cell), bar_length]
    groups = groupby(cell, key=lambda note: note.onset)
    for (onset, notes), following in zip(groups, onsets[1:]):
        group = list(notes)
        spelled = [position_token(onset)]
        group_velocity = velocity_bin(sum(note.velocity for note in group) / len(group))
        if group_velocity != velocity:
            velocity = group_velocity
            spelled.append(VELOCITIES.first + velocity)
        for note in group:
            wanted = _duration(note.duration, following - onset)
            if not is_drums and wanted != length:
                length = wanted
                spelled.append(length)
            spelled.append(pitch_token(note.pitch, is_drum=is_drums))
        tokens += spelled
        positions += [onset] * len(spelled)
    return CellTokens(tuple(tokens), tuple(positions))


def decode(tokens: Sequence[int], bar_length: int, default_velocity: int) -> Cell:
    """Return the notes that a cell's tokens spell; tokens of other kinds are passed over."""
    velocity, length = default_velocity, NEXT
    onset = 0
    found: list[tuple[int, int, int, int]] = []
    for token in tokens:
        if token in POSITIONS:
            onset = token - POSITIONS.first
        elif token in VELOCITIES:
            velocity = token - VELOCITIES.first
        elif token in DURATION_BLOCK or token == NEXT:
            length = token
        elif token in PITCHES:
            found.append((onset, token - PITCHES.first, length, velocity))
        elif token in DRUMS:
            found.append((onset, token - DRUMS.first + FIRST_DRUM, -1, velocity))
    onsets = sorted({row[0] for row in found} | {bar_length})
    return tuple(_decoded(row, onsets) for row in found)


def settled(cell: Cell, bar_length: int) -> Cell:
    """Return a cell with each duration as a player means it.

    A note that ends near the next onset is meant to last until there; else the nearest of
    `COARSE_DURATIONS`, by ratio. What is left is feel.
    """
    onsets = [*dict.fromkeys(note.onset for note in cell), bar_length]
    following = dict(zip(onsets, onsets[1:]))
    return tuple(
        note._replace(duration=_meant(note.duration, following[note.onset] - note.onset))
        for note in cell
    )


def _duration(ticks: int, until_next: int) -> int:
    return NEXT if ticks == until_next else duration_token(ticks)


def _decoded(row: tuple[int, int, int, int], onsets: Sequence[int]) -> GridNote:
    onset, pitch, length, velocity = row
    if length == -1:
        return GridNote(onset, pitch, DRUM_TICKS, velocity_of_bin(velocity))
    duration = (
        onsets[bisect_left(onsets, onset) + 1] - onset
        if length == NEXT
        else DURATIONS[length - DURATION_BLOCK.first]
    )
    return GridNote(onset, pitch, max(1, duration), velocity_of_bin(velocity))


def _meant(ticks: int, until_next: int) -> int:
    coarse = min(COARSE_DURATIONS, key=lambda other: max(other / ticks, ticks / other))
    tolerance = max(NEAR_TICKS, NEAR_SHARE * until_next)
    is_near = min(abs(ticks - until_next), abs(coarse - until_next)) <= tolerance
    return until_next if is_near else coarse


def cells_of(
    notes: Iterable[tuple[int, int, int, int]], bounds: Sequence[tuple[int, int]]
) -> Iterator[Cell]:
    """Yield the cell of each grid bar.

    Args:
        notes: (onset in ticks from the window's start, pitch, duration in ticks, velocity).
        bounds: (start, length) of the grid bars in ticks, rising.
    """
    starts = [start for start, _ in bounds]
    rows: list[list[GridNote]] = [[] for _ in bounds]
    for onset, pitch, duration, velocity in notes:
        index = bisect_left(starts, onset + 1) - 1
        if index >= 0 and onset - starts[index] < min(bounds[index][1], MAX_BAR_TICKS):
            rows[index].append(GridNote(onset - starts[index], pitch, duration, velocity))
    for row in rows:
        yield in_order(row)
