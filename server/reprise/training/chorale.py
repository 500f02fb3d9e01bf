"""Trains the two networks of chorale-v1 on the JSB training chorales.

Windows start at a multiple of a beat, keep the phase that they have in their chorale, and are
transposed at random by what the range allows. The test chorales are never read here.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.library import jsb
from reprise.networks.chorale import (
    ChoraleNetwork,
    ChoraleNetworkConfig,
    InfillNetwork,
    NextNoteNetwork,
)
from reprise.tokenizers import chorale
from reprise.training import export, loop

Part = Literal["next_note", "infill"]

PARTS: tuple[Part, ...] = ("next_note", "infill")
PARAMETER_LIMIT = 710_000
TEMPERATURES = tuple(1.0 + 0.02 * step for step in range(26))
LONGEST_WINDOW_STEPS = 64


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How windows are drawn.

    Attributes:
        chords_per_batch: Rows of all windows of a batch together.
        steps: Lengths that a window may have, in 16ths.
        weights: How often each length is drawn.
        shift: Window starts are multiples of this, in 16ths.
        furthest_transposition: Semitones up or down.
        other_orders: Share of windows whose voices are placed in a random order (next note only).
    """

    chords_per_batch: int
    steps: tuple[int, ...]
    weights: tuple[float, ...]
    shift: int = 4
    furthest_transposition: int = 6
    other_orders: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a part of the model becomes."""

    network: ChoraleNetworkConfig
    windows: WindowSettings
    loop: loop.LoopSettings


def read_recipe(part: Part, path: Path | None = None) -> Recipe:
    """Return a part's recipe from a TOML file, the published one by default."""
    if path is None:
        text = (resources.files("reprise.training") / "recipes" / "chorale.toml").read_text("utf-8")
    else:
        text = path.read_text(encoding="utf-8")
    return recipe_from_table(part, tomllib.loads(text))


