"""Learning curves of the chord networks as one SVG file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reprise.evaluation.drawing.plots import STYLE, WIDTH, Line, line_plot
from reprise.training.loop import LOG_FILE

CURVES_FILE: Final = "curves.svg"
PLOT_HEIGHT: Final = 240.0
GAP: Final = 16.0


def write(run_folder: Path, parts: Sequence[str]) -> Path:
    """Write the curves of a run's parts into its folder; return the file."""
    pictures = [_part(run_folder / part / LOG_FILE, part) for part in parts]
    body = []
    for number, picture in enumerate(pictures):
        top = number * (PLOT_HEIGHT + GAP)
        place = f'<svg x="0" y="{top:g}" width="{WIDTH:g}" height="{PLOT_HEIGHT:g}"'
        body.append(picture.replace("<svg", place, 1))
    height = len(pictures) * (PLOT_HEIGHT + GAP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}">'
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#ffffff"/>'
    )
    path = run_folder / CURVES_FILE
    path.write_text("\n".join([head, *body, "</svg>\n"]), encoding="utf-8", newline="\n")
    return path


def _part(log: Path, part: str) -> str:
    lines = [json.loads(line) for line in log.read_text(encoding="ascii").splitlines()]
    curves = (("training", "train_loss", "wish"), ("validation", "valid_loss", "own"))
    drawn = [
        Line(label, tuple((line["epoch"], line[name]) for line in lines if name in line), kind)
        for label, name, kind in curves
    ]
    return line_plot(f"{part}: loss", drawn, "epoch", "nats an element")
