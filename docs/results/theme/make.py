"""Writes models/theme-v1, models/theme-prompt-v1 and all of this folder from two finished runs.

python docs/results/theme/make.py --runs runs --data DIR

The runs are those of `reprise train theme` and `reprise train theme-prompt`. The study takes about
ten minutes of one core.
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
from reprise.engines.base import Hole, Task, Verb
from reprise.engines.theme.engine import MODEL, ThemeEngine
from reprise.evaluation.drawing import piano_roll
from reprise.evaluation.sources import suite, theme
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.themes.theme_pieces import StudySong, beats_of
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice
from reprise.tokenizers.theme_grid import Track
from reprise.training import curves
from reprise.training.order import MODEL_FOLDER
from reprise.training.theme.publishing import PROMPT, SYSTEM

HERE: Final = Path(__file__).parent
RUNS: Final = {MODEL: SYSTEM, theme.PROMPT_MODEL: PROMPT}
"""Models by name, and the runs that they come from."""

DEVELOPED: Final = ("875", "888", "899")
BARS: Final = 14
CARD: Final = "MODEL_CARD.md"
CURVES: Final = {
    "Loss in nats a token": {"train_loss": "training", "valid_loss": "validation"},
    "Validation loss by place, in nats": {
        "valid_loss_in_themes": "in themes",
        "valid_loss_outside": "outside",
    },
}


class Unwatched:
    """Nobody watches."""

    def check(self) -> None:
        """Never stop."""

    def progress(self, fraction: float, stage: str = "") -> None:
        """Tell nobody."""

    def bar(self, candidate: int, bar: int, voices: tuple[tuple[Note, ...], ...]) -> None:
        """Show nobody."""


def main() -> None:
    """Make everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=checkpoint.models_directory())
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="two songs, to see that it works")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for model, run in RUNS.items():
        copied(arguments.runs / run, arguments.models / model)
        log = arguments.models / model / f"training-{run}.jsonl"
        (arguments.out / f"{run}.svg").write_text(drawn(log), "utf-8", newline="\n")
    setup = SourceSetup(
        arguments.data,
        arguments.models,
        is_quick=arguments.quick,
        progress=tell,
    )
    rows = theme.rows(setup)
    table = "\n".join("| " + " | ".join(line) + " |" for line in ruled(suite.as_table(rows)))
    text = json.dumps(suite.told(rows), indent=1) + "\n"
    (arguments.out / "rows.json").write_text(text, "utf-8", newline="\n")
    for model in RUNS:
        write_card(arguments.models / model, rows, table)
    write_readme(arguments.out, arguments.models, table)
    study = theme.open_study(setup)
    for song in study.songs:
        if song.number in DEVELOPED:
            picture = developed(song, arguments.models)
            (arguments.out / f"development-{song.number}.svg").write_text(picture, "utf-8")


def tell(share: float, stage: str) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{share:5.0%} {stage}\n")


def copied(run: Path, model: Path) -> None:
    """Copy a run's model to where it ships."""
    model.mkdir(parents=True, exist_ok=True)
    for file in (run / MODEL_FOLDER).iterdir():
        shutil.copyfile(file, model / file.name)


def drawn(log: Path) -> str:
    """Return the learning curves of a log as an SVG document, over million tokens."""
    rows: list[dict[str, float]] = [
        json.loads(line) for line in log.read_text("ascii").splitlines()
    ]
    panels = {
        title: {
            label: [(row["tokens"] / 1e6, row[name]) for row in rows if name in row]
            for name, label in names.items()
        }
        for title, names in CURVES.items()
    }
    return curves.document(panels, "million tokens")


def ruled(table: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return a table with the line that Markdown wants below its head."""
    return [table[0], ("---",) * len(table[0]), *table[1:]]


def write_card(model: Path, rows: Sequence[Row], table: str) -> None:
    """Write a model's card from its template, and its hashes."""
    config: Mapping[str, Any] = json.loads((model / checkpoint.CONFIG_FILE).read_text("utf-8"))
    losses = {row.model: row.found for row in rows if "loss" in row.figure}
    template = Template((HERE / f"{model.name}.card.md").read_text("utf-8"))
    text = template.substitute(
        parameters=f"{config['parameters']:,}",
        tokens=f"{config['tokens'] / 1e6:.1f} million",
        theme_loss=f"{losses[theme.THEME]:.3f}",
        prompt_loss=f"{losses[theme.PROMPT]:.3f}",
        table=table,
    )
    (model / CARD).write_text(text, "utf-8", newline="\n")
    checkpoint.write_sums(model)


def write_readme(out: Path, models: Path, table: str) -> None:
    """Write this folder's page from its template."""
    config: Mapping[str, Any] = json.loads(
        (models / MODEL / checkpoint.CONFIG_FILE).read_text("utf-8")
    )
    template = Template((HERE / "README.template.md").read_text("utf-8"))
    text = template.substitute(table=table, tokens=f"{config['tokens'] / 1e6:.1f} million")
    (out / "README.md").write_text(text, "utf-8", newline="\n")


def developed(song: StudySong, models: Path) -> str:
    """Return a picture of what the engine makes of a song's theme."""
    voices = tuple(
        Voice(
            track.name,
            tuple(beats_of(note) for note in song.theme.notes if note.track == track),
            is_drums=False,
        )
        for track in (Track.MELODY, Track.PIANO)
    )
    length = 4.0 * song.theme.bars
    source = Score(voices, length, tempo_map=TempoMap.constant(song.song.tempo))
    end = length + 4.0 * BARS
    holes = tuple(Hole(voice, Span(length, end)) for voice in range(len(voices)))
    task = Task(Verb.DEVELOP, source, Score((), length), holes, end, target=source)
    (answer,) = ThemeEngine(models).candidates(task, 1, int(song.number), Unwatched())
    picture = piano_roll.picture_of_answer(source, answer.kept, answer.new_notes, end)
    title = f"song {song.number}: its theme and {BARS} bars made of it"
    return piano_roll.document(picture, title, 2 * piano_roll.WIDTH)


if __name__ == "__main__":
    main()
