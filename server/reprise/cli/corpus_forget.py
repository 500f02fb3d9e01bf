"""`reprise corpus forget`: takes a clip that came from a DAW out of a corpus again."""

from argparse import Namespace

from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.settings import read_settings
from reprise.library.learnt_clips import LearntClips

DESCRIPTION = "Take a clip that Learn this added out of a corpus again."
EXAMPLE = 'reprise corpus forget mine "Bassline 3f2a9c41d0.mid"'


def add_arguments(parser: VerbParser) -> None:
    """Add which clip of which corpus."""
    parser.add_argument("name", metavar="NAME", help="what the corpus is called, such as mine")
    parser.add_argument(
        "item",
        metavar="CLIP",
        help="the clip, or as much of its name as no other has: see reprise corpus clips",
    )


def run(arguments: Namespace) -> Answer:
    """Take it out.

    Raises:
        InvalidRequestError: No clip, or more than one, has such a name.
        FileError: It cannot be taken out.
    """
    clips = LearntClips(read_settings(arguments).data_directory)
    name = clips.forget(arguments.name, arguments.item)
    count = len(clips.names(arguments.name))
    data: dict[str, object] = {"corpus": arguments.name, "forgotten": name, "count": count}
    left = "1 clip" if count == 1 else f"{count} clips"
    return Answer(
        data,
        f"{name} is no longer in {arguments.name}; it has {left} from DAWs. "
        "A model that learnt it knows it still.",
    )
