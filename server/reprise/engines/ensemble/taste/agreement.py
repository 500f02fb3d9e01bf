"""Where the likeliest is asked for: what drafts, and bars that were heard, agree on.

The likeliest tokens one after another are not the answer that is right most often. Several drafts
and all bars that could be copied say how likely each note is; a hole is answered with the notes
that are likely enough, or with the draft or bar that has most of them where these do not make a
legal cell. An answer that is stuck or silent where its voice was not is mended at the least cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from reprise.engines.ensemble.asking import Asking, Board
from reprise.engines.ensemble.decode import Written
from reprise.engines.ensemble.grammar.answer import AnswerGrammar, AnswerRooms
from reprise.engines.ensemble.taste.blend import blended
from reprise.engines.ensemble.taste.chances import (
    Attack,
    Evidence,
    Witness,
    chances,
    expected_notes,
    worth,
)
from reprise.engines.ensemble.taste.company import Company
from reprise.engines.ensemble.taste.liveliness import Liveliness
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks

COPIES_SHARE = 0.5
"""What all copies of a hole weigh together, against all drafts, where they say how notes sound."""
USUAL_COST = 0.38
"""What a note costs in an ordinary question, where one that is right is worth 2.0: the F1 that
answers of this network have in the mean."""
COST_STEPS = 12
FEWEST_HEARD, FEWEST_UNHEARD = 0.8, 0.9
"""Share of the notes to be expected that a voice is given at least, if anything was heard of it
and if nothing was."""
FULLER, SPARSER = 0.6, 1.6
"""By how much cheaper and dearer notes are in two more cells, in exchange for the first."""
MOST_MENDINGS = 16
"""Exchanges of one voice's cells that are tried at most."""


@dataclass(frozen=True)
class Ranked:
    """Cells that a hole may be answered with.

    Attributes:
        blend: Put together of the notes that are likely enough.
        cells: Drafts, copies and other blends that differ, the best first.
        chances: Of each note to be right.
        cost: Of a note, where one that is right is worth 2.0.
    """

    blend: Cell
    cells: tuple[Cell, ...]
    chances: Mapping[Attack, float]
    cost: float

    def worth(self, cell: Cell) -> float:
        """Return what may be gained by a cell."""
        return worth(attacks(cell), self.chances, self.cost)


def agreed(board: Board, asking: Asking, rooms: AnswerRooms, drafts: Sequence[Written]) -> Written:
    """Return the answer that most drafts and bars are near to.

    Args:
        board: What stands.
        asking: The question.
        rooms: Its rules; every answer obeys them.
        drafts: Answers to it.
    """
    company = Company(board, asking)
    evidence = [
        Evidence(
            [draft.cells[hole] for draft in drafts],
            list(_copies(company, asking, hole)),
            rooms.rules[hole].is_drums,
            list(_beside(company, asking, hole)),
        )
        for hole in range(len(asking.spots))
    ]
    voices: dict[int, list[int]] = {}
    for hole, (_, part) in enumerate(asking.spots):
        voices.setdefault(part, []).append(hole)
    answer = _Answer(rooms, _ranked(evidence, rooms, list(voices.values())))
    for part, own in voices.items():
        _mend(answer, own, Liveliness(company.cells, asking, part))
    return answer.written(drafts)


def _copies(company: Company, asking: Asking, hole: int) -> Iterator[tuple[Cell, float]]:
    """Yield the bars of a hole's own voice, each with how alike its company is."""
    here, _ = asking.question.holes[hole]
    part = asking.spots[hole][1]
    bars = asking.question.window.bars
    for there, known in enumerate(company.cells):
        if part in known and bars[there].length == bars[here].length:
            yield known[part], company.likeness(part, here, there)


def _beside(company: Company, asking: Asking, hole: int) -> Iterator[Cell]:
    """Yield what other voices with pitches are heard with beside a hole, none beside drums."""
    here, _ = asking.question.holes[hole]
    part = asking.spots[hole][1]
    tracks = dict(zip(asking.view.parts, asking.question.window.tracks))
    if tracks[part].is_drums:
        return
    for other, cell in company.cells[here].items():
        if other != part and not tracks[other].is_drums:
            yield cell


def _ranked(
    evidence: Sequence[Evidence], rooms: AnswerRooms, voices: Sequence[Sequence[int]]
) -> list[Ranked]:
    known = [
        {attack: chance for attack, chance in chances(each).items() if attack[1] in rules.pitches}
        for each, rules in zip(evidence, rooms.rules)
    ]
    usual = sqrt(USUAL_COST * _fair_cost([chance for each in known for chance in each.values()]))
    costs = [usual] * len(evidence)
    for own in voices:
        cost = min(
            usual, _highest_cost([evidence[hole] for hole in own], [known[hole] for hole in own])
        )
        for hole in own:
            costs[hole] = cost
    return [_of_hole(*each, rooms, hole) for hole, each in enumerate(zip(evidence, known, costs))]


