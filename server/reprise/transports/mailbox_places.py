"""Where REAPER keeps its things on three systems, and the registry for portable installs.

A script that runs in a portable REAPER writes its resource folder to a file of its own in
`~/.reprise/mailboxes`; the server writes to `~/.reprise/mailboxes.json` how it is started, because
a program with windows has no shell that could find it.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from reprise.transports.mailbox_codec import dumped
from reprise.transports.mailbox_folder import FOLDER_NAME, HELLO_NAME, Disk

_LOG = logging.getLogger(__name__)

MAX_ENTRIES: Final = 64
MAX_ENTRY_BYTES: Final = 4096
MAX_NOTE_BYTES: Final = 65_536

_NAME: Final = ".reprise"


def resource_folders(system: str, environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return where REAPER's resource folder may be when it was installed in the usual way.

    Args:
        system: As `sys.platform` says it.
        environ: Such as `os.environ`.
        home: The user's folder.
    """
    if system == "win32":
        roaming = environ.get("APPDATA")
        return [(Path(roaming) if roaming else home / "AppData" / "Roaming") / "REAPER"]
    if system == "darwin":
        return [home / "Library" / "Application Support" / "REAPER"]
    configured = environ.get("XDG_CONFIG_HOME")
    usual = home / ".config" / "REAPER"
    return [Path(configured) / "REAPER", usual] if configured else [usual]


def mailbox_of(resource_folder: Path) -> Path:
    """Return the mailbox of a resource folder."""
    return resource_folder / FOLDER_NAME


class Registry:
    """What scripts and server tell each other in the user's folder."""

    def __init__(self, home: Path, disk: Disk | None = None) -> None:
        """Take the user's folder; nothing is touched yet."""
        self._folder = home / _NAME / "mailboxes"
        self._note = home / _NAME / "mailboxes.json"
        self._disk = disk or Disk()

    def resource_folders(self) -> list[Path]:
        """Return the resource folders that scripts have told of and that are there."""
        try:
            files = self._disk.files(self._folder, MAX_ENTRIES)
        except OSError:
            return []
        names = sorted(file.name for file in files if file.name.endswith(".json"))
        found = (self._told_by(name) for name in names)
        return [folder for folder in found if folder is not None and folder.is_dir()]

    def _told_by(self, name: str) -> Path | None:
        told = _read_object(self._disk, self._folder / name, MAX_ENTRY_BYTES) or {}
        text = told.get("resource_dir")
        if not isinstance(text, str):
            return None
        folder = Path(text)
        return folder if folder.is_absolute() and "\0" not in str(folder) else None

    def tell(self, version: str, command: Sequence[str], served: Sequence[Path]) -> None:
        """Write how to start the server and which mailboxes it serves; a failure goes to the log.

        Args:
            version: Of the package.
            command: Interpreter and arguments that start the server in the background.
            served: Folders of mailboxes.
        """
        told = {
            "server_version": version,
            "command": list(command),
            "mailboxes": [str(path) for path in served],
        }
        try:
            self._disk.make_folder(self._folder)
            self._disk.write(self._note, dumped(told))
        except OSError as error:
            _LOG.warning("%s cannot be written: %s", self._note, error)

    def served(self) -> list[Path]:
        """Return the mailboxes that a server said last that it serves."""
        told = _read_object(self._disk, self._note, MAX_NOTE_BYTES) or {}
        mailboxes = told.get("mailboxes")
        if not isinstance(mailboxes, list):
            return []
        return [Path(path) for path in mailboxes if isinstance(path, str)]


def read_hello(mailbox: Path) -> dict[str, Any] | None:
    """Return what a server last said of itself in a mailbox, None where there is nothing."""
    return _read_object(Disk(), mailbox / HELLO_NAME, MAX_NOTE_BYTES)


def _read_object(disk: Disk, path: Path, limit: int) -> dict[str, Any] | None:
    """Return the JSON object in a file, None where there is no such thing."""
    try:
        found = json.loads(disk.read(path, limit))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
