"""`reprise corpus originality`: the index that tells answers from what a model learnt."""

from argparse import Namespace
from pathlib import Path

from reprise.cli.answer import Answer
from reprise.cli.output import check_writable
from reprise.cli.parser import VerbParser
from reprise.library.corpus_file import read_corpus
from reprise.library.originality_index import FILE_NAME, OriginalityIndex, build, write_index

DESCRIPTION = "Write the index of what training songs alone have, which goes beside the model."
EXAMPLE = "reprise corpus originality --corpus corpus.npz --out models/ensemble-s-v1"


def add_arguments(parser: VerbParser) -> None:
    """Add the corpus and where the index goes."""
    parser.add_argument(
        "--corpus",
        type=Path,
        required=True,
        metavar="FILE",
        help="corpus made by reprise corpus build: the one that the model was trained on",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"the model's folder; {FILE_NAME} is written into it",
    )
    parser.add_argument("--force", action="store_true", help="replace an index that exists already")


def run(arguments: Namespace) -> Answer:
    """Build the index and write it.

    Raises:
        MissingDataError: There is no such corpus.
        FileError: The corpus is damaged, or the index cannot be written.
    """
    path = arguments.out / FILE_NAME
    check_writable(path, may_replace=arguments.force)
    index = build(read_corpus(arguments.corpus).pieces)
    write_index(path, index)
    data = _data(path, index)
    return Answer(
        data, "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in data.items())
    )


def _data(path: Path, index: OriginalityIndex) -> dict[str, object]:
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "songs": index.song_count,
        "runs": len(index.runs),
        "drum_bars": len(index.bars),
    }
