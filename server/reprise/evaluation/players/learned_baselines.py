"""Answers that were learned from training songs by counting or by heart.

* `retrieval` plays the training bar whose surroundings are most alike;
* `unigram` plays the notes that are commonest for the role;
* `ngram` plays the likeliest cell for the role, token by token.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from reprise.evaluation.cell_grid import CellGrid, Place
from reprise.evaluation.examples import Example
from reprise.evaluation.players.baselines import Answer, Known, answered
from reprise.evaluation.players.ngram import TokenCounts
from reprise.evaluation.slices import Slice
from reprise.evaluation.spelling import Spelling, moved, spelled_cells, spelling_of
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import Cell, GridNote, decode, in_order
from reprise.tokenizers.ensemble.vocabulary import Special

Features = NDArray[np.float32]

SLOTS = 16
MOST_BARS = 30_000
"""Bars of one role and length that retrieval knows by heart."""
MOST_NOTES = 48
DEFAULT_VELOCITY = 12

_Kind = tuple[int, int]
"""A role, and the length of a bar in ticks."""


class LearnedBaselines:
    """What training songs teach without a network."""

    def __init__(
        self,
        slices: Sequence[Slice],
        progress: Callable[[float], None] = lambda _fraction: None,
    ) -> None:
        """Learn from slices of training songs; `progress` hears the share that is done."""
        self._bank = _Bank()
        self._notes: dict[_Kind, Counter[tuple[int, int]]] = defaultdict(Counter)
        self._bars: Counter[_Kind] = Counter()
        for index, one in enumerate(slices):
            self._learn(spelling_of(one.score, one.roles))
            progress(0.5 * index / len(slices))
        cells = list(spelled_cells(slices))
        progress(0.8)
        self.tokens = TokenCounts(cells)
        self.single_tokens = TokenCounts(cells, longest=-1)
        self._written: dict[tuple[int, int, bool], Cell] = {}
        self._bank.close()

    def retrieval(self, example: Example) -> Answer:
        """Play the training bar whose surroundings are most alike."""
        return self._filled(example, lambda spelling, known, place: self._bank.nearest(
            _kind(spelling, place), _surroundings(spelling, place, known.hidden)
        ))  # fmt: skip

    def unigram(self, example: Example) -> Answer:
        """Play the commonest notes of the role, as many as it usually has in a bar."""
        return self._filled(example, lambda spelling, _, place: self._commonest(
            _kind(spelling, place), spelling.grid.bars[place[1]].length
        ))  # fmt: skip

    def ngram(self, example: Example) -> Answer:
        """Play the likeliest cell of the role."""
        return self._filled(example, lambda spelling, _, place: self._likeliest(
            spelling.roles[place[0]],
            spelling.grid.bars[place[1]].length,
            spelling.grid.are_drums[place[0]],
        ))  # fmt: skip

    def _learn(self, spelling: Spelling) -> None:
        for place in places_of(spelling.grid):
            kind, cell = _kind(spelling, place), spelling.shifted(place)
            self._bank.add(kind, _surroundings(spelling, place, frozenset({place})), cell)
            self._notes[kind].update((note.onset, note.pitch) for note in cell)
            self._bars[kind] += 1

    def _filled(self, example: Example, choose: Callable[[Spelling, Known, Place], Cell]) -> Answer:
        spelling = spelling_of(example.task.source, example.roles)

        def chosen(known: Known, place: Place) -> Cell:
            return _in_register(choose(spelling, known, place), spelling, place)

        return answered(Known(example), chosen)

    def _commonest(self, kind: _Kind, length: int) -> Cell:
        counts = self._notes[kind]
        count = round(counts.total() / self._bars[kind]) if self._bars[kind] else 0
        return in_order(
            GridNote(onset, pitch, max(1, length // max(1, count)), 100)
            for (onset, pitch), _ in counts.most_common(count)
        )

    def _likeliest(self, role: int, length: int, is_drums: bool) -> Cell:
        key = (role, length, is_drums)
        if key not in self._written:
            tokens = _written(self.tokens, role, length, is_drums=is_drums)
            self._written[key] = decode(tokens, length, DEFAULT_VELOCITY)
        return self._written[key]


def places_of(grid: CellGrid) -> Iterator[Place]:
    """Yield every place of a grid, voice by voice."""
    for voice in range(len(grid.cells)):
        yield from ((voice, bar) for bar in range(len(grid.bars)))


def _kind(spelling: Spelling, place: Place) -> _Kind:
    return spelling.roles[place[0]], spelling.grid.bars[place[1]].length


def _in_register(cell: Cell, spelling: Spelling, place: Place) -> Cell:
    """Return a cell on C in the example's key, and in the octave where its voice is heard."""
    voice = place[0]
    if spelling.grid.are_drums[voice]:
        return cell
    answer = moved(cell, -spelling.shift, is_drums=False)
    heard = [note.pitch for one in spelling.grid.cells[voice] for note in one]
    if not heard or not answer:
        return answer
    distance = fmean(heard) - fmean(note.pitch for note in answer)
    return moved(answer, 12 * round(distance / 12), is_drums=False)


