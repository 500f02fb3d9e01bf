"""Both versions of Lua, and the real server with a mailbox of the tests' own."""

from collections.abc import Iterator

import pytest

from lua_host import VERSIONS, LuaHost
from reaper_server import ReaperServer, reaper_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReaperServer]:
    """One server for all tests, in a folder with a name that is not ASCII."""
    with reaper_server(tmp_path_factory.mktemp("Zoë 音")) as running:
        yield running


@pytest.fixture(params=VERSIONS)
def host(request: pytest.FixtureRequest) -> LuaHost:
    """A fresh state of each Lua."""
    return LuaHost(request.param)
