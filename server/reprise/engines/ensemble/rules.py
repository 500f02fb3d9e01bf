"""What the notes of one cell must obey, and what that leaves before the first of them is written.

Times are in ticks from the start of the cell's grid bar, pitches are those of cells: transposed,
and General MIDI drums in drum tracks. It knows no tokens but those of copies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers.ensemble.cells import DRUM_TICKS, Cell, GridNote
from reprise.tokenizers.ensemble.vocabulary import (
    COPIES,
    DRUMS,
    DURATIONS,
    FIRST_DRUM,
    MAX_BAR_TICKS,
    PITCHES,
    SIZE,
    Block,
    copy_token,
)

HORIZON = MAX_BAR_TICKS + DURATIONS[-1]
"""Ticks after which nothing that begins in a cell can sound."""

MOST_NOTES = 64
PACES = (6, 3, 2, 1)
"""Ticks that are kept free for each note that has to come, the first that all fit into."""

Flags = NDArray[np.bool_]
Counts = NDArray[np.int16]
Bias = NDArray[np.float32]


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
        may_loop: Whether what came twice in a row may come again without loss.
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
    may_loop: bool = True

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


@dataclass(frozen=True)
class Room:
    """What the rules and the notes that stand leave of a cell; its pitches count from the block's.

    Attributes:
        rules: The rules.
        stop: No note begins there or later.
        latest: No note rings longer; `HORIZON` or less.
        pitches: Which may be written, (pitches,).
        taken: Pitches that stand and sound or begin, (stop, pitches); None where nothing stands.
        until: The tick where a standing pitch comes next, (stop, pitches); None as above.
        sounding: Notes that stand and sound, (`HORIZON`,).
        order: Exact pitches, or None.
        wanted: Notes that would have to be written.
    """

    rules: Rules
    stop: int
    latest: int
    pitches: Flags
    taken: Flags | None
    until: Counts | None
    sounding: Counts
    order: tuple[int, ...] | None
    wanted: int

    @cached_property
    def open(self) -> Flags:
        """Ticks where what has to be written may be struck, beside what stands, (stop,)."""
        if self.taken is None:
            return np.full(self.stop, bool(self.pitches.any()))
        if self.order:
            return np.asarray(~self.taken[:, list(self.order)].any(axis=1))
        return np.asarray((self.pitches & ~self.taken).any(axis=1))

    @cached_property
    def ticks(self) -> int:
        """Ticks where at least one note has room."""
        return int(np.count_nonzero(self.open & (self.sounding[: self.stop] < self.limit)))

    @property
    def limit(self) -> int:
        """Notes that may sound together."""
        return self.rules.polyphony

    @cached_property
    def least(self) -> int:
        """Notes that can and must be written: one at each tick can."""
        return min(self.wanted, self.most, self.ticks)

    @cached_property
    def most(self) -> int:
        """Notes that may be written."""
        return self.rules.most if self.order is None else len(self.order)

    @cached_property
    def pace(self) -> int:
        """Ticks that are kept free for each note that has to come."""
        return next(pace for pace in PACES if pace == 1 or pace * self.least <= self.ticks)

    @cached_property
    def copies(self) -> Mapping[int, Cell]:
        """Known cells that may be copied, by token."""
        if self.rules.copies is None:
            return {}
        return self.copies_of(self.rules.copies)

    @cached_property
    def bias(self) -> Bias | None:
        """Nats to add to logits, (`SIZE`,); None where there are none."""
        rules = self.rules
        row = np.zeros(SIZE, np.float32)
        row[COPIES.first : COPIES.stop] = -rules.copy_penalty
        for index in _indices(rules, rules.discouraged):
            row[rules.block.first + index] = -rules.discouragement
        return row if row.any() else None

    def copies_of(self, cells: Mapping[int, Cell]) -> dict[int, Cell]:
        """Return those of the cells that may be copied, as they come out, by token.

        Args:
            cells: By how many grid bars they are away.
        """
        rules = self.rules
        if rules.copies is None or rules.rhythm is not None or rules.order is not None:
            return {}
        return {
            copy_token(offset): self._copied(cell)
            for offset, cell in cells.items()
            if self.admits(cell)
        }

    def _copied(self, cell: Cell) -> Cell:
        if not self.rules.is_drums:
            return trimmed(cell)
        return trimmed(note._replace(duration=self.drum_ticks(note[0], note[1])) for note in cell)

    def drum_ticks(self, tick: int, drum: int) -> int:
        """Return how long a drum struck at a tick is written to last."""
        last = self.last_end(tick, drum - self.rules.first_pitch)
        return min(DRUM_TICKS, self.rules.length - tick, last - tick)

    def free(self, tick: int) -> Flags:
        """Return the pitches that may be struck at a tick, (pitches,), not to be changed."""
        return self.pitches if self.taken is None else self.pitches & ~self.taken[tick]

    def last_end(self, tick: int, pitch: int) -> int:
        """Return until when a pitch struck at a tick may ring."""
        if self.until is None:
            return self.latest
        return min(self.latest, int(self.until[tick, pitch]))

    def counted_end(self, start: int, end: int) -> int:
        """Return until when a note counts in the polyphony."""
        return counted_end(self.rules, start, end)

    def admits(self, cell: Cell) -> bool:
        """Tell whether a cell passes every rule, taken as it is."""
        if not max(1, self.wanted) <= len(cell) <= self.most:
            return False
        if not all(self._admits_note(*note[:3]) for note in cell):
            return False
        if any(struck(cell) == struck(other) for other in self.rules.forbidden):
            return False
        count = self.sounding.copy()
        spans = [
            slice(note.onset, self.counted_end(note.onset, note.onset + note.duration))
            for note in cell
        ]
        for span in spans:
            count[span] += 1
        return all(int(count[span].max()) <= self.limit for span in spans)

    def _admits_note(self, onset: int, pitch: int, duration: int) -> bool:
        index = pitch - self.rules.first_pitch
        duration = 1 if self.rules.is_drums else duration
        if onset >= self.stop or not 0 <= index < len(self.pitches) or not self.free(onset)[index]:
            return False
        return onset + duration <= self.last_end(onset, index)


def room(rules: Rules, ringing: Iterable[Kept] = ()) -> Room:
    """Return the room of a cell.

    Args:
        rules: Its rules.
        ringing: Notes of the same track from cells that were answered before.
    """
    kept = (*rules.kept, *ringing)
    latest = HORIZON if rules.latest_end is None else max(0, min(HORIZON, rules.latest_end))
    stop = max(0, min(rules.length, latest))
    pitches = np.zeros(rules.block.count, np.bool_)
    pitches[_indices(rules, rules.pitches)] = True
    taken, until = _standing(rules, kept, stop) if kept else (None, None)
    order = None
    if rules.order is not None:
        order = tuple(i for i in _indices(rules, rules.order) if pitches[i])
    sounding = _sounding(rules, kept)
    return Room(rules, stop, latest, pitches, taken, until, sounding, order, rules.needed)


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


def _indices(rules: Rules, pitches: Iterable[int]) -> list[int]:
    """Return the places of pitches in their block, without those that have none."""
    places = (pitch - rules.first_pitch for pitch in pitches)
    return [place for place in places if 0 <= place < rules.block.count]


def _sounding(rules: Rules, kept: Iterable[Kept]) -> Counts:
    count = np.zeros(HORIZON, np.int16)
    for note in kept:
        end = counted_end(rules, note.start, note.end)
        count[max(0, note.start) : max(0, end)] += 1
    return count


def _standing(rules: Rules, kept: Iterable[Kept], stop: int) -> tuple[Flags, Counts]:
    """Return where pitches sound or begin, and where each comes next; (stop, pitches) both."""
    taken = np.zeros((stop, rules.block.count), np.bool_)
    until = np.full((stop, rules.block.count), HORIZON, np.int16)
    for note in sorted(kept, reverse=True):
        place = note.pitch - rules.first_pitch
        if not 0 <= place < rules.block.count:
            continue
        taken[max(0, note.start) : max(0, note.end), place] = True
        until[: max(0, note.start), place] = min(note.start, HORIZON)
    return taken, until
