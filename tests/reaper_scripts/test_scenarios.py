"""Reprise's actions in a fake REAPER: with the real server, and with one that is told what to say.

The scenarios are in `scenarios/*.lua`; each runs on both versions of Lua.
"""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lua_host import SCRIPTS, VERSIONS, LuaHost
from reaper_server import ReaperServer

HERE = Path(__file__).resolve().parent
NAMED = re.compile(r'^scenario\("([^"]+)"', re.MULTILINE)
FOUND = [
    pytest.param(file, name, id=f"{file.stem}: {name}")
    for file in sorted((HERE / "scenarios").glob("*.lua"))
    for name in NAMED.findall(file.read_text(encoding="utf-8"))
]
SALTS = itertools.count(1)


def folder_calls(tmp_path: Path) -> dict[str, Callable[..., Any]]:
    """What scenarios do to folders, in which stock Lua cannot even look."""
    numbers = itertools.count(1)

    def own_folder() -> str:
        folder = tmp_path / f"REAPER {next(numbers)}"
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
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("file", "name"), FOUND)
def test_scenario(
    server: ReaperServer, tmp_path: Path, file: Path, name: str, version: str
) -> None:
    lua = LuaHost(version, HERE, HERE / "fake")
    options = {
        "resource_folder": server.resource_folder.as_posix(),
        "actions": SCRIPTS.as_posix(),
        "signatures": (HERE / "sigs.tsv").as_posix(),
        "salt": next(SALTS) * 1000,
        "here": HERE.as_posix(),
    }
    table = lua.to_lua(options)
    table.files = lua.table(
        {
            **folder_calls(tmp_path),
            "list": lambda path: lua.to_lua(sorted(each.name for each in Path(path).iterdir())),
        }
    )
    lua.require("scenario").run(file.as_posix(), name, table)


def test_every_scenario_has_a_name_of_its_own_and_there_are_enough() -> None:
    names = [param.values[1] for param in FOUND]

    print(f"{len(names)} scenarios on Lua {' and '.join(VERSIONS)}")  # noqa: T201
    assert len(set(names)) == len(names) >= 50
