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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many scenarios passed on every Lua that they ran on."""
    passed, failed = (
        {
            report.nodeid.rpartition("-")[0]
            for report in terminalreporter.stats.get(outcome, [])
            if "::test_scenario[" in report.nodeid
        }
        for outcome in ("passed", "failed")
    )
    if passed or failed:
        count = len(passed - failed)
        terminalreporter.write_line(f"{count} scenarios passed on Lua {' and '.join(VERSIONS)}")
