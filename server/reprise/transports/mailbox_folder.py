"""One mailbox on disk: who serves it, what came in, what goes out, what is thrown away.

Every file is written under another name and renamed when it is complete; no name is used twice.
"""

import contextlib
import itertools
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from reprise.errors import RepriseError
from reprise.service.messages import Message
from reprise.transports.file_lock import locked
from reprise.transports.mailbox_codec import MAX_REQUEST_BYTES, HalfWrittenError, decode

FOLDER_NAME: Final = Path("Data") / "Reprise"
"""Of the mailbox, in REAPER's resource folder."""
HELLO_NAME: Final = "hello.json"
LOCK_NAME: Final = "server.lock"

MAX_FILES_A_LOOK: Final = 64
MAX_WAITING_FILES: Final = 4096
HALF_WRITTEN_S: Final = 2.0
STALE_S: Final = 60.0
"""After it nobody waits for an answer to a request that no server took."""
ORPHAN_S: Final = 600.0

_REQUEST_NAME: Final = re.compile(r"([0-9A-Za-z-]{1,64})-([0-9]{1,9})(\.cancel)?\.json")


@dataclass(frozen=True, slots=True)
class File:
    """What a folder says of a file.

    Attributes:
        name: Without its folder.
        size: In bytes.
        changed: Seconds since 1970.
    """

    name: str
    size: int
    changed: float


class Disk:
    """The files of the system, in one place so that a test can have a full or a closed disk."""

    def files(self, folder: Path, limit: int) -> list[File]:
        """Return at most so many plain files of a folder; links and folders are left out."""
        with os.scandir(folder) as entries:
            return [file for entry in itertools.islice(entries, limit) for file in _file(entry)]

    def read(self, path: Path, limit: int) -> bytes:
        """Return the content of a file, at most one byte more than the limit."""
        with path.open("rb") as file:
            return file.read(limit + 1)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file so that nobody ever sees half of it; what was there is replaced."""
        fresh = path.with_name(f"{path.name}.tmp")
        try:
            fresh.write_bytes(data)
            fresh.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise

    def remove(self, path: Path) -> None:
        """Remove a file; nothing happens where it has gone."""
        path.unlink(missing_ok=True)

    def exists(self, path: Path) -> bool:
        """Tell whether there is such a file."""
        return path.exists()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, where they are missing."""
        folder.mkdir(parents=True, exist_ok=True)


