"""`reprise corpus clips`: which clips of a corpus came from a DAW."""

from argparse import Namespace

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.settings import read_settings
from reprise.library.ingest.store import CORPORA
from reprise.library.learnt_clips import LearntClips
from reprise.library.own_corpora import names_in

DESCRIPTION = "List your corpora, or the clips that Learn this added to one of them."
EXAMPLE = "reprise corpus clips mine"


def add_arguments(parser: VerbParser) -> None:
    """Add which corpus."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a corpus (default: list them)")


def run(arguments: Namespace) -> Answer:
    """List them.

    Raises:
        InvalidRequestError: The corpus' name is none.
    """
    directory = read_settings(arguments).data_directory
    if arguments.name is None:
        corpora = names_in(directory / CORPORA)
        none = "You have no corpus yet: reprise corpus add ~/Music --name mine"
        return Answer({"corpora": corpora}, "\n".join(corpora) or none)
    names = LearntClips(directory).names(arguments.name)
    none = f"No clip of {arguments.name} came from a DAW."
    return Answer({"corpus": arguments.name, "clips": names}, "\n".join(names) or none)
