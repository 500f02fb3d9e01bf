"""Trains the folk network: what the next sixteenth of a melody is, given the 63 before it.

`reprise train folk` takes two choices: the `set` of tunes, "permissive" for weights that may ship
or "nottingham" to compare with the study, and the `variant` of the study, as the recipe names it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.library.folk_tunes import (
    PERMISSIVE,
    PRACTICE,
    TUNE_SETS,
    Tune,
    TuneSet,
    chosen_tunes,
    read_tunes,
)
from reprise.networks.folk import FolkNetwork, FolkNetworkConfig
from reprise.runtime.onnx_runtime import OnnxWindowModel, open_session
from reprise.tokenizers import folk
from reprise.training import export, loop
from reprise.training.order import Order, Outcome

SYSTEM: Final = "folk"
NETWORK: Final = "next_step"
MAIN: Final = "bidirectional"
QUICK: Final = "quick"
VALIDATED_WINDOWS: Final = 4000
RUN_FOLDER: Final = "run"
BASELINE: Final = "counts of what follows each class"
LARGEST_DIFFERENCE: Final = 1e-3

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class MusicSettings:
    """What is learned from.

    Attributes:
        encoding: A name of `tokenizers.folk.ENCODINGS`.
        hop: Steps between two windows of a tune.
        most_windows: Windows of the tunes learned from, roughly; 0 for all.
        batch: Windows of one update.
    """

    encoding: str
    hop: int
    most_windows: int
    batch: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a network becomes."""

    network: FolkNetworkConfig
    music: MusicSettings
    loop: loop.LoopSettings

    @property
    def encoding(self) -> folk.Encoding:
        """How tunes become classes."""
        return folk.ENCODINGS[self.music.encoding]


@dataclass(frozen=True)
class Material:
    """The tunes of a training.

    Attributes:
        train: To learn from.
        valid: Held out.
    """

    train: Sequence[Tune]
    valid: Sequence[Tune]


def train(order: Order) -> Outcome | None:
    """Train one variant on one set of tunes and publish it; None where it was stopped.

    Raises:
        InvalidRequestError: There is no such set or variant, or the recipe is not understood.
        MissingDataError: The tunes are not there.
    """
    tune_set, variant = _choices(order)
    recipe = read_recipe(variant, order.recipe, is_quick=order.is_quick)
    material = _material(order, tune_set, recipe)
    encoding = recipe.encoding
    learned = folk.Windows(encoded(material.train, encoding), encoding.silence, recipe.music.hop)
    held_out = _held_out(material.valid, encoding, recipe.loop.seed)
    torch.manual_seed(recipe.loop.seed)
    network = FolkNetwork(recipe.network)
    adam = torch.optim.Adam(network.parameters(), lr=recipe.loop.learning_rate)
    run = loop.Run(network, recipe.loop, order.out / RUN_FOLDER, [adam])
    is_complete = loop.fit(
        run,
        _loss_of(learned, recipe.music.batch),
        lambda tried: validated(tried, held_out),
        progress=lambda line: order.progress(variant, line["epoch"] / recipe.loop.epochs, line),
        is_stopped=order.is_stopped,
    )
    if not is_complete:
        return None
    network.load_state_dict(run.average)
    facts = {
        "trained_on": tune_set,
        "variant": variant,
        "tunes": len(material.train),
        "windows": len(learned),
        "updates": recipe.loop.steps,
    }
    publish(network, recipe, facts, order)
    figures = metrics(network, held_out)
    baseline = counted_loss(learned, held_out, encoding.class_count)
    told = {"accuracy": figures["accuracy"], "windows": float(len(learned))}
    return Outcome(order.model, figures["loss"], baseline, BASELINE, told)


