"""What is asked, stage after stage, for each verb.

A variation leaves some cells as they are and starts others from themselves; a refill and a
continuation know nothing of what was there; a rewrite asks for one voice at a time; a morph starts
from two clips at once; a development leaves an idea, varies it and comes back to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from reprise.engines.base import ADDING_VERBS, Verb
from reprise.engines.ensemble.asking import Board, Stage, Theme
from reprise.engines.ensemble.choosing import (
    choose_spots,
    chosen_similarity,
    endings,
    held_notes,
    thinned,
)
from reprise.engines.ensemble.form import Section, sections
from reprise.engines.ensemble.reading import Reading, Spot
from reprise.engines.ensemble.windows import stretches
from reprise.music.roles import Role
from reprise.tokenizers.ensemble.cells import Cell, in_order
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.locks import Open
from reprise.tokenizers.ensemble.vocabulary import Asked

THEME_BARS = 2
"""Grid bars of an idea that is developed; the network was shown no longer ones."""

UNRELATED = 0.4
"""Similarity of clips that have nothing to do with one another."""

BOLD = 0.5
"""The strength above which nothing of what is varied is heard beside its own bar."""

HALF_WAY, MOST_UNMIXED = 0.5, 0.8
"""Share of the cells near an end of a morph that are that clip's own."""
MOST_LIKED = 0.9
"""How likely a cell starts from a liked answer, at a weight of one half or more."""
TAKEN_OVER = 0.65
"""How likely a cell of a liked answer stands as it is."""
LIKED_SIMILARITY, LIKED_CHANGE = 0.8, 0.4
"""How like a liked answer its cells stay, and how much of the strength is left for the rest."""

_LEADING = (Role.MELODY, Role.LEAD, Role.VOICE, Role.ARP, Role.PIPE, Role.REED, Role.PIANO)


def first_board(reading: Reading) -> Board:
    """Return what stands before anything is written.

    What is varied or rewritten is heard until its own turn comes; what is refilled or added, and
    what is varied boldly, is not known.
    """
    verb = reading.task.verb
    is_bold = verb == Verb.VARY and reading.task.strength > BOLD
    if verb in (Verb.MORPH, Verb.REDO) or (verb == Verb.VARY and not is_bold):
        return Board(dict(reading.cells), set())
    cells = {spot: cell for spot, cell in reading.cells.items() if spot not in reading.openings}
    locked = {spot: reading.locked(spot) for spot in reading.openings}
    cells.update({spot: cell for spot, cell in locked.items() if cell})
    return Board(cells, set(reading.openings))


@dataclass(frozen=True)
class Wishes:
    """What stages are planned by, beside the task.

    Attributes:
        similarity: How like the source a variation should be, 0.0-1.0.
        strength: How much of it is asked for, 0.0-1.0.
        target: Cells of the clip to morph towards.
        liked: Cells of liked answers, each with its weight.
    """

    similarity: float
    strength: float
    target: Mapping[Spot, Cell]
    liked: tuple[tuple[Mapping[Spot, Cell], float], ...] = ()


def plan_stages(reading: Reading, wishes: Wishes, random: np.random.Generator) -> list[Stage]:
    """Return the stages of one batch of candidates.

    Args:
        reading: What is known.
        wishes: What else is wished for.
        random: Draws which cells a variation or a development asks for, and the order of a rewrite.
    """
    if reading.keeps_rhythm or reading.keeps_pitches:
        return _kept_stages(reading, wishes, random)
    planners = {
        Verb.VARY: lambda: _variation(reading, wishes, random),
        Verb.REDO: lambda: _rewrite(reading, random),
        Verb.DEVELOP: lambda: _development(reading, random),
        Verb.CONTINUE: lambda: _plain(reading, Asked.CONTINUE),
        Verb.ACCOMPANY: lambda: _plain(reading, Asked.TRACK),
        Verb.REFILL: lambda: _refill(reading),
        Verb.MORPH: lambda: _morph(reading, wishes, random),
    }
    if wishes.liked and reading.task.verb in (*ADDING_VERBS, Verb.REFILL):
        return _like_before(reading, wishes, random) or planners[reading.task.verb]()
    return planners[reading.task.verb]()


