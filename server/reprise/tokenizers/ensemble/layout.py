"""A question about a window as one sequence of tokens, each with its structural features.

    BOS TASK TEMPO MODE [STYLE]
    (ROLE VELOCITY)*                                              the track table
    [THEME (METER (ROLE cell)*)* THEME_END]
    (METER (ROLE cell | ROLE HOLE | ROLE SOURCE cell [SECOND_SOURCE cell] | ROLE UNKNOWN)*)*
    CONTROLS (ROLE control*)*
    ANSWER cell END_OF_CELL cell END_OF_CELL ...

The holes are answered in the order of the question. `ANSWER` and each `END_OF_CELL` carry the
features of the hole that is answered next, so that nothing but notes need be written.

A token's features are rows of one table, whose vectors are added up: the token, role, slot, grid
bar, position in it, position in the beat, segment, pitch class and octave. Beside them each token
has a musical time in quarters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers.ensemble import vocabulary as words
from reprise.tokenizers.ensemble.cells import Cell, CellTokens, encode
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import Asked, Special
from reprise.tokenizers.ensemble.window import Place, Track, Window

FEATURE_SIZES = (words.SIZE, 25, 17, 65, 145, 25, 7, 13, 12)
"""Rows of each feature: token, role, slot, grid bar, position, beat phase, segment, pitch class,
octave. The last row of each but the token stands for "none"."""

FEATURES = len(FEATURE_SIZES)
OFFSETS = tuple(sum(FEATURE_SIZES[:index]) for index in range(FEATURES))
ROWS = sum(FEATURE_SIZES)
MAX_BARS = 64

SHORTEST_PERIOD, LONGEST_PERIOD = 0.5, 64.0
INDEX_BASE = 10_000.0

_NO = tuple(size - 1 for size in FEATURE_SIZES)

Indices = NDArray[np.int32]
Floats = NDArray[np.float32]


class Segment(IntEnum):
    """Which part of the sequence a token stands in."""

    HEADER = 0
    THEME = 1
    CONTEXT = 2
    SOURCE = 3
    SECOND_SOURCE = 4
    ANSWER = 5


@dataclass(frozen=True)
class Question:
    """What is asked about a window.

    Attributes:
        window: Its cells are heard, but for those in holes.
        asked: The task.
        holes: Places to answer, in the order of the answers.
        sources: What stands at a hole's place to be varied, as tokens.
        second_sources: A second one, for holes that have a first.
        unknown: Places that exist but are not available yet.
        theme: A window of its own, to be developed.
        controls: Control tokens for all answers of a track, by track.
        style: A style 0-31.
    """

    window: Window
    asked: Asked
    holes: tuple[Place, ...]
    sources: Mapping[Place, CellTokens] = field(default_factory=dict)
    second_sources: Mapping[Place, CellTokens] = field(default_factory=dict)
    unknown: frozenset[Place] = frozenset()
    theme: Window | None = None
    controls: Mapping[int, Sequence[int]] = field(default_factory=dict)
    style: int | None = None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """Tokens in a row.

    Attributes:
        features: Rows of the table, (tokens, `FEATURES`).
        times: Musical time in quarters, (tokens,).
        weights: How much the prediction of each token counts in training, (tokens,).
    """

    features: Indices
    times: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Where:
    """What a token belongs to: no bar and no track in the header."""

    segment: Segment
    bar: int | None = None
    start: int = 0
    track: Track | None = None


def token_features(token: int, where: Where, position: int | None = None) -> tuple[int, ...]:
    """Return the rows of one token.

    Args:
        token: As the vocabulary counts.
        where: What it belongs to.
        position: Ticks from the start of its grid bar; None for tokens that are no notes.
    """
    role, slot, bar, segment, _ = _structure(where)
    is_pitch, pitch = token in words.PITCHES, token - words.PITCHES.first
    own = (
        token,
        role,
        slot,
        bar,
        _NO[4] if position is None else position,
        _NO[5] if position is None else position % words.TICKS_PER_BEAT,
        segment,
        pitch % 12 if is_pitch else _NO[7],
        pitch // 12 if is_pitch else _NO[8],
    )
    return tuple(offset + index for offset, index in zip(OFFSETS, own))


def token_time(where: Where, position: int | None = None) -> float:
    """Return the musical time of a token in quarters; arguments as in `token_features`."""
    return (where.start + (position or 0)) / words.TICKS_PER_BEAT


def angles(indices: NDArray[np.integer], times: Floats, head_width: int) -> Floats:
    """Return the rotary angles, (..., head_width / 2), in radians.

    The first half of the pairs turns by a token's index (RoFormer, Su et al. 2021, section 3.2.2),
    the second half by its musical time, with periods from half a beat to 64 beats.

    Args:
        indices: Places in the sequence, from 0.
        times: Musical times in quarters, of the same shape.
        head_width: Numbers in a head's vector, a multiple of 4.
    """
    by_index, by_time = rates(head_width)
    turned = (
        np.asarray(indices, np.float64)[..., None] * by_index,
        np.asarray(times, np.float64)[..., None] * by_time,
    )
    return np.concatenate(turned, axis=-1).astype(np.float32)


def rates(head_width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by how many radians an index, and a quarter, turns its half of the pairs."""
    count = head_width // 4
    periods = np.geomspace(SHORTEST_PERIOD, LONGEST_PERIOD, count)
    return INDEX_BASE ** -(np.arange(count) / count), 2.0 * np.pi / periods


