"""The theme runtime: what is put where in the cache, and what may be heard of it."""

import numpy as np
import pytest

import tiny_themes
from reprise.runtime.theme_model import CHUNK, ThemeModel

CONTEXT = 100


def opened() -> tuple[tiny_themes.FakeStep, ThemeModel]:
    step = tiny_themes.FakeStep()
    return step, ThemeModel(step, tiny_themes.FakeRead(), context=CONTEXT)


def numbered(rows: int, count: int) -> np.typing.NDArray[np.int64]:
    return np.arange(1, rows * count + 1).reshape(rows, count)


def test_what_was_read_stands_in_the_cache_in_its_order() -> None:
    step, model = opened()
    writer = model.open(numbered(2, 3))
    prompt = numbered(2, 70)
    writer.restart(prompt, np.zeros_like(prompt), np.array([70, 70]))
    writer.step(np.array([7, 8]), np.array([0, 0]))
    writer.step(np.array([1, 1]), np.array([0, 0]))
    cached = step.feeds[-1]["values_0"][:, 0, :71, 0]
    assert (cached == np.concatenate([prompt, [[7], [8]]], axis=1)).all()
    assert (step.feeds[-1]["keys_0"][:, 0, 0, :71] == cached).all()


def test_a_long_prompt_is_read_in_chunks() -> None:
    step, model = opened()
    prompt = numbered(2, CHUNK + 6)
    model.open(numbered(2, 3)).restart(prompt, np.zeros_like(prompt), np.array([70, 70]))
    assert [feed["tokens"].shape[1] for feed in step.feeds] == [CHUNK, 6]


def test_a_row_hears_none_of_what_fills_it_up_and_counts_its_places_from_its_own_start() -> None:
    step, model = opened()
    writer = model.open(numbered(2, 3))
    prompt = numbered(2, 10)
    writer.restart(prompt, np.zeros_like(prompt), np.array([10, 4]))
    writer.step(np.array([7, 8]), np.array([0, 0]))
    feed = step.feeds[-1]
    assert feed["places"].tolist() == [[10], [4]]
    assert feed["is_heard"][:, :CONTEXT].sum(axis=1).tolist() == [10, 4]
    assert feed["is_heard"][:, CONTEXT:].all()
    assert not step.feeds[0]["is_heard"][1, CONTEXT : CONTEXT + 6].any()


def test_a_fresh_start_forgets_everything() -> None:
    step, model = opened()
    writer = model.open(numbered(2, 3))
    prompt = numbered(2, 10)
    writer.restart(prompt, np.zeros_like(prompt), np.array([10, 10]))
    writer.restart(prompt[:, :2], np.zeros((2, 2), np.int64), np.array([2, 2]))
    assert not step.feeds[-1]["is_heard"][:, :CONTEXT].any()
    assert writer.room == CONTEXT - 2


def test_no_more_is_read_than_there_is_room_for() -> None:
    _, model = opened()
    writer = model.open(numbered(2, 3))
    prompt = numbered(2, CONTEXT)
    writer.restart(prompt, np.zeros_like(prompt), np.array([CONTEXT, CONTEXT]))
    assert writer.room == 0
    with pytest.raises(ValueError, match="fit"):
        writer.step(np.array([1, 1]), np.array([0, 0]))


def test_the_theme_is_read_once_and_given_at_every_step() -> None:
    step, model = opened()
    themes = numbered(2, 3)
    writer = model.open(themes)
    prompt = numbered(2, 2)
    writer.restart(prompt, prompt, np.array([2, 2]))
    writer.step(np.array([1, 1]), np.array([5, 0]))
    assert (step.feeds[-1]["theme_keys_0"][:, 0, :, 0] == themes).all()
    assert step.feeds[-1]["theme_places"].tolist() == [[5], [0]]


def test_a_network_without_a_theme_is_given_none() -> None:
    step = tiny_themes.FakeStep(takes_theme=False)
    writer = ThemeModel(step, None, context=CONTEXT).open(numbered(2, 3))
    prompt = numbered(2, 2)
    writer.restart(prompt, prompt, np.array([2, 2]))
    assert not {"theme", "theme_places"} & step.feeds[-1].keys()
