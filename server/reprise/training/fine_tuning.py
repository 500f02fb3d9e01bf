"""Fine-tuning: a published ensemble network learns from somebody's own music.

It learns through low-rank maps and a style of its own (Hu et al. 2021), or with every weight. A
share of what it hears is replay, music that the base knows, so that it forgets little; the weights
that are kept are those that know the held-out pieces of the folder best among those that forgot no
more than was allowed. A run can be stopped and gone on with at any step.
"""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import torch
from torch import distributed, nn

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.library.corpus_file import Corpus, Piece, write_corpus
from reprise.networks import low_rank
from reprise.networks.ensemble import EnsembleNetwork, load
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.training import ensemble, long_loop
from reprise.training.anchoring import AnchoredLoss
from reprise.training.batches import BatchSettings, Feeder
from reprise.training.examples import LONGEST_PIECE_BARS, ExampleSettings
from reprise.training.loop import BEST_FILE, Progress, best_weights
from reprise.training.recipe import laid_over, read_table

STYLE: Final = 0
"""Of the styles that a question can name: the one that a model of somebody's own learns."""

STYLE_ROW: Final = vocabulary.STYLES.first + STYLE
"""The row of the table that tells it."""

OWN_KIND: Final = "mine"
REPLAY_KIND: Final = "replay"
BASE_KIND: Final = "base"
_KINDS: Final = {"own": OWN_KIND, "replay": REPLAY_KIND, "base": BASE_KIND}
"""Kinds of pieces by the name of what is measured on them."""

CORPUS_FILE: Final = "corpus.npz"
EXAMINED_SEED: Final = 30_001
TOKENS_A_NOTE: Final = 3.0
"""About, with all that is told around them."""

_FORGETTING_WEIGHT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Adapting:
    """What is learnt of a network, and for how long.

    Attributes:
        rank: Of the low-rank maps.
        few_rank: The same where there are few pieces to learn from.
        few_pieces: Fewer pieces than this are few.
        scale: What the maps add counts this many times.
        replay_share: Share of what is heard that is replay.
        anchor_weight: How much more a note of replay counts than one of the folder.
        passes: How often the folder is heard.
        most_steps: Optimiser steps at most, whatever the passes ask for.
        patience: Validations without progress until training ends.
        most_forgotten: How much worse replay may get, as a share of its loss.
    """

    rank: int
    few_rank: int
    few_pieces: int
    scale: float
    replay_share: float
    anchor_weight: float
    passes: float
    most_steps: int
    patience: int
    most_forgotten: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a network becomes, but for the music and the base."""

    adapting: Adapting
    ensemble: ensemble.Recipe


@dataclass(frozen=True)
class Lessons:
    """What is learnt from.

    Attributes:
        own: The user's pieces; those of the split "train" are learnt, those of "valid" decide
            when to stop, those of "test" are only measured.
        replay: Pieces that the base knows, in the same splits; () for none.
        base: Pieces of the split "test" that the base was tested with, only measured; () for none.
    """

    own: Sequence[Piece]
    replay: Sequence[Piece] = ()
    base: Sequence[Piece] = ()

    @property
    def learnt(self) -> list[Piece]:
        """The user's pieces that are learnt."""
        return [piece for piece in self.own if piece.split == "train"]


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


