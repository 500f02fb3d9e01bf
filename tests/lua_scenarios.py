"""Finds what Lua files call `scenario("name", ...)`, and runs one of them."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lua_host import SCRIPTS, LuaHost

HERE = Path(__file__).resolve().parent / "reaper_scripts"
NAMED = re.compile(r'^scenario\("([^"]+)"', re.MULTILINE)
SALTS = itertools.count(1)


def found_in(folder: str) -> list[Any]:
    """Return the scenarios of a folder as parameters: file and name."""
    return [
        pytest.param(file, name, id=f"{file.stem}: {name}")
        for file in sorted((HERE / folder).glob("*.lua"))
        for name in NAMED.findall(file.read_text(encoding="utf-8"))
    ]


def run(version: str, file: Path, name: str, resource_folder: Path, scratch: Path) -> None:
    """Run one scenario; an error of Lua's is an error here."""
    lua = LuaHost(version, HERE, HERE / "fake")
    options = {
        "resource_folder": resource_folder.as_posix(),
        "actions": SCRIPTS.as_posix(),
        "signatures": (HERE / "sigs.tsv").as_posix(),
        "salt": next(SALTS) * 1000,
        "here": HERE.as_posix(),
    }
    table = lua.to_lua(options)
    table.files = lua.table(_folder_calls(lua, scratch))
    lua.require("scenario").run(file.as_posix(), name, table)


def _folder_calls(lua: LuaHost, scratch: Path) -> dict[str, Callable[..., Any]]:
    """What scenarios do to folders, in which stock Lua cannot even look."""
    numbers = itertools.count(1)

    def own_folder() -> str:
        folder = scratch / f"REAPER {next(numbers)}"
        folder.mkdir()
        return folder.as_posix()

    def write(path: str, text: bytes | str) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        partial = Path(path).with_suffix(".partial")
        partial.write_bytes(data)
        partial.replace(path)

    return {
        "own_folder": own_folder,
        "write": write,
        "read": lambda path: Path(path).read_text(encoding="utf-8"),
        "remove": lambda path: Path(path).unlink(missing_ok=True),
        "make_directory": lambda path: Path(path).mkdir(parents=True, exist_ok=True),
        "list": lambda path: lua.to_lua(sorted(each.name for each in Path(path).iterdir())),
    }
