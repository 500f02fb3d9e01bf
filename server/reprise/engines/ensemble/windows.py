"""Which bars and tracks the network hears at once while it answers some spots.

It hears at most 16 grid bars and 16 tracks, and about as many tokens as it was trained on. A clip
with more to answer is answered stretch after stretch; a loop is heard with its own end before its
beginning and its beginning after its end.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reprise.engines.base import NEW_VERBS
from reprise.engines.ensemble.reading import Reading, Spot
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import MAX_TRACKS

MOST_BARS, MOST_HOLE_BARS, MOST_HOLE_PARTS = 16, 8, 8
BUDGET, HOLE_BUDGET = 900.0, 620.0
"""Tokens of a whole sequence, and of what is asked for with its answers, about."""
CELL_TOKENS, NOTE_TOKENS, ONSET_TOKENS, UNTOLD_TOKENS = 2, 1.3, 1.1, 12
BAR_TOKENS, TRACK_TOKENS, HEADER_TOKENS = 1, 4, 16


@dataclass(frozen=True, slots=True)
class Column:
    """One grid bar of a window.

    Attributes:
        bar: The grid bar of the time line.
        is_echo: It is heard again, because the clip loops; it is not asked for.
    """

    bar: int
    is_echo: bool = False


@dataclass(frozen=True)
class View:
    """What is heard at once.

    Attributes:
        columns: Grid bars in order.
        parts: The reading's parts that are tracks, in order.
        left_out: Parts with notes there that are not heard.
    """

    columns: tuple[Column, ...]
    parts: tuple[int, ...]
    left_out: tuple[int, ...] = ()


def stretches(
    spots: Iterable[Spot], cells: Mapping[Spot, Cell], weight: float
) -> list[tuple[Spot, ...]]:
    """Return spots in groups that are answered one after another, each by bar and then part.

    Args:
        spots: What is asked for.
        cells: What stands there, or may be expected to.
        weight: How often a hole's notes come in a sequence: twice with a source.
    """
    by_parts: dict[int, list[Spot]] = {}
    numbers = sorted({part for _, part in spots})
    for spot in sorted(spots):
        by_parts.setdefault(numbers.index(spot[1]) // MOST_HOLE_PARTS, []).append(spot)
    found = [stretch for group in by_parts.values() for stretch in _by_bars(group, cells, weight)]
    return sorted(found)


def _by_bars(
    spots: Sequence[Spot], cells: Mapping[Spot, Cell], weight: float
) -> list[tuple[Spot, ...]]:
    """Return as few groups as can be, all about as long."""
    found = _filled(spots, cells, weight, MOST_HOLE_BARS)
    bars = len({bar for bar, _ in spots})
    return _filled(spots, cells, weight, -(-bars // len(found))) if len(found) > 1 else found


def _filled(
    spots: Sequence[Spot], cells: Mapping[Spot, Cell], weight: float, most_bars: int
) -> list[tuple[Spot, ...]]:
    found: list[list[Spot]] = []
    cost, bars = 0.0, 0
    for spot in spots:
        own = CELL_TOKENS + (weight * cost_of(cells[spot]) if spot in cells else UNTOLD_TOKENS)
        is_new_bar = bool(found) and spot[0] != found[-1][-1][0]
        reach = spot[0] - found[-1][0][0] if found else 0
        is_full = reach >= MOST_HOLE_BARS or bars >= most_bars or cost + own > HOLE_BUDGET
        if not found or (is_new_bar and is_full):
            found.append([])
            cost, bars = 0.0, 0
        bars += not found[-1] or is_new_bar
        found[-1].append(spot)
        cost += own
    return [tuple(group) for group in found]


def choose_view(
    reading: Reading, spots: Sequence[Spot], cells: Mapping[Spot, Cell], weight: float
) -> View:
    """Return what is heard while some spots are answered; arguments else as in `stretches`."""
    columns = _columns(reading, spots)
    ranked, left_out = _heard(reading, spots, columns, cells)
    spoken = {part for _, part in spots}
    budget = _Budget(cells, frozenset(spots), weight, columns, [*sorted(spoken), *ranked])
    while budget.spare < 0 and budget.drop_column({bar for bar, _ in spots}):
        pass
    while budget.spare < 0 and len(budget.parts) > len(spoken):
        left_out = (*left_out, budget.drop_part())
    return View(tuple(budget.columns), tuple(sorted(budget.parts)), left_out)


class _Budget:
    """What is heard, and how many tokens are left."""

    def __init__(
        self,
        cells: Mapping[Spot, Cell],
        asked: frozenset[Spot],
        weight: float,
        columns: Sequence[Column],
        parts: Sequence[int],
    ) -> None:
        self.columns = list(columns)
        self.parts = list(parts)
        self._cells, self._asked, self._weight = cells, asked, weight
        total = HEADER_TOKENS + sum(map(self._column_cost, columns)) + TRACK_TOKENS * len(parts)
        self.spare = BUDGET - total

    def drop_column(self, hole_bars: Collection[int]) -> bool:
        """Drop the grid bar that is furthest from the holes; one on each side stays."""
        holes = [
            place
            for place, column in enumerate(self.columns)
            if column.bar in hole_bars and not column.is_echo
        ]
        before, after = holes[0], len(self.columns) - 1 - holes[-1]
        if max(before, after) <= 1:
            return False
        self.spare += self._column_cost(self.columns.pop(0 if before >= after else -1))
        return True

    def drop_part(self) -> int:
        """Drop the part that matters least."""
        dropped = self.parts.pop()
        costs = (cost_of(self._cells.get((column.bar, dropped), ())) for column in self.columns)
        self.spare += TRACK_TOKENS + sum(costs)
        return dropped

    def _column_cost(self, column: Column) -> float:
        return BAR_TOKENS + sum(self._cost((column.bar, part), column) for part in self.parts)

    def _cost(self, spot: Spot, column: Column) -> float:
        cost = cost_of(self._cells.get(spot, ()))
        if spot not in self._asked or column.is_echo:
            return cost
        return CELL_TOKENS + (self._weight * cost if cost else UNTOLD_TOKENS)


def cost_of(cell: Cell) -> float:
    """Return about how many tokens a cell takes."""
    onsets = len({note.onset for note in cell})
    return CELL_TOKENS + NOTE_TOKENS * len(cell) + ONSET_TOKENS * onsets if cell else 0.0


def _columns(reading: Reading, spots: Sequence[Spot]) -> list[Column]:
    first, last = min(bar for bar, _ in spots), max(bar for bar, _ in spots)
    region = _loop_region(reading)
    low, stop = (0, len(reading.bars)) if region is None else region
    if not (low <= first and last < stop):
        low, stop, region = 0, len(reading.bars), None
    spare = max(0, MOST_BARS - (last - first + 1))
    before = min(first - low, max(spare // 2, spare - (stop - 1 - last)))
    after = min(stop - 1 - last, spare - before)
    inside = [Column(bar) for bar in range(first - before, last + after + 1)]
    spare -= before + after
    if region is None or before < first - low or after < stop - 1 - last:
        return inside
    echoes = min(spare // 2, stop - low)
    ahead = [Column(bar, is_echo=True) for bar in range(stop - echoes, stop)]
    behind = [Column(bar, is_echo=True) for bar in range(low, low + echoes)]
    return [*ahead, *inside, *behind]


def _loop_region(reading: Reading) -> tuple[int, int] | None:
    """Return the grid bars of the loop, first and stop, where it begins and ends on bar lines."""
    loop, task = reading.task.source.loop, reading.task
    if loop is None or task.verb in NEW_VERBS:
        return None
    starts = {bar.start: number for number, bar in enumerate(reading.bars) if bar.opens_bar}
    ends = {bar.end: number + 1 for number, bar in enumerate(reading.bars)}
    first, stop = starts.get(round(loop.start * 24)), ends.get(round(loop.end * 24))
    return None if first is None or stop is None else (first, stop)


def _heard(
    reading: Reading, spots: Sequence[Spot], columns: Sequence[Column], cells: Mapping[Spot, Cell]
) -> tuple[list[int], tuple[int, ...]]:
    """Return the other parts that are heard, what matters most first, and those that are not."""
    spoken = {part for _, part in spots}
    bars = {column.bar for column in columns}
    near = {bar for bar, _ in spots}
    sounding: dict[int, tuple[int, int]] = {}
    for (bar, part), cell in cells.items():
        if part not in spoken and bar in bars and cell:
            here, all_ = sounding.get(part, (0, 0))
            sounding[part] = (here + (bar in near), all_ + 1)
    # The source's own voices come first, then what plays most where something is asked for.
    ranked = sorted(
        sounding,
        key=lambda part: (not reading.parts[part].is_source, *(-n for n in sounding[part]), part),
    )
    room = MAX_TRACKS - len(spoken)
    return ranked[:room], tuple(ranked[room:])


def window_bars(reading: Reading, columns: Sequence[Column]) -> tuple[GridBar, ...]:
    """Return the grid bars of columns, one after another from tick 0."""
    found: list[GridBar] = []
    start = 0
    for column in columns:
        bar = reading.bars[column.bar]
        found.append(GridBar(start, bar.length, bar.meter, bar.opens_bar))
        start += bar.length
    return tuple(found)
