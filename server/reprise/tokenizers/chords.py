"""Chord symbols with durations as integers: what the chord networks read and write.

An element is one chord and how long it lasts. A chord is no chord, or a root and one of 22 kinds
(a quality and an inversion); chords of other kinds are taken for the nearest of them. Durations
are nine lengths; a chord of another length is several elements. A progression is moved to C major
or A minor first, so that what holds in one key need not be learned in twelve.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.music.chords import Chord
from reprise.music.key import Key
from reprise.music.meter import MeterMap
from reprise.music.progression import PlacedChord, merged

Elements = NDArray[np.int64]
"""Shape (elements, 2): chord class and duration class of each."""

KINDS: Final = (
    ("", 0), ("m", 0), ("7", 0), ("m7", 0), ("maj7", 0), ("sus4", 0), ("sus2", 0), ("6", 0),
    ("m6", 0), ("dim", 0), ("m7b5", 0), ("dim7", 0), ("aug", 0), ("9", 0), ("aug7", 0), ("7b9", 0),
    ("", 4), ("", 7), ("m", 3), ("m", 7), ("m7", 10), ("7", 10),
)  # fmt: skip
"""Quality, and semitones from the root to the bass."""

NO_CHORD: Final = 0
CHORD_COUNT: Final = 1 + 12 * len(KINDS)
DURATIONS: Final = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
"""In beats."""

DURATION_COUNT: Final = len(DURATIONS)
WINDOW: Final = 32
"""Elements that the networks hear at once."""

POSITION_COUNT: Final = 16
"""Half beats from the bar line at which an element may begin; longer bars start over."""

HALF_BEAT: Final = 0.5
EDGE_BEATS: Final = 2.0
HOME_WEIGHT: Final = 0.3

_NEAREST: Final = MappingProxyType(
    {
        "add9": "", "madd9": "m", "7sus4": "sus4", "7b5": "7", "mMaj7": "m", "augMaj7": "aug",
        "m9": "m7", "maj9": "maj7", "69": "6", "m69": "m6", "9sus4": "sus4", "7#9": "7b9",
        "7#11": "7", "11": "9", "m11": "m7", "maj7#11": "maj7", "13": "9", "m13": "m7",
        "maj13": "maj7", "5": "",
    }
)  # fmt: skip
_KIND_OF: Final = MappingProxyType({kind: index for index, kind in enumerate(KINDS)})
_MAJOR_LIKE: Final = frozenset({"major", "lydian", "mixolydian", "major pentatonic", "chromatic"})


def class_of(chord: Chord | None) -> int:
    """Return the class of a chord, or of the nearest chord that has one."""
    if chord is None:
        return NO_CHORD
    quality = _NEAREST.get(chord.quality, chord.quality)
    bass = (chord.bass - chord.root) % 12
    kind = _KIND_OF.get((quality, bass), _KIND_OF[quality, 0])
    return 1 + chord.root * len(KINDS) + kind


def chord_of(class_: int) -> Chord | None:
    """Return the chord of a class 0 to `CHORD_COUNT` - 1."""
    if class_ == NO_CHORD:
        return None
    root, kind = divmod(class_ - 1, len(KINDS))
    quality, bass = KINDS[kind]
    return Chord(root, quality, (root + bass) % 12)


def transposed(classes: NDArray[np.int64], semitones: int) -> NDArray[np.int64]:
    """Return chord classes of any shape some semitones higher."""
    moved = (classes - 1 + semitones * len(KINDS)) % (CHORD_COUNT - 1) + 1
    return np.where(classes == NO_CHORD, NO_CHORD, moved)


def key_of(placed: Sequence[PlacedChord]) -> Key:
    """Return the major or minor key of a progression; C major where nothing sounds.

    The seven notes that most of the chords are made of, where the chords on the tonic, those of the
    relative minor, and the first and the last one tell more than others.
    """
    sounding = [(one.duration, one.chord) for one in placed if one.chord is not None]
    if not sounding:
        return Key(0, "major")
    sounding += [(EDGE_BEATS, sounding[0][1]), (EDGE_BEATS, sounding[-1][1])]
    tonic = max(range(12), key=lambda tonic: (_in_key(sounding, tonic), -tonic))
    weights = dict.fromkeys(((tonic, True), ((tonic + 9) % 12, False)), 0.0)
    for beats, chord in sounding:
        home = (chord.root, "m" not in chord.quality.replace("maj", ""))
        if home in weights:
            weights[home] += beats
    is_major = weights[tonic, True] >= weights[(tonic + 9) % 12, False]
    return Key(tonic, "major") if is_major else Key((tonic + 9) % 12, "minor")


def _in_key(sounding: Sequence[tuple[float, Chord]], tonic: int) -> float:
    scale = Key(tonic, "major").pitch_classes
    total = 0.0
    for beats, chord in sounding:
        tones = chord.pitch_classes
        total += beats * (2 * len(tones & scale) / len(tones) - 1)
        total += HOME_WEIGHT * beats * (chord.root in (tonic, (tonic + 9) % 12))
    return total


def reduction(key: Key) -> int:
    """Return the semitones, -5 to 6, that move a key to C major or A minor."""
    home = 0 if key.scale in _MAJOR_LIKE else 9
    return (home - key.tonic + 5) % 12 - 5


def encode(placed: Iterable[PlacedChord]) -> Elements:
    """Return the elements of a progression, its lengths on the grid of half beats."""
    rows: list[tuple[int, int]] = []
    for one in placed:
        halves = max(1, round(one.end / HALF_BEAT) - round(one.start / HALF_BEAT))
        rows += [(class_of(one.chord), duration) for duration in _parts(halves)]
    return np.array(rows, np.int64).reshape(-1, 2)


def decode(elements: Elements, start: float = 0.0) -> tuple[PlacedChord, ...]:
    """Return the progression of elements, its first chord at a time in beats."""
    placed = []
    for class_, duration in elements.tolist():
        placed.append(PlacedChord(start, DURATIONS[duration], chord_of(class_)))
        start += DURATIONS[duration]
    return merged(placed)


def lengths(elements: Elements) -> NDArray[np.float64]:
    """Return the length of each element in beats, for elements (..., 2)."""
    beats: NDArray[np.float64] = np.array(DURATIONS)[elements[..., 1]]
    return beats


def positions(elements: Elements, meter_map: MeterMap, start: float = 0.0) -> NDArray[np.int64]:
    """Return for each element (elements, 2) the class of its place in the bar.

    Args:
        elements: One after another.
        meter_map: Their meters.
        start: Where the first one begins, in beats.
    """
    starts = start + np.concatenate([[0.0], np.cumsum(lengths(elements))[:-1]])
    return np.array([position_of(beat, meter_map) for beat in starts.tolist()], np.int64)


def position_of(beat: float, meter_map: MeterMap) -> int:
    """Return the class of a time in beats: half beats since the bar line."""
    return round((beat - meter_map.bar_start(beat)) / HALF_BEAT) % POSITION_COUNT


def continuation_features(
    elements: Elements, places: NDArray[np.int64], next_place: int = 0
) -> NDArray[np.int64]:
    """Return what the continuing network hears, (elements, 4).

    They are chord, duration, place in the bar, and place in the bar of the element after it.

    Args:
        elements: Shape (elements, 2).
        places: Shape (elements,), see `positions`.
        next_place: That of what comes after the last element.
    """
    following = np.concatenate([places[1:], [next_place]])
    return np.column_stack([elements, places, following])


def windows(elements: Elements, hop: int = 1) -> Elements:
    """Return all windows (windows, 32, 2) of elements; none where they are too few."""
    starts = range(0, len(elements) - WINDOW + 1, hop)
    cut = [elements[start : start + WINDOW] for start in starts]
    return np.stack(cut) if cut else np.zeros((0, WINDOW, 2), np.int64)


def looped(elements: Elements) -> Elements:
    """Return one window (32, 2) in which elements come again and again, or only the first ones."""
    turns = -(-WINDOW // len(elements))
    return np.tile(elements, (turns, 1))[:WINDOW]


def _parts(halves: int) -> Sequence[int]:
    """Return the duration classes that together are some half beats, the longest first."""
    parts = []
    for class_ in range(DURATION_COUNT - 1, -1, -1):
        size = round(DURATIONS[class_] / HALF_BEAT)
        parts += [class_] * (halves // size)
        halves %= size
    return parts
