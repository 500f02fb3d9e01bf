"""All readers of data sets, and the one way through them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reprise.errors import InvalidMidiFileError, InvalidRequestError
from reprise.library import (
    datasets,
    electronic,
    general_midi,
    gmd_groove,
    jsb_pieces,
    openewld,
    openscore,
    pop909,
)
from reprise.library.pieces import Reader, Reject, SourceFile, SourcePiece

_ALL: Final[tuple[Reader, ...]] = (
    *pop909.READERS,
    *openscore.READERS,
    *general_midi.READERS,
    *electronic.READERS,
    *gmd_groove.READERS,
    *openewld.READERS,
    *jsb_pieces.READERS,
)
READERS: Final = MappingProxyType({reader.dataset: reader for reader in _ALL})


def source_files(data_directory: Path | None, names: Iterable[str]) -> list[SourceFile]:
    """Return the files of data sets, set by set.

    Raises:
        InvalidRequestError: A name is none of `READERS`.
        MissingDataError: A set is not there.
    """
    found: list[SourceFile] = []
    for name in names:
        if name not in READERS:
            raise InvalidRequestError(
                f"no pieces can be read from {name!r}; there are readers of {', '.join(READERS)}"
            )
        found += READERS[name].files(datasets.find(data_directory, name))
    return found


def read_source(source: SourceFile) -> SourcePiece | Reject:
    """Return the piece in a file, or why it is none."""
    try:
        return READERS[source.dataset].read(source)
    except InvalidMidiFileError as error:
        return Reject(source.name, "not readable", str(error))


def read_pieces(
    data_directory: Path | None, names: Iterable[str]
) -> Iterator[SourcePiece | Reject]:
    """Yield the pieces of data sets, set by set; errors as in `source_files`."""
    for source in source_files(data_directory, names):
        yield read_source(source)
