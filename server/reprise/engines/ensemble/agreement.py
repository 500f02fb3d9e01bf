"""Where the likeliest is asked for: what drafts, and bars that were heard, agree on.

The likeliest tokens one after another are not the answer that is right most often. Several drafts
and all bars that could be copied vote: each hole takes the cell that has most notes in common with
the others, a draft counting as much as any other, a bar the more the liker its company is. An
answer that is stuck or silent where its voice was not is mended at the least cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp

from reprise.engines.ensemble.asking import Asking, Board
from reprise.engines.ensemble.company import Company
from reprise.engines.ensemble.decode import Written
from reprise.engines.ensemble.grammar import AnswerGrammar, AnswerRooms
from reprise.engines.ensemble.liveliness import Liveliness
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks

COPIES_SHARE = 0.5
"""What all copies of a hole weigh together, against all drafts."""
SHARPNESS = 20.0
"""How fast a copy loses weight as its company becomes less alike."""
NOTE_COST = 0.45
"""What a note that is played or meant costs, against two that agree."""
MOST_MENDINGS = 8
"""Cells of one voice that are exchanged at most."""


@dataclass(frozen=True)
class Ranked:
    """Cells that a hole may be answered with.

    Attributes:
        cells: All that differ, the best first.
        losses: By how much each is worse than the first, 0.0 or more.
    """

    cells: tuple[Cell, ...]
    losses: tuple[float, ...]


def agreed(board: Board, asking: Asking, rooms: AnswerRooms, drafts: Sequence[Written]) -> Written:
    """Return the answer that most drafts and bars are near to.

    Args:
        board: What stands.
        asking: The question.
        rooms: Its rules; every answer obeys them.
        drafts: Answers to it.
    """
    company = Company(board, asking)
    holes = [
        _ranked([draft.cells[hole] for draft in drafts], _copies(company, asking, hole))
        for hole in range(len(asking.spots))
    ]
    voices: dict[int, list[int]] = {}
    for hole, (_, part) in enumerate(asking.spots):
        voices.setdefault(part, []).append(hole)
    answer = _Answer(rooms, holes)
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


def _ranked(drafts: Sequence[Cell], copies: Iterator[tuple[Cell, float]]) -> Ranked:
    weights: dict[Cell, float] = {}
    for cell in drafts:
        weights[cell] = weights.get(cell, 0.0) + 1.0
    found = [(cell, exp(SHARPNESS * (likeness - 1.0))) for cell, likeness in copies]
    total = sum(weight for _, weight in found)
    for cell, weight in found:
        share = COPIES_SHARE * len(drafts) * weight / total
        weights[cell] = weights.get(cell, 0.0) + share
    return _by_agreement(weights)


def _by_agreement(weights: Mapping[Cell, float]) -> Ranked:
    """Return cells by how many of their notes they may be expected to have right."""
    notes = {cell: attacks(cell) for cell in weights}
    worth = {
        cell: sum(
            weight * (2.0 * len(own & notes[other]) - NOTE_COST * (len(own) + len(notes[other])))
            for other, weight in weights.items()
        )
        for cell, own in notes.items()
    }
    cells = tuple(sorted(worth, key=lambda cell: -worth[cell]))
    return Ranked(cells, tuple(worth[cells[0]] - worth[cell] for cell in cells))


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
            preferred = self._preferred.get(hole)
            cells = ranked.cells if preferred is None else (preferred, *ranked.cells)
            walk.answer(next((cell for cell in cells if walk.admits(cell)), cells[0]))
        self.cells, self._problems = walk.cells, walk.problems


def _mend(answer: _Answer, holes: Sequence[int], liveliness: Liveliness) -> None:
    """Exchange cells of a voice, at the least loss, until nothing is wrong with it."""
    for _ in range(MOST_MENDINGS):
        own = [answer.cells[hole] for hole in holes]
        wrong = liveliness.wrong(own)
        if not wrong:
            return
        found = [
            (ranked.losses[rank] / (wrong - less), hole, cell)
            for index, hole in enumerate(holes)
            for ranked in [answer.holes[hole]]
            for rank, cell in enumerate(ranked.cells)
            if (less := liveliness.wrong([*own[:index], cell, *own[index + 1 :]])) < wrong
        ]
        if not found:
            return
        _, hole, cell = min(found, key=lambda each: each[:2])
        answer.prefer(hole, cell)
