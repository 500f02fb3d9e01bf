"""Writes models/folk-v1 and all of this folder from finished runs.

python docs/results/folk/make.py --data DIR

The runs are those of `reprise train folk`, each in a folder `runs/folk/folk-SET-VARIANT` below the
current one; what was not trained is told in the table. It takes a few minutes of one core.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

from reprise.engines import checkpoint
from reprise.engines.folk.engine import MODEL, FolkEngine
from reprise.evaluation.asking import Asked, ask
from reprise.evaluation.drawing import piano_roll, plots
from reprise.evaluation.melodies.folk import (
    MELODIES,
    Comparison,
    Ground,
    compared,
    continuations,
    usable,
)
from reprise.evaluation.melodies.folk_samples import FourBars, drawn, four_bars_of, question
from reprise.evaluation.melodies.folk_suite import (
    distance_plots,
    statistics_table,
    transition_plots,
)
from reprise.evaluation.melodies.melody_statistics import STATISTICS
from reprise.evaluation.sources import folk, suite
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.library.folk_tunes import NOTTINGHAM, PERMISSIVE, read_tunes
from reprise.training import curves
from reprise.training.loop import LOG_FILE
from reprise.training.order import MODEL_FOLDER

HERE: Final = Path(__file__).parent
SHIPPED_RUN: Final = f"folk-{PERMISSIVE}-bidirectional"
CARD: Final = "MODEL_CARD.md"
SHOWN: Final = ("pitch count", "mean interval", "pitch classes", "mean onset gap", "note lengths")
TRANSITIONS: Final = ("pitches-ours", "pitches-people", "lengths-ours", "lengths-people")
LIKENESS: Final = {
    folk.OVERLAP: "overlapping area",
    folk.DIVERGENCE: "divergence, legacy",
    folk.COMMON_DIVERGENCE: "divergence, common range",
    folk.HELD_OUT_OVERLAP: "overlapping area with held-out tunes",
    folk.INTER_OVERLAP: "overlapping area, within and to held-out tunes",
}
COPIES: Final = {
    folk.COPIED: "could be a copy",
    folk.BEYOND: "beyond held-out tunes",
    folk.SHARED_COPIED: "of the 15,000 that all learned",
}
TEXT_SIZES: Final = ((15, 0.683), (30, 0.573), (45, 0.278), (60, 0.126), (100, 0.138))
"""Thousand windows that the text learned from, and the plagiarism that it found."""


def main() -> None:
    """Make everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=checkpoint.models_directory())
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    publish(folk.RUNS / SHIPPED_RUN, arguments.models / MODEL)
    setup = SourceSetup(
        arguments.data,
        arguments.models,
        progress=tell,
    )
    rows = folk.rows(setup)
    write(arguments.out / "rows.json", json.dumps([row.told for row in rows], indent=1) + "\n")
    losses = write_logs(folk.RUNS, arguments.out)
    write(arguments.out / "copies.svg", copies_plot(rows))
    comparison = compared_bidirectional(arguments.data)
    write_plots(comparison, arguments.out)
    write_melodies(arguments.data, arguments.models, arguments.out)
    write_pages(rows, losses, comparison, arguments.models / MODEL, arguments.out)


def tell(share: float, stage: str) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{share:5.0%} {stage}\n")


def publish(run: Path, model: Path) -> None:
    """Copy a run's model to where it ships."""
    model.mkdir(parents=True, exist_ok=True)
    for file in (run / MODEL_FOLDER).iterdir():
        shutil.copyfile(file, model / file.name)


def write(path: Path, text: str) -> None:
    """Write a file that is the same on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_logs(runs: Path, out: Path) -> dict[str, Mapping[str, Any]]:
    """Copy each run's log and draw them all; return each run's settings and last line."""
    told: dict[str, Mapping[str, Any]] = {}
    points: dict[str, list[tuple[float, float]]] = {}
    for run in sorted(runs.glob("folk-*")):
        config_path = run / MODEL_FOLDER / checkpoint.CONFIG_FILE
        if not config_path.is_file():
            continue
        name = run.name.removeprefix("folk-")
        log = (run / "run" / LOG_FILE).read_text("ascii")
        write(out / f"training-{name}.jsonl", log)
        lines: list[dict[str, float]] = [json.loads(line) for line in log.splitlines()]
        config = json.loads(config_path.read_text("utf-8"))
        each = config["updates"] / lines[-1]["epoch"] / 1000
        points[name] = [
            (each * line["epoch"], line["valid_loss"]) for line in lines if "valid_loss" in line
        ]
        told[name] = {**config, **lines[-1]}
    panels = {"Loss of held-out tunes, nats a step": points}
    write(out / "curves.svg", curves.document(panels, "thousand updates"))
    return told


def copies_plot(rows: Sequence[Row]) -> str:
    """Return how much could be a copy by how much was learned, ours and the text's."""
    found = {(row.model, row.figure): row.found for row in rows}
    curves_by_figure: dict[str, list[tuple[float, float]]] = {}
    for variant in folk.TEXT_COPIED:
        model = folk.find_variant(None, variant)
        for figure in (folk.COPIED, folk.SHARED_COPIED):
            share = found.get((variant, figure))
            if model is not None and share is not None:
                point = (model.config["windows"] / 1000, share)
                curves_by_figure.setdefault(figure, []).append(point)
    lines = [
        plots.Line("the text (its own tool, equal epochs)", TEXT_SIZES, "wish"),
        plots.Line("ours (orange): of all learned", tuple(curves_by_figure[folk.COPIED])),
        plots.Line(
            "ours (blue): of the 15,000 that all learned",
            tuple(curves_by_figure[folk.SHARED_COPIED]),
            "curve",
        ),
    ]
    title = "Share that could be a copy, by the windows learned from"
    return standalone(plots.line_plot(title, lines, "thousand windows", "share"))


