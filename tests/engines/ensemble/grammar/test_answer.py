"""The flagship's grammar: whatever the network says, no rule is broken and every answer ends."""

from dataclasses import replace

import numpy as np
import pytest

import cell_laws
from cell_laws import question_of
from engine_tasks import CountingWatch
from reprise.engines.ensemble.decode import drawing_from_surprise, generate
from reprise.engines.ensemble.grammar import cell as cell_grammar
from reprise.engines.ensemble.grammar.answer import LATE, LOOP_PENALTY, AnswerGrammar, AnswerRooms
from reprise.engines.ensemble.grammar.rules import Kept, RhythmStep, Rules
from reprise.engines.sampling import generator
from reprise.tokenizers.ensemble.cells import Cell, GridNote, decode, encode
from reprise.tokenizers.ensemble.vocabulary import (
    DURATION_BLOCK,
    DURATIONS,
    NEXT,
    Special,
    copy_token,
    pitch_token,
    position_token,
)

SCALES = (0.0, 1.0, 3.0, 10.0)
ANY_PITCH = frozenset(range(128))
RIFF = (GridNote(0, 60, 24, 100), GridNote(24, 62, 24, 100), GridNote(48, 64, 48, 100))


def check_generation(seed: int) -> int:
    """Generate from scores at random under rules at random; return how many cells were legal."""
    random = np.random.default_rng(seed)
    question = cell_laws.random_question(random)
    rules = [cell_laws.random_rules(random, question, place) for place in question.holes]
    grammars = cell_laws.grammars(question, rules, 1, int(random.choice([0, 60, 4000])))
    limit = grammars[0].left
    decoder = cell_laws.RandomDecoder(seed, float(random.choice(SCALES)))
    (written,) = generate(
        decoder.first,
        decoder,
        grammars,
        drawing_from_surprise(float(random.choice([0.0, 0.5, 1.0]))),
        [generator(seed, 0)],
        CountingWatch(),
    )
    assert written.token_count <= limit
    assert len(written.cells) == len(question.holes)
    cells = list(written.cells)
    for number, (rule, cell, problems) in enumerate(zip(rules, cells, written.problems)):
        kept = cell_laws.kept(question, rules, number)
        answered = cell_laws.answered(question, cells, number)
        found = cell_laws.breaches(rule, cell, kept, answered, problems)
        assert found == [], (seed, number, rule, cell, kept, answered, problems)
    return len(cells)


def test_no_rule_is_broken_by_scores_at_random() -> None:
    assert sum(check_generation(seed) for seed in range(2_000)) >= 2_000


@pytest.mark.slow
def test_no_rule_is_broken_by_scores_at_random_at_full_size() -> None:
    assert sum(check_generation(seed) for seed in range(2_000, 12_000)) >= 10_000


def grammar_of(*rules: Rules, budget: int = 4_000, context: Cell = ()) -> AnswerGrammar:
    """A grammar for one track: bars to answer, after a bar of context where there is one."""
    question = question_of(
        [rule.length for rule in rules], is_drums=rules[0].is_drums, context=context
    )
    return AnswerGrammar(AnswerRooms(question, rules), budget)


def write(grammar: AnswerGrammar, *tokens: int) -> AnswerGrammar:
    for token in tokens:
        assert grammar.allowed()[token], token
        grammar.push(token)
    return grammar


def written(rules: Rules, *tokens: int) -> Cell:
    return write(grammar_of(rules), *tokens, Special.END_OF_CELL).cells[0]


def names(*events: int | str) -> list[int]:
    """Tokens from words: 'P24', 'D6', 'N' for NEXT, a number for a pitch."""
    found = []
    for event in events:
        if isinstance(event, int):
            found.append(pitch_token(event, is_drum=False))
        elif event == "N":
            found.append(NEXT)
        elif event.startswith("D"):
            found.append(410 + DURATIONS.index(int(event[1:])))
        else:
            found.append(position_token(int(event[1:])))
    return found


# ------------------------------------------------------------ what is legal can be written


@pytest.mark.parametrize("seed", range(40))
def test_every_cell_that_is_legal_can_be_written_and_is_read_back(seed: int) -> None:
    random = np.random.default_rng(seed)
    is_drums = bool(seed % 2)
    cell = cell_laws.random_cell(random, 96, is_drums=is_drums)
    cell = cell_laws.without_restrikes(cell)
    rules = Rules(96, ANY_PITCH, is_drums, polyphony=8)
    tokens = encode(cell, 96, 12, is_drums=is_drums).tokens or (Special.EMPTY,)
    grammar = write(grammar_of(rules), *tokens, Special.END_OF_CELL)
    assert grammar.is_done
    if not is_drums:
        assert grammar.cells[0] == cell_laws.without_restrikes(decode(tokens, 96, 12))
    assert [note[:2] for note in grammar.cells[0]] == [note[:2] for note in cell]


