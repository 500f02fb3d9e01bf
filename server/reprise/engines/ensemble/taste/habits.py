"""What a part does in nearly every bar: where it strikes, how it is voiced, where phrases turn.

A part without notes is given what its role suggests.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from reprise.engines.ensemble.reading import Reading
from reprise.music.roles import Role
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks

NEARLY_ALWAYS = 0.75
"""Share of the bars of one length from which on a place belongs to the part."""
FEWEST_BARS = 2
LOW_PITCH, FAR = 60, 3
"""Below this pitch, notes of a chord that are nearer than so many semitones are mud."""
OTHERWISE = 0.15
"""By how much less like any other bar a bar is, than bars are, that turns a phrase."""

_CHORDAL = (Role.PIANO, Role.E_PIANO, Role.ORGAN, Role.PAD, Role.CHORDS, Role.COMP, Role.ENSEMBLE)
_CHORD_NOTES = 3

Place = tuple[int, int]
"""Ticks from the start of a bar, and a pitch or drum."""
T = TypeVar("T")


@dataclass(frozen=True)
class Habits:
    """What one part does.

    Attributes:
        onsets: Ticks where it strikes in nearly every bar, by the bar's length.
        otherwise: The same for bars of other lengths.
        drums: The same of drums: tick and drum; empty for other parts.
        most_onsets: Places that a cell of it may strike: half more than ever; None for no bound.
        chord_notes: The fewest notes that it strikes at once, but for one time in four.
        closest: Semitones between low neighbours of its chords, at least; `FAR` where it has none.
        turns: Cells that turn a phrase, by their bars.
        is_new: Whether it has no notes.
    """

    onsets: Mapping[int, frozenset[int]]
    otherwise: frozenset[int]
    drums: Mapping[int, frozenset[Place]]
    most_onsets: int | None
    chord_notes: int
    closest: int
    turns: Mapping[int, Cell]
    is_new: bool


def habits_of(reading: Reading, part: int) -> Habits:
    """Return the habits of a part of the source."""
    role = reading.parts[part].role
    own = {bar: cell for (bar, index), cell in sorted(reading.cells.items()) if index == part}
    if not own:
        return _habits_of_role(role)
    is_drums = reading.parts[part].is_drums
    by_length: dict[int, list[Cell]] = defaultdict(list)
    for bar, cell in own.items():
        by_length[reading.bars[bar].length].append(cell)
    sizes = sorted(size for cell in own.values() for size in _sizes(cell))
    most = max(len({note.onset for note in cell}) for cell in own.values())
    return Habits(
        onsets={
            length: _nearly_always([{note.onset for note in cell} for cell in cells])
            for length, cells in by_length.items()
        },
        otherwise=frozenset(),
        drums={
            length: _nearly_always([{note[:2] for note in cell} for cell in cells])
            for length, cells in by_length.items()
            if is_drums
        },
        most_onsets=most + max(1, most // 2),
        chord_notes=1 if is_drums else sizes[len(sizes) // 4],
        closest=0 if is_drums else min(_steps(own.values(), reading.shift), default=FAR),
        turns=_turns(own),
        is_new=False,
    )


def _habits_of_role(role: Role) -> Habits:
    begins = frozenset({0}) if role in (Role.BASS, Role.DRUMS) else frozenset[int]()
    return Habits(
        onsets={},
        otherwise=begins,
        drums={},
        most_onsets=None,
        chord_notes=_CHORD_NOTES if role in _CHORDAL else 1,
        closest=0 if role == Role.DRUMS else FAR,
        turns={},
        is_new=True,
    )


def _nearly_always(cells: Sequence[set[T]]) -> frozenset[T]:
    if len(cells) < FEWEST_BARS:
        return frozenset()
    counts = Counter(item for cell in cells for item in cell)
    return frozenset(item for item, n in counts.items() if n >= NEARLY_ALWAYS * len(cells))


def _sizes(cell: Cell) -> Iterable[int]:
    return Counter(note.onset for note in cell).values()


def _steps(cells: Iterable[Cell], shift: int) -> Iterable[int]:
    """Yield the semitones between low neighbours that are struck together."""
    for cell in cells:
        for upper, lower in zip(cell, cell[1:]):
            if upper.onset == lower.onset and lower.pitch - shift < LOW_PITCH:
                yield upper.pitch - lower.pitch


def longest_run(own: Mapping[int, Cell]) -> int:
    """Return how often one cell comes in a row, of cells by their bars; 1 or more."""
    longest = run = 1
    for bar in sorted(own):
        is_same = bar - 1 in own and attacks(own[bar - 1]) == attacks(own[bar])
        run = run + 1 if is_same else 1
        longest = max(longest, run)
    return longest


def _turns(own: Mapping[int, Cell]) -> dict[int, Cell]:
    """Return the cells that are less like any other cell than cells are in the mean."""
    alike = {
        bar: max((_alike(cell, own[other]) for other in own if other != bar), default=0.0)
        for bar, cell in own.items()
    }
    usual = fmean(alike.values())
    return {bar: own[bar] for bar, share in alike.items() if share < usual - OTHERWISE}


def _alike(left: Cell, right: Cell) -> float:
    one, other = attacks(left), attacks(right)
    return 2.0 * len(one & other) / (len(one) + len(other))
