"""Writes the answers of several candidates, token by token, all at the same pace.

The network gives scores, the grammar says what may come, a uniform number a token decides. What one
candidate draws depends on no other: each has random numbers of its own, and sums run along its own
row. It knows no music.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Watch
from reprise.engines.ensemble.grammar.answer import AnswerGrammar, Fed
from reprise.engines.sampling import sampling_from_surprise
from reprise.runtime.ensemble_model import Decoder
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.layout import FEATURES
from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    DURATION_BLOCK,
    NEXT,
    PITCHES,
    SIZE,
    VELOCITIES,
)

PITCH_TEMPERATURE, POSITION_TEMPERATURE = 0.95, 0.9
DURATION_TEMPERATURE, VELOCITY_TEMPERATURE = 0.85, 0.8
CHECK_EVERY = 4
"""Steps between two looks at the watch."""

Floats = NDArray[np.float32]
OnCell = Callable[[int, int, Cell], None]
"""Is told of each cell that is done: candidate, hole and notes."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How tokens are drawn.

    Attributes:
        sharpness: 1 / temperature of each token, (V,).
        min_p: Tokens less likely than this share of the likeliest are left out, 0.0-1.0.
        is_greedy: Always the likeliest.
    """

    sharpness: Floats
    min_p: float
    is_greedy: bool = False


def drawing_from_surprise(surprise: float) -> Drawing:
    """Return how to draw at a surprise of 0.0-1.0; 0.0 always takes the likeliest."""
    sampling = sampling_from_surprise(surprise, 1.0)
    if sampling.temperature == 0.0:
        return Drawing(np.ones(SIZE, np.float32), sampling.min_p, is_greedy=True)
    temperatures = np.full(SIZE, POSITION_TEMPERATURE)
    for block in (PITCHES, DRUMS):
        temperatures[block.first : block.stop] = PITCH_TEMPERATURE
    temperatures[DURATION_BLOCK.first : DURATION_BLOCK.stop] = DURATION_TEMPERATURE
    temperatures[NEXT] = DURATION_TEMPERATURE
    temperatures[VELOCITIES.first : VELOCITIES.stop] = VELOCITY_TEMPERATURE
    sharpness = 1.0 / (temperatures * sampling.temperature)
    return Drawing(sharpness.astype(np.float32), sampling.min_p)


@dataclass(frozen=True, slots=True)
class Written:
    """The answer of one candidate.

    Attributes:
        cells: Hole by hole.
        log_probabilities: Of each cell among all that the grammar allowed, nats.
        token_count: Tokens that were written.
        problems: What the rules asked for and could not have, hole by hole, as sentences.
    """

    cells: tuple[Cell, ...]
    log_probabilities: tuple[float, ...]
    token_count: int
    problems: tuple[tuple[str, ...], ...]

    @property
    def log_probability(self) -> float:
        """Of the whole answer, nats."""
        return sum(self.log_probabilities)

    @property
    def mean_log_probability(self) -> float | None:
        """Nats per note, None where there is none."""
        notes = sum(len(cell) for cell in self.cells)
        return self.log_probability / notes if notes else None


class Blend:
    """Two decoders, stepped alike: (1 - amount) log p of one + amount log p of the other."""

    def __init__(self, one: Decoder, other: Decoder, amount: float) -> None:
        """Mix two decoders of as many candidates.

        Args:
            one: Heard alone at 0.0.
            other: Heard alone at 1.0.
            amount: 0.0-1.0.
        """
        self._one = one
        self._other = other
        self._amount = amount

    def mixed(self, one: Floats, other: Floats) -> Floats:
        """Return the logarithms of the mixed chances, up to a constant; logits (..., V) both."""
        logs = (1.0 - self._amount) * _log_softmax(one) + self._amount * _log_softmax(other)
        return np.asarray(logs, np.float32)

    def step(self, features: NDArray[np.integer], times: Floats) -> Floats:
        """Read S more tokens of every candidate, as `Decoder` has it."""
        return self.mixed(self._one.step(features, times), self._other.step(features, times))


def generate(
    first: Floats,
    decoder: Decoder,
    grammars: Sequence[AnswerGrammar],
    drawing: Drawing,
    randoms: Sequence[np.random.Generator],
    watch: Watch,
    on_cell: OnCell | None = None,
) -> tuple[Written, ...]:
    """Write an answer for each grammar.

    Args:
        first: Logits (V,) of the first token.
        decoder: Opened for as many candidates, and for as many tokens as the largest budget.
        grammars: At their start; walked to their end.
        drawing: How tokens are drawn.
        randoms: Random numbers of each candidate's own.
        watch: Is asked every few steps.
        on_cell: Is told of each cell that is done.

    Raises:
        CancelledError: Through the watch.
        DeadlineError: Through the watch.
    """
    pens = [_Pen(number, *pair, on_cell) for number, pair in enumerate(zip(grammars, randoms))]
    logits: Floats = np.repeat(first[None], len(pens), axis=0)
    steps = 0
    while True:
        if steps % CHECK_EVERY == 0:
            watch.check()
        steps += 1
        ready = [pen for pen in pens if pen.is_ready]
        if ready:
            _draw(logits, ready, drawing)
        if all(pen.is_done for pen in pens):
            return tuple(pen.written() for pen in pens)
        width = min(len(pen.waiting) for pen in pens if not pen.is_done)
        features, times = _next_block(pens, width)
        logits = decoder.step(features, times)[:, -1]


class _Pen:
    """Writes one candidate.

    Attributes:
        waiting: Tokens that were written and that the network has not read.
        is_done: Whether the answer is written to its end.
    """

    def __init__(
        self,
        number: int,
        grammar: AnswerGrammar,
        random: np.random.Generator,
        on_cell: OnCell | None,
    ) -> None:
        self.number = number
        self.grammar = grammar
        self.waiting: list[Fed] = []
        self._random = random
        self._on_cell = on_cell
        self._logs = [0.0]
        self._tokens = 0
        self._latest: Fed = ((0,) * FEATURES, 0.0)

    @property
    def is_done(self) -> bool:
        return self.grammar.is_done

    @property
    def is_ready(self) -> bool:
        """Whether the network has read all that was written."""
        return not self.waiting and not self.grammar.is_done

    def uniform(self) -> float:
        return self._random.random()

    def write(self, token: int, log_probability: float) -> None:
        """Write a token, and all that follow without a choice where shapes are fixed."""
        self._push(token, log_probability)
        while self.grammar.has_fixed_shape and not self.grammar.is_done:
            only = np.flatnonzero(self.grammar.allowed())
            if len(only) > 1:
                return
            self._push(int(only[0]), 0.0)

    def _push(self, token: int, log_probability: float) -> None:
        hole = self.grammar.hole
        self.waiting.append(self.grammar.push(token))
        self._tokens += 1
        self._logs[-1] += log_probability
        if self.grammar.hole > hole:
            self._logs.append(0.0)
            if self._on_cell is not None:
                self._on_cell(self.number, hole, self.grammar.cells[hole])

    def fed(self, width: int) -> list[Fed]:
        """Return the next tokens for the network; one that is done says its last again."""
        block, self.waiting = self.waiting[:width], self.waiting[width:]
        self._latest = block[-1] if block else self._latest
        return block + [self._latest] * (width - len(block))

    def written(self) -> Written:
        grammar = self.grammar
        return Written(
            tuple(grammar.cells), tuple(self._logs[:-1]), self._tokens, tuple(grammar.problems)
        )


def _draw(logits: Floats, ready: Sequence[_Pen], drawing: Drawing) -> None:
    """Draw a token for each candidate that is ready; logits (B, V) of all of them."""
    allowed = np.stack([pen.grammar.allowed() for pen in ready])
    scores = _possible(logits[[pen.number for pen in ready]], allowed)
    wanted = _biased(scores, [pen.grammar.bias() for pen in ready])
    if drawing.is_greedy:
        tokens = wanted.argmax(axis=1)
    else:
        tokens = _drawn(wanted, drawing, [pen.uniform() for pen in ready])
    rows = np.arange(len(ready))
    logs = scores[rows, tokens] - _log_sums(scores)
    for pen, token, log in zip(ready, tokens.tolist(), logs.tolist()):
        pen.write(token, log)


def _possible(logits: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Return logits with -inf for what is not allowed; where none is a number, all are alike."""
    scores = np.where(allowed, logits, np.float32(-np.inf))
    if not np.isfinite(scores.max(axis=1)).all():
        scores = np.where(np.isfinite(scores), scores, np.float32(-np.inf))
        is_lost = np.isneginf(scores).all(axis=1)
        scores[is_lost] = np.where(allowed[is_lost], np.float32(0.0), np.float32(-np.inf))
    return np.asarray(scores, np.float32)


