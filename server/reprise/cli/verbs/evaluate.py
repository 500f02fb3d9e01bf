"""`reprise evaluate`: measures a model on held-out music, through what serves."""

from argparse import Namespace
from typing import Any, Final

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb, add_sub_verbs
from reprise.cli.progress import ProgressLine, duration
from reprise.cli.settings import read_settings
from reprise.evaluation import jsb

EXAMPLE = "reprise evaluate jsb --model chorale-v1 --data ~/music-data"

_FIGURES: Final = ("nll", "accuracy", "accuracy_changed", "note_accuracy")


def add_arguments(parser: VerbParser) -> None:
    """Add the suites."""
    suite = add_sub_verb(
        add_sub_verbs(parser),
        "jsb",
        "Next note and refilled voices of the 77 test chorales, beside copying and counting.",
        EXAMPLE,
    )
    suite.add_argument(
        "--model", default="chorale-v1", metavar="NAME", help="the model (default chorale-v1)"
    )
    suite.add_argument(
        "--split",
        choices=("test", "valid"),
        default="test",
        help="which chorales to ask about (default test)",
    )
    add_data_flag(suite)


def run(arguments: Namespace) -> Answer:
    """Measure and show the figures.

    Raises:
        MissingDataError: The data set is not there.
        UnknownModelError: There is no such model.
        CorruptModelError: The model's files are damaged.
    """
    progress = ProgressLine()
    found = jsb.evaluate(
        arguments.model,
        read_settings(arguments).data,
        split=arguments.split,
        progress=progress.show,
    )
    progress.clear()
    return Answer(found, _text(found))


def _text(found: dict[str, Any]) -> str:
    rows = [_row(found["model"], found), *(_row(*item) for item in found["baselines"].items())]
    head = ("", *_FIGURES, *(f"refill {voice}" for voice in found["note_accuracy_by_voice"]))
    intervals = [
        f"{name} {low:.4f} to {high:.4f}" for name, (low, high) in found["intervals"].items()
    ]
    return "\n".join(
        [
            table(head, rows),
            f"95 % of chorales drawn anew: {'; '.join(intervals)}",
            f"{found['windows']} windows, {found['predictions']:,} predictions, model "
            f"{found['model']} {found['model_hash']}, {duration(found['seconds'])}",
        ]
    )


def _row(name: str, figures: dict[str, Any]) -> tuple[str, ...]:
    voices = figures.get("note_accuracy_by_voice", {})
    return (
        name.replace("_", " "),
        *(_figure(figures.get(figure)) for figure in _FIGURES),
        *(_figure(voices.get(voice)) for voice in ("soprano", "alto", "tenor", "bass")),
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
