"""How unlike a part's own manner new notes are: where they fall, what they are, how long they last.

The likeliest of a small network's ideas are often its dullest: one drum rolled without end, one
chord held for ever. A part that goes on in its own manner is what a listener expects.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from reprise.engines.ensemble.grammar.room import Bias
from reprise.engines.ensemble.reading import Reading, Spot
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.vocabulary import (
    PITCHES,
    POSITIONS,
    SIZE,
    TICKS_PER_BEAT,
    pitch_token,
)

HARDLY = 0.25
"""Share of a drum's hits below which it is lost."""
SLOT_TICKS = 6
OFF_GRID = 2.5
"""Nats that a position loses at a place in the beat where the part never plays."""
FEW_NOTES = 12
REGISTER_STEP = 6
"""Semitones of one register."""
_LENGTHS = (4, 9, 18, 36, 72)
"""Ticks up to which durations are of one kind."""

Shares = Mapping[tuple[str, int], float]


class Manners:
    """The manner of every part of a reading that has notes."""

    def __init__(self, reading: Reading) -> None:
        """Learn how each part plays."""
        self._reading = reading
        own: dict[int, list[Cell]] = {}
        for (_, part), cell in reading.cells.items():
            own.setdefault(part, []).append(cell)
        self._phases = {
            part: Counter(note.onset % TICKS_PER_BEAT for cell in cells for note in cell)
            for part, cells in own.items()
        }
        self._shares = {part: self._of(part, cells) for part, cells in own.items()}
        self._hits = {
            part: {
                drum: count / len(cells)
                for drum, count in Counter(note.pitch for cell in cells for note in cell).items()
            }
            for part, cells in own.items()
            if reading.parts[part].is_drums
        }
        """Hits a bar of each drum, by part."""
        self._heard = {
            part: frozenset(attacks(cell) for cell in cells) for part, cells in own.items()
        }

    def grid_bias(self, part: int) -> Bias:
        """Return nats to add to the logits of positions, (`SIZE`,): a part keeps to its own grid.

        A part with few notes may use what the others use as well.
        """
        own = self._phases.get(part, Counter())
        used = set(own)
        if own.total() < FEW_NOTES:
            used |= {0, TICKS_PER_BEAT // 2}.union(*self._phases.values())
        row = np.zeros(SIZE, np.float32)
        for tick in range(POSITIONS.count):
            if tick % TICKS_PER_BEAT not in used:
                row[POSITIONS.first + tick] = -OFF_GRID
        return row

    def crowds(self, part: int) -> dict[int, int]:
        """Return how often a cell may hold each token of a note: half more than ever.

        Of drums each has its own number; of pitches all have that of the commonest.
        """
        is_drum = self._reading.parts[part].is_drums
        most: Counter[int] = Counter()
        for (_, index), cell in self._reading.cells.items():
            if index == part:
                most |= Counter(pitch_token(note.pitch, is_drum=is_drum) for note in cell)
        bounds = {token: count + max(1, count // 2) for token, count in most.items()}
        if is_drum or not bounds:
            return bounds
        bound = max((most if self._reading.keeps_rhythm else bounds).values())
        return dict.fromkeys(range(PITCHES.first, PITCHES.stop), bound)

    def strangeness(self, answers: Mapping[Spot, Cell]) -> float:
        """Return how unlike their parts' manner answers are, 0.0-1.0, weighed by notes."""
        total = strange = 0.0
        for part in sorted({part for _, part in answers} & self._shares.keys()):
            cells = [cell for spot, cell in sorted(answers.items()) if spot[1] == part and cell]
            count = sum(map(len, cells))
            total += count
            strange += count * _distance(self._shares[part], self._of(part, cells))
        return strange / total if total else 0.0

    def lost(self, answers: Mapping[Spot, Cell]) -> float:
        """Return the share of drums hit in every bar that answers hardly hit any more, 0.0-1.0."""
        known = lost = 0
        for part in {part for _, part in answers}:
            if part not in self._hits:
                continue
            cells = [cell for (_, own), cell in answers.items() if own == part]
            now = Counter(note.pitch for cell in cells for note in cell)
            for drum, rate in self._hits[part].items():
                if rate >= 1.0:
                    known += 1
                    lost += now[drum] < HARDLY * rate * len(cells)
        return lost / known if known else 0.0

    def dissonance(self, answers: Mapping[Spot, Cell]) -> float:
        """Return the share of new notes on the beat that nothing else there has, 0.0-1.0.

        The harmony is told by the other pitched parts, and by what the part itself plays there.
        """
        count = outside = 0
        for (bar, part), cell in answers.items():
            if self._reading.parts[part].is_drums:
                continue
            for note in cell:
                if note.onset % TICKS_PER_BEAT == 0:
                    beside = self._sounding(bar, note.onset, part, answers)
                    count += bool(beside)
                    outside += bool(beside) and note.pitch % 12 not in beside
        return outside / count if count else 0.0

    def _sounding(
        self, bar: int, onset: int, part: int, answers: Mapping[Spot, Cell]
    ) -> frozenset[int]:
        """Return the pitch classes of the harmony at a place."""
        known = self._reading.cells
        cells = [known.get((bar, part), ())]
        for other, its in enumerate(self._reading.parts):
            if other != part and not its.is_drums:
                cells.append(answers.get((bar, other), known.get((bar, other), ())))
        return frozenset(
            note.pitch % 12
            for cell in cells
            for note in cell
            if note.onset <= onset < note.onset + note.duration
        )

    def monotony(self, answers: Mapping[Spot, Cell]) -> float:
        """Return the share of bars said again at once, beyond what their parts do, 0.0-1.0."""
        parts = {part for _, part in answers}
        found = [
            max(0.0, _said_again(answers, part) - _said_again(self._reading.cells, part))
            for part in sorted(parts)
            if part in self._shares
        ]
        return sum(found) / len(found) if found else 0.0

    def sameness(self, answers: Mapping[Spot, Cell]) -> float:
        """Return the share of the answers with notes that are as a cell of the clip, 0.0-1.0."""
        played = [(part, attacks(cell)) for (_, part), cell in answers.items() if cell]
        same = sum(cell in self._heard.get(part, ()) for part, cell in played)
        return same / len(played) if played else 0.0

    def _of(self, part: int, cells: Iterable[Cell]) -> Shares:
        """Return shares of where notes fall, what and how high they are, how long and how many."""
        is_drums = self._reading.parts[part].is_drums
        counts: Counter[tuple[str, int]] = Counter()
        for cell in cells:
            onsets = sorted({note.onset for note in cell})
            following = dict(zip(onsets, onsets[1:]))
            together = Counter(note.onset for note in cell)
            for note in cell:
                counts["onset", note.onset // SLOT_TICKS] += 1
                counts["pitch", note.pitch if is_drums else note.pitch % 12] += 1
                gap = following.get(note.onset, note.onset + note.duration) - note.onset
                length = gap if is_drums else note.duration
                counts["length", sum(length > edge for edge in _LENGTHS)] += 1
                counts["size", together[note.onset]] += 1
                if not is_drums:
                    counts["register", note.pitch // REGISTER_STEP] += 1
        total = counts.total() / (4 if is_drums else 5)
        return {key: count / total for key, count in counts.items()}


def _said_again(cells: Mapping[Spot, Cell], part: int) -> float:
    """Return the share of cells with notes that are as the one before them."""
    own = {bar: attacks(cell) for (bar, index), cell in cells.items() if index == part and cell}
    pairs = [bar for bar in own if bar - 1 in own]
    return sum(own[bar] == own[bar - 1] for bar in pairs) / len(pairs) if pairs else 0.0


def _distance(left: Shares, right: Shares) -> float:
    """Return half of the mean absolute difference of the distributions, 0.0-1.0."""
    keys = sorted(left.keys() | right.keys())
    count = len({name for name, _ in keys})
    return sum(abs(left.get(key, 0.0) - right.get(key, 0.0)) for key in keys) / (2 * count)
