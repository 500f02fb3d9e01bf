"""The loop for long runs: planned in steps or in minutes, stopped and prolonged at will.

The learning rate rises, stays, and falls in the last part of what is planned. A run's folder holds
`checkpoint.pt` (all that is needed to go on), `stable.pt` (the same from just before the fall: from
there a run is prolonged whose learning rate has fallen), `best.pt` (the averaged weights with the
lowest validation loss) and `log.jsonl`. Several processes train one network together where torch's
process group is there; the first one writes. The loop knows nothing of music.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, nn

from reprise.errors import InvalidRequestError
from reprise.training.loop import (
    BEST_FILE,
    CHECKPOINT_FILE,
    LOG_FILE,
    Progress,
    append_line,
    make_optimizers,
    metrics_of,
    write_state,
)

STABLE_FILE = "stable.pt"
SECONDS_A_MINUTE = 60.0

Validate = Callable[[nn.Module], Mapping[str, float]]
Figures = Mapping[str, tuple[Tensor, Tensor]]
"""For each figure of the log a sum and a count."""
Measure = Callable[[], tuple[Tensor, Figures]]
"""Returns a loss to be minimised, and figures."""


@dataclass(frozen=True, slots=True)
class LongSettings:
    """How to train; every number of it stands in a published recipe.

    Attributes:
        learning_rate: The highest one, for all parameters.
        final_share: The last learning rate as a share of the highest.
        fall_share: Share of the plan in which the learning rate falls.
        warm_up_steps: Steps in which it rises from nothing.
        weight_decay: Decoupled decay of the matrices in blocks.
        table_decay: Decoupled decay of everything else.
        clip_norm: Longest gradient.
        average_share: Steps that the averaged weights reach back, as a share of all so far.
        average_decay: How much of the averaged weights stays at each step, at most.
        log_every: Steps between two lines of the log.
        validate_every: Steps between two validations, a multiple of `log_every`.
        checkpoint_seconds: Longest time between two checkpoints.
        seed: Seed of every random choice.
    """

    learning_rate: float = 8e-3
    final_share: float = 0.01
    fall_share: float = 0.25
    warm_up_steps: int = 100
    weight_decay: float = 0.1
    table_decay: float = 0.0
    clip_norm: float = 1.0
    average_share: float = 1 / 9
    average_decay: float = 0.995
    log_every: int = 50
    validate_every: int = 250
    checkpoint_seconds: float = 150.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a run shall be: in steps, or in minutes of training.

    Attributes:
        steps: All steps; None where minutes are planned.
        minutes: All minutes, without those that a prolonged run takes back.
    """

    steps: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise InvalidRequestError("a run is planned either in steps or in minutes; give one")

    def share(self, step: float, seconds: float) -> float:
        """Return how much of the plan is done, from 0.0; above 1.0 where more is done."""
        if self.steps is not None:
            return step / self.steps
        return seconds / (SECONDS_A_MINUTE * (self.minutes or 1.0))


def learning_rate_share(settings: LongSettings, step: int, done: float) -> float:
    """Return the share of the highest learning rate: it rises, stays, and falls in a line.

    Args:
        settings: The run's.
        step: Steps taken.
        done: Share of the plan that is done.
    """
    rise = min(1.0, (step + 1) / max(1, settings.warm_up_steps))
    left = min(1.0, max(0.0, 1.0 - done) / settings.fall_share)
    return rise * (settings.final_share + (1.0 - settings.final_share) * left)


