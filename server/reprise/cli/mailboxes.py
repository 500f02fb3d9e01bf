"""Mailboxes as the command line serves and shows them: of this user, and of the settings."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from reprise import __version__
from reprise.cli.checks import Check
from reprise.cli.own_server import start_command
from reprise.config import ServerConfig
from reprise.errors import MissingDataError
from reprise.service.service import Service
from reprise.transports.mailbox import MailboxServer
from reprise.transports.mailbox_places import Registry, mailbox_of, read_hello, resource_folders


def found_folders() -> list[Path]:
    """Return the resource folder of every REAPER of this user that can be found."""
    home = Path.home()
    return [*resource_folders(sys.platform, os.environ, home), *Registry(home).resource_folders()]


def mailboxes_of(folders: Sequence[Path]) -> list[Path]:
    """Return the mailboxes of those resource folders that are there, each once."""
    there = (folder.resolve() for folder in folders if folder.is_dir())
    return [mailbox_of(folder) for folder in dict.fromkeys(there)]


def _check_named(folders: Sequence[Path]) -> None:
    for folder in folders:
        if not folder.is_dir():
            raise MissingDataError(
                f"there is no folder {folder}; REAPER shows its resource folder with the action "
                "'Show REAPER resource path in explorer/finder'"
            )


def mailbox_server(
    service: Service, settings: ServerConfig, *, is_beside: bool, flags: Sequence[str]
) -> MailboxServer:
    """Return the server of all mailboxes, not started yet.

    Args:
        service: What answers.
        settings: With the resource folders that the user named.
        is_beside: A server beside the user's own: it serves what was named and tells nobody.
        flags: With which the server is started again.

    Raises:
        MissingDataError: A folder that was named is not there.
    """
    named = settings.reaper_directories
    _check_named(named)
    command = [*start_command(), *flags]
    if is_beside:
        return MailboxServer(service, lambda: mailboxes_of(named), command=command)
    registry = Registry(Path.home())

    def tell(served: Sequence[Path]) -> None:
        registry.tell(__version__, command, served)

    def find() -> list[Path]:
        return mailboxes_of([*named, *found_folders()])

    tell(())
    return MailboxServer(service, find, command=command, tell=tell)


def known_mailboxes(settings: ServerConfig) -> list[Path]:
    """Return the mailboxes that a server serves, or would serve."""
    found = mailboxes_of([*settings.reaper_directories, *found_folders()])
    told = [path for path in Registry(Path.home()).served() if path.is_dir()]
    return list(dict.fromkeys([*found, *told]))


def served_by(pid: int, settings: ServerConfig) -> list[Path]:
    """Return the mailboxes in which a server has said hello last."""
    return [path for path in known_mailboxes(settings) if _owner(path) == pid]


def _owner(mailbox: Path) -> object:
    return (read_hello(mailbox) or {}).get("pid")


def check_mailboxes(settings: ServerConfig, pid: int | None) -> list[Check]:
    """Tell for each REAPER that was found whether its scripts can reach the server.

    Args:
        settings: With the resource folders that the user named.
        pid: Of the server that runs, None where none does.
    """
    mailboxes = known_mailboxes(settings)
    if not mailboxes:
        finding = "none was found; name a portable one: reprise start --reaper-dir DIR"
        return [Check("reaper", is_ok=True, finding=finding, is_essential=False)]
    return [_mailbox(path, pid) for path in mailboxes]


def _mailbox(mailbox: Path, pid: int | None) -> Check:
    if not mailbox.is_dir():
        finding = f"no server has been at {mailbox} yet"
        return Check("reaper", is_ok=True, finding=finding, is_essential=False)
    try:
        with tempfile.TemporaryFile(dir=mailbox) as file:
            file.write(b"reprise")
    except OSError as error:
        return Check(
            "reaper",
            is_ok=False,
            finding=f"the mailbox {mailbox} cannot be written ({error.strerror})",
            advice="make the folder writable, or free some of the disk",
            is_essential=False,
        )
    owner = _owner(mailbox)
    if pid is not None and owner == pid:
        finding = f"served at {mailbox}"
    elif owner is None:
        finding = f"found at {mailbox}; no server serves it just now"
    else:
        finding = f"found at {mailbox}; served last by process {owner}"
    return Check("reaper", is_ok=True, finding=finding, is_essential=False)
