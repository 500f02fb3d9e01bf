"""What the fake Live and the patch checker are there to catch, planted one by one."""

import pytest

from .conftest import FINDINGS, HERE, run_node
from .test_check import FAULTS

CATCHES = ("the fake refuses", "the fake does not forgive")
LEAST_FAULTS = 25


def test_the_fake_live_catches_every_planted_fault(request: pytest.FixtureRequest) -> None:
    report = run_node(HERE / "planted.faults.mjs")

    assert not report.problems, report.problems
    caught = [name for name in report.passed if name.startswith(CATCHES)]
    assert len(caught) + len(FAULTS) >= LEAST_FAULTS
    request.config.stash[FINDINGS] += [
        f"{len(caught)} faults planted in the fake Live and caught: {'; '.join(caught)}",
        f"{len(FAULTS)} faults planted in the patch and caught: {'; '.join(FAULTS)}",
    ]
