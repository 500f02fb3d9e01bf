"""The fixed work of `reprise bench generate`: a prompt of 512 tokens, eight notes in every bar.

Each bar is answered with eight notes in 24 tokens, so 8 bars are 64 notes in 192 tokens for every
candidate, whatever a network would rather write (a few more where a duration must change). All else
is as in a request: the engine's grammar and drawing of tokens, the runtime's prompt and decoder.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from reprise.engines.base import Watch
from reprise.engines.ensemble.decode import drawing_from_surprise, generate
from reprise.engines.ensemble.grammar.answer import AnswerGrammar, AnswerRooms, Fed
from reprise.engines.ensemble.grammar.cell import Mask
from reprise.engines.ensemble.grammar.rules import Rules
from reprise.music.note import Note
from reprise.runtime.ensemble_model import EnsembleModel
from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.layout import Question, TokenRow, prompt
from reprise.tokenizers.ensemble.vocabulary import (
    DURATION_BLOCK,
    NEXT,
    PITCHES,
    POSITIONS,
    SIZE,
    VELOCITIES,
    Asked,
    Special,
)
from reprise.tokenizers.ensemble.window import Track, Window

PROMPT_TOKENS: Final = 512
NOTES_A_BAR: Final = 8
TOKENS_A_BAR: Final = 24
BAR_TICKS: Final = 96

_MARKS_A_BAR: Final = TOKENS_A_BAR - 1 - 2 * NOTES_A_BAR
"""Durations and velocities beside the positions and pitches of a bar's notes."""

_CONTEXT_BARS: Final = 24
_TRACKS: Final = (
    Track(role=0, is_drums=False, velocity=12, slot=0),
    Track(role=1, is_drums=False, velocity=12, slot=1),
    Track(role=2, is_drums=False, velocity=11, slot=2),
)


@dataclass(frozen=True, slots=True)
class Moments:
    """When the parts of one request were done, in milliseconds after it was made.

    Attributes:
        prompt: The prompt was read.
        first_note: The first note of all stood.
        first_bar: The first bar of every candidate stood.
        end: All notes of all candidates stood.
        cpu: Time on the processor until then, which other processes cannot stretch as far.
        notes: Notes of all candidates together.
        tokens: Tokens of all candidates together.
    """

    prompt: float
    first_note: float
    first_bar: float
    end: float
    cpu: float
    notes: int
    tokens: int


class Unwatched:
    """A watch that lets everything pass."""

    def check(self) -> None:
        """Go on."""

    def progress(self, fraction: float, stage: str = "") -> None:
        """Tell nobody."""

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        """Show nobody."""


def request(
    model: EnsembleModel,
    bars: int,
    candidates: int,
    seed: int,
    watch: Watch | None = None,
    on_first_note: Callable[[], None] = lambda: None,
) -> Moments:
    """Do the fixed work once.

    Args:
        model: Any network.
        bars: To be answered, 1-8.
        candidates: Written side by side.
        seed: Another one makes another prompt that shares nothing with the first.
        watch: Is asked now and then; None lets everything pass.
        on_first_note: Called when the first note of all stands.

    Raises:
        ValueError: The candidates do not have the notes that were asked for.
    """
    question = asked(bars, seed)
    row = read_row(question)
    began, cpu_began = time.perf_counter(), time.process_time()
    watched = watch or Unwatched()
    rooms = AnswerRooms(question, [_RULES] * bars)
    budget = max(bars * TOKENS_A_BAR, rooms.least_tokens)
    first_notes: list[float] = []

    def note_stands() -> None:
        first_notes.append(time.perf_counter())
        on_first_note()

    grammars = [FixedGrammar(rooms, budget, note_stands) for _ in range(candidates)]
    read = model.prefill(row.features, row.times, watched.check)
    prompt_read = time.perf_counter()
    first_bars: list[float] = []

    def on_cell(_candidate: int, hole: int, _cell: Cell) -> None:
        if hole == 0:
            first_bars.append(time.perf_counter())

    written = generate(
        read.logits,
        model.decoder(read, candidates, budget),
        grammars,
        drawing_from_surprise(0.5),
        [np.random.default_rng([seed, number]) for number in range(candidates)],
        watched,
        on_cell,
    )
    end, cpu_end = time.perf_counter(), time.process_time()
    notes = sum(len(cell) for answer in written for cell in answer.cells)
    tokens = sum(answer.token_count for answer in written)
    wanted = candidates * bars
    if notes != wanted * NOTES_A_BAR or tokens < wanted * TOKENS_A_BAR:
        raise ValueError(f"the fixed work gave {notes} notes in {tokens} tokens")
    return Moments(
        prompt=1000.0 * (prompt_read - began),
        first_note=1000.0 * (first_notes[0] - began),
        first_bar=1000.0 * (max(first_bars) - began),
        end=1000.0 * (end - began),
        cpu=1000.0 * (cpu_end - cpu_began),
        notes=notes,
        tokens=tokens,
    )


