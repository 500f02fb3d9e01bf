"""What holds for all tests: settings of their own, and no deadline, since machines differ."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A check of a change has to be the same twice; whoever works here explores further each time.
settings.register_profile("reprise", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("reprise")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory and a home of the test's own, also for the processes that it starts."""
    for name in [name for name in os.environ if name.startswith("REPRISE_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "state"
    monkeypatch.setenv("REPRISE_DATA_DIRECTORY", str(folder))
    return folder
