"""Where an answer leans while it is written: to its part's own habits, to what sounds beside it.

All are nats on the network's own opinion, never rules: a fill may leave the backbeat out, but it
has to be sure of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reprise.engines.base import Verb
from reprise.engines.ensemble.asking import Asking, Board
from reprise.engines.ensemble.grammar.room import Bias
from reprise.engines.ensemble.limits import Limits
from reprise.engines.ensemble.reading import Reading, Spot
from reprise.engines.ensemble.taste.habits import FAR, LOW_PITCH, Habits, Place
from reprise.music.roles import Role
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    DURATION_BLOCK,
    FIRST_DRUM,
    NEXT,
    PITCHES,
    POSITIONS,
    SIZE,
    Block,
    Special,
)

SKIPPING = 4.0
"""Nats that it costs to skip what the part strikes in nearly every bar."""
CROWDED, THIN, MUD = 4.0, 2.5, 6.0
"""Nats against one more onset than a bar may hold, a chord too small, and mud."""
DOUBLED, OCTAVE = 4.0, 2.0
"""Nats that a new part loses for a note that another strikes at the same time, or an octave off."""
TURNED = 3.0
"""Nats that copies lose where a phrase turns."""
FIFTH, THIRD, OTHER, FOREIGN = 2.0, 3.5, 4.0, 6.0
"""Nats that the first note of a bass's bar loses, against the root of the chord."""
HARMONY_TICKS = 48
"""A chord is told by what sounds in so many ticks."""
_ROOT, _FIFTH, _THIRD, _LOWEST = 1.0, 0.8, 0.6, 0.2
"""What pitch classes speak for a root, and the lowest one."""
VARIED_FIRM = 0.5
"""What habits count in a gentle variation; in one at full strength, nothing."""
ROOTS_OF_A_KNOWN_BASS = 0.5
TURNED_OFF = 3.0
"""Nats that a drum loses at its usual place where a turn of the phrase left it out."""


@dataclass(frozen=True)
class Leaning:
    """Where one cell leans.

    Attributes:
        habits: Of its part.
        firmness: What they count, 0.0-1.0.
        block: The tokens of its pitches.
        onsets: Ticks that are not skipped lightly.
        drums: The same of drums: tick and drum.
        low: Pitches in cells below it make mud.
        lowest: The lowest pitch in cells that may be written.
        beside: What others strike, by tick; empty where it does not matter.
        sounding: Notes that sound beside it, as (first tick, end, pitch in cells).
        roots: What the root of a chord counts for its first note; 0.0 where it is no bass.
        is_turn: Whether a phrase turns there.
        left_out: What the turn leaves out of the part's usual tick and drum.
    """

    habits: Habits
    firmness: float
    block: Block
    onsets: frozenset[int]
    drums: frozenset[Place]
    low: int
    lowest: int
    beside: Mapping[int, frozenset[int]] = field(default_factory=dict)
    sounding: tuple[tuple[int, int, int], ...] = ()
    roots: float = 0.0
    is_turn: bool = False
    left_out: frozenset[Place] = frozenset()

    def opening(self, copies: Mapping[int, Cell]) -> Bias:
        """Return nats to add to the logits of a cell's first token, (`SIZE`,)."""
        row = self._skipping(-1)
        for token, cell in copies.items():
            row[token] -= self._against(cell)
        return row

    def going_on(self, onset: int, struck: Sequence[int], onsets: int, *, is_first: bool) -> Bias:
        """Return nats to add to the logits of the next token, (`SIZE`,).

        Args:
            onset: Of the position that was written last.
            struck: Pitches struck there, from the highest down.
            onsets: How many positions the cell has.
            is_first: Whether nothing was struck before this position.
        """
        row = self._skipping(onset)
        own = {pitch for tick, pitch in self.drums if tick == onset and pitch not in struck}
        lower = {pitch for pitch in own if not struck or pitch < struck[-1]}
        if lower:
            self._stay(row, SKIPPING * self.firmness)
            first = self.block.first
            row[first : self._token(max(lower))] -= SKIPPING * self.firmness
        for tick, drum in self.left_out:
            if tick == onset:
                row[self._token(drum)] -= TURNED_OFF
        more = self.habits.chord_notes - len(struck)
        if more > 0 and (not struck or struck[-1] - self.lowest >= self.closest):
            self._stay(row, THIN)
        if self.habits.most_onsets is not None and onsets >= self.habits.most_onsets:
            row[POSITIONS.first : POSITIONS.stop] -= CROWDED
        for pitch in self.beside.get(onset, ()):
            row[self._token(pitch)] -= DOUBLED
            if self.block is PITCHES:
                row[self.block.first + pitch % 12 : self.block.stop : 12] -= OCTAVE
        if more > 1:
            spared = self._token(self.lowest) + self.closest * (more - 1)
            row[self.block.first : spared] -= THIN
        if struck:
            self._avoid_mud(row, struck[-1])
        if is_first and self.roots and not struck:
            row[self.block.first : self.block.stop] -= self.roots * self._root_losses(onset)
        return row

    @property
    def closest(self) -> int:
        """Semitones between low notes that are struck together, at least."""
        return min(self.habits.closest, FAR)

    def _token(self, pitch: int) -> int:
        return pitch - (FIRST_DRUM if self.block is DRUMS else 0) + self.block.first

    def _stay(self, row: Bias, nats: float) -> None:
        """Count against leaving a position."""
        row[POSITIONS.first : POSITIONS.stop] -= nats
        row[Special.END_OF_CELL] -= nats

    def _avoid_mud(self, row: Bias, lowest: int) -> None:
        """Count against low notes that are nearer to the note above them than the part's own."""
        for step in range(1, self.closest):
            if 0 <= lowest - step < self.low:
                row[self._token(lowest - step)] -= MUD
        if lowest - self.lowest < self.closest and lowest <= self.low:
            # A duration calls for one more note.
            row[DURATION_BLOCK.first : DURATION_BLOCK.stop] -= MUD
            row[NEXT] -= MUD

    def _skipping(self, onset: int) -> Bias:
        """Return what it costs to go past places that the part strikes in nearly every bar."""
        row = np.zeros(SIZE, np.float32)
        first = min((tick for tick in self.onsets if tick > onset), default=None)
        if first is not None:
            row[POSITIONS.first + first + 1 : POSITIONS.stop] -= SKIPPING * self.firmness
            row[Special.END_OF_CELL] -= SKIPPING * self.firmness
        return row

    def _against(self, cell: Cell) -> float:
        """Return nats that speak against a copy."""
        missing = len(self.onsets - {note.onset for note in cell})
        doubled = sum(note.pitch in self.beside.get(note.onset, ()) for note in cell)
        found = SKIPPING * self.firmness * min(2, missing) + TURNED * self.is_turn
        found += 2 * DOUBLED * doubled / len(cell)
        if self.roots:
            found += self.roots * float(self._root_losses(cell[0].onset)[cell[0].pitch])
        return found

    def _root_losses(self, onset: int) -> Bias:
        """Return nats that pitches lose at the first onset of a bass's bar, (pitches,)."""
        weights = np.zeros(12)
        lowest, floor = None, 128
        for first, end, pitch in self.sounding:
            shared = min(end, onset + HARMONY_TICKS) - max(first, onset)
            if shared > 0:
                weights[pitch % 12] += shared
                lowest, floor = (pitch % 12, pitch) if pitch < floor else (lowest, floor)
        losses = np.zeros(self.block.count, np.float32)
        if not weights.any():
            return losses
        weights = np.sqrt(weights / weights.max())
        score = _ROOT * weights + _FIFTH * np.roll(weights, -7)
        score += _THIRD * np.maximum(np.roll(weights, -3), np.roll(weights, -4))
        if lowest is not None:
            score[lowest] += _LOWEST
        root = int(score.argmax())
        classes = np.where(weights > 0.4, OTHER, FOREIGN)
        for step, loss in ((3, THIRD), (4, THIRD), (7, FIFTH), (0, 0.0)):
            tone = (root + step) % 12
            classes[tone] = loss if weights[tone] > 0.0 or not step else classes[tone]
        losses[:] = classes[np.arange(self.block.count) % 12]
        return losses


