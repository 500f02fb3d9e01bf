from reprise.engines.ensemble.reading import Spot
from reprise.engines.ensemble.windows import stretches
from reprise.tokenizers.ensemble.cells import Cell, GridNote


def cell(notes: int) -> Cell:
    return tuple(GridNote(4 * index, 60, 4, 90) for index in range(notes))


def lengths(bars: int, notes: int) -> list[int]:
    cells: dict[Spot, Cell] = {(bar, 0): cell(notes) for bar in range(bars)}
    return [len(group) for group in stretches(cells, cells, 2.0)]


def test_few_bars_are_answered_in_one_go() -> None:
    assert lengths(8, 4) == [8]


def test_bars_that_do_not_fit_are_answered_in_halves_and_not_in_rests() -> None:
    assert lengths(8, 22) == [4, 4]
    assert lengths(12, 4) == [6, 6]


def test_every_bar_is_answered_once() -> None:
    for bars in range(1, 40):
        assert sum(lengths(bars, 12)) == bars
