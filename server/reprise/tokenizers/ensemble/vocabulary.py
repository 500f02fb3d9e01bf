"""The 768 tokens of the flagship, and the few numbers that a token stands for.

Blocks of tokens lie one after another; a block knows its first token and how many it holds. What a
token belongs to (which track, which bar) is not said by tokens but by the structural features of
`layout`.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum

SIZE = 768
TICKS_PER_BEAT = 24
MAX_BAR_TICKS = 144
MAX_TRACKS = 16
MAX_COPY = 16
"""Grid bars that a copy may reach back or ahead."""


class Special(IntEnum):
    """Tokens that give a sequence its shape."""

    PAD = 0
    BOS = 1
    ANSWER = 2
    END_OF_CELL = 3
    EMPTY = 4
    HOLE = 5
    SOURCE = 6
    SECOND_SOURCE = 7
    UNKNOWN = 8
    THEME = 9
    THEME_END = 10
    CONTROLS = 11
    ANY_PITCH = 12
    ANY_DURATION = 13
    ANY_POSITION = 14
    ANY_VELOCITY = 15


class Asked(IntEnum):
    """What a sequence asks for; its token is `TASKS.first` plus this."""

    INFILL = 0
    TRACK = 1
    CONTINUE = 2
    VARY = 3
    THEME = 4
    LOCKS = 5


class Mode(IntEnum):
    """Major or minor, counted from a tonic that is always C."""

    MAJOR = 0
    MINOR = 1
    NONE = 2


@dataclass(frozen=True, slots=True)
class Block:
    """Tokens `first` up to, not including, `stop`."""

    first: int
    count: int

    @property
    def stop(self) -> int:
        """The token after the last."""
        return self.first + self.count

    def __contains__(self, token: int) -> bool:
        return self.first <= token < self.stop

    def token(self, index: int) -> int:
        """Return the token of an index 0 to `count` - 1; beyond these the nearest."""
        return self.first + min(max(index, 0), self.count - 1)


METERS: tuple[tuple[int, int], ...] = (
    (2, 4), (3, 4), (4, 4), (5, 4), (6, 4), (3, 8), (6, 8), (7, 8), (9, 8), (12, 8),
)  # fmt: skip
METER_TICKS = tuple(numerator * 96 // denominator for numerator, denominator in METERS)

DURATIONS: tuple[int, ...] = (
    *range(1, 25), *range(26, 49, 2), *range(52, 97, 4), *range(104, 193, 8), 240, 288, 336, 384,
)  # fmt: skip
"""Durations that have a token, in ticks."""

FIRST_DRUM, LAST_DRUM = 27, 87
VELOCITY_STEP = 8

SPECIALS = Block(0, 16)
TASKS = Block(16, 8)
METER_BLOCK = Block(24, 10)
TEMPI = Block(34, 16)
MODES = Block(50, 3)
ROLES = Block(53, 24)
POSITIONS = Block(77, MAX_BAR_TICKS)
PITCHES = Block(221, 128)
DRUMS = Block(349, LAST_DRUM - FIRST_DRUM + 1)
DURATION_BLOCK = Block(410, len(DURATIONS))
NEXT = 474
"""A duration: until the next position of the cell, or the end of the grid bar."""
VELOCITIES = Block(475, 128 // VELOCITY_STEP)
COPIES = Block(491, 2 * MAX_COPY)
DENSITY = Block(523, 8)
POLYPHONY = Block(531, 6)
LOWEST = Block(537, 16)
HIGHEST = Block(553, 16)
SIMILARITY = Block(569, 11)
IN_KEY = Block(580, 3)
REPETITION = Block(583, 4)
SYNCOPATION = Block(587, 4)
LENGTH = Block(591, 6)
IN_THEME = 597
STYLES = Block(598, 32)
FIRST_FREE = 630

_DENSITY_EDGES = (1.5, 3.0, 5.0, 8.0, 12.0, 18.0, 28.0)
_LENGTH_EDGES = (4.0, 8.0, 14.0, 30.0, 60.0)
_IN_KEY_EDGES = (0.8, 0.97)
_REPETITION_EDGES = (0.1, 0.4, 0.8)
_SYNCOPATION_EDGES = (0.05, 0.2, 0.45)


def position_token(tick: int) -> int:
    """Return the token of a position in a grid bar, 0-143 ticks."""
    return POSITIONS.first + tick


def pitch_token(pitch: int, *, is_drum: bool) -> int:
    """Return the token of a MIDI pitch 0-127, or of a General MIDI drum 27-87."""
    return DRUMS.first + pitch - FIRST_DRUM if is_drum else PITCHES.first + pitch


def duration_token(ticks: int) -> int:
    """Return the token of the duration nearest to one in ticks."""
    index = bisect_right(DURATIONS, ticks)
    nearest = min(DURATIONS[max(0, index - 1) : index + 1], key=lambda other: abs(other - ticks))
    return DURATION_BLOCK.first + DURATIONS.index(nearest)


def velocity_bin(velocity: float) -> int:
    """Return the bin 0-15 of a velocity 1-127."""
    return min(15, max(0, int(velocity) // VELOCITY_STEP))


def velocity_of_bin(index: int) -> int:
    """Return the velocity in the middle of a bin 0-15."""
    return max(1, index * VELOCITY_STEP + VELOCITY_STEP // 2)


def copy_token(offset: int) -> int:
    """Return the token for "as `offset` grid bars away": -16 to -1 before, 1 to 16 after."""
    return COPIES.first + (offset + MAX_COPY if offset < 0 else offset + MAX_COPY - 1)


def copy_offset(token: int) -> int:
    """Return how many grid bars away a copy token points."""
    index = token - COPIES.first
    return index - MAX_COPY if index < MAX_COPY else index - MAX_COPY + 1


def tempo_token(bpm: float) -> int:
    """Return the token of a tempo: 16 bins, equal in ratio, from 40 to 240 beats a minute."""
    ratio = max(bpm, 1.0) / 40.0
    index = 0
    while index < TEMPI.count - 1 and ratio >= 6.0 ** ((index + 1) / TEMPI.count):
        index += 1
    return TEMPI.token(index)


def density_token(notes_per_bar: float) -> int:
    """Return the control of a mean number of notes in a grid bar."""
    return DENSITY.token(bisect_right(_DENSITY_EDGES, notes_per_bar))


def polyphony_token(notes: int) -> int:
    """Return the control of the most notes that sound together: 1 to 5, and 6 or more."""
    return POLYPHONY.token(notes - 1)


def lowest_token(pitch: int) -> int:
    """Return the control of the lowest pitch, in bins of 8 semitones."""
    return LOWEST.token(pitch // 8)


def highest_token(pitch: int) -> int:
    """Return the control of the highest pitch, in bins of 8 semitones."""
    return HIGHEST.token(pitch // 8)


def similarity_token(similarity: float) -> int:
    """Return the control of a similarity 0.0-1.0 to the source, in steps of a tenth."""
    return SIMILARITY.token(int(similarity * 10.0 + 0.5))


def in_key_token(share: float) -> int:
    """Return the control of the share 0.0-1.0 of notes inside the scale."""
    return IN_KEY.token(bisect_right(_IN_KEY_EDGES, share))


def repetition_token(share: float) -> int:
    """Return the control of the share 0.0-1.0 of cells that repeat another one."""
    return REPETITION.token(bisect_right(_REPETITION_EDGES, share))


def syncopation_token(share: float) -> int:
    """Return the control of the share 0.0-1.0 of onsets off every eighth."""
    return SYNCOPATION.token(bisect_right(_SYNCOPATION_EDGES, share))


def length_token(ticks: float) -> int:
    """Return the control of a mean duration in ticks."""
    return LENGTH.token(bisect_right(_LENGTH_EDGES, ticks))
