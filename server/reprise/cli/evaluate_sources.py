"""`reprise evaluate sources`: the five source systems beside what their texts report."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.evaluation.drawing.report import SuiteResult, write_report
from reprise.evaluation.sources import suite
from reprise.evaluation.sources.base import SourceSetup

if TYPE_CHECKING:
    import argparse

NAME: Final = "sources"


def add_arguments(verbs: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        verbs,
        NAME,
        "The five source systems: what their texts report, what ours reach, and every engine on "
        "the home ground of each.",
        "reprise evaluate sources --data ~/music-data --json",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="LIST",
        help=f"systems, parted by commas (default {','.join(suite.SYSTEMS)})",
    )
    parser.add_argument("--models", type=Path, metavar="DIR", help="the folder of the models")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws everything")
    parser.add_argument("--quick", action="store_true", help="a few examples, to see that it runs")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write figures and a page with the table there"
    )
    add_data_flag(parser)


def run(arguments: Namespace, progress: ProgressLine) -> Answer:
    """Measure and show the rows.

    Raises:
        InvalidRequestError: There is no such system.
        MissingDataError: The music is not there.
    """
    setup = SourceSetup(
        data=read_settings(arguments).data,
        models=arguments.models,
        is_quick=arguments.quick,
        seed=arguments.seed,
        progress=progress.show,
    )
    rows = suite.measure(setup, _systems(arguments.only))
    progress.clear()
    head, *lines = suite.as_table(rows)
    figures = suite.told(rows)
    missed = figures["goals_missed"]
    summary = [f"{figures['goals_met']} goals met, {len(missed)} missed", *missed]
    text = "\n".join([table(head, lines), *summary])
    if arguments.out is None:
        return Answer(figures, text)
    result = SuiteResult(NAME, "S1 to S5", figures, summary=summary, table=[head, *lines])
    page = write_report(arguments.out, result)
    return Answer({**figures, "page": str(page)}, f"{text}\nfigures are in {page}")


def _systems(only: str) -> tuple[str, ...]:
    named = tuple(name for name in only.split(",") if name) or tuple(suite.SYSTEMS)
    for name in named:
        if name not in suite.SYSTEMS:
            raise InvalidRequestError(
                f"there is no source system {name!r}; there are {', '.join(suite.SYSTEMS)}"
            )
    return named
