"""One training loop for every network: steps, schedule, average weights, log, checkpoints.

A run lives in a folder: `checkpoint.pt` (everything needed to go on, written every few minutes
and when the run is stopped), `best.pt` (the averaged weights with the lowest validation loss)
and `log.jsonl` (one line an epoch). A run that was stopped and resumed ends with the same
weights as one that was not. The loop knows nothing of music: it is handed a function that draws
one loss, and a function that validates.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from reprise.errors import InvalidRequestError

DrawLoss = Callable[[nn.Module, np.random.Generator], Tensor]
Validate = Callable[[nn.Module], Mapping[str, float]]
Progress = Callable[[Mapping[str, float]], None]

CHECKPOINT_FILE = "checkpoint.pt"
BEST_FILE = "best.pt"
LOG_FILE = "log.jsonl"


class Rates(Protocol):
    """What optimisers need to know of a run's settings."""

    @property
    def learning_rate(self) -> float:
        """The highest one."""

    @property
    def weight_decay(self) -> float:
        """Decoupled decay of the matrices in blocks."""

    @property
    def table_decay(self) -> float:
        """Decoupled decay of everything else."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How to train; every number of it stands in a published recipe.

    Attributes:
        epochs: How often `steps_per_epoch` steps are taken.
        steps_per_epoch: Optimiser steps between two lines of the log.
        learning_rate: The highest one, for all parameters.
        final_share: The last learning rate as a share of the highest.
        hold_epochs: Epochs before the learning rate begins to fall.
        warm_up_steps: Steps in which the learning rate rises from nothing.
        weight_decay: Decoupled decay of the matrices in blocks.
        table_decay: Decoupled decay of everything else.
        clip_norm: Longest gradient.
        average_share: Steps that the averaged weights reach back, as a share of all so far.
        average_decay: How much of the averaged weights stays at each step, at most.
        validate_every: Epochs between two validations; the last epoch is always validated.
        checkpoint_seconds: Longest time between two checkpoints.
        seed: Seed of every random choice.
    """

    epochs: int
    steps_per_epoch: int
    learning_rate: float = 3e-3
    final_share: float = 0.02
    hold_epochs: int = 0
    warm_up_steps: int = 100
    weight_decay: float = 0.1
    table_decay: float = 0.01
    clip_norm: float = 1.0
    average_share: float = 1 / 9
    average_decay: float = 0.998
    validate_every: int = 1
    checkpoint_seconds: float = 120.0
    seed: int = 0

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.epochs * self.steps_per_epoch


def learning_rate_share(settings: LoopSettings, step: int) -> float:
    """Return the share of the highest learning rate of a step: warm-up, hold, then cosine."""
    rise = min(1.0, (step + 1) / max(1, settings.warm_up_steps))
    hold = settings.hold_epochs * settings.steps_per_epoch
    fall = 0.5 * (1.0 + math.cos(math.pi * max(0, step - hold) / (settings.steps - hold)))
    return rise * (settings.final_share + (1.0 - settings.final_share) * fall)


class Run:
    """A network in training and all that a checkpoint of it holds."""

    def __init__(
        self,
        network: nn.Module,
        settings: LoopSettings,
        folder: Path,
        optimizers: Sequence[torch.optim.Optimizer] | None = None,
    ) -> None:
        """Begin a run.

        Args:
            network: What is trained.
            settings: How.
            folder: Where checkpoints and the log go.
            optimizers: Who moves the weights; by default those of `make_optimizers`.
        """
        self.network = network
        self.settings = settings
        self.folder = folder
        self.step = 0
        self.seconds = 0.0
        self.best_loss = math.inf
        self.epoch_loss = 0.0
        self.random = np.random.default_rng(settings.seed)
        self.optimizers = make_optimizers(network, settings) if optimizers is None else optimizers
        self.average = {name: value.clone() for name, value in network.state_dict().items()}

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.step // self.settings.steps_per_epoch

    @property
    def is_complete(self) -> bool:
        """Whether every step has been taken."""
        return self.step >= self.settings.steps

    def take_step(self, draw_loss: DrawLoss) -> None:
        """Draw one loss and move the weights and their average."""
        share = learning_rate_share(self.settings, self.step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.settings.learning_rate * share
            optimizer.zero_grad(set_to_none=True)
        loss = draw_loss(self.network, self.random)
        torch.autograd.backward([loss])
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        for optimizer in self.optimizers:
            optimizer.step()
        self._move_average()
        self.step += 1
        self.epoch_loss += loss.item()

    def validate(self, validate: Validate) -> dict[str, float]:
        """Return the averaged weights' metrics, and keep the weights when they are the best."""
        metrics = metrics_of(self.network, self.average, validate)
        if metrics["loss"] < self.best_loss:
            self.best_loss = metrics["loss"]
            write_state(self.folder / BEST_FILE, {"weights": self.average, "epoch": self.epoch})
        return metrics

    def save(self) -> None:
        """Write the checkpoint."""
        state = {
            "settings_steps": self.settings.steps,
            "step": self.step,
            "seconds": self.seconds,
            "best_loss": self.best_loss,
            "epoch_loss": self.epoch_loss,
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "random": self.random.bit_generator.state,
            "torch_random": torch.get_rng_state(),
        }
        write_state(self.folder / CHECKPOINT_FILE, state)

    def resume(self) -> None:
        """Go on from the folder's checkpoint, if there is one.

        Raises:
            InvalidRequestError: The checkpoint belongs to a run of another length.
        """
        path = self.folder / CHECKPOINT_FILE
        if not path.exists():
            return
        state: dict[str, Any] = torch.load(path, weights_only=True)
        if state["settings_steps"] != self.settings.steps:
            raise InvalidRequestError(
                f"{path} is a run of {state['settings_steps']} steps, not {self.settings.steps}; "
                "name another folder or delete it"
            )
        self.step = state["step"]
        self.seconds = state["seconds"]
        self.best_loss = state["best_loss"]
        self.epoch_loss = state["epoch_loss"]
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.random.bit_generator.state = state["random"]
        torch.set_rng_state(state["torch_random"])

    @torch.no_grad()
    def _move_average(self) -> None:
        # Early on the average follows fast, so that it is not made of the first random weights.
        window = self.settings.average_share * (self.step + 1)
        decay = min(self.settings.average_decay, window / (1.0 + window))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1.0 - decay)
            else:
                self.average[name].copy_(value)


