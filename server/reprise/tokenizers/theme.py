"""The tokens of the theme networks: songs of two tracks on a grid of 16ths, themes marked.

There are 1,033 of them: a pad; for each of three tracks a note's pitch, duration and velocity;
tempo, position in the bar, bar line, two marks of phrases that nothing uses, two marks of themes. A
note is three tokens, all of its track. Bars have sixteen positions: the tokens know 4/4 only.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.tokenizers.theme_grid import (
    BAR_STEPS,
    HIGHEST_PITCH,
    LONGEST_STEPS,
    LOUDEST,
    LOWEST_PITCH,
    GridNote,
    GridSong,
    Track,
)

Tokens = NDArray[np.int64]

SLOWEST_TEMPO, TEMPO_STEP, TEMPO_COUNT = 17, 3, 60

_PITCHES = HIGHEST_PITCH
_TRACKS = len(Track)

PAD: Final = 0
FIRST_PITCH: Final = 1
FIRST_DURATION: Final = FIRST_PITCH + _TRACKS * _PITCHES
FIRST_VELOCITY: Final = FIRST_DURATION + _TRACKS * LONGEST_STEPS
FIRST_TEMPO: Final = FIRST_VELOCITY + _TRACKS * LOUDEST
FIRST_POSITION: Final = FIRST_TEMPO + TEMPO_COUNT
BAR: Final = FIRST_POSITION + BAR_STEPS
PHRASE_START, PHRASE_END = BAR + 1, BAR + 2
THEME_START, THEME_END = BAR + 3, BAR + 4
VOCABULARY: Final = BAR + 5


class Kind(IntEnum):
    """What a token says."""

    PAD = 0
    PITCH = 1
    DURATION = 2
    VELOCITY = 3
    TEMPO = 4
    POSITION = 5
    BAR = 6
    PHRASE = 7
    THEME_START = 8
    THEME_END = 9


def _kinds() -> NDArray[np.int64]:
    sizes = (1, _TRACKS * _PITCHES, _TRACKS * LONGEST_STEPS, _TRACKS * LOUDEST, TEMPO_COUNT)
    counts = (*sizes, BAR_STEPS, 1, 2, 1, 1)
    return np.repeat(np.array(list(Kind), np.int64), counts)


KINDS: Final = _kinds()
"""The kind of each token, (1033,)."""


def pitch_token(track: Track, pitch: int) -> int:
    """Return the token that begins a note of a track, of pitch 1-127."""
    return FIRST_PITCH + track * _PITCHES + pitch - LOWEST_PITCH


def duration_token(track: Track, steps: int) -> int:
    """Return the token of a duration of 1-64 16ths."""
    return FIRST_DURATION + track * LONGEST_STEPS + steps - 1


def velocity_token(track: Track, velocity: int) -> int:
    """Return the token of a velocity of 1-126."""
    return FIRST_VELOCITY + track * LOUDEST + velocity - 1


def tempo_token(tempo: float) -> int:
    """Return the token of the nearest tempo of 17, 20, ... 194 quarter notes per minute."""
    number = round((tempo - SLOWEST_TEMPO) / TEMPO_STEP)
    return FIRST_TEMPO + min(max(number, 0), TEMPO_COUNT - 1)


def position_token(step: int) -> int:
    """Return the token of a place in the bar, in 16ths 0-15."""
    return FIRST_POSITION + step


def note_tokens(note: GridNote) -> tuple[int, int, int]:
    """Return a note's three tokens."""
    return (
        pitch_token(note.track, note.pitch),
        duration_token(note.track, note.duration),
        velocity_token(note.track, note.velocity),
    )


