"""The JavaScript rooms by themselves, without a server: what `*.test.mjs` promise, run by node."""

from pathlib import Path

import pytest

from .conftest import HERE, run_node

FILES = sorted(HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_javascript_keeps_its_promises(file: Path) -> None:
    report = run_node(file)

    assert not report.problems, report.problems
    assert report.passed
