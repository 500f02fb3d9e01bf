"""What every runtime of the ensemble network promises, and that they agree."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import tiny_ensembles
from reprise.runtime.ensemble_files import open_ensemble, read_settings
from reprise.runtime.ensemble_model import CHUNK, EnsembleModel, Floats
from reprise.runtime.ensemble_numpy import open_numpy
from reprise.training.ensemble_graphs import Precision
from tiny_ensembles import Tokens

pytestmark = pytest.mark.torch

Opened = Callable[[], EnsembleModel]
PROMPT = 2 * CHUNK + 30
STEPS = 200


def opened_numpy(folder: Path) -> EnsembleModel:
    shape, _, decode = read_settings(folder)
    return open_numpy(shape, decode)


@pytest.fixture(scope="module", params=["onnx fp32", "onnx int8", "onnx int4", "numpy fp32"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Return what opens the same weights afresh, with an empty memory."""
    runtime, precision = request.param.split()
    folder = tiny_ensembles.write(tmp_path_factory.mktemp("model"), Precision(precision))
    opener = opened_numpy if runtime == "numpy" else open_ensemble
    return lambda: opener(folder)


def written(
    model: EnsembleModel, prompt: Tokens, answers: list[Tokens], at_once: int = 1
) -> Floats:
    """Return the logits (B, n, V) of several answers to one prompt."""
    features = np.stack([rows for rows, _ in answers])
    times = np.stack([moments for _, moments in answers])
    decoder = model.decoder(model.prefill(*prompt), len(answers), times.shape[1])
    steps = range(0, times.shape[1], at_once)
    found = [
        decoder.step(features[:, start : start + at_once], times[:, start : start + at_once])
        for start in steps
    ]
    return np.concatenate(found, axis=1)


def test_a_candidate_alone_is_the_same_in_every_bit_as_among_others(opened: Opened) -> None:
    prompt = tiny_ensembles.tokens(PROMPT)
    answers = [tiny_ensembles.tokens(80, seed) for seed in range(1, 9)]

    alone = written(opened(), prompt, answers[:1])
    for together in (2, 3, 4, 8):
        assert np.array_equal(written(opened(), prompt, answers[:together])[0], alone[0])


def test_a_candidate_does_not_hear_its_place_among_the_others(opened: Opened) -> None:
    prompt = tiny_ensembles.tokens(100)
    answers = [tiny_ensembles.tokens(70, seed) for seed in range(4)]

    one_way, other_way = (written(opened(), prompt, order) for order in (answers, answers[::-1]))

    assert np.array_equal(one_way, other_way[::-1])


@pytest.mark.parametrize("common", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, PROMPT - 1, PROMPT])
def test_a_prompt_is_the_same_in_every_bit_after_one_like_it(opened: Opened, common: int) -> None:
    prompt = tiny_ensembles.tokens(PROMPT)
    other = tiny_ensembles.tokens(PROMPT + 70, seed=1)
    other[0][:common], other[1][:common] = prompt[0][:common], prompt[1][:common]
    answer = [tiny_ensembles.tokens(20, seed=2)]
    warm = opened()
    warm.prefill(*other)

    assert np.array_equal(warm.prefill(*prompt).logits, opened().prefill(*prompt).logits)
    assert np.array_equal(written(warm, prompt, answer), written(opened(), prompt, answer))


def test_the_same_prompt_again_is_not_read_again(opened: Opened) -> None:
    model, prompt = opened(), tiny_ensembles.tokens(PROMPT)
    assert model.prefill(*prompt) is model.prefill(*prompt)


def test_a_prompt_that_differs_in_time_alone_is_another(opened: Opened) -> None:
    model, (features, times) = opened(), tiny_ensembles.tokens(40)
    later = times.copy()
    later[20:] += 0.5
    assert not np.array_equal(
        model.prefill(features, times).logits, model.prefill(features, later).logits
    )


def test_writing_does_not_change_the_prompt(opened: Opened) -> None:
    model, prompt = opened(), tiny_ensembles.tokens(150)
    answers = [tiny_ensembles.tokens(30, seed) for seed in (1, 2)]

    first, second = written(model, prompt, answers), written(model, prompt, answers)

    assert np.array_equal(first, second)


def test_two_requests_at_once_do_not_disturb_each_other(opened: Opened) -> None:
    model = opened()
    prompts = [tiny_ensembles.tokens(PROMPT, seed) for seed in range(2)]
    answers = [tiny_ensembles.tokens(60, seed) for seed in (5, 6)]
    together: dict[int, Floats] = {}

    def ask(number: int) -> None:
        together[number] = written(model, prompts[number], answers)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number in range(2):
        assert np.array_equal(together[number], written(opened(), prompts[number], answers))


def test_several_tokens_in_one_step_say_what_single_ones_say(opened: Opened) -> None:
    prompt, answer = tiny_ensembles.tokens(50), tiny_ensembles.tokens(90, seed=1)

    one_by_one = written(opened(), prompt, [answer, answer])
    in_sevens = written(opened(), prompt, [answer, answer], at_once=7)

    assert np.abs(one_by_one - in_sevens).max() < 1e-3


def test_the_score_of_a_sequence_is_what_writing_it_says(opened: Opened) -> None:
    features, times = tiny_ensembles.tokens(PROMPT)
    start = PROMPT - 90
    prompt, answer = (features[:start], times[:start]), (features[start:], times[start:])

    scores = opened().score(features, times, 90)

    model = opened()
    step_by_step = written(model, prompt, [answer])[0]
    assert scores.shape == (91, tiny_ensembles.shape().tokens)
    assert np.array_equal(scores[0], model.prefill(*prompt).logits)
    assert np.abs(scores[1:] - step_by_step).max() < 1e-3


def test_the_score_of_nothing_is_what_follows_the_sequence(opened: Opened) -> None:
    tokens = tiny_ensembles.tokens(60)
    assert np.array_equal(opened().score(*tokens, 0)[0], opened().prefill(*tokens).logits)


def test_a_prompt_of_one_token_is_enough(opened: Opened) -> None:
    prompt, answer = tiny_ensembles.tokens(1), tiny_ensembles.tokens(5, seed=1)
    assert np.isfinite(written(opened(), prompt, [answer])).all()


def test_more_tokens_than_asked_for_are_refused(opened: Opened) -> None:
    model = opened()
    decoder = model.decoder(model.prefill(*tiny_ensembles.tokens(10)), 1, 3)
    features, times = tiny_ensembles.tokens(4)

    with pytest.raises(ValueError, match="opened for 3 tokens, got 4"):
        decoder.step(features[None], times[None])


def test_onnx_runtime_and_numpy_agree_over_a_long_answer(tmp_path: Path) -> None:
    folder = tiny_ensembles.write(tmp_path)
    prompt, answer = tiny_ensembles.tokens(PROMPT), tiny_ensembles.tokens(STEPS, seed=1)

    one, other = (
        written(model, prompt, [answer, answer])
        for model in (open_ensemble(folder), opened_numpy(folder))
    )

    assert np.abs(one - other).max() < 1e-3