def encode(song: GridSong) -> Tokens:
    """Return a song's tokens without its tempo, bar by bar, marks of themes included.

    A mark of a theme's start stands before its first bar line, that of its end after the last note
    of its last bar. At a position the melody goes first, then the piano from the top down.
    """
    starts = {start for start, _ in song.themes}
    ends = {end for _, end in song.themes}
    bars: list[list[GridNote]] = [[] for _ in range(song.bars)]
    for note in song.notes:
        bars[note.start // BAR_STEPS].append(note)
    tokens: list[int] = []
    for number, notes in enumerate(bars):
        tokens += [THEME_START] * (number in starts) + [BAR]
        tokens += _bar_tokens(notes)
        tokens += [THEME_END] * (number + 1 in ends)
    return np.array(tokens, np.int64)


def _bar_tokens(notes: Iterable[GridNote]) -> list[int]:
    tokens: list[int] = []
    ordered = sorted(notes, key=lambda note: (note.start, note.track, -note.pitch))
    for start, together in groupby(ordered, key=lambda note: note.start):
        tokens.append(position_token(start % BAR_STEPS))
        for note in together:
            tokens.extend(note_tokens(note))
    return tokens


def decode(tokens: Iterable[int], tempo: float = 120.0) -> GridSong:
    """Return the song that tokens tell; an unfinished note or theme at the end is left out.

    Raises:
        ValueError: They break the grammar that `grammar.Grammar` holds to.
    """
    notes: list[GridNote] = []
    themes: list[tuple[int, int]] = []
    bars, step, theme = 0, None, None
    note: list[int] = []
    for token in map(int, tokens):
        kind = Kind(KINDS[token])
        if kind == Kind.BAR:
            bars, step = bars + 1, None
        elif kind == Kind.POSITION:
            step = token - FIRST_POSITION
        elif kind == Kind.THEME_START:
            theme = bars
        elif kind == Kind.THEME_END:
            if theme is None:
                raise ValueError("a theme ends that has not begun")
            themes.append((theme, bars))
            theme = None
        elif kind in (Kind.PITCH, Kind.DURATION, Kind.VELOCITY):
            if step is None or not bars:
                raise ValueError("a note stands before the first position of its bar")
            note.append(token)
            if kind == Kind.VELOCITY:
                notes.append(_note(note, (bars - 1) * BAR_STEPS + step))
                note = []
        elif kind == Kind.TEMPO:
            tempo = tempo_of(token)
    return GridSong(tuple(sorted(notes)), bars, tuple(themes), tempo)


def tempo_of(token: int) -> float:
    """Return the tempo in quarter notes per minute that a token says."""
    return float(SLOWEST_TEMPO + TEMPO_STEP * (token - FIRST_TEMPO))


def _note(tokens: Sequence[int], start: int) -> GridNote:
    if [KINDS[token] for token in tokens] != [Kind.PITCH, Kind.DURATION, Kind.VELOCITY]:
        raise ValueError(f"a note is a pitch, a duration and a velocity, got tokens {tokens}")
    track, pitch = divmod(tokens[0] - FIRST_PITCH, _PITCHES)
    others, duration = divmod(tokens[1] - FIRST_DURATION, LONGEST_STEPS)
    third, velocity = divmod(tokens[2] - FIRST_VELOCITY, LOUDEST)
    if not track == others == third:
        raise ValueError(f"a note's tokens are of several tracks: {tokens}")
    return GridNote(start, Track(track), pitch + LOWEST_PITCH, duration + 1, velocity + 1)


def theme_places(tokens: Tokens) -> Tokens:
    """Return for each token how far it is in its theme: 1 at the mark of its start, 0 outside.

    The mark of a theme's end is outside: what follows it is no more of the theme.
    """
    places = np.zeros(len(tokens), np.int64)
    place = 0
    for index, token in enumerate(tokens.tolist()):
        if token == THEME_START:
            place = 1
        elif token == THEME_END:
            place = 0
        elif place:
            place += 1
        places[index] = place
    return places


def transposed(tokens: Tokens, semitones: int) -> Tokens:
    """Return tokens with every pitch moved; `pitch_range` tells how far that may be."""
    moved: Tokens = tokens + semitones * (KINDS[tokens] == Kind.PITCH)
    return moved


def pitch_range(tokens: Tokens) -> tuple[int, int]:
    """Return the lowest and the highest pitch of tokens, 60 and 60 where there is none."""
    pitches = (tokens[KINDS[tokens] == Kind.PITCH] - FIRST_PITCH) % _PITCHES + LOWEST_PITCH
    return (int(pitches.min()), int(pitches.max())) if len(pitches) else (60, 60)
