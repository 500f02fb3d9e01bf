"""Trains the ensemble network, in one process or in several (torchrun)."""

import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.library import originality_index
from reprise.library.corpus_file import read_corpus
from reprise.networks.ensemble import EnsembleNetwork, EnsembleNetworkConfig, load, save
from reprise.tokenizers.ensemble import layout, vocabulary
from reprise.training import curves, long_loop, quantisation
from reprise.training.batches import (
    KINDS,
    Batch,
    BatchSettings,
    Feeder,
    fixed_batches,
    kinds_of_tokens,
)
from reprise.training.examples import ExampleSampler, ExampleSettings
from reprise.training.loop import BEST_FILE, LOG_FILE, Progress, best_weights

SIZES: Final = ("xs", "s", "m", "l")
NETWORK_FILE: Final = "network.safetensors"
MODEL_LOG_FILE: Final = "training.jsonl"
VALIDATION_SEED: Final = 20_001
COMPILERS: Final = ("c++", "g++", "clang++", "cl")

_GATE_EXAMPLES: Final = 100
_NATS_A_BIT = float(np.log(2.0))


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what an ensemble network becomes, but for how long it is trained.

    Attributes:
        network: Its shape.
        loop: How it learns.
        tokens_a_batch: Of one process, about, padding included.
        batches_a_step: One after another, before the weights move: many small ones take less memory
            than one that is as large, and leave the processor more often.
        longest: Tokens of the longest example.
        context_weight: How much the prediction of notes in the context counts.
        logit_weight: How much the squared logarithm of the sum of a prediction's odds counts,
            which keeps logits small.
        valid_examples: How many examples it is validated on, always the same.
        workers: Processes that build batches.
        is_compiled: Whether blocks are compiled where there is a compiler of C++.
    """

    network: EnsembleNetworkConfig
    loop: long_loop.LongSettings
    tokens_a_batch: int = 8192
    batches_a_step: int = 1
    longest: int = 1024
    context_weight: float = 0.25
    logit_weight: float = 1e-4
    valid_examples: int = 320
    workers: int = 1
    is_compiled: bool = True

    @property
    def tokens_a_step(self) -> int:
        """Of one process, about."""
        return self.tokens_a_batch * self.batches_a_step


def read_recipe(size: str, path: Path | None = None) -> Recipe:
    """Return a recipe from a TOML file, by default the published one of a size."""
    if path is not None:
        return recipe_from_table(tomllib.loads(path.read_text(encoding="utf-8")))
    recipes = resources.files("reprise.training") / "recipes"
    return recipe_from_table(tomllib.loads((recipes / f"ensemble-{size}.toml").read_text("utf-8")))


def recipe_from_table(table: Mapping[str, Any]) -> Recipe:
    """Return a recipe from a parsed TOML file.

    Raises:
        InvalidRequestError: The table lacks a part, or has a key that is unknown.
    """
    try:
        network = EnsembleNetworkConfig(
            rows=layout.ROWS, tokens=vocabulary.SIZE, **table["network"]
        )
        return Recipe(network, long_loop.LongSettings(**table["loop"]), **table["training"])
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe is not understood: {error}") from error


def parameter_count(network: nn.Module) -> int:
    """Return how many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())


