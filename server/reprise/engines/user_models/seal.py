"""Seals: a model that was made or let in on this machine is told from one that somebody put there.

Hashes tell damage, not intent: whoever changes a file can write its new hash beside it. A seal is
the hash of a model's list of hashes under a key that only this user's data folder holds (HMAC,
RFC 2104), so a changed list has no seal that fits.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from reprise.engines.checkpoint import SUMS_FILE
from reprise.errors import FileError

KEY_FILE: Final = "models.key"
SEAL_FILE: Final = "SEAL"
_KEY_BYTES: Final = 32


def read_key(data_directory: Path) -> bytes:
    """Return this user's key, made at the first call.

    Raises:
        FileError: It can neither be read nor written.
    """
    path = data_directory / KEY_FILE
    try:
        data_directory.mkdir(parents=True, exist_ok=True)
        _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise FileError(
            f"the key {path} can neither be read nor written ({error.strerror}); see to the "
            "rights of that folder"
        ) from error
    if len(key) != _KEY_BYTES:
        raise FileError(
            f"the key {path} has {len(key)} bytes and not {_KEY_BYTES}: it is damaged; delete it, "
            "and let your models in again: reprise models seal"
        )
    return key


def write_seal(folder: Path, key: bytes) -> None:
    """Seal a model's folder as it is now."""
    (folder / SEAL_FILE).write_text(_seal(folder, key) + "\n", encoding="ascii")


def is_sealed(folder: Path, key: bytes) -> bool:
    """Tell whether a folder's list of hashes is the one that was sealed with the key."""
    try:
        found = (folder / SEAL_FILE).read_text(encoding="ascii").strip()
        return hmac.compare_digest(found, _seal(folder, key))
    except (OSError, ValueError):
        return False


def _seal(folder: Path, key: bytes) -> str:
    return hmac.new(key, (folder / SUMS_FILE).read_bytes(), hashlib.sha256).hexdigest()


def _make(path: Path) -> None:
    """Write a new key, readable by its owner alone, unless there is one."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        file = os.open(path, flags, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "wb") as stream:
        stream.write(secrets.token_bytes(_KEY_BYTES))
