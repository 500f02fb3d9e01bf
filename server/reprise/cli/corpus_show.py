"""`reprise corpus show`: what is in a packed corpus, by set, by kind and by split."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser
from reprise.library.corpus_file import Corpus, read_corpus

DESCRIPTION = "Print pieces, notes and tokens of a corpus, and what was left out and why."
EXAMPLE = "reprise corpus show corpus.npz"

_COUNTS: Final = ("pieces", "songs", "bars", "notes", "tokens")


def add_arguments(parser: VerbParser) -> None:
    """Add the corpus."""
    parser.add_argument("file", type=Path, metavar="FILE", help="made by reprise corpus build")


def run(arguments: Namespace) -> Answer:
    """Read a corpus and describe it.

    Raises:
        MissingDataError: There is no such file.
        FileError: It is no corpus.
    """
    return described(arguments.file, read_corpus(arguments.file))


def described(path: Path, corpus: Corpus) -> Answer:
    """Return the counts of a corpus: its manifest without the hashes of the source files."""
    manifest = corpus.manifest
    data = {
        "file": str(path),
        "bytes": path.stat().st_size,
        "sets": manifest["sets"],
        "kinds": manifest["kinds"],
        "rejects": [
            {"name": name, "reason": reason, "details": details}
            for name, reason, details in manifest["rejects"]
        ],
    }
    parts = [_sets(manifest["sets"]), _kinds(manifest["kinds"]), _rejects(manifest["sets"])]
    head = f"{path}: {len(corpus.pieces):,} pieces, {data['bytes']:,} bytes"
    return Answer(data, "\n\n".join([head, *(part for part in parts if part)]))


def _sets(sets: Mapping[str, Any]) -> str:
    rows = [
        (name, found["files"], *(found[count] for count in _COUNTS), sum(found["rejects"].values()))
        for name, found in sets.items()
    ]
    total = ("all", *(sum(row[column] for row in rows) for column in range(1, len(_COUNTS) + 3)))
    return table(("set", "files", *_COUNTS, "rejects"), [*rows, total])


def _kinds(kinds: Mapping[str, Any]) -> str:
    rows = [
        (kind, split, *(counts[count] for count in _COUNTS))
        for kind, splits in kinds.items()
        for split, counts in splits.items()
    ]
    return table(("kind", "split", *_COUNTS), rows) if rows else ""


def _rejects(sets: Mapping[str, Any]) -> str:
    rows = [
        (name, count, reason)
        for name, found in sets.items()
        for reason, count in found["rejects"].items()
    ]
    return "Left out:\n" + table(("set", "files", "why"), rows) if rows else ""
