"""Trains the networks of chords-v1: autoencoders of 2 and 32 latent numbers, and the LSTM.

Two of the autoencoders are as the text has them, one linear step to two numbers and one back; the
others have a layer between. All parts share one folder of data and one recipe.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.evaluation.sources.chord_counting import DEEPEST, counted_losses
from reprise.library import practice, progressions
from reprise.library.progressions import Piece
from reprise.networks.chords import (
    AutoencoderConfig,
    ChordAutoencoder,
    ChordContinuation,
    ContinuationConfig,
)
from reprise.tokenizers import chords
from reprise.training import loop
from reprise.training.chords import export, plots
from reprise.training.chords.batches import (
    IGNORED,
    DataSettings,
    Windows,
    all_sequences,
    all_windows,
)
from reprise.training.loop import LoopSettings
from reprise.training.order import Order, Outcome

CONTINUATION: Final = "continuation"
VALID_HOP: Final = 8
MOST_VALID_WINDOWS: Final = 2000
PRACTICE_PIECES: Final = {"train": 160, "valid": 24}

ChordNetwork = ChordAutoencoder | ChordContinuation


@dataclass(frozen=True, slots=True)
class PartSettings:
    """How one part is trained.

    Attributes:
        batch: Windows of a step.
        is_binary: Whether each class is a yes or no of its own, as in the text, and not one choice.
        optimizer: "adamw" or "rmsprop".
        divergence_weight: What a nat of divergence costs, mean over the latent numbers.
        free_nats: Divergence of each latent number that costs nothing.
    """

    batch: int
    is_binary: bool = False
    optimizer: str = "adamw"
    divergence_weight: float = 0.0
    free_nats: float = 0.0


@dataclass(frozen=True, slots=True)
class PartRecipe:
    """Everything that decides what one part becomes."""

    network: AutoencoderConfig | ContinuationConfig
    training: PartSettings
    loop: LoopSettings


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what the model becomes."""

    data: DataSettings
    parts: Mapping[str, PartRecipe]


def read_recipe(path: Path | None = None, *, is_quick: bool = False) -> Recipe:
    """Return the recipe of a TOML file, the published one by default.

    Raises:
        InvalidRequestError: The file has a key that is unknown, or lacks one.
    """
    if path is None:
        text = (resources.files("reprise.training") / "recipes" / "chords.toml").read_text("utf-8")
    else:
        text = path.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    quick = table.pop("quick", {})
    try:
        return _recipe(_overlaid(table, quick) if is_quick else table)
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe for chords is not understood: {error}") from error


def train(order: Order) -> Outcome | None:
    """Train all parts, or go on where they were stopped, and write the model.

    Raises:
        MissingDataError: The music is not there.
        InvalidRequestError: The recipe is not understood.
    """
    recipe = read_recipe(order.recipe, is_quick=order.is_quick)
    pieces = practice_pieces(recipe.data.seed) if order.is_quick else read_pieces(order.data)
    networks: dict[str, ChordNetwork] = {}
    losses: dict[str, float] = {}
    for number, (part, settings) in enumerate(recipe.parts.items()):
        report = _report(order, part, number, recipe)
        trained = _train_part(part, settings, recipe.data, order, pieces, report)
        if trained is None:
            return None
        networks[part], losses[part] = trained
    publish(networks, order.out, order.model, pieces["train"])
    plots.write(order.out, tuple(networks))
    places = range(1, max(len(piece.elements) for piece in pieces["valid"]))
    counting, frequencies = (
        float(counted_losses(pieces["train"], pieces["valid"], places, depth).sum(axis=1).mean())
        for depth in (DEEPEST, 0)
    )
    figures = {f"{part}_loss": loss for part, loss in losses.items()}
    return Outcome(
        order.model,
        losses[CONTINUATION],
        frequencies,
        "how often each chord and each length occurs",
        {**figures, "counting_loss": counting},
    )