class LongRun:
    """A network in training and all that a checkpoint of it holds."""

    def __init__(
        self,
        network: nn.Module,
        settings: LongSettings,
        plan: Plan,
        folder: Path,
        optimizers: Sequence[torch.optim.Optimizer] | None = None,
    ) -> None:
        """Begin a run.

        Args:
            network: What is trained.
            settings: How.
            plan: How long.
            folder: Where checkpoints and the log go.
            optimizers: Who moves the weights; by default those of `make_optimizers`.
        """
        self.network = network
        self.settings = settings
        self.plan = plan
        self.folder = folder
        self.step = 0
        self.seconds = 0.0
        self.tokens = 0.0
        self.best_loss = math.inf
        self.is_falling = False
        self.optimizers = make_optimizers(network, settings) if optimizers is None else optimizers
        self.average = {name: value.clone() for name, value in network.state_dict().items()}

    @property
    def done(self) -> float:
        """Share of the plan that is done, from 0.0."""
        return self.plan.share(self.step, self.seconds)

    @property
    def is_complete(self) -> bool:
        """Whether the plan is done."""
        return self.done >= 1.0

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files."""
        return not distributed.is_initialized() or distributed.get_rank() == 0

    def take_step(self, measure: Measure) -> Figures:
        """Move the weights and their average; return the figures of what was measured."""
        share = learning_rate_share(self.settings, self.step, self.done)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.settings.learning_rate * share
            optimizer.zero_grad(set_to_none=True)
        loss, figures = measure()
        torch.autograd.backward([loss])
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        for optimizer in self.optimizers:
            optimizer.step()
        self._move_average()
        self.step += 1
        return figures

    def validate(self, validate: Validate) -> dict[str, float]:
        """Return the averaged weights' metrics, and keep the weights when they are the best."""
        metrics = metrics_of(self.network, self.average, validate)
        if metrics["loss"] < self.best_loss:
            self.best_loss = metrics["loss"]
            write_state(self.folder / BEST_FILE, {"weights": self.average, "step": self.step})
        return metrics

    def save(self, name: str = CHECKPOINT_FILE) -> None:
        """Write all that is needed to go on."""
        if not self.is_first:
            return
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "tokens": self.tokens,
            "best_loss": self.best_loss,
            "is_falling": self.is_falling,
            "plan": asdict(self.plan),
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        write_state(self.folder / name, state)

    def resume(self) -> None:
        """Go on from the folder's checkpoint, if there is one.

        A run whose learning rate has begun to fall, and which is now planned otherwise, goes on
        from where it had not.
        """
        path = self.folder / CHECKPOINT_FILE
        if not path.exists():
            return
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        is_planned_anew = state["plan"] != asdict(self.plan)
        stable = self.folder / STABLE_FILE
        if state["is_falling"] and is_planned_anew and stable.exists():
            state = torch.load(stable, map_location="cpu", weights_only=True)
        self.step = state["step"]
        self.seconds = state["seconds"]
        self.tokens = state["tokens"]
        self.best_loss = state["best_loss"]
        self.is_falling = state["is_falling"]
        self.network.load_state_dict(state["network"])
        for name, value in state["average"].items():
            self.average[name].copy_(value)
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)

    def keep_before_falling(self) -> None:
        """Write `stable.pt` once, when the learning rate is about to fall."""
        if not self.is_falling and self.done >= 1.0 - self.settings.fall_share:
            self.save(STABLE_FILE)
            self.is_falling = True

    @torch.no_grad()
    def _move_average(self) -> None:
        # Early on the average follows fast, so that it is not made of the first random weights.
        window = self.settings.average_share * (self.step + 1)
        decay = min(self.settings.average_decay, window / (1.0 + window))
        live = self.network.state_dict()
        torch._foreach_lerp_(
            list(self.average.values()), [live[name] for name in self.average], 1.0 - decay
        )


