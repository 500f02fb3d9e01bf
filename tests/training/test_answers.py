import numpy as np

from reprise.tokenizers.ensemble.cells import Cell, GridNote, decode
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.layout import spelled
from reprise.tokenizers.ensemble.vocabulary import Special, copy_token, position_token
from reprise.tokenizers.ensemble.window import Place, Track, Window
from reprise.training.answers import CopyChances, spell_answers

ALWAYS, NEVER = CopyChances(1.0, 1.0), CopyChances(0.0, 0.0)


def line(*pitches: int) -> Cell:
    return tuple(GridNote(12 * step, pitch, 12, 96) for step, pitch in enumerate(pitches))


A, B = line(60, 62, 64, 65), line(67, 69, 71, 72)
LONG = line(60, 62, 64, 65, 67, 69, 71, 72)
NEARLY_LONG = line(60, 62, 64, 65, 67, 69, 71, 74)


def answers(
    cells: list[Cell], holes: list[int], chances: CopyChances, lengths: tuple[int, ...] = ()
) -> list[tuple[int, ...]]:
    bars = tuple(GridBar(0, length, 2) for length in lengths or (96,) * len(cells))
    window = Window(
        bars,
        (Track(role=0, is_drums=False, velocity=12, slot=0),),
        {(bar, 0): cell for bar, cell in enumerate(cells)},
    )
    places: list[Place] = [(bar, 0) for bar in holes]
    known = {place: cell for place, cell in window.cells.items() if place not in places}
    told = spell_answers(window, places, known, (), chances, np.random.default_rng(0))
    return [cell.tokens for cell in told]


def copied(offset: int) -> tuple[int, ...]:
    return spelled(copy_token(offset)).tokens


def test_what_stands_nearby_is_told_as_a_copy_of_the_nearest() -> None:
    assert answers([A, B, A, A], [2], ALWAYS) == [copied(1)]


def test_of_two_bars_that_are_as_near_the_one_before_is_copied() -> None:
    assert answers([A, A, A], [1], ALWAYS) == [copied(-1)]


def test_an_answer_may_copy_an_earlier_answer() -> None:
    first, second = answers([A, A], [0, 1], ALWAYS)

    assert decode(first, 96, 12) == tuple(note._replace(velocity=100) for note in A)
    assert second == copied(-1)


def test_music_that_is_nearly_the_same_may_be_told_as_a_copy() -> None:
    assert answers([LONG, NEARLY_LONG], [1], ALWAYS) == [copied(-1)]
    assert answers([A, B], [1], ALWAYS) != [copied(-1)]


def test_a_copy_of_a_copy_is_what_the_first_one_became() -> None:
    cells = [LONG, NEARLY_LONG, NEARLY_LONG]

    assert answers(cells, [1, 2], ALWAYS) == [copied(-1), copied(-1)]


def test_a_bar_of_another_length_is_not_copied() -> None:
    assert answers([A, A], [1], ALWAYS, lengths=(96, 72)) != [copied(-1)]


def test_copies_may_be_forbidden() -> None:
    assert decode(answers([A, A], [1], NEVER)[0], 96, 12) == tuple(
        note._replace(velocity=100) for note in A
    )


def test_beside_notes_that_stand_nothing_is_copied_and_nothing_copies_it() -> None:
    window = Window(
        tuple(GridBar(96 * bar, 96, 2) for bar in range(3)),
        (Track(role=0, is_drums=False, velocity=12, slot=0),),
        {(bar, 0): A for bar in range(3)},
    )
    random = np.random.default_rng(0)
    told = spell_answers(window, [(1, 0), (2, 0)], {}, [(1, 0)], ALWAYS, random)
    with_known = spell_answers(window, [(1, 0)], {(0, 0): A}, [(1, 0)], ALWAYS, random)

    assert [cell.tokens[0] for cell in (*told, *with_known)] == 3 * [position_token(0)]


def test_an_empty_cell_says_so() -> None:
    assert answers([A, ()], [1], ALWAYS) == [(Special.EMPTY,)]


def test_repeats_are_told_as_copies_in_nine_of_ten_examples() -> None:
    window = Window(
        (GridBar(0, 96, 2), GridBar(96, 96, 2)),
        (Track(role=0, is_drums=False, velocity=12, slot=0),),
        {(0, 0): A, (1, 0): A},
    )
    random = np.random.default_rng(0)
    told = [
        spell_answers(window, [(1, 0)], {(0, 0): A}, (), CopyChances(), random)[0].tokens
        for _ in range(400)
    ]

    assert 0.85 < sum(tokens == copied(-1) for tokens in told) / 400 < 0.95
