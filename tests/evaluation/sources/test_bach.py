from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import tiny_chorales
from reprise.errors import MissingDataError
from reprise.evaluation import jsb as suite
from reprise.evaluation.sources import bach as source
from reprise.evaluation.sources.base import SourceSetup
from reprise.library import jsb
from reprise.tokenizers import chorale


class RepeatsTheChord:
    """A token model that is sure of every voice singing on; of a first chord it knows nothing."""

    length = 0

    def prefill(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        cells = features[..., 0]
        logits = np.zeros((*cells.shape, chorale.CLASS_COUNT), np.float32)
        held = cells[:, : cells.shape[1] - 3]
        np.put_along_axis(logits[:, 3:], held[..., None], 20.0, axis=-1)
        return logits

    def step(self, features: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.prefill(features[:, None])[:, 0]

    def fork(self) -> "RepeatsTheChord":
        return self


def windows() -> chorale.Grid:
    return jsb.windows(tiny_chorales.chorales(3))[0]


def test_every_cell_but_the_first_is_predicted_from_those_before_it() -> None:
    still = np.tile(np.array([32, 28, 25, 16]), (3, 33, 1))
    still[:, 32, 3] = 21

    found = source.figures_of(RepeatsTheChord(), still)

    # Of 131 cells the 3 of the first chord are guessed as a rest, at one chance in 47, and the
    # last is missed by all of 20 nats.
    assert found["accuracy"] == pytest.approx(127 / 131)
    assert found["nll"] == pytest.approx((3 * np.log(chorale.CLASS_COUNT) + 20) / 131, abs=1e-4)


def test_singing_on_is_never_right_where_a_note_changes() -> None:
    found = source.figures_of(RepeatsTheChord(), windows())

    copied = suite.copied_next_note(windows(), windows())
    assert found["accuracy_changed"] == 0.0
    assert found["accuracy"] == pytest.approx(copied["accuracy"], abs=0.03)


def test_the_rows_have_the_text_s_figures_our_goals_and_the_baselines(tmp_path: Path) -> None:
    data = tiny_chorales.write_data_set(tmp_path)
    heard: list[float] = []

    rows = source.rows(
        SourceSetup(data, is_quick=True, progress=lambda share, _stage: heard.append(share))
    )

    by_name = {(row.model, row.figure): row for row in rows}
    assert by_name["CNN and LSTM", source.ACCURACY].text == 0.8154
    assert by_name["CNN and LSTM", source.NLL].goal == 0.68
    assert by_name["Transformer", source.NLL].text == 0.6197
    assert by_name["Transformer", source.ACCURACY].goal == 0.808
    for model, size in (("CNN and LSTM", 396_810), ("Transformer", 708_207)):
        assert by_name[model, source.PARAMETERS].found == size
        assert "mean of 3 seeds" in by_name[model, source.NLL].remark
    assert {row.model for row in rows} == {
        "CNN and LSTM",
        "Transformer",
        "copying the voice's last note",
        "counting, five contexts",
        "chorale-v1",
    }
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_without_the_chorales_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        source.rows(SourceSetup(tmp_path))
