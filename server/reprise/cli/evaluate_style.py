"""`reprise evaluate style`: whether answers in the style of a corpus lean towards it."""

from argparse import Namespace
from typing import TYPE_CHECKING, Final

from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.engines.originality import CopyFinder
from reprise.errors import InvalidRequestError
from reprise.evaluation.asking import EngineSource
from reprise.evaluation.style_leaning import Leaning, measure
from reprise.library import own_index
from reprise.library.ingest.store import CORPORA
from reprise.library.own_corpora import existing, style_of
from reprise.library.own_pieces import own_pieces

if TYPE_CHECKING:
    import argparse

NAME: Final = "style"
QUESTIONS: Final = 24


def add_arguments(verbs: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        verbs,
        NAME,
        "How far answers are from the nearest passage of a corpus, with and without its style.",
        "reprise evaluate style --corpus mine --requests other",
    )
    parser.add_argument(
        "--corpus", required=True, metavar="NAME", help="a corpus of yours to take after"
    )
    parser.add_argument(
        "--requests", required=True, metavar="NAME", help="another corpus, to ask about"
    )
    parser.add_argument(
        "--engine", default="ensemble", metavar="NAME", help="who answers (default ensemble)"
    )
    parser.add_argument(
        "--count",
        type=int,
        default=QUESTIONS,
        metavar="N",
        help=f"questions of each verb and kind, at most (default {QUESTIONS})",
    )


def run(arguments: Namespace, progress: ProgressLine) -> Answer:
    """Measure and show the figures.

    Raises:
        InvalidRequestError: There is no such corpus, or the number makes no sense.
        FileError: What was read into a corpus is damaged.
    """
    if arguments.count < 1:
        raise InvalidRequestError(f"--count must be 1 or more, got {arguments.count}")
    directory = read_settings(arguments).data_directory / CORPORA
    corpus = existing(directory, arguments.corpus)
    asked = own_pieces(existing(directory, arguments.requests).packed()).pieces
    finder = CopyFinder(None, [own_index.build(own_pieces(corpus.packed()).pieces)])
    engine = EngineSource(arguments.engine).open()
    found = list(measure(engine, style_of(corpus), finder, asked, arguments.count, progress.show))
    rows = [_row(one) for one in found if one.styled]
    heads = ("verb", "part", "asked", "rhythm", "changes by", "pitch", "changes by", "copies")
    data: dict[str, object] = {"leanings": [_data(one) for one in found]}
    return Answer(data, table(heads, rows))


def _data(one: Leaning) -> dict[str, object]:
    changes = {what: one.change(what) for what in ("rhythm", "pitch")}
    return {
        "verb": one.verb.value,
        "drums": one.drums,
        "asked": len(one.styled),
        "changes": {what: round(change, 4) for what, (change, _) in changes.items()},
        "errors": {what: round(error, 4) for what, (_, error) in changes.items()},
        "copies": sum(answer.is_copy for answer in one.styled),
        "copies_without": sum(answer.is_copy for answer in one.without),
    }


def _row(one: Leaning) -> tuple[object, ...]:
    def told(what: str) -> tuple[str, str]:
        before = sum(getattr(answer, what) for answer in one.without) / len(one.without)
        change, error = one.change(what)
        return f"{before:.3f}", f"{change:+.3f} ± {error:.3f}"

    copies = sum(answer.is_copy for answer in one.styled)
    without = sum(answer.is_copy for answer in one.without)
    part = "drums" if one.drums else "pitched"
    copied = f"{copies}, without {without}"
    return one.verb.value, part, len(one.styled), *told("rhythm"), *told("pitch"), copied
