"""`reprise history`: find earlier answers and bring them back; needs no server and no engine."""

import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer, table
from reprise.cli.output import check_writable, write_new
from reprise.cli.parser import VerbParser, add_sub_verb, add_sub_verbs
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.music.smf_write import write_score
from reprise.service.history import Filter, History, Saved
from reprise.service.history_file import export_history, import_history
from reprise.service.messages import HistoryEntry

EXAMPLE = "reprise history get 7F3K2M -o again.mid"

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_arguments(parser: VerbParser) -> None:
    """Add list, find, get, star, unstar, export, import and clear."""
    parser.default_action = "list"
    actions = add_sub_verbs(parser)
    listed = add_sub_verb(
        actions, "list", "List the newest answers.", "reprise history list --limit 50"
    )
    _add_limit(listed)
    find = add_sub_verb(
        actions, "find", "Find answers by clip, project or time.", "reprise history find --since 2d"
    )
    find.add_argument("--clip", default="", metavar="TEXT", help="a part of the clip's name")
    find.add_argument("--project", default="", metavar="NAME", help="the project's name")
    find.add_argument(
        "--since", metavar="WHEN", help="a date such as 2026-11-21, or 90m, 5h, 2d, 1w ago"
    )
    find.add_argument("--starred", action="store_true", help="starred ones only")
    _add_limit(find)
    get = add_sub_verb(actions, "get", "Bring an answer back by its id.", EXAMPLE)
    _add_id(get)
    get.add_argument("-o", "--output", type=Path, metavar="FILE.mid", help="file for its music")
    get.add_argument("--force", action="store_true", help="replace a file that exists already")
    for action, what in (("star", "Keep an answer for good."), ("unstar", "Take its star off.")):
        _add_id(add_sub_verb(actions, action, what, f"reprise history {action} 7F3K2M"))
    export = add_sub_verb(
        actions, "export", "Write all of it into one file.", "reprise history export all.jsonl"
    )
    export.add_argument("file", type=Path, metavar="FILE", help="file to write")
    export.add_argument("--force", action="store_true", help="replace a file that exists already")
    import_ = add_sub_verb(
        actions, "import", "Add what an exported file holds.", "reprise history import all.jsonl"
    )
    import_.add_argument("file", type=Path, metavar="FILE", help="file to read")
    clear = add_sub_verb(
        actions, "clear", "Remove all answers without a star.", "reprise history clear --yes"
    )
    clear.add_argument("--starred-too", action="store_true", help="remove the starred ones too")
    clear.add_argument("--yes", action="store_true", help="do not ask whether it is meant")


def run(arguments: Namespace) -> Answer:
    """Do what the sub-verb says."""
    settings = read_settings(arguments)
    history = History(settings.data_directory, clock=time.time, limit_mb=settings.history_limit_mb)
    try:
        return _ACTIONS[arguments.action](history, arguments)
    finally:
        history.close()


def seconds_from_when(when: str | None, now: float) -> float:
    """Return seconds since 1970 for a date, a date and time, or a time ago such as 2d.

    Raises:
        InvalidRequestError: It is none of them.
    """
    if when is None:
        return 0.0
    ago = re.fullmatch(r"(\d{1,6})([mhdw])", when.strip())
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds()
    try:
        return datetime.fromisoformat(when).timestamp()
    except ValueError:
        raise InvalidRequestError(
            f"--since takes a date such as 2026-11-21 or a time ago such as 90m, 5h, 2d or 1w, "
            f"got {when!r}"
        ) from None


def _list(history: History, arguments: Namespace) -> Answer:
    return _entries(history.entries(Filter(limit=_limit(arguments))))


def _find(history: History, arguments: Namespace) -> Answer:
    wanted = Filter(
        project=arguments.project,
        clip_name=arguments.clip,
        since=seconds_from_when(arguments.since, time.time()),
        is_starred=arguments.starred,
        limit=_limit(arguments),
    )
    return _entries(history.entries(wanted))


def _get(history: History, arguments: Namespace) -> Answer:
    saved = history.get(arguments.id)
    file = None if arguments.output is None else str(_written(saved, arguments))
    result = saved.result
    facts: dict[str, object] = {
        **asdict(saved.entry),
        "file": file,
        "model": result.model,
        "model_hash": result.model_hash,
        "kept_notes": len(result.kept),
        "new_notes": sum(len(notes) for notes in result.new_notes),
        "length_beats": result.length,
        "parent": result.parent,
    }
    text = _entries((saved.entry,)).text
    return Answer(facts, f"{text}\n{file} written" if file else text)


def _written(saved: Saved, arguments: Namespace) -> Path:
    path: Path = arguments.output
    write_new(path, write_score(saved.score), may_replace=arguments.force)
    return path


def _star(history: History, arguments: Namespace) -> Answer:
    entry = history.set_star(arguments.id, is_starred=arguments.action == "star")
    return _entries((entry,))


def _export(history: History, arguments: Namespace) -> Answer:
    check_writable(arguments.file, may_replace=arguments.force)
    count = export_history(history, arguments.file)
    data: dict[str, object] = {"results": count, "file": str(arguments.file)}
    return Answer(data, f"{count} answers written to {arguments.file}")


def _import(history: History, arguments: Namespace) -> Answer:
    count = import_history(history, arguments.file)
    return Answer({"added": count}, f"{count} answers added; those that were here already stay")


def _clear(history: History, arguments: Namespace) -> Answer:
    what = "all answers" if arguments.starred_too else "all answers without a star"
    if not arguments.yes and not _is_meant(what):
        return Answer({"removed": 0}, "Nothing was removed.")
    removed = history.clear(keeps_starred=not arguments.starred_too)
    return Answer({"removed": removed}, f"{removed} answers removed")


def _is_meant(what: str) -> bool:
    if not sys.stdin.isatty():
        raise InvalidRequestError(
            f"this removes {what} for good, and nobody is here to confirm it; add --yes"
        )
    print(f"This removes {what} for good. Type yes to go on: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() == "yes"


def _entries(entries: tuple[HistoryEntry, ...]) -> Answer:
    rows = [
        (
            ("* " if entry.is_starred else "  ") + entry.result_id,
            datetime.fromtimestamp(entry.created).strftime("%Y-%m-%d %H:%M"),
            entry.verb,
            entry.engine,
            entry.seed,
            entry.note_count,
            entry.clip_name,
            entry.project,
        )
        for entry in entries
    ]
    head = ("  id", "when", "verb", "engine", "seed", "notes", "clip", "project")
    text = table(head, rows) if rows else "The history has no such answers."
    return Answer({"entries": [asdict(entry) for entry in entries]}, text)


def _add_limit(parser: VerbParser) -> None:
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help="at most so many (default 20)"
    )


def _limit(arguments: Namespace) -> int:
    if arguments.limit < 1:
        raise InvalidRequestError(f"--limit must be 1 or more, got {arguments.limit}")
    return int(arguments.limit)


def _add_id(parser: VerbParser) -> None:
    parser.add_argument("id", metavar="ID", help="the answer's id, such as 7F3K2M")


_ACTIONS: Final[dict[str, Callable[[History, Namespace], Answer]]] = {
    "list": _list,
    "find": _find,
    "get": _get,
    "star": _star,
    "unstar": _star,
    "export": _export,
    "import": _import,
    "clear": _clear,
}