def read_recipe(
    base: EnsembleNetwork, path: Path | None = None, *, is_full: bool = False
) -> Recipe:
    """Return the recipe for a base: the published one, or that of a TOML file.

    Raises:
        InvalidRequestError: The recipe lacks a part, or has a key that is unknown.
    """
    table = read_table("mine", path)
    changes = table.pop("full", {})
    if is_full:
        table = laid_over(table, changes)
    try:
        return Recipe(
            Adapting(**table["adapting"]),
            ensemble.Recipe(
                base.config, long_loop.LongSettings(**table["loop"]), **table["training"]
            ),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe is not understood: {error}") from error


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
    _check(lessons)
    folder.mkdir(parents=True, exist_ok=True)
    with ensemble.team() as (rank, own_device):
        if rank == 0:
            _write_corpus(folder / CORPUS_FILE, lessons)
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
    settings = _batch_settings(recipe, lessons, folder / CORPUS_FILE)
    torch.manual_seed(own.loop.seed)
    teacher = copy.deepcopy(network).requires_grad_(requires_grad=False).eval()
    validate = _Validation(recipe, settings, lessons, device, is_stopped)
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
    with Feeder(settings, run.step, rank=rank) as feeder:
        loss = AnchoredLoss(
            network, teacher, STYLE_ROW, own.logit_weight, recipe.adapting.anchor_weight
        )
        lesson = ensemble.Lesson(network, own, feeder.next, device, loss)
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


class _Validation:
    """Measures a network on held-out pieces, and tells when it no longer gets better."""

    def __init__(
        self,
        recipe: Recipe,
        settings: BatchSettings,
        lessons: Lessons,
        device: torch.device,
        rest: Callable[[], object],
    ) -> None:
        self._most = 1.0 + recipe.adapting.most_forgotten
        self._patience = recipe.adapting.patience
        self._examine = {
            (name, split): ensemble.examination(
                _heard(settings, {kind: 1.0}, split), recipe.ensemble.valid_examples, device, rest
            )
            for name, kind in _KINDS.items()
            for split in ("valid", "test")
            if any(piece.split == split for piece in getattr(lessons, name))
        }
        self._began: dict[str, float] = {}
        self._best, self._waited = math.inf, 0

    @property
    def has_settled(self) -> bool:
        """Whether it has waited for progress long enough."""
        return self._waited >= self._patience

    def begin(self, network: nn.Module) -> None:
        """Remember where the network begins."""
        self._began = self.losses(network, "valid")

    def losses(self, network: nn.Module, split: str) -> dict[str, float]:
        """Return the loss of a network on each kind of held-out pieces, nats a token."""
        was_learning = network.training
        network.eval()
        with torch.no_grad():
            found = {
                name: examine(network)["loss"]
                for (name, told), examine in self._examine.items()
                if told == split
            }
        network.train(was_learning)
        return found

    def __call__(self, network: nn.Module) -> Mapping[str, float]:
        """Return `loss`, which counts what was forgotten beyond the limit, and what it is of."""
        found = self.losses(network, "valid")
        loss = found["own"]
        if "replay" in found:
            forgotten = found["replay"] / self._began["replay"]
            loss += _FORGETTING_WEIGHT * max(0.0, forgotten - self._most)
        self._waited = 0 if loss < self._best else self._waited + 1
        self._best = min(self._best, loss)
        return {"loss": loss, **found}


def _check(lessons: Lessons) -> None:
    counts = {
        split: sum(piece.split == split for piece in lessons.own)
        for split in ("train", "valid", "test")
    }
    if not counts["train"] or not counts["valid"] or not counts["test"]:
        raise InvalidRequestError(
            f"the folder gives {len(lessons.own)} pieces, of which {counts['train']} would be "
            f"learnt and {counts['valid'] + counts['test']} held out; at least one to learn and "
            "two to hold out are needed: add more clips"
        )


def _write_corpus(path: Path, lessons: Lessons) -> None:
    """Write all that is heard as one corpus, each piece of the kind that it is measured as."""
    heard = [
        replace(piece, kind=kind)
        for name, kind in _KINDS.items()
        for piece in getattr(lessons, name)
    ]
    write_corpus(path, Corpus(tuple(heard), {}))


def _batch_settings(recipe: Recipe, lessons: Lessons, corpus: Path) -> BatchSettings:
    settings = ensemble.batch_settings(recipe.ensemble, corpus)
    factor = _replay_factor(recipe.adapting.replay_share, lessons)
    return _heard(settings, {OWN_KIND: 1.0, REPLAY_KIND: factor}, "train")


def _heard(settings: BatchSettings, kinds: Mapping[str, float], split: str) -> BatchSettings:
    """Return settings that draw pieces of some kinds and a split."""
    examples: ExampleSettings = replace(
        settings.examples,
        split=split,  # type: ignore[arg-type]
        kinds=dict.fromkeys(_KINDS.values(), 0.0) | dict(kinds),
        styles={OWN_KIND: STYLE},
    )
    return replace(
        settings, examples=examples, seed=settings.seed if split == "train" else EXAMINED_SEED
    )


def _replay_factor(share: float, lessons: Lessons) -> float:
    """Return how much more often a bar of replay is drawn than one of the folder."""
    own = sum(_bars(piece) for piece in lessons.own if piece.split == "train")
    replay = sum(_bars(piece) for piece in lessons.replay if piece.split == "train")
    return share / (1.0 - share) * own / replay if replay else 0.0


def _bars(piece: Piece) -> int:
    return min(len(piece.grid_bars), LONGEST_PIECE_BARS)


def _steps(recipe: Recipe, lessons: Lessons) -> int:
    """Return the optimiser steps of as many passes as the recipe has."""
    notes = sum(len(piece.notes) for piece in lessons.learnt)
    tokens = TOKENS_A_NOTE * notes * recipe.adapting.passes
    steps = math.ceil(
        tokens / recipe.ensemble.tokens_a_batch / (1.0 - recipe.adapting.replay_share)
    )
    every = recipe.ensemble.loop.validate_every
    return max(4 * every, min(steps, recipe.adapting.most_steps))