def test_durations_and_velocities_are_written_only_when_they_change() -> None:
    grammar = write(grammar_of(Rules(96, ANY_PITCH)), *names("P0", "D24"))
    grammar = write(grammar, *names(60, "P24"))
    allowed = grammar.allowed()
    assert not allowed[names("D24")[0]]
    assert not allowed[475 + 12]
    assert allowed[475 + 11]


# ------------------------------------------------------------ room


def test_a_line_stays_monophonic() -> None:
    grammar = write(grammar_of(Rules(96, ANY_PITCH, polyphony=1)), *names("P0", "D24", 60))
    allowed = grammar.allowed()
    assert not allowed[names(59)[0]]
    assert not allowed[names("P23")[0]]
    assert allowed[names("P24")[0]]


def test_a_legato_line_may_overlap_as_far_as_it_does() -> None:
    rules = Rules(96, ANY_PITCH, polyphony=1, overlap=6)
    line = written(rules, *names("P0", "D30", 60, "P24", "D24", 62))
    assert [(note.onset, note.duration) for note in line] == [(0, 30), (24, 24)]
    assert not write(grammar_of(rules), *names("P0", "D30", 60)).allowed()[names("P23")[0]]


def test_a_note_until_the_next_gives_way_to_what_stands() -> None:
    rules = Rules(96, ANY_PITCH, polyphony=1, kept=(Kept(36, 48, 70),))
    assert written(rules, *names("P0", 60)) == (GridNote(0, 60, 36, 100),)


def test_what_stands_is_not_struck_again() -> None:
    rules = Rules(96, ANY_PITCH, kept=(Kept(-24, 12, 60), Kept(48, 60, 62)))
    grammar = write(grammar_of(rules), *names("P0"))
    assert not grammar.allowed()[names(60)[0]]
    assert grammar.allowed()[names(62)[0]]
    assert not write(grammar, *names("D60")).allowed()[names(62)[0]]


def test_no_note_rings_across_the_loop_point() -> None:
    rules = Rules(96, ANY_PITCH, latest_end=96)
    grammar = write(grammar_of(rules), *names("P72"))
    assert grammar.allowed()[names("D24")[0]]
    assert not grammar.allowed()[names("D26")[0]]


def test_an_answer_that_rings_into_the_next_bar_counts_there() -> None:
    rules = Rules(96, ANY_PITCH, polyphony=1)
    grammar = grammar_of(rules, rules)
    write(grammar, *names("P72", "D48", 60), Special.END_OF_CELL)
    allowed = grammar.allowed()
    assert not allowed[names("P23")[0]]
    assert allowed[names("P24")[0]]


def test_notes_that_must_come_keep_their_room() -> None:
    rules = Rules(96, ANY_PITCH, polyphony=1, least=4)
    grammar = grammar_of(rules)
    assert not grammar.allowed()[Special.EMPTY]
    assert not grammar.allowed()[names("P90")[0]]
    assert not write(grammar, *names("P0")).allowed()[names("D96")[0]]
    assert not write(grammar, *names(60)).allowed()[Special.END_OF_CELL]


def test_no_more_notes_than_may_be() -> None:
    grammar = write(grammar_of(Rules(96, ANY_PITCH, most=2)), *names("P0", 60, "P24", 62))
    assert np.flatnonzero(grammar.allowed()).tolist() == [Special.END_OF_CELL]


# ------------------------------------------------------------ locks


def test_a_kept_rhythm_leaves_only_the_pitches_open() -> None:
    steps = (RhythmStep(0, (24, 24), 12), RhythmStep(36, (60,), 3))
    grammar = grammar_of(Rules(96, frozenset(range(60, 72)), rhythm=steps))
    kinds = [*names("P0"), *names("D24"), None, None, *names("P36"), 475 + 3, *names("N"), None]
    for expected in kinds:
        allowed = np.flatnonzero(grammar.allowed()).tolist()
        token = allowed[-1] if expected is None else expected
        assert allowed == [token] if expected is not None else len(allowed) > 1
        grammar.push(token)
    grammar.push(Special.END_OF_CELL)
    cell = grammar.cells[0]
    assert [(note.onset, note.duration) for note in cell] == [(0, 24), (0, 24), (36, 60)]
    assert grammar.problems == [()]


