"""The operating system's own lock on an open file; a process that dies cannot keep it."""

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def locked(file: IO[bytes]) -> bool:
        """Lock a file for as long as it is open; tell whether nobody else had it."""
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def locked(file: IO[bytes]) -> bool:
        """Lock a file for as long as it is open; tell whether nobody else had it."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
