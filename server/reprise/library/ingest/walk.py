"""Which files of a folder are read: every entry once, in a fixed order, whatever links do.

Folders and files are told apart by what they are on the disk, not by their names, so that links,
loops of links and second names lead to nothing twice. Real folders come before what links lead to.
"""

import os
import re
import stat
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.pieces import Reject


class Kind(StrEnum):
    """What a file is read as; its name decides only that it is looked at."""

    MIDI = "MIDI file"
    LIVE = "Live set"
    REAPER = "REAPER project"
    MUSICXML = "MusicXML"
    PACKED_MUSICXML = "packed MusicXML"
    ARCHIVE = "zip archive"


KINDS: Final = MappingProxyType(
    {
        ".mid": Kind.MIDI,
        ".midi": Kind.MIDI,
        ".kar": Kind.MIDI,
        ".rmi": Kind.MIDI,
        ".als": Kind.LIVE,
        ".alc": Kind.LIVE,
        ".rpp": Kind.REAPER,
        ".musicxml": Kind.MUSICXML,
        ".mxl": Kind.PACKED_MUSICXML,
        ".zip": Kind.ARCHIVE,
    }
)
_SYSTEM_FOLDERS: Final = frozenset({"__MACOSX"})
_LIVE_BACKUP: Final = re.compile(r" \[\d{4}-\d{2}-\d{2} \d{6}\]\.als$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that is worth reading.

    Attributes:
        path: Where it is.
        name: Its path below the folder that was searched, fit to be shown.
        kind: What it is read as.
    """

    path: Path
    name: str
    kind: Kind


def walk(folder: Path) -> Iterator[FoundFile | Reject]:
    """Yield every file below a folder, or the file itself: to be read, or why it is not."""
    yield from _Walk(folder).found()


def shown(name: str) -> str:
    """Return a name that terminals and UTF-8 files can take: no control characters, no torn bytes.

    Accents are put together as most systems write them; macOS takes them apart.
    """
    whole = unicodedata.normalize("NFC", name)
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_unfit(sign) else sign for sign in whole)


def kind_of(name: str) -> Kind:
    """Return what a file is read as by its path with "/".

    Raises:
        RefusedError: It is not looked at.
    """
    folders = name.split("/")
    base = folders[-1]
    suffix = PurePosixPath(base).suffix.lower()
    if base.startswith("._") or _SYSTEM_FOLDERS.intersection(folders):
        raise RefusedError(Reason.SYSTEM_FILE, "macOS keeps icons and tags in it")
    if suffix == ".rpp-bak" or _LIVE_BACKUP.search(base):
        raise RefusedError(Reason.BACKUP, "the project that it was made of is read instead")
    if suffix not in KINDS:
        raise RefusedError(Reason.OTHER_KIND, suffix or "no ending")
    return KINDS[suffix]


def _is_unfit(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in _TURNING


_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing, by which one name can look like another."""


class _Walk:
    def __init__(self, top: Path) -> None:
        self._top = top
        self._seen: set[tuple[int, int] | str] = set()
        self._links: deque[Path] = deque()

    def found(self) -> Iterator[FoundFile | Reject]:
        yield from self._looked_at(self._top)
        while self._links:
            yield from self._looked_at(self._links.popleft())

    def _looked_at(self, path: Path) -> Iterator[FoundFile | Reject]:
        """Yield what a path leads to, links followed."""
        try:
            status = path.stat()
        except FileNotFoundError:
            yield Reject(self._name(path), Reason.NO_TARGET, "what it led to is gone")
        except (OSError, ValueError) as error:
            yield self._unreadable(path, error)
        else:
            if stat.S_ISDIR(status.st_mode):
                yield from self._tree(path, status)
            else:
                yield self._file(path, status)

    def _tree(self, top: Path, status: os.stat_result) -> Iterator[FoundFile | Reject]:
        if self._is_known(top, status):
            yield Reject(self._name(top), Reason.READ_ALREADY, "a link to a folder")
            return
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                entries = _entries(folder)
            except OSError as error:
                yield self._unreadable(folder, error)
                continue
            inner: list[Path] = []
            for path, is_link, is_folder in entries:
                if is_link:
                    self._links.append(path)
                elif is_folder:
                    inner.append(path)
                else:
                    yield self._wanted(path)
            waiting += [path for path in reversed(inner) if self._is_new_folder(path)]

    def _is_new_folder(self, path: Path) -> bool:
        """Tell whether a folder was not met before; one that cannot be asked is tried."""
        try:
            return not self._is_known(path, path.stat())
        except OSError:
            return True

    def _wanted(self, path: Path) -> FoundFile | Reject:
        try:
            kind_of(self._name(path))
            return self._file(path, path.stat())
        except RefusedError as refused:
            return refused.reject(self._name(path))
        except OSError as error:
            return self._unreadable(path, error)

    def _file(self, path: Path, status: os.stat_result) -> FoundFile | Reject:
        name = self._name(path)
        try:
            kind = kind_of(name)
        except RefusedError as refused:
            return refused.reject(name)
        if not stat.S_ISREG(status.st_mode):
            return Reject(name, Reason.SPECIAL, "a device, a pipe or a socket")
        if self._is_known(path, status):
            return Reject(name, Reason.READ_ALREADY, "a link to a file")
        return FoundFile(path, name, kind)

    def _is_known(self, path: Path, status: os.stat_result) -> bool:
        """Tell whether a folder or file was met before, and remember it."""
        # Some network and memory-stick file systems number nothing.
        mark = (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False

    def _name(self, path: Path) -> str:
        below = path.name if path == self._top else path.relative_to(self._top).as_posix()
        return shown(below)

    def _unreadable(self, path: Path, error: OSError | ValueError) -> Reject:
        said = getattr(error, "strerror", None) or "its path is none"
        return Reject(self._name(path), Reason.NOT_READABLE, f"the system says: {said}")


def _entries(folder: Path) -> list[tuple[Path, bool, bool]]:
    """Return path, is a link, is a folder of everything in a folder, by name."""
    with os.scandir(folder) as found:
        entries = [
            (folder / entry.name, entry.is_symlink(), entry.is_dir(follow_symlinks=False))
            for entry in found
        ]
    return sorted(entries)
