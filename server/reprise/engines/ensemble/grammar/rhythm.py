"""A rhythm that is kept: fitted into the room of a cell, and walked with pitches yet to choose.

Where too many notes would sound, durations give way first, then notes of a chord, and an onset only
where nothing at all can be struck.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reprise.engines.ensemble.grammar.cell import CellGrammar, Mask, Phase
from reprise.engines.ensemble.grammar.room import Room, Sounds
from reprise.engines.ensemble.grammar.rules import RhythmStep
from reprise.tokenizers.ensemble.vocabulary import (
    NEXT,
    POSITIONS,
    VELOCITIES,
    Special,
    duration_token,
)

LEFT_OUT = "an onset of the rhythm had to be left out"
THINNED = "a chord of the rhythm had to be thinned out"
SHORTENED = "durations of the rhythm had to be shortened"
UNUSED = "the rhythm has no place for all pitches"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """An onset that will be struck.

    Attributes:
        onset: Ticks from the start of the cell.
        velocity: Velocity bin, or None where it is open.
        ends: Ticks where its notes end, from the highest pitch down.
        tokens: The duration token of each note; for drums `NEXT`, which is never written.
    """

    onset: int
    velocity: int | None
    ends: tuple[int, ...]
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A rhythm as far as it can be met.

    Attributes:
        steps: By onset.
        problems: What cannot be met, as sentences.
    """

    steps: tuple[PlannedStep, ...]
    problems: tuple[str, ...]


def planned(room: Room) -> Plan:
    """Return the rhythm of a room's rules, fitted into the room."""
    planner = _Planner(room)
    for step in sorted(room.rules.rhythm or (), key=lambda step: step.onset):
        planner.place(step)
    return planner.plan()


