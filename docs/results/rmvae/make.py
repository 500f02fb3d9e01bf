"""Writes models/rmvae-v1 and this folder's figures, logs and pictures from finished runs.

python docs/results/rmvae/make.py --data DIR

The runs are those of `reprise train rmvae` in `runs/rmvae` and, with `--option ablations=yes`, in
`runs/rmvae-ablations` below the current folder. The page itself and the card are written by hand.
"""

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.base import Task, Verb
from reprise.engines.rmvae.engine import MODEL, RmvaeEngine
from reprise.evaluation.asking import Asked, ask
from reprise.evaluation.drawing import piano_roll
from reprise.evaluation.sources import rmvae, suite
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library import jsb
from reprise.training import curves
from reprise.training.order import MODEL_FOLDER
from reprise.training.rmvae.recipe import PARTS

HERE: Final = Path(__file__).parent
RUN: Final = Path("runs/rmvae")
ABLATIONS: Final = Path("runs/rmvae-ablations/ablations.md")
SHOWN_CHORALE: Final = 10
PICTURES: Final = {"continued": "eight bars, and eight more", "refilled": "the alto refilled"}


def main() -> None:
    """Make everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=checkpoint.models_directory())
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    publish(arguments.models / MODEL)
    write_curves()
    if ABLATIONS.is_file():
        shutil.copyfile(ABLATIONS, HERE / "ablations.md")
    setup = SourceSetup(arguments.data, arguments.models, progress=tell)
    rows = rmvae.rows(setup)
    write(HERE / "rows.json", json.dumps([row.told for row in rows], indent=1) + "\n")
    write(HERE / "rows.md", markdown(rows))
    write_pictures(arguments.data, arguments.models)


def tell(share: float, stage: str) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{share:5.0%} {stage}\n")


def publish(model: Path) -> None:
    """Copy the run's model to where it ships, beside the card that is there."""
    model.mkdir(parents=True, exist_ok=True)
    for file in (RUN / MODEL_FOLDER).iterdir():
        shutil.copyfile(file, model / file.name)
    checkpoint.write_sums(model)


def write(path: Path, text: str) -> None:
    """Write a file that is the same on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_curves() -> None:
    """Copy the logs and draw them."""
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for figure, title in (
        ("valid_next", "Next bar, nothing of it known, nats a step of held-out chorales"),
        ("valid_refill_heard", "Refilled voice that hears itself and the others, nats a step"),
        ("valid_next_accuracy", "Next-bar accuracy"),
        ("valid_refill_accuracy", "Refilled-voice accuracy, the others heard"),
    ):
        panels[title] = {}
        for part in PARTS:
            log = (RUN / part / "log.jsonl").read_text("ascii")
            write(HERE / f"training-{part}.jsonl", log)
            lines = [json.loads(line) for line in log.splitlines()]
            panels[title][part] = [
                (line["epoch"], line[figure]) for line in lines if figure in line
            ]
    write(HERE / "curves.svg", curves.document(panels, "hundred updates"))


def markdown(rows: list[Row]) -> str:
    """Return rows as a table in Markdown."""
    head, *body = [(*row[1:6], row[7]) for row in suite.as_table(rows)]
    lines = [head, tuple("---" for _ in head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write_pictures(data: Path, models: Path) -> None:
    """Draw what the engine makes of eight bars of a test chorale."""
    (clip,) = rmvae.eight_bars([jsb.read_split(data, "test")[SHOWN_CHORALE]], 1)
    going_on = rmvae.continued(clip)
    holes = (replace(going_on.holes[1], span=replace(going_on.holes[1].span, start=0.0, end=32.0)),)
    refilled = Task(Verb.REFILL, clip, going_on.context, holes, clip.length)
    for (name, title), task in zip(PICTURES.items(), (going_on, refilled), strict=True):
        (answer,) = ask(RmvaeEngine(models), Asked(task)).candidates
        picture = piano_roll.picture_of_answer(clip, answer.kept, answer.new_notes, task.length)
        write(HERE / f"{name}.svg", piano_roll.document(picture, f"A test chorale: {title}"))


if __name__ == "__main__":
    main()
