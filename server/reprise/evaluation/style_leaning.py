"""Whether answers in the style of a corpus lean towards it, and whether they copy it.

The same questions are asked with and without the setting. What is written is held against the
passages of the corpus: how far is the nearest one, in rhythm and in pitch classes above the tonic
(for drums: in which drums are hit)? Far is 1.0, the same 0.0.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Final

import numpy as np

from reprise.engines.base import Candidate, Engine, Hole, Task, Verb
from reprise.engines.originality import CopyFinder
from reprise.engines.styles import key_of_task, nearest, shape_of_voice
from reprise.evaluation.asking import Asked, Progress, ask
from reprise.evaluation.slices import slice_at
from reprise.library.corpus_file import Piece
from reprise.library.own_style import PITCHES, RHYTHM, Floats, StyleIndex
from reprise.music.drums import is_drums
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.grid import grid_bars

VERBS: Final = (Verb.VARY, Verb.CONTINUE, Verb.REFILL, Verb.REDO, Verb.ACCOMPANY)
BARS: Final = 8
STRENGTH: Final = 0.5
FEWEST_NOTES: Final = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        rhythm, pitch: Distances to the nearest passage, 0.0-1.0.
        is_copy: Whether it repeats a distinctive passage of the corpus.
    """

    rhythm: float
    pitch: float
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Leaning:
    """What the setting did for one verb.

    Attributes:
        verb: The verb.
        drums: Whether drums were written.
        without, styled: Answers to the same questions, in order.
    """

    verb: Verb
    drums: bool
    without: tuple[Answer, ...]
    styled: tuple[Answer, ...]

    def change(self, what: str) -> tuple[float, float]:
        """Return the mean change of a distance, below 0 where it leans, and its standard error."""
        changes = [
            float(getattr(after, what)) - float(getattr(before, what))
            for before, after in zip(self.without, self.styled, strict=True)
        ]
        error = stdev(changes) / len(changes) ** 0.5 if len(changes) > 1 else 0.0
        return (fmean(changes) if changes else 0.0), error


def measure(
    engine: Engine,
    index: StyleIndex,
    finder: CopyFinder,
    pieces: Sequence[Piece],
    count: int,
    progress: Progress,
) -> Iterator[Leaning]:
    """Yield what the setting does, verb by verb, pitched parts and then drums.

    Args:
        engine: Who answers.
        index: Passages of the corpus.
        finder: Finds what of it is repeated.
        pieces: Where the questions are from; none of the corpus.
        count: Questions, at most, of each verb and kind.
        progress: Told how far it is.
    """
    kinds = [(verb, drums) for drums in (False, True) for verb in VERBS]
    for number, (verb, drums) in enumerate(kinds):
        progress(number / len(kinds), f"{verb}{' of drums' if drums else ''}")
        pairs: list[tuple[Answer, Answer]] = []
        for seed, task in enumerate(questions(pieces, verb, count, drums=drums)):
            style = nearest(index, task)
            pair = style and [
                _answer(engine, one, seed, index, finder)
                for one in (task, replace(task, style=style))
            ]
            if pair and pair[0] and pair[1]:
                pairs.append((pair[0], pair[1]))
        without, styled = zip(*pairs) if pairs else ((), ())
        yield Leaning(verb, drums, tuple(without), tuple(styled))


def questions(
    pieces: Sequence[Piece], verb: Verb, count: int, *, drums: bool, seed: int = 0
) -> Iterator[Task]:
    """Yield up to `count` tasks about eight bars each, one a piece, in the seed's order."""
    found = 0
    for piece in random.Random(seed).sample(pieces, len(pieces)):
        first = max(0, len(piece.grid_bars) // 2 - BARS)
        cut = slice_at(piece, first, BARS) if len(piece.grid_bars) >= BARS else None
        task = None if cut is None else _task(cut.score, verb, drums=drums)
        if task is not None and found < count:
            found += 1
            yield task


def _task(score: Score, verb: Verb, *, drums: bool) -> Task | None:
    """Return a task about the first voice of a kind with enough notes, None where there is none."""
    for number, voice in enumerate(score.voices):
        if is_drums(voice) == drums and len(voice.sounding) >= FEWEST_NOTES:
            others = (*score.voices[:number], *score.voices[number + 1 :])
            return _about(score, voice, others, verb)
    return None


def _about(score: Score, voice: Voice, others: tuple[Voice, ...], verb: Verb) -> Task | None:
    context = replace(score, voices=others)
    half = score.meter_map.bar_start(score.length / 2)
    whole, rest = score.span, Span(half, score.length)
    if verb == Verb.ACCOMPANY:
        source = replace(score, voices=(replace(voice, notes=()), *others))
        silence = replace(score, voices=())
        return Task(verb, source, silence, (Hole(0, whole),), score.length) if others else None
    if verb == Verb.CONTINUE:
        kept = tuple(note for note in voice.notes if note.end <= half)
        source = replace(score, voices=(replace(voice, notes=kept),), length=half)
        return Task(verb, source, context, (Hole(0, rest),), score.length) if kept else None
    source = replace(score, voices=(voice,))
    hole = Hole(0, rest if verb == Verb.REFILL else whole)
    return Task(verb, source, context, (hole,), score.length, strength=STRENGTH)


def _answer(
    engine: Engine, task: Task, seed: int, index: StyleIndex, finder: CopyFinder
) -> Answer | None:
    for candidate in ask(engine, Asked(task, seed=seed)).candidates[:1]:
        shape = _shape(task, candidate)
        if shape is not None:
            distances = _to_nearest(index, task, shape)
            return Answer(*distances, is_copy=finder.find(task, candidate).is_copy)
    return None


def _shape(task: Task, candidate: Candidate) -> Floats | None:
    number = task.holes[0].voice
    voice = replace(
        task.source.voices[number],
        notes=candidate.new_notes[number],
        is_drums=is_drums(task.source.voices[number]),
    )
    bars = grid_bars(task.source.meter_map, task.length)
    return shape_of_voice(voice, task.source.meter_map, bars, key_of_task(task))


def _to_nearest(index: StyleIndex, task: Task, shape: Floats) -> tuple[float, float]:
    meter = grid_bars(task.source.meter_map, task.length)[0].meter
    drums = is_drums(task.source.voices[task.holes[0].voice])
    beside = index.shapes[(index.told[:, 2] == drums) & (index.told[:, 3] == meter)]

    def nearest_in(part: slice) -> float:
        return float(np.abs(beside[:, part] - shape[part]).sum(axis=1).min() / 2)

    return nearest_in(RHYTHM), nearest_in(PITCHES)
