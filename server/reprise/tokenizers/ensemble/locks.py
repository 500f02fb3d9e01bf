"""Cells of which only some is told: the rest stands as question tokens, for an answer to fill.

A cell whose rhythm is kept is spelled with `ANY_PITCH` for each pitch or drum. One whose pitches
are kept has `ANY_POSITION` for each position and one `ANY_DURATION` in front, which like any
duration token goes on until another follows. A velocity that is open is `ANY_VELOCITY`, in front.
"""

from collections.abc import Iterable
from enum import Enum

from reprise.tokenizers.ensemble.cells import CellTokens
from reprise.tokenizers.ensemble.vocabulary import (
    DRUMS,
    DURATION_BLOCK,
    NEXT,
    PITCHES,
    POSITIONS,
    VELOCITIES,
    Special,
)


class Open(Enum):
    """What of a cell's notes is left open."""

    PITCH = "pitch"
    RHYTHM = "rhythm"
    VELOCITY = "velocity"


def opened(cell: CellTokens, opens: Iterable[Open]) -> CellTokens:
    """Return a spelled cell with question tokens for what is open.

    An open rhythm hides positions and durations, and the features that tell of positions too.
    """
    wanted = frozenset(opens)
    pairs = [
        (_asked(token, wanted), None if Open.RHYTHM in wanted else position)
        for token, position in zip(cell.tokens, cell.positions)
        if not _is_left_out(token, wanted)
    ]
    front = [
        (int(special), None)
        for special, open_ in (
            (Special.ANY_DURATION, Open.RHYTHM),
            (Special.ANY_VELOCITY, Open.VELOCITY),
        )
        if open_ in wanted
    ]
    spelled = front + pairs
    return CellTokens(
        tuple(token for token, _ in spelled), tuple(position for _, position in spelled)
    )


def _asked(token: int, opens: frozenset[Open]) -> int:
    if Open.PITCH in opens and (token in PITCHES or token in DRUMS):
        return Special.ANY_PITCH
    if Open.RHYTHM in opens and token in POSITIONS:
        return Special.ANY_POSITION
    return token


def _is_left_out(token: int, opens: frozenset[Open]) -> bool:
    is_duration = token in DURATION_BLOCK or token == NEXT
    return (Open.RHYTHM in opens and is_duration) or (
        Open.VELOCITY in opens and token in VELOCITIES
    )