def recipe_from_table(part: Part, table: Mapping[str, Any]) -> Recipe:
    """Return a part's recipe from a parsed TOML file.

    Raises:
        InvalidRequestError: The table lacks the part, or has a key that is unknown.
    """
    if part not in table:
        raise InvalidRequestError(f"the recipe has no part {part!r}; it has {', '.join(table)}")
    chosen = table[part]
    sizes = chorale.NEXT_NOTE_SIZES if part == "next_note" else chorale.INFILL_SIZES
    try:
        windows = dict(chosen["windows"])
        return Recipe(
            network=ChoraleNetworkConfig(
                feature_sizes=sizes,
                feature_groups=chorale.NEXT_NOTE_GROUPS if part == "next_note" else (),
                steady_features=2 if part == "next_note" else 1,
                positions_per_step=chorale.VOICE_COUNT if part == "next_note" else 1,
                **chosen["network"],
            ),
            windows=WindowSettings(
                steps=tuple(windows.pop("steps")), weights=tuple(windows.pop("weights")), **windows
            ),
            loop=loop.LoopSettings(**chosen["loop"]),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the recipe for {part!r} is not understood: {error}") from error


def build_network(part: Part, recipe: Recipe) -> ChoraleNetwork:
    """Return an untrained network of a part."""
    return (NextNoteNetwork if part == "next_note" else InfillNetwork)(recipe.network)


def parameter_count(network: nn.Module) -> int:
    """Return how many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())


def train(
    part: Part,
    recipe: Recipe,
    run_folder: Path,
    *,
    train_chorales: Sequence[chorale.Grid],
    valid_chorales: Sequence[chorale.Grid],
    progress: loop.Progress = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> ChoraleNetwork:
    """Train one part, or go on where its run was stopped.

    Args:
        part: Which network.
        recipe: Its recipe.
        run_folder: Where checkpoints and the log go.
        train_chorales: Chorales to learn from, each of shape (steps, 4).
        valid_chorales: Chorales to choose the best weights by.
        progress: Called with every line of the log.
        is_stopped: Asked after each step; True writes a checkpoint and returns.

    Returns:
        The network with the best weights so far, calibrated on the validation chorales.

    Raises:
        InvalidRequestError: The network has more parameters than the model may have.
    """
    torch.manual_seed(recipe.loop.seed)
    network = build_network(part, recipe)
    size = parameter_count(network)
    if size > PARAMETER_LIMIT:
        raise InvalidRequestError(
            f"{part} has {size} parameters; at most {PARAMETER_LIMIT} are allowed"
        )
    draw = Windows(train_chorales, recipe.windows)
    draw_loss, validate = (
        (_next_note_loss(draw), _next_note_validation(valid_chorales))
        if part == "next_note"
        else (_infill_loss(draw), _infill_validation(valid_chorales))
    )
    run = loop.Run(network, recipe.loop, run_folder)
    loop.fit(run, draw_loss, validate, progress=progress, is_stopped=is_stopped)
    if (run_folder / loop.BEST_FILE).exists():
        network.load_state_dict(loop.best_weights(run_folder))
    network.eval()
    with torch.no_grad():
        network.soften(validate(network)["temperature"])
    return network


class Windows:
    """Draws batches of windows from chorales."""

    def __init__(self, chorales: Sequence[chorale.Grid], settings: WindowSettings) -> None:
        self.chorales = chorales
        self.settings = settings
        self.lengths = np.array([len(piece) for piece in chorales])

    def draw(self, random: np.random.Generator) -> tuple[chorale.Grid, NDArray[np.int64]]:
        """Return windows (batch, steps, 4) of one length, and their phases (batch,)."""
        settings = self.settings
        weights = np.array(settings.weights) / sum(settings.weights)
        steps = int(random.choice(settings.steps, p=weights))
        starts = np.maximum((self.lengths - steps) // settings.shift + 1, 0)
        count = max(1, settings.chords_per_batch // steps)
        chosen = random.choice(len(self.chorales), count, p=starts / starts.sum())
        first = random.integers(0, starts[chosen]) * settings.shift
        windows = [
            self._transposed(self.chorales[index][start : start + steps], random)
            for index, start in zip(chosen, first, strict=True)
        ]
        return np.stack(windows), first % chorale.PHASES

    def _transposed(self, window: chorale.Grid, random: np.random.Generator) -> chorale.Grid:
        allowed = chorale.feasible_transpositions(
            window, furthest=self.settings.furthest_transposition
        )
        return chorale.transposed(window, int(random.integers(allowed.start, allowed.stop)))


def draw_orders(count: int, share: float, random: np.random.Generator) -> NDArray[np.int64]:
    """Return orders of the voices, of shape (count, 4): a share random, the rest soprano first."""
    orders = np.tile(np.arange(chorale.VOICE_COUNT), (count, 1))
    is_other = random.random(count) < share
    return np.where(is_other[:, None], random.permuted(orders, axis=1), orders)


def draw_hidden(shape: tuple[int, int, int], random: np.random.Generator) -> NDArray[np.bool_]:
    """Return which cells of windows to hide, of shape (batch, steps, 4).

    Of the windows 45 % lose one whole voice, 15 % two or three, 20 % a span of 1 to 16 steps in
    some voices, 20 % cells here and there. In half of them a random share of the hidden cells is
    then shown again, as in the middle of filling a gap. Every window has at least one hidden cell.
    """
    _, steps, voices = shape
    hidden = np.zeros(shape, dtype=np.bool_)
    for window in hidden:
        kind = random.random()
        if kind < 0.45:
            window[:, random.integers(voices)] = True
        elif kind < 0.60:
            window[:, random.permutation(voices)[: random.integers(2, voices)]] = True
        elif kind < 0.80:
            length = int(random.integers(1, min(16, steps) + 1))
            start = int(random.integers(0, steps - length + 1))
            chosen = random.permutation(voices)[: random.integers(1, voices + 1)]
            window[start : start + length, chosen] = True
        else:
            window |= random.random((steps, voices)) < random.random()
        if random.random() < 0.5:
            window &= random.random((steps, voices)) < random.random()
        if not window.any():
            window[random.integers(steps), random.integers(voices)] = True
    return hidden


def _next_note_loss(windows: Windows) -> loop.DrawLoss:
    def draw_loss(network: nn.Module, random: np.random.Generator) -> Tensor:
        grids, phases = windows.draw(random)
        orders = draw_orders(len(grids), windows.settings.other_orders, random)
        features = chorale.next_note_features(grids, phase=phases, orders=orders)
        cells = np.take_along_axis(grids, orders[:, None], axis=2)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(torch.from_numpy(features))
        return F.cross_entropy(logits.float().flatten(0, 1), torch.from_numpy(cells.reshape(-1)))

    return draw_loss


def _infill_loss(windows: Windows) -> loop.DrawLoss:
    def draw_loss(network: nn.Module, random: np.random.Generator) -> Tensor:
        grids, phases = windows.draw(random)
        hidden = draw_hidden(grids.shape, random)
        features = torch.from_numpy(chorale.infill_features(grids, hidden, phase=phases))
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(features)
        chosen = torch.from_numpy(hidden)
        return F.cross_entropy(logits.float()[chosen], torch.from_numpy(grids)[chosen])

    return draw_loss


def _next_note_validation(chorales: Sequence[chorale.Grid]) -> loop.Validate:
    grids, _ = jsb.windows(chorales)
    features = torch.from_numpy(chorale.next_note_features(grids))
    cells = torch.from_numpy(grids.reshape(len(grids), -1))
    is_changed = cells[:, 4:] != cells[:, :-4]

    def validate(network: nn.Module) -> dict[str, float]:
        logits = torch.cat([network(part) for part in torch.split(features, 128)])
        loss, temperature = _calibrated(logits[:, 1:].flatten(0, 1), cells[:, 1:].flatten())
        is_hit = logits.argmax(-1) == cells
        return {
            "loss": loss,
            "temperature": temperature,
            "accuracy": is_hit[:, 1:].double().mean().item(),
            "accuracy_changed": is_hit[:, 4:][is_changed].double().mean().item(),
        }

    return validate


def _calibrated(logits: Tensor, classes: Tensor) -> tuple[float, float]:
    """Return the lowest loss that one temperature for all logits brings, and that temperature.

    A network that was trained on little music is too sure of itself; dividing its logits by a
    number above 1 undoes that, and changes no ranking.
    """
    losses = {
        temperature: F.cross_entropy(logits / temperature, classes).item()
        for temperature in TEMPERATURES
    }
    temperature = min(losses, key=losses.__getitem__)
    return losses[temperature], temperature


def _infill_validation(chorales: Sequence[chorale.Grid]) -> loop.Validate:
    grids = jsb.windows(chorales)[0][:, :-1]
    cells = torch.from_numpy(grids)
    questions = []
    for voice in range(chorale.VOICE_COUNT):
        hidden = np.zeros(grids.shape, dtype=np.bool_)
        hidden[:, :, voice] = True
        questions.append(torch.from_numpy(chorale.infill_features(grids, hidden)))

    def validate(network: nn.Module) -> dict[str, float]:
        answers = [
            torch.cat([network(part)[:, :, voice] for part in torch.split(features, 256)])
            for voice, features in enumerate(questions)
        ]
        logits = torch.stack(answers, dim=2)
        loss, temperature = _calibrated(logits.flatten(0, 2), cells.flatten())
        return {
            "loss": loss,
            "temperature": temperature,
            "note_accuracy": (logits.argmax(-1) == cells).double().mean().item(),
        }

    return validate


def publish(
    networks: Mapping[Part, ChoraleNetwork], run_folder: Path, model_folder: Path
) -> dict[Part, float]:
    """Write trained networks, their logs and settings as a model directory.

    A model card that is there already stays; hashes are written last, so run
    `checkpoint.write_sums` again after changing a file.

    Args:
        networks: Every part's network.
        run_folder: The folder that holds each part's run in a folder of the part's name.
        model_folder: Where the model goes, such as `models/chorale-v1`.

    Returns:
        For each part the largest difference between a logit of the network and of its file.
    """
    checkpoint.write_settings(model_folder, _config(networks), _vocabulary())
    differences: dict[Part, float] = {}
    for part, network in networks.items():
        differences[part] = export.export(network, model_folder / f"{part}.onnx")
        log = (run_folder / part / loop.LOG_FILE).read_text(encoding="ascii")
        (model_folder / f"training-{part}.jsonl").write_text(log, encoding="ascii", newline="\n")
    checkpoint.write_sums(model_folder)
    return differences


def _config(networks: Mapping[Part, ChoraleNetwork]) -> dict[str, Any]:
    return {
        "kind": "chorale",
        "networks": {part: f"{part}.onnx" for part in networks},
        "parameters": {part: parameter_count(network) for part, network in networks.items()},
        "longest_window_steps": LONGEST_WINDOW_STEPS,
        "trained_on": "jsb",
    }


def _vocabulary() -> dict[str, Any]:
    return {
        "voices": list(chorale.VOICES),
        "steps_per_beat": chorale.STEPS_PER_BEAT,
        "classes": chorale.CLASS_COUNT,
        "rest": chorale.REST,
        "lowest_pitch": chorale.LOWEST_PITCH,
        "highest_pitch": chorale.HIGHEST_PITCH,
        "next_note_sizes": list(chorale.NEXT_NOTE_SIZES),
        "infill_sizes": list(chorale.INFILL_SIZES),
    }
