"""Ten statistics of melodies whose figures are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.evaluation.melodies import melody_statistics
from reprise.evaluation.melodies.melody_statistics import (
    LENGTH_NAMES,
    STATISTICS,
    length_classes,
    measured,
)
from reprise.music.note import Note

ARPEGGIO = builders.line([60, 64, 67, 72], step=1.0)


def value(name: str, line: tuple[Note, ...]) -> list[float]:
    return [float(found) for found in STATISTICS[name](line)]


def test_there_are_ten() -> None:
    assert len(STATISTICS) == 10


def test_pitches_of_an_arpeggio() -> None:
    assert value("pitch count", ARPEGGIO) == [4.0]
    assert value("pitch range", ARPEGGIO) == [12.0]
    assert value("mean interval", ARPEGGIO) == [4.0]


def test_pitch_classes_are_weighed_by_how_long_they_sound() -> None:
    line = (Note(0.0, 60, 3.0), Note(3.0, 67, 1.0))

    shares = value("pitch classes", line)

    assert shares[0] == 0.75
    assert shares[7] == 0.25
    assert sum(shares) == 1.0


def test_transitions_are_counted_from_row_to_column() -> None:
    table = np.reshape(value("pitch class transitions", ARPEGGIO), (12, 12))

    assert table.sum() == 3
    assert table[0, 4] == table[4, 7] == table[7, 0] == 1


def test_onset_gaps_are_seconds_at_120_beats_a_minute() -> None:
    assert value("mean onset gap", ARPEGGIO) == [0.5]


@pytest.mark.parametrize(
    ("beats", "name"),
    [(4.0, "1"), (1.0, "4"), (0.25, "16"), (1.5, "4."), (2 / 3, "4t"), (0.51, "8")],
)
def test_a_length_is_the_nearest_that_has_a_name(beats: float, name: str) -> None:
    assert LENGTH_NAMES[int(length_classes((Note(0.0, 60, beats),))[0])] == name


def test_density_is_told_by_its_mean_and_by_how_it_changes() -> None:
    even = builders.line([60] * 16, step=1.0)
    uneven = (*builders.line([60] * 8, step=0.5), *builders.line([60] * 4, step=1.0, start=4.0))

    assert value("bar density", even) == [4.0, 0.0]
    assert value("bar density", uneven) == [6.0, 2.0]


@given(
    pitches=st.lists(st.integers(0, 110), min_size=1, max_size=12),
    up=st.integers(0, 12),
)
def test_what_is_relative_does_not_change_with_the_key(pitches: list[int], up: int) -> None:
    low, high = builders.line(pitches), builders.line([pitch + up for pitch in pitches])

    for name in (
        "pitch count",
        "pitch range",
        "mean interval",
        *melody_statistics.RHYTHM_STATISTICS,
    ):
        assert value(name, low) == value(name, high)


def test_a_set_is_measured_line_by_line() -> None:
    found = measured([ARPEGGIO, ARPEGGIO[:2]])

    assert found["pitch classes"].shape == (2, 12)
    assert found["note count"].ravel().tolist() == [4.0, 2.0]
