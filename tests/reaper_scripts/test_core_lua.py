"""The pure core and the fake itself, in `specs/*.lua`; no server, both versions of Lua."""

from pathlib import Path

import pytest

from lua_host import VERSIONS
from lua_scenarios import found_in, run

SPECS = found_in("specs")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("file", "name"), SPECS)
def test_spec(tmp_path: Path, file: Path, name: str, version: str) -> None:
    run(version, file, name, tmp_path, tmp_path)
