import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny_songs
from reprise.music import compare
from reprise.music.key import Key
from reprise.music.note import Note
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.training import variation_pairs as pairs
from reprise.training.excerpts import Cut, Excerpt, PieceReader, draw_excerpt

C_MAJOR = Key(0)
BAR = 96
NOTES = st.builds(
    GridNote, st.integers(0, BAR - 1), st.integers(0, 127), st.integers(1, 96), st.integers(1, 127)
)
CELLS = st.lists(NOTES, max_size=12).map(in_order)
DRUMS = st.lists(NOTES.map(lambda note: note._replace(pitch=27 + note.pitch % 61)), max_size=12)
TUNE: Cell = tuple(
    GridNote(24 * step, pitch, 24, 90) for step, pitch in enumerate((60, 64, 67, 72))
)


def notes(cell: Cell) -> list[Note]:
    return [Note(note.onset / 24, note.pitch, note.duration / 24) for note in cell]


@given(CELLS, CELLS)
def test_cells_are_as_alike_as_the_notes_that_they_hold(left: Cell, right: Cell) -> None:
    expected = compare.similarity(notes(left), notes(right))

    assert pairs.cell_similarity(left, right, is_drums=False) == pytest.approx(expected)


@given(DRUMS.map(in_order), DRUMS.map(in_order))
def test_beats_are_as_alike_as_the_hits_that_they_hold(left: Cell, right: Cell) -> None:
    expected = compare.drum_similarity(notes(left), notes(right))

    assert pairs.cell_similarity(left, right, is_drums=True) == pytest.approx(expected)


def test_silence_on_both_sides_does_not_count_in_the_mean() -> None:
    mean = pairs.mean_similarity([(TUNE, TUNE), ((), ()), (TUNE, ())], is_drums=False)

    assert mean == pytest.approx(0.5)


@given(CELLS, st.integers(0, 2**32 - 1), st.booleans())
def test_every_operation_leaves_a_cell_that_can_be_spelled(
    cell: Cell, seed: int, is_drums: bool
) -> None:
    random = np.random.default_rng(seed)
    for operation in pairs.draw_operations(C_MAJOR, random, is_drums=is_drums):
        cell = operation(cell, BAR)

    assert cell == in_order(cell)
    assert all(0 <= note.pitch <= 127 and note.onset >= 0 and note.duration > 0 for note in cell)


def test_a_tune_moves_along_its_scale() -> None:
    moved = pairs.scale_shift(TUNE, BAR, key=C_MAJOR, degrees=1)

    assert [note.pitch for note in moved] == [62, 65, 69, 74]


def test_a_bar_is_turned_round() -> None:
    assert [note.pitch for note in pairs.retrograde(TUNE, BAR)] == [72, 67, 64, 60]


def test_a_displaced_bar_goes_on_at_its_start() -> None:
    moved = pairs.displace(TUNE, BAR, ticks=24)

    assert [(note.onset, note.pitch) for note in moved] == [(0, 72), (24, 60), (48, 64), (72, 67)]


def test_merged_notes_ring_until_the_next_that_is_left() -> None:
    merged = pairs.merge(TUNE, BAR, random=np.random.default_rng(3))

    ends = [note.onset + note.duration for note in merged]
    assert ends == [*[note.onset for note in merged[1:]], BAR]
    assert len(merged) < len(TUNE)


def test_dropped_notes_are_gone_and_no_other() -> None:
    left = pairs.drop(TUNE, BAR, share=0.5, random=np.random.default_rng(0))

    assert 0 < len(left) < len(TUNE)
    assert set(left) < set(TUNE)


def test_drums_swap_their_hits() -> None:
    beat = (GridNote(0, 36, 6, 90), GridNote(24, 38, 6, 90), GridNote(48, 36, 6, 90))
    drawn = [pairs.reassign(beat, BAR, random=np.random.default_rng(seed)) for seed in range(9)]
    swapped = {tuple(note.pitch for note in cell) for cell in drawn}

    assert swapped == {(36, 38, 36), (38, 36, 38)}


def excerpt(seed: int) -> Excerpt:
    found = draw_excerpt(PieceReader(tiny_songs.song()), Cut(4), np.random.default_rng(seed))
    assert found is not None
    return found


def draw(seed: int) -> tuple[Excerpt, pairs.Sources]:
    own = excerpt(seed)
    other = PieceReader(tiny_songs.song(seed=99))
    holes = sorted(own.cells)
    return own, pairs.draw_sources(own, holes, C_MAJOR, other, np.random.default_rng(seed))


def likeness(own: Excerpt, sources: pairs.Sources) -> float:
    melody = [place for place in own.cells if not own.tracks[place[1]].is_drums]
    return pairs.mean_similarity(
        [(own.cells[place], sources.cells[place]) for place in melody], is_drums=False
    )


def test_sources_of_all_kinds_are_drawn_each_as_alike_as_its_name_says() -> None:
    by_kind: dict[str, list[float]] = {}
    for seed in range(150):
        own, sources = draw(seed)
        assert sources.cells.keys() == own.cells.keys()
        by_kind.setdefault(sources.kind, []).append(likeness(own, sources))

    assert by_kind.keys() == {"natural", "corrupted", "unrelated", "same"}
    assert set(by_kind["same"]) == {1.0}
    assert np.mean(by_kind["unrelated"]) < np.mean(by_kind["corrupted"]) < 1.0


def test_natural_sources_are_bars_of_the_piece_itself() -> None:
    for seed in range(40):
        own, sources = draw(seed)
        if sources.kind == "natural":
            cells = set(own.reader.cells(0, own.reader.bar_count).values())
            assert {cell for cell in sources.cells.values() if cell} <= cells
