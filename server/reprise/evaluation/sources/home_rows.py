"""Rows of the home grounds: which engine does best at what each source system was made for."""

from collections.abc import Iterator
from typing import Final

from reprise.engines.base import Engine
from reprise.engines.registry import Registry
from reprise.evaluation.sources import home_hymns
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.sources.home import Ground, rows_of

PLAYERS: Final[dict[str, tuple[str, ...]]] = {
    "next_bar": ("chorale", "ensemble", "markov"),
    "refill": ("chorale", "ensemble", "markov"),
}
"""Engines asked on each ground, besides those that are at home there."""


def rows(setup: SourceSetup) -> list[Row]:
    """Return the rows of every ground."""
    registry = Registry.installed()
    found: list[Row] = []
    grounds = list(_grounds(setup))
    for index, (name, ground) in enumerate(grounds):
        setup.progress(index / len(grounds), ground.figure)
        engines: dict[str, Engine] = {
            player: registry.get(player) for player in (ground.engine, *PLAYERS[name])
        }
        found += rows_of(ground, engines, setup.seed)
    return found


def _grounds(setup: SourceSetup) -> Iterator[tuple[str, Ground]]:
    count = home_hymns.QUICK_COUNT if setup.is_quick else home_hymns.COUNT
    yield "next_bar", home_hymns.next_bar(setup.data, setup.seed, count)
    yield "refill", home_hymns.refill(setup.data, setup.seed, count)
