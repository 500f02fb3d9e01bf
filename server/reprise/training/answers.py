"""True answers as tokens: spelled out, empty, or as copies of cells that stand nearby."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reprise.tokenizers.ensemble.cells import Cell, CellTokens, encode
from reprise.tokenizers.ensemble.controls import attacks
from reprise.tokenizers.ensemble.layout import spelled
from reprise.tokenizers.ensemble.vocabulary import MAX_COPY, Special, copy_token
from reprise.tokenizers.ensemble.window import Place, Window

NEAR_F1 = 0.85
COPY_SHARE, NEAR_COPY_SHARE = 0.9, 0.6
_OFFSETS = tuple(sign * size for size in range(1, MAX_COPY + 1) for sign in (-1, 1))
"""Nearest first, of two the one before."""

Attacks = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CopyChances:
    """How often music that repeats is told as a copy, 0.0-1.0.

    Attributes:
        exact: Where onsets and pitches are the same. Drawn once for each track of an example, so
            that in one example repeats are told in one way.
        near: Where they are nearly the same.
    """

    exact: float = COPY_SHARE
    near: float = NEAR_COPY_SHARE


def spell_answers(
    window: Window,
    holes: Sequence[Place],
    known: Mapping[Place, Cell],
    apart: Collection[Place],
    chances: CopyChances,
    random: np.random.Generator,
) -> list[CellTokens]:
    """Return the tokens of the truth of each hole.

    Args:
        window: Its cells are the truth.
        holes: In the order of the answers.
        known: Cells with notes that may be copied; the answers join them one by one.
        apart: Holes beside whose answers other notes stand: never copied, and no copies.
        chances: How often to copy.
        random: Draws whether to copy.
    """
    telling = _Telling(window, known, apart)
    copying = [draw < chances.exact for draw in random.random(len(window.tracks)).tolist()]
    near_chance = chances.near / chances.exact if chances.exact else 0.0
    return [
        telling.tell(
            place, is_exact=copying[place[1]], is_near=copying[place[1]] and draw < near_chance
        )
        for place, draw in zip(holes, random.random(len(holes)).tolist())
    ]


class _Telling:
    """Spells answers, and keeps what was answered for the copies of later ones."""

    def __init__(
        self, window: Window, known: Mapping[Place, Cell], apart: Collection[Place]
    ) -> None:
        self._window = window
        self._apart = apart
        self._known = {place: attacks(cell) for place, cell in known.items() if cell}

    def tell(self, place: Place, *, is_exact: bool, is_near: bool) -> CellTokens:
        cell = self._window.cell(place)
        if not cell:
            return spelled(Special.EMPTY)
        if place in self._apart:
            return self._spelled(place, cell)
        own = attacks(cell)
        offset = self._exact(place, own) if is_exact else None
        if offset is None and is_near:
            offset = self._near(place, own)
        if offset is None:
            self._known[place] = own
            return self._spelled(place, cell)
        self._known[place] = self._known[place[0] + offset, place[1]]
        return spelled(copy_token(offset))

    def _spelled(self, place: Place, cell: Cell) -> CellTokens:
        bar, track = self._window.bars[place[0]], self._window.tracks[place[1]]
        return encode(cell, bar.length, track.velocity, is_drums=track.is_drums)

    def _exact(self, place: Place, own: Attacks) -> int | None:
        for offset in _OFFSETS:
            if self._at(place, offset) == own:
                return offset
        return None

    def _near(self, place: Place, own: Attacks) -> int | None:
        best, chosen = NEAR_F1, None
        for offset in _OFFSETS:
            other = self._at(place, offset)
            if other is not None:
                likeness = 2 * len(own & other) / (len(own) + len(other))
                if likeness > best or (chosen is None and likeness == best):
                    best, chosen = likeness, offset
        return chosen

    def _at(self, place: Place, offset: int) -> Attacks | None:
        """Return the known cell some grid bars away, where its grid bar is as long."""
        bar, track = place
        bars = self._window.bars
        other = self._known.get((bar + offset, track))
        if other is None or bars[bar + offset].length != bars[bar].length:
            return None
        return other
