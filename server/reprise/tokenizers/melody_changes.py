"""The changes under which two bars stay the same theme.

The three of the theme study: a move along the scale, another length of the last note, a note split
into two halves or two neighbours of one pitch made one. Moving everything by semitones is the
fourth: it is what a song does that lifts its last chorus.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reprise.music.key import Key
from reprise.tokenizers.melody_embedding import LONGEST_STEPS, MelodyNote, Tune

FURTHEST_DEGREES: Final = 7
LONGEST_LAST_STEPS: Final = 16
FURTHEST_SEMITONES: Final = 6


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each change is made, 0.0-1.0.

    Attributes:
        scale_shift: A move along the scale by 1 to 7 degrees, up or down.
        last_duration: Another length of the last note.
        split_or_combine: A note in two halves, or two neighbours as one.
        transposition: A move of all notes by up to 6 semitones, up or down, the home note staying.
    """

    scale_shift: float = 0.5
    last_duration: float = 0.5
    split_or_combine: float = 0.5
    transposition: float = 0.0


def shifted_on_scale(tune: Tune, home: int, degrees: int) -> Tune:
    """Return a tune whose notes are all moved by scale degrees; the contour stays."""
    key = Key(home)
    return tuple(note._replace(pitch=key.degree_shifted(note.pitch, degrees)) for note in tune)


def transposed(tune: Tune, semitones: int) -> Tune:
    """Return a tune whose notes are all moved by semitones."""
    return tuple(note._replace(pitch=note.pitch + semitones) for note in tune)


def with_last_duration(tune: Tune, duration: int) -> Tune:
    """Return a tune whose last note lasts so many 16ths."""
    return (*tune[:-1], tune[-1]._replace(duration=duration))


def with_note_split(tune: Tune, index: int) -> Tune:
    """Return a tune with one note, of an even number of 16ths, as two halves of the same pitch."""
    note = tune[index]
    half = note.duration // 2
    halves = (
        note._replace(duration=half),
        MelodyNote(note.onset + half, note.pitch, half),
    )
    return (*tune[:index], *halves, *tune[index + 1 :])


def with_neighbours_combined(tune: Tune, index: int) -> Tune:
    """Return a tune with a note and the next, which has the same pitch, as one long note."""
    first, second = tune[index : index + 2]
    lasting = min(second.onset + second.duration - first.onset, LONGEST_STEPS)
    return (*tune[:index], first._replace(duration=lasting), *tune[index + 2 :])


def splittable(tune: Tune) -> list[int]:
    """Return the places of notes that can be split into halves of whole 16ths."""
    return [place for place, note in enumerate(tune) if note.duration % 2 == 0]


def combinable(tune: Tune) -> list[int]:
    """Return the places of notes that are followed by one of the same pitch."""
    return [place for place in range(len(tune) - 1) if tune[place].pitch == tune[place + 1].pitch]


def changed(tune: Tune, home: int, chances: Chances, randomness: np.random.Generator) -> Tune:
    """Return a tune after a random choice of changes."""
    shift, last, parts, up = randomness.random(4)
    if shift < chances.scale_shift:
        tune = shifted_on_scale(tune, home, _either_way(FURTHEST_DEGREES, randomness))
    if last < chances.last_duration:
        tune = with_last_duration(tune, int(randomness.integers(1, LONGEST_LAST_STEPS + 1)))
    if parts < chances.split_or_combine:
        tune = split_or_combined(tune, randomness)
    if up < chances.transposition:
        tune = transposed(tune, _either_way(FURTHEST_SEMITONES, randomness))
    return tune


def split_or_combined(tune: Tune, randomness: np.random.Generator) -> Tune:
    """Return a tune with one note split or two combined, as it was where neither can be done."""
    splits, pairs = splittable(tune), combinable(tune)
    if not splits and not pairs:
        return tune
    if pairs and (not splits or randomness.random() < 0.5):
        return with_neighbours_combined(tune, int(randomness.choice(pairs)))
    return with_note_split(tune, int(randomness.choice(splits)))


def _either_way(furthest: int, randomness: np.random.Generator) -> int:
    distance = int(randomness.integers(1, furthest + 1))
    return distance if randomness.random() < 0.5 else -distance
