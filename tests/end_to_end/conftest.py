import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reprise.cli.own_server import OwnServer, own_server


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the test's own, also for the processes that it starts."""
    for name in [name for name in os.environ if name.startswith("REPRISE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "state"
    monkeypatch.setenv("REPRISE_DATA_DIRECTORY", str(folder))
    return folder


@pytest.fixture
def server(state: Path) -> Iterator[OwnServer]:
    assert not state.exists()
    with own_server() as running:
        yield running
