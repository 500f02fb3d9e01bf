"""What ReaPack is told: headers, the index, icons; and that every planted fault is caught."""

import re
import struct
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path, PurePosixPath

import pytest
import toolbar_icons
from reapack_headers import IGNORED, HeaderError, Package, read_packages
from reapack_index import (
    FOLDER,
    INDEX,
    IndexFileError,
    check,
    forget_present,
    source_url,
    with_versions,
    xml_text,
)

ROOT = Path(__file__).resolve().parents[2]
ICONS = ROOT / FOLDER / "Reprise" / "icons"
PLACE = "https://example.org/reprise"
COMMIT, LATER = "0123456789abcdef" * 2 + "01234567", "f" * 40
TIME = "2026-11-21T06:00:00Z"

HEADER = """\
-- @description Reprise: some actions
-- @version 1.2
-- @author Reprise
-- @about
--   What they do,
--   in two lines.
-- @metapackage
-- @provides
--   [main=main,midi_editor] Reprise_*.lua
--   [nomain] core/*.lua
--   [data] icons/*.png > toolbar_icons/
"""
ACTION = "-- @description Reprise: Vary it\n-- @noindex\n\nreturn 1\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one sound package."""
    files = {
        "Reprise.lua": HEADER,
        "Reprise_Vary it.lua": ACTION,
        "core/notes.lua": "return {}\n",
        "icons/toolbar_vary.png": "",
    }
    for name, text in files.items():
        path = tmp_path / FOLDER / "Reprise" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def write(repository: Path, name: str, text: str) -> None:
    path = repository / FOLDER / "Reprise" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def packages_of(repository: Path) -> list[Package]:
    return read_packages(repository, FOLDER)


# ---------------------------------------------------------------- the real ones


def test_every_package_of_ours_has_a_sound_header_and_no_script_is_left_out() -> None:
    lua, python = packages_of(ROOT)

    scripts = [source for source in lua.sources if source.sections]
    assert len(scripts) == len(list((ROOT / FOLDER / "Reprise").glob("Reprise_*.lua"))) >= 17
    assert all(source.sections == ("main", "midi_editor") for source in scripts)
    assert len([source for source in python.sources if source.sections]) == 3


def test_every_action_has_a_header_of_its_own_for_the_action_list() -> None:
    for path in (ROOT / FOLDER / "Reprise").rglob("Reprise_*.*"):
        head = path.read_text(encoding="utf-8").split("\n\n")[0]
        assert re.match(r"(--|#) @description Reprise\S? ", head), path.name


def test_our_index_is_sound_and_says_what_the_headers_say() -> None:
    check((ROOT / INDEX).read_text(encoding="utf-8"), packages_of(ROOT))


def test_the_real_indexer_is_told_to_leave_alone_what_has_no_header() -> None:
    words = (ROOT / ".reapack-index.conf").read_text(encoding="utf-8").split()
    ignored = {words[at + 1] for at, word in enumerate(words) if word == "--ignore"}
    assert {f"{FOLDER}/{folder}" for folder in IGNORED} <= ignored
    assert words[words.index("--output") + 1] == INDEX
    others = {"server", "tests", "docs", "models", "max_for_live"}
    assert others <= ignored


# ---------------------------------------------------------------- headers


def test_a_sound_package_brings_its_files_to_their_places(repository: Path) -> None:
    (package,) = packages_of(repository)

    found = {
        str(source.path.name): (str(source.target), source.kind, source.sections)
        for source in package.sources
    }
    assert found == {
        "Reprise_Vary it.lua": ("Reprise_Vary it.lua", "", ("main", "midi_editor")),
        "notes.lua": ("core/notes.lua", "", ()),
        "toolbar_vary.png": ("toolbar_icons/toolbar_vary.png", "data", ()),
    }
    assert package.tags["about"] == "What they do,\nin two lines."


def test_a_script_that_is_a_package_of_its_own_brings_itself(repository: Path) -> None:
    alone = "# @description Alone\n# @version 3\n# @author Reprise\n\nprint()\n"
    write(repository, "more/alone.py", alone)

    package = packages_of(repository)[1]

    assert [source.sections for source in package.sources] == [("main",)]


