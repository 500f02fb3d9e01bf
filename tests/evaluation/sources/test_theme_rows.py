"""The rows of the theme study: both networks and the songs, paired by song and seed."""

from collections.abc import Mapping

import numpy as np
import pytest

from reprise.engines.theme.retrieval import MelodyEncoder, Vectors
from reprise.evaluation.sources import theme
from reprise.evaluation.sources.base import Row
from reprise.evaluation.sources.theme import PROMPT, REAL, THEME, UNCONTROLLABILITY, Study
from reprise.evaluation.themes.theme_pieces import study_song
from reprise.tokenizers.melody_embedding import FEATURE_SIZES, Features
from reprise.tokenizers.theme_grid import GridNote, GridSong, Track

TUNE = (60, 62, 64, 65)
OTHER = (72, 60, 72, 60)


def counted(features: Features) -> Vectors:
    """Return how often each value occurs, in place of a learnt embedding."""
    rows = [
        np.concatenate(
            [
                np.bincount(table[:, index], minlength=size)[:size]
                for index, size in enumerate(FEATURE_SIZES)
            ]
        )
        for table in features
    ]
    vectors = np.array(rows, np.float32)
    found: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


ENCODER = MelodyEncoder(counted, 0.1)


def piece(*pairs: tuple[int, ...], themes: tuple[int, ...] = (0,)) -> GridSong:
    """Return pairs of bars, four notes each; themes are numbers of pairs."""
    notes = tuple(
        GridNote(32 * number + 8 * place, Track.MELODY, pitch, 8, 90)
        for number, pair in enumerate(pairs)
        for place, pitch in enumerate(pair)
    )
    regions = tuple((2 * number, 2 * number + 2) for number in themes)
    return GridSong(notes, 2 * len(pairs), regions)


REAL_PIECE = piece(TUNE, OTHER, TUNE, OTHER, themes=(0, 2))
STUDY = Study((study_song("007", REAL_PIECE),), ENCODER, {})


def figures(song: GridSong) -> Mapping[str, Mapping[str, float]]:
    return theme.figures_of(STUDY, {"007/0": song})


def value(song: GridSong, figure: str) -> float:
    return figures(song)[figure]["007/0"]


def test_a_theme_that_comes_back_unchanged_is_under_control() -> None:
    assert value(REAL_PIECE, UNCONTROLLABILITY) == pytest.approx(0.0, abs=1e-3)
    strayed = piece(TUNE, OTHER, OTHER, OTHER, themes=(0, 2))
    assert value(strayed, UNCONTROLLABILITY) > 0.1


def test_the_given_theme_does_not_count_as_one_that_came_back() -> None:
    never = piece(TUNE, OTHER, OTHER)
    assert UNCONTROLLABILITY not in figures(never)
    assert value(never, theme.REGIONS) == 0.0
    assert value(never, theme.NEAREST) > 0.1


def test_the_gap_is_counted_from_the_given_theme_on() -> None:
    assert theme.gap(REAL_PIECE) == 2.0
    assert theme.gap(piece(TUNE, OTHER, OTHER, OTHER)) == 6.0
    assert value(piece(TUNE, TUNE, OTHER, OTHER, themes=(0, 1)), theme.OFF_GAP) == 2.0


def found_by(theme_values: list[float], prompt_values: list[float]) -> list[Row]:
    def named(values: list[float]) -> dict[str, dict[str, float]]:
        return {UNCONTROLLABILITY: {f"{song:03}/0": one for song, one in enumerate(values)}}

    found = {REAL: named([0.0]), THEME: named(theme_values), PROMPT: named(prompt_values)}
    return theme.rows_of(found, {THEME: 1.0, PROMPT: 2.0})


def test_a_clear_difference_meets_its_goals() -> None:
    rows = found_by([0.1 + song / 100 for song in range(12)], [0.5] * 12)
    met = {row.figure: row.is_met for row in rows if row.is_met is not None}
    assert met[UNCONTROLLABILITY]
    assert met[f"p of the difference in {UNCONTROLLABILITY}"]


def test_no_difference_meets_none() -> None:
    rows = found_by([0.5, 0.4, 0.6], [0.4, 0.5, 0.5])
    met = {row.figure: row.is_met for row in rows if row.is_met is not None}
    assert not met[UNCONTROLLABILITY]
    assert not met[f"p of the difference in {UNCONTROLLABILITY}"]


def test_a_clear_difference_the_wrong_way_is_not_called_better() -> None:
    rows = found_by([0.5 + song / 100 for song in range(12)], [0.1] * 12)
    told = [row for row in rows if row.figure == f"p of the difference in {UNCONTROLLABILITY}"]
    assert "not better" in told[0].remark
    assert told[0].is_met is False


def test_losses_stand_beside_one_another() -> None:
    losses = {row.model: row.found for row in found_by([0.1], [0.2]) if "loss" in row.figure}
    assert losses == {THEME: 1.0, PROMPT: 2.0}
