from collections.abc import Callable

import pytest

import tiny_pieces
from reprise.evaluation.examples import Example, Pattern, examples
from reprise.evaluation.infill_metrics import note_f1
from reprise.evaluation.loops import loop_examples, our_loops
from reprise.evaluation.players import baselines
from reprise.evaluation.players.baselines import Answer
from reprise.evaluation.players.learned_baselines import LearnedBaselines
from reprise.evaluation.slices import Slice, of_kind
from reprise.music.key import find_key

Baseline = Callable[[Example], Answer]

COPIES: tuple[Baseline, ...] = (
    baselines.previous_bar,
    baselines.nearest_bar,
    baselines.random_bar,
    baselines.best_context_bar,
)


def slices(split: str = "test") -> list[Slice]:
    pieces = tiny_pieces.corpus().pieces
    return of_kind(pieces, "pop", 8, seed=0, split="train" if split == "train" else "test")


@pytest.fixture(scope="module")
def learned() -> LearnedBaselines:
    return LearnedBaselines(slices("train"))


def f1(example: Example, answer: Answer) -> float:
    part = note_f1(example.truth, answer)
    return part.above / part.below


@pytest.mark.parametrize("copied", COPIES)
def test_a_one_bar_loop_is_copied_without_a_fault(copied: Baseline) -> None:
    for example in loop_examples(our_loops(5, 1, seed=0), 1, seed=0):
        assert f1(example, copied(example)) == 1.0


def test_the_oracle_is_never_beaten_by_another_copy() -> None:
    for pattern in Pattern:
        for example in examples(slices(), pattern, 4, seed=0):
            best = f1(example, baselines.best_context_bar(example))
            for copied in COPIES:
                assert f1(example, copied(example)) <= best + 1e-9


def test_copying_has_nothing_to_copy_where_a_whole_voice_is_hidden() -> None:
    for example in examples(slices(), Pattern.WHOLE_VOICE, 3, seed=0):
        for copied in COPIES:
            assert not any(copied(example))


def all_baselines(learned: LearnedBaselines) -> list[Baseline]:
    return [*COPIES, baselines.rules, learned.retrieval, learned.unigram, learned.ngram]


@pytest.mark.parametrize("pattern", list(Pattern))
def test_answers_lie_in_the_holes_and_are_in_order(
    pattern: Pattern, learned: LearnedBaselines
) -> None:
    for example in examples(slices(), pattern, 3, seed=0):
        for baseline in all_baselines(learned):
            answer = baseline(example)
            assert len(answer) == len(example.truth)
            for voice, notes in enumerate(answer):
                assert list(notes) == sorted(notes)
                for note in notes:
                    hole = example.task.hole_at(voice, note.start)
                    assert hole is not None
                    assert note.end <= hole.span.end + 1e-9


def test_only_the_oracle_looks_at_the_truth(learned: LearnedBaselines) -> None:
    for example in examples(slices(), Pattern.HALF, 3, seed=0):
        blind = Example(
            example.name,
            example.kind,
            example.song,
            example.pattern,
            example.task,
            example.hidden,
            ((),) * len(example.truth),
            example.roles,
        )
        for baseline in all_baselines(learned):
            if baseline is not baselines.best_context_bar:
                assert baseline(blind) == baseline(example)


def test_rules_stay_in_the_key_of_what_they_transform() -> None:
    seen = 0
    for example in examples(slices(), Pattern.HALF, 8, seed=0):
        pitched = [note for voice in example.task.source.voices[:2] for note in voice.sounding]
        key = find_key(pitched)
        if key is not None and all(key.contains(note.pitch) for note in pitched):
            seen += 1
            for notes in baselines.rules(example)[:2]:
                assert all(key.contains(note.pitch) for note in notes)
    assert seen


def test_retrieval_plays_a_training_song_that_it_hears_again() -> None:
    heard = slices("train")
    learned = LearnedBaselines(heard)

    for example in examples(heard, Pattern.LAST_TWO, 4, seed=0):
        assert f1(example, learned.retrieval(example)) > 0.6


def test_counting_writes_the_commonest_groove(learned: LearnedBaselines) -> None:
    for example in examples(slices(), Pattern.WHOLE_VOICE, 12, seed=0):
        (voice,) = {voice for voice, _ in example.hidden}
        if example.roles[voice] == 0:
            assert f1(example, learned.unigram(example)) == 1.0
            assert learned.ngram(example)[voice]


def test_random_bars_are_the_same_each_time() -> None:
    example = examples(slices(), Pattern.HALF, 1, seed=0)[0]

    assert baselines.random_bar(example) == baselines.random_bar(example)


def test_retrograde_twice_is_the_cell_again() -> None:
    grid = baselines.Known(examples(slices(), Pattern.HALF, 1, seed=0)[0]).grid
    cell = next(cell for cell in grid.cells[0] if cell)

    turned = baselines.retrograde(cell, 96)

    assert {note.pitch for note in turned} == {note.pitch for note in cell}
    assert baselines.retrograde(turned, 96) == cell