def _plain(reading: Reading, asked: Asked) -> list[Stage]:
    return [
        Stage(group, asked, sources=_standing(reading, group))
        for group in stretches(reading.openings, {}, 1.0)
    ]


def _like_before(reading: Reading, wishes: Wishes, random: np.random.Generator) -> list[Stage]:
    """Return stages that vary one liked answer; none where it has no notes."""
    weights = np.array([weight for _, weight in wishes.liked])
    liked, _ = wishes.liked[int(random.choice(len(weights), p=weights / weights.sum()))]
    sources = {
        spot: in_order((*reading.locked(spot), *liked.get(spot, ()))) for spot in reading.openings
    }
    if not any(sources.values()):
        return []
    return [
        Stage(
            group,
            Asked.VARY,
            sources={spot: sources[spot] for spot in group},
            similarity={part: LIKED_SIMILARITY for _, part in group},
        )
        for group in stretches(reading.openings, sources, 2.0)
    ]


def _standing(reading: Reading, spots: Sequence[Spot]) -> dict[Spot, Cell]:
    """Return the notes that stand in cells that are asked for."""
    locked = {spot: reading.locked(spot) for spot in spots}
    return {spot: cell for spot, cell in locked.items() if cell}


def _refill(reading: Reading) -> list[Stage]:
    whole = {
        part
        for part in {part for _, part in reading.openings}
        if all((bar, part) in reading.openings for bar, own in reading.cells if own == part)
    }
    asked = Asked.TRACK if whole and len(reading.parts) > len(whole) else Asked.INFILL
    return _plain(reading, asked)


def _rewrite(reading: Reading, random: np.random.Generator) -> list[Stage]:
    """Ask for one voice after another, from the bass up or in any order, as often as wished."""
    found = []
    numbers = sorted({part for _, part in reading.openings})
    for _ in range(reading.task.passes):
        for part in random.permutation(numbers).tolist():
            spots = [spot for spot in reading.openings if spot[1] == part]
            is_alone = len(reading.parts) == 1
            asked = Asked.INFILL if is_alone else Asked.TRACK
            found += [
                Stage(group, asked, sources=_standing(reading, group))
                for group in stretches(spots, reading.cells, 1.0)
            ]
    return found


def _development(reading: Reading, random: np.random.Generator) -> list[Stage]:
    theme = _theme(reading)
    if theme is None:
        return _plain(reading, Asked.CONTINUE)
    found: list[Stage] = []
    for section in sections(reading):
        found += _section(section, theme, random)
    return found


def _section(section: Section, theme: Theme, random: np.random.Generator) -> list[Stage]:
    """Return the stages of a section: new ones that leave the theme, or such that vary it."""
    if not any(section.theme.values()):
        return [
            Stage(group, Asked.THEME, theme=theme) for group in stretches(section.spots, {}, 1.0)
        ]
    sounding = [spot for spot in section.spots if section.theme[spot]]
    chosen = choose_spots(sounding, section.change, random)
    cells = {spot: section.theme[spot] for spot in chosen}
    given = {spot: cell for spot, cell in section.theme.items() if spot not in cells}
    groups = stretches(chosen, cells, 2.0)
    return [
        Stage(
            group,
            Asked.VARY,
            sources={spot: cells[spot] for spot in group},
            similarity={part: section.similarity for _, part in group},
            given=given if group == groups[0] else {},
        )
        for group in groups
    ]


