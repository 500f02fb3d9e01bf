"""Trains the bar-by-bar network: recipe, losses on drawn questions, validation, publishing.

Two networks make a model: `next` writes the bar after those that it heard, `second` the bar after
that one, so that it can be written while the bar between is still played. `train` obeys an order;
with the option `ablations=yes` it trains the text's ablations at small scale instead.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.networks.rmvae import Rmvae
from reprise.tokenizers import rmvae
from reprise.training import loop
from reprise.training.order import Order, Outcome
from reprise.training.rmvae import ablations as rmvae_ablations
from reprise.training.rmvae import export
from reprise.training.rmvae.loss import loss_of
from reprise.training.rmvae.music import Music, music_of
from reprise.training.rmvae.questions import Draw
from reprise.training.rmvae.recipe import PARTS, Recipe, read_table, recipe_of
from reprise.training.rmvae.validation import counted_loss, validated


def train(order: Order) -> Outcome | None:
    """Train both networks and publish them, or go on where that was stopped.

    Options: `part` trains one network alone, and publishes when both are there;
    `ablations=yes` trains the ablations and writes their table.

    Raises:
        InvalidRequestError: An option or the recipe is not understood.
        MissingDataError: The data set is not there.
    """
    if order.options.get("ablations", "no") == "yes":
        return rmvae_ablations.train(order)
    wanted = _wanted_parts(order.options.get("part", "both"))
    music = music_of(order)
    table = read_table(order.recipe)
    for number, part in enumerate(wanted):
        recipe = recipe_of(part, table, is_quick=order.is_quick)
        is_complete = train_network(
            recipe,
            order.out / part,
            music,
            _progress(order, part, number, recipe, len(wanted)),
            order.is_stopped,
        )
        if not is_complete:
            return None
    return publish(order, table, music)


def _wanted_parts(part: str) -> tuple[str, ...]:
    if part == "both":
        return tuple(PARTS)
    if part not in PARTS:
        raise InvalidRequestError(f"part must be both, {' or '.join(PARTS)}, got {part!r}")
    return (part,)


def _progress(order: Order, part: str, number: int, recipe: Recipe, parts: int) -> loop.Progress:
    def show(line: Mapping[str, float]) -> None:
        order.progress(part, (number + line["epoch"] / recipe.loop.epochs) / parts, line)

    return show


def train_network(
    recipe: Recipe,
    run_folder: Path,
    music: Music,
    progress: loop.Progress,
    is_stopped: Callable[[], bool],
) -> bool:
    """Train one network; returns whether it is complete."""
    torch.manual_seed(recipe.loop.seed)
    run = loop.Run(Rmvae(recipe.network), recipe.loop, run_folder)
    draw = Draw(music.train, recipe.draw, recipe.bars)
    rows = recipe.questions(music.valid)
    return loop.fit(
        run,
        loss_of(run, draw, recipe),
        lambda network: validated(cast("Rmvae", network), rows),
        progress=progress,
        is_stopped=is_stopped,
    )


def best_network(recipe: Recipe, run_folder: Path) -> Rmvae:
    """Return the network with the best weights of a run, in eval mode."""
    network = Rmvae(recipe.network)
    network.load_state_dict(loop.best_weights(run_folder))
    return network.eval()


# ------------------------------------------------------------ publishing


def publish(order: Order, table: Mapping[str, Any], music: Music) -> Outcome | None:
    """Write the model of both networks' best weights; None while one of them is missing."""
    recipes = {part: recipe_of(part, table, is_quick=order.is_quick) for part in PARTS}
    if not all((order.out / part / loop.BEST_FILE).exists() for part in PARTS):
        return None
    networks = {part: best_network(recipes[part], order.out / part) for part in PARTS}
    model = order.model
    files = [export.file_name(part, graph) for part in PARTS for graph in export.GRAPHS]
    checkpoint.write_settings(
        model,
        {
            "kind": "rmvae",
            "networks": {name.removesuffix(checkpoint.NETWORK_SUFFIX): name for name in files},
            "parameters": {part: parameter_count(network) for part, network in networks.items()},
            "offsets": dict(PARTS),
            "trained_on": "practice" if order.is_quick else "jsb",
        },
        rmvae.vocabulary(),
    )
    differences = {part: export.export(network, part, model) for part, network in networks.items()}
    for part in PARTS:
        log = (order.out / part / loop.LOG_FILE).read_text(encoding="ascii")
        (model / f"training-{part}.jsonl").write_text(log, encoding="ascii", newline="\n")
    checkpoint.write_sums(model)
    rows = recipes["next"].questions(music.valid)
    with torch.no_grad():
        figures = validated(networks["next"], rows)
    return Outcome(
        model,
        figures["next"],
        counted_loss(music.train, music.valid),
        "counting classes by voice and step of the bar",
        {**figures, **{f"export_difference_{part}": value for part, value in differences.items()}},
    )


def parameter_count(network: nn.Module) -> int:
    """Return how many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())
