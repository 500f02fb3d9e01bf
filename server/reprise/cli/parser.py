"""The argument parser of every verb: our own words for help and for misuse.

Help is laid out here and not by argparse, whose layout differs between versions of Python:
`docs/cli.md` is made from it and has to be the same everywhere.
"""

import argparse
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from reprise.errors import InvalidRequestError

_WIDTH = 96
_COLUMN = 26
_HELP = ("-h", "--help")
_SHARED = ("help", "config", "json", "debug")


class VerbParser(argparse.ArgumentParser):
    """A parser that raises our own error for misuse and shows one example in its help.

    Attributes:
        example: A command that works, without the leading `$`.
        default_action: The sub-verb that is meant where none is given.
    """

    example: str = ""
    default_action: str = ""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse words as argparse does, but take "-2:4" for the bars that it was meant to be."""
        words = _with_bars_joined(args or ())
        is_action_left_out = not words or (words[0][:1] == "-" and words[0] not in _HELP)
        if self.default_action and is_action_left_out:
            words = [self.default_action, *words]
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the arguments, and where to read more."""
        raise InvalidRequestError(f"{message}; see {self.prog} --help")

    def format_usage(self) -> str:
        """Return how the verb is written; no argument is parted by the end of a line."""
        lines = [f"usage: {self.prog}"]
        for words in (_usage(action) for action in self._ordered() if action.dest != "help"):
            if len(lines[-1]) + 1 + len(words) > _WIDTH:
                lines.append(" " * 8)
            lines[-1] += f" {words}"
        return "\n".join(lines) + "\n"

    def format_help(self) -> str:
        """Return usage, what the verb does, every argument, and the example."""
        parts = [self.format_usage(), textwrap.fill(self.description or "", _WIDTH) + "\n"]
        parts.append("\n".join(_explained(action) for action in self._ordered()) + "\n")
        if self.example:
            parts.append(f"example:\n  {self.example}\n")
        return "\n".join(parts)

    def children(self) -> "list[VerbParser]":
        """Return the parsers of the verb's own sub-verbs, in their order."""
        return [
            parser
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)
            for parser in action.choices.values()
        ]

    def _ordered(self) -> list[argparse.Action]:
        """Return arguments first, then the verb's own flags, then those that all verbs share."""
        return sorted(
            self._actions, key=lambda action: (bool(action.option_strings), action.dest in _SHARED)
        )


def _with_bars_joined(words: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--bars" and re.fullmatch(r"-\d.*", word):
            joined[-1] = f"--bars={word}"
        else:
            joined.append(word)
    return joined


def _usage(action: argparse.Action) -> str:
    words = _invocation(action, action.option_strings[:1])
    return words if action.required else f"[{words}]"


def _invocation(action: argparse.Action, names: Sequence[str]) -> str:
    value = _value(action)
    return " ".join(word for word in (", ".join(names), value) if word)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar is not None:
        return str(action.metavar)
    if action.choices is not None:
        return "|".join(str(choice) for choice in action.choices)
    return action.dest.upper()


def _explained(action: argparse.Action) -> str:
    head = "  " + _invocation(action, action.option_strings)
    lines = textwrap.wrap(action.help or "", _WIDTH - _COLUMN)
    if isinstance(action, argparse._SubParsersAction):
        return "\n".join(_pair("  " + name, [help_]) for name, help_ in _sub_verbs(action))
    return _pair(head, lines)


def _pair(head: str, lines: list[str]) -> str:
    if len(head) + 2 > _COLUMN:
        return "\n".join([head, *(" " * _COLUMN + line for line in lines)])
    first, *rest = lines or [""]
    return "\n".join([head.ljust(_COLUMN) + first, *(" " * _COLUMN + line for line in rest)])


def _sub_verbs(action: "argparse._SubParsersAction[VerbParser]") -> list[tuple[str, str]]:
    return [(name, parser.description or "") for name, parser in action.choices.items()]


def add_sub_verbs(parser: VerbParser) -> "argparse._SubParsersAction[VerbParser]":
    """Return where a verb's own sub-verbs are added; one of them has to be given."""
    return parser.add_subparsers(dest="action", required=True, parser_class=VerbParser)


def add_sub_verb(
    actions: "argparse._SubParsersAction[VerbParser]", name: str, description: str, example: str
) -> VerbParser:
    """Add one sub-verb with the flags that all verbs share."""
    parser = actions.add_parser(name, description=description, allow_abbrev=False)
    parser.example = example
    add_common_flags(parser)
    return parser


def add_common_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that every verb takes."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file, reprise.toml")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")


def add_data_flag(parser: argparse.ArgumentParser) -> None:
    """Add the folder of data sets, for the verbs that read them."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder of unpacked data sets (or the variable REPRISE_DATA)",
    )
