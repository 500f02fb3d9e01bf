"""Chords and their names: `Am7`, `F/A`, `Cmaj7`, `N.C.`; read, written, and told from pitches.

A chord is a root, a quality and a bass. Where no chord sounds, functions say None, which is written
`N.C.`. Names are written in one spelling and read in the many that people use.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from reprise.errors import InvalidRequestError
from reprise.music.pitch import PITCH_CLASS_NAMES

NO_CHORD: Final = "N.C."

QUALITIES: Final = MappingProxyType(
    {
        "": (0, 4, 7),
        "m": (0, 3, 7),
        "7": (0, 4, 7, 10),
        "m7": (0, 3, 7, 10),
        "maj7": (0, 4, 7, 11),
        "sus4": (0, 5, 7),
        "sus2": (0, 2, 7),
        "6": (0, 4, 7, 9),
        "m6": (0, 3, 7, 9),
        "dim": (0, 3, 6),
        "m7b5": (0, 3, 6, 10),
        "dim7": (0, 3, 6, 9),
        "aug": (0, 4, 8),
        "add9": (0, 2, 4, 7),
        "madd9": (0, 2, 3, 7),
        "7sus4": (0, 5, 7, 10),
        "aug7": (0, 4, 8, 10),
        "7b5": (0, 4, 6, 10),
        "mMaj7": (0, 3, 7, 11),
        "augMaj7": (0, 4, 8, 11),
        "9": (0, 2, 4, 7, 10),
        "m9": (0, 2, 3, 7, 10),
        "maj9": (0, 2, 4, 7, 11),
        "69": (0, 2, 4, 7, 9),
        "m69": (0, 2, 3, 7, 9),
        "9sus4": (0, 2, 5, 7, 10),
        "7b9": (0, 1, 4, 7, 10),
        "7#9": (0, 3, 4, 7, 10),
        "7#11": (0, 4, 6, 7, 10),
        "11": (0, 2, 4, 5, 7, 10),
        "m11": (0, 2, 3, 5, 7, 10),
        "maj7#11": (0, 4, 6, 7, 11),
        "13": (0, 2, 4, 7, 9, 10),
        "m13": (0, 2, 3, 7, 9, 10),
        "maj13": (0, 2, 4, 7, 9, 11),
        "5": (0, 7),
    }
)
"""Semitones above the root by the name that follows it; of two that fit, the first is meant."""

_OTHER_SPELLINGS: Final = MappingProxyType(
    {
        "maj": "", "M": "", "major": "",
        "min": "m", "mi": "m", "-": "m", "minor": "m",
        "dom7": "7",
        "min7": "m7", "mi7": "m7", "-7": "m7",
        "M7": "maj7", "Maj7": "maj7", "ma7": "maj7", "j7": "maj7", "^7": "maj7", "^": "maj7",
        "Δ": "maj7", "Δ7": "maj7",
        "sus": "sus4", "2": "sus2", "4": "sus4",
        "maj6": "6", "M6": "6", "min6": "m6", "mi6": "m6", "-6": "m6",
        "o": "dim", "°": "dim", "mb5": "dim",
        "ø": "m7b5", "ø7": "m7b5", "m7-5": "m7b5", "min7b5": "m7b5", "-7b5": "m7b5", "h7": "m7b5",
        "o7": "dim7", "°7": "dim7",
        "+": "aug", "#5": "aug",
        "add2": "add9", "2add": "add9", "madd2": "madd9",
        "sus7": "7sus4", "7sus": "7sus4",
        "+7": "aug7", "7#5": "aug7", "7+": "aug7", "7aug": "aug7",
        "7-5": "7b5",
        "mM7": "mMaj7", "mmaj7": "mMaj7", "minMaj7": "mMaj7", "m(maj7)": "mMaj7", "-M7": "mMaj7",
        "+M7": "augMaj7", "maj7#5": "augMaj7", "M7#5": "augMaj7",
        "min9": "m9", "-9": "m9", "M9": "maj9", "Maj9": "maj9", "ma9": "maj9", "Δ9": "maj9",
        "6/9": "69", "6add9": "69", "m6/9": "m69", "m6add9": "m69",
        "9sus": "9sus4", "sus9": "9sus4", "7(b9)": "7b9", "7-9": "7b9", "7(#9)": "7#9",
        "7+9": "7#9", "7(#11)": "7#11", "min11": "m11", "-11": "m11", "min13": "m13",
        "M13": "maj13", "Maj13": "maj13", "no3": "5", "no3d": "5",
    }
)  # fmt: skip
_NO_CHORDS: Final = frozenset({"n.c.", "nc", "n.c", "n", "no chord", "-", "x"})
_LETTERS: Final = MappingProxyType({"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11})
_ACCIDENTALS: Final = MappingProxyType({"#": 1, "b": -1, "♯": 1, "♭": -1})
_NAME: Final = re.compile(r"([A-G][#b♯♭]{0,2})(.*?)(?:/([A-G][#b♯♭]{0,2}))?")

MISSING: Final = 0.4
FOREIGN: Final = 1.0
BASS_IS_ROOT: Final = 0.3
BASS_IS_FOREIGN: Final = 0.05
BASS_IS_NINTH: Final = 0.6
NINTH: Final = 2


@dataclass(frozen=True, slots=True, order=True)
class Chord:
    """A chord.

    Attributes:
        root: Pitch class 0-11, 0 for C.
        quality: A key of `QUALITIES`.
        bass: Pitch class of the lowest note; it need not belong to the chord (`C/D`).
    """

    root: int
    quality: str
    bass: int

    def __post_init__(self) -> None:
        for name, value in (("root", self.root), ("bass", self.bass)):
            if not 0 <= value <= 11:
                raise InvalidRequestError(f"a chord's {name} must be 0 to 11 (0 is C), got {value}")
        if self.quality not in QUALITIES:
            raise InvalidRequestError(
                f"{self.quality!r} is no kind of chord that is known here; use one of "
                f"{', '.join(QUALITIES)}"
            )

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0-11 of the chord, its bass included."""
        tones = {(self.root + step) % 12 for step in QUALITIES[self.quality]}
        return frozenset(tones | {self.bass})

    def transposed(self, semitones: int) -> "Chord":
        """Return the chord some semitones higher."""
        return Chord((self.root + semitones) % 12, self.quality, (self.bass + semitones) % 12)

    def __str__(self) -> str:
        root = PITCH_CLASS_NAMES[self.root]
        bass = f"/{PITCH_CLASS_NAMES[self.bass]}" if self.bass != self.root else ""
        return f"{root}{self.quality}{bass}"


