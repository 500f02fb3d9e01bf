from pathlib import Path

import numpy as np
import pytest

import tiny_chorales
from reprise.errors import MissingDataError
from reprise.evaluation.sources import rmvae as source
from reprise.evaluation.sources.base import SourceSetup
from reprise.music.note import Note


def test_variety_is_how_many_lengths_and_pitches_a_voice_has() -> None:
    dull = [Note(float(beat), 60, 1.0) for beat in range(4)]
    lively = [Note(0.0, 60, 1.0), Note(1.0, 62, 0.5), Note(1.5, 64, 0.5), Note(2.0, 60, 2.0)]

    found = source.variety([dull, lively])

    assert (found.lengths, found.pitches) == (2.0, 2.0)


def test_the_rows_have_the_text_s_figures_our_goals_and_the_baselines(tmp_path: Path) -> None:
    data = tiny_chorales.write_data_set(tmp_path, count=2, steps=176)
    setup = SourceSetup(data, None, is_quick=True)

    found = {(row.model, row.figure): row for row in source.rows(setup)}

    accuracy = found[source.OURS, "next-bar accuracy"]
    assert (accuracy.text, accuracy.goal) == (0.8, 0.8)
    refilled = found[source.OURS, "refilled-voice accuracy"]
    assert (refilled.text, refilled.goal) == (0.7, 0.7)
    never = found["never beginning a note", "next-bar accuracy"]
    assert never.found is not None
    assert 0.5 < never.found < 1.0
    for figure in ("lengths", "pitches"):
        name = f"distinct note {figure} a voice in 8 bars"
        bach, ours = found["Bach, test chorales", name], found[source.OURS, name]
        assert ours.goal == pytest.approx(0.5 * np.array(bach.found))
    assert all(row.system == "S2" and row.found is not None for row in found.values())


def test_without_chorales_it_is_said_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        source.rows(SourceSetup(tmp_path))
