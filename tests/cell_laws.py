"""A second opinion on answered cells: every rule spelled out tick by tick, and rules at random."""

from collections.abc import Iterable, Sequence

import numpy as np

from reprise.engines.ensemble.grammar import cell as cell_grammar
from reprise.engines.ensemble.grammar import rhythm
from reprise.engines.ensemble.grammar.answer import AnswerGrammar, AnswerRooms
from reprise.engines.ensemble.grammar.rules import HORIZON, Kept, RhythmStep, Rules
from reprise.runtime.ensemble_model import Features, Floats
from reprise.tokenizers.ensemble.cells import Cell, GridNote, in_order
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.layout import Question
from reprise.tokenizers.ensemble.vocabulary import SIZE, Asked
from reprise.tokenizers.ensemble.window import Place, Track, Window

LENGTHS = (1, 7, 12, 36, 48, 72, 84, 96, 96, 96, 120, 144)


class RandomDecoder:
    """Scores that follow from what is read, one candidate at a time, and mean nothing."""

    def __init__(self, seed: int, scale: float = 3.0) -> None:
        random = np.random.default_rng(seed)
        self._table = random.standard_normal((64, SIZE)).astype(np.float32) * np.float32(scale)
        self.first = self._table[0]
        self._read: dict[int, int] = {}
        self.widths: list[int] = []

    def step(self, features: Features, times: Floats) -> Floats:
        candidates, width = times.shape
        self.widths.append(width)
        logits = np.empty((candidates, width, SIZE), np.float32)
        for row in range(candidates):
            for column in range(width):
                heard = int(features[row, column].sum()) + 7 * self._read.get(row, 0)
                self._read[row] = (heard * 31 + 17) % 9973
                logits[row, column] = self._table[self._read[row] % 64]
        return logits


def breaches(
    rules: Rules,
    cell: Cell,
    kept: Sequence[Kept] = (),
    answered: Sequence[Kept] = (),
    problems: Iterable[str] = (),
) -> list[str]:
    """Return the rules that a cell breaks and that no problem admits to.

    Args:
        rules: Of the cell.
        cell: Its new notes.
        kept: Notes of its track that stand from the beginning.
        answered: Those that were answered before.
        problems: What was said of it.
    """
    admitted, standing = set(problems), [*kept, *answered]
    found = [*_shape_breaches(rules, cell), *_standing_breaches(cell, standing)]
    found += _sound_breaches(rules, cell, standing)
    if rules.rhythm is not None:
        found += _rhythm_breaches(rules.rhythm, cell, admitted)
    else:
        found += _count_breaches(rules, cell, kept, admitted)
    if rules.order is not None:
        found += _order_breaches(rules, cell, admitted)
    is_again = any(_heard(cell) == _heard(other) for other in rules.forbidden)
    if is_again and cell_grammar.AGAIN not in admitted:
        found.append("a forbidden cell")
    return found


def _heard(cell: Cell) -> list[tuple[int, int]]:
    return [(note.onset, note.pitch) for note in cell]


def _shape_breaches(rules: Rules, cell: Cell) -> list[str]:
    found = []
    if tuple(cell) != in_order(cell):
        found.append("out of order")
    latest = HORIZON if rules.latest_end is None else rules.latest_end
    for note in cell:
        if not 0 <= note.onset < rules.length:
            found.append(f"onset {note.onset}")
        if note.duration < 1 or note.onset + note.duration > latest:
            found.append(f"end {note.onset + note.duration} of {note}")
        if note.pitch not in rules.pitches:
            found.append(f"pitch {note.pitch}")
        if not 1 <= note.velocity <= 127:
            found.append(f"velocity {note.velocity}")
    return found


def _standing_breaches(cell: Cell, kept: Sequence[Kept]) -> list[str]:
    """Return pitches that are struck while they sound."""
    spans = [(note.onset, note.onset + note.duration, note.pitch) for note in cell]
    found = []
    for index, (start, end, pitch) in enumerate(spans):
        others = [*kept, *(Kept(*span) for span in spans[index + 1 :])]
        found += [
            f"{pitch} at {start} to {end} beside {other}"
            for other in others
            if other.pitch == pitch and start < other.end and other.start < end
        ]
    return found


def _sound_breaches(rules: Rules, cell: Cell, kept: Sequence[Kept]) -> list[str]:
    new = [(note.onset, note.onset + note.duration) for note in cell]
    counted = [
        (start, start + 1 if rules.is_drums else max(start + 1, end - rules.overlap))
        for start, end in [*new, *((note.start, note.end) for note in kept)]
    ]
    found = []
    # Nothing grows but where a note begins.
    for tick in sorted({start for start, _ in counted}):
        own = sum(start <= tick < end for start, end in counted[: len(new)])
        both = own + sum(start <= tick < end for start, end in counted[len(new) :])
        if own and both > rules.polyphony:
            found.append(f"{both} notes at {tick}")
    return found