class Sums:
    """Adds up what is logged, over steps."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}

    def add(self, figures: Figures) -> None:
        """Add sums and counts."""
        for name, (total, count) in figures.items():
            added = torch.stack([total, count]).double()
            self._sums[name] = self._sums[name] + added if name in self._sums else added

    def figures(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Return for each figure its sum and its count."""
        return {name: (sums[0], sums[1]) for name, sums in self._sums.items()}

    def total(self, name: str) -> float:
        """Return the sum of a figure."""
        return float(self._sums[name][0])

    def means(self) -> dict[str, float]:
        """Return the mean of each figure that was counted."""
        told = {name: sums.tolist() for name, sums in self._sums.items()}
        return {name: total / count for name, (total, count) in told.items() if count > 0}

    def shared(self) -> "Sums":
        """Return the sums of all processes together."""
        if distributed.is_initialized():
            for sums in self._sums.values():
                distributed.all_reduce(sums)
        return self


def fit(
    run: LongRun,
    measure: Measure,
    validate: Validate,
    *,
    count_tokens: Callable[[], int],
    progress: Progress = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Train until the plan is done or the run is stopped.

    Args:
        run: The run, resumed already where it shall go on.
        measure: Draws a batch and returns its loss and figures; asked once a step.
        validate: Returns metrics, `loss` among them, for a network in eval mode.
        count_tokens: Returns the tokens of the batch that was measured last.
        progress: Called with every line of the log.
        is_stopped: Asked after each step; True writes a checkpoint and returns.
        clock: Seconds.

    Returns:
        Whether the plan is done.
    """
    run.network.train()
    sums = Sums()
    pace = _Pace(run, clock)
    is_asked_to_stop = False
    while not (run.is_complete or is_asked_to_stop):
        run.keep_before_falling()
        sums.add(run.take_step(measure))
        is_asked_to_stop = pace.close_step(count_tokens(), is_stopped())
        if run.step % run.settings.log_every == 0 or run.is_complete:
            _close_stretch(run, sums.shared(), validate, pace, progress)
            sums = Sums()
        pace.save_in_time()
    run.save()
    return run.is_complete


class _Pace:
    """Keeps a run's time: seconds trained, tokens a second, time for a checkpoint."""

    def __init__(self, run: LongRun, clock: Callable[[], float]) -> None:
        self._run = run
        self._clock = clock
        self._started = clock() - run.seconds
        self._saved = clock()
        self._marked = (run.seconds, run.tokens)

    def close_step(self, tokens: int, is_stopped: bool) -> bool:
        """Count a step; return whether any process was asked to stop."""
        told = torch.tensor([float(tokens), float(is_stopped), self._clock() - self._started])
        told = told.double()
        if distributed.is_initialized():
            # All must agree on the time, or they would plan apart.
            distributed.all_reduce(told)
            told[2] /= distributed.get_world_size()
        self._run.tokens += float(told[0])
        self._run.seconds = float(told[2])
        return bool(told[1] > 0)

    def tokens_a_second(self) -> float:
        """Return the pace since the last call."""
        seconds, tokens = self._marked
        self._marked = (self._run.seconds, self._run.tokens)
        return (self._run.tokens - tokens) / max(1e-9, self._run.seconds - seconds)

    def save_in_time(self) -> None:
        """Write a checkpoint if the last one is old."""
        if self._clock() - self._saved > self._run.settings.checkpoint_seconds:
            self._run.save()
            self._saved = self._clock()


def _close_stretch(
    run: LongRun, sums: Sums, validate: Validate, pace: _Pace, progress: Progress
) -> None:
    line: dict[str, float] = {
        "step": run.step,
        "planned_steps": round(run.step / run.done),
        "minutes": round(run.seconds / SECONDS_A_MINUTE, 2),
        "tokens": run.tokens,
        "tokens_a_second": round(pace.tokens_a_second()),
        "rate_share": round(learning_rate_share(run.settings, run.step, run.done), 4),
    }
    line |= {f"train_{name}": round(value, 4) for name, value in sums.means().items()}
    is_due = run.step % run.settings.validate_every == 0 or run.is_complete
    if not run.is_first:
        return
    if is_due:
        line |= {f"valid_{name}": round(value, 4) for name, value in run.validate(validate).items()}
    append_line(run.folder / LOG_FILE, line, "step")
    progress(line)
