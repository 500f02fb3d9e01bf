"""reprise theme: the theme of a file, told, drawn and written."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import builders
from reprise.evaluation.themes.planted_themes import planted_song
from reprise.music import smf
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.voice import Voice

from .conftest import Run


@pytest.fixture
def song(tmp_path: Path) -> Path:
    planted = planted_song("BACAaDA", np.random.default_rng(6))
    bass = builders.line([36, 38, 40, 43] * 14, 1.0)
    voices = (Voice("Bass", bass, is_drums=False), Voice("Tune", planted.notes, is_drums=False))
    path = tmp_path / "söng.mid"
    path.write_bytes(write_score(Score(voices, planted.length)))
    return path


def test_the_theme_is_told_with_all_its_occurrences(reprise: Run, song: Path) -> None:
    found = reprise("theme", song, "--json").data

    assert found["name"] == "Tune"
    assert found["track"] == 2
    assert found["bars"] == [2, 4]
    assert [one["bars"] for one in found["occurrences"]] == [[2, 4], [6, 8], [8, 10], [12, 14]]
    assert found["occurrences"][0]["distance"] == 0.0
    assert found["occurrences"][2]["distance"] > 0.0
    assert not found["is_fallback"]
    assert "--bars 2:4" in reprise("theme", song).out


def test_the_theme_is_written_as_a_file_of_two_bars(
    reprise: Run, song: Path, tmp_path: Path
) -> None:
    outcome = reprise("theme", song, "-o", tmp_path / "out" / "theme.mid", "--json")

    written = smf.read(tmp_path / "out" / "theme.mid").score()
    tune = smf.read(song).score().voices[1].notes
    expected = [replace(note, start=note.start - 8.0) for note in tune if 8.0 <= note.start < 16.0]
    assert written.length == 8.0
    assert [(n.start, n.pitch, n.duration) for n in written.voices[0].notes] == [
        (n.start, n.pitch, n.duration) for n in expected
    ]
    assert outcome.data["files"] == [str(tmp_path / "out" / "theme.mid")]
    assert [note["pitch"] for note in outcome.data["notes"]] == [note.pitch for note in expected]


def test_the_picture_is_an_svg_that_names_the_file(
    reprise: Run, song: Path, tmp_path: Path
) -> None:
    assert reprise("theme", song, "--picture", tmp_path / "theme.svg").code == 0

    root = ElementTree.parse(tmp_path / "theme.svg").getroot()  # noqa: S314 (our own)
    assert root.get("aria-label") == "Theme of söng"


def test_another_track_can_be_asked_about(reprise: Run, song: Path) -> None:
    assert reprise("theme", song, "--track", "1", "--json").data["name"] == "Bass"


@pytest.mark.parametrize("track", ["0", "3", "-1"])
def test_a_track_that_is_not_there_is_refused(reprise: Run, song: Path, track: str) -> None:
    outcome = reprise("theme", song, f"--track={track}")

    assert outcome.code == 2
    assert "the file has 2 tracks with notes" in outcome.sentence


def test_drums_have_no_theme(reprise: Run, tmp_path: Path) -> None:
    path = tmp_path / "beat.mid"
    path.write_bytes(write_score(builders.drum_score()))

    outcome = reprise("theme", path)

    assert outcome.code == 2
    assert "drums have no theme" in outcome.sentence


def test_a_file_of_two_notes_has_no_theme(reprise: Run, tmp_path: Path) -> None:
    path = tmp_path / "short.mid"
    path.write_bytes(write_score(builders.score(builders.line([60, 62], 1.0))))

    outcome = reprise("theme", path)

    assert outcome.code == 2
    assert "no two bars hold 3 notes" in outcome.sentence


def test_nothing_is_written_over_unless_that_was_asked_for(
    reprise: Run, song: Path, tmp_path: Path
) -> None:
    file = tmp_path / "theme.mid"
    file.write_bytes(b"mine")

    outcome = reprise("theme", song, "-o", file, "--picture", tmp_path / "theme.svg")

    assert outcome.code == 1
    assert "exists already" in outcome.sentence
    assert file.read_bytes() == b"mine"
    assert not (tmp_path / "theme.svg").exists()
    assert reprise("theme", song, "-o", file, "--force").code == 0


def test_a_tune_that_never_comes_back_is_said_to_be_no_more_than_the_beginning(
    reprise: Run, tmp_path: Path
) -> None:
    planted = planted_song("BCD", np.random.default_rng(6))
    path = tmp_path / "through.mid"
    path.write_bytes(write_score(Score((Voice("Tune", planted.notes),), planted.length)))

    outcome = reprise("theme", path, "--json")

    assert outcome.data["is_fallback"]
    assert outcome.data["bars"] == [0, 2]
    assert "Nothing comes back three times" in reprise("theme", path).out


def test_the_input_is_never_written_over(reprise: Run, song: Path) -> None:
    before = song.read_bytes()

    outcome = reprise("theme", song, "-o", song, "--force")

    assert outcome.code == 1
    assert "is the input itself" in outcome.sentence
    assert song.read_bytes() == before
