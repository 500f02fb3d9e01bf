"""`reprise train`: trains a model from a recipe; stops and goes on where it was stopped."""

import importlib.util
import json
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reprise.cli import train_ensemble
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb, add_sub_verbs
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import FileError, MissingExtraError
from reprise.library import jsb

if TYPE_CHECKING:
    from reprise.training.chorale import Part, Recipe

EXAMPLE = "reprise train chorale --data ~/music-data --out runs/chorale"

_INTERRUPTED: Final = 130


def add_arguments(parser: VerbParser) -> None:
    """Add the models that can be trained."""
    actions = add_sub_verbs(parser)
    chorale = add_sub_verb(
        actions,
        "chorale",
        "Train the two networks of the chorale engine on the 229 training chorales.",
        EXAMPLE,
    )
    chorale.add_argument(
        "--out",
        type=Path,
        default=Path("runs/chorale"),
        metavar="DIR",
        help="folder for checkpoints, logs and the model (default runs/chorale)",
    )
    chorale.add_argument(
        "--recipe", type=Path, metavar="FILE", help="a TOML file (default: the published recipe)"
    )
    chorale.add_argument(
        "--resume", action="store_true", help="go on where a run in --out was stopped"
    )
    add_data_flag(chorale)
    train_ensemble.add_arguments(actions)


def run(arguments: Namespace) -> Answer:
    """Train a model's networks from the start, or go on.

    Raises:
        MissingExtraError: torch is not installed.
        MissingDataError: The music is not there.
        FileError: There is a run in the folder already.
    """
    _check_torch()
    out: Path = arguments.out
    _check_folder(out, arguments)
    with _stopped_by_ctrl_c() as is_stopped:
        if arguments.action == "chorale":
            data = read_settings(arguments).data
            chorales = {split: jsb.read_split(data, split) for split in ("train", "valid")}
            return _train(arguments, out, chorales, is_stopped)
        return train_ensemble.run(arguments, is_stopped) or _stopped(out)


def _check_folder(out: Path, arguments: Namespace) -> None:
    is_new = not out.exists() or not any(out.iterdir())
    if not is_new and not arguments.resume and train_ensemble.is_first_process():
        raise FileError(f"{out} is not empty; add --resume to go on there, or name another --out")


def _check_torch() -> None:
    missing = [name for name in ("torch", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"training needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} "
            "not installed; get all that training needs with: pip install 'reprise[train]'"
        )


def _train(
    arguments: Namespace, out: Path, chorales: Mapping[str, Any], is_stopped: Callable[[], bool]
) -> Answer:
    from reprise.training import chorale as training

    networks = {}
    for part in training.PARTS:
        recipe = training.read_recipe(part, arguments.recipe)
        networks[part] = training.train(
            part,
            recipe,
            out / part,
            train_chorales=chorales["train"],
            valid_chorales=chorales["valid"],
            progress=_Progress(part, recipe).show,
            is_stopped=is_stopped,
        )
        if is_stopped():
            return _stopped(out)
    model = out / train_ensemble.MODEL_FOLDER
    differences = training.publish(networks, out, model)
    logs = {part: _last_line(out / part / "log.jsonl") for part in networks}
    data: dict[str, object] = {"model": str(model), "export": differences, "logs": logs}
    lines = [f"{part}: {_figures(line)}" for part, line in logs.items()]
    return Answer(data, "\n".join([*lines, f"The model is in {model}"]))


class _Progress:
    """Shows how far one network is, and its newest figures."""

    def __init__(self, part: "Part", recipe: "Recipe") -> None:
        self._part = part
        self._epochs = recipe.loop.epochs
        self._line = ProgressLine()

    def show(self, log: Mapping[str, float]) -> None:
        epoch = log["epoch"]
        self._line.show(epoch / self._epochs, f"{self._part} epoch {epoch:g}: {_figures(log)}")
        if epoch == self._epochs:
            self._line.clear()


def _figures(log: Mapping[str, float]) -> str:
    shown = [name for name in log if name.endswith("loss") or "accuracy" in name]
    return ", ".join(f"{name.replace('_', ' ')} {log[name]:.4f}" for name in shown)


def _stopped(out: Path) -> Answer:
    text = f"Stopped; a checkpoint is in {out}. Go on with the same command and --resume."
    return Answer({"stopped": True, "out": str(out)}, text, exit_code=_INTERRUPTED)


def _last_line(path: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
    return found


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C into an answer to "shall I stop?", so that a checkpoint is written first."""
    was_asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal was_asked
        was_asked = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: was_asked
    finally:
        signal.signal(signal.SIGINT, before)