class FixedGrammar(AnswerGrammar):
    """The engine's grammar, bound to spell each bar in `TOKENS_A_BAR` tokens or more."""

    def __init__(
        self, rooms: AnswerRooms, budget: int, on_first_note: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(rooms, budget)
        self._on_first_note = on_first_note
        self._pitches = 0
        self._marks = 0
        self._is_marked = False

    def allowed(self) -> Mask:
        """Return which tokens may come next; a note of the first ones is marked once."""
        mask = super().allowed()
        is_due = not self._is_marked and self._marks < _MARKS_A_BAR
        bound = mask & (_MARKS if is_due else ~_MARKS)
        positions = mask & _POSITIONS
        if positions.any():
            return positions
        return bound if bound.any() else mask

    def push(self, token: int) -> Fed:
        """Write a token."""
        if _MARKS[token]:
            self._is_marked = True
            self._marks += 1
        elif token == Special.END_OF_CELL:
            self._marks = 0
        elif token in PITCHES:
            self._pitches += 1
            if self._pitches == 1:
                self._on_first_note()
        elif token in POSITIONS:
            self._is_marked = False
        return super().push(token)


def asked(bars: int, seed: int) -> Question:
    """Return the question: a melody of so many bars after drawn bars of three tracks."""
    random = np.random.default_rng(seed)
    first = _CONTEXT_BARS - 8
    places = [
        (bar, track)
        for bar in range(_CONTEXT_BARS)
        for track in range(len(_TRACKS))
        if track or not first <= bar < first + bars
    ]
    window = Window(
        bars=tuple(GridBar(bar * BAR_TICKS, BAR_TICKS, 2) for bar in range(_CONTEXT_BARS)),
        tracks=_TRACKS,
        cells={place: _drawn_cell(random) for place in places},
        tempo=60.0 + float(random.integers(0, 100)),
    )
    return Question(window, Asked.INFILL, tuple((first + bar, 0) for bar in range(bars)))


def read_row(question: Question) -> TokenRow:
    """Return a question's prompt, cut to `PROMPT_TOKENS` in the middle of its music."""
    whole = prompt(question)
    surplus = len(whole) - PROMPT_TOKENS
    start = PROMPT_TOKENS // 2
    kept = np.delete(np.arange(len(whole)), np.s_[start : start + surplus])
    return TokenRow(whole.features[kept], whole.times[kept], whole.weights[kept])


def _drawn_cell(random: np.random.Generator) -> Cell:
    onsets = sorted(random.choice(16, 4, replace=False).tolist())
    return tuple(
        GridNote(6 * onset, int(random.integers(40, 80)), 6, int(random.integers(60, 120)))
        for onset in onsets
    )


def _flags(*tokens: range) -> Mask:
    mask = np.zeros(SIZE, np.bool_)
    for block in tokens:
        mask[block.start : block.stop] = True
    return mask


_RULES: Final = Rules(
    length=BAR_TICKS,
    pitches=frozenset(range(48, 84)),
    polyphony=1,
    least=NOTES_A_BAR,
    most=NOTES_A_BAR,
    may_be_empty=False,
    copies=None,
)
_MARKS: Final = _flags(
    range(DURATION_BLOCK.first, DURATION_BLOCK.stop),
    range(NEXT, NEXT + 1),
    range(VELOCITIES.first, VELOCITIES.stop),
)
_POSITIONS: Final = _flags(range(POSITIONS.first, POSITIONS.stop))
