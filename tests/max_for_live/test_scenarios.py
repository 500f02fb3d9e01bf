"""Whole scenarios: the device, a strict fake Live, and the real Reprise server over real UDP."""

from pathlib import Path

import pytest

from .conftest import FINDINGS, HERE, NAMES_OF_SCENARIOS, run_node

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
MOST_MS_BESIDES_THE_ENGINE = 1000


@pytest.mark.parametrize("file", FILES, ids=[file.name.split(".")[0] for file in FILES])
def test_scenarios_hold(
    file: Path, real_server: dict[str, str], request: pytest.FixtureRequest
) -> None:
    report = run_node(file, **real_server)

    assert not report.failed, report.output[-8000:]
    request.config.stash[NAMES_OF_SCENARIOS] += report.passed
    request.config.stash[FINDINGS] += report.findings


@pytest.mark.slow
def test_5000_notes_take_a_second_besides_the_engine(
    real_server: dict[str, str], request: pytest.FixtureRequest
) -> None:
    limit = {"LIVE_TEST_LIMIT_MS": str(MOST_MS_BESIDES_THE_ENGINE)}

    report = run_node(HERE / "big.scenarios.mjs", **real_server, **limit)

    assert not report.failed, report.output[-8000:]
    assert any("ms besides the engine" in finding for finding in report.findings)
    request.config.stash[FINDINGS] += report.findings


def test_every_line_of_bad_input_has_a_scenario(request: pytest.FixtureRequest) -> None:
    names = request.config.stash[NAMES_OF_SCENARIOS]
    if len(names) == 0:
        pytest.skip("runs after the scenarios, which were not chosen")

    missing = [line for line in BAD_INPUT if not any(held.startswith(line) for held in names)]

    assert not missing
    assert len(names) >= LEAST_SCENARIOS
