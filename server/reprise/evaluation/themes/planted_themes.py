"""Songs whose theme is known, because it was planted: A A' B A'' C A and forms like it.

A is two bars made up by rule, B to E are others; A', A'' and A''' are A after the changes of the
theme study. A finder is right when it names the bars of all As and no others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reprise.music.key import Key
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.tokenizers import melody_changes
from reprise.tokenizers.melody_changes import Chances
from reprise.tokenizers.melody_embedding import (
    SEGMENT_BARS,
    STEPS_PER_BEAT,
    MelodyNote,
    Tune,
)

BAR_STEPS: Final = 16
FORMS: Final = ("AaBaCA", "AaBaCADa", "ABaACaDA", "AaBCaADaE")
"""Two bars a letter: A is the theme, a the theme changed, others stand once."""

BAR_RHYTHMS: Final = (
    (4, 4, 4, 4),
    (4, 4, 8),
    (6, 2, 4, 4),
    (6, 2, 8),
    (2, 2, 4, 2, 2, 4),
    (4, 2, 2, 4, 4),
    (3, 3, 2, 4, 4),
    (3, 3, 2, 8),
    (8, 4, 2, 2),
    (2, 2, 2, 2, 8),
    (12, 4),
    (4, 6, 2, 4),
)
"""Lengths in 16ths that fill a bar of 4/4."""

STEPS: Final = (-4, -2, -1, -1, 0, 1, 1, 2, 3)
LOWEST_DEGREE, HIGHEST_DEGREE = -3, 9
MIDDLE_C: Final = 60


@dataclass(frozen=True, slots=True)
class PlantedSong:
    """A melody, and where its theme stands.

    Attributes:
        form: A letter for each two bars.
        notes: The melody.
        length: In beats.
        bars: First bars of the theme's occurrences.
    """

    form: str
    notes: tuple[Note, ...]
    length: float
    bars: tuple[int, ...]

    @property
    def meter_map(self) -> MeterMap:
        """4/4 throughout."""
        return MeterMap()


def planted_songs(count: int, seed: int) -> list[PlantedSong]:
    """Return songs in all keys, drawn with one seed; every form comes equally often."""
    randomness = np.random.default_rng(seed)
    return [planted_song(FORMS[number % len(FORMS)], randomness) for number in range(count)]


def planted_song(form: str, randomness: np.random.Generator) -> PlantedSong:
    """Return one song of a form, two bars a letter."""
    home = int(randomness.integers(0, 12))
    theme = made_up(home, randomness)
    notes: list[Note] = []
    for place, letter in enumerate(form):
        tune = _section(letter, theme, home, randomness)
        notes += _notes(tune, place * SEGMENT_BARS * BAR_STEPS)
    bars = tuple(SEGMENT_BARS * place for place, letter in enumerate(form) if letter in "Aa")
    length = len(form) * SEGMENT_BARS * BAR_STEPS / STEPS_PER_BEAT
    return PlantedSong(form, tuple(notes), length, bars)


def made_up(home: int, randomness: np.random.Generator) -> Tune:
    """Return two bars in the major scale of a home note 0-11."""
    key = Key(home)
    tonic = MIDDLE_C + home
    degree = int(randomness.integers(0, 5))
    found: list[MelodyNote] = []
    for bar in range(SEGMENT_BARS):
        onset = bar * BAR_STEPS
        for duration in BAR_RHYTHMS[int(randomness.integers(len(BAR_RHYTHMS)))]:
            found.append(MelodyNote(onset, key.degree_shifted(tonic, degree), duration))
            onset += duration
            step = int(randomness.choice(STEPS))
            degree = int(np.clip(degree + step, LOWEST_DEGREE, HIGHEST_DEGREE))
    return tuple(found)


def varied(theme: Tune, home: int, randomness: np.random.Generator) -> Tune:
    """Return a theme after one to three of the theme study's changes."""
    chosen = np.zeros(3)
    while not chosen.any():
        chosen = randomness.integers(0, 2, 3).astype(np.float64)
    return melody_changes.changed(theme, home, Chances(*chosen.tolist()), randomness)


def _section(letter: str, theme: Tune, home: int, randomness: np.random.Generator) -> Tune:
    if letter == "A":
        return theme
    if letter == "a":
        return varied(theme, home, randomness)
    return made_up(home, randomness)


def _notes(tune: Tune, at: int) -> list[Note]:
    return [
        Note((at + note.onset) / STEPS_PER_BEAT, note.pitch, note.duration / STEPS_PER_BEAT)
        for note in tune
    ]
