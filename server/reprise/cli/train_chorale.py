"""`reprise train chorale`: trains the two networks of the chorale engine, or goes on."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.cli.train_run import add_run_flags, figures_text
from reprise.library import jsb
from reprise.training.order import MODEL_FOLDER

if TYPE_CHECKING:
    import argparse

    from reprise.training.chorale import Part, Recipe

NAME = "chorale"
EXAMPLE = "reprise train chorale --data ~/music-data --out runs/chorale"


def add_arguments(actions: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        actions,
        NAME,
        "Train the two networks of the chorale engine on the 229 training chorales.",
        EXAMPLE,
    )
    add_run_flags(parser, NAME)
    add_data_flag(parser)


def run(arguments: Namespace, is_stopped: Callable[[], bool]) -> Answer | None:
    """Train; return what came of it, or None where it was stopped.

    Raises:
        MissingDataError: The chorales are not there.
    """
    from reprise.training import chorale as training

    data, out = read_settings(arguments).data, arguments.out
    train_chorales, valid_chorales = jsb.read_split(data, "train"), jsb.read_split(data, "valid")
    networks = {}
    for part in training.PARTS:
        recipe = training.read_recipe(part, arguments.recipe)
        networks[part] = training.train(
            part,
            recipe,
            out / part,
            train_chorales=train_chorales,
            valid_chorales=valid_chorales,
            progress=_Progress(part, recipe).show,
            is_stopped=is_stopped,
        )
        if is_stopped():
            return None
    model = out / MODEL_FOLDER
    differences = training.publish(networks, out, model)
    logs = {part: _last_line(out / part / "log.jsonl") for part in networks}
    data_told: dict[str, object] = {"model": str(model), "export": differences, "logs": logs}
    lines = [f"{part}: {figures_text(line)}" for part, line in logs.items()]
    return Answer(data_told, "\n".join([*lines, f"The model is in {model}"]))


class _Progress:
    """Shows how far one network is, and its newest figures."""

    def __init__(self, part: "Part", recipe: "Recipe") -> None:
        self._part = part
        self._epochs = recipe.loop.epochs
        self._line = ProgressLine()

    def show(self, log: Mapping[str, float]) -> None:
        epoch = log["epoch"]
        self._line.show(epoch / self._epochs, f"{self._part} epoch {epoch:g}: {figures_text(log)}")
        if epoch == self._epochs:
            self._line.clear()


def _last_line(path: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
    return found
