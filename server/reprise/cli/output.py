"""Files that a verb writes: never one over another unless that was asked for."""

from pathlib import Path

from reprise.errors import FileError


def check_writable(path: Path, *, may_replace: bool) -> None:
    """Raise where a file is in the way.

    Raises:
        FileError: It exists and must not be replaced.
    """
    if path.exists() and not may_replace:
        raise FileError(f"{path} exists already; name another file, or add --force to replace it")


def write_new(path: Path, data: bytes, *, may_replace: bool) -> None:
    """Write a file, and the folders above it.

    Raises:
        FileError: It exists and must not be replaced, or cannot be written.
    """
    check_writable(path, may_replace=may_replace)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written ({error.strerror}); choose another place with -o"
        ) from error
