"""Whole scenarios: the device, a strict fake Live, and the real Reprise server over real UDP."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from .conftest import FINDINGS, HERE, NAMES_OF_SCENARIOS, Report, run_node

FILES = sorted(HERE.glob("*.scenarios.mjs"))
BAD_INPUT = (
    "no clip",
    "audio clip",
    "group slot",
    "last scene",
    "frozen track",
    "clip deleted while waiting",
    "clip moved while waiting",
    "clip edited while waiting",
    "device duplicated",
    "device in a rack",
    "device switched off",
    "two devices at once",
    "loop that does not start at 0",
    "negative note times",
    "5,000 notes",
    "7/8 clip in a 4/4 Set",
    "tempo 999",
    "MPE clip",
    "clip with groove and envelopes",
    "12-pad rack in a private layout",
    "server killed mid-answer",
    "5 % loss",
    "answer after cancel",
    "Set re-opened",
)
LEAST_SCENARIOS = 50
OWN_SERVERS = ("restart.scenarios.mjs",)
MOST_MS_BESIDES_THE_ENGINE = 1000


@pytest.fixture(scope="module")
def reports(
    real_server: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[dict[Path, "Future[Report]"]]:
    """All files at work: one after another on the shared server, and beside them what mostly waits.

    What has servers of its own waits for time-outs most of the time.
    """
    chosen = [
        Path(str(item.callspec.params["file"]))
        for item in request.session.items
        if isinstance(item, pytest.Function) and "reports" in item.fixturenames
    ]
    with ThreadPoolExecutor(1) as shared, ThreadPoolExecutor(1) as waiting:
        pools = {file: waiting if file.name in OWN_SERVERS else shared for file in chosen}
        yield {file: pool.submit(run_node, file, **real_server) for file, pool in pools.items()}


@pytest.mark.parametrize("file", FILES, ids=[file.name.split(".")[0] for file in FILES])
def test_scenarios_hold(
    file: Path, reports: dict[Path, "Future[Report]"], request: pytest.FixtureRequest
) -> None:
    report = reports[file].result()

    assert not report.problems, report.problems
    assert report.passed
    request.config.stash[NAMES_OF_SCENARIOS] += report.passed
    request.config.stash[FINDINGS] += report.findings


@pytest.mark.slow
def test_5000_notes_take_a_second_besides_the_engine(
    real_server: dict[str, str], request: pytest.FixtureRequest
) -> None:
    limit = {"LIVE_TEST_LIMIT_MS": str(MOST_MS_BESIDES_THE_ENGINE)}

    report = run_node(HERE / "big.scenarios.mjs", **real_server, **limit)

    assert not report.problems, report.problems
    assert any("ms besides the engine" in finding for finding in report.findings)
    request.config.stash[FINDINGS] += report.findings


def test_every_line_of_bad_input_has_a_scenario(request: pytest.FixtureRequest) -> None:
    names = request.config.stash[NAMES_OF_SCENARIOS]
    if len(names) == 0:
        pytest.skip("runs after the scenarios, which were not chosen")

    missing = [line for line in BAD_INPUT if not any(held.startswith(line) for held in names)]

    assert not missing
    assert len(names) >= LEAST_SCENARIOS
