import numpy as np
import pytest

import tiny_songs
from reprise.errors import InvalidRequestError
from reprise.tokenizers.ensemble import layout
from reprise.tokenizers.ensemble.layout import Segment
from reprise.tokenizers.ensemble.vocabulary import Asked, Special
from reprise.training.examples import Example, ExampleSampler, ExampleSettings

SEGMENT = 6


def sampler(seed: int = 0, settings: ExampleSettings | None = None) -> ExampleSampler:
    return ExampleSampler(
        tiny_songs.corpus(), settings or ExampleSettings(), np.random.default_rng(seed)
    )


def segments(example: Example) -> list[int]:
    return [int(index) - layout.OFFSETS[SEGMENT] for index in example.features[:, SEGMENT]]


def is_same(left: Example, right: Example) -> bool:
    return (
        np.array_equal(left.features, right.features)
        and np.array_equal(left.tau, right.tau)
        and np.array_equal(left.weights, right.weights)
    )


def test_the_same_seed_gives_the_same_examples() -> None:
    first, second = sampler(3), sampler(3)

    assert all(is_same(first.draw(), second.draw()) for _ in range(30))


def test_a_sampler_goes_on_from_the_state_of_its_generator() -> None:
    stopped = sampler(1)
    for _ in range(20):
        stopped.draw()
    resumed = sampler(2)
    resumed.random.bit_generator.state = stopped.random.bit_generator.state

    assert all(is_same(stopped.draw(), resumed.draw()) for _ in range(20))


def test_all_tasks_are_drawn_about_as_often_as_they_should() -> None:
    own = sampler()
    tasks = [own.draw().task for _ in range(600)]

    for asked, share in own.settings.tasks.items():
        assert tasks.count(asked.name.lower()) / 600 == pytest.approx(share, abs=0.06)


def test_no_example_is_longer_than_allowed() -> None:
    own = sampler(0, ExampleSettings(longest=200))

    assert max(len(own.draw()) for _ in range(200)) <= 200


def test_a_token_counts_by_what_it_stands_for() -> None:
    own = sampler()
    for _ in range(100):
        example = own.draw()
        where = np.array(segments(example))
        before = np.arange(len(example)) < example.answer_start

        assert (example.weights[~before] == 1.0).all()
        assert (example.weights[where == Segment.HEADER] == 0.0).all()
        assert (
            example.weights[np.isin(where, (Segment.SOURCE, Segment.SECOND_SOURCE))] == 0.0
        ).all()
        assert set(example.weights[before].tolist()) <= {0.0, 0.25}


def test_answers_end_with_the_last_cell() -> None:
    own = sampler()
    for _ in range(50):
        example = own.draw()
        tokens = example.features[:, 0]

        assert tokens[example.answer_start - 1] == Special.ANSWER
        assert tokens[-1] == Special.END_OF_CELL
        assert example.answer_notes > 0


def test_pieces_of_other_splits_are_never_drawn() -> None:
    corpus = tiny_songs.corpus(
        tiny_songs.song(seed=0, kind="pop", split="train"),
        tiny_songs.song(seed=1, kind="melody", split="valid"),
        tiny_songs.song(seed=2, kind="piano", split="test"),
    )
    for settings, kind in (
        (ExampleSettings(split="train"), "pop"),
        (ExampleSettings(split="valid"), "melody"),
    ):
        own = ExampleSampler(corpus, settings, np.random.default_rng(0))

        assert {own.draw().kind for _ in range(60)} == {kind}


def test_a_split_without_pieces_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no piece in the split 'valid'"):
        sampler(0, ExampleSettings(split="valid"))


def test_pieces_that_are_all_but_silent_are_refused() -> None:
    corpus = tiny_songs.corpus(tiny_songs.piece([(0, 0, 0, 60, 24, 90)], 4))
    own = ExampleSampler(corpus, ExampleSettings(), np.random.default_rng(0))

    with pytest.raises(InvalidRequestError, match="too short or too empty"):
        own.draw()


def test_one_task_alone_may_be_trained() -> None:
    own = sampler(0, ExampleSettings(tasks={Asked.THEME: 1.0}))

    assert {own.draw().task for _ in range(20)} == {"theme"}
