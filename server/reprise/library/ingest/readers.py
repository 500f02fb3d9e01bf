"""Every file that was found, read: one way in, whatever its kind, and no file ends the run.

A pure function over a list of files, so that any number of processes may share the list.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import BinaryIO, Final

from reprise.errors import RepriseError
from reprise.library.ingest import limits, midi
from reprise.library.ingest.archive import Archive, Budget, check_name
from reprise.library.ingest.clips import Contents, Reading, Reason, RefusedError
from reprise.library.ingest.files import Measured, unchanged
from reprise.library.ingest.live import reading as live
from reprise.library.ingest.musicxml import reading as musicxml
from reprise.library.ingest.reaper import reading as reaper
from reprise.library.ingest.walk import FoundFile, Kind, kind_of, shown
from reprise.library.pieces import Reject


@dataclass(frozen=True, slots=True)
class Reader:
    """How files of one kind are read.

    Attributes:
        read: Returns what one holds; raises `RefusedError`.
        limit: The most bytes that one may have.
    """

    read: Callable[[Measured, str], Contents]
    limit: int


READERS: Final = MappingProxyType(
    {
        Kind.MIDI: Reader(midi.read, limits.MAX_MIDI_BYTES),
        Kind.LIVE: Reader(live.read, limits.MAX_SET_BYTES),
        Kind.REAPER: Reader(reaper.read, limits.MAX_TEXT_BYTES),
        Kind.MUSICXML: Reader(musicxml.read, limits.MAX_XML_BYTES),
        Kind.PACKED_MUSICXML: Reader(musicxml.read_packed, limits.MAX_SCORE_BYTES),
    }
)


def read_all(files: Iterable[FoundFile]) -> Iterator[Reading]:
    """Yield what files hold, file by file; see `read_found`."""
    for found in files:
        yield from read_found(found)


def read_found(found: FoundFile) -> Iterator[Reading]:
    """Yield what a file holds: one reading, or one for each member of an archive and one for it.

    An archive's own reading comes last. Where that has rejects, such as that the archive changed
    meanwhile, its members were not all read.
    """
    if found.kind == Kind.ARCHIVE:
        yield from _archive_file(found)
        return
    try:
        with unchanged(found.path) as stream:
            limit = READERS[found.kind].limit
            _check_size(os.fstat(stream.fileno()).st_size, limit)
            reading = _document(found.kind, Measured(stream, limit), found.name)
    except (RefusedError, OSError) as error:
        reading = _left_out(found.name, found.kind, error)
    yield reading


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise RefusedError(
            Reason.TOO_LARGE,
            f"it has {size:,} bytes and at most {limit:,} are read; export less at once",
        )


def _document(kind: Kind, stream: Measured, name: str) -> Reading:
    try:
        contents = READERS[kind].read(stream, name)
        if not (contents.clips or contents.rejects):
            nothing = Reject(name, Reason.NO_NOTES, "no MIDI clips in it")
            contents = replace(contents, rejects=(nothing,))
        return Reading(name, kind, stream.digest(), contents)
    except (RefusedError, OSError) as error:
        return _left_out(name, kind, error)
    except Exception as error:  # noqa: BLE001 - no file may end the run
        return _left_out(name, kind, _our_mistake(error))


def _our_mistake(error: Exception) -> RefusedError:
    said = str(error) if isinstance(error, RepriseError) else f"{type(error).__name__}: {error}"
    return RefusedError(Reason.OUR_MISTAKE, f"please report it: {said}")


def _left_out(name: str, kind: str, error: RefusedError | OSError) -> Reading:
    if isinstance(error, RefusedError):
        reject = error.reject(name)
    else:
        said = error.strerror or "no more than that it failed"
        reject = Reject(name, Reason.NOT_READABLE, f"the system says: {said}")
    return Reading(name, kind, "", Contents(rejects=(reject,)))


def _archive_file(found: FoundFile) -> Iterator[Reading]:
    try:
        with unchanged(found.path) as stream:
            yield from _members(stream, found.name, 1, Budget())
    except (RefusedError, OSError) as error:
        yield _left_out(found.name, found.kind, error)
    except Exception as error:  # noqa: BLE001 - no file may end the run
        yield _left_out(found.name, found.kind, _our_mistake(error))
    else:
        yield Reading(found.name, found.kind, "", Contents())


def _members(stream: BinaryIO, name: str, depth: int, budget: Budget) -> Iterator[Reading]:
    archive = Archive(stream, budget)
    for info in archive.members():
        inner = f"{name}/{shown(info.filename)}"
        try:
            check_name(info.filename)
            kind = kind_of(info.filename)
            limit = _limit(kind, depth)
            with archive.opened(info, limit) as member:
                if kind == Kind.ARCHIVE:
                    data = io.BytesIO(member.all())
                    yield from _members(data, inner, depth + 1, budget)
                else:
                    yield _document(kind, member, inner)
        except RefusedError as refused:
            yield _left_out(inner, "", refused)


def _limit(kind: Kind, depth: int) -> int:
    if kind != Kind.ARCHIVE:
        return READERS[kind].limit
    if depth >= limits.MAX_ARCHIVE_DEPTH:
        raise RefusedError(Reason.TOO_DEEP, "unpack the outer one and add the folder")
    return limits.MAX_INNER_ARCHIVE_BYTES