def _biased(scores: Floats, biases: Sequence[Floats | None]) -> Floats:
    if all(bias is None for bias in biases):
        return scores
    wanted = scores.copy()
    for row, bias in zip(wanted, biases):
        if bias is not None:
            row += bias
    return wanted


def _drawn(scores: Floats, drawing: Drawing, uniforms: Sequence[float]) -> NDArray[np.intp]:
    """Return a token for each row: temperature around its best, min-p, inverse of the sums."""
    shares = np.exp((scores - scores.max(axis=1, keepdims=True)) * drawing.sharpness)
    shares *= shares >= drawing.min_p
    sums = shares.cumsum(axis=1, dtype=np.float64)
    totals = sums[:, -1]
    # A product that rounds up to the total would lie after the last token.
    drawn = np.minimum(np.array(uniforms) * totals, np.nextafter(totals, 0.0))
    return np.asarray((sums <= drawn[:, None]).sum(axis=1))


def _next_block(pens: Sequence[_Pen], width: int) -> tuple[NDArray[np.int32], Floats]:
    """Return the features (B, S, F) and times (B, S) of the next tokens of all candidates."""
    blocks = [pen.fed(width) for pen in pens]
    features = np.array([[rows for rows, _ in block] for block in blocks], np.int32)
    times = np.array([[time for _, time in block] for block in blocks], np.float32)
    return features, times


def _log_sums(scores: Floats) -> Floats:
    """Return the logarithm of the sum of exponentials of each row."""
    peaks = scores.max(axis=-1, keepdims=True)
    sums = np.exp(scores - peaks).sum(axis=-1, keepdims=True)
    return np.asarray((np.log(sums) + peaks)[..., 0], np.float32)


def _log_softmax(logits: Floats) -> Floats:
    return logits - _log_sums(logits)[..., None]
