"""Services of fake engines for the tests of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_engines import FakeEngine, Start, service
from reprise.service.service import Service


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start services of fake engines, all of which are closed in the end."""
    started: list[Service] = []

    def begin(*engines: FakeEngine, **changes: object) -> Service:
        started.append(service(tmp_path, *engines, **changes))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for one in started:
        one.close()
