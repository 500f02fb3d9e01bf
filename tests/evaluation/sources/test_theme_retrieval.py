from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import small_sets
from reprise.engines import checkpoint
from reprise.engines.theme.retrieval import MelodyEncoder, find_theme
from reprise.errors import MissingDataError
from reprise.evaluation.sources import theme_retrieval
from reprise.evaluation.sources.base import SourceSetup
from reprise.evaluation.themes.planted_themes import PlantedSong, planted_song, planted_songs
from reprise.library.released_themes import released_themes
from reprise.music.voice import Voice


@pytest.fixture(scope="module")
def encoder() -> MelodyEncoder:
    return MelodyEncoder.of(checkpoint.read(theme_retrieval.MODEL))


def share_found(songs: list[PlantedSong], encoder: MelodyEncoder) -> float:
    def bars(song: PlantedSong) -> tuple[int, ...]:
        return find_theme(song.notes, song.meter_map, song.length, encoder).bars

    return theme_retrieval.found_share(songs, bars)


def test_the_shipped_embedding_finds_planted_themes(encoder: MelodyEncoder) -> None:
    assert share_found(planted_songs(24, 5), encoder) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_shipped_embedding_finds_nineteen_in_twenty_of_two_hundred(
    seed: int, encoder: MelodyEncoder
) -> None:
    assert share_found(planted_songs(200, seed), encoder) >= 0.95


def test_the_rule_without_a_network_finds_planted_themes_too() -> None:
    songs = planted_songs(24, 5)

    assert theme_retrieval.found_share(songs, theme_retrieval.by_top_lines) >= 0.9


def test_a_finder_that_names_one_bar_too_many_has_found_nothing() -> None:
    songs = planted_songs(4, 5)

    assert theme_retrieval.found_share(songs, lambda song: song.bars) == 1.0
    assert theme_retrieval.found_share(songs, lambda song: (*song.bars, 99)) == 0.0


def test_without_data_the_rows_of_released_themes_say_what_to_do() -> None:
    rows = theme_retrieval.rows(SourceSetup(None, is_quick=True))

    planted, baseline, released = rows
    assert planted.is_met is not None
    assert planted.goal == 0.95
    assert baseline.found is not None
    assert released.found is None
    assert "--data DIR" in released.remark


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A data folder with one song of the theme study and its released theme."""
    planted = planted_song("BAaCA", np.random.default_rng(7))
    melody = Voice("MELODY", planted.notes, is_drums=False)
    small_sets.write_pop909(tmp_path, "874", small_sets.song(melody), 0.0)
    theme = tuple(
        replace(note, start=note.start - 8.0) for note in planted.notes if 8.0 <= note.start < 16.0
    )
    file = tmp_path / "theme_transformer" / "theme_files" / "874_theme.mid"
    small_sets.write(file, small_sets.song(replace(melody, notes=theme)))
    return tmp_path


def test_a_released_theme_is_met_where_it_sounds(study: Path, encoder: MelodyEncoder) -> None:
    rows = theme_retrieval.released_rows(SourceSetup(study), encoder)

    found = {(row.model, row.figure): row.found for row in rows}
    assert found[theme_retrieval.EMBEDDING, theme_retrieval.RELEASED] == 1.0
    # The changed occurrence is one of the theme, but the released notes do not sound there.
    assert found[theme_retrieval.EMBEDDING, theme_retrieval.RELEASED_SHARE] == pytest.approx(2 / 3)
    assert found[theme_retrieval.RANDOM, theme_retrieval.RELEASED_SHARE] == pytest.approx(2 / 5)


def test_released_themes_are_read_by_the_number_of_their_song(study: Path) -> None:
    assert list(released_themes(study)) == ["874"]


def test_released_themes_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="released themes are not in"):
        released_themes(tmp_path)
