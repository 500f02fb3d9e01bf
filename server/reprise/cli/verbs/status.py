"""`reprise status`: whether a server runs, and what it is doing."""

from argparse import Namespace

from reprise.cli.answer import Answer
from reprise.cli.greeting import status_of
from reprise.cli.instance import Running, find_running
from reprise.cli.mailboxes import served_by
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.progress import duration
from reprise.cli.settings import read_settings

EXAMPLE = "reprise status"


def add_arguments(parser: VerbParser) -> None:
    """Add the common flags."""
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Ask the server; exit code 1 where none runs."""
    settings = read_settings(arguments)
    running = find_running(settings.data_directory)
    if running is None:
        text = "No server is running; start one with: reprise start"
        return Answer({"running": False}, text, exit_code=1)
    return _described(running, [str(path) for path in served_by(running.pid, settings)])


def _described(running: Running, mailboxes: list[str]) -> Answer:
    where = f"process {running.pid}, UDP port {running.port}"
    data: dict[str, object] = {"running": True, "pid": running.pid, "port": running.port}
    status = status_of(running.port)
    if status is None:
        text = f"A server is there ({where}) but does not answer; end it with: reprise stop"
        return Answer({**data, "answers": False}, text, exit_code=1)
    counts = ", ".join(f"{status[name]} {name}" for name in ("sessions", "queued", "running"))
    text = (
        f"Reprise {status['server_version']} has been running for {duration(status['uptime_s'])} "
        f"({where}): {counts}, {status['answered']} answered, {status['dropped']} dropped."
    )
    log = f"\nLog: {running.log}" if running.log else ""
    reaper = f"\nREAPER: {', '.join(mailboxes)}" if mailboxes else ""
    jobs = {"jobs_running": status.pop("running")}
    places = {"mailboxes": mailboxes, "log": running.log}
    return Answer({**data, "answers": True, **status, **jobs, **places}, text + reaper + log)
