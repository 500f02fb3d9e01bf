"""`reprise doctor`: checks everything that Reprise needs and says what to do."""

import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from reprise.cli import checks
from reprise.cli.answer import Answer
from reprise.cli.checks import Check
from reprise.cli.greeting import greet
from reprise.cli.instance import find_running
from reprise.cli.mailboxes import check_mailboxes
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.settings import read_settings
from reprise.cli.verbs.start import LOG_NAME
from reprise.config import ServerConfig
from reprise.engines.registry import Registry
from reprise.errors import HistoryError
from reprise.service.history import Filter, History

EXAMPLE = "reprise doctor"


def add_arguments(parser: VerbParser) -> None:
    """Add the common flags."""
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Look at everything; exit code 1 where something essential fails."""
    settings = read_settings(arguments)
    found = [
        checks.check_python(),
        checks.check_onnxruntime(),
        *checks.check_models(),
        *_engines(Registry.installed()),
        checks.check_ports(settings.ports, _version_at),
        _server(settings.data_directory),
        checks.check_folder(settings.data_directory),
        checks.check_disk(settings.data_directory),
        _history(settings.data_directory),
        *_mailboxes(settings),
        checks.check_virtual_midi(),
        checks.check_gpu(),
        checks.check_torch(),
    ]
    return report(found)


def report(found: Sequence[Check]) -> Answer:
    """Return all findings, a mark and a line each, with what to do."""
    is_well = all(check.is_ok for check in found if check.is_essential)
    width = max(len(check.name) for check in found)
    lines = [line for check in found for line in _lines(check, width)]
    lines += [
        "",
        "All is well." if is_well else "What is marked with a cross keeps it from working.",
    ]
    data: dict[str, object] = {"ok": is_well, "checks": [asdict(check) for check in found]}
    return Answer(data, "\n".join(lines), exit_code=0 if is_well else 1)


def _lines(check: Check, width: int) -> list[str]:
    line = f"{_mark(check)} {check.name.ljust(width)}  {check.finding}"
    return [line, f"{' ' * (width + 4)}-> {check.advice}"] if check.advice else [line]


def _mark(check: Check) -> str:
    try:
        "✓✗".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "+" if check.is_ok else "x" if check.is_essential else "-"
    return "✓" if check.is_ok else "✗" if check.is_essential else "!"


def _version_at(port: int) -> str | None:
    welcome = greet(port)
    return None if welcome is None else str(welcome["server_version"])


def _engines(registry: Registry) -> list[Check]:
    listings = registry.infos()
    if not listings:
        advice = "Reprise runs from a folder without being installed: pip install -e ."
        return [Check("engines", is_ok=False, finding="none are installed", advice=advice)]
    return [
        Check(
            f"engine {listing.info.name}",
            is_ok=not listing.problem,
            finding=listing.problem or (listing.info.summary or listing.info.title),
            advice="choose another engine, or install its package again" if listing.problem else "",
            is_essential=False,
        )
        for listing in listings
    ]


def _server(state: Path) -> Check:
    running = find_running(state)
    what = "not running; reprise start runs it in the background"
    if running is not None:
        what = f"running, process {running.pid}, UDP port {running.port}"
    log = state / LOG_NAME
    shown = f"{what}; log: {log}" if log.exists() else what
    return Check("server", is_ok=True, finding=shown, is_essential=False)


def _mailboxes(settings: ServerConfig) -> list[Check]:
    running = find_running(settings.data_directory)
    return check_mailboxes(settings, None if running is None else running.pid)


def _history(state: Path) -> Check:
    history = History(state, clock=time.time)
    try:
        history.entries(Filter(limit=1))
        used = history.used_bytes()
    except HistoryError as error:
        advice = f"move {history.path} away; a fresh history is made, nothing in it is touched"
        return Check("history", is_ok=False, finding=str(error), advice=advice)
    finally:
        history.close()
    return Check("history", is_ok=True, finding=f"sound, {used / 1e6:.1f} MB")