class _Planner:
    """Places steps one after another; a note is [start, end]."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._steps: list[tuple[RhythmStep, list[list[int]]]] = []
        self._written = 0
        self._problems: dict[str, None] = {}

    def place(self, step: RhythmStep) -> None:
        """Strike as many notes of a step as can be."""
        count = self._playable(step)
        if count < len(step.durations):
            self._problems[THINNED if count else LEFT_OUT] = None
        if not count:
            return
        self._make_way(step.onset, count)
        notes: list[list[int]] = []
        self._steps.append((step, notes))
        for duration in step.durations[:count]:
            end = self._end(step.onset, duration)
            notes.append([step.onset, end])
        self._written += count

    def plan(self) -> Plan:
        """Return what was placed."""
        if self._room.order is not None and self._written < len(self._room.order):
            self._problems[UNUSED] = None
        onsets = [*(step.onset for step, _ in self._steps), self._room.rules.length]
        steps = tuple(
            self._spelled(step, [end for _, end in notes], following)
            for (step, notes), following in zip(self._steps, onsets[1:])
        )
        return Plan(steps, tuple(self._problems))

    def _playable(self, step: RhythmStep) -> int:
        room, onset = self._room, step.onset
        if not 0 <= onset < room.stop or any(onset == other.onset for other, _ in self._steps):
            return 0
        left = room.limit - int(room.sounding[onset])
        if room.order is not None:
            possible = _descending(room, onset, room.order[self._written :])
        else:
            possible = int(np.count_nonzero(room.free(onset)))
        return max(0, min(len(step.durations), possible, left, room.most - self._written))

    def _make_way(self, onset: int, count: int) -> None:
        """End earlier notes, the oldest first, until so many new ones may sound."""
        room = self._room
        ringing = [note for note in self._notes() if room.counted_end(*note) > onset]
        excess = int(room.sounding[onset]) + len(ringing) + count - room.limit
        for note in ringing[: max(0, excess)]:
            note[1] = min(note[1], onset + room.rules.overlap)
            self._problems[SHORTENED] = None

    def _end(self, onset: int, duration: int) -> int:
        """Return where a note ends that would last so long."""
        room = self._room
        sounds = Sounds(room)
        for note in self._notes():
            sounds.add(*note)
        end = onset + min(duration, sounds.longest(onset))
        if end < onset + duration and not room.rules.is_drums:
            self._problems[SHORTENED] = None
        return end

    def _notes(self) -> list[list[int]]:
        return [note for _, notes in self._steps for note in notes]

    def _spelled(self, step: RhythmStep, ends: Sequence[int], following: int) -> PlannedStep:
        tokens = tuple(
            NEXT
            if end == following or self._room.rules.is_drums
            else duration_token(end - step.onset)
            for end in ends
        )
        return PlannedStep(step.onset, step.velocity, tuple(ends), tokens)


class RhythmGrammar(CellGrammar):
    """Walks one cell whose onsets and durations are known."""

    def __init__(self, room: Room, velocity: int, plan: Plan) -> None:
        """Begin a cell.

        Args:
            room: What may be written.
            velocity: The track's default velocity bin, 0-15.
            plan: The rhythm.
        """
        super().__init__(room, velocity, {})
        self._plan = plan
        self._number = -1  # of the step
        self._struck = 0  # notes of the step

    @property
    def closing(self) -> int:
        """Tokens that are enough to write what must be and to end the cell."""
        if self.phase is Phase.WHOLE:
            return 1
        rest = self._plan.steps[self._number + 1 :]
        tokens = sum(2 + 2 * len(step.ends) for step in rest) + 1
        if self.phase is Phase.START:
            return max(2, tokens)
        here = len(self._step.ends) - self._struck
        return tokens + 2 * here + (1 if self.phase is Phase.PLACED else 0)

    @property
    def _step(self) -> PlannedStep:
        return self._plan.steps[self._number]

    def problems(self) -> tuple[str, ...]:
        """Return what a cell that is done does not meet, as sentences."""
        return (*self._plan.problems, *super().problems())

    def _allow_start(self, mask: Mask) -> None:
        if self._plan.steps:
            self._allow_more(mask)
        else:
            mask[Special.EMPTY] = True

    def _allow_more(self, mask: Mask) -> None:
        if self.phase is Phase.STRUCK and self._struck < len(self._step.ends):
            self._allow_notes(mask)
        elif self._number + 1 < len(self._plan.steps):
            mask[POSITIONS.first + self._plan.steps[self._number + 1].onset] = True
        else:
            mask[Special.END_OF_CELL] = True

    def _allow_velocities(self, mask: Mask) -> None:
        if self._step.velocity is None:
            super()._allow_velocities(mask)
        elif self._step.velocity != self._velocity:
            mask[VELOCITIES.first + self._step.velocity] = True

    def _allow_notes(self, mask: Mask) -> None:
        if self.phase is Phase.PLACED and self._step.velocity not in (None, self._velocity):
            return
        token = self._step.tokens[self._struck]
        if token != self._duration:
            mask[token] = True
        else:
            self._allow_pitches(mask)

    def _allow_pitches(self, mask: Mask) -> None:
        free = self._free
        if self._room.order is None:
            below = free.cumsum() - free
            free = free & (below >= len(self._step.ends) - self._struck - 1)
        first = self._block.first
        mask[first : self._block.stop] = free
        pair = self._last_of_forbidden()
        if pair is not None and pair[0] == self._onset and free[pair[1]] and free.sum() > 1:
            mask[first + pair[1]] = False

    def _place(self, onset: int) -> None:
        self._number += 1
        self._struck = 0
        super()._place(onset)

    def _note_end(self, place: int) -> int:
        end = self._step.ends[self._struck]
        self._struck += 1
        if self._room.rules.is_drums:
            return super()._note_end(place)
        return min(end, self._room.last_end(self._onset, place))

    def _quota(self) -> int:
        return len(self._step.ends)

    def _longest_here(self) -> int:
        return 0


def _descending(room: Room, onset: int, rest: Sequence[int]) -> int:
    """Return how many of the next exact pitches can be struck at one onset."""
    free = room.free(onset)
    count = 0
    while count < len(rest) and free[rest[count]] and (not count or rest[count] < rest[count - 1]):
        count += 1
    return count
