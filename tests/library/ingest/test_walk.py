import os
import sys
from pathlib import Path

import pytest

import daw_files
from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.walk import FoundFile, Kind, kind_of, shown, walk
from reprise.library.pieces import Reject

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(folder: Path) -> list[str]:
    return [found.name for found in walk(folder) if isinstance(found, FoundFile)]


def reasons(folder: Path) -> dict[str, str]:
    return {found.name: found.reason for found in walk(folder) if isinstance(found, Reject)}


def test_every_kind_of_music_is_found_below_a_folder(tmp_path: Path) -> None:
    for name in ("a.MID", "b/c.midi", "b/d.kar", "e.rmi", "f.zip", "g.als", "h.alc", "i.RPP"):
        put(tmp_path / name)
    put(tmp_path / "k.musicxml")
    put(tmp_path / "l.mxl")
    found = {file.name: file.kind for file in walk(tmp_path) if isinstance(file, FoundFile)}
    assert len(found) == 10
    assert found["i.RPP"] == Kind.REAPER
    assert found["h.alc"] == Kind.LIVE


def test_the_order_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("z.mid", "a/b.mid", "m.mid", "a/a.mid", "a/c/d.mid"):
        put(tmp_path / name)
    assert (
        names(tmp_path) == names(tmp_path) == ["m.mid", "z.mid", "a/a.mid", "a/b.mid", "a/c/d.mid"]
    )


def test_every_other_file_has_a_reason(tmp_path: Path) -> None:
    put(tmp_path / "song.wav")
    put(tmp_path / "._song.mid")
    put(tmp_path / "__MACOSX" / "song.mid")
    put(tmp_path / "song.RPP-bak")
    put(tmp_path / "Backup" / "song [2024-05-01 120000].als")
    assert names(tmp_path) == []
    assert reasons(tmp_path) == {
        "song.wav": Reason.OTHER_KIND,
        "._song.mid": Reason.SYSTEM_FILE,
        "__MACOSX/song.mid": Reason.SYSTEM_FILE,
        "song.RPP-bak": Reason.BACKUP,
        "Backup/song [2024-05-01 120000].als": Reason.BACKUP,
    }


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert list(walk(tmp_path)) == []


def test_a_single_file_is_found_by_its_own_path(tmp_path: Path) -> None:
    assert names(put(tmp_path / "one.mid")) == ["one.mid"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert list(reasons(tmp_path / "nowhere").values()) == [Reason.NO_TARGET]


@needs_links
def test_loops_of_links_end_and_every_file_is_found_once(tmp_path: Path) -> None:
    put(tmp_path / "a" / "one.mid")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a")
    (tmp_path / "b").symlink_to(tmp_path / "c")
    (tmp_path / "c").symlink_to(tmp_path / "b")
    assert names(tmp_path) == ["a/one.mid"]
    assert set(reasons(tmp_path)) == {"a/up", "a/self", "b", "c"}


@needs_links
def test_a_link_leads_out_of_the_folder_once(tmp_path: Path) -> None:
    put(tmp_path / "drive" / "far.mid")
    (tmp_path / "music").mkdir()
    for name in ("one", "two"):
        (tmp_path / "music" / name).symlink_to(tmp_path / "drive")
    assert names(tmp_path / "music") == ["one/far.mid"]
    assert reasons(tmp_path / "music") == {"two": Reason.READ_ALREADY}


@needs_links
def test_a_real_file_comes_before_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.mid").symlink_to(put(tmp_path / "folder" / "z.mid"))
    assert names(tmp_path) == ["folder/z.mid"]
    assert reasons(tmp_path) == {"a.mid": Reason.READ_ALREADY}


@needs_links
def test_a_link_to_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone.mid").symlink_to(tmp_path / "nowhere.mid")
    assert reasons(tmp_path) == {"gone.mid": Reason.NO_TARGET}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_with_the_name_of_a_song_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "song.mid")
    assert reasons(tmp_path) == {"song.mid": Reason.SPECIAL}


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is locked to this user"
)
def test_a_locked_folder_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    put(tmp_path / "open" / "a.mid")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    try:
        assert names(tmp_path) == ["open/a.mid"]
        assert reasons(tmp_path) == {"locked": Reason.NOT_READABLE}
    finally:
        locked.chmod(0o700)


def test_a_folder_that_goes_away_while_it_is_walked_is_said(tmp_path: Path) -> None:
    put(tmp_path / "a.mid")
    last = put(tmp_path / "later" / "b.mid")
    found = []
    for file in walk(tmp_path):
        found.append(file)
        if file.name == "a.mid":
            last.unlink()
            last.parent.rmdir()
    assert [(file.name, getattr(file, "reason", "read")) for file in found] == [
        ("a.mid", "read"),
        ("later", Reason.NOT_READABLE),
    ]


@pytest.mark.parametrize(
    "name",
    ["Übung.mid", "Étude №1.mid", "夜曲.mid", "ليل.mid", "песня.mid", "🎹.mid", "a b'c\".mid"],
)
def test_names_in_any_script_are_found_and_shown(name: str, tmp_path: Path) -> None:
    if sys.platform == "win32" and '"' in name:
        name = name.replace('"', "")
    put(tmp_path / name, daw_files.tune())
    assert names(tmp_path) == [name]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_is_found_and_shown(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.mid", "wb") as file:  # noqa: PTH123
        file.write(daw_files.tune())
    found = list(walk(tmp_path))
    assert [file.name for file in found] == ["caf\N{REPLACEMENT CHARACTER}.mid"]
    assert isinstance(found[0], FoundFile)
    assert found[0].path.read_bytes() == daw_files.tune()


def test_names_cannot_write_to_the_terminal() -> None:
    assert (
        shown("a\x1b[2Jb\n\u202ec")
        == "a\N{REPLACEMENT CHARACTER}[2Jb" + "\N{REPLACEMENT CHARACTER}" * 2 + "c"
    )


def test_accents_are_the_same_on_every_system() -> None:
    assert shown("e\u0301tude.mid") == "\u00e9tude.mid"


def test_a_kind_is_told_by_the_ending_whatever_its_case() -> None:
    assert kind_of("x/Y.ALS") == Kind.LIVE
    with pytest.raises(RefusedError, match="no ending"):
        kind_of("x/mid")
