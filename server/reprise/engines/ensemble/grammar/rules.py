"""What the notes of one cell must obey.

Times are in ticks from the start of the cell's grid bar, pitches are those of cells: transposed,
and General MIDI drums in drum tracks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    DURATIONS,
    FIRST_DRUM,
    MAX_BAR_TICKS,
    PITCHES,
    Block,
)

HORIZON = MAX_BAR_TICKS + DURATIONS[-1]
"""Ticks after which nothing that begins in a cell can sound."""

MOST_NOTES = 64


class Kept(NamedTuple):
    """A note that stands and is not written.

    Attributes:
        start: Ticks from the start of the cell; below 0 where it began before.
        end: Ticks, above `start`.
        pitch: As cells have it.
    """

    start: int
    end: int
    pitch: int

    @classmethod
    def of(cls, note: GridNote, shift: int) -> "Kept":
        """Return a note of a cell that begins `shift` ticks later than this one."""
        start = shift + note.onset
        return cls(start, start + note.duration, note.pitch)


@dataclass(frozen=True, slots=True)
class RhythmStep:
    """An onset of a rhythm that is kept.

    Attributes:
        onset: Ticks from the start of the cell.
        durations: Ticks of each note, from the highest pitch down; for drums only their number
            counts.
        velocity: Velocity bin 0-15 of its notes; None leaves it open.
    """

    onset: int
    durations: tuple[int, ...]
    velocity: int | None = None


@dataclass(frozen=True)
class Rules:
    """What the notes of one cell must obey.

    Rules that contradict each other are met as far as can be: `pitches`, `polyphony`, `kept` and
    `latest_end` always, then `most`, then `rhythm` and `order`, then `least`, then `forbidden`.

    Attributes:
        length: Ticks of the grid bar, 1-144.
        pitches: Pitches, or General MIDI drums, that may be written.
        is_drums: Drums have no durations; their polyphony is counted in hits at one tick.
        polyphony: Notes that may sound together, kept ones included; 1 or more.
        overlap: Ticks by which a note may outlast its place in the polyphony: legato of the source.
        kept: Notes of the same track that stand, also those that ring in or begin later. None is
            struck again where it sounds or begins.
        latest_end: No note rings longer, in ticks; None leaves it open.
        least: Fewest new notes.
        most: Most new notes.
        may_be_empty: Whether there may be no note; not where `least` is above 0.
        rhythm: Exact onsets, each with the durations of its notes; None leaves them open.
        order: Exact pitches in the order of the cell; None leaves them open.
        copies: Cells that may be copied as they are, by how many grid bars they are away; None
            forbids copies, also those of answers.
        forbidden: Cells that must not come again; onsets and pitches make a cell.
        discouraged: Pitches that lose `discouragement` nats.
        discouragement: Nats, 0 or more.
        copy_penalty: Nats that copies lose, 0 or more.
        longest_loop: So many times in a row may a cell come without loss, 2 or more; None sets no
            bound.
    """

    length: int
    pitches: frozenset[int]
    is_drums: bool = False
    polyphony: int = 16
    overlap: int = 0
    kept: tuple[Kept, ...] = ()
    latest_end: int | None = None
    least: int = 0
    most: int = MOST_NOTES
    may_be_empty: bool = True
    rhythm: tuple[RhythmStep, ...] | None = None
    order: tuple[int, ...] | None = None
    copies: Mapping[int, Cell] | None = field(default_factory=dict)
    forbidden: tuple[Cell, ...] = ()
    discouraged: frozenset[int] = frozenset()
    discouragement: float = 0.0
    copy_penalty: float = 0.0
    longest_loop: int | None = None

    @property
    def block(self) -> Block:
        """The tokens of its pitches."""
        return DRUMS if self.is_drums else PITCHES

    @property
    def first_pitch(self) -> int:
        """The pitch of the block's first token."""
        return FIRST_DRUM if self.is_drums else 0

    @property
    def needed(self) -> int:
        """Notes that have to be written, as far as anything allows."""
        if self.rhythm is not None:
            return 0
        if self.order is not None:
            return len(self.order)
        return min(self.most, max(self.least, 0 if self.may_be_empty else 1))

    @property
    def least_tokens(self) -> int:
        """Tokens that are enough to meet the rules and end the cell."""
        notes = sum(len(step.durations) for step in self.rhythm or ()) or self.needed
        return max(2, 4 * notes + 1)


def trimmed(cell: Iterable[GridNote]) -> Cell:
    """Return a cell whose notes end where their pitch is struck again."""
    following: dict[int, int] = {}
    found = []
    for note in reversed(tuple(cell)):
        room_left = following.get(note.pitch, HORIZON) - note.onset
        found.append(note._replace(duration=min(note.duration, room_left)))
        following[note.pitch] = note.onset
    return tuple(reversed(found))


def struck(cell: Iterable[GridNote]) -> tuple[tuple[int, int], ...]:
    """Return what is heard as the same cell: onsets and pitches."""
    return tuple(note[:2] for note in cell)


def counted_end(rules: Rules, start: int, end: int) -> int:
    """Return until when a note counts in the polyphony: drums for one tick."""
    return start + 1 if rules.is_drums else max(start + 1, end - rules.overlap)
