import pytest

from reprise.evaluation.themes.theme_places import chance, is_met, met_share, places_of
from reprise.music.note import Note
from reprise.music.span import Span

THEME = tuple(Note(float(place), pitch, 1.0) for place, pitch in enumerate((60, 62, 64, 60)))


def test_a_theme_is_found_on_other_bar_lines_and_at_another_speed() -> None:
    melody = (
        Note(0.0, 71, 1.0),
        *(Note(1.0 + note.start, note.pitch, 1.0) for note in THEME),
        *(Note(9.5 + note.start / 2, note.pitch, 0.5) for note in THEME),
    )

    assert places_of(THEME, melody) == [Span(1.0, 5.0), Span(9.5, 11.5)]


def test_a_theme_that_is_changed_is_not_there() -> None:
    assert places_of(THEME, THEME[:-1]) == []
    assert places_of(THEME, (*THEME[:2], Note(2.0, 65, 1.0), THEME[3])) == []


def test_half_of_the_shorter_span_has_to_be_shared() -> None:
    assert is_met(Span(0.0, 8.0), [Span(6.0, 10.0)])
    assert not is_met(Span(0.0, 8.0), [Span(6.5, 10.0)])
    assert not is_met(Span(0.0, 8.0), [])


def test_the_share_counts_occurrences() -> None:
    places = [Span(0.0, 8.0)]

    assert met_share([Span(0.0, 8.0), Span(8.0, 16.0)], places) == 0.5
    assert met_share([], places) == 0.0


def test_chance_is_that_of_drawing_without_putting_back() -> None:
    pairs = [Span(8.0 * place, 8.0 * place + 8.0) for place in range(4)]

    assert chance(1, pairs, pairs[:1]) == pytest.approx(1 / 4)
    assert chance(2, pairs, pairs[:1]) == pytest.approx(1 / 2)
    assert chance(4, pairs, pairs[:1]) == 1.0
    assert chance(2, pairs, []) == 0.0
