"""The models are found however the package was installed."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from reprise.engines import checkpoint

ROOT = Path(__file__).parents[2]
LOOK = (
    "import json; from reprise.engines import checkpoint as c; "
    "hashes = [c.read(name).model_hash for name in c.list_models()]; "
    "print(json.dumps([str(c.models_directory()), hashes]))"
)


def unpacked_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout and unpack it, as an installer does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


@pytest.mark.parametrize("way", ["wheel", "editable"])
def test_the_models_are_found_in_a_wheel_and_in_an_editable_install(
    way: str, tmp_path: Path
) -> None:
    package = unpacked_wheel(tmp_path) if way == "wheel" else ROOT / "server"
    outcome = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    folder, hashes = json.loads(outcome.stdout)
    expected = package / "reprise" / "_models" if way == "wheel" else ROOT / "models"
    assert Path(folder).resolve() == expected.resolve()
    assert hashes == [checkpoint.read(name).model_hash for name in checkpoint.list_models()] != []