class EnsembleLoss(nn.Module):
    """What a network loses on the tokens of a batch that are to be predicted."""

    def __init__(self, network: EnsembleNetwork, logit_weight: float) -> None:
        super().__init__()
        self.network = network
        self.logit_weight = logit_weight

    def forward(
        self, inputs: Sequence[Tensor], chosen: Tensor, targets: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the loss to be minimised, and each prediction's own in nats (N,).

        Args:
            inputs: Features, cosines and sines, as the network takes them.
            chosen: Places b * T + t after which a token is predicted, (N,).
            targets: The tokens, (N,).
            weights: How much each counts, (N,).
        """
        stream = self.network.stream(*inputs).flatten(0, 1)[chosen]
        logits = self.network.logits(stream)
        odds = torch.logsumexp(logits, dim=-1)
        nats = odds - logits.gather(1, targets[:, None]).squeeze(1)
        counted = (nats + self.logit_weight * odds.square()) * weights
        return counted.sum() / weights.sum(), nats.detach()


def train(
    recipe: Recipe,
    plan: long_loop.Plan,
    corpus: Path,
    folder: Path,
    *,
    progress: Progress = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> long_loop.LongRun:
    """Train a network, or go on where its run was stopped.

    Args:
        recipe: How.
        plan: How long.
        corpus: The packed corpus.
        folder: Where checkpoints, the log and the best network go.
        progress: Called with every line of the log.
        is_stopped: Asked after each step; True writes a checkpoint and returns.

    Returns:
        The run; `folder / NETWORK_FILE` holds the network that validated best.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with team() as (rank, device):
        torch.manual_seed(recipe.loop.seed)
        network = EnsembleNetwork(recipe.network).to(device)
        run = long_loop.LongRun(network, recipe.loop, plan, folder)
        run.resume()
        settings = batch_settings(recipe, corpus)
        validate = validation(recipe, settings, device)
        with Feeder(settings, run.step * recipe.batches_a_step, rank=rank) as feeder:
            lesson = Lesson(network, recipe, feeder.next, device)
            long_loop.fit(
                run,
                lesson.measure,
                validate,
                count_tokens=lambda: lesson.tokens,
                progress=progress,
                is_stopped=is_stopped,
            )
        if run.is_first:
            write_best(recipe, folder)
        if distributed.is_initialized():
            distributed.barrier()
    return run


def batch_settings(recipe: Recipe, corpus: Path) -> BatchSettings:
    """Return how a recipe's training batches are built."""
    return BatchSettings(
        corpus=corpus,
        examples=ExampleSettings(longest=recipe.longest, context_weight=recipe.context_weight),
        tokens=recipe.tokens_a_batch,
        head_size=recipe.network.head_size,
        seed=recipe.loop.seed,
        workers=recipe.workers,
    )


@contextmanager
def team() -> Iterator[tuple[int, torch.device]]:
    """Join the processes that torchrun started, if it did; yield the rank and the device."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not distributed.is_torchelastic_launched():
        yield 0, device
        return
    # What is not on a GPU is told by gloo in either case.
    distributed.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    if device.type == "cuda":
        device = torch.device("cuda", distributed.get_node_local_rank())
        torch.cuda.set_device(device)
    try:
        yield distributed.get_rank(), device
    finally:
        distributed.destroy_process_group()


class Lesson:
    """Draws the batches of a step and measures a network on them."""

    def __init__(
        self,
        network: EnsembleNetwork,
        recipe: Recipe,
        draw: Callable[[], Batch],
        device: torch.device,
        loss: EnsembleLoss | None = None,
        rest: Callable[[], object] = lambda: None,
    ) -> None:
        """Prepare.

        Args:
            network: What is measured.
            recipe: How.
            draw: Returns the next batch.
            device: Where the network is.
            loss: The network's; the usual one where None.
            rest: Called between two batches.
        """
        if recipe.is_compiled and has_compiler():
            compile_blocks(network)
        self._loss: nn.Module = loss or EnsembleLoss(network, recipe.logit_weight)
        if distributed.is_initialized():
            self._loss = DistributedDataParallel(self._loss)
        self._draw = draw
        self._batches = recipe.batches_a_step
        self._rest = rest
        self._device = device
        self._kinds = torch.from_numpy(kinds_of_tokens()).to(device)
        self.tokens = 0
        """Tokens of the last step, without padding."""

    def measure(self) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        """Return the loss of the next step; for each figure of the log a sum and a count.

        Of several batches the gradients of all but the last are added to the weights' already.
        """
        self.tokens, sums = 0, long_loop.Sums()
        loss, found = self._measured()
        for _ in range(self._batches - 1):
            torch.autograd.backward([loss])
            sums.add(found)
            self._rest()
            loss, found = self._measured()
        sums.add(found)
        return loss, sums.figures()

    def _measured(self) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        batch = self._draw()
        self.tokens += batch.tokens
        inputs, chosen, targets, weights = on_device(batch, self._device)
        with torch.autocast(self._device.type, torch.bfloat16):
            loss, nats = self._loss(inputs, chosen, targets, weights)
        return loss / self._batches, figures(nats, self._kinds[targets], weights)


def has_compiler() -> bool:
    """Return whether there is a compiler of C++, which compiling a network needs."""
    return any(shutil.which(name) for name in COMPILERS)


def compile_blocks(network: EnsembleNetwork) -> None:
    """Have a network's blocks compiled when they are first used.

    They share one piece of code, so that compiling takes no longer for more of them.
    """
    for block in network.blocks:
        block.compile(dynamic=True)


def on_device(
    batch: Batch, device: torch.device
) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor, Tensor, Tensor]:
    """Return a batch's inputs, chosen places, targets and weights."""
    found = [
        torch.from_numpy(array).to(device, non_blocking=True)
        for array in (
            batch.features,
            batch.cosines,
            batch.sines,
            batch.chosen,
            batch.targets,
            batch.weights,
        )
    ]
    return (found[0], found[1], found[2]), found[3], found[4], found[5]


def figures(nats: Tensor, kinds: Tensor, weights: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Return sums and counts: of answers, of the context, and of answers by kind of token."""
    is_answer, is_context = weights == 1.0, (weights > 0.0) & (weights < 1.0)
    answers, answer_kinds = nats[is_answer], kinds[is_answer]
    sums = torch.zeros(len(KINDS), device=nats.device).index_add(0, answer_kinds, answers)
    counts = torch.bincount(answer_kinds, minlength=len(KINDS))
    found = {
        "answer": (answers.sum(), is_answer.sum()),
        "context": (nats[is_context].sum(), is_context.sum()),
    }
    return found | {kind: (sums[place], counts[place]) for place, kind in enumerate(KINDS)}


def validation(recipe: Recipe, settings: BatchSettings, device: torch.device) -> long_loop.Validate:
    """Return what validates a network, on always the same examples."""
    own = replace(
        settings, examples=replace(settings.examples, split="valid"), seed=VALIDATION_SEED
    )
    return examination(own, recipe.valid_examples, device)


def examination(
    settings: BatchSettings,
    examples: int,
    device: torch.device,
    rest: Callable[[], object] = lambda: None,
) -> long_loop.Validate:
    """Return what measures a network on always the same examples.

    Args:
        settings: What examples are drawn from, and the seed that draws them.
        examples: How many.
        device: Where the network is.
        rest: Called before each batch; whoever measures beside other work gives way here.
    """
    batches = fixed_batches(settings, examples)
    notes = sum(batch.answer_notes for batch in batches)
    kinds = torch.from_numpy(kinds_of_tokens()).to(device)

    def validate(network: nn.Module) -> dict[str, float]:
        loss = EnsembleLoss(network, 0.0)  # type: ignore[arg-type]
        sums = long_loop.Sums()
        # Compiling once more, for passes without gradients, would cost more than it saves.
        with torch.compiler.set_stance("force_eager"):
            for batch in batches:
                rest()
                inputs, chosen, targets, weights = on_device(batch, device)
                with torch.autocast(device.type, torch.bfloat16):
                    _, nats = loss(inputs, chosen, targets, weights)
                sums.add(figures(nats, kinds[targets], weights))
        total = sums.total("answer")
        means = sums.means()
        return {"loss": means["answer"], "bits_a_note": total / _NATS_A_BIT / notes} | means

    return validate


def write_best(recipe: Recipe, folder: Path) -> None:
    """Write the network that validated best, as `reprise.networks.ensemble.load` reads it."""
    if not (folder / BEST_FILE).exists():
        return
    network = EnsembleNetwork(recipe.network)
    network.load_state_dict(best_weights(folder))
    save(network, folder / NETWORK_FILE)


def publish(folder: Path, corpus: Path, model_folder: Path) -> float:
    """Write a run's best network as a model's folder, with its log, curves and what it learnt.

    A model card that is there already stays; hashes are written last, so run
    `checkpoint.write_sums` again after changing a file.

    Args:
        folder: The run's.
        corpus: What it was trained on.
        model_folder: Where the model goes.

    Returns:
        The largest difference between a logit of the network and of its graph.
    """
    log = curves.read(folder)
    best = min((line for line in log if "valid_loss" in line), key=lambda line: line["valid_loss"])
    learnt = read_corpus(corpus)
    facts = {
        "trained_on": sorted(learnt.manifest.get("sets", {})),
        "trained": {name: best[name] for name in ("step", "tokens", "minutes", "valid_loss")},
    }
    network = load(folder / NETWORK_FILE)
    unseen = ExampleSampler(
        learnt, ExampleSettings(split="valid"), np.random.default_rng(VALIDATION_SEED)
    )
    examples = [unseen.draw() for _ in range(_GATE_EXAMPLES)]
    difference, _ = quantisation.export_within(network, model_folder, examples, facts)
    text = (folder / LOG_FILE).read_text(encoding="ascii")
    (model_folder / MODEL_LOG_FILE).write_text(text, encoding="ascii", newline="\n")
    shutil.copyfile(folder / NETWORK_FILE, model_folder / NETWORK_FILE)
    curves.write(folder, model_folder / curves.CURVES_FILE)
    originality_index.write_index(
        model_folder / originality_index.FILE_NAME, originality_index.build(learnt.pieces)
    )
    checkpoint.write_sums(model_folder)
    return difference
