import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.engines.chords.composing import aligned, parts
from reprise.engines.chords.strikes import Heard
from reprise.music.chords import chord_name, read_chords
from reprise.music.meter import MeterMap
from reprise.music.progression import PlacedChord, merged
from reprise.tokenizers import chords


def heard(names: str, *beats: float) -> Heard:
    """A progression without notes; the lengths come again where they are too few."""
    placed: list[PlacedChord] = []
    for index, chord in enumerate(read_chords(names)):
        start = placed[-1].end if placed else 0.0
        placed.append(PlacedChord(start, beats[index % len(beats)], chord))
    return Heard(tuple(placed), (), MeterMap(), placed[-1].end)


def told(placed: list[PlacedChord]) -> list[tuple[float, str]]:
    return [(one.start, chord_name(one.chord)) for one in placed]


def test_two_progressions_are_cut_where_either_changes() -> None:
    own, other = aligned(heard("C Am", 4.0), heard("F G C", 2.0, 4.0, 2.0))
    assert told(own) == [(0.0, "C"), (2.0, "C"), (4.0, "Am"), (6.0, "Am")]
    assert told(other) == [(0.0, "F"), (2.0, "G"), (4.0, "G"), (6.0, "C")]


def test_a_shorter_clip_comes_again() -> None:
    own, other = aligned(heard("C", 8.0), heard("F G", 2.0))
    assert told(other) == [(0.0, "F"), (2.0, "G"), (4.0, "F"), (6.0, "G")]
    assert len(own) == 4


@given(
    st.lists(st.sampled_from((0.5, 1.0, 1.5, 4.0, 5.0)), min_size=1, max_size=20),
    st.lists(st.sampled_from((0.5, 2.0, 3.0, 7.5)), min_size=1, max_size=20),
)
def test_cutting_changes_no_music(lefts: list[float], rights: list[float]) -> None:
    left = heard(" ".join(("C", "Am", "F", "G")[n % 4] for n in range(len(lefts))), *lefts)
    right = heard(" ".join(("Dm", "E7")[n % 2] for n in range(len(rights))), *rights)
    own, other = aligned(left, right)
    assert merged(own) == merged(left.placed)
    assert [(one.start, one.duration) for one in own] == [
        (one.start, one.duration) for one in other
    ]
    assert own[-1].end == pytest.approx(left.length)


@given(st.lists(st.sampled_from((0.5, 2.5, 4.0, 11.0)), min_size=1, max_size=80))
def test_parts_are_at_most_a_window_and_miss_nothing(beats: list[float]) -> None:
    placed = heard(" ".join(("C", "G")[n % 2] for n in range(len(beats))), *beats).placed
    found = parts(placed)
    assert [one for part in found for one in placed[part]] == list(placed)
    assert all(0 < len(chords.encode(placed[part])) <= chords.WINDOW for part in found)
