"""Four-bar melodies to compare: people's own, and what a network or an engine makes of them.

A prompt is four bars that were never learned. A network continues them as the study did: it hears
63 sixteenths, says 65, and the first, which ends the prompt, is dropped. An engine is asked to
continue a clip of four bars by four.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reprise.engines.base import Hole, Task, Verb
from reprise.engines.sampling import Sampling, sample
from reprise.evaluation.asking import Asked, EngineSource, Progress, ask_all
from reprise.evaluation.melodies.melody_statistics import Line
from reprise.library.folk_tunes import Tune
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.runtime.token_model import WindowModel
from reprise.tokenizers import folk

BARS: Final = 4
BEATS: Final = 16.0
FEWEST_NOTES: Final = 3
AS_TRAINED: Final = Sampling(temperature=1.0, min_p=0.0, top_p=1.0)


@dataclass(frozen=True)
class FourBars:
    """Four bars of a tune.

    Attributes:
        name: Of the tune, and the bar.
        line: In C major or A minor, on the grid, from beat 0.
    """

    name: str
    line: tuple[Note, ...]


def four_bars_of(tunes: Sequence[Tune]) -> list[FourBars]:
    """Return every four bars of tunes that hold three notes or more, one bar after another."""
    return [found for tune in tunes for found in _windows(tune)]


def drawn(windows: Sequence[FourBars], count: int, seed: int) -> list[FourBars]:
    """Return some windows in a random order, all different; fewer where there are fewer."""
    order = np.random.default_rng(seed).permutation(len(windows))
    return [windows[index] for index in order[:count]]


def continued_by_network(
    model: WindowModel, encoding: folk.Encoding, prompts: Sequence[FourBars], seed: int
) -> list[tuple[Note, ...]]:
    """Return four bars after each prompt, drawn as the network says."""
    random = np.random.default_rng(seed)
    page = np.stack([encoding.encode(prompt.line, folk.WINDOW_STEPS) for prompt in prompts])
    page = page[:, : folk.HEARD_STEPS]
    for _ in range(folk.WINDOW_STEPS + 1):
        logits = model.logits(page[:, -folk.HEARD_STEPS :])
        said = [sample(row, AS_TRAINED, random) for row in logits]
        page = np.concatenate([page, np.array(said)[:, None]], axis=1)
    return [encoding.decode(row) for row in page[:, -folk.WINDOW_STEPS :]]


def continued_by_engine(
    source: EngineSource, prompts: Sequence[FourBars], seed: int, workers: int, progress: Progress
) -> list[tuple[Note, ...]]:
    """Return what an engine continues each prompt with, in four bars from beat 0.

    What it refuses is silence.
    """
    questions = [Asked(question(prompt), 1, seed + number) for number, prompt in enumerate(prompts)]
    answers = []
    for asked, told in zip(questions, ask_all(source, questions, workers)):
        answers.append(_after(told.new_notes(asked.task)[0]))
        progress(len(answers) / len(questions), "continuing melodies")
    return answers


def question(prompt: FourBars) -> Task:
    """Return the task of continuing a prompt by as much again."""
    source = Score((Voice("Tune", prompt.line, is_drums=False),), BEATS)
    hole = Hole(0, Span(BEATS, 2 * BEATS))
    return Task(Verb.CONTINUE, source, Score((), BEATS), (hole,), 2 * BEATS)


def _windows(tune: Tune) -> Iterator[FourBars]:
    line = tune.home_line
    for bar in range(round(tune.score.length / folk.STEPS_PER_BEAT) - BARS + 1):
        span = Span(4.0 * bar, 4.0 * bar + BEATS)
        inside = tuple(
            replace(
                note,
                start=note.start - span.start,
                duration=min(note.duration, span.end - note.start),
            )
            for note in line
            if span.contains(note.start)
        )
        if len(inside) >= FEWEST_NOTES:
            yield FourBars(f"{tune.name}, bar {bar + 1}", inside)


def _after(notes: Line) -> tuple[Note, ...]:
    """Return new notes as a line on the grid, four bars from beat 0."""
    moved = [replace(note, start=max(0.0, note.start - BEATS)) for note in notes]
    return folk.line_of(moved, folk.WINDOW_STEPS)
