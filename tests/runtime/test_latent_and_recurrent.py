from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.latent_model import OnnxLatentModel
from reprise.runtime.onnx_runtime import Entry
from reprise.runtime.recurrent_model import OnnxRecurrentModel


@dataclass
class Input:
    name: str
    shape: list[int | str]


class Adding:
    """A session of a network whose memory adds up what it has read."""

    def get_inputs(self) -> list[Entry]:
        return [Input("features", ["batch", "new", 1]), Input("memory", [2, "batch", 3])]

    def run(
        self, _outputs: list[str], feed: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[np.float32]]:
        memory = feed["memory"] + feed["features"].sum()
        logits = np.broadcast_to(memory[:1, :, :1], (*feed["features"].shape[:2], 1))
        return [logits.astype(np.float32), 2 * logits.astype(np.float32), memory]


class Doubling:
    """A session that answers with what it is given, and with twice of it."""

    def get_inputs(self) -> list[Entry]:
        return []

    def run(
        self, outputs: list[str], feed: Mapping[str, NDArray[Any]]
    ) -> list[NDArray[np.float32]]:
        (given,) = feed.values()
        assert given.flags["C_CONTIGUOUS"]
        return [(number + 1) * given.astype(np.float32) for number in range(len(outputs))]


def test_a_recurrent_network_remembers_until_it_is_told_to_forget() -> None:
    model = OnnxRecurrentModel(Adding())
    two = np.full((1, 1, 1), 2)
    assert model.read(two)[0].item() == 2.0
    assert model.read(two)[1].item() == 8.0
    model.forget()
    assert model.read(two)[0].item() == 2.0


def test_a_fork_goes_its_own_way() -> None:
    model = OnnxRecurrentModel(Adding())
    model.read(np.full((1, 1, 1), 5))
    twin = model.fork()
    twin.read(np.full((1, 1, 1), 7))
    assert model.read(np.full((1, 1, 1), 1))[0].item() == 6.0


def test_both_networks_of_an_autoencoder_are_asked() -> None:
    model = OnnxLatentModel(Doubling(), Doubling())
    window = np.ones((1, 4, 2), np.int64)[:, ::2]
    mean, spread = model.encode(window)
    assert (spread == 2 * mean).all()
    chords, durations = model.decode(np.ones((1, 3), np.float32))
    assert (durations == 2 * chords).all()
