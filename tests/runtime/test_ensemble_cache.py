import numpy as np
import pytest
from numpy.typing import NDArray

from reprise.runtime.ensemble_cache import PromptReader, ReadPrompt
from reprise.runtime.ensemble_model import CHUNK, EnsembleShape, Floats

SHAPE = EnsembleShape(4, 1, 1, 1, 4, 4, 10, 10, (0.0, 0.0), (0.0, 0.0))


class Reading:
    """Reads chunks without a network and remembers which."""

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []

    def __call__(
        self, prompt: ReadPrompt, features: NDArray[np.int64], times: Floats
    ) -> ReadPrompt:
        self.read.append((prompt.length, len(times)))
        memory = [np.zeros((1, len(times), 4), np.float32)]
        return prompt.longer(features, times, (memory, memory), np.zeros(10, np.float32))


def tokens(*parts: int) -> tuple[NDArray[np.int64], Floats]:
    """Return so many tokens of a first kind, then so many of a second, and so on."""
    kinds = np.repeat(np.arange(len(parts)), parts)
    return np.stack([kinds, kinds], axis=1), np.arange(len(kinds), dtype=np.float32)


def test_a_prompt_is_read_in_chunks_from_its_start() -> None:
    reading = Reading()
    PromptReader(SHAPE, reading).read(*tokens(2 * CHUNK + 5))
    assert reading.read == [(0, CHUNK), (CHUNK, CHUNK), (2 * CHUNK, 5)]


def test_only_what_changed_is_read_again() -> None:
    reading = Reading()
    reader = PromptReader(SHAPE, reading)
    reader.read(*tokens(2 * CHUNK + 5))
    reading.read.clear()

    reader.read(*tokens(CHUNK + 3, CHUNK))

    assert reading.read == [(CHUNK, CHUNK), (2 * CHUNK, 3)]


def test_nothing_is_read_twice() -> None:
    reading = Reading()
    reader = PromptReader(SHAPE, reading)
    first = reader.read(*tokens(CHUNK + 5))
    reading.read.clear()

    assert reader.read(*tokens(CHUNK + 5)) is first
    assert reading.read == []


def test_the_beginning_of_a_known_prompt_is_read_from_its_last_whole_chunk() -> None:
    reading = Reading()
    reader = PromptReader(SHAPE, reading)
    reader.read(*tokens(2 * CHUNK))
    reading.read.clear()

    reader.read(*tokens(CHUNK + 20))

    assert reading.read == [(CHUNK, 20)]


@pytest.mark.parametrize(("kept", "again"), [(1000, []), (300, [(0, 100)])])
def test_the_oldest_prompts_are_forgotten_when_they_grow_too_many(
    kept: int, again: list[tuple[int, int]]
) -> None:
    reading = Reading()
    reader = PromptReader(SHAPE, reading, bytes_kept=kept * SHAPE.bytes_a_token)
    for number in range(4):
        reader.read(*tokens(*[0] * number, 100))
    reading.read.clear()

    reader.read(*tokens(100))

    assert reading.read == again


def test_reading_stops_between_two_chunks() -> None:
    reading = Reading()

    def stop_after_two() -> None:
        if len(reading.read) == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        PromptReader(SHAPE, reading).read(*tokens(5 * CHUNK), stop_after_two)
    assert len(reading.read) == 2