def _theme(reading: Reading) -> Theme | None:
    """Return the first bars with notes of the leading voice, None where no voice has any."""
    counts: dict[int, int] = {}
    for (_, part), cell in reading.cells.items():
        if reading.parts[part].is_source and any(own == part for _, own in reading.openings):
            counts[part] = counts.get(part, 0) + len(cell)
    if not counts:
        return None
    part = min(counts, key=lambda own: (_rank(reading.parts[own].role), -counts[own], own))
    first = min(bar for bar, own in reading.cells if own == part)
    bars: list[GridBar] = []
    for bar in reading.bars[first : first + THEME_BARS]:
        start = bars[-1].end if bars else 0
        bars.append(GridBar(start, bar.length, bar.meter, bar.opens_bar))
    cells = tuple(reading.cells.get((first + index, part), ()) for index in range(len(bars)))
    return Theme(part, tuple(bars), cells)


def _rank(role: Role) -> int:
    return _LEADING.index(role) if role in _LEADING else len(_LEADING) + (role == Role.DRUMS)


# ---------------------------------------------------------------- variations


def _variation(reading: Reading, wishes: Wishes, random: np.random.Generator) -> list[Stage]:
    free = [spot for spot in sorted(reading.openings) if reading.free_cell(spot)]
    # What is liked already needs little change.
    strength = wishes.strength * (LIKED_CHANGE if wishes.liked else 1.0)
    resting = endings(reading) if wishes.strength <= BOLD else {}
    restful = [spot for spot in free if reading.free_cell(spot) != resting.get(spot)]
    chosen = choose_spots(restful or free, strength, random)
    if not chosen:
        return []
    liked = _liked_cells(reading, free, wishes, random)
    given = _given(reading, liked, random)
    chosen = sorted({*chosen, *liked} - given.keys()) or chosen
    given = {spot: cell for spot, cell in given.items() if spot not in chosen}
    wanted = chosen_similarity(reading, free, chosen, wishes.similarity)
    own = {spot: reading.cells[spot] for spot in chosen}
    told = {
        spot: thinned(cell, reading.locked(spot), strength, random) for spot, cell in own.items()
    }
    held = {
        spot: held_notes(liked.get(spot) or reading.free_cell(spot), strength, random)
        for spot in chosen
    }
    held.update(
        (spot, in_order({*held[spot], *final}))
        for spot, final in resting.items()
        if spot in held and spot not in liked and {*final} < {*reading.free_cell(spot)}
    )
    groups = stretches(chosen, {**own, **liked}, 2.0)
    return [
        Stage(
            group,
            Asked.VARY,
            sources={spot: liked.get(spot, told[spot]) for spot in group},
            second_sources={spot: own[spot] for spot in group if spot in liked},
            similarity=_similarities(group, liked, wanted),
            held={spot: held[spot] for spot in group if held[spot]},
            given=given if group == groups[0] else {},
        )
        for group in groups
    ]


def _given(
    reading: Reading, liked: Mapping[Spot, Cell], random: np.random.Generator
) -> dict[Spot, Cell]:
    """Return liked cells that are taken over as they are, of those where nothing else stands."""
    draws = random.random(len(liked)).tolist()
    return {
        spot: cell
        for (spot, cell), draw in zip(liked.items(), draws)
        if draw < TAKEN_OVER and not reading.locked(spot) and _is_open(reading, spot)
    }


def _is_open(reading: Reading, spot: Spot) -> bool:
    """Tell whether all of a cell may be written."""
    openings = reading.openings[spot]
    return sum(o.stop - o.first for o in openings) >= reading.bars[spot[0]].length


def _liked_cells(
    reading: Reading, free: Sequence[Spot], wishes: Wishes, random: np.random.Generator
) -> dict[Spot, Cell]:
    """Return cells of one liked answer, where it says something else than the source."""
    if not wishes.liked:
        return {}
    weights = np.array([weight for _, weight in wishes.liked])
    number = int(random.choice(len(weights), p=weights / weights.sum()))
    cells, weight = wishes.liked[number]
    draws = random.random(len(free)).tolist()
    return {
        spot: cells[spot]
        for spot, draw in zip(free, draws)
        if draw < MOST_LIKED * min(1.0, 0.5 + weight)
        and cells.get(spot)
        and attacks(cells[spot]) != attacks(reading.cells[spot])
    }