def read_pieces(data: Path | None) -> dict[str, list[Piece]]:
    """Return the pieces to learn from and those to choose by; the test pieces are not looked at."""
    found: dict[str, list[Piece]] = {"train": [], "valid": []}
    for piece in progressions.read_all(data):
        if piece.split in found:
            found[piece.split].append(piece)
    return found


def practice_pieces(seed: int) -> dict[str, list[Piece]]:
    """Return pieces made up by rule."""
    found: dict[str, list[Piece]] = {}
    for number, (split, count) in enumerate(PRACTICE_PIECES.items()):
        scores = practice.progressions(count, seed + number)
        made = (progressions.piece_of_score("practice", "train", score) for score in scores)
        found[split] = [piece for piece in made if piece is not None]
    return found


def build_network(config: AutoencoderConfig | ContinuationConfig) -> ChordNetwork:
    """Return an untrained network."""
    if isinstance(config, AutoencoderConfig):
        return ChordAutoencoder(config)
    return ChordContinuation(config)


def publish(
    networks: Mapping[str, ChordNetwork],
    run_folder: Path,
    model_folder: Path,
    learned: Sequence[Piece],
) -> None:
    """Write trained networks, their logs, the map's points and settings as a model directory.

    A model card that is there already stays.
    """
    files: dict[str, str] = {}
    for part, network in networks.items():
        files |= export.export(part, network, model_folder)
        log = (run_folder / part / loop.LOG_FILE).read_text(encoding="ascii")
        (model_folder / f"training-{part}.jsonl").write_text(log, encoding="ascii", newline="\n")
    parameters = {
        part: sum(parameter.numel() for parameter in network.parameters())
        for part, network in networks.items()
    }
    config = {
        "kind": "chords",
        "networks": files,
        "parameters": parameters,
        "latent": export.latent_statistics(networks["vae_32"], learned),
    }
    checkpoint.write_settings(model_folder, config, export.vocabulary())
    export.write_map(networks["vae_2"], learned, model_folder)
    checkpoint.write_sums(model_folder)


# ------------------------------------------------------------ recipe


def _recipe(table: Mapping[str, Any]) -> Recipe:
    parts = {name: _part_recipe(name, **part) for name, part in table["parts"].items()}
    return Recipe(DataSettings(**table["data"]), parts)


def _part_recipe(
    name: str, network: Mapping[str, Any], training: Mapping[str, Any], loop: Mapping[str, Any]
) -> PartRecipe:
    shape: AutoencoderConfig | ContinuationConfig
    if name == CONTINUATION:
        shape = ContinuationConfig(**network)
    else:
        sizes = dict(network)
        shape = AutoencoderConfig(hidden=tuple(sizes.pop("hidden")), **sizes)
    settings = LoopSettings(**{"weight_decay": 0.01, **loop})
    return PartRecipe(shape, PartSettings(**training), settings)


