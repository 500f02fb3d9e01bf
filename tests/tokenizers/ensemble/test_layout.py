import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reprise.tokenizers.ensemble import layout
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import CellTokens, GridNote, encode, in_order
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import Asked, Special
from reprise.tokenizers.ensemble.window import Place, Track, Window

BASS = Track(role=2, is_drums=False, velocity=12, slot=3)
DRUMS = Track(role=0, is_drums=True, velocity=11, slot=5)
PLACES = tuple(itertools.product(range(4), range(2)))


def window() -> Window:
    bars = tuple(GridBar(96 * number, 96, 2) for number in range(4))
    bass = in_order(GridNote(24 * beat, 36 + beat, 24, 100) for beat in range(4))
    beat = in_order(GridNote(24 * beat, 36, 6, 92) for beat in range(4))
    cells = {(bar, 0): bass for bar in range(4)} | {(bar, 1): beat for bar in range(4)}
    return Window(bars, (BASS, DRUMS), cells)


def question(*holes: Place) -> layout.Question:
    return layout.Question(window(), Asked.INFILL, holes)


def spelled(own: layout.Question) -> list[CellTokens]:
    tracks = own.window.tracks
    return [
        encode(
            own.window.cell(place),
            96,
            tracks[place[1]].velocity,
            is_drums=tracks[place[1]].is_drums,
        )
        for place in own.holes
    ]


def tokens(row: layout.TokenRow) -> list[int]:
    return [int(token) for token in row.features[:, 0]]


def feature(row: layout.TokenRow, number: int) -> list[int]:
    return [int(index) - layout.OFFSETS[number] for index in row.features[:, number]]


@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=8, unique=True))
def test_an_answer_written_token_by_token_has_the_features_of_the_whole(
    holes: list[Place],
) -> None:
    own = question(*sorted(holes))
    cells = spelled(own)
    cursor = layout.AnswerCursor(own)

    written = [
        cursor.push(token) for cell in cells for token in (*cell.tokens, Special.END_OF_CELL)
    ]

    whole = layout.answer(own, cells)
    assert np.array_equal(whole.features, [rows for rows, _ in written])
    assert np.allclose(whole.times, [time for _, time in written])
    assert cursor.hole == len(holes)


def test_hidden_cells_are_not_in_the_prompt() -> None:
    hidden = layout.prompt(question(*PLACES))

    kinds = tokens(hidden)
    assert not any(token in words.POSITIONS for token in kinds)
    assert kinds.count(Special.HOLE) == len(PLACES)


def test_a_source_stands_at_its_holes_place_and_time() -> None:
    own = question((2, 0))
    source = spelled(own)[0]
    row = layout.prompt(layout.Question(own.window, Asked.VARY, own.holes, {(2, 0): source}))

    segments, bars = feature(row, 6), feature(row, 3)
    inside = [index for index, segment in enumerate(segments) if segment == layout.Segment.SOURCE]
    assert [tokens(row)[index] for index in inside] == [Special.SOURCE, *source.tokens]
    assert {bars[index] for index in inside} == {2}
    assert row.times[inside[1]] == 8.0


def test_the_token_before_an_answer_tells_which_hole_is_meant() -> None:
    own = question((1, 0), (3, 1))
    row = layout.joined(layout.prompt(own), layout.answer(own, spelled(own)))

    before = [
        index
        for index, token in enumerate(tokens(row))
        if token in (Special.ANSWER, Special.END_OF_CELL)
    ]
    assert [feature(row, 3)[index] for index in before] == [1, 3, layout.FEATURE_SIZES[3] - 1]
    assert [feature(row, 2)[index] for index in before][:2] == [BASS.slot, DRUMS.slot]
    assert [float(row.times[index]) for index in before] == [4.0, 12.0, 0.0]


def test_every_index_stays_inside_its_block_of_the_table() -> None:
    own = question(*PLACES)
    row = layout.joined(layout.prompt(own), layout.answer(own, spelled(own)))

    for number, size in enumerate(layout.FEATURE_SIZES):
        assert 0 <= min(feature(row, number)) <= max(feature(row, number)) < size


def test_changing_a_control_leaves_the_context_untouched() -> None:
    own = question((2, 0))
    plain = layout.prompt(own)
    controlled = layout.prompt(
        layout.Question(own.window, own.asked, own.holes, controls={0: [words.density_token(4)]})
    )

    same = next(
        index
        for index, (left, right) in enumerate(zip(tokens(plain), tokens(controlled)))
        if left != right
    )
    assert same == len(plain) - 1


def test_the_theme_is_told_before_the_context_in_its_own_time() -> None:
    own = question((2, 0))
    row = layout.prompt(layout.Question(own.window, Asked.THEME, own.holes, theme=window()))

    kinds = tokens(row)
    first, last = kinds.index(Special.THEME), kinds.index(Special.THEME_END)
    assert set(feature(row, 6)[first : last + 1]) == {layout.Segment.THEME}
    assert float(row.times[first:last].max()) < 16.0


def test_only_notes_of_context_and_answers_count_in_training() -> None:
    own = question((2, 0))
    row = layout.joined(layout.prompt(own, context_weight=0.25), layout.answer(own, spelled(own)))

    counted = [token for token, weight in zip(tokens(row), row.weights) if weight == 0.25]
    assert all(
        token in words.POSITIONS or token in words.PITCHES or token in words.DRUMS
        for token in counted
    )
    assert sum(row.weights == 1.0) == len(spelled(own)[0].tokens) + 1


def test_equal_steps_in_time_turn_by_equal_angles_wherever_they_stand() -> None:
    times = np.array([0.0, 4.0, 100.0, 104.0], np.float32)

    turned = layout.angles(np.zeros(4, np.int64), times, 32)

    assert turned.shape == (4, 16)
    assert np.allclose(turned[1] - turned[0], turned[3] - turned[2], atol=1e-3)
