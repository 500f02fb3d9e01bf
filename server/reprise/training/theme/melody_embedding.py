"""Trains the melody embedding by contrast: two changed views of two bars against all others.

It learns from the melodies of POP909's training songs, two bars at a time, beginning at every bar.
The 29 songs of the theme study are never read; validation songs are whole songs, too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.engines import checkpoint
from reprise.engines.theme.dbscan import LARGEST_EPS, SMALLEST_EPS
from reprise.engines.theme.retrieval import MELODY_EMBEDDING
from reprise.errors import InvalidRequestError
from reprise.library import pop909, practice, readers
from reprise.library.pieces import SourcePiece
from reprise.music.score import Score
from reprise.networks.melody_embedding import MelodyEmbedding, MelodyEmbeddingConfig
from reprise.runtime.onnx_encoder import OnnxEncoder
from reprise.runtime.onnx_runtime import open_session
from reprise.tokenizers import melody_embedding as segmenting
from reprise.tokenizers.melody_changes import Chances, changed
from reprise.tokenizers.melody_embedding import FEATURE_SIZES, Tune
from reprise.training import curves, export, loop
from reprise.training.order import Order, Outcome
from reprise.training.recipe import read_table

NAME: Final = "melody-embedding"
VALID_SHARE: Final = 0.1
EPS_PERCENTILE: Final = 95.0
VIEWS: Final = 2
QUICK_SONGS: Final = 60
TRAINING_LOG: Final = f"training-{MELODY_EMBEDDING}.jsonl"
CURVES: Final[Mapping[str, Mapping[str, str]]] = {
    "NT-Xent loss in nats a view": {"train_loss": "training", "valid_loss": "held-out songs"},
    "Held-out songs: a view's nearest is its other view": {"valid_nearest_is_own": "share"},
    "Held-out songs: distance of two views, 95th percentile": {"valid_distance_95": "1 - cosine"},
}
_FAR: Final = -1e4

Embed = Callable[[segmenting.Features], Tensor]


@dataclass(frozen=True, slots=True)
class ContrastSettings:
    """How views are compared.

    Attributes:
        batch: Segments of all songs mixed, two views of each.
        temperature: What cosines are divided by, above 0.
    """

    batch: int = 256
    temperature: float = 0.1


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what the embedding becomes."""

    network: MelodyEmbeddingConfig
    views: Chances
    contrast: ContrastSettings
    loop: loop.LoopSettings


@dataclass(frozen=True, slots=True)
class Example:
    """A segment to learn from.

    Attributes:
        song: Number of its song.
        home: Home note 0-11 of its song.
        tune: Its notes.
    """

    song: int
    home: int
    tune: Tune


def train(order: Order) -> Outcome | None:
    """Train the embedding and write it as a model; None where it was stopped.

    Raises:
        MissingDataError: POP909, or its bar lines, are not there.
        InvalidRequestError: The recipe is not understood.
    """
    recipe = read_recipe(order.recipe, is_quick=order.is_quick)
    songs = practice.songs(QUICK_SONGS, recipe.loop.seed) if order.is_quick else _songs(order.data)
    learnt, held_out = split(songs, recipe.loop.seed)
    torch.manual_seed(recipe.loop.seed)
    network = MelodyEmbedding(recipe.network)
    validation = Validation(held_out, recipe)
    run = loop.Run(network, recipe.loop, order.out)

    def progress(line: Mapping[str, float]) -> None:
        order.progress(NAME, line["epoch"] / recipe.loop.epochs, line)

    is_complete = loop.fit(
        run,
        _draw_loss(learnt, recipe),
        validation.metrics,
        progress=progress,
        is_stopped=order.is_stopped,
    )
    if not is_complete:
        return None
    network.load_state_dict(loop.best_weights(order.out))
    network.eval()
    return _published(network, recipe, validation, order)