def _similarities(
    spots: Sequence[Spot], liked: Mapping[Spot, Cell], wanted: float
) -> dict[int, float]:
    """Return how like their sources a part's cells should be in the mean: liked ones very much."""
    found: dict[int, list[float]] = {}
    for spot in spots:
        found.setdefault(spot[1], []).append(LIKED_SIMILARITY if spot in liked else wanted)
    return {part: fmean(values) for part, values in found.items()}


def _kept_stages(reading: Reading, wishes: Wishes, random: np.random.Generator) -> list[Stage]:
    """Ask for other pitches in the same rhythm, or for the same pitches in another.

    The grammar keeps a rhythm, so the network is asked what it knows best: for a variation, or for
    a new part. Pitches that are kept have to be told.
    """
    free = [spot for spot in sorted(reading.openings) if reading.free_cell(spot)]
    is_varied = reading.task.verb in (Verb.VARY, Verb.MORPH)
    chosen = choose_spots(free, wishes.strength, random) if is_varied else free
    own = {spot: reading.free_cell(spot) for spot in chosen}
    turns = reading.task.passes if reading.task.verb == Verb.REDO else 1
    if not reading.keeps_rhythm:
        groups = stretches(chosen, own, 2.0)
        return turns * [_kept(group, Asked.LOCKS, own, told=own) for group in groups]
    if not is_varied:
        groups = stretches(chosen, own, 1.0)
        asked = Asked.TRACK if len(reading.parts) > 1 else Asked.INFILL
        return turns * [_kept(group, asked, own) for group in groups]
    wanted = chosen_similarity(reading, free, chosen, wishes.similarity)
    return [
        replace(_kept(group, Asked.VARY, own, told=own), similarity={p: wanted for _, p in group})
        for group in stretches(chosen, own, 2.0)
    ]


def _kept(
    group: tuple[Spot, ...],
    asked: Asked,
    own: Mapping[Spot, Cell],
    told: Mapping[Spot, Cell] | None = None,
) -> Stage:
    """Return a stage that keeps the rhythm of cells, or their pitches where these are asked for."""
    return Stage(
        group,
        asked,
        sources={} if told is None else {spot: told[spot] for spot in group},
        open=Open.RHYTHM if asked is Asked.LOCKS else Open.PITCH,
        kept={spot: own[spot] for spot in group},
    )


def _morph(reading: Reading, wishes: Wishes, random: np.random.Generator) -> list[Stage]:
    """Start from two clips at once, each told how far the answer should be from it.

    Near either end some cells are that clip's own: at 0.0 and 1.0 all of them.
    """
    amount, target = reading.task.amount, wishes.target
    other = {
        spot: in_order((*reading.locked(spot), *target.get(spot, ()))) for spot in reading.openings
    }
    spots = [spot for spot in sorted(other) if reading.free_cell(spot) or target.get(spot)]
    share = abs(2.0 * amount - 1.0)
    share *= 1.0 if share == 1.0 else MOST_UNMIXED
    drawn = random.permutation(len(spots))[: round(share * len(spots))].tolist()
    unmixed = {spots[index] for index in drawn}
    given = {spot: target.get(spot, ()) for spot in unmixed if amount > HALF_WAY}
    chosen = [spot for spot in spots if spot not in unmixed]
    own = {spot: reading.cells.get(spot, ()) for spot in chosen}
    longer = {spot: max(own[spot], other[spot], key=len) for spot in chosen}
    near = 1.0 - amount * (1.0 - UNRELATED)
    far = 1.0 - (1.0 - amount) * (1.0 - UNRELATED)
    groups = stretches(chosen, longer, 2.0) or [()] * bool(given)
    return [
        Stage(
            group,
            Asked.VARY,
            sources={spot: own[spot] for spot in group},
            similarity={part: near for _, part in group},
            given=given if group == groups[0] else {},
            mixed={spot: other[spot] for spot in group},
            mixed_similarity={part: far for _, part in group},
        )
        for group in groups
    ]
