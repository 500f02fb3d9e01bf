"""The rules of each cell that is asked for: from limits, openings and what stands around it."""

from collections.abc import Mapping, Sequence
from math import ceil, floor

from reprise.engines.base import Verb
from reprise.engines.ensemble.asking import Asking, Board, Stage
from reprise.engines.ensemble.grammar.rules import HORIZON, MOST_NOTES, Kept, RhythmStep, Rules
from reprise.engines.ensemble.limits import FEWEST_SHARE, MOST_SHARE, Limits
from reprise.engines.ensemble.reading import Opening, Reading, Spot
from reprise.engines.ensemble.taste.habits import longest_run
from reprise.tokenizers.ensemble.cells import Cell, in_order
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.grid import beats
from reprise.tokenizers.ensemble.locks import Open
from reprise.tokenizers.ensemble.vocabulary import MAX_COPY, velocity_bin

GUIDANCE, SURE_GUIDANCE = 3.5, 1.5
"""Nats that a pitch outside a scale loses that is only a guide, and where the likeliest is asked
for."""

SHORTEST_LOOP = 2
"""So often in a row may every part say a bar."""

MANY_HOLES = 3
"""From so many holes of a part on, not all may be empty."""


class Rulebook:
    """Knows the rules of one task."""

    def __init__(self, reading: Reading, limits: Mapping[int, Limits]) -> None:
        """Take what is known, and the limits of each part that may be written."""
        self._reading = reading
        self._limits = limits
        self._loops = {part: self._longest_loop(part) for part in limits}
        self._rests = {part: self._has_rests(part) for part in limits}
        self._overhangs = {part: self._overhang(part) for part in limits}

    def rules(self, board: Board, stage: Stage, asking: Asking) -> list[Rules]:
        """Return the rules of a stage's cells, in the order of its answers."""
        counts: dict[int, int] = {}
        for _, part in stage.spots:
            counts[part] = counts.get(part, 0) + 1
        found, seen = [], set[int]()
        for spot in stage.spots:
            is_much = counts[spot[1]] >= MANY_HOLES or len(stage.spots) == 1
            must_sound = is_much and spot[1] not in seen
            seen.add(spot[1])
            found.append(self._of(spot, board, stage, asking, must_sound=must_sound))
        return found

    def standing(self, spot: Spot, stage: Stage) -> Cell:
        """Return the notes of a cell that is asked for that stand all the same."""
        return in_order((*self._reading.locked(spot), *stage.held.get(spot, ())))

    def _of(
        self, spot: Spot, board: Board, stage: Stage, asking: Asking, *, must_sound: bool
    ) -> Rules:
        reading, limits = self._reading, self._limits[spot[1]]
        bar = reading.bars[spot[0]]
        openings = reading.openings[spot]
        standing = self.standing(spot, stage)
        going = _without(self._going(spot, stage), standing)
        inside = sum(_is_inside(note.onset, openings) for note in standing)
        least, most = self._count(spot, stage, len(going), inside)
        is_drums, is_open = reading.parts[spot[1]].is_drums, stage.open is None
        # As played, a hit may end a little later than on the grid, and is not to be struck again.
        slack = 1 if is_drums else 0
        is_varied = reading.task.verb == Verb.VARY or not is_open
        is_sure = reading.task.controls.surprise == 0.0
        return Rules(
            length=bar.length,
            pitches=frozenset(limits.pitches)
            | _pitches(going, is_open=stage.open is not Open.RHYTHM),
            is_drums=is_drums,
            polyphony=limits.polyphony,
            kept=(
                *(
                    Kept(note.onset, note.onset + note.duration + slack, note.pitch)
                    for note in standing
                ),
                *self._around(spot, board, stage),
                *_blocked(openings, frozenset(limits.pitches)),
            ),
            latest_end=min(openings[-1].end, bar.length + self._overhangs[spot[1]]),
            least=least,
            most=most,
            may_be_empty=not must_sound and not least and self._may_rest(spot),
            rhythm=_rhythm(going) if stage.open is Open.PITCH else None,
            order=tuple(note.pitch for note in going) if stage.open is Open.RHYTHM else None,
            copies=self._copies(spot, board, asking) if is_open else None,
            forbidden=(going,) if is_varied and going else (),
            discouraged=limits.discouraged,
            discouragement=SURE_GUIDANCE if is_sure else GUIDANCE,
            longest_loop=self._loops[spot[1]],
        )

    def _going(self, spot: Spot, stage: Stage) -> Cell:
        """Return the notes that an answer stands for: in a variation, the cell's own."""
        if stage.open is not None:
            return stage.kept.get(spot, ())
        if self._reading.task.verb == Verb.VARY:
            return self._reading.cells.get(spot, ())
        return stage.sources.get(spot, ())

    def _may_rest(self, spot: Spot) -> bool:
        """Tell whether a cell may stay empty: it is a part of a bar, or the part has rests."""
        opened = sum(opening.stop - opening.first for opening in self._reading.openings[spot])
        return self._rests[spot[1]] or opened < self._reading.bars[spot[0]].length

    def _count(self, spot: Spot, stage: Stage, going: int, standing: int) -> tuple[int, int]:
        """Return the fewest and the most new notes of a cell."""
        limits, verb = self._limits[spot[1]], self._reading.task.verb
        length = sum(o.stop - o.first for o in self._reading.openings[spot])
        if limits.is_asked or verb != Verb.VARY:
            least, most = limits.fewest(beats(length)), limits.most(beats(length))
        else:
            least = floor(FEWEST_SHARE * (going + standing))
            most = ceil(MOST_SHARE * (going + standing))
        if verb == Verb.MORPH and not limits.is_asked:
            counts = [len(cells.get(spot, ())) for cells in (stage.sources, stage.mixed)]
            least, most = floor(FEWEST_SHARE * min(counts)), ceil(MOST_SHARE * max(counts))
        if self._rests[spot[1]] and not limits.is_asked and verb != Verb.VARY:
            least = 0
        if stage.open is not None:
            least, most = 0, going + standing
        most = max(1, most - standing)
        return min(max(0, least - standing), most), min(most, MOST_NOTES)

    def _around(self, spot: Spot, board: Board, stage: Stage) -> list[Kept]:
        """Return notes of the part that ring into a cell, or begin soon after it."""
        bars, (number, part) = self._reading.bars, spot
        asked = set(stage.spots)
        found = []
        for other in range(max(0, number - 6), min(len(bars), number + 7)):
            shift = bars[other].start - bars[number].start
            if other == number or (other, part) in asked or not -HORIZON < shift < HORIZON:
                continue
            for note in board.cells.get((other, part), ()):
                start, end = shift + note.onset, shift + note.onset + note.duration
                if end > 0 and start < HORIZON:
                    found.append(Kept(start, end, note.pitch))
        return found

    def _copies(self, spot: Spot, board: Board, asking: Asking) -> dict[int, Cell]:
        """Return the cells that may be copied, by how many columns they are away."""
        columns, (number, part) = asking.view.columns, spot
        bars, asked = self._reading.bars, set(asking.spots)
        here = next(
            i for i, column in enumerate(columns) if column.bar == number and not column.is_echo
        )
        found = {}
        for place, column in enumerate(columns):
            cell = board.cells.get((column.bar, part), ())
            is_known = (column.bar, part) not in asked | board.unknown
            is_near = 0 < abs(place - here) <= MAX_COPY
            if cell and is_known and is_near and bars[column.bar].length == bars[number].length:
                found[place - here] = cell
        return found

    def _longest_loop(self, part: int) -> int | None:
        """Return how often a part may say one bar in a row: as it does itself.

        Nobody knows of a part that has one bar alone, or whose bars are all the same.
        """
        cells = {bar: cell for (bar, own), cell in self._reading.cells.items() if own == part}
        if len({attacks(cell) for cell in cells.values()}) < 2:
            return None
        is_sure = self._reading.task.controls.surprise == 0.0
        longest = longest_run(cells)
        return None if is_sure and longest > 1 else max(SHORTEST_LOOP, longest)

    def _overhang(self, part: int) -> int:
        """Return by how many ticks a part's notes ring over their bar line, at most."""
        cells = [(bar, cell) for (bar, own), cell in self._reading.cells.items() if own == part]
        if not cells:
            return 0
        return max(
            max(0, note.onset + note.duration - self._reading.bars[bar].length)
            for bar, cell in cells
            for note in cell
        )

    def _has_rests(self, part: int) -> bool:
        """Tell whether a part is known to be silent for bars where something else sounds."""
        reading = self._reading
        own = {bar for bar, index in reading.cells if index == part}
        if not own:
            return False
        heard = {bar for bar, _ in reading.cells} | set(range(min(own), max(own)))
        return any((bar, part) not in reading.openings for bar in heard - own)


