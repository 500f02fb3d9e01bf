"""Windows of songs for the theme networks: what they read, what follows, and the song's theme."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.errors import InvalidRequestError
from reprise.tokenizers import theme as tokens_of
from reprise.tokenizers.theme import BAR, PAD, THEME_START, Tokens
from reprise.tokenizers.theme_grid import HIGHEST_PITCH, LOWEST_PITCH, GridSong, Track

LONGEST_THEME: Final = 288
"""Tokens of a theme; songs with a longer one are left out."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How windows are drawn.

    Attributes:
        batch: Windows of a step.
        tokens: Predicted tokens of each; every window has exactly so many.
        theme_share: Share of windows that begin where a theme does; the rest begin at any bar.
        melody_share: Share of windows, and their themes, with the melody alone.
        furthest_transposition: Semitones up or down, the same for window and theme.
    """

    batch: int
    tokens: int = 512
    theme_share: float = 0.7
    melody_share: float = 0.3
    furthest_transposition: int = 6


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one length.

    Attributes:
        tokens: What is read, (B, T): the song's tempo first.
        targets: What follows each, (B, T).
        theme_places: How far each token is in its theme, (B, T), 0 outside.
        themes: The themes' tokens, (B, M), filled up with `PAD`.
    """

    tokens: Tokens
    targets: Tokens
    theme_places: Tokens
    themes: Tokens

    def part(self, rows: slice) -> "Windows":
        """Return some of them."""
        return Windows(
            self.tokens[rows], self.targets[rows], self.theme_places[rows], self.themes[rows]
        )


@dataclass(frozen=True, slots=True)
class _Song:
    """A song's tokens and where a window of it may begin."""

    tokens: Tokens
    places: Tokens
    theme: Tokens
    tempo: int
    bar_starts: Tokens
    theme_starts: Tokens
    lowest: int
    highest: int


class Corpus:
    """Songs to draw windows from."""

    def __init__(self, songs: Iterable[GridSong], settings: WindowSettings) -> None:
        """Write songs as tokens, once whole and once with the melody alone.

        Raises:
            InvalidRequestError: No song is as long as a window.
        """
        self.settings = settings
        kept = list(songs)
        whole = _songs(kept, settings.tokens)
        melodies = _songs([song.only(Track.MELODY) for song in kept], settings.tokens)
        if not (whole and melodies):
            raise InvalidRequestError(
                f"no song has the {settings.tokens} tokens of a window; choose shorter windows"
            )
        self._kinds = (_Pool(whole), _Pool(melodies))

    @property
    def token_count(self) -> int:
        """Tokens of all whole songs."""
        return sum(len(song.tokens) for song in self._kinds[0].songs)

    def draw(self, random: np.random.Generator) -> Windows:
        """Return a batch of windows, transposed at random."""
        settings = self.settings
        is_melody = random.random(settings.batch) < settings.melody_share
        is_theme = random.random(settings.batch) < settings.theme_share
        drawn = []
        for alone, at_theme in zip(is_melody.tolist(), is_theme.tolist(), strict=True):
            song, start = self._kinds[alone].draw(random, at_theme=at_theme)
            drawn.append(self._window(song, start, random))
        return _stacked(drawn)

    def _window(
        self, song: _Song, start: int, random: np.random.Generator
    ) -> tuple[Tokens, Tokens, Tokens]:
        furthest = self.settings.furthest_transposition
        down = min(furthest, song.lowest - LOWEST_PITCH)
        up = min(furthest, HIGHEST_PITCH - song.highest)
        by = int(random.integers(-down, up + 1))
        rows = slice(start, start + self.settings.tokens)
        tokens = np.concatenate([[song.tempo], tokens_of.transposed(song.tokens[rows], by)])
        places = np.concatenate([[0], song.places[rows]])
        return tokens, places, tokens_of.transposed(song.theme, by)


class _Pool:
    """Songs, and every place where a window may begin."""

    def __init__(self, songs: Sequence[_Song]) -> None:
        self.songs = songs
        self._bars = _starts([song.bar_starts for song in songs])
        self._themes = _starts([song.theme_starts for song in songs])

    def draw(self, random: np.random.Generator, *, at_theme: bool) -> tuple[_Song, int]:
        """Return a song and where its window begins."""
        starts = self._themes if at_theme else self._bars
        song, start = starts[random.integers(len(starts))]
        return self.songs[song], int(start)


def _starts(of_songs: Sequence[Tokens]) -> NDArray[np.int64]:
    """Return pairs of a song's number and a place in it, (starts, 2)."""
    numbers = np.repeat(np.arange(len(of_songs)), [len(starts) for starts in of_songs])
    return np.stack([numbers, np.concatenate(of_songs)], axis=1)


def _songs(songs: Iterable[GridSong], length: int) -> list[_Song]:
    return [found for song in songs for found in _written(song, length)]


def _written(song: GridSong, length: int) -> list[_Song]:
    """Return a song as tokens, or nothing where it is too short or its theme too long."""
    tokens = tokens_of.encode(song)
    theme = tokens_of.encode(song.first_theme)
    if len(tokens) < length or len(theme) > LONGEST_THEME:
        return []
    last = len(tokens) - length
    before = np.concatenate([[PAD], tokens[:-1]])
    is_start = (tokens == THEME_START) | ((tokens == BAR) & (before != THEME_START))
    bars = np.flatnonzero(is_start[: last + 1])
    # A window that would reach beyond the song begins as late as a bar lets it.
    themes = np.flatnonzero(tokens == THEME_START)
    themes = np.unique(bars[np.searchsorted(bars, themes, side="right") - 1])
    low, high = tokens_of.pitch_range(tokens)
    tempo = tokens_of.tempo_token(song.tempo)
    places = tokens_of.theme_places(tokens)
    return [_Song(tokens, places, theme, tempo, bars, themes, low, high)]


def _stacked(drawn: Sequence[tuple[Tokens, Tokens, Tokens]]) -> Windows:
    tokens = np.stack([window for window, _, _ in drawn])
    places = np.stack([place for _, place, _ in drawn])
    themes = np.full((len(drawn), max(len(theme) for _, _, theme in drawn)), PAD, np.int64)
    for row, (_, _, theme) in enumerate(drawn):
        themes[row, : len(theme)] = theme
    return Windows(tokens[:, :-1], tokens[:, 1:], places[:, :-1], themes)
