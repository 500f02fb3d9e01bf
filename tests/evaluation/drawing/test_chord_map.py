import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from reprise.engines import checkpoint
from reprise.engines.chords.engine import MODEL
from reprise.errors import CorruptModelError
from reprise.evaluation.drawing import chord_map
from reprise.music.chords import read_chords
from reprise.music.progression import PlacedChord


def placed(names: str) -> list[PlacedChord]:
    return [PlacedChord(4.0 * index, 4.0, chord) for index, chord in enumerate(read_chords(names))]


def test_the_way_has_a_point_for_each_chord_and_labels_in_the_clips_key() -> None:
    found = chord_map.chord_map(checkpoint.read(MODEL), placed("E C#m A B"), "mine")
    assert found.way.shape == (4, 2)
    words = " ".join(label for _, _, label in found.labels).split()
    assert words.count("E") > words.count("C")


def test_a_clip_in_another_key_has_the_same_way() -> None:
    model = checkpoint.read(MODEL)
    here = chord_map.chord_map(model, placed("C Am F G C"), "").way
    there = chord_map.chord_map(model, placed("E C#m A B E"), "").way
    assert (here == there).all()


def test_the_picture_is_well_formed_and_says_what_it_shows() -> None:
    found = chord_map.chord_map(checkpoint.read(MODEL), placed("Am F C G"), "a < b & c")
    root = Xml.fromstring(chord_map.drawn(found))  # noqa: S314 (our own)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "a < b & c" in texts
    assert sum(element.tag.endswith("circle") for element in root.iter()) > 100


def test_a_model_without_its_map_is_refused(tmp_path: Path) -> None:
    model = checkpoint.read(MODEL)
    bare = checkpoint.Checkpoint(
        model.name, tmp_path, model.config, model.vocabulary, model.model_hash
    )
    with pytest.raises(CorruptModelError):
        chord_map.chord_map(bare, placed("C G"), "")
