"""Zip archives, read member by member in memory: nothing is ever unpacked to the disk.

What an archive says of itself is not believed: sizes are counted while they are unpacked, and its
table of contents may not be larger than that of any real collection.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.files import Measured, Readable
from reprise.library.ingest.limits import (
    MAX_ARCHIVE_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_RATIO,
    RATIO_FLOOR_BYTES,
)

_ENCRYPTED: Final = 0x1
_READ: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Other methods let the archive say how much memory they take."""
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    OverflowError,
    ValueError,
)
"""What the standard library raises for archives that are none."""


@dataclass(slots=True)
class Budget:
    """How many bytes may still be unpacked from an archive and all that lies in it."""

    left: int = MAX_ARCHIVE_BYTES


class Archive:
    """An archive that is open.

    Args:
        stream: What it is read from.
        budget: Shared by archives that lie in each other.

    Raises:
        RefusedError: It is no archive, damaged, or its table of contents is too large.
    """

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._budget = budget
        with _translated():
            self._zip = zipfile.ZipFile(_SmallReads(stream))

    def members(self) -> Iterator[zipfile.ZipInfo]:
        """Yield the files in it, in their order."""
        # Not `is_dir`, which fails for a member without a name.
        return (info for info in self._zip.infolist() if not info.filename.endswith("/"))

    @contextmanager
    def opened(self, info: zipfile.ZipInfo, limit: int) -> Iterator[Measured]:
        """Open a member.

        Args:
            info: Of `members`.
            limit: The most bytes that it may have.

        Raises:
            RefusedError: It cannot be read, unpacks to far more than it holds, or the archive has
                no bytes left; also while it is read.
        """
        if info.flag_bits & _ENCRYPTED:
            raise RefusedError(Reason.LOCKED, "unpack it with its password and add the folder")
        if info.compress_type not in _READ:
            raise RefusedError(Reason.PACKING, "unpack the archive and add the folder")
        most = min(max(RATIO_FLOOR_BYTES, MAX_RATIO * info.compress_size), self._budget.left)
        reason = Reason.TOO_LARGE if limit < most else Reason.BOMB
        with _translated():
            member = self._zip.open(info)
        with member:
            measured = Measured(_Member(member), min(limit, most), reason)
            try:
                yield measured
            finally:
                self._budget.left -= measured.count


def check_name(name: str) -> None:
    """Raise where a member's name would lead out of a folder that the archive is unpacked to.

    Nothing is unpacked here, but an archive that tries that is not somebody's music.

    Raises:
        RefusedError: It is absolute, or goes up.
    """
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" or ":" in parts[0] or ".." in parts:
        raise RefusedError(Reason.OUTSIDE, "this was made to write into other folders")


@contextmanager
def _translated() -> Iterator[None]:
    """Make a reason of what goes wrong inside an archive."""
    try:
        yield
    except _DAMAGE as error:
        raise RefusedError(
            Reason.DAMAGED, f"the archive cannot be read ({error}); copy it again"
        ) from None
    except (NotImplementedError, RuntimeError):
        raise RefusedError(Reason.PACKING, "unpack the archive and add the folder") from None


class _Member:
    """A member whose mistakes have a reason."""

    def __init__(self, member: Readable) -> None:
        self._member = member

    def read(self, size: int, /) -> bytes:
        with _translated():
            return self._member.read(size)


class _SmallReads(io.RawIOBase):
    """A stream that is never read in one go further than a table of contents may be large.

    The standard library reads that table at once, as long as the archive says that it is.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def seekable(self) -> bool:
        """Archives are read from their end."""
        return True

    def readable(self) -> bool:
        """Reading is all that is done."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()

    def read(self, size: int = -1, /) -> bytes:
        """Return bytes.

        Raises:
            RefusedError: They are more than a table of contents may have.
        """
        most = MAX_DIRECTORY_BYTES + 1
        data = self._stream.read(size if 0 <= size <= most else most)
        if len(data) == most:
            raise RefusedError(
                Reason.TOO_LARGE,
                f"its table of contents has more than {MAX_DIRECTORY_BYTES:,} bytes; unpack it",
            )
        return data
