"""Keys and scales: what they hold, and which one a set of notes is in."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from reprise.errors import InvalidRequestError
from reprise.music.note import Note
from reprise.music.pitch import PITCH_CLASS_NAMES

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}
"""Semitones above the tonic, by the scale's name."""

# Krumhansl and Kessler 1982, probe-tone profiles, C major and C minor.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A tonic and a scale.

    Attributes:
        tonic: Pitch class 0-11, 0 for C.
        scale: A name of `SCALES`.
    """

    tonic: int
    scale: str = "major"

    def __post_init__(self) -> None:
        if not 0 <= self.tonic <= 11:
            raise InvalidRequestError(f"a key's tonic must be 0 to 11 (0 is C), got {self.tonic}")
        if self.scale not in SCALES:
            raise InvalidRequestError(
                f"{self.scale!r} is no scale that is known here; use one of {', '.join(SCALES)}"
            )

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0-11 of the scale."""
        return frozenset((self.tonic + step) % 12 for step in SCALES[self.scale])

    def contains(self, pitch: int) -> bool:
        """Tell whether a MIDI pitch belongs to the scale."""
        return pitch % 12 in self.pitch_classes

    def nearest(self, pitch: int) -> int:
        """Return the pitch of the scale that is nearest, the lower one of two, within 0-127."""
        inside = [other for other in range(128) if self.contains(other)]
        return min(inside, key=lambda other: (abs(other - pitch), other))

    def degree_shifted(self, pitch: int, degrees: int) -> int:
        """Return a pitch moved by scale degrees; a pitch between degrees keeps its distance.

        The result may lie outside 0-127; callers fold it.
        """
        steps = SCALES[self.scale]
        octave, above = divmod(pitch - self.tonic, 12)
        degree = max(index for index, step in enumerate(steps) if step <= above)
        chromatic = above - steps[degree]
        turns, new_degree = divmod(degree + degrees, len(steps))
        return self.tonic + 12 * (octave + turns) + steps[new_degree] + chromatic

    def __str__(self) -> str:
        return f"{PITCH_CLASS_NAMES[self.tonic]} {self.scale}"


def find_key(notes: Iterable[Note]) -> Key | None:
    """Return the major or minor key that fits best, or None where nothing sounds.

    Krumhansl's key-finding: the correlation of the duration-weighted pitch-class histogram with the
    24 rotated profiles (Krumhansl, Cognitive Foundations of Musical Pitch, 1990, chapter 4).
    """
    weights = [0.0] * 12
    for note in notes:
        if not note.is_muted:
            weights[note.pitch % 12] += note.duration
    if not any(weights):
        return None
    return max(_profiles(), key=lambda item: (_correlation(weights, item[1]), -item[0].tonic))[0]


@cache
def _profiles() -> tuple[tuple[Key, tuple[float, ...]], ...]:
    return tuple(
        (Key(tonic, name), tuple(profile[(pitch - tonic) % 12] for pitch in range(12)))
        for name, profile in (("major", _MAJOR), ("minor", _MINOR))
        for tonic in range(12)
    )


def _correlation(left: list[float], right: tuple[float, ...]) -> float:
    mean_left, mean_right = sum(left) / 12, sum(right) / 12
    pairs = [(a - mean_left, b - mean_right) for a, b in zip(left, right)]
    scale = (sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)) ** 0.5
    return sum(a * b for a, b in pairs) / scale if scale else 0.0