def _rhythm_breaches(steps: tuple[RhythmStep, ...], cell: Cell, admitted: set[str]) -> list[str]:
    wanted = {step.onset: step for step in steps}
    found = [f"onset {note.onset} of no rhythm" for note in cell if note.onset not in wanted]
    written: dict[int, list[GridNote]] = {}
    for note in cell:
        written.setdefault(note.onset, []).append(note)
    if rhythm.LEFT_OUT not in admitted and wanted.keys() != written.keys():
        found.append(f"onsets {sorted(written)} for {sorted(wanted)}")
    for onset, notes in written.items():
        missing = len(wanted[onset].durations) - len(notes)
        if missing < 0 or (missing and rhythm.THINNED not in admitted):
            found.append(f"{len(notes)} notes at {onset}")
    return found


def _count_breaches(
    rules: Rules, cell: Cell, kept: Sequence[Kept], admitted: set[str]
) -> list[str]:
    order = [pitch for pitch in rules.order or () if pitch in rules.pitches]
    most = rules.most if rules.order is None else len(order)
    least = max(rules.least, 0 if rules.may_be_empty else 1) if rules.order is None else len(order)
    found = [f"{len(cell)} notes"] if len(cell) > most else []
    if len(cell) >= min(least, most):
        return found
    if len(cell) < _room(rules, frozenset(order), kept):
        found.append(f"only {len(cell)} notes where there is room for more")
    if not admitted & {cell_grammar.FEWER, cell_grammar.NOTHING}:
        found.append(f"only {len(cell)} notes, and nobody says so")
    return found


def _room(rules: Rules, order: frozenset[int], kept: Sequence[Kept]) -> int:
    """Return at how many ticks a note can be struck beside what stands."""
    latest = HORIZON if rules.latest_end is None else rules.latest_end
    found = 0
    for tick in range(min(rules.length, latest)):
        taken = {note.pitch for note in kept if note.start <= tick < note.end}
        counted = sum(
            note.start <= tick < note.start + 1
            if rules.is_drums
            else note.start <= tick < max(note.start + 1, note.end - rules.overlap)
            for note in kept
        )
        is_open = not taken & order if order else bool(rules.pitches - taken)
        found += is_open and counted < rules.polyphony
    return found


def _order_breaches(rules: Rules, cell: Cell, admitted: set[str]) -> list[str]:
    order = [pitch for pitch in rules.order or () if pitch in rules.pitches]
    written = [note.pitch for note in cell]
    if written != order[: len(written)]:
        return [f"pitches {written} for {order}"]
    excuses = {cell_grammar.FEWER, cell_grammar.NOTHING, rhythm.UNUSED, rhythm.LEFT_OUT}
    is_whole = len(written) == len(order) or admitted & {*excuses, rhythm.THINNED}
    return [] if is_whole else [f"only {written} of {order}"]


def kept(question: Question, rules: Sequence[Rules], hole: int) -> list[Kept]:
    """Return what stands in the holes of a hole's track, seen from it."""
    bar, track = question.holes[hole]
    bars = question.window.bars
    found = set(rules[hole].kept)
    for (other, other_track), rule in zip(question.holes, rules):
        if other_track == track:
            shift = bars[other].start - bars[bar].start
            found |= {Kept(note.start + shift, note.end + shift, note.pitch) for note in rule.kept}
    return [note for note in found if note.end > 0 and note.start < HORIZON]


def answered(question: Question, cells: Sequence[Cell], hole: int) -> list[Kept]:
    """Return answers of a hole's track before it, seen from it."""
    bar, track = question.holes[hole]
    bars = question.window.bars
    found = []
    for (other, other_track), cell in zip(question.holes[:hole], cells):
        if other_track == track:
            shift = bars[other].start - bars[bar].start
            found += [Kept.of(note, shift) for note in cell]
    return found


def without_restrikes(cell: Cell) -> Cell:
    """A cell whose notes end where their pitch begins again."""
    found = []
    for note in cell:
        later = [other.onset for other in cell if other[1] == note[1] and other[0] > note[0]]
        longest = min(later, default=HORIZON) - note.onset
        found.append(note._replace(duration=min(note.duration, longest)))
    return tuple(found)


def question_of(lengths: Sequence[int], *, is_drums: bool, context: Cell = ()) -> Question:
    """One track with a hole in each bar, after a bar of context where there is one."""
    every = [lengths[0], *lengths] if context else list(lengths)
    starts = [sum(every[:index]) for index in range(len(every))]
    bars = tuple(GridBar(start, length, 2) for start, length in zip(starts, every))
    first = 1 if context else 0
    window = Window(bars, (Track(1, is_drums, 12, 0),), {(0, 0): context} if context else {})
    return Question(window, Asked.INFILL, tuple((bar, 0) for bar in range(first, len(bars))))


