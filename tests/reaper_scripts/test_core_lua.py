"""The pure core and the fake itself, in `specs/*.lua`; no server, both versions of Lua."""

import re
from pathlib import Path

import pytest

from lua_host import SCRIPTS, VERSIONS
from lua_scenarios import HERE, found_in, run

SPECS = found_in("specs")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("file", "name"), SPECS)
def test_spec(tmp_path: Path, file: Path, name: str, version: str) -> None:
    run(version, file, name, tmp_path, tmp_path)


def test_the_signatures_are_those_of_the_calls_that_scripts_use() -> None:
    called = re.compile(r"(?<![\w/])reaper\.([A-Za-z]\w*)")
    files = [*(SCRIPTS / "adapter").glob("*.lua"), *SCRIPTS.glob("Reprise_*.lua")]
    used = {name for file in files for name in called.findall(file.read_text(encoding="ascii"))}

    lines = (HERE / "sigs.tsv").read_text(encoding="utf-8").splitlines()
    guarded = {line.split("\t")[0] for line in lines if not line.startswith("#")}

    assert used == guarded


def test_core_knows_no_host() -> None:
    for file in (SCRIPTS / "core").glob("*.lua"):
        assert not re.search(r"\b(reaper|gfx)\.", file.read_text(encoding="ascii")), file.name
