"""Fine-tuning: a published ensemble network learns from somebody's own music.

It learns through low-rank maps and a style of its own (Hu et al. 2021), or with every weight. A
share of what it hears is replay, music that the base knows, so that it forgets little; the weights
that are kept are those that know the held-out pieces of the folder best among those that forgot no
more than was allowed. A run can be stopped and gone on with at any step.
"""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch
from torch import distributed

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.networks import low_rank
from reprise.networks.ensemble import EnsembleNetwork, load
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.training import ensemble, long_loop
from reprise.training.batches import Feeder
from reprise.training.loop import BEST_FILE, Progress, best_weights
from reprise.training.mine import lessons as lessons_of
from reprise.training.mine.anchoring import AnchoredLoss
from reprise.training.mine.lessons import STYLE_ROW, Lessons
from reprise.training.mine.recipe import Adapting, Recipe
from reprise.training.mine.validation import Validation

CORPUS_FILE: Final = "corpus.npz"
TOKENS_A_NOTE: Final = 3.0
"""About, with all that is told around them."""


@dataclass(frozen=True)
class FineTuned:
    """What came of a fine-tuning.

    Attributes:
        network: The plain network with the best weights.
        is_complete: Whether it was not stopped before its end.
        is_first: Whether this is the only process, or the first of several.
        before: Losses of the base by what they were measured on, nats a token.
        after: The same of the network.
    """

    network: EnsembleNetwork
    is_complete: bool
    is_first: bool = True
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)


def open_base(name: str, models: Path | None = None) -> EnsembleNetwork:
    """Return the network of a published model, to learn more.

    Raises:
        UnknownModelError: There is no such model.
        CorruptModelError: Its files are damaged.
        InvalidRequestError: It is no ensemble model, or was made for another vocabulary.
    """
    model = checkpoint.read(name, models)
    path = model.folder / ensemble.NETWORK_FILE
    if model.config.get("kind") != "ensemble" or not path.is_file():
        raise InvalidRequestError(
            f"the model {name} cannot be fine-tuned: it is of kind {model.config.get('kind')!r} "
            f"or holds no {ensemble.NETWORK_FILE}; choose a base such as ensemble-s-v1"
        )
    network = load(path)
    found = (network.config.rows, network.config.tokens)
    if found != (layout.ROWS, vocabulary.SIZE):
        raise InvalidRequestError(
            f"the model {name} reads {found[1]} kinds of tokens in {found[0]} rows, this Reprise "
            f"writes {vocabulary.SIZE} in {layout.ROWS}; choose a base of this version"
        )
    return network


def fine_tune(
    base: EnsembleNetwork,
    recipe: Recipe,
    lessons: Lessons,
    folder: Path,
    *,
    is_full: bool = False,
    device: torch.device | None = None,
    progress: Progress = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> FineTuned:
    """Teach a base somebody's music, or go on where that was stopped.

    Args:
        base: The network; it is changed.
        recipe: How.
        lessons: What from.
        folder: Where checkpoints and the log go.
        is_full: Whether every weight learns.
        device: Where it is trained; None for the fastest that there is.
        progress: Called with every line of the log.
        is_stopped: Asked after each step; True writes a checkpoint and returns.

    Raises:
        InvalidRequestError: There is no piece to learn from, or none to hold out.
    """
    lessons_of.check(lessons)
    folder.mkdir(parents=True, exist_ok=True)
    with ensemble.team() as (rank, own_device):
        if rank == 0:
            lessons_of.write(folder / CORPUS_FILE, lessons)
        _wait_for_all()
        return _tuned(
            base.to(device or own_device),
            recipe,
            lessons,
            folder,
            rank,
            is_full=is_full,
            progress=progress,
            is_stopped=is_stopped,
        )


def _tuned(
    network: EnsembleNetwork,
    recipe: Recipe,
    lessons: Lessons,
    folder: Path,
    rank: int,
    *,
    is_full: bool,
    progress: Progress,
    is_stopped: Callable[[], bool],
) -> FineTuned:
    """Teach a network, as one of several processes or alone."""
    own, device = recipe.ensemble, network.table.device
    settings = lessons_of.batch_settings(recipe, lessons, folder / CORPUS_FILE)
    torch.manual_seed(own.loop.seed)
    teacher = copy.deepcopy(network).requires_grad_(requires_grad=False).eval()
    validate = Validation(recipe, settings, lessons, device, is_stopped)
    before = validate.losses(network, "test")
    if not is_full:
        _adapt(network, recipe.adapting, len(lessons.learnt))
    learnt = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        learnt, own.loop.learning_rate, weight_decay=own.loop.weight_decay
    )
    plan = long_loop.Plan(steps=_steps(recipe, lessons))
    run = long_loop.LongRun(network, own.loop, plan, folder, [optimizer])
    run.resume()
    validate.begin(network)
    with Feeder(settings, run.step * own.batches_a_step, rank=rank) as feeder:
        loss = AnchoredLoss(
            network, teacher, STYLE_ROW, own.logit_weight, recipe.adapting.anchor_weight
        )
        lesson = ensemble.Lesson(network, own, feeder.next, device, loss, is_stopped)
        long_loop.fit(
            run,
            lesson.measure,
            validate,
            count_tokens=lambda: lesson.tokens,
            progress=progress,
            is_stopped=lambda: is_stopped() or validate.has_settled,
        )
    _wait_for_all()
    if (folder / BEST_FILE).exists():
        network.load_state_dict(best_weights(folder))
    plain = low_rank.merged(network.cpu()) if not is_full else network.cpu().eval()
    after = validate.losses(plain.to(device), "test")
    is_complete = run.is_complete or validate.has_settled
    return FineTuned(plain.cpu(), is_complete, rank == 0, before, after)


def _adapt(network: EnsembleNetwork, adapting: Adapting, pieces: int) -> None:
    rank = adapting.few_rank if pieces < adapting.few_pieces else adapting.rank
    low_rank.adapt(network, rank, adapting.scale * rank, range(STYLE_ROW, STYLE_ROW + 1))


def _wait_for_all() -> None:
    if distributed.is_initialized():
        distributed.barrier()


def _steps(recipe: Recipe, lessons: Lessons) -> int:
    """Return the optimiser steps of as many passes as the recipe has."""
    notes = sum(len(piece.notes) for piece in lessons.learnt)
    tokens = TOKENS_A_NOTE * notes * recipe.adapting.passes
    steps = math.ceil(tokens / recipe.ensemble.tokens_a_step / (1.0 - recipe.adapting.replay_share))
    every = recipe.ensemble.loop.validate_every
    return max(4 * every, min(steps, recipe.adapting.most_steps))
