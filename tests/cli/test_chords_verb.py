"""`reprise chords`: names and picture."""

from pathlib import Path

import pytest

import builders
from reprise.music.chords import QUALITIES, read_chords
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.voice import Voice

from .conftest import Run

NAMES = "C Am7 F/A G7"


def song(path: Path) -> Path:
    """Write a file of four bars of block chords, a melody, and drums."""
    notes = []
    for bar, chord in enumerate(read_chords(NAMES)):
        if chord is not None:
            tones = {60 + chord.root + step for step in QUALITIES[chord.quality]}
            notes += [Note(4.0 * bar, pitch, 4.0) for pitch in {36 + chord.bass, *tones}]
    chords = Voice("Chords", tuple(notes))
    drums = Voice(
        "Drums", tuple(Note(n.start, n.pitch, n.duration, channel=9) for n in builders.groove(4))
    )
    path.write_bytes(write_score(Score((chords, drums), 16.0)))
    return path


def test_chords_of_a_file_are_printed_bar_by_bar(reprise: Run, tmp_path: Path) -> None:
    outcome = reprise("chords", song(tmp_path / "söng.mid"))
    assert outcome.code == 0
    key, line = outcome.out.splitlines()
    assert key == "Key: C major"
    assert [word.strip() for word in line.split("  ", 2)[-1].split("|")] == NAMES.split()


def test_programs_get_starts_and_lengths(reprise: Run, tmp_path: Path) -> None:
    data = reprise("chords", song(tmp_path / "song.mid"), "--json").data
    assert [chord["name"] for chord in data["chords"]] == NAMES.split()
    assert [chord["start"] for chord in data["chords"]] == [0.0, 4.0, 8.0, 12.0]
    assert "picture" not in data


def test_a_picture_is_drawn_where_it_is_asked_for(reprise: Run, tmp_path: Path) -> None:
    picture = tmp_path / "out" / "way.svg"
    outcome = reprise("chords", song(tmp_path / "song.mid"), "--picture", picture, "--json")
    assert outcome.code == 0
    assert len(outcome.data["way"]) == 4
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    again = reprise("chords", tmp_path / "song.mid", "--picture", picture)
    assert again.code == 1
    assert "--force" in again.sentence
    assert reprise("chords", tmp_path / "song.mid", "--picture", picture, "--force").code == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("--track", "2"), "nothing but drums"), (("--track", "0"), "counted from 1"),
     (("--track", "9"), "track 9")],
)  # fmt: skip
def test_what_has_no_chords_is_refused_in_words(
    reprise: Run, tmp_path: Path, words: tuple[str, str], reason: str
) -> None:
    outcome = reprise("chords", song(tmp_path / "song.mid"), *words)
    assert outcome.code == 2
    assert reason in outcome.sentence
