"""`reprise corpus add`: reads a folder of the user's own music, and says what came of each file."""

import json
import os
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

from reprise.cli import corpus_page
from reprise.cli.answer import Answer, table
from reprise.cli.output import write_new
from reprise.cli.parser import VerbParser
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.library import own_index
from reprise.library.ingest.cluster import cluster
from reprise.library.ingest.memory import peak_bytes
from reprise.library.ingest.store import CORPORA, Added, Corpus
from reprise.library.ingest.summary import Summary, summary
from reprise.library.ingest.walk import shown
from reprise.library.ingest.working import Workers, processes, this_process
from reprise.library.own_corpora import write_style
from reprise.library.own_pieces import cut_of, pieces_of

DESCRIPTION = "Read a folder of your own MIDI files, Live sets and REAPER projects to learn from."
EXAMPLE = "reprise corpus add ~/Music --name mine"

_MOST_PROCESSES: Final = 64
_SHOWN_ROWS: Final = 8
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Cost:
    """What the work took.

    Attributes:
        seconds: Of reading the files.
        memory_mb: The most that this process and the others that read can have held together.
    """

    seconds: float
    memory_mb: float


def add_arguments(parser: VerbParser) -> None:
    """Add what to read, and what the corpus is called."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of your music")
    parser.add_argument(
        "--name", required=True, metavar="NAME", help="what the corpus is called, such as mine"
    )
    hands = parser.add_mutually_exclusive_group()
    hands.add_argument(
        "--workers",
        type=int,
        default=None,
        metavar="N",
        help="processes that read (default: one a core)",
    )
    hands.add_argument(
        "--cluster",
        default="",
        metavar="ADDRESS",
        help="read with the workers of a Dask scheduler, such as tcp://10.0.0.5:8786, that see "
        "the same folders",
    )


def run(arguments: Namespace) -> Answer:
    """Read the folder, go on where an earlier run stopped, and report.

    Raises:
        InvalidRequestError: The name or the number of processes makes no sense, or the cluster
            cannot be used.
        FileError: The folder is not there, or what was read cannot be kept.
        MissingExtraError: What speaks to a cluster is not installed.
    """
    workers = _workers(arguments)
    corpus = Corpus(read_settings(arguments).data_directory / CORPORA, arguments.name)
    line = ProgressLine()
    line.say("looking for music")
    began = monotonic()
    added = corpus.add(
        arguments.folder.expanduser(),
        workers,
        lambda done, total: line.show(done / max(total, 1), f"{done:,} of {total:,} files"),
    )
    seconds = monotonic() - began
    line.say("indexing what was read")
    unindexed = _index(corpus)
    line.clear()
    found = summary(corpus.files(), corpus.left_out())
    report = _written(corpus, found)
    cost = _Cost(seconds, _memory_mb(added))
    data: dict[str, object] = {
        "corpus": corpus.name,
        "report": str(report),
        "found": added.found,
        "read_now": added.read,
        "seconds": round(cost.seconds, 2),
        "memory_mb": round(cost.memory_mb),
        "clips_not_indexed": unindexed,
        **found.numbers(),
    }
    text = "\n\n".join([_text(corpus, added, found), *_end(added, cost, unindexed, report)])
    return Answer(data, text, exit_code=0 if found.clips else 1)


def _workers(arguments: Namespace) -> Workers:
    if arguments.cluster:
        return cluster(arguments.cluster)
    count = min(os.cpu_count() or 1, _MOST_PROCESSES)
    if arguments.workers is not None:
        count = arguments.workers
    if not 1 <= count <= _MOST_PROCESSES:
        raise InvalidRequestError(f"--workers must be 1 to {_MOST_PROCESSES}, got {count}")
    return processes(count)


def _index(corpus: Corpus) -> int:
    """Index what the clips are made of, and passages of them to take after.

    Returns how many clips the first has no room for.
    """
    cut = cut_of(corpus.packed())
    index = own_index.build(pieces_of(corpus.packed(), cut))
    own_index.write(corpus.folder / own_index.FILE_NAME, index)
    write_style(corpus)
    return len(cut.songs) - len(index.names)


def _memory_mb(added: Added) -> float:
    """Return the peaks of all processes together, which may have been at different times."""
    peaks = {**added.peaks, this_process(): peak_bytes()}
    return sum(peaks.values()) / _MEGABYTE


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


def _text(corpus: Corpus, added: Added, found: Summary) -> str:
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
    return "\n\n".join(parts)


def _end(added: Added, cost: _Cost, unindexed: int, report: Path) -> list[str]:
    """Return what the work took, what it left undone, and where more is told."""
    parts = []
    if unindexed:
        parts.append(
            f"The index of what your music is made of is full: results do not say whether they "
            f"repeat the last {unindexed:,} clips. Keep them in a corpus of their own."
        )
    took = f"{cost.seconds:.1f} s"
    if added.read:
        took += f", {added.read / max(cost.seconds, 1e-3):,.0f} files a second"
    parts.append(f"took {took}, and at most {cost.memory_mb:,.0f} MB of memory in all processes")
    parts.append(f"every file with its reason: {report}")
    return parts


def _counted(pairs: list[tuple[str, int]]) -> str:
    return ", ".join(f"{shown(name)} ({count:,})" for name, count in pairs)
