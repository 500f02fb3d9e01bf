from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tiny_songs
from reprise.errors import MissingDataError
from reprise.library.corpus_file import write_corpus
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.tokenizers.ensemble.vocabulary import Special
from reprise.training import batches
from reprise.training.batches import KINDS, Batch, BatchSettings, Feeder
from reprise.training.examples import Example, ExampleSampler, ExampleSettings


def settings(folder: Path) -> BatchSettings:
    path = folder / "córpus.npz"
    if not path.exists():
        write_corpus(path, tiny_songs.corpus())
    return BatchSettings(path, ExampleSettings(longest=400), tokens=700, head_size=8, seed=3)


def examples(count: int) -> list[Example]:
    sampler = ExampleSampler(tiny_songs.corpus(), ExampleSettings(), np.random.default_rng(0))
    return sorted((sampler.draw() for _ in range(count)), key=len)


def is_same(left: Batch, right: Batch) -> bool:
    return (
        np.array_equal(left.features, right.features)
        and np.array_equal(left.sines, right.sines)
        and np.array_equal(left.targets, right.targets)
        and np.array_equal(left.weights, right.weights)
    )


def first(source: BatchSettings, start: int, count: int, rank: int = 0) -> list[Batch]:
    stream = batches.batches(source, start, rank=rank)
    return [next(stream) for _ in range(count)]


def test_each_chosen_place_predicts_the_next_token_of_its_example() -> None:
    rows = examples(5)
    batch = batches.joined(rows, head_size=8)
    length = batch.features.shape[1]

    for place, target, weight in zip(batch.chosen, batch.targets, batch.weights, strict=True):
        row, token = divmod(int(place), length)
        assert rows[row].features[token + 1, 0] == target
        assert weight in (0.0, rows[row].weights[token + 1])


def test_every_weighted_token_is_predicted_once() -> None:
    rows = examples(7)

    batch = batches.joined(rows, head_size=8)

    chosen = batch.chosen[batch.weights > 0]
    assert len(set(chosen)) == len(chosen)
    assert len(chosen) == sum(int((row.weights[1:] > 0).sum()) for row in rows)
    assert batch.weights.sum() == sum(row.weights[1:].sum() for row in rows)
    assert batch.tokens == sum(len(row) for row in rows)


def test_the_angles_are_those_that_serving_turns_by() -> None:
    rows = examples(3)
    batch = batches.joined(rows, head_size=16)

    for row, example in enumerate(rows):
        angles = layout.angles(np.arange(len(example)), example.tau, 16)
        assert np.allclose(batch.cosines[row, : len(example)], np.cos(angles), atol=1e-6)
        assert np.allclose(batch.sines[row, : len(example)], np.sin(angles), atol=1e-6)


def test_batches_have_about_as_many_tokens_as_asked_and_little_padding(tmp_path: Path) -> None:
    found = first(settings(tmp_path), 0, batches.BATCHES_TOGETHER)

    tokens = [batch.tokens for batch in found]
    room = [batch.features.shape[0] * batch.features.shape[1] for batch in found]
    assert all(batch.features.shape[1] % batches.PADDED_TO == 0 for batch in found)
    assert max(room) <= 700
    assert sum(tokens) > 0.6 * sum(room)


def test_batches_of_one_length_have_one_shape(tmp_path: Path) -> None:
    shapes = {batch.features.shape[:2] for batch in first(settings(tmp_path), 0, 40)}

    assert len(shapes) == len({length for _, length in shapes})


@pytest.mark.parametrize("start", [1, 15, 16, 21])
def test_a_batch_is_the_same_wherever_a_run_goes_on(tmp_path: Path, start: int) -> None:
    source = settings(tmp_path)
    whole = first(source, 0, start + 2)

    assert all(map(is_same, whole[start:], first(source, start, 2)))


def test_each_process_of_a_team_gets_batches_of_its_own(tmp_path: Path) -> None:
    source = settings(tmp_path)

    assert not is_same(first(source, 0, 1, rank=0)[0], first(source, 0, 1, rank=1)[0])


def test_the_batches_to_validate_on_are_always_the_same(tmp_path: Path) -> None:
    source = settings(tmp_path)

    once, again = (batches.fixed_batches(source, 20) for _ in range(2))

    sequences = [row for batch in once for row in batch.features if row.any()]
    assert len(sequences) == 20
    assert all(map(is_same, once, again))


@pytest.mark.parametrize("count", [1, 50])
def test_no_group_of_examples_is_empty_and_none_is_lost(count: int) -> None:
    rows = examples(count)[::-1]

    groups = batches.grouped(rows, 700)

    assert all(groups)
    assert [id(row) for group in groups for row in group] == [id(row) for row in rows]


def test_every_token_of_an_answer_has_a_kind_of_its_own() -> None:
    kinds = batches.kinds_of_tokens()

    assert KINDS[kinds[vocabulary.pitch_token(60, is_drum=False)]] == "pitch"
    assert KINDS[kinds[vocabulary.pitch_token(36, is_drum=True)]] == "pitch"
    assert KINDS[kinds[vocabulary.NEXT]] == "duration"
    assert KINDS[kinds[vocabulary.copy_token(-16)]] == "copy"
    assert KINDS[kinds[vocabulary.copy_token(16)]] == "copy"
    assert KINDS[kinds[Special.END_OF_CELL]] == "end"
    assert KINDS[kinds[Special.BOS]] == "other"


@pytest.mark.parametrize("workers", [1, 2])
def test_other_processes_build_the_same_batches(tmp_path: Path, workers: int) -> None:
    source = settings(tmp_path)

    with Feeder(replace(source, workers=workers), 14) as feeder:
        found = [feeder.next() for _ in range(20)]

    assert all(map(is_same, found, first(source, 14, 20)))


def test_what_goes_wrong_in_the_other_process_is_said_here(tmp_path: Path) -> None:
    source = BatchSettings(tmp_path / "none.npz", ExampleSettings(), 700, 8, 0)

    with Feeder(source, 0) as feeder, pytest.raises(MissingDataError, match="no corpus"):
        feeder.next()