def test_a_chord_of_a_kept_rhythm_leaves_pitches_for_all_its_notes() -> None:
    rules = Rules(96, frozenset((60, 64, 67)), rhythm=(RhythmStep(0, (96, 96, 96), 12),))
    grammar = write(grammar_of(rules), *names("P0"))
    assert np.flatnonzero(grammar.allowed()).tolist() == names(67)


def test_kept_pitches_come_in_their_order() -> None:
    grammar = grammar_of(Rules(96, ANY_PITCH, order=(60, 64, 62)))
    write(grammar, *names("P0", 60))
    assert not grammar.allowed()[names(64)[0]]
    write(grammar, *names("P24", 64))
    assert not grammar.allowed()[Special.END_OF_CELL]
    write(grammar, *names(62))
    assert np.flatnonzero(grammar.allowed()).tolist() == [Special.END_OF_CELL]


# ------------------------------------------------------------ copies


def test_a_bar_before_may_be_copied_whether_heard_or_answered() -> None:
    rules = Rules(96, ANY_PITCH, copies={-1: RIFF})
    grammar = grammar_of(rules, Rules(96, ANY_PITCH), context=RIFF)
    write(grammar, copy_token(-1), Special.END_OF_CELL, copy_token(-1), Special.END_OF_CELL)
    assert grammar.cells == [RIFF, RIFF]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(96, frozenset(range(60, 64))),
        Rules(96, ANY_PITCH, latest_end=72),
        Rules(96, ANY_PITCH, most=2),
        Rules(96, ANY_PITCH, least=4),
        Rules(96, ANY_PITCH, polyphony=1, kept=(Kept(90, 100, 40),)),
        Rules(96, ANY_PITCH, kept=(Kept(60, 100, 64),)),
        Rules(96, ANY_PITCH, kept=(Kept(20, 30, 62),)),
        Rules(96, ANY_PITCH, forbidden=(RIFF,)),
        Rules(96, ANY_PITCH, rhythm=(RhythmStep(0, (24,)),)),
        Rules(96, ANY_PITCH, order=(60, 62, 64)),
    ],
)
def test_a_copy_that_breaks_a_rule_is_not_offered(rules: Rules) -> None:
    assert grammar_of(Rules(96, ANY_PITCH, copies={-1: RIFF})).allowed()[copy_token(-1)]
    assert not grammar_of(replace(rules, copies={-1: RIFF})).allowed()[copy_token(-1)]


def test_a_copy_that_rings_where_the_next_bar_needs_room_is_not_offered() -> None:
    ringing = (GridNote(0, 60, 180, 100),)
    rules = Rules(96, ANY_PITCH, polyphony=1, copies={-1: ringing})
    assert grammar_of(rules, Rules(96, ANY_PITCH)).allowed()[copy_token(-1)]
    full = Rules(96, ANY_PITCH, polyphony=1, least=8)
    assert not grammar_of(rules, full).allowed()[copy_token(-1)]


def test_notes_leave_room_for_what_the_next_bar_needs() -> None:
    rules = Rules(96, ANY_PITCH, polyphony=1)
    rhythm = replace(rules, rhythm=(RhythmStep(24, (72,), 12),))
    grammar = write(grammar_of(rules, rhythm), *names("P72"))
    assert grammar.allowed()[names("D48")[0]]
    assert not grammar.allowed()[names("D52")[0]]


def test_bars_of_another_length_are_not_copied() -> None:
    rules = Rules(96, ANY_PITCH)
    grammar = grammar_of(rules, replace(rules, length=72))
    write(grammar, *names("P0", 60), Special.END_OF_CELL)
    assert not grammar.allowed()[copy_token(-1)]


def test_copies_can_be_left_out() -> None:
    rules = Rules(96, ANY_PITCH, copies=None)
    grammar = write(grammar_of(rules, rules), *names("P0", 60), Special.END_OF_CELL)
    assert not grammar.allowed()[copy_token(-1)]


# ------------------------------------------------------------ what must not come again


def test_a_forbidden_cell_does_not_come_however_much_the_network_wants_it() -> None:
    grammar = grammar_of(Rules(96, ANY_PITCH, forbidden=(RIFF,)))
    write(grammar, *names("P0", 60, "P24", 62, "P48"))
    assert not grammar.allowed()[names(64)[0]]
    assert grammar.allowed()[names(65)[0]]


