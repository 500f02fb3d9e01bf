"""POP909's songs as the theme networks know them: melody and piano in 4/4, with their themes."""

from collections.abc import Sequence
from typing import Final

from reprise.library.midi_score import mean_tempo
from reprise.library.pieces import SourcePiece
from reprise.music.meter import Meter
from reprise.music.score import Score
from reprise.tokenizers.theme_grid import GridSong, Track, melodic_bars, on_grid

TRACKS: Final = {"MELODY": Track.MELODY, "PIANO": Track.PIANO}
"""The voices that are read; the bridge is left out, as in the text."""

THEME_BARS: Final = 2


def grid_song(score: Score, theme_bars: Sequence[int]) -> GridSong | None:
    """Return a song from the melody's first bar to its last, or None where it is no music for this.

    Args:
        score: The song; None comes back where it is not in 4/4 throughout, or has no melody.
        theme_bars: The first bars of the places where its theme sounds, two bars each.
    """
    if any(meter != Meter() for _, meter in score.meter_map.changes):
        return None
    notes = sorted(
        note
        for voice in score.voices
        if voice.name in TRACKS
        for note in on_grid(voice.sounding, TRACKS[voice.name])
    )
    if not any(note.track == Track.MELODY for note in notes):
        return None
    first, stop = melodic_bars(notes)
    themes = tuple((bar, bar + THEME_BARS) for bar in theme_bars)
    stop = max([stop, *(end for _, end in themes)])
    return GridSong(tuple(notes), stop, themes, mean_tempo(score)).cut(first, stop)


def number_of(piece: SourcePiece) -> str:
    """Return the number by which POP909 knows a song, such as "001"."""
    return piece.song.rpartition("/")[2]
