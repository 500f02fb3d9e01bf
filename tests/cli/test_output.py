from pathlib import Path

import pytest

from reprise.cli.answer import table
from reprise.cli.output import write_new
from reprise.errors import FileError


def test_a_file_is_never_written_over_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.mid"
    write_new(path, b"one", may_replace=False)
    with pytest.raises(FileError, match=r"exists already.*--force"):
        write_new(path, b"two", may_replace=False)
    assert path.read_bytes() == b"one"
    write_new(path, b"two", may_replace=True)
    assert path.read_bytes() == b"two"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot be written"):
        write_new(tmp_path / "file" / "a.mid", b"", may_replace=False)


def test_numbers_of_a_table_stand_to_the_right() -> None:
    text = table(("name", "notes"), [("one", 7), ("three", 1234)])
    assert text == "name   notes\none        7\nthree   1234"
