"""Which token may come next in one cell, so that it is legal whatever the network says.

A cell is walked token by token. A position may only be written where a note has room, and a note
only as long as the polyphony allows: `NEXT` gives way to whatever comes first, a duration that says
how long must fit. Notes that still have to come keep room free for themselves. So every mask leaves
a token, and every path ends.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from reprise.engines.ensemble.grammar.room import Room, Sounds
from reprise.engines.ensemble.grammar.rules import HORIZON, struck, trimmed
from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.vocabulary import (
    DURATION_BLOCK,
    DURATIONS,
    NEXT,
    POSITIONS,
    SIZE,
    VELOCITIES,
    Special,
    velocity_of_bin,
)

PLENTY = 1 << 30
HURRY = 3
"""Tokens above those needed for the end that any one choice may cost."""

FEWER = "there was no room for as many notes as asked for"
NOTHING = "nothing could be written where notes were asked for"
OUT_OF_REACH = "pitches to be kept are out of range or scale"
AGAIN = "what was not to come again did, since nothing else was allowed"

Mask = NDArray[np.bool_]

_TICKS = np.array(DURATIONS)


class Phase(IntEnum):
    """What was written last in a cell."""

    START = 0
    PLACED = 1
    STRESSED = 2
    TIMED = 3
    STRUCK = 4
    WHOLE = 5
    DONE = 6


class CellGrammar:
    """Walks one cell whose rhythm is free.

    Attributes:
        phase: What was written last.
        tokens: What was written, without the end.
        copies: Cells that may be copied, by token.
    """

    def __init__(self, room: Room, velocity: int, copies: Mapping[int, Cell]) -> None:
        """Begin a cell.

        Args:
            room: What may be written.
            velocity: The track's default velocity bin, 0-15.
            copies: Cells that may be copied, by token.
        """
        self.phase = Phase.START
        self.tokens: list[int] = []
        self._room = room
        self.copies = copies
        self._block = room.rules.block
        self._limit = room.limit
        self._sounds = Sounds(room)
        self._sounding = self._sounds.count
        self._velocity = velocity
        self._duration = NEXT
        self._ticks = 0  # of the duration, 0 where it is NEXT
        self._onset = -1
        self._free = room.pitches
        self._longest = 0  # ticks that a note may last here
        self._pairs: list[tuple[int, int]] = []  # onset, place of the pitch in its block
        self._ends: list[int] = []
        self._velocities: list[int] = []
        self._hurries = False  # only what must be is written
        self._waiting: list[int] = []  # notes that last until the next position
        self._copied: Cell | None = None

    # ------------------------------------------------------------ what comes next

    def allowed(self, left: int = PLENTY) -> Mask:
        """Return which tokens may come next, (`SIZE`,); at least one.

        Args:
            left: Tokens that this cell may still take, its end included; `closing` or more.
        """
        mask = np.zeros(SIZE, np.bool_)
        self._hurries = left < self.closing + HURRY
        if self.phase is Phase.PLACED:
            self._allow_velocities(mask)
            self._allow_notes(mask)
        elif self.phase is Phase.STRUCK:
            self._allow_more(mask)
        elif self.phase is Phase.STRESSED:
            self._allow_notes(mask)
        elif self.phase is Phase.TIMED:
            self._allow_pitches(mask)
        elif self.phase is Phase.START:
            self._allow_start(mask)
        else:
            mask[Special.END_OF_CELL] = True
        return mask

    @property
    def closing(self) -> int:
        """Tokens that are enough to write what must be and to end the cell."""
        phase = self.phase
        if phase is Phase.WHOLE:
            return 1
        needed = 3 * self._needed + 1
        if phase is Phase.STRUCK:
            return needed
        if phase is Phase.START:
            return max(2, needed)
        after = needed - 3 if self._needed else needed
        return after + (1 if phase is Phase.TIMED else 2)

    @property
    def _needed(self) -> int:
        """Notes that have to come."""
        return max(0, self._room.least - len(self._pairs))

    def _allow_start(self, mask: Mask) -> None:
        if not self._hurries or self._needed:
            self._allow_onsets(mask)
        rules = self._room.rules
        is_free = not self._room.wanted and () not in rules.forbidden
        if is_free or not mask.any():
            mask[Special.EMPTY] = True
        for token in self.copies:
            mask[token] = True

    def _allow_more(self, mask: Mask) -> None:
        """Allow what may follow a note."""
        if not self._hurries or self._needed:
            if self._has_place_here():
                self._allow_notes(mask)
            self._allow_onsets(mask)
        if self._may_end() or not mask.any():
            mask[Special.END_OF_CELL] = True

    def _may_end(self) -> bool:
        return not self._needed and not self._is_forbidden()

    def _is_forbidden(self) -> bool:
        rules = self._room.rules
        if not rules.forbidden:
            return False
        pairs = tuple((onset, place + rules.first_pitch) for onset, place in self._pairs)
        return any(struck(cell) == pairs for cell in rules.forbidden)

    def _allow_onsets(self, mask: Mask) -> None:
        """Allow positions where a note has room, and after which those that must come have."""
        room, first = self._room, self._onset + 1
        if len(self._pairs) >= room.most or first >= room.stop:
            return
        free = room.open[first:] & (self._sounding[first : room.stop] < self._limit)
        needed = self._needed
        if needed > 1:
            after = free[::-1].cumsum()[::-1] - free
            free &= after >= (needed - 1) * room.pace
        if room.order is not None:
            self._avoid_onset(free, first)
        mask[POSITIONS.first + first : POSITIONS.first + room.stop] = free

    def _avoid_onset(self, free: Mask, first: int) -> None:
        """Leave out the position that would complete a forbidden cell, where another is left."""
        pair = self._last_of_forbidden()
        order = self._room.order or ()
        if pair is None or pair[1] != order[len(self._pairs)]:
            return
        if first <= pair[0] < self._room.stop and np.count_nonzero(free) > 1:
            free[pair[0] - first] = False

    def _allow_velocities(self, mask: Mask) -> None:
        if not self._hurries:
            mask[VELOCITIES.first : VELOCITIES.stop] = True
            mask[VELOCITIES.first + self._velocity] = False

    def _has_place_here(self) -> bool:
        """Tell whether another note may be struck at the position."""
        return (
            len(self._pairs) < self._room.most
            and self._sounding[self._onset] < self._limit
            and bool(self._free.any())
        )

    def _allow_notes(self, mask: Mask) -> None:
        """Allow durations and pitches."""
        if not self._room.rules.is_drums:
            longest = self._longest
            if self._room.until is not None:
                following = self._room.until[self._onset][self._free]
                longest = min(longest, int(following.max()) - self._onset)
            count = int(_TICKS.searchsorted(longest, "right"))
            mask[DURATION_BLOCK.first : DURATION_BLOCK.first + count] = True
            mask[NEXT] = True
            mask[self._duration] = False
        self._allow_pitches(mask)

    def _allow_pitches(self, mask: Mask) -> None:
        """Allow the pitches that may last as long as the duration says."""
        if self._ticks > self._longest:
            return
        free = self._free
        if self._ticks and self._room.until is not None:
            free = free & (self._room.until[self._onset] >= self._onset + self._ticks)
        mask[self._block.first : self._block.stop] = free
        pair = self._last_of_forbidden()
        if pair is not None and pair[0] == self._onset and free[pair[1]] and free.sum() > 1:
            mask[self._block.first + pair[1]] = False

    def _last_of_forbidden(self) -> tuple[int, int] | None:
        """Return the onset and pitch that would complete a forbidden cell."""
        rules, count = self._room.rules, len(self._pairs)
        for cell in rules.forbidden:
            if len(cell) == count + 1:
                pairs = [(onset, pitch - rules.first_pitch) for onset, pitch in struck(cell)]
                if pairs[:-1] == self._pairs and 0 <= pairs[-1][1] < self._block.count:
                    return pairs[-1]
        return None

    def follows(self, pairs: Sequence[tuple[int, int]]) -> bool:
        """Tell whether all that was struck so far begins a row of onsets and pitches."""
        if self.phase >= Phase.WHOLE:
            return False
        first = self._room.rules.first_pitch
        own = [(onset, place + first) for onset, place in self._pairs]
        return own == list(pairs[: len(own)]) and self._onset <= self._next_onset(pairs)

    def next_of(self, pairs: Sequence[tuple[int, int]]) -> tuple[int, float]:
        """Return the token that goes on along a row that is followed, and how late in the bar."""
        count, onset = len(self._pairs), self._next_onset(pairs)
        if count == len(pairs):
            return Special.END_OF_CELL, 1.0
        share = onset / self._room.rules.length
        if self._onset < onset:
            return POSITIONS.first + onset, share
        return self._block.first + pairs[count][1] - self._room.rules.first_pitch, share

    def _next_onset(self, pairs: Sequence[tuple[int, int]]) -> int:
        count = len(self._pairs)
        return pairs[count][0] if count < len(pairs) else self._room.rules.length

    # ------------------------------------------------------------ what was written

    def push(self, token: int) -> None:
        """Write a token that `allowed` allows."""
        if token == Special.END_OF_CELL:
            self._end_waiting(self._room.rules.length)
            self.phase = Phase.DONE
            return
        self.tokens.append(token)
        if token in self._block:
            self._strike(token - self._block.first)
        elif token in POSITIONS:
            self._place(token - POSITIONS.first)
        elif token in VELOCITIES:
            self._velocity = token - VELOCITIES.first
            self.phase = Phase.STRESSED
        elif token == NEXT or token in DURATION_BLOCK:
            self._duration = token
            self._ticks = 0 if token == NEXT else DURATIONS[token - DURATION_BLOCK.first]
            self.phase = Phase.TIMED
        else:
            self._copied = self._room.copied(self.copies.get(token, ()))
            self.phase = Phase.WHOLE

    def cell(self) -> Cell:
        """Return the notes of a cell that is done."""
        if self._copied is not None:
            return self._copied
        first_pitch = self._room.rules.first_pitch
        return trimmed(
            GridNote(onset, place + first_pitch, end - onset, velocity_of_bin(velocity))
            for (onset, place), end, velocity in zip(self._pairs, self._ends, self._velocities)
        )

    def problems(self) -> tuple[str, ...]:
        """Return what a cell that is done does not meet, as sentences."""
        if self._copied:
            return ()
        rules, found = self._room.rules, []
        if self._room.order is not None and len(self._room.order) < len(rules.order or ()):
            found.append(OUT_OF_REACH)
        if len(self._pairs) < self._room.wanted:
            found.append(FEWER if self._pairs else NOTHING)
        if self._is_forbidden():
            found.append(AGAIN)
        return tuple(found)

    def _place(self, onset: int) -> None:
        self._end_waiting(onset)
        self._onset = onset
        self._free = self._choices()
        self._longest = self._longest_here()
        self.phase = Phase.PLACED

    def _strike(self, place: int) -> None:
        onset = self._onset
        self._pairs.append((onset, place))
        self._velocities.append(self._velocity)
        self._ends.append(self._note_end(place))
        self._sounds.add(onset, self._ends[-1])
        self._free = self._choices_below(place)
        self._longest = self._longest_here()
        self.phase = Phase.STRUCK

    def _note_end(self, place: int) -> int:
        """Return where a note ends; one that waits for the next position ends after a tick."""
        if self._room.rules.is_drums:
            drum = place + self._room.rules.first_pitch
            return self._onset + self._room.drum_ticks(self._onset, drum)
        if self._ticks:
            return self._onset + self._ticks
        self._waiting.append(len(self._ends))
        return self._onset + 1

    def _end_waiting(self, until: int) -> None:
        """End the notes that lasted until the next position, or where others need their room."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        is_full = self._sounding[self._onset + 1 : until] > self._limit - len(waiting)
        if is_full.any():
            until = self._onset + 1 + int(is_full.argmax())
        for index in waiting:
            self._ends[index] = min(until, self._room.last_end(*self._pairs[index]))

    def _choices(self) -> Mask:
        """Return the pitches that may be struck at the position."""
        free, order = self._room.free(self._onset), self._room.order
        if order is not None:
            return _only(free, order[len(self._pairs)])
        ringing = [
            place
            for (_, place), end in zip(self._pairs, self._ends)
            if end > self._onset and not self._room.rules.is_drums
        ]
        if not ringing:
            return free
        preferred = free.copy()
        preferred[ringing] = False
        return preferred if np.count_nonzero(preferred) >= self._quota() else free

    def _choices_below(self, place: int) -> Mask:
        """Return the pitches that may be struck after another at the position."""
        order, count = self._room.order, len(self._pairs)
        if order is None:
            free = self._free.copy()
            free[place:] = False
            return free
        if count < len(order) and order[count] < place:
            return _only(self._room.free(self._onset), order[count])
        return np.zeros_like(self._free)

    def _quota(self) -> int:
        """Return how many pitches have to be struck at the position."""
        return 1

    def _longest_here(self) -> int:
        """Return how many ticks the next note at the position may last."""
        room, onset = self._room, self._onset
        if room.rules.is_drums:
            return 0
        longest = self._sounds.longest(onset)
        return min(longest, self._longest_spared()) if self._needed > 1 else longest

    def _longest_spared(self) -> int:
        """Return how long a note may last that leaves room for those that must come after it."""
        room, first = self._room, self._onset + 1
        after = self._sounding[first : room.stop]
        is_open = room.open[first:]
        spare = int(np.count_nonzero(is_open & (after < self._limit)))
        spare = max(0, spare - (self._needed - 1) * room.pace)
        closing = np.flatnonzero(is_open & (after == self._limit - 1))
        if len(closing) <= spare:
            return HORIZON
        return int(closing[spare]) + 1 + room.rules.overlap


def _only(free: Mask, place: int) -> Mask:
    mask = np.zeros_like(free)
    mask[place] = free[place]
    return mask