def leanings(
    reading: Reading,
    habits: Mapping[int, Habits],
    limits: Mapping[int, Limits],
    board: Board,
    asking: Asking,
) -> tuple[Leaning, ...]:
    """Return where each hole of a question leans, in the order of the answers."""
    asked = set(asking.spots) | board.unknown
    return tuple(
        _leaning(reading, habits[spot[1]], limits[spot[1]].pitches, spot, board, asked)
        for spot in asking.spots
    )


def _leaning(
    reading: Reading,
    habits: Habits,
    pitches: Iterable[int],
    spot: Spot,
    board: Board,
    asked: set[Spot],
) -> Leaning:
    bar, part = spot
    own, task = reading.parts[part], reading.task
    others = [
        other
        for other in range(len(reading.parts))
        if other != part and reading.parts[other].is_drums == own.is_drums
    ]
    is_bass = own.role == Role.BASS and not own.is_drums
    length, turn = reading.bars[bar].length, habits.turns.get(bar)
    onsets = habits.onsets.get(length, habits.otherwise)
    drums = habits.drums.get(length, frozenset())
    left_out: frozenset[Place] = frozenset()
    if turn is not None:
        left_out = drums - {note[:2] for note in turn}
        onsets = frozenset(note.onset for note in turn)
        drums = frozenset(note[:2] for note in turn) if own.is_drums else frozenset()
    return Leaning(
        habits=habits,
        firmness=VARIED_FIRM * (1.0 - task.strength) if task.verb == Verb.VARY else 1.0,
        block=DRUMS if own.is_drums else PITCHES,
        onsets=onsets,
        drums=drums,
        low=LOW_PITCH + reading.shift,
        lowest=min(pitches, default=0),
        beside=_struck(board, bar, others, asked) if habits.is_new else {},
        sounding=_sounding(reading, board, bar, others, asked) if is_bass else (),
        roots=0.0 if not is_bass else 1.0 if habits.is_new else ROOTS_OF_A_KNOWN_BASS,
        is_turn=turn is not None,
        left_out=left_out,
    )


def _struck(
    board: Board, bar: int, others: Sequence[int], asked: set[Spot]
) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for other in others:
        if (bar, other) not in asked:
            for note in board.cells.get((bar, other), ()):
                found.setdefault(note.onset, set()).add(note.pitch)
    return {tick: frozenset(pitches) for tick, pitches in found.items()}


def _sounding(
    reading: Reading, board: Board, bar: int, others: Sequence[int], asked: set[Spot]
) -> tuple[tuple[int, int, int], ...]:
    found = []
    for near in (bar - 1, bar):
        shift = reading.bars[near].start - reading.bars[bar].start if near >= 0 else 0
        for other in others:
            if (near, other) not in asked:
                found += [
                    (shift + note.onset, shift + note.onset + note.duration, note.pitch)
                    for note in board.cells.get((near, other), ())
                ]
    return tuple(note for note in found if note[1] > 0)
