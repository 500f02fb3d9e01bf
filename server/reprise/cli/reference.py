"""`docs/cli.md`, made from the help of every verb: `python -m reprise.cli.reference FILE`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from reprise.cli.main import VERBS, overview, parser_for
from reprise.cli.parser import VerbParser

_HEAD = """\
# The command line

This page is made from the help of each verb by `python -m reprise.cli.reference docs/cli.md`.

* Exit codes: 0 all is well, 1 it failed, 2 it was asked wrongly, 130 it was interrupted.
* An error is one sentence on stderr; with `--json` also `{"error": {"code", "sentence"}}` on
  stdout, with the code of the protocol's errors. `--debug` shows where it came from.
* `--json` prints exactly one object on stdout. Progress goes to stderr, and only to a terminal.
* Settings come from defaults, then `reprise.toml`, then `REPRISE_*`, then flags. Unknown keys
  are errors.
* Tracks and voices are counted from 1 in file order, bars from 0.
* Everything in a file that a verb was not asked to change is identical in the answer, to the tick.
"""


def markdown() -> str:
    """Return the whole page."""
    parts = [_HEAD, _block(overview())]
    for verb in VERBS:
        parser = parser_for(verb)
        parts.append(f"## reprise {verb}\n\n{_block(parser.format_help())}")
        parts += [_block(child.format_help()) for child in _descendants(parser)]
    return "\n".join(parts)


def _descendants(parser: VerbParser) -> Iterator[VerbParser]:
    for child in parser.children():
        yield child
        yield from _descendants(child)


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(markdown(), encoding="utf-8", newline="\n")