def chord_name(chord: Chord | None) -> str:
    """Return a chord's name, such as "F/A"; "N.C." where there is none."""
    return NO_CHORD if chord is None else str(chord)


def read_chord(name: str) -> Chord | None:
    """Return the chord of a name, None for "N.C.".

    Raises:
        InvalidRequestError: It is no name of a chord; the message says what was not understood.
    """
    words = name.strip()
    if words.lower() in _NO_CHORDS:
        return None
    match = _NAME.fullmatch(words)
    if match is None:
        raise InvalidRequestError(
            f"{name!r} is no name of a chord; write a root from A to G, then the kind, then a bass "
            "if it is another note, such as Am7, F#dim or F/A, or N.C. for no chord"
        )
    root, kind, bass = match[1], match[2], match[3]
    quality = _quality(kind)
    if quality is None:
        raise InvalidRequestError(
            f"in {name!r} the kind of chord {kind!r} is not known; use one of "
            f"{', '.join(filter(None, QUALITIES))}, or nothing for a major triad"
        )
    return Chord(_pitch_class(root), quality, _pitch_class(bass or root))


def read_chords(names: str) -> tuple[Chord | None, ...]:
    """Return the chords of names with spaces, commas, bars or dashes between.

    Raises:
        InvalidRequestError: One of them is no name of a chord.
    """
    words = re.split(r"[\s,|]+|\s-\s", names.strip())
    return tuple(read_chord(word) for word in words if word and word != "-")


def chord_of(pitches: Iterable[int]) -> Chord | None:
    """Return the chord that pitches sound, told by all of them and the lowest; None for none.

    A set that has no name of its own is called by the chord that it is nearest to.
    """
    sounding = sorted(set(pitches))
    if not sounding:
        return None
    classes = frozenset(pitch % 12 for pitch in sounding)
    return _chord_of_classes(classes, sounding[0] % 12)


@cache
def _chord_of_classes(classes: frozenset[int], bass: int) -> Chord:
    chords = (
        (root, quality, bass if bass in classes else root)
        for quality in QUALITIES
        for root in range(12)
    )
    best = min(chords, key=lambda parts: _distance(parts[0], parts[1], classes, bass))
    return Chord(*best)


def _distance(root: int, quality: str, classes: frozenset[int], bass: int) -> float:
    """Return how badly a chord names what sounds."""
    tones = {(root + step) % 12 for step in QUALITIES[quality]}
    # The bass may be foreign to the chord above it; it is then no tone that is missing from it.
    upper = classes - {bass} if bass not in tones and len(classes) > 3 else classes
    wrong = FOREIGN * len(upper - tones) + MISSING * len(tones - classes)
    cost = BASS_IS_FOREIGN if bass not in tones else 0.0
    cost += BASS_IS_NINTH * ((bass - root) % 12 == NINTH and bass in tones)
    return wrong + cost - BASS_IS_ROOT * (bass == root)


def _quality(kind: str) -> str | None:
    bare = kind.replace("♭", "b").replace("♯", "#").replace(" ", "")
    for spelling in (bare, bare.strip("()"), bare.replace("(", "").replace(")", "")):
        if spelling in QUALITIES:
            return spelling
        if spelling in _OTHER_SPELLINGS:
            return _OTHER_SPELLINGS[spelling]
    return None


def _pitch_class(name: str) -> int:
    return (_LETTERS[name[0]] + sum(_ACCIDENTALS[sign] for sign in name[1:])) % 12
