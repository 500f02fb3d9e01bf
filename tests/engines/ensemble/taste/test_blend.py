"""How likely notes are, and cells that are put together of the likeliest."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reprise.engines.ensemble.grammar.rules import Rules
from reprise.engines.ensemble.taste.blend import NEAR_TICKS, blended
from reprise.engines.ensemble.taste.chances import Evidence, Witness, chances, expected_notes, worth
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.tokenizers.ensemble.controls import attacks

BAR = 96
RULES = Rules(BAR, frozenset(range(128)))
notes = st.builds(
    GridNote,
    st.integers(0, BAR - 1),
    st.integers(40, 52),
    st.integers(1, 48),
    st.integers(1, 127),
)
cells = st.lists(notes, max_size=8).map(in_order)


def bar(*pitches: int, step: int = 24) -> Cell:
    """A bar of equal notes."""
    return tuple(GridNote(step * index, pitch, step, 100) for index, pitch in enumerate(pitches))


TUNE, OTHER = bar(60, 62, 64, 65), bar(72, 71, 69, 67)


def evidence(
    *drafts: Cell,
    copies: Sequence[tuple[Cell, float]] = (),
    are_drums: bool = False,
    beside: Sequence[Cell] = (),
) -> Evidence:
    return Evidence(drafts, copies, are_drums, beside)


def blend(*witnesses: Cell, cost: float = 0.4, rules: Rules = RULES) -> Cell:
    """Blend cells that all count the same; a note's chance is the share of cells that have it."""
    shares = [Witness(cell, 1.0 / len(witnesses)) for cell in witnesses]
    known = dict.fromkeys(sorted({a for cell in witnesses for a in attacks(cell)}), 0.0)
    for cell in witnesses:
        for attack in attacks(cell):
            known[attack] += 1.0 / len(witnesses)
    return blended(known, cost, shares, rules)


def test_a_note_is_the_likelier_the_more_drafts_have_it() -> None:
    known = chances(evidence(TUNE, TUNE, TUNE, OTHER))
    assert known[0, 60] > known[0, 72] > 0.0


def test_a_bar_in_like_company_is_a_better_witness_than_one_in_other_company() -> None:
    known = chances(evidence(TUNE, OTHER, copies=[(TUNE, 0.95), (OTHER, 0.6)]))
    assert known[0, 60] > 2.0 * known[0, 72]


def test_drafts_are_believed_less_where_a_bar_in_the_same_company_says_otherwise() -> None:
    alone = chances(evidence(*[TUNE] * 4))
    contradicted = chances(evidence(*[TUNE] * 4, copies=[(OTHER, 1.0)]))
    assert contradicted[0, 72] > contradicted[0, 60]
    assert contradicted[0, 60] - contradicted[0, 72] < alone[0, 60]


def test_a_note_is_the_likelier_if_another_voice_strikes_it_or_lets_it_ring() -> None:
    drafts = (bar(60, 64), bar(62, 65))
    apart = chances(evidence(*drafts))
    pedal = chances(evidence(*drafts, beside=[(GridNote(0, 36, 96, 100),)]))
    third = chances(evidence(*drafts, beside=[bar(40, 40), (GridNote(0, 31, 96, 100),)]))
    assert pedal[0, 60] > apart[0, 60]
    assert third[24, 64] > apart[24, 64]
    for other in (pedal, third):
        assert other[0, 62] == apart[0, 62]
        assert other[24, 65] == apart[24, 65]


def test_a_hole_has_as_many_notes_as_bars_in_like_company_and_else_as_drafts() -> None:
    short = bar(60, 62, step=48)
    assert expected_notes(evidence(TUNE, TUNE, short, short)) == 3.0
    heard = evidence(TUNE, TUNE, copies=[(short, 1.0), (TUNE, 0.2)])
    assert abs(expected_notes(heard) - 2.0) < 0.01


@given(st.lists(cells, min_size=1, max_size=5), st.lists(cells, max_size=4), st.booleans())
def test_every_note_that_anybody_has_gets_a_chance(
    drafts: list[Cell], heard: list[Cell], are_drums: bool
) -> None:
    copies = [(cell, 0.2 * number) for number, cell in enumerate(heard)]
    known = chances(evidence(*drafts, copies=copies, are_drums=are_drums))
    assert set(known) == {attack for cell in (*drafts, *heard) for attack in attacks(cell)}
    assert all(0.0 < chance < 1.0 for chance in known.values())


def test_what_most_have_is_put_together_from_several() -> None:
    high, low = (60, 62, 64, 67), (60, 62, 65, 67)
    assert blend(bar(*high), bar(*low), bar(60, 62, 64, 65), cost=1.0) == bar(60, 62, 64, 67)


def test_a_note_lasts_until_the_next_as_it_did_where_it_comes_from() -> None:
    held = (GridNote(0, 60, 48, 100), GridNote(48, 64, 48, 100))
    early = (GridNote(0, 60, 24, 100), GridNote(24, 62, 24, 100), GridNote(48, 64, 48, 100))
    assert blend(held, held, early, cost=1.0) == held
    assert blend(held, early, early, cost=1.0) == early


def test_one_idea_said_twice_comes_once() -> None:
    late = tuple(note._replace(onset=note.onset + 4) for note in TUNE)
    assert blend(TUNE, TUNE, late, cost=0.1) == TUNE
    raised = tuple(note._replace(pitch=note.pitch + 1) for note in TUNE)
    assert blend(TUNE, TUNE, raised, cost=0.1) == TUNE


def test_grace_notes_that_somebody_plays_stay() -> None:
    graced = in_order((*TUNE, GridNote(21, 61, 3, 80)))
    assert blend(graced, graced, TUNE, cost=0.1) == graced


@given(st.lists(cells, min_size=1, max_size=5), st.integers(1, 6), st.integers(1, 4))
def test_blends_keep_to_the_number_of_notes_and_to_the_polyphony(
    witnesses: list[Cell], most: int, polyphony: int
) -> None:
    rules = replace(RULES, most=most, polyphony=polyphony)
    cell = blend(*witnesses, cost=0.0, rules=rules)
    assert len(cell) <= most
    for tick in range(BAR):
        sounding = [note for note in cell if note.onset <= tick < note.onset + note.duration]
        assert len(sounding) <= polyphony


@given(st.lists(cells, min_size=1, max_size=5))
def test_near_onsets_of_a_blend_are_played_together_by_somebody(witnesses: list[Cell]) -> None:
    onsets = sorted({note.onset for note in blend(*witnesses, cost=0.0)})
    played = [{note.onset for note in cell} for cell in witnesses]
    for left, right in zip(onsets, onsets[1:]):
        assert right - left >= NEAR_TICKS or any({left, right} <= own for own in played)


def test_notes_below_their_cost_are_worth_less_than_nothing() -> None:
    known = {(0, 60): 0.5, (24, 62): 0.1}
    assert worth([(0, 60)], known, 0.4) > worth([(0, 60), (24, 62)], known, 0.4) > 0.0