def test_a_forbidden_cell_is_not_the_end_of_a_longer_one() -> None:
    rules = Rules(96, frozenset((60, 62, 64)), forbidden=(RIFF[:1],))
    assert not grammar_of(replace(rules, forbidden=((),))).allowed()[Special.EMPTY]
    alone = replace(rules, pitches=frozenset((60,)))
    grammar = write(grammar_of(alone), *names("P0", 60))
    assert not grammar.allowed()[Special.END_OF_CELL]


def test_a_forbidden_cell_comes_with_a_word_where_nothing_else_can() -> None:
    rules = Rules(1, frozenset((60,)), most=1, may_be_empty=False, forbidden=(RIFF[:1],))
    grammar = write(grammar_of(rules), *names("P0", 60), Special.END_OF_CELL)
    assert grammar.problems == [(cell_grammar.AGAIN,)]


def test_a_loop_that_the_source_has_not_is_left_the_surer_the_later_in_the_bar() -> None:
    rules = Rules(96, ANY_PITCH, longest_loop=2)
    grammar = grammar_of(rules, rules, rules)
    riff = encode(RIFF, 96, 12, is_drums=False).tokens
    write(grammar, *riff, Special.END_OF_CELL, copy_token(-1), Special.END_OF_CELL)
    bias = grammar.bias()
    assert bias is not None
    assert set(bias[[copy_token(-2), copy_token(-1)]].tolist()) == {-LOOP_PENALTY}
    losses = []
    for token in (*riff, Special.END_OF_CELL):
        bias = grammar.bias()
        assert bias is not None
        if token != NEXT and token not in DURATION_BLOCK:
            losses.append(float(bias[token]))
        if token != Special.END_OF_CELL:
            write(grammar, token)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == -LATE * LOOP_PENALTY


def test_what_left_a_loop_is_free_again() -> None:
    rules = Rules(96, ANY_PITCH, longest_loop=2)
    grammar = grammar_of(rules, rules, rules)
    riff = encode(RIFF, 96, 12, is_drums=False).tokens
    write(grammar, *riff, Special.END_OF_CELL, copy_token(-1), Special.END_OF_CELL)
    write(grammar, riff[0], *names(61))
    assert grammar.bias() is None


def test_discouraged_pitches_and_copies_lose_what_the_rules_say() -> None:
    rules = Rules(96, ANY_PITCH, discouraged=frozenset((61,)), discouragement=2.0, copy_penalty=1.0)
    bias = grammar_of(rules).bias()
    assert bias is not None
    assert bias[names(61)[0]] == -2.0
    assert bias[copy_token(4)] == -1.0
    assert bias[names(60)[0]] == 0.0


# ------------------------------------------------------------ rules that contradict each other


def test_a_range_of_one_note_with_polyphony_8_is_a_repeated_note() -> None:
    rules = Rules(96, frozenset((60,)), polyphony=8, least=3)
    line = written(rules, *names("P0", "D48", 60, "P24", 60, "P48", 60))
    assert [(note.onset, note.duration) for note in line] == [(0, 24), (24, 24), (48, 48)]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(96, frozenset(), least=4, may_be_empty=False),
        Rules(96, ANY_PITCH, most=0, may_be_empty=False, least=2),
        Rules(96, ANY_PITCH, latest_end=0, least=2),
        Rules(96, ANY_PITCH, polyphony=1, least=1, kept=(Kept(-10, 200, 60),)),
        Rules(96, frozenset((60,)), order=(61, 62)),
    ],
)
def test_a_cell_without_room_is_empty_and_says_why(rules: Rules) -> None:
    grammar = grammar_of(rules)
    assert np.flatnonzero(grammar.allowed()).tolist() == [Special.EMPTY]
    write(grammar, Special.EMPTY, Special.END_OF_CELL)
    assert grammar.cells == [()]
    assert grammar.problems[0] or rules.most == 0


def test_the_budget_is_enough_for_what_must_be_written() -> None:
    rules = Rules(96, ANY_PITCH, least=5)
    grammar = grammar_of(rules, rules, budget=1)
    while not grammar.is_done:
        allowed = np.flatnonzero(grammar.allowed()).tolist()
        grammar.push(allowed[-1])
    assert all(len(cell) >= 5 for cell in grammar.cells)
    assert grammar.left >= 0
