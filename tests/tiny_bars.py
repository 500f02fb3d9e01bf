"""A small bar-by-bar recipe, and a model that was never trained, for tests of everything around."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reprise.networks.rmvae import Rmvae
from reprise.training import loop
from reprise.training.order import Order
from reprise.training.rmvae import training
from reprise.training.rmvae.music import music_of
from reprise.training.rmvae.recipe import PARTS, read_table, recipe_of


def recipe_table(**changes: Mapping[str, Any]) -> dict[str, Any]:
    """The published recipe at its quick sizes, smaller still."""
    table = read_table()
    quick = table.pop("quick")
    small = {"epochs": 1, "steps_per_epoch": 2}
    for name, section in (*quick.items(), ("loop", small), ("draw", {"batch": 3})):
        table[name] = {**table[name], **section}
    for part in ("second", "ablations"):
        table[part] = {}
    for name, section in changes.items():
        table[name] = {**table[name], **section}
    return table


def write_model(folder: Path) -> Path:
    """Write a model with random weights as `rmvae-v1`; return the folder of models."""
    table = recipe_table()
    order = Order(data=None, out=folder / "run", is_quick=True)
    for part in PARTS:
        run = loop.Run(
            Rmvae(recipe_of(part, table).network), recipe_of(part, table).loop, order.out / part
        )
        run.folder.mkdir(parents=True)
        loop.write_state(run.folder / loop.BEST_FILE, {"weights": run.average, "epoch": 0})
        (run.folder / loop.LOG_FILE).write_text('{"epoch": 1}\n', encoding="ascii")
    training.publish(order, table, music_of(order))
    order.model.rename(folder / "rmvae-v1")
    return folder
