"""How likely the truth is to a network: bits a note, beside counting models on the same tokens.

A network may say a cell that stands elsewhere in its context as a copy. What it gives to the truth
is then the sum over both ways of saying it. Two histories are tried, one in which everything is
spelled out and one in which everything that can be is a copy, each with half the weight, so that
what comes out is a probability.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reprise.evaluation.cell_grid import Place
from reprise.evaluation.examples import Example, Pattern
from reprise.evaluation.players.ngram import SpelledCell
from reprise.evaluation.spelling import Spelling, spelling_of
from reprise.evaluation.statistics import Part
from reprise.music.score import Score
from reprise.runtime.ensemble_model import Features
from reprise.runtime.ensemble_model import Floats as Logits
from reprise.tokenizers.ensemble import layout
from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import CellTokens, encode
from reprise.tokenizers.ensemble.layout import Question
from reprise.tokenizers.ensemble.vocabulary import MAX_COPY, Asked, Special
from reprise.tokenizers.ensemble.window import Track, Window

Floats = NDArray[np.float64]

_ASKED: Mapping[str, Asked] = {
    Pattern.WHOLE_VOICE: Asked.TRACK,
    Pattern.VOICE_BUT_ONE_BAR: Asked.TRACK,
    Pattern.LAST_TWO: Asked.CONTINUE,
}
"""What each pattern is to the network; all others are infilling."""

BLOCKS = (
    ("position", (words.POSITIONS,)),
    ("pitch", (words.PITCHES, words.DRUMS)),
    ("duration", (words.DURATION_BLOCK, words.Block(words.NEXT, 1))),
    ("velocity", (words.VELOCITIES,)),
)


@dataclass(frozen=True)
class Truth:
    """An example as the network is asked about it.

    Attributes:
        question: The prompt.
        cells: The true tokens of each hole, without its end.
        copies: For each hole, tokens that would copy an equal cell, the nearest first.
        spelled: The same cells for counting models.
        note_count: Notes in the holes.
    """

    question: Question
    cells: tuple[CellTokens, ...]
    copies: tuple[tuple[int, ...], ...]
    spelled: tuple[SpelledCell, ...]
    note_count: int


def truth_of(example: Example) -> Truth:
    """Return an example's question and answer; key and velocities are those of what is heard."""
    source = example.task.source
    spelling = spelling_of(example.whole, example.roles, heard=source)
    places = sorted((bar, voice) for voice, bar in example.hidden)
    question = Question(
        window=_window(spelling, source),
        asked=_ASKED.get(example.pattern, Asked.INFILL),
        holes=tuple(places),
    )
    cells = tuple(_tokens(spelling, (voice, bar)) for bar, voice in places)
    return Truth(
        question,
        cells,
        _copies(spelling, places),
        tuple(spelling.spelled((voice, bar)) for bar, voice in places),
        sum(len(spelling.shifted((voice, bar))) for bar, voice in places),
    )


def _window(spelling: Spelling, source: Score) -> Window:
    grid = spelling.grid
    tracks = tuple(
        Track(spelling.roles[voice], grid.are_drums[voice], spelling.velocities[voice], voice)
        for voice in range(len(grid.cells))
    )
    cells = {
        (bar, voice): spelling.shifted((voice, bar))
        for voice in range(len(tracks))
        for bar in range(len(grid.bars))
    }
    return Window(grid.bars, tracks, cells, source.tempo_map.at(0.0), spelling.mode)


def _tokens(spelling: Spelling, place: Place) -> CellTokens:
    voice, bar = place
    cell = spelling.shifted(place)
    if not cell:
        return layout.spelled(Special.EMPTY)
    length = spelling.grid.bars[bar].length
    is_drums = spelling.grid.are_drums[voice]
    return encode(cell, length, spelling.velocities[voice], is_drums=is_drums)


