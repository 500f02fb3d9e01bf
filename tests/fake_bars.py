"""Bar-by-bar networks that are sure of one thing, for tests of what asks them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.bar_model import BarMemory, BarQuestion
from reprise.tokenizers import rmvae

SURE = 30.0

Say = Callable[[int, NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
"""From a step 0..15 and what is heard (pitches, strikes), each writer's class, (B, V)."""


class SureModel:
    """Says the classes that a function returns, and remembers what it was asked.

    Attributes:
        questions: What it listened to.
        heard: Pitches that the writers heard at each step that they said something of.
    """

    bars = rmvae.HEARD_BARS + 1
    latent = 3

    def __init__(self, say: Say) -> None:
        self.questions: list[BarQuestion] = []
        self.heard: list[tuple[int, NDArray[np.int64]]] = []
        self._say = say

    def listen(self, question: BarQuestion) -> BarMemory:
        self.questions.append(question)
        nothing = np.zeros((len(question.pitches), rmvae.VOICE_COUNT, 1), np.float32)
        return BarMemory(nothing, nothing, nothing)

    def say(
        self, memory: BarMemory, place: int, pitches: NDArray[np.int64], strikes: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], BarMemory]:
        self.heard.append((place, pitches))
        classes = self._say(place, pitches, strikes)
        logits = np.full((*classes.shape, rmvae.CLASS_COUNT), -SURE, np.float32)
        np.put_along_axis(logits, classes[..., None], SURE, axis=-1)
        return logits, memory


def always(class_: int) -> Say:
    """Say one class at every step."""
    return lambda _place, pitches, _strikes: np.full(pitches.shape[:2], class_)


def on_beats(class_: int) -> Say:
    """Say one class on beats, and that it goes on between them."""
    return lambda place, pitches, _strikes: np.full(
        pitches.shape[:2], class_ if place % 4 == 0 else rmvae.CONTINUE
    )
