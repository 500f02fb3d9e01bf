import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from .ardour import Ardour, missing_programs

HOW = "docs/testing.md says how to install and run what this needs"


@pytest.fixture
def make_ardour(tmp_path: Path, state: Path) -> Callable[[str], Ardour]:
    """Give what makes an Ardour in a folder of its own; skip where there is none."""
    missing = missing_programs()
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; {HOW}")
    assert not state.exists()

    def make(name: str) -> Ardour:
        return Ardour(tmp_path / name, {})

    return make


@pytest.fixture
def jack_midi() -> None:
    """Skip where rtmidi is not there or cannot speak to JACK."""
    try:
        rtmidi = importlib.import_module("rtmidi")
    except ImportError:
        pytest.skip(f"python-rtmidi is not installed; {HOW}")
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        pytest.skip(f"this python-rtmidi was built without JACK; {HOW}")
