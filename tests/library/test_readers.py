"""The readers: each set's files, bar lines, roles and splits, from small sets laid out alike."""

from dataclasses import replace
from pathlib import Path

import pytest

import builders
import small_sets
import tiny_chorales
from reprise.errors import InvalidRequestError, MissingDataError
from reprise.library import datasets, electronic, pop909
from reprise.library.pieces import KINDS, Reject, SourcePiece
from reprise.library.readers import READERS, read_pieces, read_source, source_files
from reprise.music.meter import Meter
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.voice import Voice


def pieces(data: Path, name: str) -> list[SourcePiece]:
    found = list(read_pieces(data, [name]))
    assert all(isinstance(piece, SourcePiece) for piece in found)
    return [piece for piece in found if isinstance(piece, SourcePiece)]


def test_every_reader_is_of_a_set_that_may_be_shipped() -> None:
    assert all(datasets.DATASETS[name].is_shippable for name in READERS)


@pytest.mark.parametrize("name", small_sets.PLACES)
def test_a_set_of_files_is_read_in_order_and_named_by_its_paths(tmp_path: Path, name: str) -> None:
    small_sets.write_plain_set(tmp_path, name, [small_sets.band(1), small_sets.band(2)])
    found = pieces(tmp_path, name)
    assert [piece.name for piece in found] == [
        f"{name}/{small_sets.PLACES[name].format(title)}" for title in "ab"
    ]
    for piece in found:
        assert piece.kind in KINDS
        assert piece.split is None
        assert len(piece.roles) == len(piece.score.voices)
        assert piece.roles[0] == Role.LEAD
        assert piece.roles[2] == Role.DRUMS


def test_an_unknown_set_and_a_missing_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="nottingham"):
        source_files(tmp_path, ["nottingham"])
    with pytest.raises(MissingDataError, match="freedoom"):
        source_files(tmp_path, ["freedoom"])


def test_a_damaged_file_is_a_reject_with_its_reason(tmp_path: Path) -> None:
    small_sets.write_plain_set(tmp_path, "freedoom", [small_sets.band()])
    (tmp_path / "freedoom" / "musics" / "a.mid").write_bytes(b"MThd but not much of it")
    (found,) = (read_source(source) for source in source_files(tmp_path, ["freedoom"]))
    assert isinstance(found, Reject)
    assert found.reason == "not readable"
    assert found.details


def test_program_0_is_a_piano_in_general_midi_and_unknown_in_a_daw(tmp_path: Path) -> None:
    low = builders.line([36, 38, 40, 43] * 8, 1.0)
    score = small_sets.song(Voice("", low, 0, is_drums=False), small_sets.band().voices[2])
    for name in ("freedoom", "madadog_lmms"):
        small_sets.write_plain_set(tmp_path, name, [score])
    assert pieces(tmp_path, "freedoom")[0].roles[0] == Role.PIANO
    assert pieces(tmp_path, "madadog_lmms")[0].roles[0] == Role.BASS


def test_meters_that_nobody_counts_are_four_quarters(tmp_path: Path) -> None:
    score = small_sets.song(*small_sets.band().voices, meter=Meter(1, 8))
    small_sets.write_plain_set(tmp_path, "simutrans", [score])
    assert pieces(tmp_path, "simutrans")[0].score.meter_map.at(0.0) == Meter(4, 4)


@pytest.mark.parametrize(
    ("title", "stem"),
    [("x", "x"), ("x-v2", "x"), ("x-01", "x"), ("X_Final", "x"), ("x2b", "x"), ("2020", "2020")],
)
def test_versions_of_a_project_have_one_title(title: str, stem: str) -> None:
    assert electronic.title_stem(title) == stem


def test_versions_of_a_project_are_one_song(tmp_path: Path) -> None:
    for title in ("beat", "beat-v2"):
        place = small_sets.PLACES["madadog_lmms"].format(title)
        small_sets.write(tmp_path / "madadog_lmms" / place, small_sets.band())
    assert len({piece.song for piece in pieces(tmp_path, "madadog_lmms")}) == 1


