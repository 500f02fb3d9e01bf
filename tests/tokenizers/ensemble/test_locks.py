import pytest

from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import CellTokens, GridNote, encode
from reprise.tokenizers.ensemble.locks import Open, opened
from reprise.tokenizers.ensemble.vocabulary import Special

LINE = (
    GridNote(0, 64, 12, 100),
    GridNote(0, 60, 12, 100),
    GridNote(24, 62, 24, 40),
    GridNote(48, 65, 48, 40),
)
SPELLED = encode(LINE, 96, 12, is_drums=False)


def blocks(cell: CellTokens, block: words.Block) -> list[int]:
    return [token for token in cell.tokens if token in block]


def test_an_open_pitch_keeps_the_rhythm() -> None:
    cell = opened(SPELLED, {Open.PITCH})

    assert cell.positions == SPELLED.positions
    assert blocks(cell, words.POSITIONS) == blocks(SPELLED, words.POSITIONS)
    assert blocks(cell, words.DURATION_BLOCK) == blocks(SPELLED, words.DURATION_BLOCK)
    assert cell.tokens.count(Special.ANY_PITCH) == 4
    assert not blocks(cell, words.PITCHES)


def test_an_open_hit_keeps_the_rhythm_of_a_beat() -> None:
    beat = encode((GridNote(0, 42, 6, 90), GridNote(0, 36, 6, 90)), 96, 12, is_drums=True)

    assert opened(beat, {Open.PITCH}).tokens.count(Special.ANY_PITCH) == 2


def test_an_open_rhythm_keeps_the_pitches_and_tells_nothing_of_time() -> None:
    cell = opened(SPELLED, {Open.RHYTHM})

    assert cell.tokens[0] == Special.ANY_DURATION
    assert blocks(cell, words.PITCHES) == blocks(SPELLED, words.PITCHES)
    assert cell.tokens.count(Special.ANY_POSITION) == 3
    assert not blocks(cell, words.DURATION_BLOCK)
    assert words.NEXT not in cell.tokens
    assert set(cell.positions) == {None}


def test_an_open_velocity_keeps_all_else() -> None:
    cell = opened(SPELLED, {Open.VELOCITY})

    assert cell.tokens[0] == Special.ANY_VELOCITY
    assert not blocks(cell, words.VELOCITIES)
    assert list(cell.tokens[1:]) == [
        token for token in SPELLED.tokens if token not in words.VELOCITIES
    ]


@pytest.mark.parametrize("opens", [set(), set(Open)])
def test_as_many_positions_as_tokens(opens: set[Open]) -> None:
    cell = opened(SPELLED, opens)

    assert len(cell.tokens) == len(cell.positions)


def test_with_nothing_open_a_cell_stays_as_it_is() -> None:
    assert opened(SPELLED, ()) == SPELLED
