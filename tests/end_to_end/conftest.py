from collections.abc import Iterator
from pathlib import Path

import pytest

from reprise.cli.own_server import OwnServer, own_server


@pytest.fixture
def server(state: Path) -> Iterator[OwnServer]:
    assert not state.exists()
    with own_server() as running:
        yield running