def prompt(question: Question, context_weight: float = 0.0) -> TokenRow:
    """Return a question up to and with `ANSWER`.

    Args:
        question: What is asked.
        context_weight: How much the notes of context and theme count in training.
    """
    writer = _Writer()
    window = question.window
    writer.add(_header(question), Where(Segment.HEADER))
    for track in window.tracks:
        writer.add(
            [_role(track), words.VELOCITIES.first + track.velocity],
            Where(Segment.HEADER, track=track),
        )
    if question.theme is not None:
        _write_theme(writer, question.theme, context_weight)
    for number, bar in enumerate(window.bars):
        writer.add([_meter(bar)], Where(Segment.CONTEXT, number, bar.start))
        for index in range(len(window.tracks)):
            _write_context(writer, question, (number, index), context_weight)
    writer.add([Special.CONTROLS], Where(Segment.HEADER))
    for index, controls in question.controls.items():
        track = window.tracks[index]
        writer.add([_role(track), *controls], Where(Segment.HEADER, track=track))
    writer.add([Special.ANSWER], _next_hole(question, 0))
    return writer.row()


def answer(question: Question, spelled: Sequence[CellTokens]) -> TokenRow:
    """Return the answers that follow a prompt: one spelled cell a hole, each with its end."""
    writer = _Writer()
    for number, cell in enumerate(spelled):
        writer.add_cell(cell, hole_place(question, number), 1.0)
        writer.add([Special.END_OF_CELL], _next_hole(question, number + 1), 1.0)
    return writer.row()


def joined(first: TokenRow, second: TokenRow) -> TokenRow:
    """Return one sequence after the other."""
    return TokenRow(
        np.concatenate([first.features, second.features]),
        np.concatenate([first.times, second.times]),
        np.concatenate([first.weights, second.weights]),
    )


def hole_place(question: Question, number: int) -> Where:
    """Return what the answer to a hole belongs to; holes are counted from 0."""
    bar, track = question.holes[number]
    window = question.window
    return Where(Segment.ANSWER, bar, window.bars[bar].start, window.tracks[track])


def spelled(token: int) -> CellTokens:
    """Return a cell that is one token alone: `EMPTY` or a copy."""
    return CellTokens((token,), (0,))


