"""The form of what comes after a clip: which of its bars return, how far moved, and how changed.

Repetition with variation: a continuation is made of the clip's own bars in phrases, moved by
degrees of the scale in groups, so that it sounds meant. A development leaves the theme and
comes back to it.
"""

from dataclasses import dataclass

import numpy as np

from reprise.engines.base import Verb
from reprise.engines.fitting import EDGE
from reprise.engines.markov.material import Material
from reprise.engines.sampling import Floats
from reprise.music.span import Span

LONGEST_PHRASE = 8
"""Bars of the source that are taken up again at most, its last ones."""

SHIFTS = (0, 1, -1, 2, -2, 3, -3, 4)
SHIFT_SHARES = (0.46, 0.12, 0.12, 0.08, 0.08, 0.05, 0.05, 0.04)
"""How likely a group of bars is moved by so many degrees."""

SAME_AGAIN = 0.5
"""How likely a bar of a later phrase is changed in just the way its model was before."""

CONSONANT = 4.0


@dataclass(frozen=True, slots=True)
class BarPlan:
    """What becomes of one bar.

    Attributes:
        cell: The bar of the source that is taken up, in beats.
        shift: Degrees of the scale that it is moved by.
        change: How strongly it is changed, a factor of the task's own.
        label: Bars of one label and cell are changed in the same way.
        is_fill: Whether a phrase ends here.
        is_last: Whether the whole answer ends here.
    """

    cell: Span
    shift: int
    change: float
    label: int
    is_fill: bool
    is_last: bool


def planned(material: Material, bars: list[int], random: np.random.Generator) -> dict[int, BarPlan]:
    """Return a plan for each bar that is to be written after the source."""
    plans: dict[int, BarPlan] = {}
    shift = 0
    for position, bar in enumerate(bars):
        cells = _phrase(material, material.bars.spans[bar])
        length = len(cells)
        phrase, inside = divmod(position, length)
        if inside == 0:
            order = _order(length, random)
        if position % _group(length) == 0:
            ends_phrase = length > 1 and inside + _group(length) >= length
            shift = _shift(material, bar, cells[order[inside]], ends_phrase, random)
        cell = order[inside] if inside < len(order) else inside
        is_again = phrase > 0 and random.random() < SAME_AGAIN
        plans[bar] = BarPlan(
            cell=cells[cell % length],
            shift=shift,
            change=_change(material, position, len(bars)),
            label=cell if is_again or phrase == 0 else cell + LONGEST_PHRASE * (1 + phrase % 16),
            is_fill=position % 4 == 3 or bar == bars[-1],
            is_last=bar == bars[-1],
        )
    return plans


def _phrase(material: Material, bar: Span) -> tuple[Span, ...]:
    """Return the bars that are taken up: the last ones that are as long as the bar to write."""
    alike = [cell for cell in material.cells if abs(cell.length - bar.length) < EDGE]
    return tuple((alike or list(material.cells))[-LONGEST_PHRASE:])


def _group(length: int) -> int:
    return 2 if length > 2 else 1


def _order(length: int, random: np.random.Generator) -> tuple[int, ...]:
    """Return the order in which the bars of a phrase come back."""
    straight = tuple(range(length))
    if length < 4:
        return straight
    half = length // 2
    orders = (
        straight,
        (*straight[:half], *straight[: length - half]),
        straight[half:] + straight[:half],
    )
    return orders[int(random.choice(3, p=(0.6, 0.25, 0.15)))]


def _shift(
    material: Material, bar: int, cell: Span, ends_phrase: bool, random: np.random.Generator
) -> int:
    """Return the degrees by which a group of bars is moved; a phrase comes home at its end."""
    shares = np.log(np.array(SHIFT_SHARES) / sum(SHIFT_SHARES))
    if ends_phrase:
        shares[0] += 1.5
    shares += CONSONANT * _consonance(material, bar, cell)
    weights = np.exp(shares - shares.max())
    return SHIFTS[int(random.choice(len(SHIFTS), p=weights / weights.sum()))]


def _consonance(material: Material, bar: int, cell: Span) -> Floats:
    """Return how well each shift of a cell sounds with the context, 0.0-1.0."""
    offset = material.bars.spans[bar].start - cell.start
    found = np.zeros(len(SHIFTS))
    for index, shift in enumerate(SHIFTS):
        total = heard = 0.0
        for voice in material.voices:
            for unit in () if voice.is_drums else voice.inside(cell.start, cell.end):
                counts = material.harmony.at(unit.start + offset)
                if counts.any():
                    pitch = material.key.degree_shifted(unit.pitch, shift)
                    heard += unit.duration * float(counts[pitch % 12] > 0)
                    total += unit.duration
        found[index] = heard / total if total else 0.0
    return found


def _change(material: Material, position: int, count: int) -> float:
    if material.task.verb != Verb.DEVELOP:
        return 1.0
    # The theme is stated, left towards the middle, and comes back.
    place = (position + 0.5) / count
    return 0.4 + 2.4 * (1.0 - abs(2.0 * place - 1.0))
