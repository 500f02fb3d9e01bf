"""Builds the packed corpus: reads every file, leaves out what is unusable, splits by song.

Reading takes most of the time, so it can be spread over processes; what comes out does not depend
on how many there are.
"""

import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reprise.library import duplicates
from reprise.library.corpus_file import Corpus, Piece
from reprise.library.packing import Packed, pack, signed
from reprise.library.pieces import Reject, SourceFile, Split, split_of_song
from reprise.library.readers import READERS, read_source, source_files

CHUNK: Final = 16

Progress = Callable[[int, int, str], None]
"""Told how many files are done, of how many, and the name of the last."""


@dataclass(frozen=True)
class _Read:
    """What became of one file."""

    source: SourceFile
    sha256: str
    result: Packed | Reject
    kind: str = ""
    song: str = ""
    signatures: tuple[duplicates.Signature, ...] = ()


def build(
    data_directory: Path | None,
    names: Sequence[str] = tuple(READERS),
    *,
    processes: int = 1,
    progress: Progress | None = None,
) -> Corpus:
    """Return the corpus of data sets.

    Args:
        data_directory: The folder that holds a folder for each set.
        names: Sets, of `readers.READERS`.
        processes: How many read at once.
        progress: Called after each file.

    Raises:
        InvalidRequestError: A set is not known.
        MissingDataError: A set is not there.
    """
    sources = source_files(data_directory, names)
    read: list[_Read] = []
    with _mapper(processes) as mapped:
        for found in mapped(sources):
            read.append(found)
            if progress is not None:
                progress(len(read), len(sources), found.source.name)
    pieces = _pieces(read)
    return Corpus(pieces, _manifest(read, pieces))


@contextmanager
def _mapper(processes: int) -> Iterator[Callable[[Sequence[SourceFile]], Iterable[_Read]]]:
    if processes == 1:
        yield lambda sources: map(_read, sources)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield lambda sources: pool.map(_read, sources, chunksize=CHUNK)


def _read(source: SourceFile) -> _Read:
    sha256 = hashlib.sha256(source.path.read_bytes()).hexdigest()
    piece = read_source(source)
    if isinstance(piece, Reject):
        return _Read(source, sha256, piece)
    packed = pack(piece)
    if isinstance(packed, Reject):
        return _Read(source, sha256, packed)
    return _Read(source, sha256, packed, piece.kind, piece.song, signed(packed))


def _pieces(read: Iterable[_Read]) -> tuple[Piece, ...]:
    usable = [found for found in read if isinstance(found.result, Packed)]
    signatures = [(found.song, mine) for found in usable for mine in found.signatures]
    group_of = duplicates.groups({found.song for found in usable}, signatures)
    split_of = _splits(usable, group_of)
    return tuple(
        Piece(
            name=found.result.name,
            dataset=found.source.dataset,
            kind=found.kind,
            song=group_of[found.song],
            split=found.source.split or split_of[group_of[found.song]],
            tempo_bpm=found.result.tempo_bpm,
            grid_bars=found.result.grid_bars,
            tracks=found.result.tracks,
            notes=found.result.notes,
        )
        for found in usable
        if isinstance(found.result, Packed)
    )


def _splits(read: Iterable[_Read], group_of: Mapping[str, str]) -> dict[str, Split]:
    """Return the split of each group: that of a set with its own, the hardest first, or by hash.

    A group that touches a test song is for testing as a whole, so that nobody learns it.
    """
    told: dict[str, set[Split]] = {}
    for found in read:
        own = told.setdefault(group_of[found.song], set())
        if found.source.split is not None:
            own.add(found.source.split)
    order: tuple[Split, ...] = ("test", "valid", "train")
    return {
        group: next((split for split in order if split in own), split_of_song(group))
        for group, own in told.items()
    }


def _manifest(read: Sequence[_Read], pieces: Sequence[Piece]) -> dict[str, Any]:
    tokens = {
        found.result.name: found.result.token_count
        for found in read
        if isinstance(found.result, Packed)
    }
    rejects = [found.result for found in read if isinstance(found.result, Reject)]
    names = dict.fromkeys(found.source.dataset for found in read)
    return {
        "sets": {
            name: {
                "files": sum(found.source.dataset == name for found in read),
                **counts([piece for piece in pieces if piece.dataset == name], tokens),
                "rejects": dict(
                    Counter(
                        reject.reason for reject in rejects if reject.name.split("/")[0] == name
                    )
                ),
            }
            for name in names
        },
        "kinds": {
            kind: {
                split: counts(
                    [piece for piece in pieces if (piece.kind, piece.split) == (kind, split)],
                    tokens,
                )
                for split in ("train", "valid", "test")
            }
            for kind in dict.fromkeys(piece.kind for piece in pieces)
        },
        "rejects": [[reject.name, reject.reason, reject.details] for reject in rejects],
        "sha256": {found.source.name: found.sha256 for found in read},
    }


def counts(pieces: Sequence[Piece], tokens: Mapping[str, int]) -> dict[str, int]:
    """Return how many pieces, songs, bars, notes and tokens there are."""
    return {
        "pieces": len(pieces),
        "songs": len({piece.song for piece in pieces}),
        "bars": sum(len(piece.grid_bars) for piece in pieces),
        "notes": sum(len(piece.notes) for piece in pieces),
        "tokens": sum(tokens[piece.name] for piece in pieces),
    }