class AnswerCursor:
    """Gives each token of an answer its features while it is written, token by token."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self.hole = 0
        """How many holes are answered."""
        self._where = _next_hole(question, 0)
        self._position: int | None = 0

    def push(self, token: int) -> tuple[tuple[int, ...], float]:
        """Take the next token of the answer; return its feature rows and its time in quarters."""
        if token == Special.END_OF_CELL:
            self.hole += 1
            self._where = _next_hole(self._question, self.hole)
            self._position = 0
            return token_features(token, self._where), token_time(self._where)
        if token in words.POSITIONS:
            self._position = token - words.POSITIONS.first
        return (
            token_features(token, self._where, self._position),
            token_time(self._where, self._position),
        )


def _next_hole(question: Question, number: int) -> Where:
    if number < len(question.holes):
        return hole_place(question, number)
    return Where(Segment.ANSWER)


def _header(question: Question) -> list[int]:
    window = question.window
    tokens = [int(Special.BOS), words.TASKS.first + question.asked]
    tokens += [] if window.tempo is None else [words.tempo_token(window.tempo)]
    tokens += [] if window.mode is None else [words.MODES.first + window.mode]
    return tokens + ([] if question.style is None else [words.STYLES.token(question.style)])


def _role(track: Track) -> int:
    return words.ROLES.token(words.ROLES.count - 1 if track.role is None else track.role)


def _meter(bar: GridBar) -> int:
    return words.METER_BLOCK.first + bar.meter


def _write_theme(writer: "_Writer", theme: Window, weight: float) -> None:
    writer.add([Special.THEME], Where(Segment.THEME))
    for number, bar in enumerate(theme.bars):
        where = Where(Segment.THEME, number, bar.start)
        writer.add([_meter(bar)], where)
        for index, track in enumerate(theme.tracks):
            cell = theme.cell((number, index))
            _write_cell(writer, cell, bar, Where(Segment.THEME, number, bar.start, track), weight)
    writer.add([Special.THEME_END], Where(Segment.THEME))


def _write_context(writer: "_Writer", question: Question, place: Place, weight: float) -> None:
    number, index = place
    bar, track = question.window.bars[number], question.window.tracks[index]
    where = Where(Segment.CONTEXT, number, bar.start, track)
    if place in question.unknown:
        writer.add([_role(track), Special.UNKNOWN], where)
    elif place not in question.holes:
        _write_cell(writer, question.window.cell(place), bar, where, weight)
    elif place in question.sources:
        writer.add([_role(track)], where)
        _write_source(writer, question, place)
    else:
        writer.add([_role(track), Special.HOLE], where)


def _write_source(writer: "_Writer", question: Question, place: Place) -> None:
    number, index = place
    bar, track = question.window.bars[number], question.window.tracks[index]
    for segment, opening, cells in (
        (Segment.SOURCE, Special.SOURCE, question.sources),
        (Segment.SECOND_SOURCE, Special.SECOND_SOURCE, question.second_sources),
    ):
        if place in cells:
            where = Where(segment, number, bar.start, track)
            writer.add([opening], where)
            writer.add_cell(cells[place], where, 0.0)


def _write_cell(writer: "_Writer", cell: Cell, bar: GridBar, where: Where, weight: float) -> None:
    if cell and where.track is not None:
        writer.add([_role(where.track)], where)
        track = where.track
        tokens = encode(cell, bar.length, track.velocity, is_drums=track.is_drums)
        writer.add_cell(tokens, where, weight)


class _Writer:
    """Gathers tokens; their features are looked up for all at once."""

    def __init__(self) -> None:
        self._tokens: list[int] = []
        self._positions: list[int] = []
        self._runs: list[tuple[int, float, Where]] = []

    def add(self, tokens: Iterable[int], where: Where, weight: float = 0.0) -> None:
        """Write tokens that are no notes."""
        written = list(tokens)
        self._tokens += written
        self._positions += [-1] * len(written)
        self._runs.append((len(written), weight, where))

    def add_cell(self, cell: CellTokens, where: Where, weight: float) -> None:
        """Write the tokens of a cell."""
        self._tokens += cell.tokens
        self._positions += [-1 if position is None else position for position in cell.positions]
        self._runs.append((len(cell.tokens), weight, where))

    def row(self) -> TokenRow:
        """Return all that was written."""
        tokens = np.array(self._tokens, np.int32)
        positions = np.array(self._positions, np.int32)
        counts = [count for count, _, _ in self._runs]
        structure = np.array([_structure(where) for _, _, where in self._runs], np.int32)
        role, slot, bar, segment, start = np.repeat(structure, counts, axis=0).T
        is_note, pitch = positions >= 0, tokens - words.PITCHES.first
        is_pitch = (pitch >= 0) & (pitch < words.PITCHES.count)
        columns = (
            tokens,
            role,
            slot,
            bar,
            np.where(is_note, positions, _NO[4]),
            np.where(is_note, positions % words.TICKS_PER_BEAT, _NO[5]),
            segment,
            np.where(is_pitch, pitch % 12, _NO[7]),
            np.where(is_pitch, pitch // 12, _NO[8]),
        )
        features = np.stack(columns, axis=1) + np.array(OFFSETS, np.int32)
        times = (start + np.maximum(positions, 0)) / words.TICKS_PER_BEAT
        weights = np.repeat([weight for _, weight, _ in self._runs], counts)
        return TokenRow(
            features.astype(np.int32), times.astype(np.float32), weights.astype(np.float32)
        )


def _structure(where: Where) -> tuple[int, int, int, int, int]:
    """Return the role, slot, grid bar, segment and start in ticks of what tokens belong to."""
    track = where.track
    return (
        _NO[1] if track is None or track.role is None else track.role,
        _NO[2] if track is None else track.slot,
        _NO[3] if where.bar is None else min(where.bar, MAX_BARS - 1),
        int(where.segment),
        where.start,
    )