def read_recipe(path: Path | None = None, *, is_quick: bool = False) -> Recipe:
    """Return the recipe of a TOML file, the published one by default.

    Raises:
        InvalidRequestError: It lacks a part, or has a key that is unknown.
    """
    table = read_table(NAME, path, is_quick=is_quick)
    try:
        return Recipe(
            MelodyEmbeddingConfig(**table["network"]),
            Chances(**table["views"]),
            ContrastSettings(**table["contrast"]),
            loop.LoopSettings(**table["loop"]),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe for {NAME} is not understood: {error}") from error


def split(songs: Iterable[Score], seed: int) -> tuple[list[Example], list[Example]]:
    """Return the segments to learn from, and those of the songs that are held out."""
    kept = list(songs)
    held_out = max(1, round(VALID_SHARE * len(kept)))
    places = np.random.default_rng(seed).permutation(len(kept))
    learnt = [example for song in places[held_out:] for example in examples(song, kept[song])]
    return learnt, [example for song in places[:held_out] for example in examples(song, kept[song])]


def examples(number: int, song: Score) -> list[Example]:
    """Return every two bars of a song's melody, beginning at each bar."""
    notes = pop909.melody_of(song)
    home = segmenting.home_of_notes(notes)
    bars, tunes = segmenting.melody_bars(notes, song.meter_map, song.length)
    found = segmenting.segments(bars, tunes, hop=1)
    return [Example(number, home, segment.tune) for segment in found]


def views_of(
    batch: Sequence[Example], chances: Chances, randomness: np.random.Generator
) -> segmenting.Features:
    """Return two changed views of each segment: all first ones, then all second ones."""
    tunes = [
        changed(example.tune, example.home, chances, randomness)
        for _ in range(VIEWS)
        for example in batch
    ]
    return segmenting.features(tunes, [example.home for example in batch] * VIEWS)


def repeats(batch: Sequence[Example]) -> NDArray[np.bool_]:
    """Return which segments of a batch are exact repeats in one song, of shape (batch, batch)."""
    numbers: dict[tuple[int, Tune], int] = {}
    kinds = np.array(
        [numbers.setdefault((example.song, example.tune), len(numbers)) for example in batch]
    )
    same: NDArray[np.bool_] = kinds[:, None] == kinds[None, :]
    return same


def contrast(vectors: Tensor, is_repeat: NDArray[np.bool_], temperature: float) -> Tensor:
    """Return the NT-Xent loss of views, in nats a view.

    Args:
        vectors: Unit vectors of all first views, then of all second ones, (2 * batch, width).
        is_repeat: Which segments must not count as different, (batch, batch).
        temperature: What cosines are divided by.
    """
    count = len(is_repeat)
    logits = vectors @ vectors.T / temperature
    partner = torch.arange(VIEWS * count).roll(count)
    is_hidden = torch.from_numpy(np.tile(is_repeat, (VIEWS, VIEWS)))
    is_hidden[torch.arange(VIEWS * count), partner] = False
    return F.cross_entropy(logits.masked_fill(is_hidden, _FAR), partner)


class Validation:
    """The held-out segments, changed once and for all, and what is measured on them."""

    def __init__(self, held_out: Sequence[Example], recipe: Recipe) -> None:
        randomness = np.random.default_rng(recipe.loop.seed)
        self.temperature = recipe.contrast.temperature
        size = min(recipe.contrast.batch, len(held_out))
        order = randomness.permutation(len(held_out))
        chosen = [
            [held_out[place] for place in order[start : start + size]]
            for start in range(0, len(order) - size + 1, size)
        ]
        self.batches = [
            (views_of(batch, recipe.views, randomness), repeats(batch)) for batch in chosen
        ]

    def metrics(self, network: nn.Module) -> dict[str, float]:
        """Return the loss, how often a view's nearest is its other view, and the eps."""
        return self.figures(lambda table: network(torch.from_numpy(table)))

    def figures(self, embed: Embed) -> dict[str, float]:
        """Return the same for anything that makes unit vectors of features."""
        losses, hits, distances = [], [], []
        for table, is_repeat in self.batches:
            vectors = embed(table)
            first, second = vectors.chunk(VIEWS)
            losses.append(contrast(vectors, is_repeat, self.temperature).item())
            nearest = (first @ second.T).masked_fill(_others(is_repeat), _FAR).argmax(dim=1)
            hits.append((nearest == torch.arange(len(first))).double().mean().item())
            distances.append(1.0 - (first * second).sum(dim=1).numpy())
        return {
            "loss": float(np.mean(losses)),
            "nearest_is_own": float(np.mean(hits)),
            "distance_95": float(np.percentile(np.concatenate(distances), EPS_PERCENTILE)),
        }


def counted(table: segmenting.Features) -> Tensor:
    """Return the baseline's unit vectors: how often each value of each feature occurs."""
    counts = [
        F.one_hot(torch.from_numpy(table[:, :, index]), size)[:, :, 1:].sum(dim=1)
        for index, size in enumerate(FEATURE_SIZES)
    ]
    return F.normalize(torch.cat(counts, dim=1).float(), dim=-1)


def _others(is_repeat: NDArray[np.bool_]) -> Tensor:
    return torch.from_numpy(is_repeat & ~np.eye(len(is_repeat), dtype=np.bool_))


def _songs(data: Path | None) -> list[Score]:
    pieces = readers.read_pieces(data, [pop909.DATASET])
    return [
        piece.score for piece in pieces if isinstance(piece, SourcePiece) and piece.split != "test"
    ]


def _draw_loss(learnt: Sequence[Example], recipe: Recipe) -> loop.DrawLoss:
    size = min(recipe.contrast.batch, len(learnt))

    def draw_loss(network: nn.Module, randomness: np.random.Generator) -> Tensor:
        places = randomness.choice(len(learnt), size, replace=False)
        batch = [learnt[place] for place in places]
        table = torch.from_numpy(views_of(batch, recipe.views, randomness))
        with torch.autocast("cpu", torch.bfloat16):
            vectors = network(table)
        return contrast(vectors.float(), repeats(batch), recipe.contrast.temperature)

    return draw_loss


def _published(
    network: MelodyEmbedding, recipe: Recipe, validation: Validation, order: Order
) -> Outcome:
    with torch.no_grad():
        found = validation.metrics(network)
        baseline = validation.figures(counted)
    eps = float(np.clip(found["distance_95"], SMALLEST_EPS, LARGEST_EPS))
    config = {
        "kind": NAME,
        "networks": {MELODY_EMBEDDING: f"{MELODY_EMBEDDING}.onnx"},
        MELODY_EMBEDDING: {"eps": round(eps, 4)},
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "trained_on": "practice" if order.is_quick else pop909.DATASET,
    }
    vocabulary = {"feature_sizes": list(FEATURE_SIZES), "width": recipe.network.width}
    checkpoint.write_settings(order.model, config, vocabulary)
    difference = write(network, order.model / f"{MELODY_EMBEDDING}.onnx")
    log = (order.out / loop.LOG_FILE).read_text(encoding="ascii")
    (order.model / TRAINING_LOG).write_text(log, encoding="ascii", newline="\n")
    checkpoint.write_sums(order.model)
    write_curves(order.out)
    return Outcome(
        order.model,
        found["loss"],
        baseline["loss"],
        "counts of intervals, degrees, lengths and positions (nats a view)",
        {
            "eps": eps,
            "nearest_is_own": found["nearest_is_own"],
            "baseline_nearest_is_own": baseline["nearest_is_own"],
            "distance_95": found["distance_95"],
            "export_difference": difference,
        },
    )


def write_curves(run_folder: Path) -> None:
    """Draw the learning curves of a run beside its log."""
    log = curves.read(run_folder)
    panels = {
        title: {
            label: [(line["epoch"], line[name]) for line in log if name in line]
            for name, label in lines.items()
        }
        for title, lines in CURVES.items()
    }
    text = curves.document(panels, "epochs")
    (run_folder / curves.CURVES_FILE).write_text(text, encoding="utf-8", newline="\n")


def write(network: MelodyEmbedding, path: Path) -> float:
    """Write the network as ONNX; return the largest difference between the two in a number.

    Raises:
        ValueError: They differ by more than `export.LARGEST_DIFFERENCE`.
    """
    features = _example()
    axes = {"features": {0: "batch", 1: "notes"}, "vectors": {0: "batch"}}
    export.write_onnx(network, (features[:2],), path, ["features"], ["vectors"], axes)
    with torch.no_grad():
        expected = network(features).numpy()
    found = OnnxEncoder(open_session(path)).vectors(features.numpy())
    difference = float(np.abs(found - expected).max())
    if difference > export.LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from its network by {difference:.2g}")
    return difference


def _example() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    columns = [torch.randint(1, size, (3, 12), generator=generator) for size in FEATURE_SIZES]
    table = torch.stack(columns, dim=-1)
    table[1, 7:] = segmenting.PAD
    return table
