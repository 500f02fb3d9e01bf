"""Which token may come next in an answer: its holes one after another, each under its own rules.

What was answered before rings into later cells, may be copied by them, and is known to the guard
against loops. Candidates of one question share what is the same for all of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from reprise.engines.ensemble.grammar.cell import (
    AGAIN,
    FEWER,
    NOTHING,
    CellGrammar,
    Mask,
)
from reprise.engines.ensemble.grammar.rhythm import Plan, RhythmGrammar, planned
from reprise.engines.ensemble.grammar.room import Bias, Counts, Room, room
from reprise.engines.ensemble.grammar.rules import HORIZON, Kept, Rules, struck
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.layout import AnswerCursor, Question
from reprise.tokenizers.ensemble.vocabulary import MAX_COPY, SIZE, Special
from reprise.tokenizers.ensemble.window import Place

LOOP_PENALTY, MORE_LOOP_PENALTY = 1.5, 3.0
"""Nats that every token loses which goes on repeating what came as often in a row as it may, and
more of them for every further time."""

LATE = 2.0
"""How much more than in its middle that loses at the end of a bar: bars begin alike."""

SPARE_PITCHES = 16
"""Pitches beyond those of a chord that make sure that every candidate can strike it."""

Fed = tuple[tuple[int, ...], float]
"""Feature rows of a token and its time in quarters, as the network reads them."""


class AnswerRooms:
    """Rules of all holes of a question, and what follows from them for every candidate."""

    def __init__(self, question: Question, rules: Sequence[Rules]) -> None:
        """Keep what candidates share.

        Args:
            question: What is asked.
            rules: One for each of its holes, in their order.
        """
        self.question = question
        self.rules = tuple(rules)
        needed = [each.least_tokens for each in rules]
        self.reserves = tuple(sum(needed[number + 1 :]) for number in range(len(needed)))
        """Tokens to leave for the holes after each."""
        self.least_tokens = sum(needed)
        """Tokens that are enough to answer every hole."""
        self._by_track: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for hole, (bar, track) in enumerate(question.holes):
            self._by_track[track].append((hole, bar))
        self._kept = [self._kept_elsewhere(hole) for hole in range(len(rules))]
        self._ceilings = [self._ceiling(hole) for hole in range(len(rules))]
        self._rooms: dict[tuple[int, tuple[Kept, ...]], Room] = {}
        self._plans: dict[tuple[int, tuple[Kept, ...]], Plan] = {}

    def cell(
        self, hole: int, ringing: tuple[Kept, ...], answered: dict[int, Cell]
    ) -> tuple[Room, CellGrammar]:
        """Return the room of a hole and a grammar at its start.

        Args:
            hole: Counted from 0.
            ringing: Notes of its track from cells answered before.
            answered: Cells answered before that it may copy, by how many grid bars they are away.
        """
        key = hole, ringing
        rules = self.rules[hole]
        found = self._rooms.get(key)
        if found is None:
            found = room(rules, (*self._kept[hole], *ringing), self._ceilings[hole])
            self._rooms[key] = found
        velocity = self.question.window.tracks[self.question.holes[hole][1]].velocity
        if rules.rhythm is not None:
            plan = self._plans.get(key) or self._plans.setdefault(key, planned(found))
            return found, RhythmGrammar(found, velocity, plan)
        copies = {**found.copies, **found.copies_of(answered)}
        return found, CellGrammar(found, velocity, copies)

    @cached_property
    def has_fixed_shape(self) -> bool:
        """Whether all candidates write the same kinds of token at the same places."""
        return all(self._is_fixed(hole) for hole in range(len(self.rules)))

    def _is_fixed(self, hole: int) -> bool:
        rules = self.rules[hole]
        if rules.rhythm is None or any(step.velocity is None for step in rules.rhythm):
            return False
        spare = 0 if rules.is_drums or rules.order is not None else SPARE_PITCHES
        largest = max((len(step.durations) for step in rules.rhythm), default=0)
        _, grammar = self.cell(hole, (), {})
        return len(rules.pitches) >= largest + spare and not grammar.problems()

    def _others(self, hole: int) -> list[tuple[int, int]]:
        """Return the other holes near a hole in its track, each with the ticks that it is later."""
        number, track = self.question.holes[hole]
        bars = self.question.window.bars
        found = [
            (other, bars[bar].start - bars[number].start) for other, bar in self._by_track[track]
        ]
        return [(other, shift) for other, shift in found if 0 < abs(shift) < HORIZON]

    def _kept_elsewhere(self, hole: int) -> tuple[Kept, ...]:
        """Return notes that stand in other holes of the track and that the rules have not."""
        found = {
            Kept(note.start + shift, note.end + shift, note.pitch)
            for other, shift in self._others(hole)
            for note in self.rules[other].kept
        }
        return tuple(sorted(note for note in found - {*self.rules[hole].kept} if note.end > 0))

    def _ceiling(self, hole: int) -> Counts | None:
        """Return how many notes may ring on, such that later holes can have what they need."""
        row = np.full(HORIZON, np.iinfo(np.int16).max, np.int16)
        for other, shift in self._others(hole):
            claim = None if shift < 0 or self.rules[hole].is_drums else self._claim(other)
            if claim is not None:
                first, most = claim
                span = row[shift + first : shift + self.rules[other].length]
                np.minimum(span, max(0, most), out=span)
        return row if row.min() < np.iinfo(np.int16).max else None

    def _claim(self, hole: int) -> tuple[int, int] | None:
        """Return from which tick on how many notes may ring into a hole; None leaves it open."""
        rules = self.rules[hole]
        own = room(rules, self._kept[hole])
        most = min(rules.polyphony, int(np.count_nonzero(own.pitches)))
        if rules.rhythm:
            largest = max(len(step.durations) for step in rules.rhythm)
            return min(step.onset for step in rules.rhythm), most - largest
        if not own.least:
            return None
        first = own.ticks - own.least * own.pace
        return first, 0 if own.order is not None else most - 1


class AnswerGrammar:
    """Walks the holes of one candidate.

    Attributes:
        hole: How many holes are answered.
        cells: What was answered, hole by hole.
        problems: What they do not meet of their rules, hole by hole, as sentences.
        left: Tokens that the answer may still take.
    """

    def __init__(self, rooms: AnswerRooms, budget: int) -> None:
        """Begin an answer.

        Args:
            rooms: What all candidates of the question share.
            budget: Tokens that the answer may take; at least `rooms.least_tokens` are taken for it.
        """
        self.hole = 0
        self.cells: list[Cell] = []
        self.problems: list[tuple[str, ...]] = []
        self.left = max(budget, rooms.least_tokens)
        self._rooms = rooms
        self._question = rooms.question
        self._cursor = AnswerCursor(rooms.question)
        self._answered: dict[Place, Cell] = {}
        self._open()

    @property
    def is_done(self) -> bool:
        """Whether every hole is answered."""
        return self.hole == len(self._question.holes)

    @property
    def has_fixed_shape(self) -> bool:
        """Whether all candidates write the same kinds of token at the same places."""
        return self._rooms.has_fixed_shape

    def allowed(self) -> Mask:
        """Return which tokens may come next, (`SIZE`,); at least one."""
        return self._cell.allowed(self.left - self._rooms.reserves[self.hole])

    def bias(self) -> Bias | None:
        """Return nats to add to the logits of the next token, (`SIZE`,); None where none."""
        if not self._loop or not self._cell.follows(self._loop):
            return self._room.bias
        row = np.zeros(SIZE, np.float32) if self._room.bias is None else self._room.bias.copy()
        token, share = self._cell.next_of(self._loop)
        row[token] -= LATE * share * self._loop_penalty
        if not self._cell.tokens:
            row[self._loop_copies] -= self._loop_penalty
        return row

    def push(self, token: int) -> Fed:
        """Write a token that `allowed` allows; return what the network reads of it."""
        self._cell.push(token)
        self.left -= 1
        if token == Special.END_OF_CELL:
            self._close()
        return self._cursor.push(token)

    def admits(self, cell: Cell) -> bool:
        """Tell whether the next hole may be answered with a whole cell, as it is."""
        if cell:
            return self._room.admits(cell)
        return not self._room.wanted and () not in self._room.rules.forbidden

    def part_of(self, cell: Cell) -> Cell:
        """Return what the next hole may have of a cell: all of it, or fewer and shorter notes."""
        return cell if self.admits(cell) else self._room.part_of(cell)

    def answer(self, cell: Cell) -> Cell:
        """Answer the next hole with what it may have of a cell; return that.

        A walk that answers so writes no tokens: it is for those who have cells already.
        """
        taken = self.part_of(cell)
        problems = [FEWER if taken else NOTHING] if len(taken) < self._room.wanted else []
        problems += [AGAIN] if not taken and () in self._room.rules.forbidden else []
        self._take(self._room.copied(taken), tuple(problems))
        return self.cells[-1]

    def _close(self) -> None:
        self._take(self._cell.cell(), self._cell.problems())

    def _take(self, cell: Cell, problems: tuple[str, ...]) -> None:
        self.cells.append(cell)
        self._answered[self._question.holes[self.hole]] = cell
        self.problems.append(problems)
        self.hole += 1
        if not self.is_done:
            self._open()

    def _open(self) -> None:
        place = self._question.holes[self.hole]
        nearby = self._nearby(place)
        self._room, self._cell = self._rooms.cell(
            self.hole, self._ringing(place, nearby), self._copies(place, nearby)
        )
        self._begin_loop(place)

    def _nearby(self, place: Place) -> list[tuple[int, Cell]]:
        """Return cells of the same track answered before that are not empty, by grid bar."""
        number, track = place
        places = ((bar, track) for bar in range(number - MAX_COPY, number + MAX_COPY + 1))
        return [(other[0], self._answered[other]) for other in places if self._answered.get(other)]

    def _ringing(self, place: Place, nearby: list[tuple[int, Cell]]) -> tuple[Kept, ...]:
        bars, number = self._question.window.bars, place[0]
        found = []
        for other, cell in nearby:
            shift = bars[other].start - bars[number].start
            if abs(shift) < HORIZON:
                notes = (
                    Kept(shift + on, shift + on + ticks, pitch) for on, pitch, ticks, _ in cell
                )
                found += [note for note in notes if note.end > 0]
        return tuple(note for note in found if note.end > 0)

    def _copies(self, place: Place, nearby: list[tuple[int, Cell]]) -> dict[int, Cell]:
        bars, number = self._question.window.bars, place[0]
        return {
            other - number: cell
            for other, cell in nearby
            if bars[other].length == bars[number].length
        }

    # ------------------------------------------------------------ loops

    def _begin_loop(self, place: Place) -> None:
        """Find out what came so often just before a place that it must not go on for ever."""
        self._loop: tuple[tuple[int, int], ...] = ()
        self._loop_copies: list[int] = []
        longest = self._rooms.rules[self.hole].longest_loop
        if longest is None or place[0] < longest:
            return
        latest, times = self._run_before(place)
        if not latest or times < longest:
            return
        self._loop = latest
        self._loop_penalty = LOOP_PENALTY + MORE_LOOP_PENALTY * (times - longest)
        copies = self._cell.copies.items()
        self._loop_copies = [token for token, cell in copies if struck(cell) == latest]

    def _run_before(self, place: Place) -> tuple[tuple[tuple[int, int], ...], int]:
        """Return what was struck just before a place, and how often in a row it was."""
        number, track = place
        latest, times = struck(self._known((number - 1, track))), 1
        while times < number and struck(self._known((number - 1 - times, track))) == latest:
            times += 1
        return latest, times

    def _known(self, place: Place) -> Cell:
        """Return what sounds in a cell, as far as that is known."""
        if place in self._question.holes:
            return self._answered.get(place, ())
        return self._question.window.cell(place)
