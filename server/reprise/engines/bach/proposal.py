"""One continuation: what was heard before it, the rows that are written, and their notes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reprise.engines.bach.listener import SHIFT, Listener, window_start
from reprise.engines.bach.writer import Writer
from reprise.engines.base import Candidate, Watch
from reprise.engines.choir.answers import (
    bar_ends,
    first_open_step,
    gathered,
    notes_of_bar,
    sung_notes,
)
from reprise.engines.choir.grid import Arrangement
from reprise.engines.sampling import Sampling, generator
from reprise.music.note import Note
from reprise.runtime.token_model import TokenModel
from reprise.tokenizers import chorale

COLD, MEDIUM, HOT = (0.0, 0.8), (0.5, 1.0), (1.0, 1.5)
"""Surprise and temperature: the three of the notebook. At 0 a network holds its notes for ever."""


def sampling_at(surprise: float) -> Sampling:
    """Return how to draw at a surprise of 0.0-1.0: cold, medium, hot, and what lies between."""
    surprises, temperatures = zip(COLD, MEDIUM, HOT, strict=True)
    temperature = float(np.interp(surprise, surprises, temperatures))
    return Sampling(temperature, min_p=0.0, top_p=1.0)


@dataclass(frozen=True)
class Prompt:
    """What was heard before the part that is written.

    Attributes:
        arrangement: The task, with what nobody sings imagined up to `start`.
        listener: Has heard it.
        start: The first step to write.
    """

    arrangement: Arrangement
    listener: Listener
    start: int


def heard(arrangement: Arrangement, model: TokenModel, watch: Watch) -> Prompt:
    """Return a task as the network hears it; voices that nobody sings it imagines."""
    start = first_open_step(arrangement)
    first = _first_heard(arrangement.grid, start)
    listener = Listener(model)
    rows = arrangement.grid[first:start]
    if (rows != chorale.UNKNOWN).all() and len(rows) <= 2 * SHIFT:
        listener.hear(rows, first)
        return Prompt(arrangement, listener, start)
    listener.hear(rows[:0], first)
    random = generator(0, 0)
    writer = Writer(arrangement, listener, sampling_at(COLD[0]), random, watch)
    for _ in writer.write(first, start):
        pass
    return Prompt(replace(arrangement, grid=writer.grid), listener, start)


def _first_heard(grid: chorale.Grid, start: int) -> int:
    """Return the first step to hear: of the last 16 to 31, or where music last was before."""
    sounding = np.flatnonzero((grid[:start] != chorale.UNKNOWN).any(axis=1))
    if len(sounding) == 0:
        return start
    first = min(window_start(start), int(sounding[-1]) // SHIFT * SHIFT)
    return int(sounding[sounding >= first][0])


def proposal(
    prompt: Prompt, sampling: Sampling, random: np.random.Generator, watch: Watch, index: int
) -> Candidate:
    """Write and return one continuation.

    Args:
        prompt: What was heard.
        sampling: How adventurously.
        random: Decides the notes.
        watch: Is shown every bar that stands.
        index: The answer's number, for `watch`.
    """
    arrangement, task = prompt.arrangement, prompt.arrangement.task
    writer = Writer(arrangement, prompt.listener.fork(), sampling, random, watch)

    def voices() -> Iterator[list[Note]]:
        for voice in range(len(task.source.voices)):
            yield sung_notes(arrangement, voice, writer.grid, writer.written)

    ends = bar_ends(arrangement)
    pace = max(arrangement.pace, _finest_pace(arrangement))
    for step in writer.write(prompt.start, arrangement.steps, pace):
        if step + 1 in ends:
            number = ends[step + 1]
            watch.bar(index, number, notes_of_bar(task, number, voices()))
    return gathered(arrangement, frozenset(), list(voices()), writer.log_chances)


def _finest_pace(arrangement: Arrangement) -> int:
    """Return the steps between changes: 1 where music in 16ths is heard, else 2.

    A hot network changes some note at every step, whatever it has heard.
    """
    starts = [note.start for line in arrangement.lines.values() for _, note in line.notes]
    return 1 if any(round(start * chorale.STEPS_PER_BEAT) % 2 for start in starts) else 2
