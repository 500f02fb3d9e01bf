"""`reprise evaluate folk`: melodies that a model or an engine continues, beside people's."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_data_flag, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.evaluation.drawing.report import write_report
from reprise.evaluation.melodies import folk_suite
from reprise.evaluation.melodies.folk import FEWEST_MELODIES, MELODIES
from reprise.evaluation.melodies.folk_suite import FolkSetup
from reprise.library.folk_tunes import PERMISSIVE, PRACTICE, TUNE_SETS

if TYPE_CHECKING:
    import argparse

NAME: Final = folk_suite.NAME
DEFAULT_MODEL: Final = "folk-v1"
QUICK_MELODIES: Final = 12


def add_arguments(verbs: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        verbs,
        NAME,
        "A hundred continued melodies beside a hundred of people's: ten statistics, overlap, "
        "divergence, and how much could be a copy.",
        f"reprise evaluate folk --model {DEFAULT_MODEL} --data ~/music-data",
    )
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help=f"a model of folk melodies, or any engine such as markov (default {DEFAULT_MODEL})",
    )
    parser.add_argument("--models", type=Path, metavar="DIR", help="the folder of the models")
    parser.add_argument(
        "--set",
        choices=TUNE_SETS,
        default=PERMISSIVE,
        help=f"which tunes are continued and compared with (default {PERMISSIVE}; "
        f"{PRACTICE} needs no data)",
    )
    parser.add_argument(
        "--melodies",
        type=int,
        default=MELODIES,
        metavar="N",
        help=f"how many are continued (default {MELODIES})",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws everything")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that answer (default 1)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few practice tunes, to see that it runs"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write figures and a page with plots there"
    )
    add_data_flag(parser)


def run(arguments: Namespace, progress: ProgressLine) -> Answer:
    """Measure and show the figures.

    Raises:
        InvalidRequestError: A number makes no sense.
        MissingDataError: The tunes are not there.
    """
    for name, least in (("melodies", FEWEST_MELODIES), ("workers", 1)):
        if getattr(arguments, name) < least:
            raise InvalidRequestError(
                f"--{name} must be {least} or more, got {getattr(arguments, name)}"
            )
    setup = FolkSetup(
        name=arguments.model,
        models=arguments.models,
        data=read_settings(arguments).data,
        tunes=PRACTICE if arguments.quick else arguments.set,
        melodies=QUICK_MELODIES if arguments.quick else arguments.melodies,
        seed=arguments.seed,
        workers=arguments.workers,
        progress=progress.show,
    )
    result = folk_suite.run(setup)
    progress.clear()
    text = "\n".join([table(result.table[0], result.table[1:]), *result.summary])
    if arguments.out is None:
        return Answer(result.told, text)
    page = write_report(arguments.out, result)
    text += f"\nfigures, plots and cases are in {page}"
    return Answer({**result.told, "page": str(page)}, text)