@pytest.mark.parametrize("moved_by", [0.5, 1.25])
def test_a_pop_song_is_moved_to_the_checked_bar_lines(tmp_path: Path, moved_by: float) -> None:
    score = small_sets.pop_song()
    small_sets.write_pop909(tmp_path, "001", score, moved_by)
    (found,) = pieces(tmp_path, "pop909")
    assert found.roles == (Role.MELODY, Role.LEAD, Role.PIANO)
    assert found.song == "pop909/001"
    assert found.score.voices[0].notes[0].start == pytest.approx(moved_by, abs=1e-3)
    assert found.score.note_count == score.note_count


def test_what_begins_before_the_first_bar_line_gets_a_bar_more(tmp_path: Path) -> None:
    later = [
        replace(voice, notes=tuple(replace(note, start=note.start + 4.0) for note in voice.notes))
        for voice in small_sets.pop_song().voices
    ]
    pickup = replace(later[0], notes=(Note(0.0, 95, 1.0), *later[0].notes))
    score = small_sets.song(pickup, *later[1:])
    small_sets.write_pop909(tmp_path, "001", small_sets.song(*later), -3.0)
    small_sets.write(tmp_path / "pop909" / "POP909" / "001" / "001.mid", score)
    (found,) = pieces(tmp_path, "pop909")
    # Three beats earlier would be before the first bar line, so it is one beat later instead.
    assert found.score.voices[0].notes[0].start == pytest.approx(1.0, abs=1e-3)
    assert found.score.voices[2].notes[0].start == pytest.approx(5.0, abs=1e-3)


def test_a_pop_song_without_checked_bar_lines_is_left_out(tmp_path: Path) -> None:
    small_sets.write_pop909(tmp_path, "001", small_sets.pop_song(1), 0.0)
    small_sets.write_pop909(tmp_path, "002", small_sets.pop_song(2), 0.0)
    aligned = tmp_path / "pop909_cl" / "POP909_processed"
    (aligned / "001.mid").unlink()
    small_sets.write(aligned / "002.mid", small_sets.band(9))
    found = list(read_pieces(tmp_path, ["pop909"]))
    assert {piece.reason for piece in found if isinstance(piece, Reject)} == {
        "no checked bar lines"
    }
    assert len(found) == 2


def test_pop_songs_need_their_checked_twins(tmp_path: Path) -> None:
    small_sets.write(tmp_path / "pop909" / "POP909" / "001" / "001.mid", small_sets.pop_song())
    with pytest.raises(MissingDataError, match="--without pop909"):
        list(read_pieces(tmp_path, ["pop909"]))


def test_the_songs_of_the_theme_study_are_for_testing(tmp_path: Path) -> None:
    assert len(pop909.TEST_SONGS) == 29
    for number in ("001", "909"):
        small_sets.write_pop909(tmp_path, number, small_sets.pop_song(), 0.0)
    assert [piece.split for piece in pieces(tmp_path, "pop909")] == [None, "test"]


def test_grooves_keep_their_split_and_have_general_midi_drums(tmp_path: Path) -> None:
    small_sets.write_gmd(tmp_path, ["train", "validation", "test"])
    found = pieces(tmp_path, "gmd_groove")
    assert [piece.split for piece in found] == ["train", "valid", "test"]
    assert {note.pitch for note in found[0].score.sounding} == {36, 38, 42, 46}
    assert found[0].score.voices[0].is_drums


def test_a_lead_sheet_has_its_chords_as_a_second_voice(tmp_path: Path) -> None:
    small_sets.write_openewld(tmp_path)
    (found,) = pieces(tmp_path, "openewld")
    assert found.roles == (Role.MELODY, Role.CHORDS)
    chords: dict[float, set[int]] = {}
    for note in found.score.voices[1].notes:
        chords.setdefault(note.start, set()).add(note.pitch % 12)
    assert list(chords.values()) == [{0, 4, 7}, {9, 0, 4, 7}, {7, 11, 2, 5}, {11, 2, 5, 9}]


def test_chorales_are_four_voices_of_held_notes(tmp_path: Path) -> None:
    tiny_chorales.write_data_set(tmp_path, count=1)
    found = pieces(tmp_path, "jsb")
    assert [piece.split for piece in found] == ["train", "valid", "test"]
    score = found[0].score
    assert [voice.name for voice in score.voices] == ["soprano", "alto", "tenor", "bass"]
    assert set(found[0].roles) == {Role.VOICE}
    for voice in score.voices:
        ends = [note.end for note in voice.notes[:-1]]
        assert ends == pytest.approx([note.start for note in voice.notes[1:]])
