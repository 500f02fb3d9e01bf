"""`reprise train NAME --quick`: every source system learns something from a little music.

The trainings are the real ones with the sizes of their recipes' `[quick]` tables; what they learn
is compared with a model that needs no network, on music that neither has seen.
"""

from pathlib import Path

import pytest

from reprise.cli.train_sources import TRAINABLE, training_of
from reprise.engines import checkpoint
from reprise.training.order import Order

pytest.importorskip("torch")
pytest.importorskip("onnx")

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", TRAINABLE)
def test_a_quick_training_beats_what_needs_no_network(name: str, tmp_path: Path) -> None:
    lines: list[str] = []
    order = Order(
        data=None,
        out=tmp_path,
        is_quick=True,
        progress=lambda what, _share, _line: lines.append(what),
    )
    outcome = training_of(TRAINABLE[name])(order)

    assert outcome is not None
    assert outcome.loss < outcome.baseline, outcome.baseline_name
    assert checkpoint.read(outcome.model.name, outcome.model.parent).config["kind"]
    assert lines