def fit(
    run: Run,
    draw_loss: DrawLoss,
    validate: Validate,
    *,
    progress: Progress = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Train until the run is complete or stopped; resume it first where it was.

    Args:
        run: The run; its folder is made when it is not there.
        draw_loss: Returns one loss for the network, drawn with the generator it is given.
        validate: Returns metrics, `loss` among them, for a network in eval mode.
        progress: Called with every line of the log.
        is_stopped: Asked after each step; True writes a checkpoint and returns.
        clock: Seconds.

    Returns:
        Whether the run is complete.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    run.resume()
    run.network.train()
    started, saved = clock() - run.seconds, clock()
    is_asked_to_stop = False
    while not (run.is_complete or is_asked_to_stop):
        run.take_step(draw_loss)
        run.seconds = clock() - started
        if run.step % run.settings.steps_per_epoch == 0:
            progress(_close_epoch(run, validate))
            run.seconds = clock() - started
        is_asked_to_stop = is_stopped()
        if clock() - saved > run.settings.checkpoint_seconds:
            run.save()
            saved = clock()
    run.save()
    return run.is_complete


def metrics_of(
    network: nn.Module, weights: Mapping[str, Tensor], validate: Validate
) -> dict[str, float]:
    """Return the metrics of a network with other weights, and give it back its own."""
    live = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(weights)
    network.eval()
    with torch.no_grad():
        metrics = dict(validate(network))
    network.train()
    network.load_state_dict(live)
    return metrics


def best_weights(folder: Path) -> dict[str, Tensor]:
    """Return the averaged weights with the lowest validation loss of a run's folder."""
    path = folder / BEST_FILE
    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    weights: dict[str, Tensor] = loaded["weights"]
    return weights


def _close_epoch(run: Run, validate: Validate) -> dict[str, float]:
    settings = run.settings
    line: dict[str, float] = {
        "epoch": run.epoch,
        "train_loss": round(run.epoch_loss / settings.steps_per_epoch, 5),
    }
    run.epoch_loss = 0.0
    if run.epoch % settings.validate_every == 0 or run.is_complete:
        metrics = run.validate(validate)
        line |= {f"valid_{name}": round(value, 5) for name, value in metrics.items()}
    line["seconds"] = round(run.seconds, 1)
    append_line(run.folder / LOG_FILE, line, "epoch")
    return line


def append_line(path: Path, line: Mapping[str, float], counter: str) -> None:
    """Add one line, in place of the lines that a stopped run wrote after its checkpoint.

    Args:
        path: A file of one JSON object a line.
        line: What to add.
        counter: The name of the figure that rises from line to line.
    """
    kept = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    kept = [row for row in kept if json.loads(row)[counter] < line[counter]]
    path.write_text("\n".join([*kept, json.dumps(line)]) + "\n", encoding="ascii")


def make_optimizers(network: nn.Module, settings: Rates) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices inside blocks and AdamW for all else."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in network.named_parameters():
        is_matrix = parameter.ndim == 2 and name.startswith("blocks.")
        (matrices if is_matrix else others).append(parameter)
    rate = settings.learning_rate
    adamw = torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=settings.table_decay)
    if not matrices:
        return [adamw]
    muon = torch.optim.Muon(
        matrices, lr=rate, weight_decay=settings.weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    return [muon, adamw]


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write beside and rename, so that a power cut leaves the old file or the new one."""
    beside = path.with_suffix(".part")
    torch.save(dict(state), beside)
    beside.replace(path)
