import errno
import json
import os
from pathlib import Path

import pytest

from reprise.transports.mailbox_folder import Disk
from reprise.transports.mailbox_places import Registry, mailbox_of, read_hello, resource_folders

HOME = Path("/home/zoë")


@pytest.mark.parametrize(
    ("system", "environ", "expected"),
    [
        ("win32", {"APPDATA": "/C/Roaming"}, [Path("/C/Roaming/REAPER")]),
        ("win32", {}, [HOME / "AppData" / "Roaming" / "REAPER"]),
        ("darwin", {}, [HOME / "Library" / "Application Support" / "REAPER"]),
        ("linux", {}, [HOME / ".config" / "REAPER"]),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, [Path("/x/REAPER"), HOME / ".config" / "REAPER"]),
    ],
)
def test_reaper_is_looked_for_where_it_installs_itself(
    system: str, environ: dict[str, str], expected: list[Path]
) -> None:
    assert resource_folders(system, environ, HOME) == expected


def test_a_mailbox_lies_in_the_data_of_its_reaper() -> None:
    assert mailbox_of(HOME / "REAPER") == HOME / "REAPER" / "Data" / "Reprise"


def tell_of(home: Path, name: str, text: str | bytes) -> None:
    folder = home / ".reprise" / "mailboxes"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def test_a_portable_reaper_is_found_through_what_its_script_wrote(tmp_path: Path) -> None:
    portable = tmp_path / "Stick 音" / "REAPER"
    portable.mkdir(parents=True)
    tell_of(tmp_path, "a.json", json.dumps({"resource_dir": str(portable)}, ensure_ascii=False))

    assert Registry(tmp_path).resource_folders() == [portable]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        '{"resource_dir":5}',
        '{"resource_dir":"relative"}',
        '{"resource_dir":"/nowhere/at/all"}',
        '{"resource_dir":"/with\\u0000nul"}',
        '{"other":1}',
        b"\xff\xfe",
        "[" * 10_000,
        " " * 10_000,
    ],
)
def test_what_a_script_wrote_wrongly_is_left_out(tmp_path: Path, text: str | bytes) -> None:
    tell_of(tmp_path, "a.json", text)
    tell_of(tmp_path, "b.json", json.dumps({"resource_dir": str(tmp_path)}))
    tell_of(tmp_path, "c.txt", json.dumps({"resource_dir": str(tmp_path)}))

    assert Registry(tmp_path).resource_folders() == [tmp_path]


def test_without_a_registry_there_are_none(tmp_path: Path) -> None:
    registry = Registry(tmp_path)

    assert registry.resource_folders() == []
    assert registry.served() == []


def test_scripts_can_read_how_the_server_is_started(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    mailbox = tmp_path / "Musik für Zoë"
    registry.tell("1.2.3", ["/opt/python", "-m", "reprise.cli.main", "start"], [mailbox])

    told = json.loads((tmp_path / ".reprise" / "mailboxes.json").read_text(encoding="utf-8"))
    assert told["command"] == ["/opt/python", "-m", "reprise.cli.main", "start"]
    assert told["server_version"] == "1.2.3"
    assert registry.served() == [mailbox]


def test_a_home_that_cannot_be_written_is_noted_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class ClosedDisk(Disk):
        def make_folder(self, folder: Path) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    Registry(tmp_path, ClosedDisk()).tell("1", [], [])

    assert "cannot be written" in caplog.text


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"mailboxes":5}', "[" * 60_000])
def test_a_broken_note_of_the_server_tells_of_no_mailbox(tmp_path: Path, text: str) -> None:
    (tmp_path / ".reprise").mkdir()
    (tmp_path / ".reprise" / "mailboxes.json").write_text(text, encoding="utf-8")

    assert Registry(tmp_path).served() == []


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"beat":', "[" * 60_000])
def test_a_hello_that_is_none_is_no_hello(tmp_path: Path, text: str) -> None:
    assert read_hello(tmp_path) is None
    (tmp_path / "hello.json").write_text(text, encoding="utf-8")

    assert read_hello(tmp_path) is None


def test_a_hello_is_read(tmp_path: Path) -> None:
    (tmp_path / "hello.json").write_text('{"pid":7}', encoding="utf-8")

    assert read_hello(tmp_path) == {"pid": 7}


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        Disk().write(tmp_path / "taken", b"x")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
