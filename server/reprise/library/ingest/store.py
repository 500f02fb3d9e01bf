"""A user's own corpora on the disk: for each, the folders that were added, read into shards."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from reprise.errors import FileError, InvalidRequestError
from reprise.library.ingest.clips import SourceClip
from reprise.library.ingest.shards import (
    ReadFile,
    clips_in,
    files_in,
    forget_others,
    packed_in,
    shards_of,
    whole_file,
    with_originals,
)
from reprise.library.ingest.walk import FoundFile, walk
from reprise.library.ingest.working import Workers, alone
from reprise.library.own_clips import OwnClip
from reprise.library.pieces import Reject

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")
"""Names that Windows keeps for devices."""

CORPORA: Final = "corpora"
"""The folder of all corpora, below the data folder."""

Progress = Callable[[int, int], None]
"""Told how many files are done, of how many."""

_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding a folder.

    Attributes:
        found: Files that are worth reading.
        read: How many of them were read now; the others were read before and have not changed.
        peaks: The most bytes that each process that read has held at once, by the process' name.
    """

    found: int
    read: int
    peaks: Mapping[str, int] = field(default_factory=dict)


class Corpus:
    """One corpus of a user's.

    Args:
        directory: Where all corpora are.
        name: Up to 40 small letters, digits, "-" and "_".

    Raises:
        InvalidRequestError: The name is none.
    """

    def __init__(self, directory: Path, name: str) -> None:
        if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
            raise InvalidRequestError(
                f"a corpus cannot be called {name!r}; use up to 40 small letters, digits, - and _"
            )
        self.name = name
        self.folder = directory / name

    def add(
        self, source: Path, workers: Workers = alone, progress: Progress | None = None
    ) -> Added:
        """Read a folder, or what of it changed since; what is gone from it is forgotten.

        May be stopped at any time, by kill as well: the next call goes on. Nothing is written
        outside the corpus.

        Args:
            source: The folder, or a single file.
            workers: Those who read.
            progress: Called whenever files are done.

        Raises:
            FileError: The folder is not there, or what was read cannot be kept.
        """
        found = list(walk(_there(source)))
        files = [file for file in found if isinstance(file, FoundFile)]
        shards = shards_of(files)
        folder = self._folder_of(source, [file for file in found if isinstance(file, Reject)])
        forget_others(folder, shards)
        done = read = 0
        peaks: dict[str, int] = {}
        for worked in workers(shards, folder):
            done += worked.files
            read += worked.read
            peaks[worked.worker] = max(worked.peak_bytes, peaks.get(worked.worker, 0))
            if progress is not None:
                progress(done, len(files))
        return Added(len(files), read, peaks)

    def sources(self) -> list[Path]:
        """Return the folders that were added, in order of their names."""
        return sorted(Path(_said(path)["source"]) for path in self._folders())

    def left_out(self) -> Iterator[Reject]:
        """Yield the files that were not looked into, each with its reason."""
        for folder in self._folders():
            yield from (Reject(*reject) for reject in _said(folder)["left_out"])

    def files(self) -> Iterator[ReadFile]:
        """Yield what was read, file by file."""
        for folder in self._folders():
            yield from files_in(folder / "shards")

    def clips(self) -> Iterator[SourceClip]:
        """Yield all clips in the order of `files`, those of copies of a file once."""
        return self._once(clips_in)

    def packed(self) -> Iterator[OwnClip]:
        """Yield the same clips on the grid, in the same order.

        Raises:
            FileError: They are damaged.
        """
        return self._once(packed_in)

    def _once(self, kept_in: Callable[[Path], Iterator[_Kept]]) -> Iterator[_Kept]:
        """Yield what is kept of each clip, without that of copies."""
        all_kept = (kept for folder in self._folders() for kept in kept_in(folder / "shards"))
        for file, original in with_originals(self.files()):
            own = list(islice(all_kept, len(file.clips)))
            if original is None:
                yield from own

    def _folders(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob("*/source.json"))

    def _folder_of(self, source: Path, left_out: Sequence[Reject]) -> Path:
        """Return where the shards of a folder go; folders are told apart by their whole paths."""
        place = str(source.resolve())
        key = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
        shards = self.folder / key / "shards"
        rejects = [[reject.name, str(reject.reason), reject.details] for reject in left_out]
        said = json.dumps({"source": place, "left_out": rejects}, ensure_ascii=True)
        try:
            shards.mkdir(parents=True, exist_ok=True)
            with whole_file(self.folder / key / "source.json") as out:
                out.write(said.encode("ascii"))
        except OSError as error:
            raise FileError(
                f"the corpus cannot be kept in {self.folder} ({error.strerror}); make room there"
            ) from error
        return shards


def _there(source: Path) -> Path:
    if not source.exists():
        raise FileError(f"{source} is not there; name a folder of music")
    return source


def _said(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "source.json").read_text(encoding="utf-8"))
    return said