def _file(entry: "os.DirEntry[str]") -> Iterator[File]:
    # A file may go between its listing and the look at it.
    with contextlib.suppress(OSError):
        if entry.is_file(follow_symlinks=False):
            found = entry.stat(follow_symlinks=False)
            yield File(entry.name, found.st_size, found.st_mtime)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """What the name of a request's file says.

    Attributes:
        client: The text by which one run of a script is told from all others.
        number: Of the request, from the client.
    """

    client: str
    number: int

    def answer(self, number: int) -> str:
        """Return the name of the request's answer file of that number, from 0."""
        return f"{self.client}-{self.number}.{number}.json"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that came in.

    Attributes:
        name: Whose.
        content: Its message, what is wrong with it, or None where it asks for an end.
    """

    name: Name
    content: Message | RepriseError | None


class Mailbox:
    """The folder of one REAPER. Used by one thread, but for `put`.

    Attributes:
        directory: Where it is.
    """

    def __init__(
        self,
        directory: Path,
        *,
        disk: Disk | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Take a folder and a clock of seconds since 1970; nothing is touched yet."""
        self.directory = directory
        self._disk = disk or Disk()
        self._wall = wall
        self._lock: IO[bytes] | None = None
        self._half_written: dict[str, tuple[File, HalfWrittenError]] = {}
        self._taken: OrderedDict[str, None] = OrderedDict()

    @property
    def is_ours(self) -> bool:
        """Whether this server is the one that answers here."""
        return self._lock is not None

    def claim(self) -> bool:
        """Make the folder and take it, unless another server has it; tell whether it is ours.

        Raises:
            OSError: It cannot be written.
        """
        if self._lock is not None:
            return True
        for name in ("in", "out"):
            self._disk.make_folder(self.directory / name)
        file = (self.directory / LOCK_NAME).open("ab")
        if not locked(file):
            file.close()
            return False
        self._lock = file
        return True

    def close(self) -> None:
        """Take the hello away and give the folder back."""
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            self._disk.remove(self.directory / HELLO_NAME)
        self._lock.close()
        self._lock = None

    def say_hello(self, hello: bytes) -> None:
        """Replace the hello.

        Raises:
            OSError: It cannot be written, or a reader on Windows has it open just now.
        """
        self._disk.write(self.directory / HELLO_NAME, hello)

    def put(self, name: str, data: bytes) -> None:
        """Write an answer file; any thread may.

        Raises:
            OSError: The disk is full, or the folder cannot be written.
        """
        self._disk.write(self.directory / "out" / name, data)

    def is_unread(self, name: str) -> bool:
        """Tell whether an answer file is still there."""
        return self._disk.exists(self.directory / "out" / name)

    # ------------------------------------------------------------ what came in

    def arrivals(self) -> list[Arrival]:
        """Take what has come in, requests before the wishes to end them.

        Raises:
            OSError: The folder cannot be read.
        """
        found, strange = [], []
        for file in self._disk.files(self.directory / "in", MAX_WAITING_FILES):
            match = _REQUEST_NAME.fullmatch(file.name)
            if match is None:
                strange.append(file)
            elif file.name not in self._taken:
                found.append((bool(match[3]), Name(match[1], int(match[2])), file))
        # So many that requests might no longer be among the files that are listed.
        limit_s = ORPHAN_S if len(strange) < MAX_WAITING_FILES // 2 else HALF_WRITTEN_S
        for file in strange:
            self._throw_away_after(limit_s, "in", file)
        found.sort(key=lambda each: each[:2])
        taken = [self._take(*each) for each in found[:MAX_FILES_A_LOOK]]
        return [arrival for arrival in taken if arrival is not None]

    def _take(self, is_end: bool, name: Name, file: File) -> Arrival | None:
        if self._wall() - file.changed > STALE_S:
            self._throw_away("in", file)
            return None
        content = None if is_end else self._content(file)
        if isinstance(content, HalfWrittenError) and self._may_grow(file, content):
            return None
        self._half_written.pop(file.name, None)
        try:
            self._disk.remove(self.directory / "in" / file.name)
        except OSError:
            self._remember(file.name)
        return Arrival(name, content)

    def _content(self, file: File) -> Message | RepriseError:
        seen, error = self._half_written.get(file.name, (None, None))
        if error is not None and seen == file:
            return error
        try:
            return decode(self._disk.read(self.directory / "in" / file.name, MAX_REQUEST_BYTES))
        except RepriseError as wrong:
            return wrong
        except OSError as wrong:
            return HalfWrittenError(f"the request's file cannot be read ({wrong.strerror})")

    def _may_grow(self, file: File, error: HalfWrittenError) -> bool:
        if abs(self._wall() - file.changed) > HALF_WRITTEN_S:
            return False
        if len(self._half_written) > MAX_FILES_A_LOOK:
            self._half_written.clear()
        # A new one, because the old one's traceback holds all that was read.
        self._half_written[file.name] = (file, HalfWrittenError(str(error)))
        return True

    def _remember(self, name: str) -> None:
        self._taken[name] = None
        if len(self._taken) > MAX_WAITING_FILES:
            self._taken.popitem(last=False)

    # ------------------------------------------------------------ what nobody wants

    def tidy(self) -> None:
        """Throw away answers that nobody has fetched for ten minutes, and the oldest of too many.

        Raises:
            OSError: The folder cannot be read.
        """
        files = self._disk.files(self.directory / "out", 4 * MAX_WAITING_FILES)
        files.sort(key=lambda file: file.changed)
        surplus = max(0, len(files) - MAX_WAITING_FILES)
        for file in files[:surplus]:
            self._throw_away("out", file)
        for file in files[surplus:]:
            self._throw_away_after(ORPHAN_S, "out", file)

    def _throw_away_after(self, limit_s: float, folder: str, file: File) -> None:
        if self._wall() - file.changed > limit_s:
            self._throw_away(folder, file)

    def _throw_away(self, folder: str, file: File) -> None:
        # What cannot be removed now is met again at the next look.
        with contextlib.suppress(OSError):
            self._disk.remove(self.directory / folder / file.name)
