"""The text's ablations at small scale: what each of its ideas brings, as one table.

Every row is the text's recurrent network of its small size (an LSTM of 256 over the bars in place
of 1,024), trained for the same number of updates from the same seed, with one thing changed. It
shows tendencies, not what the networks can do: the full run has many times the updates.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import torch
from torch import Tensor

from reprise.networks.rmvae import Rmvae, RmvaeConfig, text_config
from reprise.tokenizers import rmvae
from reprise.training import loop
from reprise.training.order import Order, Outcome
from reprise.training.rmvae import losses as rmvae_losses
from reprise.training.rmvae import polyphonic as rmvae_polyphonic
from reprise.training.rmvae.loss import loss_of
from reprise.training.rmvae.music import Music, music_of
from reprise.training.rmvae.questions import Draw, frames, stacked
from reprise.training.rmvae.recipe import Recipe, read_table, recipe_of
from reprise.training.rmvae.validation import asked, counted_loss, said_of_last_bar, validated

TABLE_FILE: Final = "ablations.md"
FIGURES_FILE: Final = "ablations.json"
MEMORY: Final = (256, 256)
COLUMNS: Final[Mapping[str, str]] = {
    "parameters": "parameters",
    "next": "next bar, nats a step",
    "next_accuracy": "next-bar accuracy",
    "refill_accuracy": "refilled-voice accuracy",
    "scale": "scale loss",
    "rhythm": "rhythm loss",
    "harmony": "harmony loss",
    "onset_f1": "onset F1",
}

Change = Callable[[Recipe], Recipe]
BATCH: Final = 64
EACH: Final = 4
"""Every so many of the held-out stretches are asked about."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """One row: its name, and what it changes of the base."""

    name: str
    change: Change


def _losses(**changes: float) -> Change:
    return lambda recipe: replace(recipe, losses=replace(recipe.losses, **changes))


def _sized(size: str) -> Change:
    return lambda recipe: replace(recipe, network=small_scale(text_config(size)))


def small_scale(config: RmvaeConfig) -> RmvaeConfig:
    """Return a configuration of the text with a smaller LSTM over the bars."""
    return replace(config, memory=MEMORY)


def _without_bar_before(recipe: Recipe) -> Recipe:
    return replace(recipe, network=replace(recipe.network, has_recurrent_product=False))


def _polyphonic(recipe: Recipe) -> Recipe:
    return replace(recipe, network=replace(recipe.network, encoding="polyphonic", voices=2))


def _written_keys(recipe: Recipe) -> Recipe:
    return replace(recipe, draw=replace(recipe.draw, transposition="none"))


def _listening(recipe: Recipe) -> Recipe:
    sizes = recipe.network.sizes
    writer = replace(sizes, frame=(96,))
    return replace(recipe, network=replace(recipe.network, kind="listening", writer_sizes=writer))


ABLATIONS: Final = (
    Ablation("base: recurrent, small", lambda recipe: recipe),
    Ablation("keys as written, not C major and A minor", _written_keys),
    Ablation("medium", _sized("medium")),
    Ablation("large", _sized("large")),
    Ablation("convolutional", _sized("convolutional")),
    Ablation("scale and rhythm losses", _losses(scale=0.1, rhythm=0.01)),
    Ablation("harmony loss", _losses(harmony=0.01)),
    Ablation("product of experts without the bar before", _without_bar_before),
    Ablation("writers that listen (ours)", _listening),
    Ablation("polyphonic encoding, two voices", _polyphonic),
)


def train(order: Order) -> Outcome | None:
    """Train every row and write the table into the run's folder, or go on where it was stopped."""
    music = music_of(order)
    base = base_recipe(order)
    found: dict[str, dict[str, float]] = {}
    for number, ablation in enumerate(ABLATIONS):
        recipe = ablation.change(base)
        figures = _row(order, number, recipe, music)
        if figures is None:
            return None
        found[ablation.name] = figures
    (order.out / TABLE_FILE).write_text(table(found), encoding="utf-8", newline="\n")
    (order.out / FIGURES_FILE).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    best = min(figures["next"] for figures in found.values() if "next" in figures)
    return Outcome(
        order.out,
        best,
        counted_loss(music.train, music.valid),
        "counting classes by voice and step of the bar",
        {f"{name}: next": figures["next"] for name, figures in found.items() if "next" in figures},
    )


def base_recipe(order: Order) -> Recipe:
    """Return what all rows begin from."""
    table_ = read_table(order.recipe)
    recipe = recipe_of("ablations", table_, is_quick=order.is_quick)
    return replace(recipe, network=small_scale(text_config("small")))


def _row(order: Order, number: int, recipe: Recipe, music: Music) -> dict[str, float] | None:
    torch.manual_seed(recipe.loop.seed)
    is_polyphonic = recipe.network.encoding == "polyphonic"
    rows = recipe.questions(music.valid)[::EACH]
    run = loop.Run(Rmvae(recipe.network), recipe.loop, order.out / f"row-{number:02}")
    draw = Draw(music.train, recipe.draw, recipe.bars)
    judge = rmvae_polyphonic.validated if is_polyphonic else _judged
    trained = (rmvae_polyphonic.loss_of if is_polyphonic else loss_of)(run, draw, recipe)

    def show(line: Mapping[str, float]) -> None:
        share = (number + line["epoch"] / recipe.loop.epochs) / len(ABLATIONS)
        order.progress(ABLATIONS[number].name, share, line)

    is_complete = loop.fit(
        run,
        trained,
        lambda network: judge(cast("Rmvae", network), rows),
        progress=show,
        is_stopped=order.is_stopped,
    )
    return _told(run) if is_complete else None


def _told(run: loop.Run) -> dict[str, float]:
    """Return the figures of a complete run, from the last line of its log."""
    text = (run.folder / loop.LOG_FILE).read_text(encoding="ascii")
    last: dict[str, float] = json.loads(text.splitlines()[-1])
    size = sum(parameter.numel() for parameter in run.network.parameters())
    return {
        "parameters": size,
        **{name.removeprefix("valid_"): value for name, value in last.items()},
    }


def _judged(network: Rmvae, rows: Sequence[rmvae.Bars]) -> dict[str, float]:
    """Return the figures of a monophonic network, with the extra losses of the next bar."""
    sums: dict[str, list[Tensor]] = {"scale": [], "rhythm": [], "harmony": []}
    for first in range(0, len(rows), BATCH):
        stretch = stacked(rows[first : first + BATCH])
        said = said_of_last_bar(
            network, stretch, network.read(frames(stretch)), asked(stretch, None)
        )
        found = rmvae_losses.activations(said)
        truth = rmvae_losses.true_activations(stretch.pitches[:, -1], stretch.strikes[:, -1])
        sums["scale"].append(rmvae_losses.scale_loss(found, truth))
        sums["rhythm"].append(rmvae_losses.rhythm_loss(found, truth))
        sums["harmony"].append(rmvae_losses.harmony_loss(found))
    manners = {name: torch.cat(values).mean().item() for name, values in sums.items()}
    return {**validated(network, rows), **manners}


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return the rows as a table in Markdown."""
    lines = [
        f"| what is changed | {' | '.join(COLUMNS.values())} |",
        f"|---|{'---|' * len(COLUMNS)}",
    ]
    for name, figures in found.items():
        cells = [_cell(column, figures.get(column)) for column in COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(column: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if column == "parameters" else f"{value:.3f}"