FAULTS = {
    "no version": ("-- @version 1.2\n", "", "lacks @version"),
    "a version that is no number": ("@version 1.2", "@version v1.2", "begins with a digit"),
    "no author": ("-- @author Reprise\n", "", "lacks @author"),
    "no description": ("-- @description Reprise: some actions\n", "", "lacks @description"),
    "an empty tag": ("@author Reprise", "@author", "@author is empty"),
    "a tag that nobody knows": ("@author Reprise", "@autor Reprise", "no tag @autor"),
    "a tag twice": ("-- @metapackage", "-- @author Again\n-- @metapackage", "stands there twice"),
    "a flag with text": ("@metapackage", "@metapackage yes", "takes no text"),
    "a version of two lines": ("@version 1.2", "@version 1.2\n--   beta", "takes one line"),
    "a line that hangs in the air": ("-- @metapackage", "-- metapackage", "neither a tag"),
    "an option that nobody knows": ("[nomain]", "[no main]", "no option 'no'"),
    "a section that nobody knows": (
        "main,midi_editor",
        "main,mixer",
        "no option 'main=main,mixer'",
    ),
    "a pattern that fits nothing": ("core/*.lua", "cores/*.lua", "no file fits 'cores/*.lua'"),
    "a target outside": ("> toolbar_icons/", "> ../../toolbar_icons/", "cannot go to"),
    "an absolute target": ("> toolbar_icons/", "> /toolbar_icons/", "cannot go to"),
    "a file brought twice": ("[nomain] core/*.lua", "[nomain] *_Vary it.lua", "is brought by"),
    "a library left out": ("--   [nomain] core/*.lua\n", "", "no package brings"),
    "an action left out": ("--   [main=main,midi_editor] Reprise_*.lua\n", "", "no package brings"),
    "no header at all": (HEADER, "return 1\n", "has no header"),
    "a header behind an empty line": ("-- @desc", "\n-- @desc", "has no header"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_header_is_caught(repository: Path, fault: str) -> None:
    before, after, part = FAULTS[fault]
    assert before in HEADER
    write(repository, "Reprise.lua", HEADER.replace(before, after, 1))

    with pytest.raises(HeaderError, match=re.escape(part)):
        packages_of(repository)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no such file")
def test_a_file_name_that_windows_refuses_is_caught(repository: Path) -> None:
    write(repository, "why?.lua", HEADER)

    with pytest.raises(HeaderError, match="Windows takes no file"):
        packages_of(repository)


def test_a_file_that_is_no_text_is_caught(repository: Path) -> None:
    (repository / FOLDER / "Reprise" / "Reprise.lua").write_bytes(b"-- @version \xff\n")

    with pytest.raises(HeaderError, match="no UTF-8"):
        packages_of(repository)


# ---------------------------------------------------------------- the index


def index_of(repository: Path, old: str = "", commit: str = COMMIT, place: str = PLACE) -> str:
    before = ElementTree.fromstring(old) if old else None  # noqa: S314 - made here
    return xml_text(with_versions(before, packages_of(repository), place, commit, TIME))


def test_a_written_index_passes_its_own_check(repository: Path) -> None:
    text = index_of(repository)

    check(text, packages_of(repository))

    assert f"{PLACE}/raw/{COMMIT}/{FOLDER}/Reprise/Reprise_Vary%20it.lua" in text
    assert 'main="main midi_editor"' in text
    assert 'file="toolbar_icons/toolbar_vary.png" type="data"' in text


def test_addresses_are_percent_encoded_whatever_a_file_is_called() -> None:
    url = source_url(PLACE, COMMIT, PurePosixPath("Reprise/Übung #1 & 50%.lua"))

    assert url.endswith("/Reprise/%C3%9Cbung%20%231%20%26%2050%25.lua")


def test_a_version_that_was_published_stays_as_it_was_and_a_new_one_comes_after_it(
    repository: Path,
) -> None:
    first = index_of(repository)
    write(repository, "Reprise.lua", HEADER.replace("1.2", "1.3"))

    second = index_of(repository, first, LATER)

    versions = re.findall(r'<version name="([^"]+)"', second)
    assert versions == ["1.2", "1.3"]
    assert second.count(f"/raw/{COMMIT}/") == first.count(f"/raw/{COMMIT}/") == 3
    assert second.count(f"/raw/{LATER}/") == 3
    assert index_of(repository, second, COMMIT).count(f"/raw/{LATER}/") == 3
    check(second, packages_of(repository))


def test_a_version_that_nobody_has_can_be_written_anew(repository: Path) -> None:
    first = index_of(repository)
    write(repository, "core/more.lua", "return {}\n")
    with pytest.raises(IndexFileError, match="raise its @version"):
        check(index_of(repository, first, LATER), packages_of(repository))

    old = ElementTree.fromstring(first)  # noqa: S314 - made here
    forget_present(old, packages_of(repository))
    second = index_of(repository, xml_text(old), LATER)

    check(second, packages_of(repository))
    assert second.count(f"/raw/{LATER}/") == 4


def test_a_repository_that_moved_leaves_its_old_addresses_behind(repository: Path) -> None:
    moved = index_of(repository, index_of(repository), LATER, "https://example.net/reprise")

    assert "example.org" not in moved
    check(moved, packages_of(repository))


INDEX_FAULTS = {
    "no XML": ("</index>", "", "is no XML"),
    "another root": ('<index version="1"', '<index version="2"', "must be an <index"),
    "another name": ('name="Reprise"', 'name="Reprised"', "must be named Reprise"),
    "a branch instead of a commit": (COMMIT + "/", "main/", "not pinned to a commit"),
    "a short commit": (f"/raw/{COMMIT}/", f"/raw/{COMMIT[:12]}/", "not pinned to a commit"),
    "no encoding": ("Reprise_Vary%20it.lua<", "Reprise_Vary it.lua<", "not percent-encoded"),
    "no https": ("https://example", "http://example", "come over https"),
    "a query": (".png</source>", ".png?raw=1</source>", "not percent-encoded"),
    "a file out of its folder": ('file="core/notes.lua"', 'file="../notes.lua"', "cannot go to"),
    "a file of another name": ('file="core/notes.lua"', 'file="core/keys.lua"', "another name"),
    "a section that nobody knows": ('"main midi_editor"', '"main mixer"', "no section"),
    "a type that nobody knows": ('type="data"', 'type="picture"', "no type"),
    "a package type that nobody knows": ('type="script"', 'type="scripts"', "known type"),
    "a time that is none": (TIME, "yesterday", "the time is written"),
    "a version that is no number": ('version name="1.2"', 'version name="v1"', "with a digit"),
    "an old index": ('version name="1.2"', 'version name="1.1"', "is not in the index"),
    "no author": ('author="Reprise"', 'author=""', "has an author"),
    "a package that is gone": ('name="Reprise.lua"', 'name="Gone.lua"', "is not in the index"),
    "another section than the header's": ('main="main midi_editor"', 'main="main"', "other files"),
    "no action": (' main="main midi_editor"', "", "brings no action"),
    "a file from elsewhere": (
        f"{FOLDER}/Reprise/core/notes.lua<",
        "core/notes.lua<",
        "other files",
    ),
}


@pytest.mark.parametrize("fault", INDEX_FAULTS)
def test_a_fault_in_the_index_is_caught(repository: Path, fault: str) -> None:
    before, after, part = INDEX_FAULTS[fault]
    text = index_of(repository)
    assert before in text

    with pytest.raises(IndexFileError, match=re.escape(part)):
        check(text.replace(before, after), packages_of(repository))


def with_line(text: str, pattern: str, change: str) -> str:
    """Return an index with a line taken out ("") or doubled ("twice")."""
    (line, *_) = [one for one in text.splitlines(keepends=True) if re.search(pattern, one)]
    return text.replace(line, line * 2 if change == "twice" else "", 1)


@pytest.mark.parametrize(
    ("pattern", "change", "part"),
    [
        ("core/notes", "", "other files"),
        ("core/notes", "twice", "brings a file twice"),
        ("<source", "", "brings no action"),
    ],
)
def test_a_file_missing_or_doubled_in_the_index_is_caught(
    repository: Path, pattern: str, change: str, part: str
) -> None:
    text = with_line(index_of(repository), pattern, change)

    with pytest.raises(IndexFileError, match=part):
        check(text, packages_of(repository))


def test_a_package_that_no_file_stands_for_is_caught(repository: Path) -> None:
    text = index_of(repository)
    again = text[text.index("    <reapack") : text.index("  </category>")]

    with pytest.raises(IndexFileError, match=r"without a file: .*Other\.lua"):
        check(
            text.replace(
                "  </category>", again.replace("Reprise.lua", "Other.lua") + "  </category>"
            ),
            packages_of(repository),
        )


# ---------------------------------------------------------------- icons


def read_png(data: bytes) -> tuple[int, int, bytes]:
    """Return width, height and the rows of a picture, filter bytes in front."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found[data[at + 4 : at + 8]] = body = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", data, at + 8 + length)
        assert crc == zlib.crc32(data[at + 4 : at + 8] + body)
        at += 12 + length
    width, height, depth, kind = struct.unpack_from(">IIBB", found[b"IHDR"])
    assert (depth, kind) == (8, 6)
    return width, height, zlib.decompress(found[b"IDAT"])


@pytest.mark.parametrize(("folder", "size"), [("", 30), ("150", 45), ("200", 60)])
def test_icons_are_three_states_in_reapers_sizes_and_as_the_script_draws_them(
    folder: str, size: int
) -> None:
    files = sorted((ICONS / folder).glob("*.png"))

    assert [file.stem for file in files] == sorted(
        f"toolbar_reprise_{name}" for name in toolbar_icons.SIGNS
    )
    for file in files:
        sign = toolbar_icons.SIGNS[file.stem.removeprefix("toolbar_reprise_")]
        drawn = toolbar_icons.png(toolbar_icons.pixels(sign, toolbar_icons.CELL_PIXELS[folder]))
        found = read_png(file.read_bytes())
        assert found == read_png(drawn)
        assert found[:2] == (3 * size, size)
        assert file.stat().st_size < 2000


def test_every_sign_is_twelve_by_twelve_and_like_no_other() -> None:
    signs = {name: sign.split() for name, sign in toolbar_icons.SIGNS.items()}

    assert all([len(row) for row in rows] == [12] * 12 for rows in signs.values())
    assert len({tuple(rows) for rows in signs.values()}) == len(signs)


def test_a_sign_can_be_told_from_every_state_of_its_tile() -> None:
    def brightness(pixel: toolbar_icons.Pixel) -> float:
        return 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2]

    for ink in toolbar_icons.INK.values():
        for tile in toolbar_icons.TILES:
            assert brightness(ink) - brightness(tile) > 50
    states = [brightness(tile) for tile in toolbar_icons.TILES]
    assert min(abs(a - b) for a in states for b in states if a != b) > 20
