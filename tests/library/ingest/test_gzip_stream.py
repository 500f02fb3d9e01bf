import gzip
import io
import zlib

import pytest

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.files import Measured
from reprise.library.ingest.gzip_stream import unpacked
from reprise.library.ingest.limits import MAX_RATIO, RATIO_FLOOR_BYTES


def all_of(data: bytes) -> bytes:
    return b"".join(unpacked(Measured(io.BytesIO(data), len(data))))


def reason(data: bytes) -> Reason:
    with pytest.raises(RefusedError) as refused:
        all_of(data)
    return refused.value.reason


def test_a_document_is_the_same_packed_and_plain() -> None:
    text = b"<Ableton/>" * 50_000
    assert all_of(text) == all_of(gzip.compress(text)) == text


def test_what_is_cut_short_is_said_to_be() -> None:
    assert reason(gzip.compress(bytes(range(256)) * 100)[:-20]) == Reason.DAMAGED


def test_what_is_damaged_is_said_to_be() -> None:
    data = bytearray(gzip.compress(bytes(range(256)) * 100))
    data[20:40] = b"\xff" * 20
    assert reason(bytes(data)) == Reason.DAMAGED


def test_a_bomb_is_left_as_soon_as_it_is_one() -> None:
    compressor = zlib.compressobj(9, wbits=31)
    bomb = b"".join(compressor.compress(bytes(1_000_000)) for _ in range(20)) + compressor.flush()
    stream = Measured(io.BytesIO(bomb), len(bomb))
    made: list[int] = []
    with pytest.raises(RefusedError) as refused:
        made.extend(map(len, unpacked(stream)))
    assert refused.value.reason == Reason.BOMB
    assert 0 < sum(made) <= max(RATIO_FLOOR_BYTES, MAX_RATIO * stream.count) < 20_000_000


def test_a_small_file_may_unpack_to_a_few_megabytes() -> None:
    text = b" " * (RATIO_FLOOR_BYTES - 1)
    assert len(all_of(gzip.compress(text))) == len(text)
