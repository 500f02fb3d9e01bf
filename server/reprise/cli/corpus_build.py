"""`reprise corpus build`: packs data sets into the one file that models learn from."""

from argparse import Namespace
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer
from reprise.cli.corpus_show import described
from reprise.cli.output import check_writable
from reprise.cli.parser import VerbParser, add_data_flag
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.library.corpus_file import write_corpus
from reprise.library.readers import READERS

DESCRIPTION = "Read all data sets and pack them into one file, split by song."
EXAMPLE = "reprise corpus build --data ~/music-data --out corpus.npz"

_MOST_PROCESSES: Final = 64


def add_arguments(parser: VerbParser) -> None:
    """Add what to read, and where the corpus goes."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where the corpus goes, .npz"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=tuple(READERS),
        metavar="SET",
        help="leave a set out, such as pop909; may be given several times",
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes that read (default 2)"
    )
    parser.add_argument("--force", action="store_true", help="replace a corpus that exists already")
    add_data_flag(parser)


def run(arguments: Namespace) -> Answer:
    """Read, pack and write.

    Raises:
        InvalidRequestError: The number of processes makes no sense.
        MissingDataError: A set is not there.
        FileError: The file exists already, or cannot be written.
    """
    if not 1 <= arguments.workers <= _MOST_PROCESSES:
        raise InvalidRequestError(
            f"--workers must be 1 to {_MOST_PROCESSES}, got {arguments.workers}"
        )
    check_writable(arguments.out, may_replace=arguments.force)
    # What it needs to spread the work is not needed by any other verb.
    from reprise.training import corpus as training

    line = ProgressLine()
    corpus = training.build(
        read_settings(arguments).data,
        [name for name in READERS if name not in arguments.without],
        processes=arguments.workers,
        progress=lambda done, total, name: line.show(done / total, name),
    )
    line.clear()
    write_corpus(arguments.out, corpus)
    return described(arguments.out, corpus)
