"""Trains the Theme Transformer, and its baseline that has its theme as a prompt, on POP909.

Both see the same windows in the same order, from the same seed: 512 tokens that begin where a
theme does (most) or at any bar, transposed at random, some with the melody alone. Every window is
full, so the number of tokens that a network has learnt from is that of its windows. The 29 songs
of the theme study are never read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.errors import InvalidRequestError
from reprise.networks.theme import PromptNetwork, ThemeNetwork, ThemeNetworkConfig
from reprise.tokenizers.theme import VOCABULARY
from reprise.training import loop, recipe
from reprise.training.order import Order, Outcome
from reprise.training.theme import data, publishing
from reprise.training.theme.windows import Corpus, Windows, WindowSettings

Part = Literal["theme", "prompt"]

SYSTEM: Final = "theme"
VALIDATION_BATCHES: Final = 5
VALIDATION_ROWS: Final = 4
VALIDATION_SEED: Final = 1
BASELINE_BATCHES: Final = 100
BASELINE: Final = "counting what follows each token"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a network becomes."""

    network: ThemeNetworkConfig
    windows: WindowSettings
    loop: loop.LoopSettings

    @property
    def tokens_an_epoch(self) -> int:
        """Tokens that are predicted, and learnt from, in an epoch."""
        return self.loop.steps_per_epoch * self.windows.batch * self.windows.tokens


def read_recipe(part: Part, path: Path | None = None, *, is_quick: bool = False) -> Recipe:
    """Return the recipe of a network, the published one by default.

    Raises:
        InvalidRequestError: It lacks something, or has a key that is unknown.
    """
    table = recipe.read_table(SYSTEM, path, is_quick=is_quick)
    try:
        return Recipe(
            ThemeNetworkConfig(**table["network"][part]),
            WindowSettings(**table["windows"]),
            loop.LoopSettings(**table["loop"]),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe for theme is not understood: {error}") from error


def train(order: Order) -> Outcome | None:
    """Train the Theme Transformer, or go on; write the model when it is done.

    Raises:
        MissingDataError: POP909, or its bar lines, are not there.
        UnknownModelError: There is no melody embedding to find themes with.
        InvalidRequestError: The recipe is not understood, or the run in the folder is another's.
    """
    return _train("theme", order)


def train_prompt(order: Order) -> Outcome | None:
    """Train the baseline, or go on; see `train`."""
    return _train("prompt", order)


def build(part: Part, config: ThemeNetworkConfig) -> ThemeNetwork | PromptNetwork:
    """Return an untrained network."""
    return ThemeNetwork(config) if part == "theme" else PromptNetwork(config)


def _train(part: Part, order: Order) -> Outcome | None:
    plan = read_recipe(part, order.recipe, is_quick=order.is_quick)
    songs = data.songs(order, plan.loop.seed)
    torch.manual_seed(plan.loop.seed)
    network = build(part, plan.network)
    corpus = Corpus(songs.train, plan.windows)
    held_out = validation_windows(Corpus(songs.valid, _still(plan.windows)))
    run = loop.Run(network, plan.loop, order.out)

    def progress(line: Mapping[str, float]) -> None:
        tokens = plan.tokens_an_epoch * line["epoch"]
        told = {**line, "tokens": tokens}
        order.progress(part, line["epoch"] / plan.loop.epochs, told)

    is_complete = loop.fit(
        run,
        draw_loss(corpus),
        validation(held_out),
        progress=progress,
        is_stopped=order.is_stopped,
    )
    if not is_complete:
        return None
    network.load_state_dict(loop.best_weights(order.out))
    network.eval()
    return _outcome(network, plan, corpus, held_out, order)


def _still(settings: WindowSettings) -> WindowSettings:
    return replace(settings, furthest_transposition=0)


def logits_of(network: nn.Module, windows: Windows) -> Tensor:
    """Return a network's logits (B, T, V) for windows."""
    tokens = torch.from_numpy(windows.tokens)
    if isinstance(network, PromptNetwork):
        return torch.as_tensor(network(tokens))
    places, themes = torch.from_numpy(windows.theme_places), torch.from_numpy(windows.themes)
    return torch.as_tensor(network(tokens, places, themes))


def draw_loss(corpus: Corpus) -> loop.DrawLoss:
    """Return what draws a batch of windows and returns a network's loss, in nats a token."""

    def drawn(network: nn.Module, random: np.random.Generator) -> Tensor:
        windows = corpus.draw(random)
        with torch.autocast("cpu", torch.bfloat16):
            logits = logits_of(network, windows)
        targets = torch.from_numpy(windows.targets)
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())

    return drawn


def validation_windows(corpus: Corpus) -> tuple[Windows, ...]:
    """Return the same windows whenever it is asked."""
    random = np.random.default_rng(VALIDATION_SEED)
    return tuple(corpus.draw(random) for _ in range(VALIDATION_BATCHES))


def validation(held_out: tuple[Windows, ...]) -> loop.Validate:
    """Return what measures a network's loss in nats a token: of all, in themes and outside."""

    def validate(network: nn.Module) -> dict[str, float]:
        losses, places = [], []
        for windows in held_out:
            for first in range(0, len(windows.tokens), VALIDATION_ROWS):
                part = windows.part(slice(first, first + VALIDATION_ROWS))
                logits = logits_of(network, part).flatten(0, 1)
                targets = torch.from_numpy(part.targets).flatten()
                losses.append(F.cross_entropy(logits, targets, reduction="none"))
                places.append(torch.from_numpy(part.theme_places).flatten())
        loss, in_theme = torch.cat(losses), torch.cat(places) > 0
        return {
            "loss": loss.mean().item(),
            "loss_in_themes": loss[in_theme].mean().item(),
            "loss_outside": loss[~in_theme].mean().item(),
        }

    return validate


def counted_loss(corpus: Corpus, held_out: tuple[Windows, ...]) -> float:
    """Return the loss of counting what follows each token, in nats a token.

    Each token's counts are mixed with a uniform chance as Witten and Bell have it.
    """
    random = np.random.default_rng(VALIDATION_SEED)
    counts = np.zeros((VOCABULARY, VOCABULARY))
    for _ in range(BASELINE_BATCHES):
        windows = corpus.draw(random)
        np.add.at(counts, (windows.tokens.ravel(), windows.targets.ravel()), 1.0)
    totals, distinct = counts.sum(axis=1), (counts > 0).sum(axis=1)
    below = np.maximum(totals + distinct, 1.0)
    share = np.where(totals > 0, distinct / below, 1.0)
    chances = counts / below[:, None] + share[:, None] / VOCABULARY
    found = [chances[windows.tokens.ravel(), windows.targets.ravel()] for windows in held_out]
    return float(-np.log(np.concatenate(found)).mean())


def _outcome(
    network: ThemeNetwork | PromptNetwork,
    plan: Recipe,
    corpus: Corpus,
    held_out: tuple[Windows, ...],
    order: Order,
) -> Outcome:
    with torch.no_grad():
        figures = dict(validation(held_out)(network))
    tokens = plan.tokens_an_epoch * plan.loop.epochs
    difference = publishing.publish(network, plan.tokens_an_epoch, tokens, order)
    told = {"tokens": float(tokens), "export_difference": difference}
    baseline = counted_loss(corpus, held_out)
    return Outcome(order.model, figures.pop("loss"), baseline, BASELINE, {**figures, **told})