# ------------------------------------------------------------ rules at random


def random_question(random: np.random.Generator) -> Question:
    """A window of up to 5 bars and 3 tracks with some cells hidden."""
    lengths = random.choice(LENGTHS, int(random.integers(1, 6))).tolist()
    if random.random() < 0.5:
        lengths = [lengths[0]] * len(lengths)
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    bars = tuple(GridBar(start, length, 2) for start, length in zip(starts, lengths))
    tracks = tuple(
        Track(int(random.integers(24)), bool(random.random() < 0.3), int(random.integers(16)), slot)
        for slot in range(int(random.integers(1, 4)))
    )
    places = [(bar, track) for bar in range(len(bars)) for track in range(len(tracks))]
    is_hidden = random.random(len(places)) < random.choice([0.3, 0.7, 1.0])
    is_hidden[int(random.integers(len(places)))] = True
    holes = tuple(place for place, hidden in zip(places, is_hidden) if hidden)
    cells = {
        place: random_cell(random, bars[place[0]].length, is_drums=tracks[place[1]].is_drums)
        for place in places
        if place not in holes
    }
    return Question(Window(bars, tracks, cells), Asked.INFILL, holes)


def random_cell(random: np.random.Generator, length: int, *, is_drums: bool) -> Cell:
    """Up to 6 notes anywhere in a bar."""
    low, high = (27, 88) if is_drums else (40, 80)
    return in_order(
        GridNote(
            int(random.integers(length)),
            int(random.integers(low, high)),
            int(random.integers(1, 60)),
            int(random.integers(1, 128)),
        )
        for _ in range(int(random.integers(0, 7)))
    )


def random_rules(random: np.random.Generator, question: Question, place: Place) -> Rules:
    """Rules that make sense, or contradict each other."""
    bar, track = place
    length = question.window.bars[bar].length
    is_drums = question.window.tracks[track].is_drums

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    def pick(*values: int) -> int:
        return int(random.choice(values))

    pitches = _random_pitches(random, is_drums=is_drums)
    copies = {
        number - bar: cell
        for (number, other), cell in question.window.cells.items()
        if other == track and question.window.bars[number].length == length and cell
    }
    own = random_cell(random, length, is_drums=is_drums)
    own = tuple(note for note in own if note.pitch in pitches or chance(0.1))
    return Rules(
        length=length,
        pitches=pitches,
        is_drums=is_drums,
        polyphony=pick(1, 1, 2, 3, 8),
        overlap=pick(0, 0, 0, 3, 12),
        kept=tuple(_random_kept(random, length, pitches)) if chance(0.4) else (),
        latest_end=pick(0, length // 2, length, length + 24) if chance(0.4) else None,
        least=pick(0, 0, 1, 3, 8, 40),
        most=pick(0, 1, 4, 12, 64, 64),
        may_be_empty=chance(0.7),
        rhythm=_rhythm_of(random, own) if chance(0.25) else None,
        order=tuple(note.pitch for note in own) if chance(0.2) else None,
        copies=copies if chance(0.7) else None,
        forbidden=((), own)[: pick(1, 2)] if chance(0.3) else (own,) if chance(0.3) else (),
        discouraged=frozenset(range(0, 128, 5)) if chance(0.3) else frozenset(),
        discouragement=2.0,
        copy_penalty=float(pick(0, 3)),
        longest_loop=2 if chance(0.5) else None,
    )


def _random_pitches(random: np.random.Generator, *, is_drums: bool) -> frozenset[int]:
    kind = random.random()
    if kind < 0.03:
        return frozenset()
    low = int(random.integers(27, 80) if is_drums else random.integers(30, 80))
    if kind < 0.15:
        return frozenset({low})
    return frozenset(range(low, low + int(random.integers(2, 30)), int(random.integers(1, 3))))


def _random_kept(random: np.random.Generator, length: int, pitches: frozenset[int]) -> list[Kept]:
    some = sorted(pitches) or [60]
    return [
        Kept(start, start + int(random.integers(1, 100)), int(random.choice(some)))
        for start in random.integers(-48, length + 48, int(random.integers(1, 5))).tolist()
    ]


def _rhythm_of(random: np.random.Generator, cell: Cell) -> tuple[RhythmStep, ...]:
    durations: dict[int, list[int]] = {}
    for note in cell:
        durations.setdefault(note.onset, []).append(note.duration)
    has_velocities = random.random() < 0.5
    return tuple(
        RhythmStep(onset, tuple(ticks), int(random.integers(16)) if has_velocities else None)
        for onset, ticks in durations.items()
    )


def grammars(
    question: Question, rules: Sequence[Rules], count: int, budget: int
) -> list[AnswerGrammar]:
    """Grammars of some candidates that share their rooms."""
    rooms = AnswerRooms(question, rules)
    return [AnswerGrammar(rooms, budget) for _ in range(count)]
