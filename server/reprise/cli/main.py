"""The door of the command line: finds the verb, runs it, turns errors into a sentence and a code.

Only the module of the verb that was asked for is imported, so that `reprise --help` is quick.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, cast

from reprise import __version__
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.errors import ConfigError, InvalidRequestError, RepriseError, UnknownEngineError

VERBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "demo": "hear and see it: a DAW is played, answers and a page are written",
        "vary": "write variations of a .mid file",
        "continue": "write what comes after a .mid file",
        "refill": "write a voice, notes or drum pads of a .mid file anew, against the rest",
        "redo": "write all voices of a .mid file anew, one after another",
        "morph": "write what lies between two .mid files",
        "accompany": "write a new part against a .mid file",
        "develop": "write a piece that takes a .mid file as its theme",
        "chords": "print the chords of a .mid file and draw where they lie",
        "theme": "find the theme of a .mid file, and draw where it comes back",
        "play": "play a .mid file or an earlier answer through a virtual MIDI port",
        "serve": "run the server here until Ctrl-C",
        "start": "run the server in the background",
        "stop": "stop the server in the background",
        "status": "tell whether a server runs and what it is doing",
        "models": "list, show and verify the models",
        "history": "find, get, star, export and import earlier answers",
        "corpus": "list the data sets, and pack them into a corpus to learn from",
        "train": "train a model from a recipe",
        "evaluate": "measure a model on held-out music",
        "bench": "measure the wire and the engines on this machine",
        "doctor": "check everything and say what to do",
    }
)
"""Every verb and what it does, in the order of the help."""

EXIT_FAILURE: Final = 1
EXIT_MISUSE: Final = 2
EXIT_INTERRUPTED: Final = 130

_MISUSE: Final = (InvalidRequestError, UnknownEngineError, ConfigError)


class VerbModule(Protocol):
    """What the module of a verb offers.

    Attributes:
        EXAMPLE: A command that works.
    """

    EXAMPLE: str

    def add_arguments(self, parser: VerbParser) -> None:
        """Add the verb's own arguments."""

    def run(self, arguments: object) -> Answer | None:
        """Do it; None where all was printed while it ran.

        Raises:
            RepriseError: It cannot be done; the message says why and what to do.
        """


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 failure, 2 misuse, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    _keep_output_printable()
    try:
        return _run(words)
    except RepriseError as error:
        return _report(error, words)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE


def parser_for(verb: str) -> VerbParser:
    """Return the parser of a verb; imports its module."""
    module, summary = _module(verb), VERBS[verb]
    description = f"{summary[0].upper()}{summary[1:]}."
    parser = VerbParser(prog=f"reprise {verb}", description=description, allow_abbrev=False)
    parser.example = module.EXAMPLE
    module.add_arguments(parser)
    return parser


def overview() -> str:
    """Return the help of `reprise` itself."""
    width = max(len(verb) for verb in VERBS)
    verbs = "\n".join(f"  {verb.ljust(width)}  {summary}" for verb, summary in VERBS.items())
    return (
        "usage: reprise VERB ...\n\n"
        "Learned variations, continuations and refilled voices for the clip in front of you.\n\n"
        f"{verbs}\n\n"
        "  reprise VERB --help shows a verb's arguments and an example; reprise --version.\n\n"
        "example:\n  reprise demo"
    )


def _run(words: list[str]) -> int:
    verb = words[0] if words else "--help"
    if verb in ("--help", "-h", "help"):
        print(overview())
        return 0 if words else EXIT_MISUSE
    if verb == "--version":
        print(f"reprise {__version__}")
        return 0
    if verb not in VERBS:
        raise InvalidRequestError(f"there is no verb {verb!r}; use one of {', '.join(VERBS)}")
    arguments = parser_for(verb).parse_args(words[1:])
    answer = _module(verb).run(arguments)
    if answer is None:
        return 0
    print(json.dumps(answer.data, indent=2) if arguments.json else answer.text)
    return answer.exit_code


def _module(verb: str) -> VerbModule:
    # `continue` is a word of Python's own.
    name = "continue_" if verb == "continue" else verb
    return cast("VerbModule", importlib.import_module(f"reprise.cli.verbs.{name}"))


def _report(error: RepriseError, words: list[str]) -> int:
    sentence = f"{str(error).rstrip('.')}."
    if "--json" in words:
        print(json.dumps({"error": {"code": error.code, "sentence": sentence}}, indent=2))
    if "--debug" in words:
        traceback.print_exception(error)
    else:
        print(f"reprise: {sentence}", file=sys.stderr)
    return EXIT_MISUSE if isinstance(error, _MISUSE) else EXIT_FAILURE


def _keep_output_printable() -> None:
    """Let a console that lacks a letter show a mark instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
