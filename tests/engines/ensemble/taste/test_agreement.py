"""The likeliest answer: what drafts and heard bars agree on, alive, and within every rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

import cell_laws
from reprise.engines.ensemble.asking import Asking, Board
from reprise.engines.ensemble.decode import Written
from reprise.engines.ensemble.grammar.answer import AnswerGrammar, AnswerRooms
from reprise.engines.ensemble.grammar.rules import Rules
from reprise.engines.ensemble.taste.agreement import agreed
from reprise.engines.ensemble.taste.company import Company, is_unheard
from reprise.engines.ensemble.windows import Column, View
from reprise.engines.guards import LONGEST_PITCH_RUN
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.layout import Question
from reprise.tokenizers.ensemble.vocabulary import Asked
from reprise.tokenizers.ensemble.window import Track, Window

BAR = 96
RULES = Rules(BAR, frozenset(range(128)))
LEAD, BASS = 0, 1


def bar(*pitches: int, step: int = 24) -> Cell:
    """A bar of equal notes."""
    return tuple(GridNote(step * index, pitch, step, 100) for index, pitch in enumerate(pitches))


TUNE, OTHER, REPLY = bar(60, 62, 64, 65), bar(72, 71, 69, 67), bar(67, 65, 64, 62)
ROOT, FIFTH = bar(36, 36, 36, 36), bar(43, 43, 43, 43)


def asking_of(lead: Sequence[Cell | None], bass: Sequence[Cell | None]) -> tuple[Asking, Board]:
    """Return a question about two voices; what is None is asked for."""
    rows = {LEAD: lead, BASS: bass}
    spots = tuple(
        (number, part) for number in range(len(lead)) for part in rows if rows[part][number] is None
    )
    cells = {
        (number, part): cell
        for part, row in rows.items()
        for number, cell in enumerate(row)
        if cell
    }
    bars = tuple(GridBar(BAR * number, BAR, 2) for number in range(len(lead)))
    tracks = tuple(Track(1, is_drums=False, velocity=12, slot=slot) for slot in (0, 1))
    question = Question(Window(bars, tracks, dict(cells)), Asked.INFILL, spots)
    view = View(tuple(Column(number) for number in range(len(lead))), (LEAD, BASS))
    return Asking(question, spots, view), Board(dict(cells), set(spots))


def drafts_of(*rows: Sequence[Cell]) -> list[Written]:
    return [Written(tuple(row), (-1.0,) * len(row), 8, ((),) * len(row)) for row in rows]


def answer(
    asked: tuple[Asking, Board], drafts: Sequence[Written], rules: Mapping[int, Rules] | None = None
) -> tuple[Cell, ...]:
    asking, board = asked
    every = [(rules or {}).get(hole, RULES) for hole in range(len(asking.spots))]
    return agreed(board, asking, AnswerRooms(asking.question, every), drafts).cells


def test_the_notes_that_most_drafts_have_are_written() -> None:
    asked = asking_of([None, REPLY], [ROOT, FIFTH])
    near, short = bar(60, 62, 64, 67), bar(60, 62, 64)
    drafts = drafts_of(*([each] for each in (TUNE, TUNE, near, near, short, OTHER)))
    (cell,) = answer(asked, drafts)
    assert {(0, 60), (24, 62), (48, 64)} <= attacks(cell) <= attacks(TUNE) | attacks(near)


def test_a_bar_that_was_heard_with_the_same_bass_comes_again() -> None:
    lead = [TUNE, REPLY, TUNE, None, TUNE, REPLY]
    bass = [ROOT, FIFTH, ROOT, FIFTH, ROOT, FIFTH]
    scattered = drafts_of(*([bar(80 + number)] for number in range(4)))
    assert answer(asking_of(lead, bass), scattered) == (REPLY,)


def test_a_hidden_turn_of_a_loop_comes_back_although_nothing_else_sounds() -> None:
    lead = [TUNE, REPLY, None, None, TUNE, REPLY]
    bass = [ROOT, FIFTH, None, None, ROOT, FIFTH]
    drafts = [*([bar(80 + number)] * 4 for number in range(5)), [TUNE, ROOT, REPLY, FIFTH]]
    assert answer(asking_of(lead, bass), drafts_of(*drafts)) == (TUNE, ROOT, REPLY, FIFTH)


def test_half_a_loop_comes_back_although_it_is_heard_only_once() -> None:
    lead: list[Cell | None] = [*[None] * 4, TUNE, REPLY, OTHER, REPLY]
    bass: list[Cell | None] = [*[None] * 4, ROOT, FIFTH, ROOT, bar(43, 50, step=48)]
    again = [cell for pair in zip(lead[4:], bass[4:]) for cell in pair if cell]
    drafts = [*([bar(80 + number)] * 8 for number in range(5)), again]
    found = answer(asking_of(lead, bass), drafts_of(*drafts))
    assert found[::2] == (TUNE, REPLY, OTHER, REPLY)


def test_a_voice_that_is_heard_elsewhere_is_never_lost() -> None:
    drafts = drafts_of(*[[()]] * 30, [TUNE])
    assert answer(asking_of([None, ()], [ROOT, FIFTH]), drafts) == ((),)
    assert answer(asking_of([OTHER, None, (), ()], [ROOT] * 4), drafts) != ((),)


def test_one_bar_is_not_copied_to_the_end_where_drafts_know_another() -> None:
    drafts = drafts_of(*[[TUNE] * 7] * 7, [TUNE] * 6 + [REPLY])
    lead: list[Cell | None] = [TUNE, *[None] * 7]
    bass = [ROOT, FIFTH, OTHER, REPLY, FIFTH, OTHER, ROOT, REPLY]
    assert REPLY in answer(asking_of(lead, bass), drafts)


def test_one_bar_is_copied_to_the_end_where_the_voice_does_so() -> None:
    drafts = drafts_of(*[[TUNE] * 5] * 7, [TUNE] * 4 + [REPLY])
    lead: list[Cell | None] = [TUNE, TUNE, TUNE, *[None] * 5]
    assert answer(asking_of(lead, [ROOT] * 8), drafts) == (TUNE,) * 5


def test_one_note_is_not_struck_again_and_again_where_drafts_know_others() -> None:
    drafts = drafts_of(*[[ROOT] * 3] * 7, [ROOT, TUNE, FIFTH])
    found = answer(asking_of([OTHER, None, None, None], [ROOT, FIFTH, ROOT, REPLY]), drafts)
    assert len({note.pitch for cell in found for note in cell}) > 2


def test_one_pitch_is_not_struck_more_often_in_a_row_than_guards_let_pass() -> None:
    held = in_order(GridNote(12 * index, 60, 6 * (1 + index % 3), 100) for index in range(8))
    drafts = drafts_of(*[[held] * 4] * 7, [held, TUNE, held, OTHER])
    found = answer(asking_of([None] * 4, [ROOT, FIFTH, ROOT, REPLY]), drafts)
    pitches = [note.pitch for cell in found for note in cell]
    assert max(len(list(run)) for _, run in groupby(pitches)) <= LONGEST_PITCH_RUN


def test_a_drum_may_be_struck_as_often_in_a_row_as_drafts_do() -> None:
    hats = tuple(GridNote(6 * index, 42, 6, 100) for index in range(1, 16))
    kick, snare = (in_order((GridNote(0, pad, 6, 100), *hats)) for pad in (36, 38))
    busy = bar(*[36, 43] * 8, step=6)
    asking, board = asking_of([None] * 4, [busy] * 4)
    lead, bass = asking.question.window.tracks
    window = replace(asking.question.window, tracks=(replace(lead, is_drums=True), bass))
    asking = replace(asking, question=replace(asking.question, window=window))
    beat = [kick, snare, kick, snare]
    drafts = drafts_of(*[beat] * 7, [kick, kick[:4], kick, snare[:4]])
    rules = dict.fromkeys(range(4), replace(RULES, is_drums=True))
    assert answer((asking, board), drafts, rules) == tuple(beat)


def test_a_wall_is_not_built_where_drafts_know_better() -> None:
    wall = bar(*range(60, 84), step=4)
    drafts = drafts_of(*[[wall]] * 7, [TUNE])
    (cell,) = answer(asking_of([OTHER, None, (), ()], [ROOT] * 4), drafts)
    assert 0 < len(cell) <= 2 * len(OTHER)


def test_of_drafts_that_disagree_those_win_that_go_with_what_sounds() -> None:
    down = bar(71, 69, 67, 64)
    drafts = drafts_of(*[[down]] * 4, *[[TUNE]] * 4)
    for wanted in (TUNE, down):
        bass = tuple(note._replace(pitch=note.pitch - 24) for note in wanted)
        assert answer(asking_of([None], [bass]), drafts) == (wanted,)


def test_a_voice_is_unheard_where_no_bar_of_it_is_known() -> None:
    for lead, expected in (([None, None], True), ([None, TUNE], False), ([TUNE, ()], False)):
        asking, board = asking_of(lead, [None, ROOT])
        assert is_unheard(board, asking) == expected


def test_what_is_asked_for_later_is_not_known_of_a_voice() -> None:
    asking, board = asking_of([None, TUNE], [ROOT, ROOT])
    assert not is_unheard(board, asking)
    board.unknown.add((1, LEAD))
    assert is_unheard(board, asking)


def test_what_the_rules_forbid_is_not_agreed_on() -> None:
    low = replace(RULES, pitches=frozenset(range(66)))
    drafts = drafts_of(*[[OTHER] * 2] * 7, [TUNE, OTHER])
    asked = asking_of([None, None], [ROOT, FIFTH])
    assert answer(asked, drafts) == (OTHER, OTHER)
    assert answer(asked, drafts, {0: low}) == (TUNE, OTHER)


def test_bars_are_alike_by_what_sounds_in_them_and_around_them() -> None:
    lead = [TUNE, None, TUNE, REPLY, OTHER, REPLY]
    bass = [ROOT, FIFTH, ROOT, FIFTH, OTHER, ROOT]
    asking, board = asking_of(lead, bass)
    company = Company(board, asking)
    same, other = company.likeness(LEAD, 1, 3), company.likeness(LEAD, 1, 5)
    assert 0.0 <= other < same <= 1.0


def check_answers(seed: int) -> int:
    """Answer with cells at random under rules at random; return how many cells were legal."""
    random = np.random.default_rng(seed)
    question = cell_laws.random_question(random)
    rules = [
        replace(cell_laws.random_rules(random, question, place), rhythm=None, order=None)
        for place in question.holes
    ]
    walk = AnswerGrammar(AnswerRooms(question, rules), 0)
    cells: list[Cell] = []
    for number, (place, rule) in enumerate(zip(question.holes, rules)):
        cells.append(
            walk.answer(cell_laws.random_cell(random, rule.length, is_drums=rule.is_drums))
        )
        kept = cell_laws.kept(question, rules, number)
        answered = cell_laws.answered(question, cells, number)
        problems = walk.problems[number]
        found = cell_laws.breaches(rule, cells[-1], kept, answered, problems)
        # Whole cells are taken as they are: nobody adds notes to them.
        broken = [breach for breach in found if "where there is room for more" not in breach]
        assert broken == [], (seed, place, rule, cells[-1], problems)
    assert walk.is_done
    return len(cells)


def test_no_rule_is_broken_by_cells_at_random() -> None:
    assert sum(check_answers(seed) for seed in range(1_000)) >= 1_000


@pytest.mark.slow
def test_no_rule_is_broken_by_cells_at_random_at_full_size() -> None:
    assert sum(check_answers(seed) for seed in range(1_000, 10_000)) >= 9_000