def read_recipe(variant: str, path: Path | None = None, *, is_quick: bool = False) -> Recipe:
    """Return a variant's recipe from a TOML file, the published one by default.

    Raises:
        InvalidRequestError: The file has no such variant, or a key that is unknown.
    """
    published = resources.files("reprise.training") / "recipes" / f"{SYSTEM}.toml"
    text = published.read_text("utf-8") if path is None else path.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    variants = table.get("variants", {})
    if variant not in variants:
        raise InvalidRequestError(
            f"the recipe has no variant {variant!r}; it has {', '.join(variants)}"
        )
    changes = [variants[variant], *([table.get(QUICK, {})] if is_quick else [])]
    try:
        return _recipe(
            {part: _merged(part, table, changes) for part in ("network", "music", "loop")}
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe is not understood: {error}") from error


def encoded(tunes: Sequence[Tune], encoding: folk.Encoding) -> list[folk.Classes]:
    """Return the classes of tunes, each brought to C major or A minor."""
    return [
        encoding.encode(tune.home_line, round(tune.score.length * folk.STEPS_PER_BEAT))
        for tune in tunes
    ]


def metrics(network: nn.Module, held_out: Batch) -> dict[str, float]:
    """Return the loss in nats a step, and the share of steps that were said right."""
    network.eval()
    with torch.no_grad():
        return validated(network, held_out)


def validated(network: nn.Module, held_out: Batch) -> dict[str, float]:
    """Return the metrics of a network that is in eval mode."""
    heard, followed = held_out
    logits = torch.cat([network(part) for part in torch.split(heard, 256)])
    return {
        "loss": F.cross_entropy(logits, followed).item(),
        "accuracy": (logits.argmax(-1) == followed).double().mean().item(),
    }


def counted_loss(learned: folk.Windows, held_out: Batch, class_count: int) -> float:
    """Return the held-out loss of counting, after each class, what followed it in training."""
    counts = np.ones((class_count, class_count))
    np.add.at(counts, (learned.before, learned.followed), 1.0)
    chances = counts / counts.sum(axis=1, keepdims=True)
    last, said = held_out[0][:, -1].numpy(), held_out[1].numpy()
    return float(-np.log(chances[last, said]).mean())


def publish(network: FolkNetwork, recipe: Recipe, facts: Mapping[str, Any], order: Order) -> None:
    """Write a trained network, its log and settings as the order's model directory.

    Raises:
        ValueError: The written network answers otherwise than the trained one.
    """
    network.eval()
    folder = order.model
    config = {
        "kind": SYSTEM,
        "networks": {NETWORK: f"{NETWORK}.onnx"},
        "encoding": recipe.encoding.name,
        "most_windows": recipe.music.most_windows,
        "network": {
            field.name: getattr(recipe.network, field.name) for field in fields(recipe.network)
        },
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        **facts,
    }
    checkpoint.write_settings(folder, config, _vocabulary(recipe.encoding))
    _write(network, folder / f"{NETWORK}.onnx")
    log = (order.out / RUN_FOLDER / loop.LOG_FILE).read_text(encoding="ascii")
    (folder / "training.jsonl").write_text(log, encoding="ascii", newline="\n")
    checkpoint.write_sums(folder)


def _choices(order: Order) -> tuple[TuneSet, str]:
    """Return the set of tunes and the variant; quick trainings take practice tunes."""
    given = PRACTICE if order.is_quick else order.options.get("set", PERMISSIVE)
    name = next((known for known in TUNE_SETS if known == given), None)
    if name is None:
        raise InvalidRequestError(
            f"there is no set of tunes {given!r}; there are {', '.join(TUNE_SETS)}"
        )
    return name, order.options.get("variant", MAIN)


def _merged(
    part: str, table: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    merged = dict(table[part])
    for change in changes:
        merged.update(change.get(part, {}))
    return merged


def _recipe(parts: Mapping[str, dict[str, Any]]) -> Recipe:
    music = MusicSettings(**parts["music"])
    classes = folk.ENCODINGS[music.encoding].class_count
    return Recipe(
        FolkNetworkConfig(classes=classes, **parts["network"]),
        music,
        loop.LoopSettings(**parts["loop"]),
    )


def _material(order: Order, tune_set: TuneSet, recipe: Recipe) -> Material:
    order.progress("reading tunes", 0.0, {})
    learned = chosen_tunes(read_tunes(order.data, tune_set, "train"), recipe.music.most_windows)
    return Material(learned, read_tunes(order.data, tune_set, "valid"))


def _held_out(tunes: Sequence[Tune], encoding: folk.Encoding, seed: int) -> Batch:
    windows = folk.Windows(encoded(tunes, encoding), encoding.silence)
    count = min(VALIDATED_WINDOWS, len(windows))
    drawn = np.random.default_rng(seed).permutation(len(windows))[:count]
    return _tensors(windows, drawn)


def _loss_of(windows: folk.Windows, batch: int) -> loop.DrawLoss:
    """Return the loss of windows of which half say something new, weighted as they come in tunes.

    Most sixteenths only hold what sounds; drawn as they come, few windows would teach pitches.
    """
    is_new = (windows.followed != windows.before) & (windows.followed != 0)
    groups = [np.flatnonzero(is_new), np.flatnonzero(~is_new)]
    shares = torch.tensor([2 * len(group) / len(windows) for group in groups])
    weights = shares.repeat_interleave(batch // 2)

    def draw_loss(network: nn.Module, random: np.random.Generator) -> Tensor:
        numbers = [group[random.integers(0, len(group), batch // 2)] for group in groups]
        heard, followed = _tensors(windows, np.concatenate(numbers))
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(heard)
        losses = F.cross_entropy(logits.float(), followed, reduction="none")
        return (weights * losses).mean()

    return draw_loss


def _tensors(windows: folk.Windows, numbers: folk.Classes) -> Batch:
    heard, followed = windows.take(numbers)
    return torch.from_numpy(heard.copy()), torch.from_numpy(followed.copy())


def _write(network: FolkNetwork, path: Path) -> None:
    classes = network.config.classes
    heard = torch.randint(
        0, classes, (3, folk.HEARD_STEPS), generator=torch.Generator().manual_seed(0)
    )
    axes = {"steps": {0: "batch"}, "logits": {0: "batch"}}
    export.write_onnx(network, (heard,), path, ["steps"], ["logits"], axes)
    with torch.no_grad():
        expected = network(heard).numpy()
    found = OnnxWindowModel(open_session(path)).logits(heard.numpy())
    difference = float(np.abs(found - expected).max())
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from its network by {difference:.2g} in a logit")


def _vocabulary(encoding: folk.Encoding) -> dict[str, Any]:
    return {
        "encoding": encoding.name,
        "classes": encoding.class_count,
        "steps_per_beat": folk.STEPS_PER_BEAT,
        "heard_steps": folk.HEARD_STEPS,
        "lowest_pitch": folk.LOWEST_PITCH,
        "highest_pitch": folk.HIGHEST_PITCH,
    }
