"""Mailboxes as the command line serves them: those of this user and those of the settings."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from reprise import __version__
from reprise.cli.own_server import start_command
from reprise.config import ServerConfig
from reprise.errors import MissingDataError
from reprise.service.service import Service
from reprise.transports.mailbox import MailboxServer
from reprise.transports.mailbox_places import Registry, mailbox_of, resource_folders


def found_mailboxes() -> list[Path]:
    """Return the mailboxes of every REAPER of this user that can be found."""
    home = Path.home()
    usual = resource_folders(sys.platform, os.environ, home)
    there = [folder for folder in usual if folder.is_dir()]
    folders = [*there, *Registry(home).resource_folders()]
    return list(dict.fromkeys(mailbox_of(folder.resolve()) for folder in folders))


def named_mailboxes(folders: Sequence[Path]) -> list[Path]:
    """Return the mailboxes of resource folders that the user named.

    Raises:
        MissingDataError: One of them is not there.
    """
    for folder in folders:
        if not folder.is_dir():
            raise MissingDataError(
                f"there is no folder {folder}; REAPER shows its resource folder with the action "
                "'Show REAPER resource path in explorer/finder'"
            )
    return [mailbox_of(folder.resolve()) for folder in folders]


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
    named = named_mailboxes(settings.reaper_directories)
    command = [*start_command(), *flags]
    if is_beside:
        return MailboxServer(service, lambda: named, command=command)
    registry = Registry(Path.home())

    def tell(served: Sequence[Path]) -> None:
        registry.tell(__version__, command, served)

    tell(())
    find: Callable[[], list[Path]] = lambda: [*named, *found_mailboxes()]  # noqa: E731
    return MailboxServer(service, find, command=command, tell=tell)