def _overlaid(table: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with another's values in place of its own."""
    found = dict(table)
    for name, value in over.items():
        is_table = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = _overlaid(found[name], value) if is_table else value
    return found


# ------------------------------------------------------------ one part


def _train_part(
    part: str,
    recipe: PartRecipe,
    data: DataSettings,
    order: Order,
    pieces: Mapping[str, Sequence[Piece]],
    report: loop.Progress,
) -> tuple[ChordNetwork, float] | None:
    """Return a trained network and its validation loss; None where it was stopped."""
    torch.manual_seed(recipe.loop.seed)
    network = build_network(recipe.network)
    folder = order.out / part
    run = loop.Run(network, recipe.loop, folder, _optimizers(network, recipe))
    windows = Windows(pieces["train"], data)
    if isinstance(network, ChordContinuation):
        draw_loss = _continuation_loss(windows, recipe.training)
        validate = _continuation_validation(pieces["valid"])
    else:
        draw_loss = _window_loss(windows, recipe.training)
        validate = _window_validation(pieces["valid"], recipe.training)
    is_complete = loop.fit(run, draw_loss, validate, progress=report, is_stopped=order.is_stopped)
    if not is_complete:
        return None
    network.load_state_dict(loop.best_weights(folder))
    network.eval()
    return network, run.best_loss


def _optimizers(network: nn.Module, recipe: PartRecipe) -> Sequence[torch.optim.Optimizer] | None:
    if recipe.training.optimizer == "rmsprop":
        return [torch.optim.RMSprop(network.parameters(), lr=recipe.loop.learning_rate)]
    return None


def _report(order: Order, part: str, number: int, recipe: Recipe) -> loop.Progress:
    epochs = recipe.parts[part].loop.epochs

    def report(line: Mapping[str, float]) -> None:
        share = (number + line["epoch"] / epochs) / len(recipe.parts)
        order.progress(part, share, line)

    return report


def _window_loss(windows: Windows, settings: PartSettings) -> loop.DrawLoss:
    def draw_loss(network: nn.Module, random: np.random.Generator) -> Tensor:
        elements = torch.from_numpy(windows.draw(settings.batch, random))
        chord_logits, duration_logits, divergence = network(elements)
        measure = _binary if settings.is_binary else _one_of_many
        loss = measure(chord_logits, elements[..., 0]) + measure(duration_logits, elements[..., 1])
        if settings.divergence_weight:
            paid = torch.clamp(divergence, min=settings.free_nats).mean()
            loss = loss + settings.divergence_weight * paid
        return loss

    return draw_loss


def _one_of_many(logits: Tensor, classes: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), classes.flatten())


def _binary(logits: Tensor, classes: Tensor) -> Tensor:
    wanted = F.one_hot(classes, logits.shape[-1]).float()
    return F.binary_cross_entropy_with_logits(logits, wanted)


def _window_validation(pieces: Sequence[Piece], settings: PartSettings) -> loop.Validate:
    found = all_windows(pieces, VALID_HOP)
    elements = torch.from_numpy(found[:: max(1, len(found) // MOST_VALID_WINDOWS)])

    def validate(network: nn.Module) -> dict[str, float]:
        chord_logits, duration_logits, divergence = network(elements)
        measure = _binary if settings.is_binary else _one_of_many
        loss = measure(chord_logits, elements[..., 0]) + measure(duration_logits, elements[..., 1])
        return {
            "loss": float(loss + settings.divergence_weight * divergence.mean()),
            "divergence": float(divergence.sum()),
            "chord_accuracy": _share(chord_logits, elements[..., 0]),
            "duration_accuracy": _share(duration_logits, elements[..., 1]),
        }

    return validate


def _continuation_loss(windows: Windows, settings: PartSettings) -> loop.DrawLoss:
    def draw_loss(network: nn.Module, random: np.random.Generator) -> Tensor:
        features, targets = windows.draw_sequences(settings.batch, random)
        chord_loss, duration_loss = _next_losses(network, features, targets)
        return torch.add(chord_loss, duration_loss)

    return draw_loss


def _next_losses(
    network: nn.Module, features: chords.Elements, targets: chords.Elements
) -> tuple[Tensor, Tensor]:
    chord_logits, duration_logits = network(torch.from_numpy(features))
    wanted = torch.from_numpy(targets)
    return (
        F.cross_entropy(chord_logits.flatten(0, 1), wanted[..., 0].flatten(), ignore_index=IGNORED),
        F.cross_entropy(
            duration_logits.flatten(0, 1), wanted[..., 1].flatten(), ignore_index=IGNORED
        ),
    )


def _continuation_validation(pieces: Sequence[Piece]) -> loop.Validate:
    features, targets = all_sequences(pieces)

    def validate(network: nn.Module) -> dict[str, float]:
        chord_loss, duration_loss = _next_losses(network, features, targets)
        return {
            "loss": float(chord_loss + duration_loss),
            "chord_loss": float(chord_loss),
            "duration_loss": float(duration_loss),
        }

    return validate


def _share(logits: Tensor, classes: Tensor) -> float:
    return (logits.argmax(-1) == classes).double().mean().item()