def compared_bidirectional(data: Path) -> Comparison:
    """Return what the text's best network is like, beside tunes that it learned."""
    model = folk.find_variant(None, "bidirectional")
    if model is None:
        raise SystemExit("train the bidirectional network on Nottingham first")
    ground = Ground.of(data, NOTTINGHAM, MELODIES, 0)
    return compared(usable(continuations(model, ground)), ground.training)


def write_plots(comparison: Comparison, out: Path) -> None:
    """Draw distances and transitions."""
    for name, drawing in zip(STATISTICS, distance_plots(comparison), strict=True):
        if name in SHOWN:
            write(out / f"distances-{name.replace(' ', '-')}.svg", standalone(drawing))
    for name, drawing in zip(TRANSITIONS, transition_plots(comparison), strict=True):
        write(out / f"transitions-{name}.svg", standalone(drawing))


def write_melodies(data: Path, models: Path, out: Path) -> None:
    """Draw what the engine makes of three held-out songs that are in the public domain."""
    songs = four_bars_of(read_tunes(data, PERMISSIVE, "test"))
    for number, prompt in enumerate(drawn(songs, 3, 0), start=1):
        write(out / f"continued-{number}.svg", continued(prompt, models))


def continued(prompt: FourBars, models: Path) -> str:
    """Return a picture of four bars and the four that the engine goes on with."""
    task = question(prompt)
    (answer,) = ask(FolkEngine(models), Asked(task)).candidates
    picture = piano_roll.picture_of_answer(task.source, answer.kept, answer.new_notes, task.length)
    return piano_roll.document(picture, f"{prompt.name}, and four bars more")


def standalone(drawing: str) -> str:
    """Return a plot as a file of its own."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{plots.WIDTH:g}" '
    styled = drawing.replace("<svg ", head, 1)
    return styled.replace(">", f"><style>{plots.STYLE}</style>", 1) + "\n"


def write_pages(
    rows: Sequence[Row],
    losses: Mapping[str, Mapping[str, Any]],
    comparison: Comparison,
    model: Path,
    out: Path,
) -> None:
    """Write this folder's page and the model's card from their templates."""
    shipped = losses[f"{PERMISSIVE}-bidirectional"]
    mine = [row for row in rows if row.model == MODEL]
    filled = {
        "likeness": markdown(pivoted([row for row in rows if row.model != MODEL], LIKENESS)),
        "copies": markdown(pivoted([row for row in rows if row.model != MODEL], COPIES)),
        "shipped": markdown(suite.as_table(mine)),
        "statistics": markdown(statistics_table(comparison)),
        "losses": markdown(loss_table(losses)),
        "parameters": f"{shipped['parameters']:,}",
        "tunes": f"{shipped['tunes']:,}",
        "windows": f"{shipped['windows']:,}",
        "updates": f"{shipped['updates']:,}",
        "loss": f"{shipped['valid_loss']:.3f}",
        "accuracy": f"{shipped['valid_accuracy']:.3f}",
        "minutes": f"{shipped['seconds'] / 60:.0f}",
    }
    for template, path in (("README.template.md", out / "README.md"), ("card.md", model / CARD)):
        text = Template((HERE / template).read_text("utf-8")).substitute(filled)
        write(path, text)
    checkpoint.write_sums(model)


def pivoted(rows: Sequence[Row], figures: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return a line a model with some figures across, the text's in brackets."""
    cells = {(row.model, row.figure): row for row in rows}
    models = dict.fromkeys(row.model for row in rows if row.figure in figures)
    return [
        ("", *figures.values()),
        *((model, *(_cell(cells.get((model, figure))) for figure in figures)) for model in models),
    ]


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    found = "not trained" if row.found is None else f"{row.found:.3f}"
    return found if row.text is None else f"{found} ({row.text:.3f})"


def loss_table(losses: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return what became of each run."""
    head = ("run", "parameters", "tunes", "windows", "updates", "held-out loss", "right", "minutes")
    rows = [
        (
            name,
            f"{line['parameters']:,}",
            f"{line['tunes']:,}",
            f"{line['windows']:,}",
            f"{line['updates']:,}",
            f"{line['valid_loss']:.3f}",
            f"{line['valid_accuracy']:.3f}",
            f"{line['seconds'] / 60:.0f}",
        )
        for name, line in losses.items()
    ]
    return [head, *rows]


def markdown(table: Sequence[tuple[str, ...]]) -> str:
    """Return a table as Markdown."""
    rows = [table[0], ("---",) * len(table[0]), *table[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()
