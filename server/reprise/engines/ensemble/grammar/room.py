"""What the rules and the notes that stand leave of a cell, before and while it is written.

Pitches count from the first of their block of tokens: drums from `FIRST_DRUM`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reprise.engines.ensemble.grammar.rules import (
    HORIZON,
    Kept,
    Rules,
    counted_end,
    struck,
    trimmed,
)
from reprise.tokenizers.ensemble.cells import DRUM_TICKS, Cell, GridNote
from reprise.tokenizers.ensemble.vocabulary import COPIES, SIZE, copy_token

PACES = (6, 3, 2, 1)
"""Ticks that are kept free for each note that has to come, the first that all fit into."""

Flags = NDArray[np.bool_]
Counts = NDArray[np.int16]
Bias = NDArray[np.float32]


@dataclass(frozen=True)
class Room:
    """What the rules and the notes that stand leave of a cell.

    Attributes:
        rules: The rules.
        stop: No note begins there or later.
        latest: No note rings longer; `HORIZON` or less.
        pitches: Which may be written, (pitches,).
        taken: Pitches that stand and sound or begin, (stop, pitches); None where nothing stands.
        until: The tick where a standing pitch comes next, (stop, pitches); None as above.
        standing: Notes that stand and sound, (`HORIZON`,).
        sounding: Those that count in the polyphony, (`HORIZON`,).
        ceiling: Notes that may ring on, (`HORIZON`,), such that later cells have what they need;
            None where none needs anything.
        order: Exact pitches, or None.
        wanted: Notes that would have to be written.
    """

    rules: Rules
    stop: int
    latest: int
    pitches: Flags
    taken: Flags | None
    until: Counts | None
    standing: Counts
    sounding: Counts
    ceiling: Counts | None
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
        """Return those of the cells that may be copied, by token.

        Args:
            cells: By how many grid bars they are away.
        """
        rules = self.rules
        if rules.copies is None or rules.rhythm is not None or rules.order is not None:
            return {}
        admitted = {cell: self.admits(cell) for cell in set(cells.values())}
        return {copy_token(offset): cell for offset, cell in cells.items() if admitted[cell]}

    def copied(self, cell: Cell) -> Cell:
        """Return a cell that may be copied as it comes out."""
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
        sounds = Sounds(self)
        for note in cell:
            sounds.add(note.onset, note.onset + note.duration)
        return all(sounds.fits(note.onset, note.onset + note.duration) for note in cell)

    def part_of(self, cell: Cell) -> Cell:
        """Return what may be had of a cell: fewer notes, and shorter ones, than there should be."""
        sounds, found = Sounds(self), list[GridNote]()
        for note in cell:
            onset, pitch, duration, _ = note
            is_full = len(found) == self.most or sounds.count[onset] >= self.limit
            if is_full or not self._may_strike(onset, pitch):
                continue
            last = self.last_end(onset, pitch - self.rules.first_pitch)
            longest = min(duration, last - onset, sounds.longest(onset))
            if longest > 0:
                found.append(note._replace(duration=longest))
                sounds.add(onset, onset + longest)
        is_forbidden = any(struck(found) == struck(other) for other in self.rules.forbidden)
        return () if is_forbidden else tuple(found)

    def _admits_note(self, onset: int, pitch: int, duration: int) -> bool:
        if not self._may_strike(onset, pitch):
            return False
        end = onset + (1 if self.rules.is_drums else duration)
        return end <= self.last_end(onset, pitch - self.rules.first_pitch)

    def _may_strike(self, onset: int, pitch: int) -> bool:
        index = pitch - self.rules.first_pitch
        if onset >= self.stop or not 0 <= index < len(self.pitches) or not self.pitches[index]:
            return False
        return self.taken is None or not self.taken[onset, index]


class Sounds:
    """How many notes sound in a cell at each tick, while it is written."""

    def __init__(self, room: Room) -> None:
        """Begin with what stands."""
        self._room = room
        self.count = room.sounding.copy()
        """Notes that count in the polyphony, (`HORIZON`,)."""
        self._ringing = room.standing.copy()  # the same without any overlap, after the cell

    def add(self, start: int, end: int) -> None:
        """Let a new note sound."""
        room = self._room
        self.count[start : room.counted_end(start, end)] += 1
        if end > room.rules.length:
            self._ringing[room.rules.length : end] += 1

    def fits(self, start: int, end: int) -> bool:
        """Tell whether all rules hold while a note sounds that was added."""
        room, length = self._room, self._room.rules.length
        if int(self.count[start : room.counted_end(start, end)].max()) > room.limit:
            return False
        if room.ceiling is None or end <= length:
            return True
        return bool((self._ringing[length:end] <= room.ceiling[length:end]).all())

    def longest(self, start: int) -> int:
        """Return how many ticks one more note may last."""
        room = self._room
        ticks = 1 + _first(self.count[start + 1 :] >= room.limit) + room.rules.overlap
        if room.ceiling is not None:
            after = max(start + 1, room.rules.length)
            ringing = after - start + _first(self._ringing[after:] >= room.ceiling[after:])
            ticks = min(ticks, ringing)
        return min(ticks, room.latest - start)


def room(rules: Rules, ringing: Iterable[Kept] = (), ceiling: Counts | None = None) -> Room:
    """Return the room of a cell.

    Args:
        rules: Its rules.
        ringing: Notes of the same track that stand, besides those of the rules.
        ceiling: As in `Room`.
    """
    kept = (*rules.kept, *ringing)
    latest = HORIZON if rules.latest_end is None else max(0, min(HORIZON, rules.latest_end))
    stop = max(0, min(rules.length, latest))
    pitches = np.zeros(rules.block.count, np.bool_)
    pitches[_indices(rules, rules.pitches)] = True
    taken, until = _taken(rules, kept, stop) if kept else (None, None)
    order = None
    if rules.order is not None:
        order = tuple(i for i in _indices(rules, rules.order) if pitches[i])
    return Room(
        rules=rules,
        stop=stop,
        latest=latest,
        pitches=pitches,
        taken=taken,
        until=until,
        standing=_counts((note.start, note.end) for note in kept),
        sounding=_counts((note.start, counted_end(rules, *note[:2])) for note in kept),
        ceiling=ceiling,
        order=order,
        wanted=rules.needed,
    )


def _first(flags: Flags) -> int:
    """Return the place of the first that is True, or a large number."""
    place = int(flags.argmax()) if len(flags) else 0
    return place if len(flags) and flags[place] else HORIZON


def _indices(rules: Rules, pitches: Iterable[int]) -> list[int]:
    """Return the places of pitches in their block, without those that have none."""
    places = (pitch - rules.first_pitch for pitch in pitches)
    return [place for place in places if 0 <= place < rules.block.count]


def _counts(spans: Iterable[tuple[int, int]]) -> Counts:
    """Return how many spans hold each tick, (`HORIZON`,)."""
    count = np.zeros(HORIZON, np.int16)
    for start, end in spans:
        count[max(0, start) : max(0, end)] += 1
    return count


def _taken(rules: Rules, kept: Iterable[Kept], stop: int) -> tuple[Flags, Counts]:
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
