import hashlib
import io
import os
from pathlib import Path

import pytest

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.files import Measured, unchanged


def test_a_file_that_grows_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"one")
    with pytest.raises(RefusedError) as refused, unchanged(path) as stream:
        path.write_bytes(stream.read() + b"two")
    assert refused.value.reason == Reason.CHANGED


def test_a_file_that_is_exchanged_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path, other = tmp_path / "a.mid", tmp_path / "b.mid"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    if os.name == "nt":
        pytest.skip("an open file cannot be exchanged there")
    with pytest.raises(RefusedError) as refused, unchanged(path):
        other.replace(path)
    assert refused.value.reason == Reason.CHANGED


def test_a_file_that_goes_away_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("an open file cannot be deleted there")
    path = tmp_path / "a.mid"
    path.write_bytes(b"one")
    with pytest.raises(RefusedError) as refused, unchanged(path):
        path.unlink()
    assert refused.value.reason == Reason.CHANGED


def test_what_looks_damaged_because_it_is_being_written_is_called_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"one")

    def damaged() -> None:
        path.write_bytes(b"one and more")
        raise RefusedError(Reason.DAMAGED, "cut short")

    with pytest.raises(RefusedError) as refused, unchanged(path):
        damaged()
    assert refused.value.reason == Reason.CHANGED


def test_a_file_that_stays_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"one")
    with unchanged(path) as stream:
        assert stream.read() == b"one"


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.touch()
    with pytest.raises(RefusedError) as refused, unchanged(path):
        pass
    assert refused.value.reason == Reason.EMPTY_FILE


def test_a_stream_is_not_read_beyond_its_limit() -> None:
    with pytest.raises(RefusedError) as refused:
        Measured(io.BytesIO(bytes(101)), 100).all()
    assert refused.value.reason == Reason.TOO_LARGE
    assert Measured(io.BytesIO(bytes(100)), 100).all() == bytes(100)


def test_the_digest_is_of_all_bytes_even_of_those_that_nobody_asked_for() -> None:
    stream = Measured(io.BytesIO(b"abc" * 100_000), 1_000_000)
    stream.read(10)
    assert stream.digest() == hashlib.sha256(b"abc" * 100_000).hexdigest()
