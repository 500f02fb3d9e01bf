"""Songs of two tracks on a grid of 16ths in 4/4, which is what the theme networks know of music."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from reprise.music.note import Note

STEPS_PER_BEAT: Final = 4
BAR_STEPS: Final = 16
LONGEST_STEPS: Final = 64
LOWEST_PITCH, HIGHEST_PITCH = 1, 127
LOUDEST: Final = 126


class Track(IntEnum):
    """Whose note it is; the bridge has tokens, but no music that we train on uses it."""

    MELODY = 0
    BRIDGE = 1
    PIANO = 2


@dataclass(frozen=True, slots=True, order=True)
class GridNote:
    """A note on the grid.

    Attributes:
        start: Onset in 16ths from the first bar line, 0 or more.
        track: Whose note it is.
        pitch: MIDI note number, 1-127.
        duration: In 16ths, 1-64.
        velocity: 1-126.
    """

    start: int
    track: Track
    pitch: int
    duration: int
    velocity: int


@dataclass(frozen=True, slots=True)
class GridSong:
    """Music on the grid.

    Attributes:
        notes: By onset, track and pitch.
        bars: How many bars it has.
        themes: For each place where the theme sounds its first bar and the bar after it: (2, 4) is
            bars 2 and 3, counted from 0. They rise and do not overlap.
        tempo: Quarter notes per minute.
    """

    notes: tuple[GridNote, ...]
    bars: int
    themes: tuple[tuple[int, int], ...] = ()
    tempo: float = 120.0

    def cut(self, first: int, stop: int) -> "GridSong":
        """Return bars `first` up to, not including, `stop`, and the themes that are all inside.

        Notes that begin before are left out, notes that ring on are cut.
        """
        start, end = first * BAR_STEPS, stop * BAR_STEPS
        notes = tuple(
            replace(note, start=note.start - start, duration=min(note.duration, end - note.start))
            for note in self.notes
            if start <= note.start < end
        )
        themes = tuple((a - first, b - first) for a, b in self.themes if first <= a and b <= stop)
        return GridSong(notes, stop - first, themes, self.tempo)

    def only(self, track: Track) -> "GridSong":
        """Return one track of it."""
        notes = tuple(note for note in self.notes if note.track == track)
        return replace(self, notes=notes)

    @property
    def first_theme(self) -> "GridSong":
        """The music of the first place where the theme sounds, marked as a theme.

        Raises:
            ValueError: It has no theme.
        """
        if not self.themes:
            raise ValueError("the song has no theme")
        return replace(
            self.cut(*self.themes[0]), themes=((0, self.themes[0][1] - self.themes[0][0]),)
        )


def on_grid(notes: Iterable[Note], track: Track) -> list[GridNote]:
    """Return notes in beats on the nearest 16ths, of a track, by onset.

    Lengths are at most four bars; of notes that fall on one another the longest stays.
    """
    found: dict[tuple[int, int], GridNote] = {}
    for note in notes:
        start = round(note.start * STEPS_PER_BEAT)
        duration = min(max(round(note.end * STEPS_PER_BEAT) - start, 1), LONGEST_STEPS)
        pitch, velocity = max(note.pitch, LOWEST_PITCH), min(note.velocity, LOUDEST)
        placed = GridNote(start, track, pitch, duration, velocity)
        key = start, pitch
        if key not in found or found[key].duration < duration:
            found[key] = placed
    return sorted(found.values())


def melodic_bars(notes: Sequence[GridNote]) -> tuple[int, int]:
    """Return the first bar in which the melody plays and the bar after the last one.

    Raises:
        ValueError: There is no note of the melody.
    """
    bars = [note.start // BAR_STEPS for note in notes if note.track == Track.MELODY]
    if not bars:
        raise ValueError("no note of the melody")
    return min(bars), max(bars) + 1
