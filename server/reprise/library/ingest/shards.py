"""The files of a folder in shards, each read and written by itself, so that work can stop anywhere.

A file's shard follows from its name alone, and what is written from the files alone: however often
the work is stopped, and whoever does which shard where, the same bytes come of it. A shard is three
files: clips as they were played, the same on the grid (`packs`), and facts, whose last act of being
written says that the shard is whole.
"""

import gzip
import hashlib
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from reprise.errors import FileError
from reprise.library.ingest.clip_codec import decoded, encoded
from reprise.library.ingest.clips import Contents, Reading, SourceClip
from reprise.library.ingest.facts import ClipFacts, facts_of
from reprise.library.ingest.packs import PackWriter, read_packs
from reprise.library.ingest.readers import read_all
from reprise.library.ingest.walk import FoundFile
from reprise.library.own_clips import OwnClip, own_clip
from reprise.library.pieces import Reject

FORMAT: Final = 3
"""Of what is written, found and packed; what another number wrote is read anew."""
SHARDS: Final = 256
_PACKING: Final = 1


@dataclass(frozen=True, slots=True)
class Shard:
    """Files that are read together.

    Attributes:
        number: 0 to `SHARDS` - 1.
        files: By name.
    """

    number: int
    files: tuple[FoundFile, ...]

    @property
    def stem(self) -> str:
        """What its files are called, without their endings."""
        return f"{self.number:02x}"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What the report says of one file, or of one member of an archive.

    Attributes:
        name, kind, digest: As in `Reading`.
        made_by, rejects, remarks: As in `Contents`.
        clips: Facts of its clips.
    """

    name: str
    kind: str
    digest: str
    made_by: str
    rejects: tuple[Reject, ...]
    remarks: tuple[str, ...]
    clips: tuple[ClipFacts, ...]


def shards_of(files: Iterable[FoundFile]) -> list[Shard]:
    """Return files in their shards; empty shards are left out."""
    found: dict[int, list[FoundFile]] = defaultdict(list)
    for file in files:
        found[hashlib.sha256(file.name.encode("utf-8")).digest()[0] % SHARDS].append(file)
    return [
        Shard(number, tuple(sorted(found[number], key=lambda file: file.name)))
        for number in sorted(found)
    ]


def read_shard(shard: Shard, folder: Path) -> int:
    """Read and pack the files of a shard, unless that was done and none of them changed.

    Args:
        shard: Of `shards_of`.
        folder: Where what was read goes; it is there.

    Returns:
        How many files were read, 0 where nothing was to be done.

    Raises:
        FileError: It cannot be written; what was there is still there.
    """
    mark = _mark(shard)
    if is_whole(folder, shard, mark):
        return 0
    try:
        _write(shard, folder, mark)
    except OSError as error:
        raise FileError(
            f"what was read cannot be kept in {folder} ({error.strerror}); make room there and "
            "give the same command again: it goes on where it stopped"
        ) from error
    return len(shard.files)


def is_whole(folder: Path, shard: Shard, mark: str | None = None) -> bool:
    """Tell whether a shard was written for its files as they are now."""
    facts = _facts(folder / f"{shard.stem}.json")
    return facts is not None and facts.get("mark") == (mark or _mark(shard))


def files_in(folder: Path) -> Iterator[ReadFile]:
    """Yield what was read into a folder of shards, shard by shard."""
    for path in sorted(folder.glob("??.json")):
        for data in (_facts(path) or {"files": []})["files"]:
            yield ReadFile(
                data["name"],
                data["kind"],
                data["digest"],
                data["made_by"],
                tuple(Reject(*reject) for reject in data["rejects"]),
                tuple(data["remarks"]),
                tuple(ClipFacts.from_json(clip) for clip in data["clips"]),
            )


def with_originals(files: Iterable[ReadFile]) -> Iterator[tuple[ReadFile, str | None]]:
    """Yield files, each with the name of the first that has the same bytes, None for that one."""
    names: dict[str, str] = {}
    for file in files:
        first = names.setdefault(file.digest, file.name) if file.digest else file.name
        yield file, None if first == file.name else first


def clips_in(folder: Path) -> Iterator[SourceClip]:
    """Yield the clips that were read into a folder of shards, in the order of `files_in`."""
    for path in sorted(folder.glob("??.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield decoded(json.loads(line))


def packed_in(folder: Path) -> Iterator[OwnClip]:
    """Yield the same clips on the grid, in the same order.

    Raises:
        FileError: They were packed by another version, or are damaged.
    """
    for path in sorted(folder.glob("??.pack.gz")):
        yield from read_packs(path)


def forget_others(folder: Path, shards: Iterable[Shard]) -> None:
    """Take away shards whose files are gone, and what work that was stopped left half written."""
    stems = {shard.stem for shard in shards}
    for path in folder.iterdir():
        if path.suffix == ".part" or path.name.partition(".")[0] not in stems:
            path.unlink(missing_ok=True)


def _mark(shard: Shard) -> str:
    """Return what changes when a file of the shard does."""
    said = hashlib.sha256(str(FORMAT).encode())
    for file in shard.files:
        try:
            status = file.path.stat()
            state = f"{status.st_size} {status.st_mtime_ns}"
        except OSError:
            state = "gone"
        said.update(f"{file.name}\n{file.kind}\n{state}\n".encode())
    return said.hexdigest()


def _facts(path: Path) -> dict[str, Any] | None:
    """Return the facts of a shard, None where it is not whole."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("format") == FORMAT else None


def _write(shard: Shard, folder: Path, mark: str) -> None:
    clips, packs, facts = (
        folder / f"{shard.stem}.{ending}" for ending in ("jsonl.gz", "pack.gz", "json")
    )
    # The old facts would vouch for new clips if the work were stopped between the files.
    facts.unlink(missing_ok=True)
    files: list[dict[str, Any]] = []
    with _packed_file(clips) as as_played, _packed_file(packs) as on_grid:
        writer = PackWriter(on_grid)
        for reading in read_all(shard.files):
            kept, rejects = _kept(reading.contents, writer)
            for clip in kept:
                as_played.write(_json(encoded(clip)) + b"\n")
            files.append(_told(reading, kept, rejects))
    with whole_file(facts) as out:
        out.write(_json({"format": FORMAT, "mark": mark, "files": files}))


def _kept(contents: Contents, writer: PackWriter) -> tuple[list[SourceClip], list[Reject]]:
    """Pack what can be learned from; return it, and everything that is left out."""
    kept, rejects = [], list(contents.rejects)
    for clip in contents.clips:
        packed = own_clip(clip)
        if isinstance(packed, Reject):
            rejects.append(packed)
        else:
            writer.add(packed)
            kept.append(clip)
    return kept, rejects


def _told(
    reading: Reading, kept: Iterable[SourceClip], rejects: Iterable[Reject]
) -> dict[str, Any]:
    return {
        "name": reading.name,
        "kind": str(reading.kind),
        "digest": reading.digest,
        "made_by": reading.contents.made_by,
        "rejects": [[reject.name, str(reject.reason), reject.details] for reject in rejects],
        "remarks": list(reading.contents.remarks),
        "clips": [facts_of(clip).to_json() for clip in kept],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


@contextmanager
def _packed_file(path: Path) -> Iterator[gzip.GzipFile]:
    """Write a whole file that is compressed; the same content gives the same bytes."""
    with whole_file(path) as out, gzip.GzipFile("", "wb", _PACKING, out, mtime=0) as packed:
        yield packed


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside its place and move it there when it is whole; else leave nothing."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