def _of_hole(
    evidence: Evidence, known: Mapping[Attack, float], cost: float, rooms: AnswerRooms, hole: int
) -> Ranked:
    witnesses = [
        *evidence.draft_witnesses(),
        *(Witness(each.cell, COPIES_SHARE * each.weight) for each in evidence.copy_witnesses()),
    ]
    blends = [
        blended(known, share * cost, witnesses, rooms.rules[hole])
        for share in (1.0, FULLER, SPARSER)
    ]
    cells = dict.fromkeys((*(each.cell for each in witnesses), *blends[1:]))
    ordered = sorted(cells, key=lambda cell: -worth(attacks(cell), known, cost))
    return Ranked(blends[0], tuple(ordered), known, cost)


def _fair_cost(chances: Sequence[float]) -> float:
    """Return the cost at which the notes that are worth it have the highest F1: just that F1."""
    total, cost = sum(chances), USUAL_COST
    for _ in range(COST_STEPS):
        chosen = [chance for chance in chances if 2.0 * chance > cost]
        cost = 2.0 * sum(chosen) / (len(chosen) + total) if chosen else 0.7 * cost
    return cost


def _highest_cost(evidence: Sequence[Evidence], known: Sequence[Mapping[Attack, float]]) -> float:
    """Return the cost at which a voice still has the fewest notes that it should have."""
    least = sum(
        (FEWEST_HEARD if each.copies else FEWEST_UNHEARD) * expected_notes(each)
        for each in evidence
    )
    every = sorted((chance for each in known for chance in each.values()), reverse=True)
    count = min(round(least), len(every))
    # Notes that are as likely as the last one are worth it as well.
    return 1.999 * every[count - 1] if count else 2.0


class _Answer:
    """One cell for each hole, as the rules have it.

    Attributes:
        cells: The answer so far.
        holes: What each hole may be answered with.
    """

    def __init__(self, rooms: AnswerRooms, holes: Sequence[Ranked]) -> None:
        self.holes = holes
        self._rooms = rooms
        self._preferred: dict[int, Cell] = {}
        self._walk()

    def prefer(self, hole: int, cell: Cell) -> None:
        """Answer a hole with another cell, if the rules let it stand."""
        self._preferred[hole] = cell
        self._walk()

    def written(self, drafts: Sequence[Written]) -> Written:
        """Return the answer, each cell as likely as in a draft that has it, or in any at most."""
        logs = []
        for hole, cell in enumerate(self.cells):
            every = [draft.log_probabilities[hole] for draft in drafts]
            own = [log for log, draft in zip(every, drafts) if draft.cells[hole] == cell]
            logs.append(max(own, default=min(every)))
        count = max(draft.token_count for draft in drafts)
        return Written(tuple(self.cells), tuple(logs), count, tuple(self._problems))

    def _walk(self) -> None:
        """Answer hole after hole with the best cell that the rules admit there."""
        walk = AnswerGrammar(self._rooms, self._rooms.least_tokens)
        for hole, ranked in enumerate(self.holes):
            walk.answer(self._best(walk, ranked, self._preferred.get(hole)))
        self.cells, self._problems = walk.cells, walk.problems

    def _best(self, walk: AnswerGrammar, ranked: Ranked, preferred: Cell | None) -> Cell:
        if preferred is not None and walk.admits(walk.part_of(preferred)):
            return walk.part_of(preferred)
        whole = next((cell for cell in ranked.cells if walk.admits(cell)), None)
        blend = walk.part_of(ranked.blend)
        if not walk.admits(blend):
            return ranked.blend if whole is None else whole
        if whole is None or ranked.worth(blend) >= ranked.worth(whole):
            return blend
        return whole


def _mend(answer: _Answer, holes: Sequence[int], liveliness: Liveliness) -> None:
    """Exchange cells of a voice, at the least loss, until nothing is wrong with it."""
    tried: set[tuple[int, Cell]] = set()
    for _ in range(MOST_MENDINGS):
        own = [answer.cells[hole] for hole in holes]
        wrong = liveliness.wrong(own)
        if not wrong:
            return
        found = [
            ((ranked.worth(own[index]) - ranked.worth(cell)) / (wrong - less), hole, cell)
            for index, hole in enumerate(holes)
            for ranked in [answer.holes[hole]]
            for cell in ranked.cells
            if (hole, cell) not in tried
            and (less := liveliness.wrong([*own[:index], cell, *own[index + 1 :]])) < wrong
        ]
        if not found:
            return
        _, hole, cell = min(found, key=lambda each: each[:2])
        tried.add((hole, cell))
        answer.prefer(hole, cell)
