from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

import tiny_pieces
from reprise.evaluation.continuations import choices, network_cost, network_picks, picks, unheard
from reprise.evaluation.examples import Example, Pattern, examples
from reprise.evaluation.likelihood import Truth, network_bits, truth_of
from reprise.evaluation.loops import loop_examples, our_loops
from reprise.evaluation.players.ngram import SpelledCell
from reprise.evaluation.slices import of_kind
from reprise.tokenizers.ensemble import layout
from reprise.tokenizers.ensemble import vocabulary as words


class Uniform:
    """A network that finds everything equally likely, but for tokens that it likes."""

    def __init__(self, liked: dict[int, float] | None = None) -> None:
        self._row = np.zeros(words.SIZE, np.float32)
        for token, logit in (liked or {}).items():
            self._row[token] = logit

    def score(
        self, features: NDArray[np.integer], times: NDArray[np.float32], answer: int
    ) -> NDArray[np.float32]:
        assert len(features) == len(times) > answer
        return np.tile(self._row, (answer + 1, 1))


@dataclass(frozen=True)
class Believer:
    """Finds one truth cheap, or dear, and all others alike."""

    right: tuple[SpelledCell, ...]
    wanted: float

    def cost(self, truth: Truth) -> float:
        return self.wanted if truth.spelled == self.right else 0.5


def some_examples(pattern: Pattern = Pattern.HALF, count: int = 4) -> list[Example]:
    return examples(of_kind(tiny_pieces.corpus().pieces, "pop", 4, seed=0), pattern, count, seed=0)


def spelled_tokens(truth: Truth) -> int:
    return sum(len(cell.tokens) + (len(cell.tokens) > 1) for cell in truth.cells)


def test_a_network_that_knows_nothing_pays_for_every_token() -> None:
    for example in some_examples(Pattern.WHOLE_VOICE):
        truth = replace(truth_of(example), copies=((),) * len(truth_of(example).cells))

        bits = network_bits(Uniform(), truth)

        assert bits.total == pytest.approx(spelled_tokens(truth) * np.log2(words.SIZE))
        assert truth.note_count == sum(map(len, example.truth))


def test_the_kinds_of_tokens_add_up_to_all_of_them() -> None:
    truth = truth_of(some_examples()[0])

    bits = network_bits(Uniform(), truth)

    tokens = sum(len(cell.tokens) + 1 for cell in truth.cells)
    assert sum(bits.by_block.values()) == pytest.approx(tokens * np.log2(words.SIZE))
    assert {"position", "pitch", "duration"} <= bits.by_block.keys()


def test_counting_models_are_asked_about_the_same_tokens() -> None:
    truth = truth_of(some_examples()[0])

    for cell, spelled in zip(truth.cells, truth.spelled, strict=True):
        assert spelled.tokens[:-1] == cell.tokens


def test_no_prompt_knows_the_truth() -> None:
    for pattern in Pattern:
        for example in some_examples(pattern):
            blind = replace(example, truth=((),) * len(example.truth))
            mine, other = (
                layout.prompt(truth_of(example).question),
                layout.prompt(truth_of(blind).question),
            )
            assert (mine.features == other.features).all()
            assert (mine.times == other.times).all()


def test_a_repetition_can_be_said_as_a_copy_of_any_other_turn() -> None:
    example = loop_examples(our_loops(1, 1, seed=0), 1, seed=0)[0]

    truth = truth_of(example)

    for copies in truth.copies:
        assert len(copies) == 7


def test_a_network_that_copies_pays_next_to_nothing_for_a_loop() -> None:
    example = loop_examples(our_loops(1, 1, seed=0), 1, seed=0)[0]
    truth = truth_of(example)
    copier = Uniform(dict.fromkeys({token for c in truth.copies for token in c}, 30.0))

    assert network_bits(copier, truth).total == pytest.approx(0.0, abs=0.01)
    assert network_bits(Uniform(), truth).total > 10


def test_copies_of_what_is_not_answered_yet_are_none() -> None:
    loop = loop_examples(our_loops(1, 1, seed=0), 1, seed=0)[0]
    first = min(loop.hidden)
    twice = replace(loop, hidden=((first[0], 2), (first[0], 3)))

    early, late = truth_of(twice).copies

    offsets = [[words.copy_offset(token) for token in copies] for copies in (early, late)]
    assert 1 not in offsets[0], "bar 3 is hidden while bar 2 is answered"
    assert -1 in offsets[1], "bar 2 is answered before bar 3"


def test_the_true_continuation_is_told_among_strangers_by_what_it_costs() -> None:
    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 8, seed=0)
    found = choices(slices, 5, seed=0)

    assert found
    for choice in found:
        assert len({example.task.source for example in choice.examples}) == 1
        assert choice.examples[0].whole in [one.score for one in slices]
        right = truth_of(choice.examples[0]).spelled
        knowing = Believer(right, wanted=0.0)
        fooled = Believer(right, wanted=1.0)
        assert picks(choice, knowing.cost).above == 1.0
        assert picks(choice, fooled.cost).above == 0.0
        assert network_cost(Uniform())(truth_of(choice.examples[0])) > 1


def test_what_hearing_the_prompt_saves_leaves_the_way_to_go_on_as_it_is() -> None:
    slices = of_kind(tiny_pieces.corpus().pieces, "pop", 8, seed=0)
    (choice, *_) = choices(slices, 1, seed=0)
    truth = truth_of(choice.examples[0])
    alone = unheard(truth)

    assert alone.cells == truth.cells
    assert set(alone.question.window.cells) == set(truth.question.holes)
    for (bar, track), copies in zip(alone.question.holes, alone.copies):
        places = {(bar + words.copy_offset(token), track) for token in copies}
        assert places <= set(alone.question.holes)
    assert [part.below for part in network_picks(Uniform(), choice)] == [1.0, 1.0]
