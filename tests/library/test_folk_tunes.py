"""Tunes of one voice: whole bars of four beats, and nobody learns what is held out."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import small_sets
from reprise.errors import MissingDataError
from reprise.library import folk_tunes
from reprise.library.folk_tunes import chosen_tunes, nottingham_split, read_tunes, tunes_of
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.smf_write import write_score
from reprise.tokenizers import folk


def test_a_tune_starts_on_its_first_bar_line_and_holds_whole_bars() -> None:
    score = builders.score(builders.melody(8), length=32.0)

    (tune,) = tunes_of(score, 0, "set/name")

    assert tune.score.length == 32.0
    assert tune.score.sounding == score.sounding


def test_two_silent_bars_end_a_tune() -> None:
    later = tuple(replace(note, start=note.start + 24.0) for note in builders.melody(4))
    score = builders.score((*builders.melody(4), *later), length=40.0)

    tunes = list(tunes_of(score, 0, "set/name"))

    assert [tune.score.length for tune in tunes] == [16.0, 16.0]
    assert len({tune.name for tune in tunes}) == 2
    assert {tune.song for tune in tunes} == {"set/name"}


def test_bars_of_three_beats_are_left_out() -> None:
    waltz = MeterMap.constant(Meter(3, 4))
    score = replace(builders.score(builders.melody(8), length=32.0), meter_map=waltz)

    assert list(tunes_of(score, 0, "set/name")) == []


def test_less_than_four_bars_are_no_tune() -> None:
    assert list(tunes_of(builders.score(builders.melody(3), length=12.0), 0, "set/name")) == []


def test_a_note_that_rings_past_the_end_of_a_tune_is_cut() -> None:
    meters = MeterMap(((0.0, Meter(4, 4)), (16.0, Meter(3, 4))))
    notes = (*builders.melody(4)[:-1], Note(15.0, 60, 4.0))
    score = replace(builders.score(notes, length=28.0), meter_map=meters)

    (tune,) = tunes_of(score, 0, "set/name")

    assert max(note.end for note in tune.score.sounding) == 16.0


def test_the_sung_voice_of_a_permissive_set_is_a_tune(tmp_path: Path) -> None:
    small_sets.write_openewld(tmp_path)
    (tmp_path / "openscore_lieder" / "mid").mkdir(parents=True)

    found = [
        tune
        for split in ("train", "valid", "test")
        for tune in read_tunes(tmp_path, "permissive", split)
    ]

    assert all("openewld" in tune.song for tune in found)


def test_a_tune_goes_home_to_c_major() -> None:
    (tune,) = tunes_of(builders.score(builders.melody(4, tonic=69)), 0, "set/name")

    assert {note.pitch % 12 for note in tune.home_line} <= {0, 2, 4, 5, 7, 9, 11}


@given(stem=st.text(min_size=1, max_size=12))
def test_a_file_of_nottingham_is_in_one_split_everywhere(stem: str) -> None:
    assert nottingham_split(stem) == nottingham_split(stem)


def test_files_of_nottingham_are_split_in_the_proportions_of_the_literature() -> None:
    splits = [nottingham_split(f"tune {number}") for number in range(4000)]

    assert splits.count("train") / 4000 == pytest.approx(694 / 1037, abs=0.03)
    assert splits.count("test") / 4000 == pytest.approx(170 / 1037, abs=0.03)


@given(smaller=st.integers(1, 4000), larger=st.integers(1, 4000))
def test_fewer_tunes_are_among_more_and_hold_about_what_was_asked(
    smaller: int, larger: int
) -> None:
    tunes = read_tunes(None, folk_tunes.PRACTICE, "train")
    low, high = sorted((smaller, larger))

    few, many = chosen_tunes(tunes, low), chosen_tunes(tunes, high)

    assert many[: len(few)] == few
    steps = [round(tune.score.length * folk.STEPS_PER_BEAT) for tune in few]
    assert sum(steps) >= low or len(few) == len(tunes)
    assert sum(steps[:-1]) < low


def test_all_tunes_are_chosen_where_no_size_is_asked() -> None:
    tunes = read_tunes(None, folk_tunes.PRACTICE, "train")

    assert chosen_tunes(tunes, 0) == tunes


def test_practice_tunes_of_two_splits_are_different() -> None:
    train, test = (read_tunes(None, folk_tunes.PRACTICE, split) for split in ("train", "test"))

    assert not {tune.score for tune in train} & {tune.score for tune in test}


def test_nottingham_is_read_by_split(tmp_path: Path) -> None:
    folder = tmp_path / "nottingham" / "MIDI"
    folder.mkdir(parents=True)
    names = [f"reel{number}" for number in range(12)]
    for name in names:
        tune = builders.score(builders.melody(8), builders.melody(8, 48), length=32.0)
        (folder / f"{name}.mid").write_bytes(write_score(tune))

    found = {
        split: {tune.song for tune in read_tunes(tmp_path, "nottingham", split)}
        for split in ("train", "valid", "test")
    }

    assert {name for songs in found.values() for name in songs} == {
        f"nottingham/{name}" for name in names
    }
    assert sum(map(len, found.values())) == len(names)


def test_a_set_that_is_not_there_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="nottingham-dataset"):
        read_tunes(tmp_path, "nottingham", "train")
