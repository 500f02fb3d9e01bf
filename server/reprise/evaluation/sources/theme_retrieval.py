"""S1's theme retrieval: does it find a theme that was planted, and those that were released?

Planted songs are made up by rule (`evaluation.planted_themes`), in every form equally often. The 29
released themes belong to test songs that nothing was learnt from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from reprise.engines import checkpoint
from reprise.engines.theme.retrieval import MelodyEncoder, find_theme
from reprise.errors import MissingDataError
from reprise.evaluation.sources.base import Row, SourceSetup
from reprise.evaluation.themes.planted_themes import PlantedSong, planted_songs
from reprise.evaluation.themes.theme_places import chance, met_share, places_of
from reprise.library import pop909, readers
from reprise.library.pieces import SourcePiece
from reprise.library.released_themes import released_themes
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.top_lines import TopLine, largest_group
from reprise.tokenizers import melody_embedding as segmenting
from reprise.tokenizers.melody_embedding import Segment

SYSTEM: Final = "S1"
MODEL: Final = "theme-v1"
EMBEDDING, PARALLEL, RANDOM = (
    "melody embedding",
    "parallel top lines (no network)",
    "as many bars at random",
)
PLANTED: Final = "share of planted themes found, every occurrence and no other"
RELEASED: Final = "share of songs in which the theme found meets the released one"
RELEASED_SHARE: Final = "share of the found occurrences where the released theme sounds"
FINDERS: Final = (EMBEDDING, PARALLEL, RANDOM)
SONGS, QUICK_SONGS = 200, 24
GOAL: Final = 0.95
FEWEST_THEME_NOTES: Final = 3

FindBars = Callable[[PlantedSong], tuple[int, ...]]


def rows(setup: SourceSetup) -> list[Row]:
    """Return the share of planted and of released themes that are found.

    Raises:
        UnknownModelError: The model is not there.
        CorruptModelError: Its files are damaged.
    """
    encoder = MelodyEncoder.of(checkpoint.read(MODEL, setup.models))
    return [*planted_rows(setup, encoder), *released_rows(setup, encoder)]


def planted_rows(setup: SourceSetup, encoder: MelodyEncoder) -> list[Row]:
    """Return the share of planted themes that the embedding and the rule find."""
    setup.progress(0.0, "planted themes")
    songs = planted_songs(QUICK_SONGS if setup.is_quick else SONGS, setup.seed)
    remark = f"{len(songs)} made-up songs, seed {setup.seed}"

    def by_embedding(song: PlantedSong) -> tuple[int, ...]:
        return find_theme(song.notes, song.meter_map, song.length, encoder).bars

    return [
        Row(
            *(SYSTEM, EMBEDDING, PLANTED, found_share(songs, by_embedding)),
            goal=GOAL,
            remark=remark,
        ),
        Row(SYSTEM, PARALLEL, PLANTED, found_share(songs, by_top_lines), remark=remark),
    ]


def found_share(songs: Sequence[PlantedSong], find: FindBars) -> float:
    """Return the share of songs of which a finder names all bars of the theme and no others."""
    return fmean(find(song) == song.bars for song in songs)


def by_top_lines(song: PlantedSong) -> tuple[int, ...]:
    """Return the bars that the rule without a network finds."""
    bars, tunes = segmenting.melody_bars(song.notes, song.meter_map, song.length)
    return tuple(segment.bar for segment in alike_segments(segmenting.segments(bars, tunes)))


def alike_segments(segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that the rule without a network takes for the theme."""
    lines = [
        TopLine(place, {note.onset: note.pitch for note in segment.tune})
        for place, segment in enumerate(segments)
    ]
    return [segments[line.bar] for line in largest_group(lines)]


def released_rows(setup: SourceSetup, encoder: MelodyEncoder) -> list[Row]:
    """Return how often what is found stands where a released theme sounds, and by chance."""
    setup.progress(0.5, "released themes")
    try:
        themes, songs = released_themes(setup.data), test_songs(setup)
    except MissingDataError as error:
        return [Row(SYSTEM, EMBEDDING, RELEASED, None, remark=str(error))]
    met: list[_Met] = []
    for number in sorted(themes.keys() & songs.keys()):
        theme = pop909.melody_of(themes[number])
        if len(theme) >= FEWEST_THEME_NOTES:
            met.append(_met(theme, songs[number], encoder))
    remark = f"{len(met)} of the {len(themes)} themes have {FEWEST_THEME_NOTES} notes or more"
    return [
        *(
            Row(SYSTEM, name, RELEASED, fmean(one.is_any[name] for one in met), remark=remark)
            for name in FINDERS
        ),
        *(
            Row(SYSTEM, name, RELEASED_SHARE, fmean(one.share[name] for one in met), remark=remark)
            for name in FINDERS
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Met:
    """How far finders meet one song's released theme: 0.0-1.0 by the finder's name."""

    is_any: Mapping[str, float]
    share: Mapping[str, float]


def _met(theme: Sequence[Note], song: Score, encoder: MelodyEncoder) -> _Met:
    melody = pop909.melody_of(song)
    finding = find_theme(melody, song.meter_map, song.length, encoder)
    places = places_of(theme, melody)
    pairs = [segment.span for segment in finding.segments]
    found = [pairs[index] for index in finding.occurrences]
    alike = [segment.span for segment in alike_segments(finding.segments)]
    share = {
        EMBEDDING: met_share(found, places),
        PARALLEL: met_share(alike, places),
        RANDOM: met_share(pairs, places),
    }
    is_any = {
        EMBEDDING: float(share[EMBEDDING] > 0.0),
        PARALLEL: float(share[PARALLEL] > 0.0),
        RANDOM: chance(len(found), pairs, places),
    }
    return _Met(is_any, share)


def test_songs(setup: SourceSetup) -> dict[str, Score]:
    """Return the songs of the theme study by their number in POP909.

    Raises:
        MissingDataError: POP909, or its bar lines, are not there.
    """
    sources = readers.source_files(setup.data, [pop909.DATASET])
    pieces = {
        source.path.stem: readers.read_source(source)
        for source in sources
        if source.split == "test"
    }
    return {
        number: piece.score for number, piece in pieces.items() if isinstance(piece, SourcePiece)
    }
