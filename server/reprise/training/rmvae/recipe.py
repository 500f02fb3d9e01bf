"""Recipes of the bar-by-bar networks: sizes, what is drawn, losses, and how long."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from reprise.errors import InvalidRequestError
from reprise.networks.rmvae import RmvaeConfig
from reprise.networks.rmvae_voices import VoiceSizes
from reprise.tokenizers import chorale, rmvae
from reprise.training.loop import LoopSettings
from reprise.training.rmvae.questions import DrawSettings

PARTS: Final[Mapping[str, int]] = {"next": 1, "second": 2}
"""The networks of a model, and how many bars after the last one heard they write."""

RECIPE_FILE: Final = "rmvae.toml"


@dataclass(frozen=True, slots=True)
class LossSettings:
    """Weights of the losses beside what is missed.

    Attributes:
        divergence: Of the latent space's divergence from a standard normal, at its highest.
        scale: Of the scale loss; the text's is 0.1.
        rhythm: Of the rhythm loss; the text's is 0.01.
        harmony: Of the harmony loss; the text's is 0.01.
    """

    divergence: float = 1.0
    scale: float = 0.0
    rhythm: float = 0.0
    harmony: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a network becomes."""

    network: RmvaeConfig
    draw: DrawSettings
    loop: LoopSettings
    losses: LossSettings = field(default_factory=LossSettings)

    @property
    def bars(self) -> int:
        """Bars of a stretch: those heard, those left out, and the one that is written."""
        return rmvae.HEARD_BARS + self.network.offset

    def questions(self, chorales: Sequence[chorale.Grid]) -> list[rmvae.Bars]:
        """Return the stretches of held-out chorales whose last bars are asked for."""
        is_home = self.draw.transposition == "home"
        return rmvae.windows(chorales, self.bars, self.network.offset, is_home=is_home)


def read_table(path: Path | None = None) -> dict[str, Any]:
    """Return a recipe file as a table, the published one by default."""
    if path is None:
        text = (resources.files("reprise.training") / "recipes" / RECIPE_FILE).read_text("utf-8")
    else:
        text = path.read_text(encoding="utf-8")
    return tomllib.loads(text)


def recipe_of(part: str, table: Mapping[str, Any], *, is_quick: bool = False) -> Recipe:
    """Return a part's recipe.

    Args:
        part: A name of `PARTS`, or another whose changes the table has.
        table: A parsed recipe file: what all parts share, and under `second` and such what
            differs there; `ablations` may be one too.
        is_quick: Whether the small sizes are wanted.

    Raises:
        InvalidRequestError: The table lacks something, or has a key that is unknown.
    """
    changes = [table.get(part, {}), table.get("quick", {}) if is_quick else {}]
    try:
        sections = {
            name: {
                **table[name],
                **{k: v for change in changes for k, v in change.get(name, {}).items()},
            }
            for name in ("network", "draw", "losses", "loop")
        }
        return Recipe(
            network=config_of({**sections["network"], "offset": PARTS.get(part, 1)}),
            draw=DrawSettings(**sections["draw"]),
            loop=LoopSettings(**sections["loop"]),
            losses=LossSettings(**sections["losses"]),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe for {part!r} is not understood: {error}") from error


def config_of(table: Mapping[str, Any]) -> RmvaeConfig:
    """Return a network's configuration for a recipe's section `network`."""
    entries = dict(table)
    dropout = entries.pop("dropout")
    sizes, writer_sizes = (
        VoiceSizes(
            tuple(entries.pop(f"{whose}_frame")),
            tuple(entries.pop(f"{whose}_frame_memory")),
            tuple(entries.pop(f"{whose}_bar")),
            dropout=dropout,
        )
        for whose in ("reader", "writer")
    )
    memory = tuple(entries.pop("memory"))
    return RmvaeConfig(sizes=sizes, writer_sizes=writer_sizes, memory=memory, **entries)
