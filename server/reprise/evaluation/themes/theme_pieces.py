"""Pieces of 32 bars for the theme study: real ones, and what a network makes of the same themes.

Every network is given the same beginning, the song's theme as it stands there, and writes all that
follows. Both write with the same random numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from reprise.engines.sampling import generator
from reprise.engines.theme.grammar import Grammar, Part, Rules
from reprise.engines.theme.retrieval import MelodyEncoder, find_theme
from reprise.engines.theme.writing import TEXT_SAMPLING, Row, write
from reprise.evaluation.themes.theme_metrics import PlayedPiece
from reprise.library import pop909, readers
from reprise.library.pieces import Reject
from reprise.library.theme_songs import THEME_BARS, grid_song, number_of
from reprise.music.note import Note
from reprise.runtime.theme_model import ThemeModel
from reprise.tokenizers import theme as tokens_of
from reprise.tokenizers.theme import PAD, Tokens
from reprise.tokenizers.theme_grid import (
    BAR_STEPS,
    HIGHEST_PITCH,
    STEPS_PER_BEAT,
    GridNote,
    GridSong,
    Track,
)

PIECE_BARS: Final = 32
PARTS: Final = {
    Track.MELODY: Part(np.ones(HIGHEST_PITCH, np.bool_), at_once=2, most_a_bar=24),
    Track.PIANO: Part(np.ones(HIGHEST_PITCH, np.bool_), at_once=8, most_a_bar=48),
}
"""Loose enough for the songs themselves, and no wall."""


@dataclass(frozen=True, slots=True)
class StudySong:
    """A song of the theme study, from the first place of its theme on.

    Attributes:
        number: Its number in POP909.
        song: At most 32 bars, the theme first.
        whole: All of it, from the melody's first bar on.
    """

    number: str
    song: GridSong
    whole: GridSong

    @property
    def theme(self) -> GridSong:
        """The theme's two bars."""
        return self.song.first_theme


def study_songs(data: Path | None, encoder: MelodyEncoder) -> Iterator[StudySong]:
    """Yield the test songs of the theme study, by number, with the themes that are found in them.

    Raises:
        MissingDataError: POP909, or its bar lines, are not there.
    """
    for source in readers.source_files(data, [pop909.DATASET]):
        if source.split != "test":
            continue
        piece = readers.read_source(source)
        if isinstance(piece, Reject):
            continue
        melody = [
            note
            for voice in piece.score.voices
            if voice.name == "MELODY"
            for note in voice.sounding
        ]
        score = piece.score
        finding = find_theme(sorted(melody), score.meter_map, score.length, encoder)
        whole = grid_song(score, finding.bars)
        if whole is not None:
            yield study_song(number_of(piece), whole)


def study_song(number: str, whole: GridSong) -> StudySong:
    """Return a song cut to where its theme first stands and 32 bars from there."""
    first = whole.themes[0][0]
    return StudySong(number, whole.cut(first, min(first + PIECE_BARS, whole.bars)), whole)


def written_pieces(
    model: ThemeModel, songs: Sequence[StudySong], seed: int, check: Callable[[], None]
) -> list[GridSong]:
    """Return what a network makes of the songs' themes: 32 bars each, the theme first.

    Args:
        model: The network.
        songs: Whose themes.
        seed: Draws everything; a song's random numbers depend on no other song.
        check: Called before every token.
    """
    rules = Rules(THEME_BARS * BAR_STEPS, PIECE_BARS * BAR_STEPS, PARTS)
    rows = [
        Row(
            tokens_of.tempo_token(song.song.tempo),
            tokens_of.encode(song.theme),
            Grammar(rules),
            generator(seed, int(song.number)),
        )
        for song in songs
    ]
    write(model.open(stacked([row.history for row in rows])), rows, TEXT_SAMPLING, check)
    return [_piece(song, row.grammar) for song, row in zip(songs, rows, strict=True)]


def _piece(song: StudySong, grammar: Grammar) -> GridSong:
    themes = ((0, THEME_BARS), *((bar, bar + THEME_BARS) for bar in grammar.themes))
    notes = tuple(sorted([*song.theme.notes, *grammar.notes]))
    return GridSong(notes, PIECE_BARS, themes, song.song.tempo)


def stacked(themes: Sequence[Tokens]) -> Tokens:
    """Return themes as one array (B, M), filled up at the end."""
    table = np.full((len(themes), max(map(len, themes))), PAD, np.int64)
    for row, theme in enumerate(themes):
        table[row, : len(theme)] = theme
    return table


def played(song: GridSong) -> PlayedPiece:
    """Return a piece as the metrics take it."""
    notes = [(note.track, beats_of(note)) for note in song.notes]
    return PlayedPiece(
        melody=[note for track, note in notes if track == Track.MELODY],
        notes=[note for _, note in notes],
        length=song.bars * BAR_STEPS / STEPS_PER_BEAT,
        regions=song.themes,
    )


def after_theme(song: GridSong) -> GridSong:
    """Return a piece without the theme that it begins with."""
    return song.cut(THEME_BARS, song.bars)


def beats_of(note: GridNote) -> Note:
    """Return a note in beats."""
    start, duration = note.start / STEPS_PER_BEAT, note.duration / STEPS_PER_BEAT
    return Note(start, note.pitch, duration, note.velocity)


def melody_of(song: GridSong) -> list[Note]:
    """Return a piece's melody in beats."""
    return [beats_of(note) for note in song.notes if note.track == Track.MELODY]
