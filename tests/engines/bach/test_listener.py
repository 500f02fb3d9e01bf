from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

import tiny_chorales
from reprise.engines.bach.listener import WINDOW, Listener, window_start
from reprise.tokenizers import chorale


class Expects:
    """A token model that expects the class one above the one that it has read last."""

    def __init__(self) -> None:
        self.length = 0
        self.heard: list[int] = []

    def prefill(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        self.length = 0
        self.heard = []
        return np.stack([self.step(features[:, index]) for index in range(features.shape[1])], 1)

    def step(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        self.length += 1
        self.heard.append(int(features[0, 0]))
        logits = np.zeros((1, chorale.CLASS_COUNT), np.float32)
        logits[0, (self.heard[-1] + 1) % chorale.CLASS_COUNT] = 9.0
        return logits

    def fork(self) -> Self:
        twin = type(self)()
        twin.length, twin.heard = self.length, [*self.heard]
        return twin


NOBODY = np.full(chorale.VOICE_COUNT, chorale.UNKNOWN)


def test_windows_begin_at_multiples_of_half_a_window_and_leave_room() -> None:
    for step in range(200):
        first = window_start(step)
        assert first % 16 == 0
        assert min(step, 16) <= step - first < WINDOW


def test_what_was_heard_decides_what_is_expected() -> None:
    listener = Listener(Expects())

    listener.hear(tiny_chorales.chorale_grid(steps=4), 0)
    listener.place(20)

    assert listener.scores(NOBODY).argmax() == 21
    assert np.exp(listener.scores(NOBODY)).sum() == pytest.approx(1.0)


def test_where_nothing_was_heard_a_first_note_goes_with_what_sounds() -> None:
    listener = Listener(Expects())
    row = np.array([chorale.UNKNOWN, chorale.UNKNOWN, chorale.UNKNOWN, 13])

    scores = listener.scores(row)

    assert {int(class_) % 12 for class_ in np.flatnonzero(scores == scores.max())} == {1}
    assert np.isclose(np.exp(listener.scores(NOBODY)), 1 / chorale.CLASS_COUNT).all()


def test_a_first_cell_forgets_what_an_earlier_window_said() -> None:
    model = Expects()
    listener = Listener(model)
    listener.hear(tiny_chorales.chorale_grid(steps=4), 0)

    listener.hear(np.zeros((0, 4), np.int64), 16)
    listener.place(5)

    assert model.heard == [5]
    assert listener.first == 16


def test_forked_listeners_hear_different_things() -> None:
    listener = Listener(Expects())
    listener.hear(tiny_chorales.chorale_grid(steps=4), 0)
    twin = listener.fork()

    twin.place(30)
    listener.place(10)

    assert listener.scores(NOBODY).argmax() == 11
    assert twin.scores(NOBODY).argmax() == 31
