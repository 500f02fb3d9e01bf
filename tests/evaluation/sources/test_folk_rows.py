"""Rows of S4: measured where networks are, and told how to get them where not."""

from pathlib import Path

import pytest

import builders
from reprise.evaluation.sources import folk
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.music.smf_write import write_score

FILES = 14


@pytest.fixture
def nottingham(tmp_path: Path) -> Path:
    folder = tmp_path / "nottingham" / "MIDI"
    folder.mkdir(parents=True)
    for number in range(FILES):
        tune = builders.score(builders.melody(16, 60 + number % 5), length=64.0)
        (folder / f"reel{number}.mid").write_bytes(write_score(tune))
    return tmp_path


def told(rows: list[Row], model: str) -> list[Row]:
    return [row for row in rows if row.model == model]


def test_without_networks_every_variant_of_the_text_says_how_to_train_it(
    nottingham: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()

    rows = folk.rows(SourceSetup(nottingham, tmp_path / "models"))

    for variant in folk.TEXT:
        (row, *_) = told(rows, variant)
        assert row.found is None
        assert row.text == folk.TEXT[variant][0]
        assert f"variant={variant}" in row.remark
    assert all(row.system == "S4" for row in rows)


def test_people_are_measured_on_the_texts_own_ground(
    nottingham: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()

    people = told(folk.rows(SourceSetup(nottingham, tmp_path / "models")), "people")

    assert {folk.OVERLAP, folk.DIVERGENCE, folk.COPIED} <= {row.figure for row in people}
    assert all(row.found is not None for row in people)
    assert all(row.text is None for row in people)


def test_without_tunes_the_rows_say_where_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()

    rows = folk.rows(SourceSetup(tmp_path, tmp_path / "models"))

    assert [row.text for row in rows if row.model in folk.TEXT] == [
        overlap for overlap, _ in folk.TEXT.values()
    ]
    assert any("nottingham-dataset" in row.remark for row in rows)


def test_the_texts_figures_are_those_that_it_reports() -> None:
    assert folk.TEXT["bidirectional"] == (0.814, 0.098)
    assert list(folk.TEXT_COPIED.values()) == [0.683, 0.126, 0.138]
