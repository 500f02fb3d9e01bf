"""The chorales that the bar-by-bar networks learn from, or made-up ones for a quick run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reprise.library import jsb, practice
from reprise.tokenizers import chorale
from reprise.training.order import Order

QUICK_CHORALES: Final = 48


@dataclass(frozen=True, slots=True)
class Music:
    """Chorales to learn from and chorales to choose weights by."""

    train: Sequence[chorale.Grid]
    valid: Sequence[chorale.Grid]


def music_of(order: Order) -> Music:
    """Return the chorales, or made-up ones for a quick run."""
    if order.is_quick:
        made = practice.chorales(QUICK_CHORALES, 0)
        return Music(made[: -QUICK_CHORALES // 4], made[-QUICK_CHORALES // 4 :])
    return Music(jsb.read_split(order.data, "train"), jsb.read_split(order.data, "valid"))
