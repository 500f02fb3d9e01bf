"""Rows of the home grounds: which engine does best at what each source system was made for."""

from collections.abc import Iterator
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.registry import Registry
from reprise.engines.theme.engine import MODEL
from reprise.engines.theme.retrieval import MelodyEncoder
from reprise.evaluation.sources import home_chords, home_hymns, home_themes, home_tunes
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.sources.home import Ground, rows_of
from reprise.evaluation.themes.theme_pieces import study_songs

EVERYBODY: Final = ("ensemble", "markov")
CHOIRS: Final = ("rmvae", "bach", "chorale")
QUICK_SONGS: Final = 2


def rows(setup: SourceSetup) -> list[Row]:
    """Return the rows of every ground.

    Raises:
        MissingDataError: The music is not there.
    """
    engines = Registry.installed()
    found: list[Row] = []
    for share, (players, ground) in enumerate(_grounds(setup)):
        setup.progress(share / 6, ground.figure)
        if ground.engine not in engines.names():
            remark = "the engine is not installed"
            found.append(Row(ground.system, ground.engine, ground.figure, None, remark=remark))
            continue
        names = dict.fromkeys((ground.engine, *players, *EVERYBODY))
        found += rows_of(ground, {name: engines.get(name) for name in names}, setup.seed)
    return [*found, *home_tunes.rows(setup)]


def _grounds(setup: SourceSetup) -> Iterator[tuple[tuple[str, ...], Ground]]:
    count = home_hymns.QUICK_COUNT if setup.is_quick else home_hymns.COUNT
    yield CHOIRS, home_hymns.next_bar(setup.data, setup.seed, count)
    yield ("rmvae", "chorale"), home_hymns.refill(setup.data, setup.seed, count)
    count = home_chords.QUICK_COUNT if setup.is_quick else home_chords.COUNT
    yield (), home_chords.progressions_go_on(setup.data, setup.seed, count)
    encoder = MelodyEncoder.of(checkpoint.read(MODEL, setup.models))
    songs = tuple(study_songs(setup.data, encoder))
    songs = songs[:QUICK_SONGS] if setup.is_quick else songs
    yield (), home_themes.brought_back(songs, encoder)
    yield (), home_themes.even_grooves(songs, encoder)