def _copies(spelling: Spelling, places: Sequence[Place]) -> tuple[tuple[int, ...], ...]:
    """Return for each hole, in order, the copy tokens that say exactly what is there."""
    waiting = set(places)
    offsets = [sign * size for size in range(1, MAX_COPY + 1) for sign in (-1, 1)]
    found = []
    for bar, voice in places:
        waiting.discard((bar, voice))
        own = spelling.spelled((voice, bar)).tokens
        found.append(
            tuple(
                words.copy_token(offset)
                for offset in offsets
                if 0 <= bar + offset < len(spelling.grid.bars)
                and (bar + offset, voice) not in waiting
                and spelling.shifted((voice, bar))
                and spelling.grid.bars[bar + offset].length == spelling.grid.bars[bar].length
                and spelling.spelled((voice, bar + offset)).tokens == own
            )
        )
    return tuple(found)


# ---------------------------------------------------------------- networks


class Scorer(Protocol):
    """What is asked of a network here; every `EnsembleModel` can."""

    def score(self, features: Features, times: Logits, answer: int) -> Logits:
        """Return the logits (answer + 1, V) of the last tokens of a sequence."""


@dataclass(frozen=True, slots=True)
class Bits:
    """What the truth costs.

    Attributes:
        total: Bits of the whole answer.
        by_block: Bits of the tokens of each kind when everything is spelled out.
    """

    total: float
    by_block: Mapping[str, float]

    def parts(self, note_count: int) -> dict[str, Part]:
        """Return the figures per note, for a pool."""
        return {
            "bits_per_note": Part(self.total, note_count),
            **{f"{name}_bits": Part(bits, note_count) for name, bits in self.by_block.items()},
        }


def network_bits(model: Scorer, truth: Truth) -> Bits:
    """Return what a network needs to tell the truth."""
    prompt = layout.prompt(truth.question)
    spelled = _scored(model, prompt, truth, truth.cells)
    total = sum(_either(cell, copies) for cell, copies in zip(spelled.cells, spelled.copies))
    by_block = {name: -bits for name, bits in spelled.by_block.items()}
    if not any(truth.copies):
        return Bits(-total, by_block)
    copied = _scored(
        model,
        prompt,
        truth,
        [
            layout.spelled(copies[0]) if copies else cell
            for cell, copies in zip(truth.cells, truth.copies)
        ],
    )
    other = sum(
        _log2_sum(copies) if copies else cell for cell, copies in zip(copied.cells, copied.copies)
    )
    return Bits(1.0 - _log2_sum([total, other]), by_block)


@dataclass(frozen=True, slots=True)
class _Scored:
    """Base-2 logarithms of probabilities.

    Attributes:
        cells: Of each cell as it was said, with its end.
        copies: For each cell, of each copy that would have said it too.
        by_block: Of the tokens of each kind.
    """

    cells: list[float]
    copies: list[list[float]]
    by_block: dict[str, float]


def _scored(
    model: Scorer, prompt: layout.TokenRow, truth: Truth, said: Sequence[CellTokens]
) -> _Scored:
    answer = layout.answer(truth.question, said)
    whole = layout.joined(prompt, answer)
    logits = model.score(whole.features, whole.times, len(answer))
    chances = _log2_softmax(logits[:-1].astype(np.float64))
    tokens = answer.features[:, 0]
    own = chances[np.arange(len(tokens)), tokens]
    cells, copies = [], []
    start = 0
    for cell, alternatives in zip(said, truth.copies, strict=True):
        stop = start + len(cell.tokens) + 1
        # After a copy or a lone EMPTY the grammar allows nothing but the end of the cell.
        last = stop - 1 if len(cell.tokens) == 1 else stop
        cells.append(float(own[start:last].sum()))
        copies.append([float(chances[start, token]) for token in alternatives])
        start = stop
    return _Scored(cells, copies, _by_block(tokens, own))


def _by_block(tokens: NDArray[np.int32], own: Floats) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for token, value in zip(tokens.tolist(), own.tolist()):
        name = next((n for n, blocks in BLOCKS if any(token in b for b in blocks)), "other")
        found[name] += value
    return dict(found)


def _either(cell: float, copies: Sequence[float]) -> float:
    return _log2_sum([cell, *copies])


def _log2_sum(values: Sequence[float]) -> float:
    highest = max(values)
    return highest + float(np.log2(sum(2.0 ** (value - highest) for value in values)))


def _log2_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    answer: Floats = (shifted - total) / np.log(2.0)
    return answer
