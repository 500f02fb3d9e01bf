"""How a model learns somebody's music: the published recipe, or a file of one's own."""

from dataclasses import dataclass
from pathlib import Path

from reprise.errors import InvalidRequestError
from reprise.networks.ensemble import EnsembleNetwork
from reprise.training import ensemble, long_loop
from reprise.training.recipe import laid_over, read_table


@dataclass(frozen=True, slots=True)
class Adapting:
    """What is learnt of a network, and for how long.

    Attributes:
        rank: Of the low-rank maps.
        few_rank: The same where there are few pieces to learn from.
        few_pieces: Fewer pieces than this are few.
        scale: What the maps add counts this many times.
        replay_share: Share of what is heard that is replay.
        anchor_weight: How much more a note of replay counts than one of the folder.
        passes: How often the folder is heard.
        most_steps: Optimiser steps at most, whatever the passes ask for.
        patience: Validations without progress until training ends.
        most_forgotten: How much worse replay may get, as a share of its loss.
    """

    rank: int
    few_rank: int
    few_pieces: int
    scale: float
    replay_share: float
    anchor_weight: float
    passes: float
    most_steps: int
    patience: int
    most_forgotten: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a network becomes, but for the music and the base."""

    adapting: Adapting
    ensemble: ensemble.Recipe


def read_recipe(
    base: EnsembleNetwork, path: Path | None = None, *, is_full: bool = False
) -> Recipe:
    """Return the recipe for a base: the published one, or that of a TOML file.

    Raises:
        InvalidRequestError: The recipe lacks a part, or has a key that is unknown.
    """
    table = read_table("mine", path)
    changes = table.pop("full", {})
    if is_full:
        table = laid_over(table, changes)
    try:
        return Recipe(
            Adapting(**table["adapting"]),
            ensemble.Recipe(
                base.config, long_loop.LongSettings(**table["loop"]), **table["training"]
            ),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe is not understood: {error}") from error
