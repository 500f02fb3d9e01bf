"""Music made up by rule, for trying out a training where no data set is at hand.

It is plain on purpose: chords of one key by the usual progressions, melodies that walk through
them and bring their first bars back. A network that learns anything at all learns this. Nothing
that ships was trained on it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reprise.music.key import Key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.tokenizers import chorale

BAR_BEATS: Final = 4
TUNE_BARS: Final = 16
SONG_BARS: Final = 32
THEME_BARS: Final = 2

_SCALE: Final = (0, 2, 4, 5, 7, 9, 11)
_NEXT_DEGREES: Final = {0: (3, 4, 5, 1), 1: (4,), 3: (0, 4, 1), 4: (0, 5), 5: (3, 1)}
_RHYTHMS: Final = (
    (1.0, 1.0, 1.0, 1.0),
    (1.0, 0.5, 0.5, 1.0, 1.0),
    (1.5, 0.5, 1.0, 1.0),
    (0.5, 0.5, 1.0, 2.0),
)
_RANGES: Final = ((62, 79), (57, 72), (50, 65), (38, 52))
_MIDDLE_C: Final = 60

_Phrase = list[tuple[float, int, float]]
"""Start in beats, scale degree counted from middle C, duration in beats."""


def chorales(count: int, seed: int) -> list[chorale.Grid]:
    """Return hymns in four voices, each a grid of shape (64, 4)."""
    randomness = np.random.default_rng(seed)
    return [_chorale(randomness) for _ in range(count)]


def tunes(count: int, seed: int) -> list[Score]:
    """Return melodies of one voice, 16 bars of 4/4 in C major, of the form AABA."""
    randomness = np.random.default_rng(seed)
    return [_tune(randomness) for _ in range(count)]


def progressions(count: int, seed: int) -> list[Score]:
    """Return one voice of block chords each, 16 bars of 4/4 in C major, one or two chords a bar."""
    randomness = np.random.default_rng(seed)
    return [_progression(randomness) for _ in range(count)]


def songs(count: int, seed: int) -> list[Score]:
    """Return songs of 32 bars of 4/4: MELODY, BRIDGE and PIANO.

    The melody's first two bars come back, moved along the scale or as they were, in every second
    pair of bars; between them stands something else each time.
    """
    randomness = np.random.default_rng(seed)
    return [_song(randomness) for _ in range(count)]


def _degrees(count: int, randomness: np.random.Generator) -> list[int]:
    """Return the roots of chords as scale degrees 0-6, the first and the last on the tonic."""
    degrees = [0]
    while len(degrees) < count:
        degrees.append(int(randomness.choice(_NEXT_DEGREES[degrees[-1]])))
    degrees[-1] = 0
    return degrees


def _pitch(degree: int, tonic: int = _MIDDLE_C) -> int:
    return tonic + 12 * (degree // len(_SCALE)) + _SCALE[degree % len(_SCALE)]


def _chorale(randomness: np.random.Generator, beats: int = 16) -> chorale.Grid:
    tonic = int(randomness.integers(-3, 4))
    held = np.array([67, 62, 57, 48])
    rows: list[list[int]] = []
    for degree in _degrees(beats, randomness):
        tones = [(_pitch(degree + third, tonic)) % 12 for third in (0, 2, 4)]
        bass = _nearest([tones[0]], int(held[3]), _RANGES[3])
        upper = [
            _nearest(tones, int(pitch) + int(randomness.integers(-2, 3)), limits)
            for pitch, limits in zip(held[:3], _RANGES[:3], strict=True)
        ]
        chord = [*sorted(upper, reverse=True), bass]
        passing = [*chord]
        voice = int(randomness.integers(0, chorale.VOICE_COUNT))
        if abs(int(held[voice]) - chord[voice]) in (3, 4):
            passing[voice] = (int(held[voice]) + chord[voice]) // 2
            rows[-2:] = [[*row[:voice], passing[voice], *row[voice + 1 :]] for row in rows[-2:]]
        rows += [chord] * chorale.STEPS_PER_BEAT
        held = np.array(chord)
    return chorale.classes_from_pitches(np.array(rows))


def _nearest(tones: Sequence[int], to: int, limits: tuple[int, int]) -> int:
    low, high = limits
    found = [pitch for pitch in range(low, high + 1) if pitch % 12 in tones]
    return min(found, key=lambda pitch: (abs(pitch - to), pitch))


def _phrase(bars: int, randomness: np.random.Generator) -> _Phrase:
    """Return a line that walks by steps and small leaps and rests on a chord tone."""
    degree = int(randomness.integers(0, 5))
    phrase: _Phrase = []
    for bar in range(bars):
        start = float(BAR_BEATS * bar)
        for duration in _RHYTHMS[int(randomness.integers(0, len(_RHYTHMS)))]:
            phrase.append((start, degree, duration))
            start += duration
            degree = int(np.clip(degree + randomness.choice((-2, -1, -1, 0, 1, 1, 2)), -2, 9))
    start, last, duration = phrase[-1]
    phrase[-1] = (start, 2 * round(last / 2), duration)
    return phrase


def _notes(
    phrase: _Phrase, at: float, randomness: np.random.Generator, moved: int = 0
) -> list[Note]:
    return [
        Note(at + start, _pitch(degree + moved), duration, int(randomness.integers(76, 100)))
        for start, degree, duration in phrase
    ]


def _tune(randomness: np.random.Generator) -> Score:
    bars = TUNE_BARS // 4
    first, other = _phrase(bars, randomness), _phrase(bars, randomness)
    notes = [
        note
        for index, phrase in enumerate((first, first, other, first))
        for note in _notes(phrase, index * bars * BAR_BEATS, randomness)
    ]
    return _score([Voice("Tune", tuple(notes), is_drums=False)], TUNE_BARS)


def _progression(randomness: np.random.Generator) -> Score:
    chords_a_bar = int(randomness.integers(1, 3))
    notes = _block_chords(TUNE_BARS, chords_a_bar, randomness)
    return _score([Voice("Chords", notes, is_drums=False)], TUNE_BARS)


def _block_chords(
    bars: int, chords_a_bar: int, randomness: np.random.Generator
) -> tuple[Note, ...]:
    duration = BAR_BEATS / chords_a_bar
    notes: list[Note] = []
    for index, degree in enumerate(_degrees(bars * chords_a_bar, randomness)):
        pitches = [_pitch(degree, _MIDDLE_C - 24)]
        pitches += [_pitch(degree + third, _MIDDLE_C - 12) for third in (0, 2, 4)]
        velocity = int(randomness.integers(60, 84))
        notes += [Note(index * duration, pitch, duration, velocity) for pitch in pitches]
    return tuple(notes)


def _song(randomness: np.random.Generator) -> Score:
    theme = _phrase(THEME_BARS, randomness)
    melody: list[Note] = []
    for pair in range(SONG_BARS // THEME_BARS):
        is_theme = pair % 2 == 0
        moved = int(randomness.choice((0, 0, 1, -1, 2))) if is_theme and pair else 0
        phrase = theme if is_theme else _phrase(THEME_BARS, randomness)
        melody += _notes(phrase, pair * THEME_BARS * BAR_BEATS, randomness, moved)
    bridge = [
        Note(float(BAR_BEATS * bar + 2), _pitch(int(randomness.integers(0, 5))), 2.0, 70)
        for bar in range(3, SONG_BARS, 4)
    ]
    piano = _block_chords(SONG_BARS, 2, randomness)
    voices = [
        Voice("MELODY", tuple(melody), is_drums=False),
        Voice("BRIDGE", tuple(bridge), is_drums=False),
        Voice("PIANO", piano, is_drums=False),
    ]
    return _score(voices, SONG_BARS)


def _score(voices: Sequence[Voice], bars: int) -> Score:
    return Score(tuple(voices), float(BAR_BEATS * bars), key=Key(0, "major"))
