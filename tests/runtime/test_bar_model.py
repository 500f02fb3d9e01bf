from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.runtime import onnx_runtime
from reprise.runtime.bar_model import BarQuestion, OnnxBarModel


@dataclass
class Entry:
    name: str
    shape: list[int | str]


class EchoSession:
    """A session that returns what it was fed, and numbers for what it was not."""

    def __init__(self) -> None:
        self.fed: list[dict[str, NDArray[Any]]] = []

    def get_inputs(self) -> list[onnx_runtime.Entry]:
        return [Entry("noise", [2, "batch", 9, 5])]

    def run(
        self, outputs: list[str], feed: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[np.float32]]:
        self.fed.append(dict(feed))
        return [
            np.full((2, 4, 3), number, np.float32)
            if name != "said"
            else np.ones((2, 4, 59), np.float32)
            for number, name in enumerate(outputs)
        ]


def question() -> BarQuestion:
    notes = np.zeros((2, 9, 4, 16), np.int64)
    voices = np.ones((2, 9, 4), np.float32)
    return BarQuestion(notes, notes, voices, voices, np.zeros((2, 2, 9, 5), np.float32))


def test_the_sizes_are_read_from_the_file() -> None:
    model = OnnxBarModel(EchoSession(), EchoSession())

    assert (model.bars, model.latent) == (9, 5)


def test_what_is_told_of_a_bar_stays_and_the_states_move_on() -> None:
    listen, write = EchoSession(), EchoSession()
    model = OnnxBarModel(listen, write)

    memory = model.listen(question())
    facts = np.zeros((2, 4, 4), np.int64)
    said, later = model.say(memory, 7, facts, facts)

    assert set(listen.fed[0]) == set(BarQuestion._fields)
    assert said.shape == (2, 4, 59)
    assert write.fed[0]["place"].tolist() == [7]
    assert (later.told == memory.told).all()
    assert (later.hidden == 1).all()
    assert (later.cell == 2).all()