# ---------------------------------------------------------------- retrieval


class _Bank:
    """Training bars by heart, with what was around them."""

    def __init__(self) -> None:
        self._rows: dict[_Kind, list[Features]] = defaultdict(list)
        self._cells: dict[_Kind, list[Cell]] = defaultdict(list)
        self._matrices: dict[_Kind, Features] = {}

    def add(self, kind: _Kind, surroundings: Features, cell: Cell) -> None:
        if len(self._rows[kind]) < MOST_BARS:
            self._rows[kind].append(surroundings)
            self._cells[kind].append(cell)

    def close(self) -> None:
        """Make what was added ready to be searched."""
        self._matrices = {kind: np.stack(rows) for kind, rows in self._rows.items() if rows}
        self._rows.clear()

    def nearest(self, kind: _Kind, surroundings: Features) -> Cell:
        """Return the cell whose surroundings are most alike, empty where the kind is unknown."""
        matrix = self._matrices.get(kind)
        if matrix is None:
            return ()
        return self._cells[kind][int((matrix @ surroundings).argmax())]


def _surroundings(spelling: Spelling, place: Place, hidden: frozenset[Place]) -> Features:
    """Return what is heard around a cell: the others in its bar, its own bars before and after."""
    voice, bar = place
    grid = spelling.grid
    others = [
        other for other in range(len(grid.cells)) if other != voice and (other, bar) not in hidden
    ]
    length = grid.bars[bar].length
    pitched = [note for o in others if not grid.are_drums[o] for note in grid.cell((o, bar))]
    struck = [note for o in others if grid.are_drums[o] for note in grid.cell((o, bar))]
    parts = [_onsets(pitched, length), _chroma(pitched, spelling.shift), _onsets(struck, length)]
    for neighbour in (bar - 1, bar + 1):
        is_heard = 0 <= neighbour < len(grid.bars) and (voice, neighbour) not in hidden
        own = grid.cell((voice, neighbour)) if is_heard else ()
        shift = 0 if grid.are_drums[voice] else spelling.shift
        parts += [_onsets(own, length), _chroma(own, shift)]
    return np.concatenate(parts)


def _onsets(notes: Iterable[GridNote], length: int) -> Features:
    row = np.zeros(SLOTS, np.float32)
    for note in notes:
        row[min(note.onset * SLOTS // length, SLOTS - 1)] += 1.0
    return _unit(row)


def _chroma(notes: Iterable[GridNote], shift: int) -> Features:
    row = np.zeros(12, np.float32)
    for note in notes:
        row[(note.pitch + shift) % 12] += note.duration
    return _unit(row)


def _unit(row: Features) -> Features:
    norm = float(np.sqrt((row * row).sum()))
    return row / np.float32(norm) if norm else row


# ---------------------------------------------------------------- the n-gram's own cell


def _written(counts: TokenCounts, role: int, length: int, *, is_drums: bool) -> list[int]:
    """Return the likeliest cell of a role, token by token; it holds at least one note."""
    tokens: list[int] = []
    while True:
        allowed = _allowed(tokens, length, is_drums=is_drums)
        token = counts.next_token(role, tokens, allowed)
        if token == Special.END_OF_CELL:
            return tokens
        tokens.append(token)


def _allowed(tokens: Sequence[int], length: int, *, is_drums: bool) -> NDArray[np.int64]:
    """Return the tokens that may come next in a cell."""
    sounds = words.DRUMS if is_drums else words.PITCHES
    last = tokens[-1] if tokens else None
    is_after_note = last is None or last in sounds
    place = max((token for token in tokens if token in words.POSITIONS), default=None)
    allowed: list[int] = []
    if is_after_note and sum(token in sounds for token in tokens) < MOST_NOTES:
        first = words.POSITIONS.first if place is None else place + 1
        allowed += range(first, words.POSITIONS.first + length)
    if last is None:
        return np.array(allowed)
    if is_after_note:
        allowed.append(int(Special.END_OF_CELL))
    if last in words.POSITIONS:
        allowed += range(words.VELOCITIES.first, words.VELOCITIES.stop)
    highest = last if last in sounds else sounds.stop
    if highest > sounds.first:
        allowed += range(sounds.first, highest)
        is_timed = last in words.DURATION_BLOCK or last == words.NEXT
        if not is_drums and not is_timed and last not in sounds:
            allowed += [*range(words.DURATION_BLOCK.first, words.DURATION_BLOCK.stop), words.NEXT]
    return np.array(allowed)
