from pathlib import Path

import numpy as np
import pytest

import small_sets
from reprise.engines import checkpoint
from reprise.engines.checkpoint import Checkpoint
from reprise.evaluation.themes.planted_themes import planted_song
from reprise.music.note import Note
from reprise.music.voice import Voice
from reprise.training.theme.labels import theme_labels


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for number, form in (("001", "ABACADAE"), ("874", "BACADAE")):
        planted = planted_song(form, np.random.default_rng(int(number)))
        song = small_sets.song(Voice("MELODY", planted.notes, is_drums=False))
        small_sets.write_pop909(folder, number, song, 0.0)
    silent = small_sets.song(Voice("MELODY", (Note(0.0, 60, 8.0), Note(8.0, 62, 8.0))))
    small_sets.write_pop909(folder, "002", silent, 0.0)
    return folder


@pytest.fixture(scope="module")
def model() -> Checkpoint:
    return checkpoint.read("theme-v1")


def test_labels_tell_where_the_theme_of_each_song_stands(
    data: Path, model: Checkpoint, tmp_path: Path
) -> None:
    shares: list[float] = []

    labels = theme_labels(data, model, tmp_path / "labels.json", shares.append)

    assert labels["001"].bars == (0, 4, 8, 12)
    assert labels["001"].theme == 0
    assert labels["001"].segments == 8
    assert not labels["001"].is_fallback
    assert labels["874"].bars == (2, 6, 10)
    assert shares[-1] == 1.0


def test_songs_of_the_theme_study_are_told_from_the_others(
    data: Path, model: Checkpoint, tmp_path: Path
) -> None:
    labels = theme_labels(data, model, tmp_path / "labels.json")

    assert {number: theme.split for number, theme in labels.items()} == {
        "001": "train",
        "874": "test",
    }


def test_labels_are_made_once_for_a_model(data: Path, model: Checkpoint, tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    made = theme_labels(data, model, file)

    assert theme_labels(tmp_path / "no data", model, file) == made


def test_labels_of_another_model_are_made_anew(
    data: Path, model: Checkpoint, tmp_path: Path
) -> None:
    file = tmp_path / "labels.json"
    file.write_text('{"format": 1, "model": "00000000", "songs": {}}', encoding="ascii")

    assert set(theme_labels(data, model, file)) == {"001", "874"}
