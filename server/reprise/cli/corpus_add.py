"""`reprise corpus add`: reads a folder of the user's own music, and says what came of each file."""

import json
import os
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from reprise.cli import corpus_page
from reprise.cli.answer import Answer, table
from reprise.cli.output import write_new
from reprise.cli.parser import VerbParser
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.library import own_index
from reprise.library.ingest.store import CORPORA, Added, Corpus
from reprise.library.ingest.summary import Summary, summary
from reprise.library.ingest.walk import shown
from reprise.library.own_pieces import own_pieces

DESCRIPTION = "Read a folder of your own MIDI files, Live sets and REAPER projects to learn from."
EXAMPLE = "reprise corpus add ~/Music --name mine"

_MOST_PROCESSES: Final = 64
_SHOWN_ROWS: Final = 8


def add_arguments(parser: VerbParser) -> None:
    """Add what to read, and what the corpus is called."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of your music")
    parser.add_argument(
        "--name", required=True, metavar="NAME", help="what the corpus is called, such as mine"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=None,
        metavar="N",
        help="processes that read (default: one a core)",
    )


def run(arguments: Namespace) -> Answer:
    """Read the folder, go on where an earlier run stopped, and report.

    Raises:
        InvalidRequestError: The name or the number of processes makes no sense.
        FileError: The folder is not there, or what was read cannot be kept.
    """
    workers = min(os.cpu_count() or 1, _MOST_PROCESSES)
    if arguments.workers is not None:
        workers = arguments.workers
    if not 1 <= workers <= _MOST_PROCESSES:
        raise InvalidRequestError(f"--workers must be 1 to {_MOST_PROCESSES}, got {workers}")
    corpus = Corpus(read_settings(arguments).data_directory / CORPORA, arguments.name)
    line = ProgressLine()
    line.say("looking for music")
    added = corpus.add(
        arguments.folder.expanduser(),
        workers,
        lambda done, total: line.show(done / max(total, 1), f"{done:,} of {total:,} files"),
    )
    line.say("indexing what was read")
    index = own_index.build(own_pieces(corpus.clips()).pieces)
    own_index.write(corpus.folder / own_index.FILE_NAME, index)
    line.clear()
    found = summary(corpus.files(), corpus.left_out())
    report = _written(corpus, found)
    data: dict[str, object] = {
        "corpus": corpus.name,
        "report": str(report),
        "found": added.found,
        "read_now": added.read,
        **found.numbers(),
    }
    return Answer(data, _text(corpus, added, found, report), exit_code=0 if found.clips else 1)


def _written(corpus: Corpus, found: Summary) -> Path:
    """Write the report as JSON and as a page, and return where the page is."""
    sources = [str(source) for source in corpus.sources()]
    whole: dict[str, Any] = {"corpus": corpus.name, "sources": sources}
    whole |= {**found.numbers(), **found.lists()}
    told = json.dumps(whole, ensure_ascii=True, indent=1)
    write_new(corpus.folder / "report.json", told.encode("ascii"), may_replace=True)
    page = corpus.folder / "report.html"
    write_new(page, corpus_page.page(corpus.name, sources, found).encode(), may_replace=True)
    return page


def _text(corpus: Corpus, added: Added, found: Summary, report: Path) -> str:
    parts = [
        f"{added.found:,} files found, {added.read:,} read now, "
        f"{found.files:,} of the corpus {corpus.name!r} hold music",
        f"{found.clips:,} clips to learn from: {found.notes:,} notes in {found.bars:,} bars, "
        f"{found.loops:,} of them loops",
    ]
    if not found.clips:
        parts.append("There is nothing to learn from: see why below, or name another folder.")
    parts += (
        f"{name}: {_counted(found.tables()[name].most_common(_SHOWN_ROWS))}"
        for name in ("meters", "tempi", "keys", "lengths", "drums")
        if found.tables()[name]
    )
    if found.others:
        parts.append(f"of other kinds: {_counted(found.others.most_common(_SHOWN_ROWS))}")
    if found.rejects:
        parts.append("left out:\n" + table(("reason", "times"), found.reasons.most_common()))
    if found.remarks:
        parts.append(f"{len(found.remarks):,} remarks, such as: {shown(found.remarks[0][1])}")
    parts.append(f"every file with its reason: {report}")
    return "\n\n".join(parts)


def _counted(pairs: list[tuple[str, int]]) -> str:
    return ", ".join(f"{shown(name)} ({count:,})" for name, count in pairs)
