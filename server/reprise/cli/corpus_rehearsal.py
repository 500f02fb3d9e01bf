"""`reprise corpus rehearsal`: music that a model writes itself, for those who fine-tune it."""

from argparse import Namespace
from pathlib import Path

from reprise.cli.answer import Answer
from reprise.cli.output import check_writable
from reprise.cli.parser import VerbParser
from reprise.cli.progress import ProgressLine
from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.evaluation.asking import EngineSource
from reprise.library.corpus_file import read_corpus, write_corpus
from reprise.training.mine.rehearsal import FILE_NAME, PIECES, write_pieces

DESCRIPTION = (
    "Have a model write the music that it hears again while it is fine-tuned, so that it forgets "
    "little; it goes beside the model."
)
EXAMPLE = "reprise corpus rehearsal --model ensemble-s-v1 --corpus corpus.npz"


def add_arguments(parser: VerbParser) -> None:
    """Add the model, the corpus that it learnt, and how much it writes."""
    parser.add_argument("--model", required=True, metavar="NAME", help="which model writes")
    parser.add_argument(
        "--corpus",
        type=Path,
        required=True,
        metavar="FILE",
        help="corpus made by reprise corpus build: it goes on from bars of it, and leaves them out",
    )
    parser.add_argument(
        "--pieces", type=int, default=PIECES, metavar="N", help=f"how many (default {PIECES})"
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="the folder of the models (default: ours)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"{FILE_NAME} is written into this folder (default: the model's)",
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that write (default 1)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws everything")
    parser.add_argument("--force", action="store_true", help="replace a file that exists already")


def run(arguments: Namespace) -> Answer:
    """Have the model write.

    Raises:
        InvalidRequestError: A number is below 1.
        UnknownModelError: There is no such model.
        MissingDataError: There is no such corpus.
        FileError: The corpus is damaged, or the file cannot be written.
    """
    for name in ("pieces", "workers"):
        if getattr(arguments, name) < 1:
            raise InvalidRequestError(f"--{name} must be 1 or more, got {getattr(arguments, name)}")
    model = checkpoint.read(arguments.model, arguments.models)
    path = (arguments.out or model.folder) / FILE_NAME
    check_writable(path, may_replace=arguments.force)
    learnt = read_corpus(arguments.corpus).pieces
    line = ProgressLine()
    source = EngineSource(arguments.model, arguments.models)
    written = write_pieces(
        source,
        learnt,
        arguments.pieces,
        arguments.seed,
        arguments.workers,
        lambda share: line.show(share, "writing"),
    )
    line.clear()
    write_corpus(path, written)
    if path.parent == model.folder:
        checkpoint.write_sums(model.folder)
    data: dict[str, object] = {
        "file": str(path),
        "bytes": path.stat().st_size,
        "pieces": len(written.pieces),
        "notes": sum(len(piece.notes) for piece in written.pieces),
    }
    return Answer(data, "\n".join(f"{name}: {value}" for name, value in data.items()))
