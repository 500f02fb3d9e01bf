"""Reprise's actions in a fake REAPER: with the real server, and with one that is told what to say.

The scenarios are in `scenarios/*.lua`; each runs on both versions of Lua.
"""

from pathlib import Path

import pytest

from lua_host import VERSIONS
from lua_scenarios import found_in, run
from reaper_server import ReaperServer

SCENARIOS = found_in("scenarios")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("file", "name"), SCENARIOS)
def test_scenario(
    server: ReaperServer, tmp_path: Path, file: Path, name: str, version: str
) -> None:
    run(version, file, name, server.resource_folder, tmp_path)


def test_every_scenario_has_a_name_of_its_own_and_there_are_enough() -> None:
    names = [param.values[1] for param in SCENARIOS]

    print(f"{len(names)} scenarios on Lua {' and '.join(VERSIONS)}")  # noqa: T201
    assert len(set(names)) == len(names) >= 50
