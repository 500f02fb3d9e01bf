"""Pieces of the data sets that the flagship learns from, read one file at a time.

Every family of sets has a reader of its own, which knows how its files are named, where their bar
lines are and what their tracks are for. All of them give `SourcePiece`; what cannot be used is a
`Reject` with the reason.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from reprise.music.score import Score

Split = Literal["train", "valid", "test"]

TEST_PERCENT: Final = 5
VALID_PERCENT: Final = 5

KINDS = ("pop", "piano", "quartets", "multitrack", "electronic", "drums", "melody", "chorales")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a data set, not read yet.

    Attributes:
        dataset: The set's short name.
        path: Where it is.
        folder: The set's folder, which names are told from.
        split: Where the set itself has a split; None leaves it to the song.
    """

    dataset: str
    path: Path
    folder: Path
    split: Split | None = None

    @property
    def name(self) -> str:
        """The set and the path inside it, with "/" on every system."""
        return f"{self.dataset}/{self.path.relative_to(self.folder).as_posix()}"


@dataclass(frozen=True, slots=True)
class SourcePiece:
    """A piece as its file tells it.

    Attributes:
        name: The set and the path inside it.
        dataset: The set's short name.
        kind: One of `KINDS`.
        song: Pieces of one song share it, also across sets.
        split: Where the set itself has a split, else None.
        score: The music, bar lines where they belong.
        roles: A role of `music.roles` for each voice.
    """

    name: str
    dataset: str
    kind: str
    song: str
    split: Split | None
    score: Score
    roles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """A file that is left out.

    Attributes:
        name: The set and the path inside it.
        reason: Why, in a few words that are the same for all files of that reason.
        details: What was found.
    """

    name: str
    reason: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the files of one set are found and read.

    Attributes:
        dataset: The set's short name.
        files: Finds the files in the set's folder, in a fixed order.
        read: Reads one of them.
    """

    dataset: str
    files: Callable[[Path], Iterable[SourceFile]]
    read: Callable[[SourceFile], SourcePiece | Reject]


def midi_files(dataset: str, pattern: str) -> Callable[[Path], Iterator[SourceFile]]:
    """Return a finder of files by a pattern such as "mid/*.mid", in order of their paths."""

    def files(folder: Path) -> Iterator[SourceFile]:
        for path in sorted(folder.glob(pattern)):
            yield SourceFile(dataset, path, folder)

    return files


def split_of_song(song: str) -> Split:
    """Return the split of a song by the hash of its name, the same on every machine."""
    place = int.from_bytes(hashlib.sha256(song.encode("utf-8")).digest()[:8], "big") % 100
    if place < TEST_PERCENT:
        return "test"
    return "valid" if place < TEST_PERCENT + VALID_PERCENT else "train"
