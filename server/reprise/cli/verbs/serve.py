"""`reprise serve`: runs the server here until Ctrl-C."""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from reprise import __version__
from reprise.cli.hosting import hosted_service
from reprise.cli.instance import InstanceLock, Running
from reprise.cli.mailboxes import mailbox_server
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.settings import read_settings
from reprise.config import ServerConfig
from reprise.errors import InvalidRequestError
from reprise.service.priority import answer_promptly, lower_session
from reprise.transports.osc import OscServer

EXAMPLE = "reprise serve --port 17765"

_LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TICK_S: Final = 0.5


def add_arguments(parser: VerbParser) -> None:
    """Add the port, and what programs need that start a server of their own."""
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help="UDP port on loopback, 0 for any free one (default: the first free of the settings)",
    )
    parser.add_argument(
        "--beside",
        action="store_true",
        help="run beside the one server of this user; for tests and demos",
    )
    parser.add_argument(
        "--attended",
        action="store_true",
        help="end when standard input closes; for programs that start their own server",
    )
    add_reaper_flag(parser)
    parser.add_argument("--log", default="", metavar="FILE", help="where the log goes, for status")
    add_common_flags(parser)


def add_reaper_flag(parser: VerbParser) -> None:
    """Add the resource folders of REAPER that are not found by themselves."""
    parser.add_argument(
        "--reaper-dir",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="resource folder of a REAPER to serve besides those that are found; may be repeated",
    )


def run(arguments: Namespace) -> None:
    """Serve until a signal, Ctrl-C or the end of standard input.

    Raises:
        AlreadyRunningError: Another server of this user runs.
        PortTakenError: Another program has the port.
        MissingDataError: A resource folder that was named is not there.
    """
    settings = _settings(arguments)
    logging.basicConfig(level=settings.log_level.upper(), format=_LOG_FORMAT)
    lower_session()
    answer_promptly()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    if arguments.attended:
        threading.Thread(target=_watch_input, args=(ended,), daemon=True).start()
    with contextlib.ExitStack() as stack:
        lock = None if arguments.beside else InstanceLock(settings.data_directory)
        if lock is not None:
            stack.enter_context(lock)
        service = stack.enter_context(hosted_service(settings))
        server = stack.enter_context(OscServer(service, _ports(arguments.port, settings)))
        flags = restart_flags(arguments)
        stack.enter_context(
            mailbox_server(service, settings, is_beside=arguments.beside, flags=flags)
        )
        # Jobs end with a word to their clients, so before the wire goes.
        stack.callback(service.close)
        running = Running(os.getpid(), server.port, __version__, arguments.log)
        if lock is not None:
            lock.tell(running)
        _announce(running, as_json=arguments.json)
        _wait(ended)


def _settings(arguments: Namespace) -> ServerConfig:
    settings = read_settings(arguments)
    named = tuple(folder.expanduser() for folder in arguments.reaper_dir)
    return replace(settings, reaper_directories=(*settings.reaper_directories, *named))


def restart_flags(arguments: Namespace) -> list[str]:
    """Return the flags with which a server in the background is as this one."""
    flags = [] if arguments.port is None else ["--port", str(arguments.port)]
    flags += [] if arguments.config is None else ["--config", str(arguments.config.absolute())]
    for folder in arguments.reaper_dir:
        flags += ["--reaper-dir", str(folder.absolute())]
    return flags


def _ports(port: int | None, settings: ServerConfig) -> Sequence[int]:
    if port is None:
        return settings.ports
    if not 0 <= port <= 65535:
        raise InvalidRequestError(f"--port must be 0 to 65535, got {port}; 0 takes any free one")
    return (port,)


def _announce(running: Running, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"pid": running.pid, "port": running.port}), flush=True)
        return
    print(
        f"Reprise {running.version} listens on UDP port {running.port} of this computer; "
        "Ctrl-C ends it",
        flush=True,
    )


def _watch_input(ended: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    ended.set()


def _wait(ended: threading.Event) -> None:
    # Windows does not let Ctrl-C through to a wait without an end.
    with contextlib.suppress(KeyboardInterrupt):
        while not ended.wait(_TICK_S):
            pass