def _is_inside(onset: int, openings: Sequence[Opening]) -> bool:
    return any(opening.first <= onset < opening.stop for opening in openings)


def _without(cell: Cell, standing: Cell) -> Cell:
    taken = {(note.onset, note.pitch) for note in standing}
    return tuple(note for note in cell if (note.onset, note.pitch) not in taken)


def _pitches(going: Cell, *, is_open: bool) -> frozenset[int]:
    """Return the pitches that a cell keeps, where it keeps them."""
    return frozenset() if is_open else frozenset(note.pitch for note in going)


def _rhythm(cell: Cell) -> tuple[RhythmStep, ...]:
    onsets = sorted({note.onset for note in cell})
    groups = [[note for note in cell if note.onset == onset] for onset in onsets]
    return tuple(
        RhythmStep(
            onset,
            tuple(note.duration for note in group),
            velocity_bin(sum(note.velocity for note in group) / len(group)),
        )
        for onset, group in zip(onsets, groups)
    )


def _blocked(openings: Sequence[Opening], pitches: frozenset[int]) -> list[Kept]:
    """Return what keeps new notes out of a cell's beginning, and out of its gaps."""
    found, start = [], 0
    for opening in openings:
        if opening.first > start:
            found += [Kept(start, opening.first, pitch) for pitch in sorted(pitches)]
        start = max(start, opening.stop)
    return found
