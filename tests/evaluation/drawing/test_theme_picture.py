import re
from xml.etree import ElementTree

import numpy as np

from reprise.engines.theme.retrieval import ThemeFinding
from reprise.evaluation.drawing.theme_picture import theme_picture
from reprise.music.span import Span
from reprise.tokenizers.melody_embedding import MelodyNote, Segment

TUNE = (MelodyNote(0, 60, 4), MelodyNote(4, 64, 4), MelodyNote(16, 67, 8))
SVG = "{http://www.w3.org/2000/svg}"


def finding(bars: tuple[int, ...] = (0, 2, 6, 8), theme: tuple[int, ...] = (0, 6)) -> ThemeFinding:
    segments = tuple(Segment(bar, Span(4.0 * bar, 4.0 * bar + 8.0), TUNE) for bar in bars)
    distances = np.where(np.eye(len(bars)), 0.0, 0.5)
    return ThemeFinding(theme, bars.index(theme[0]), segments, distances, 0.1, is_fallback=False)


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 (our own)


def drawn(picture: str, kind: str) -> list[ElementTree.Element]:
    return [one for one in parsed(picture).iter() if one.get("class") == kind]


def test_every_note_and_every_occurrence_is_drawn() -> None:
    picture = theme_picture(finding(), "Theme")

    notes, along_the_top, along_the_side, legend = len(TUNE), 2, 2, 1
    assert len(drawn(picture, "own")) == notes + along_the_top + along_the_side + legend


def test_near_bars_are_stronger_than_far_ones_and_silent_ones_are_empty() -> None:
    cells = [one for one in drawn(theme_picture(finding(), "Theme"), "near") if one.get("d")]

    assert [one.get("fill-opacity") for one in cells] == ["0.50", "1.00"]
    strokes = [str(one.get("d")).count("M") for one in cells]
    # Each of the four rows has one near cell; that and the silent bars part its far cells in two.
    assert strokes == [8, 4]


def test_bars_are_counted_as_hosts_count_them() -> None:
    picture = theme_picture(finding(), "Theme")

    assert re.findall(r'text-anchor="middle">(\d+)<', picture) == ["1", "3", "7", "9"]


def test_a_name_that_looks_like_markup_does_no_harm() -> None:
    root = parsed(theme_picture(finding(), 'Theme of <b> & "c"'))

    title = root.find(f"{SVG}text")
    assert title is not None
    assert title.text == 'Theme of <b> & "c"'


def test_the_longest_song_makes_a_picture_of_bearable_size() -> None:
    bars = tuple(range(0, 1000, 2))
    segments = tuple(Segment(bar, Span(4.0 * bar, 4.0 * bar + 8.0), TUNE) for bar in bars)
    distances = np.random.default_rng(1).random((500, 500))
    whole = ThemeFinding((0, 2, 4), 0, segments, distances, 0.1, is_fallback=False)

    assert len(theme_picture(whole, "Theme")) < 12_000_000
