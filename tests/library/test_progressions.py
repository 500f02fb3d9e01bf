import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import builders
from reprise.errors import MissingDataError
from reprise.library import practice, progressions
from reprise.library.pop909 import TEST_SONGS
from reprise.music.chords import QUALITIES, chord_name, read_chords
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.music.voice import Voice
from reprise.tokenizers import chords


def names(piece: progressions.Piece) -> list[str]:
    return [chord_name(one.chord) for one in chords.decode(piece.elements)]


def pop_song(line: str) -> Score:
    """A file as POP909-CL has it: the song, and block chords as a second voice."""
    notes: list[Note] = []
    for bar, chord in enumerate(read_chords(line)):
        if chord is not None:
            steps = QUALITIES[chord.quality]
            notes += [Note(4.0 * bar, 48 + chord.root + step, 4.0) for step in steps]
    length = max(note.end for note in notes)
    song = Voice("piano", builders.melody(4))
    return Score((song, Voice("chords", tuple(notes))), length)


def write_sets(data: Path, songs: dict[str, str], symbols: list[list[Any]]) -> None:
    """Write both sets as they are laid out."""
    pop = data / "pop909_cl" / "POP909_processed"
    sheets = data / "openewld" / "mid"
    pop.mkdir(parents=True)
    sheets.mkdir(parents=True)
    for number, line in songs.items():
        (pop / f"{number}.mid").write_bytes(write_score(pop_song(line), 480))
    (sheets / "Tune.mid").write_bytes(write_score(builders.score(builders.melody(4)), 480))
    content = json.dumps({"beats_unit": "quarter", "chords": symbols})
    (sheets / "Tune.chords.json").write_text(content, encoding="utf-8")


SYMBOLS: list[list[Any]] = [
    [0.0, 7, "major", None, []],
    [4.0, 0, "major", 4, []],
    [4.0, 0, "major", 7, []],
    [12.0, 2, "dominant", None, [["9", "-1", "add"]]],
    [8.0, 9, "minor-seventh", None, []],
    [16.0, 7, "major", None, []],
]


def test_both_sets_are_read_in_one_key(tmp_path: Path) -> None:
    write_sets(tmp_path, {"001": "D Bm G A D Bm G A D"}, SYMBOLS)
    sheet, song = progressions.read_all(tmp_path)
    assert names(song) == ["C", "Am", "F", "G", "C", "Am", "F", "G", "C"]
    assert names(sheet) == ["C", "F/C", "Dm7", "G7b9", "C"]
    assert song.positions.tolist() == [0] * len(song.elements)


def test_the_songs_of_the_theme_study_are_for_testing_only(tmp_path: Path) -> None:
    numbers = dict.fromkeys(sorted(TEST_SONGS), "C Am F G C")
    write_sets(tmp_path, numbers, SYMBOLS)
    pop = [piece for piece in progressions.read_all(tmp_path) if "pop909" in piece.name]
    assert len(pop) == len(TEST_SONGS)
    assert {piece.split for piece in pop} == {"test"}


def test_a_song_is_on_one_side_for_good() -> None:
    sides = [progressions.split_of(f"song {number}") for number in range(2000)]
    assert sides == [progressions.split_of(f"song {number}") for number in range(2000)]
    assert 0.05 < sides.count("test") / len(sides) < 0.11
    assert 0.04 < sides.count("valid") / len(sides) < 0.10


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="openewld"):
        progressions.read_all(tmp_path)


def test_too_few_chords_are_no_piece() -> None:
    assert progressions.piece_of_score("short", "train", builders.score(())) is None
    scores = practice.progressions(4, seed=1)
    pieces = [progressions.piece_of_score("made up", "train", score) for score in scores]
    for piece in pieces:
        assert piece is not None
        assert len(piece.elements) == len(piece.positions)
        assert np.all(chords.lengths(piece.elements) > 0)
