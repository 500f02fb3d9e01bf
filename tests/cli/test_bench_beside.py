"""Requests are timed before, beside and after a training, and nothing of the user's is touched."""

import sys
from pathlib import Path

import pytest

from reprise.cli import bench_beside
from reprise.errors import ServerError

from .conftest import Run

STANDS_IN = f"""
import os, pathlib, time
begun = pathlib.Path(os.environ["REPRISE_DATA_DIRECTORY"]) / {str(bench_beside.BEGUN)!r}
begun.parent.mkdir(parents=True)
begun.write_bytes(b"")
time.sleep(600)
"""


def quiet(_share: float, _stage: str) -> None:
    pass


def test_requests_are_timed_in_three_scenes_and_nothing_is_left(state: Path) -> None:
    training = [sys.executable, "-c", STANDS_IN]
    found = bench_beside.measure(2, quiet, ("nobody", "markov"), training)

    assert found["engine"] == "markov"
    assert list(found["scenes"]) == ["before", "beside", "after"]
    for told in found["scenes"].values():
        assert 0.0 < told["fastest_ms"] <= told["median_ms"] <= told["slowest_ms"]
    assert f"{found['times_as_long']:g} times as long" in bench_beside.text(found)
    assert not state.exists()


def test_a_training_that_ends_at_once_is_told_with_its_words(state: Path) -> None:
    training = [sys.executable, "-c", "raise SystemExit('no such base')"]
    with pytest.raises(ServerError, match="no such base"):
        bench_beside.measure(1, quiet, ("markov",), training)
    assert not state.exists()


def test_no_requests_are_refused(reprise: Run) -> None:
    assert reprise("bench", "beside", "--requests", "0").code == 2
    assert reprise("bench", "guard", "--pieces", "5").code == 2
