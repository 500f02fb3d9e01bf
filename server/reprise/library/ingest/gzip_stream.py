"""Documents that may be packed with gzip, unpacked piece by piece and never too far."""

import zlib
from collections.abc import Iterator
from typing import Final

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.files import Measured
from reprise.library.ingest.limits import (
    CHUNK_BYTES,
    MAX_RATIO,
    MAX_XML_BYTES,
    RATIO_FLOOR_BYTES,
)

_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31
"""What zlib wants to be told for a gzip header."""


def unpacked(stream: Measured) -> Iterator[bytes]:
    """Yield a document's bytes, unpacked where it begins as gzip does, else as they are.

    Raises:
        RefusedError: It is cut short or damaged, or unpacks to more than anybody's music.
    """
    first = stream.read(CHUNK_BYTES)
    return _inflated(first, stream) if first.startswith(_GZIP) else _plain(first, stream)


def _plain(first: bytes, stream: Measured) -> Iterator[bytes]:
    yield first
    yield from stream.chunks()


def _inflated(first: bytes, stream: Measured) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    made = 0
    packed = first
    while not inflater.eof:
        if not packed:
            raise RefusedError(Reason.DAMAGED, "it ends too early; save or copy it again")
        data = _step(inflater, packed)
        made += len(data)
        _check(made, stream.count)
        yield data
        packed = inflater.unconsumed_tail or stream.read(CHUNK_BYTES)


def _step(inflater: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return inflater.decompress(packed, CHUNK_BYTES)
    except zlib.error:
        raise RefusedError(
            Reason.DAMAGED, "what gzip packed cannot be unpacked; save or copy it again"
        ) from None


def _check(made: int, packed: int) -> None:
    allowed = min(MAX_XML_BYTES, max(RATIO_FLOOR_BYTES, MAX_RATIO * packed))
    if made > allowed:
        raise RefusedError(
            Reason.BOMB,
            f"{packed:,} bytes of it became more than {allowed:,}: it was made to fill memory",
        )
