"""Files opened to be read, with a limit, and noticed when they change meanwhile."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.limits import CHUNK_BYTES


class Readable(Protocol):
    """What bytes can be read from: a file, or a member of an archive."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class Measured:
    """A stream that is never read further than allowed, and that knows the hash of what it gave.

    Args:
        stream: Where the bytes come from.
        limit: The most bytes that it may give.
        reason: What is said of a stream that has more.
    """

    def __init__(self, stream: Readable, limit: int, reason: Reason = Reason.TOO_LARGE) -> None:
        self._stream = stream
        self._limit = limit
        self._reason = reason
        self._hash = hashlib.sha256()
        self.count = 0

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end.

        Raises:
            RefusedError: There are more than the limit.
        """
        data = self._stream.read(size)
        self.count += len(data)
        if self.count > self._limit:
            raise RefusedError(
                self._reason,
                f"at most {self._limit:,} bytes of such a file are read; export less at once",
            )
        self._hash.update(data)
        return data

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes in pieces."""
        while data := self.read(CHUNK_BYTES):
            yield data

    def all(self) -> bytes:
        """Return all bytes."""
        return b"".join(self.chunks())

    def digest(self) -> str:
        """Read to the end and return the SHA-256 of all bytes in hexadecimal."""
        for _ in self.chunks():
            pass
        return self._hash.hexdigest()


@contextmanager
def unchanged(path: Path) -> Iterator[BinaryIO]:
    """Open a file, and notice at the end whether it is still what was opened.

    A program that writes as many bytes as before within one tick of the file system's clock is not
    noticed.

    Raises:
        RefusedError: It is no ordinary file or empty, or it changed; that is then the reason for
            any other mistake that was found in it.
        OSError: It cannot be opened or read.
    """
    # Opening a pipe would wait for its other end.
    if not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError(Reason.SPECIAL, "a device, a pipe or a socket")
    with path.open("rb") as stream:
        before = os.fstat(stream.fileno())
        try:
            _check_holds_something(before)
            yield stream
        except Exception:
            _check_same(path, before, stream)
            raise
        _check_same(path, before, stream)


def _check_holds_something(status: os.stat_result) -> None:
    if status.st_size == 0:
        raise RefusedError(Reason.EMPTY_FILE, "it has 0 bytes; export it again")


def _check_same(path: Path, before: os.stat_result, stream: BinaryIO) -> None:
    after = os.fstat(stream.fileno())
    try:
        now = path.stat()
    except OSError:
        now = None
    if now is None or not _mark(before) == _mark(after) == _mark(now):
        raise RefusedError(
            Reason.CHANGED, "another program wrote or moved it; add the folder again later"
        )


def _mark(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino
