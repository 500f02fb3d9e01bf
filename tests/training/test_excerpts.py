import numpy as np
import pytest

import tiny_songs
from reprise.training.excerpts import Cut, Excerpt, PieceReader, draw_excerpt


def excerpt(cut: Cut, seed: int = 0, bars: int = 16) -> Excerpt:
    reader = PieceReader(tiny_songs.song(bars))
    found = draw_excerpt(reader, cut, np.random.default_rng(seed))
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(8))
def test_an_excerpt_holds_what_the_piece_holds_there(seed: int) -> None:
    found = excerpt(Cut(8), seed)
    cells = found.reader.cells(0, 16)

    assert all(
        cell == cells[found.bar_numbers[bar], found.track_numbers[track]]
        for (bar, track), cell in found.cells.items()
    )
    assert [bar.start for bar in found.bars] == [96 * bar for bar in range(8)]


@pytest.mark.parametrize("seed", range(8))
def test_a_loop_is_the_same_bars_again(seed: int) -> None:
    found = excerpt(Cut(6, unit=2), seed)

    assert found.unit == 2
    assert all(
        found.cells.get((bar + 2, track)) == found.cells.get((bar, track))
        for bar in range(4)
        for track in range(len(found.track_numbers))
    )


def test_an_excerpt_that_costs_too_much_loses_tracks_or_bars() -> None:
    whole, small = excerpt(Cut(16)), excerpt(Cut(16, budget=150.0))

    notes = sum(len(cell) for cell in small.cells.values())
    assert 0 < notes < sum(len(cell) for cell in whole.cells.values())
    assert notes < 100


@pytest.mark.parametrize("seed", range(8))
def test_what_must_be_in_an_excerpt_is_in_it(seed: int) -> None:
    found = excerpt(Cut(4, around=9, track=1), seed)

    assert {9, 10} <= set(found.bar_numbers)
    assert 1 in found.track_numbers


def test_a_silent_piece_gives_no_excerpt() -> None:
    reader = PieceReader(tiny_songs.piece([(0, 0, 0, 60, 24, 90)], 8))

    assert draw_excerpt(reader, Cut(4), np.random.default_rng(0)) is None


def test_a_short_piece_gives_all_its_bars() -> None:
    assert len(excerpt(Cut(16), bars=3).bars) == 3


def test_a_shortened_excerpt_keeps_its_first_bars() -> None:
    whole = excerpt(Cut(8))
    half = whole.shortened(4)

    assert half.bars == whole.bars[:4]
    assert half.cells == {place: cell for place, cell in whole.cells.items() if place[0] < 4}
