"""Trains the two networks of bach-v1 on the JSB training chorales, with several seeds each.

It follows the notebook: windows of 33 chords, every 16, remainders dropped; every cell but the
first is predicted from all cells before it; 32 windows a batch, shuffled anew in every epoch. Of
each run the epoch with the lowest validation loss is kept, and of each network's runs the best is
the one that the engine asks. The test chorales are never read here.

Where the notebook's own code would spoil a figure, it is not followed: silence is a class like
the others and no padding, every position of a window has a row of its own, and the second
attention is causal (see `reprise.networks.bach`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.engines import checkpoint
from reprise.evaluation.jsb import counted_next_note
from reprise.library import jsb, practice
from reprise.networks.bach import CellNetwork
from reprise.runtime.onnx_runtime import open_session, token_model
from reprise.tokenizers import bach, chorale
from reprise.training import curves, export, loop
from reprise.training.bach.recipe import (
    PARTS,
    SYSTEM,
    Part,
    Recipe,
    WindowSettings,
    make_optimizer,
    read_recipe,
)
from reprise.training.order import Order, Outcome

VALIDATION_BATCH = 64
EXAMPLE_CELLS = 60
MEMORY_AXES = 2
PRACTICE_CHORALES = {"train": 160, "valid": 40}
PRACTICE_SEEDS = {"train": 0, "valid": 1}
CURVES = {
    "Loss in nats a note": {"train_loss": "training", "valid_loss": "validation"},
    "Accuracy on validation chorales": {
        "valid_accuracy": "all notes",
        "valid_accuracy_changed": "notes that change",
    },
}
BASELINE = "counting what follows each note of a voice"
BASELINE_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Music:
    """The windows to learn from and those to choose by, (windows, steps, 4) each."""

    train: chorale.Grid
    valid: chorale.Grid


@dataclass(frozen=True, slots=True)
class Trained:
    """One run of one network.

    Attributes:
        part: Which network.
        seed: The run's seed.
        network: With the weights of its best epoch.
        metrics: What the validation chorales say of it.
    """

    part: Part
    seed: int
    network: CellNetwork
    metrics: Mapping[str, float]

    @property
    def name(self) -> str:
        """What its files are called."""
        return run_name(self.part, self.seed)


def run_name(part: Part, seed: int) -> str:
    """Return what the files of a network's run are called."""
    return f"{part}_{seed}"


def train(order: Order) -> Outcome | None:
    """Train every network with every seed, or go on; write the model when all are done.

    Raises:
        MissingDataError: The chorales are not there.
        InvalidRequestError: The recipe is not understood, or a run in the folder is another's.
    """
    plan = read_recipe(order.recipe, is_quick=order.is_quick)
    music = _music(order, plan.windows)
    runs = [(part, seed) for part in PARTS for seed in plan.seeds]
    trained = []
    for number, (part, seed) in enumerate(runs):
        run = train_one(part, seed, plan, music, _told_share(order, number, len(runs)))
        if run is None:
            return None
        trained.append(run)
    publish(trained, plan, order)
    write_curves(order.out, plan.seeds)
    return _outcome(trained, music, order.model)


def _music(order: Order, windows: WindowSettings) -> Music:
    def cut(split: Literal["train", "valid"]) -> chorale.Grid:
        chorales = (
            practice.chorales(PRACTICE_CHORALES[split], PRACTICE_SEEDS[split])
            if order.is_quick
            else jsb.read_split(order.data, split)
        )
        return jsb.windows(chorales, steps=windows.steps, shift=windows.shift)[0]

    return Music(cut("train"), cut("valid"))


def _told_share(order: Order, number: int, count: int) -> Order:
    """Return an order for one run of several, whose progress counts as its share of the whole."""

    def progress(what: str, share: float, line: Mapping[str, float]) -> None:
        order.progress(what, (number + share) / count, line)

    return replace(order, progress=progress)


