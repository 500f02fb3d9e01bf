"""Writes drafts of an answer: several at once from one prompt, stage after stage.

The first stage is the same for all drafts of a batch, so they are written side by side. Later
stages hear what each draft has written before, and are written when a draft is wanted. Only in a
variation or a morph every stage hears the clips alone, so that all drafts are written side by side
to their end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reprise.engines.base import Candidate, Verb, Watch
from reprise.engines.ensemble.asking import Asker, Asking, Board, Stage
from reprise.engines.ensemble.decode import (
    Blend,
    Drawing,
    OnCell,
    Written,
    drawing_from_surprise,
    generate,
)
from reprise.engines.ensemble.doubles import doubles_of
from reprise.engines.ensemble.grammar.answer import AnswerRooms
from reprise.engines.ensemble.grammar.cell import NOTHING
from reprise.engines.ensemble.grammar.room import Bias
from reprise.engines.ensemble.grammar.rules import Rules
from reprise.engines.ensemble.limits import Limits, within
from reprise.engines.ensemble.reading import Reading, Spot, cells_of_score
from reprise.engines.ensemble.rulebook import Rulebook
from reprise.engines.ensemble.stages import Wishes, first_board, plan_stages
from reprise.engines.ensemble.style import drawn, ideas_of, styled, unaccustomed
from reprise.engines.ensemble.taste.agreement import agreed
from reprise.engines.ensemble.taste.caution import copy_cautions
from reprise.engines.ensemble.taste.company import is_unheard
from reprise.engines.ensemble.taste.habits import habits_of
from reprise.engines.ensemble.taste.leaning import Leaning, leanings
from reprise.engines.ensemble.taste.manner import Manners
from reprise.engines.ensemble.taste.wary import Cares, WaryGrammar
from reprise.engines.ensemble.writing import Scribe
from reprise.engines.sampling import generator
from reprise.runtime.ensemble_model import Decoder, EnsembleModel, Floats
from reprise.tokenizers.ensemble.cells import Cell, in_order
from reprise.tokenizers.ensemble.layout import Question, prompt

LEAST_SURPRISE = 0.15
"""Of second and later batches, which have to bring something else than the first."""

SHARPNESS = 1.3
"""By how much choices are drawn more surely than the slider says: the tails of a small network are
mistakes. Pooled F1 of refills at a surprise of one half: .28 at 1.0, .33 at 1.25, .34 at 1.6."""

MOST_TOKENS = 768
"""Of the answers of one stage."""

MOST_ONE_BY_ONE = 4
"""Drafts of a batch whose later stages are written one by one."""

SIDE_BY_SIDE = (Verb.VARY, Verb.MORPH)
"""Every stage hears the clips alone, and not what was written before it."""

VOTERS, VOTERS_UNHEARD, VOTERS_SURPRISE = 8, 16, 0.4
"""Drafts that agree on the likeliest answer, also where nothing is heard of a voice but they, and
how they are drawn: the surer, the more alike are their mistakes."""

NOT_TAKEN_AFTER = (
    "this takes after none of your clips: the network can do so only in bars that are written "
    "wholly anew, or varied, in the meter of the clip"
)

PLANNING = 1 << 20
ROWS = 64
"""Drafts of one batch at most; numbers the random streams."""


@dataclass
class Draft:
    """An answer in the making.

    Attributes:
        board: What stands.
        answers: New notes by spot.
        waiting: Stages that are not written yet.
        random: Its own random numbers.
        drawing: How it is drawn.
        log_probability: Of all that was written, nats.
        remarks: What could not be had, as sentences.
        unheard: Names of voices that were not heard.
        style_from: Names of the producer's own pieces that it takes after.
    """

    board: Board
    waiting: list[Stage]
    random: np.random.Generator
    drawing: Drawing
    answers: dict[Spot, Cell] = field(default_factory=dict)
    log_probability: float = 0.0
    remarks: dict[str, None] = field(default_factory=dict)
    unheard: dict[str, None] = field(default_factory=dict)
    style_from: dict[str, None] = field(default_factory=dict)


class Composer:
    """Writes drafts for one task; the same seed and numbers give the same notes."""

    def __init__(
        self,
        reading: Reading,
        limits: Mapping[int, Limits],
        model: EnsembleModel,
        seed: int,
        watch: Watch,
        remarks: Sequence[str] = (),
        style: int | None = None,
    ) -> None:
        """Take what is known of a task, and the network that answers.

        Args:
            reading: The task as it is read.
            limits: Of every part that may be written.
            model: The network.
            seed: Of all random numbers.
            watch: Is asked often.
            remarks: What every answer says.
            style: A style 0-31 that the network has learnt, None where it has none.
        """
        self._doubles = doubles_of(reading, limits)
        self._scribe = Scribe(reading, limits)
        reading = self._doubles.without(reading)
        self.reading = reading
        self.limits = limits
        self._model = model
        self._seed = seed
        self._watch = watch
        self._remarks = dict.fromkeys(remarks)
        self._ideas = ideas_of(reading, limits)
        heard = unaccustomed(reading, self._ideas) if self._ideas else reading
        self._asker = Asker(reading, limits, style)
        self._rulebook = Rulebook(reading, limits)
        self._bar_numbers = _bar_numbers(reading)
        self.manners = Manners(heard)
        self._grids = {part: self.manners.grid_bias(part) for part in limits}
        self._crowds = {part: self.manners.crowds(part) for part in limits}
        self._habits = {part: habits_of(heard, part) for part in limits}
        task, parts = reading.task, range(len(reading.task.source.voices))
        self._target: Mapping[Spot, Cell] = {}
        if task.verb == Verb.MORPH and task.target is not None:
            self._target = self._allowed(cells_of_score(task.target, reading, parts, watch))
        self._liked = tuple(
            (self._allowed(cells_of_score(score, reading, parts, watch)), weight)
            for score, weight in task.like
        )

    def _allowed(self, cells: Mapping[Spot, Cell]) -> dict[Spot, Cell]:
        """Return what of cells may be written now, in the parts that may be written."""
        return {
            spot: tuple(note for note in cell if note.pitch in self.limits[spot[1]].pitches)
            for spot, cell in cells.items()
            if spot[1] in self.limits
        }

    def batch(
        self, number: int, count: int, similarity: float, strength: float, shown: int
    ) -> list[Draft]:
        """Return drafts whose first stage is written, or all of them where that costs no more.

        Args:
            number: Of the batch, from 0; it alone decides what comes.
            count: Drafts, 1 to `ROWS`; fewer are made where they would be written one by one.
            similarity: How like the source a variation should be, 0.0-1.0.
            strength: How much of the source is asked for, 0.0-1.0.
            shown: Of how many drafts bars are shown as soon as they stand.
        """
        planning = generator(self._seed, PLANNING + number)
        wishes = Wishes(similarity, strength, self._target, self._liked)
        stages = plan_stages(self.reading, wishes, planning)
        stages = [
            replace(stage, given=within(stage.given, self.reading, self.limits)) for stage in stages
        ]
        if self._ideas:
            stages = styled(self.reading, stages, drawn(self._ideas, planning))
        drawing = self._drawing(number)
        board = first_board(self.reading)
        is_shared = len(stages) == 1 or self.reading.task.verb in SIDE_BY_SIDE
        remarks = {**self._remarks, **self._in_stretches(stages)}
        drafts = [
            Draft(
                board.copy(),
                list(stages),
                generator(self._seed, number * ROWS + row),
                drawing,
                remarks=dict(remarks),
            )
            for row in range(count if is_shared else min(count, MOST_ONE_BY_ONE))
        ]
        for _ in stages if is_shared else stages[:1]:
            self._write_stage(drafts, shown)
        return drafts

    def _in_stretches(self, stages: Sequence[Stage]) -> dict[str, None]:
        """Return a sentence where a part is answered in more than one go."""
        bars = {self._bar_numbers[bar] for stage in stages for bar, _ in stage.spots}
        turns = len({stage.spots[0][0] for stage in stages if stage.spots})
        if turns < 2:
            return {}
        return {
            f"{len(bars)} bars are more than the network hears at once: they were answered in "
            f"{turns} stretches, each beside what comes before and after it": None
        }

    def finish(self, draft: Draft) -> Candidate:
        """Return a draft as a candidate, with all stages written."""
        while draft.waiting:
            self._write_stage([draft], 0)
        remarks = {**draft.remarks, **_not_heard(draft.unheard)}
        if self._ideas and not draft.style_from:
            remarks[NOT_TAKEN_AFTER] = None
        candidate = self._scribe.candidate(
            self._doubles.followed(draft.answers, self.limits),
            draft.log_probability if draft.answers else None,
            tuple(remarks),
        )
        return replace(candidate, style_from=tuple(draft.style_from))

    def _drawing(self, number: int) -> Drawing:
        surprise = self.reading.task.controls.surprise
        drawing = drawing_from_surprise(max(surprise, LEAST_SURPRISE) if number else surprise)
        return replace(drawing, sharpness=drawing.sharpness * np.float32(SHARPNESS))

    def _write_stage(self, drafts: Sequence[Draft], shown: int) -> None:
        """Write the next stage of drafts that have the same board."""
        first = drafts[0]
        stage = first.waiting[0]
        for draft in drafts:
            draft.answers.update(stage.given)
            for spot, cell in stage.given.items():
                draft.board.put(spot, in_order((*cell, *self.reading.locked(spot))))
        if not stage.spots:
            for draft in drafts:
                draft.waiting.pop(0)
            return
        asking = self._asker.ask(first.board, stage)
        rules = self._rulebook.rules(first.board, stage, asking)
        parts = [self.reading.parts[part] for part in asking.view.left_out]
        unheard = dict.fromkeys(part.voice.name or "a voice without a name" for part in parts)
        hears_answers = self.reading.task.verb not in SIDE_BY_SIDE
        on_cell = self._show(asking, shown) if shown else None
        is_refilled = self.reading.task.verb == Verb.REFILL and stage.open is None
        if is_refilled and first.drawing.is_greedy:
            written = len(drafts) * (self._agreed(asking, rules, first, on_cell),)
        else:
            written = self._generated(asking, rules, drafts, on_cell)
        for draft, answer in zip(drafts, written):
            draft.waiting.pop(0)
            draft.log_probability += answer.log_probability
            draft.unheard.update(unheard)
            draft.style_from.update(dict.fromkeys(stage.style.values()))
            draft.remarks.update(dict.fromkeys(self._problems(asking, answer)))
            for spot, cell in zip(asking.spots, answer.cells):
                standing = self._rulebook.standing(spot, stage)
                draft.answers[spot] = in_order((*cell, *stage.held.get(spot, ())))
                if hears_answers:
                    draft.board.put(spot, in_order((*cell, *standing)))

    def _problems(self, asking: Asking, answer: Written) -> Iterator[str]:
        """Yield what could not be had; that a part of a bar is silent is no matter."""
        sounding = {
            (self._bar_numbers[bar], part)
            for (bar, part), cell in zip(asking.spots, answer.cells)
            if cell
        }
        for (bar, part), problems in zip(asking.spots, answer.problems):
            is_silent = (self._bar_numbers[bar], part) not in sounding
            yield from (problem for problem in problems if is_silent or problem != NOTHING)

    def _agreed(
        self, asking: Asking, rules: Sequence[Rules], draft: Draft, on_cell: OnCell | None
    ) -> Written:
        """Return what several drafts agree on that are drawn beside this one."""
        count = VOTERS_UNHEARD if is_unheard(draft.board, asking) else VOTERS
        seeds = draft.random.integers(1 << 31, size=count).tolist()
        drawing = drawing_from_surprise(VOTERS_SURPRISE)
        voters = [
            replace(draft, random=generator(seed, row), drawing=drawing)
            for row, seed in enumerate(seeds)
        ]
        drafts = self._generated(asking, rules, voters, None)
        answer = agreed(draft.board, asking, AnswerRooms(asking.question, rules), drafts)
        if on_cell is not None:
            for hole, cell in enumerate(answer.cells):
                on_cell(0, hole, cell)
        return answer

    def _generated(
        self,
        asking: Asking,
        rules: Sequence[Rules],
        drafts: Sequence[Draft],
        on_cell: OnCell | None,
    ) -> tuple[Written, ...]:
        rooms = AnswerRooms(asking.question, rules)
        budget = max(rooms.least_tokens, min(MOST_TOKENS, _tokens(rules)))
        first, decoder = self._opened(asking.question, len(drafts), budget)
        cares = self._cares(drafts[0].board, asking)
        if asking.other is not None:
            amount = self.reading.task.amount
            first_other, decoder_other = self._opened(asking.other, len(drafts), budget)
            blend = Blend(decoder, decoder_other, amount)
            first, decoder = blend.mixed(first, first_other), blend
        return generate(
            first,
            decoder,
            [WaryGrammar(rooms, budget, cares) for _ in drafts],
            drafts[0].drawing,
            [draft.random for draft in drafts],
            self._watch,
            on_cell,
        )

    def _cares(self, board: Board, asking: Asking) -> Cares:
        tracks = {track: part for (_, part), (_, track) in zip(asking.spots, asking.question.holes)}
        return Cares(
            longest_runs=self._longest_runs(asking),
            grids={track: self._grids[part] for track, part in tracks.items()},
            crowds={track: self._crowds[part] for track, part in tracks.items()},
            beginnings=self._cautions(board, asking),
            leanings=self._leanings(board, asking),
        )

    def _leanings(self, board: Board, asking: Asking) -> Sequence[Leaning]:
        task = self.reading.task
        may_lean = task.controls.surprise > 0.0 and task.verb != Verb.MORPH
        if not may_lean:
            return ()
        return leanings(self.reading, self._habits, self.limits, board, asking)

    def _cautions(self, board: Board, asking: Asking) -> Sequence[Bias]:
        task = self.reading.task
        may_surprise = task.controls.surprise > 0.0 and task.verb != Verb.VARY
        return copy_cautions(board, asking) if may_surprise else ()

    def _longest_runs(self, asking: Asking) -> dict[int, int]:
        """Return how often each track may strike one pitch in a row."""
        found = {}
        for (_, part), (_, track) in zip(asking.spots, asking.question.holes):
            longest = self.limits[part].longest_run
            if longest is not None and not self.reading.keeps_pitches:
                found[track] = longest
        return found

    def _opened(self, question: Question, count: int, budget: int) -> tuple[Floats, Decoder]:
        self._watch.check()
        row = prompt(question)
        read = self._model.prefill(row.features, row.times, self._watch.check)
        self._watch.check()
        return read.logits, self._model.decoder(read, count, budget)

    def _show(self, asking: Asking, shown: int) -> OnCell:
        """Return what shows each bar of the first drafts when it stands."""
        rows: dict[int, dict[Spot, Cell]] = {}
        last = {self._bar_numbers[bar]: hole for hole, (bar, _) in enumerate(asking.spots)}

        def show(row: int, hole: int, cell: Cell) -> None:
            spot = asking.spots[hole]
            own = rows.setdefault(row, {})
            own[spot] = cell
            number = self._bar_numbers[spot[0]]
            if last[number] == hole and row < shown:
                bar = {at: notes for at, notes in own.items() if self._bar_numbers[at[0]] == number}
                bar = self._doubles.followed(bar, self.limits)
                self._watch.bar(row, number, self._scribe.bar(bar))

        return show


def _not_heard(names: Iterable[str]) -> dict[str, None]:
    """Return a sentence where voices are not heard."""
    found = list(names)
    if not found:
        return {}
    shown = ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")
    return {f"not all voices fit what the network hears at once; left out: {shown}": None}


def _tokens(rules: Sequence[Rules]) -> int:
    """Return how many tokens answers may take: as many as their notes may need."""
    return sum(4 * rule.most + 4 for rule in rules)


def _bar_numbers(reading: Reading) -> list[int]:
    """Return the bar of the music, from 0, that each grid bar belongs to."""
    numbers: list[int] = []
    for bar in reading.bars:
        numbers.append((numbers[-1] if numbers else -1) + bar.opens_bar)
    return numbers
