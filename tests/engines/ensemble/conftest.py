"""An engine with a tiny network of random weights: what it writes is legal, not beautiful."""

from pathlib import Path

import pytest

import tiny_ensembles
from reprise.engines import checkpoint
from reprise.engines.ensemble.engine import EnsembleEngine


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one ensemble model."""
    folder = tmp_path_factory.mktemp("models")
    checkpoint.write_sums(tiny_ensembles.write(folder / "ensemble-xs-v1"))
    return folder


@pytest.fixture(scope="session")
def engine(models: Path) -> EnsembleEngine:
    """An engine that answers with it."""
    return EnsembleEngine(models)