def train_one(part: Part, seed: int, plan: Recipe, music: Music, order: Order) -> Trained | None:
    """Train one network with one seed, or go on where its run was stopped.

    Args:
        part: Which network.
        seed: Decides its first weights and the order of the windows.
        plan: The recipe.
        music: The windows.
        order: Where to write, whom to tell, and whether to stop.

    Returns:
        The network with its best weights, None where it was stopped.
    """
    chosen, name = plan.parts[part], run_name(part, seed)
    torch.manual_seed(seed)
    network = chosen.build()
    per_epoch = -(-len(music.train) // plan.windows.batch)
    settings = loop.LoopSettings(steps_per_epoch=per_epoch, seed=seed, **chosen.loop)
    optimizer = make_optimizer(chosen.optimizer, network)
    run = loop.Run(network, settings, order.out / name, [optimizer])
    is_complete = loop.fit(
        run,
        shuffled_loss(run, music.train, plan.windows.batch, is_rounded=chosen.is_rounded),
        validation(music.valid, is_rounded=chosen.is_rounded),
        progress=lambda line: order.progress(name, line["epoch"] / settings.epochs, line),
        is_stopped=order.is_stopped,
    )
    if not is_complete:
        return None
    network.load_state_dict(loop.best_weights(run.folder))
    network.eval()
    with torch.no_grad():
        return Trained(part, seed, network, validation(music.valid)(network))


def shuffled_loss(
    run: loop.Run, windows: chorale.Grid, batch: int, *, is_rounded: bool
) -> loop.DrawLoss:
    """Return what draws the loss of the next batch; each epoch sees every window once."""
    cells = torch.from_numpy(windows.reshape(len(windows), -1))

    def draw_loss(network: nn.Module, _random: np.random.Generator) -> Tensor:
        # The order is made of the epoch's number, so that a resumed run goes on with the same.
        place = run.step % run.settings.steps_per_epoch
        shuffled = np.random.default_rng([run.settings.seed, run.epoch]).permutation(len(cells))
        drawn = cells[torch.from_numpy(shuffled[place * batch : (place + 1) * batch])]
        with torch.autocast("cpu", torch.bfloat16, enabled=is_rounded):
            logits = network(drawn[:, :-1, None])
        return F.cross_entropy(logits.float().flatten(0, 1), drawn[:, 1:].flatten())

    return draw_loss


def validation(windows: chorale.Grid, *, is_rounded: bool = False) -> loop.Validate:
    """Return what measures a network: its loss and accuracy, and that on changed notes alone."""
    cells = torch.from_numpy(windows.reshape(len(windows), -1))
    is_changed = cells[:, chorale.VOICE_COUNT :] != cells[:, : -chorale.VOICE_COUNT]

    def validate(network: nn.Module) -> dict[str, float]:
        heard = torch.split(cells[:, :-1, None], VALIDATION_BATCH)
        with torch.autocast("cpu", torch.bfloat16, enabled=is_rounded):
            logits = torch.cat([network(part) for part in heard]).float()
        is_hit = logits.argmax(-1) == cells[:, 1:]
        return {
            "loss": F.cross_entropy(logits.flatten(0, 1), cells[:, 1:].flatten()).item(),
            "accuracy": is_hit.double().mean().item(),
            "accuracy_changed": is_hit[:, chorale.VOICE_COUNT - 1 :][is_changed]
            .double()
            .mean()
            .item(),
        }

    return validate


def publish(trained: Sequence[Trained], plan: Recipe, order: Order) -> None:
    """Write networks, logs and settings as a model directory; a card that is there stays."""
    model = order.model
    served = {part: _best(trained, part) for part in PARTS}
    config = {
        "kind": SYSTEM,
        "networks": {run.name: f"{run.name}.onnx" for run in trained},
        "served": {part: run.name for part, run in served.items()},
        "parameters": {part: run.network.size for part, run in served.items()},
        "validation": {run.name: dict(run.metrics) for run in trained},
        "window_steps": plan.windows.steps,
        "trained_on": "practice" if order.is_quick else "jsb",
    }
    checkpoint.write_settings(model, config, bach.vocabulary())
    for run in trained:
        export_network(run.network, model / f"{run.name}.onnx")
        log = (order.out / run.name / loop.LOG_FILE).read_text(encoding="ascii")
        path = model / f"training-{run.name}.jsonl"
        path.write_text(log, encoding="ascii", newline="\n")
    checkpoint.write_sums(model)


def export_network(network: CellNetwork, path: Path) -> float:
    """Write a network with its memory, and compare the file with it.

    Returns:
        The largest difference between two logits of the network and of the file.

    Raises:
        ValueError: They differ by more than `export.LARGEST_DIFFERENCE`.
    """
    network.eval()
    generator = torch.Generator().manual_seed(0)
    cells = torch.randint(chorale.CLASS_COUNT, (3, EXAMPLE_CELLS, 1), generator=generator)
    with torch.no_grad():
        _, past = network.step(cells[:, :5], network.nothing(3))
        expected = network(cells).numpy()
    growing = {4: "cached"} if past.ndim > MEMORY_AXES else {}
    batch_axis = 2 if growing else 0
    axes = {
        "features": {0: "batch", 1: "new"},
        "past": {batch_axis: "batch", **growing},
        "logits": {0: "batch", 1: "new"},
        "present": {batch_axis: "batch", **growing},
    }
    step = export.Step(network).eval()
    export.write_onnx(
        step, (cells[:, 5:12], past), path, ["features", "past"], ["logits", "present"], axes
    )
    difference = _difference(path, cells.numpy(), expected)
    if difference > export.LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from its network by {difference:.2g} in a logit")
    return difference


def _difference(path: Path, cells: chorale.Grid, expected: NDArray[np.float32]) -> float:
    """Return how far a file is from what is expected, half of it read step by step."""
    model = token_model(open_session(path))
    half = cells.shape[1] // 2
    parts = [model.prefill(cells[:, :half])]
    parts += [model.step(cells[:, index])[:, None] for index in range(half, cells.shape[1])]
    return float(np.abs(np.concatenate(parts, axis=1) - expected).max())


def write_curves(runs: Path, seeds: Sequence[int]) -> None:
    """Draw the learning curves of each network's runs beside them."""
    for part in PARTS:
        logs = {seed: curves.read(runs / run_name(part, seed)) for seed in seeds}
        panels = {
            title: {
                f"{label}, seed {seed}": [(line["epoch"], line[name]) for line in log]
                for name, label in names.items()
                for seed, log in logs.items()
            }
            for title, names in CURVES.items()
        }
        path = runs / f"curves-{part}.svg"
        path.write_text(curves.document(panels, "epochs"), encoding="utf-8", newline="\n")


def _best(trained: Sequence[Trained], part: Part) -> Trained:
    """Return the run of a network with the lowest validation loss."""
    return min(
        (run for run in trained if run.part == part),
        key=lambda run: (run.metrics["loss"], run.seed),
    )


def _outcome(trained: Sequence[Trained], music: Music, model: Path) -> Outcome:
    means = {
        f"{part}_{name}": float(np.mean([run.metrics[name] for run in trained if run.part == part]))
        for part in PARTS
        for name in ("loss", "accuracy", "accuracy_changed")
    }
    loss = max(means[f"{part}_loss"] for part in PARTS)
    counted = counted_next_note(music.train, music.valid, BASELINE_DEPTH)
    deeper = counted_next_note(music.train, music.valid)
    figures = {**means, "counting_in_five_contexts_loss": deeper["nll"]}
    return Outcome(model, loss, counted["nll"], BASELINE, figures)
