"""`reprise evaluate copies`: whether the guard finds what is pasted from somebody's own music."""

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.evaluation import planted_copies
from reprise.library.ingest.store import CORPORA, Corpus

if TYPE_CHECKING:
    import argparse

NAME: Final = "copies"
CORPUS: Final = "mine"
MOST_CUTS: Final = 100
MOST_FLAGGED: Final = 0.01


def add_arguments(verbs: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        verbs,
        NAME,
        "Whether the guard against copies finds passages pasted from your own music, and leaves "
        "alone what people play anew.",
        "reprise evaluate copies --corpus mine",
    )
    parser.add_argument(
        "--corpus",
        default=CORPUS,
        metavar="NAME",
        help=f"what you called it in `reprise corpus add` (default {CORPUS})",
    )
    parser.add_argument(
        "--cuts",
        type=int,
        default=planted_copies.CUTS,
        metavar="N",
        help=f"how often the music is cut into learnt and held out (default {planted_copies.CUTS})",
    )


def run(arguments: Namespace, progress: ProgressLine) -> Answer:
    """Plant, look and count.

    Raises:
        InvalidRequestError: There is no such corpus, or the cuts cannot be.
    """
    if not 1 <= arguments.cuts <= MOST_CUTS:
        raise InvalidRequestError(f"--cuts must be 1 to {MOST_CUTS}, got {arguments.cuts}")
    corpus = Corpus(read_settings(arguments).data_directory / CORPORA, arguments.corpus)
    if not corpus.sources():
        raise InvalidRequestError(
            f"there is no corpus {arguments.corpus!r} yet; read your music first: "
            f"reprise corpus add ~/Music --name {arguments.corpus}"
        )
    progress.say("planting passages")
    found = planted_copies.measure(list(corpus.packed()), arguments.cuts)
    flagged = found.flagged / found.people if found.people else 0.0
    is_met = found.found == found.planted and flagged <= MOST_FLAGGED
    data = {**asdict(found), "cuts": arguments.cuts, "flagged_share": flagged, "is_met": is_met}
    lines = [
        f"{found.found} of {found.planted} pasted passages are found, in {arguments.cuts} cuts",
        f"{found.flagged} of {found.people} windows of held-out music ({100 * flagged:.2f} %) are "
        f"flagged; {found.variants} held-out versions of learnt pieces were left out",
        f"the goal, all of them and at most {100 * MOST_FLAGGED:g} %, is "
        f"{'met' if is_met else 'NOT MET'}",
        *(f"not found: {name}" for name in found.missed),
    ]
    return Answer(data, "\n".join(lines))
