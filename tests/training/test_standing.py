import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_songs
from reprise.training.excerpts import Cut, Excerpt, PieceReader, draw_excerpt
from reprise.training.standing import draw_standing, without

HOLES = [(bar, track) for bar in (1, 2) for track in range(3)]
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def excerpt() -> Excerpt:
    reader = PieceReader(tiny_songs.song(8))
    drawn = (draw_excerpt(reader, Cut(4), np.random.default_rng(seed)) for seed in range(100))
    return next(found for found in drawn if found and len(found.track_numbers) == 3)


@given(SEEDS)
def test_what_stands_and_what_is_asked_are_the_whole_cell(excerpt: Excerpt, seed: int) -> None:
    standing = draw_standing(excerpt, HOLES, np.random.default_rng(seed))
    left = without(excerpt.cells, standing)

    assert standing.keys() <= set(HOLES)
    for place, cell in excerpt.cells.items():
        parts = (*standing.get(place, ()), *left.get(place, ()))
        assert sorted(parts) == sorted(cell)


def test_the_same_drums_stand_in_all_bars(excerpt: Excerpt) -> None:
    drums = next(index for index, track in enumerate(excerpt.tracks) if track.is_drums)
    holes = [(1, drums), (2, drums)]
    apart = 0
    for seed in range(40):
        standing = draw_standing(excerpt, holes, np.random.default_rng(seed))
        left = without(excerpt.cells, standing)
        staying = {note.pitch for place in holes for note in standing.get(place, ())}
        asked = {note.pitch for place in holes for note in left.get(place, ())}
        apart += bool(staying) and not staying & asked

    assert apart > 20
