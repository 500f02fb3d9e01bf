"""A run goes by its intervals and its rhythm, a drum bar by what is hit when."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.music.originality import (
    CODE_BITS,
    RUN_NOTES,
    bar_codes,
    line_of,
    run_codes,
    run_codes_of,
)

TUNE: tuple[tuple[int, int], ...] = (
    (0, 60),
    (24, 62),
    (36, 65),
    (48, 64),
    (72, 67),
    (84, 69),
    (96, 65),
    (120, 62),
    (132, 60),
    (144, 57),
    (168, 59),
    (192, 60),
    (204, 64),
)


def codes(notes: tuple[tuple[int, int], ...]) -> list[int]:
    found, _ = run_codes(*line_of(*np.array(notes).T))
    return [int(code) for code in found]


def is_telling(notes: list[tuple[int, int]]) -> bool:
    _, telling = run_codes(*line_of(*np.array(notes).T))
    return bool(telling.any())


@given(st.integers(-40, 40), st.sampled_from((1, 2, 3, 4)), st.integers(0, 10_000))
def test_a_run_is_itself_in_any_key_at_any_tempo_and_any_time(
    up: int, slower: int, at: int
) -> None:
    moved = tuple((at + slower * onset, pitch + up) for onset, pitch in TUNE)
    assert codes(moved) == codes(TUNE)


def test_a_run_with_another_note_or_another_rhythm_is_another() -> None:
    for place in range(RUN_NOTES):
        onset, pitch = TUNE[place]
        for changed in ((onset, pitch + 1), (onset + 1, pitch)):
            other = (*TUNE[:place], changed, *TUNE[place + 1 :])
            assert codes(other)[0] != codes(TUNE)[0]


def test_a_line_is_the_top_note_of_each_onset() -> None:
    chords = tuple((onset, pitch - 7) for onset, pitch in TUNE[::2])
    assert codes((*chords, *TUNE)) == codes(TUNE)


@given(st.lists(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 127)), min_size=1)))
def test_the_runs_of_many_lines_are_those_of_each(songs: list[list[tuple[int, int]]]) -> None:
    lines = [line_of(*np.array(notes).T) for notes in songs]
    for line, (found, telling) in zip(lines, run_codes_of(lines), strict=True):
        codes_alone, telling_alone = run_codes(*line)
        assert found.tolist() == codes_alone.tolist()
        assert telling.tolist() == telling_alone.tolist()


@pytest.mark.parametrize(
    ("notes", "telling"),
    [
        (list(TUNE), True),
        ([(24 * beat, 60) for beat in range(16)], False),
        ([(24 * beat, 60 + 2 * beat) for beat in range(16)], False),
        ([(24 * beat, 60 + (0, 4, 7, 12)[beat % 4]) for beat in range(16)], False),
        ([(24 * beat, pitch) for beat, (_, pitch) in enumerate(TUNE)], False),
        ([(onset, 60 + index % 2) for index, (onset, _) in enumerate(TUNE)], False),
    ],
    ids=["tune", "one pitch", "scale", "arpeggio", "even rhythm", "trill"],
)
def test_only_what_says_something_is_telling(notes: list[tuple[int, int]], telling: bool) -> None:
    assert is_telling(notes) == telling


def test_fewer_than_twelve_notes_are_no_run() -> None:
    assert codes(TUNE[: RUN_NOTES - 1]) == []
    assert len(codes(TUNE)) == len(TUNE) - RUN_NOTES + 1


def test_codes_are_the_same_on_every_machine() -> None:
    assert codes(TUNE) == [904526957874, 280658973848]
    assert max(codes(TUNE)) < 2**CODE_BITS


def drum_code(notes: list[tuple[int, int]], length: int = 96) -> int:
    onsets, pitches = np.array(notes).T
    zeros = np.zeros(len(notes), np.int64)
    return int(bar_codes(zeros, np.array([length]), onsets, pitches)[0])


def test_a_drum_bar_goes_by_its_hits_in_any_order() -> None:
    bar = [(0, 36), (24, 38), (48, 36), (60, 36), (72, 38), *((12 * n, 42) for n in range(8))]
    shuffled = random.Random(1).sample(bar, len(bar))
    assert drum_code(shuffled) == drum_code(bar)
    assert drum_code([*bar, bar[0]]) == drum_code(bar)
    assert drum_code(bar, 72) != drum_code(bar)
    assert drum_code([(1, 36), *bar[1:]]) != drum_code(bar)
    assert drum_code([(0, 35), *bar[1:]]) != drum_code(bar)
