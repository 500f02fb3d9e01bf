"""The form of a development: where the theme comes back, and where it is left."""

from typing import Final

import numpy as np

from reprise.engines.theme.grammar import THEME_BARS, Wish

FAR: Final = 0.6
"""From this strength on the theme stays away for twice as long."""


def wishes(first: int, stop: int, strength: float, random: np.random.Generator) -> dict[int, Wish]:
    """Return for each bar `first` up to, not including, `stop` whether a theme begins there.

    The theme comes back at the very end, and before that now and then, with something else
    between. Where there is no room for both, it comes back.

    Args:
        first: The first new bar.
        stop: The bar after the last whole one.
        strength: How far a development goes, 0.0-1.0: the higher, the rarer is the theme.
        random: Draws how long the theme stays away.
    """
    found = dict.fromkeys(range(first, stop), Wish.LEAVE)
    bar = stop - THEME_BARS
    while bar >= first:
        found[bar] = Wish.STATE
        apart = 2 if strength >= FAR or random.random() < strength else 1
        bar -= THEME_BARS * (1 + apart)
    return found
