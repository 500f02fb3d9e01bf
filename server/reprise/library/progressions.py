"""Chord progressions of the data sets: the symbols of OpenEWLD and the chord track of POP909-CL.

Each is moved to C major or A minor. The songs of the theme study are for testing; of the others a
checksum of the song's name decides, so that a song is on the same side on every machine.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reprise.library import datasets, pop909
from reprise.library.midi_score import read_score
from reprise.library.pieces import Split
from reprise.music.chords import Chord
from reprise.music.chords import chord_of as chord_of_pitches
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.progression import PlacedChord, find_progression, merged
from reprise.music.score import Score
from reprise.tokenizers import chords

OPENEWLD: Final = "openewld"
POP909_CL: Final = "pop909_cl"
DATASETS: Final = (OPENEWLD, POP909_CL)
FEWEST_CHORDS: Final = 4
TEST_PERCENT, VALID_PERCENT = 8, 7
NEAR_BEATS: Final = 0.1
LONGEST_SILENCE: Final = 16.0
"""Beats: a longer stretch without a chord parts nothing, it is cut to this."""

_KINDS: Final = {
    "major": "", "minor": "m", "dominant": "7", "minor-seventh": "m7", "major-seventh": "maj7",
    "diminished": "dim", "major-sixth": "6", "dominant-ninth": "9", "diminished-seventh": "dim7",
    "minor-sixth": "m6", "augmented-seventh": "aug7", "augmented": "aug",
    "half-diminished": "m7b5", "suspended-fourth": "sus4", "suspended-second": "sus2",
    "dominant-13th": "13", "minor-ninth": "m9", "augmented-ninth": "aug7", "dominant-11th": "11",
    "major-ninth": "maj9", "minor-major": "mMaj7", "minor-11th": "m11", "major-minor": "mMaj7",
    "maj69": "69", "minor-13th": "m13", "power": "5",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A song's chords in C major or A minor.

    Attributes:
        name: The set and the song.
        split: Which side of the data it is on.
        elements: Shape (elements, 2), see `tokenizers.chords`.
        positions: Place in the bar of each element, shape (elements,).
    """

    name: str
    split: Split
    elements: chords.Elements
    positions: NDArray[np.int64]


def read_all(data_directory: Path | None) -> list[Piece]:
    """Return the progressions of both sets.

    Raises:
        MissingDataError: A set is not there.
    """
    folders = [datasets.find(data_directory, name) for name in DATASETS]
    return [*_openewld(folders[0]), *_pop909_cl(folders[1])]


def piece_of_score(name: str, split: Split, score: Score) -> Piece | None:
    """Return the chords of a score as a piece, None where they are too few."""
    placed = find_progression(score.sounding, score.meter_map, score.length)
    return piece_of(name, split, placed, score.meter_map)


def piece_of(
    name: str, split: Split, placed: Sequence[PlacedChord], meter_map: MeterMap
) -> Piece | None:
    """Return a progression as a piece; None where its chords are too few."""
    sounding = _without_silence(placed)
    if len(sounding) < FEWEST_CHORDS:
        return None
    elements = chords.encode(sounding)
    shift = chords.reduction(chords.key_of(sounding))
    elements[:, 0] = chords.transposed(elements[:, 0], shift)
    places = chords.positions(elements, meter_map, sounding[0].start)
    return Piece(name, split, elements, places)


def split_of(song: str) -> Split:
    """Return the side of the data that a song is on."""
    percent = zlib.crc32(song.encode()) % 100
    if percent < TEST_PERCENT:
        return "test"
    return "valid" if percent < TEST_PERCENT + VALID_PERCENT else "train"


def _without_silence(placed: Sequence[PlacedChord]) -> list[PlacedChord]:
    """Return chords without the silence at both ends, longer silence between cut short."""
    first = next((n for n, one in enumerate(placed) if one.chord is not None), len(placed))
    last = max((n for n, one in enumerate(placed) if one.chord is not None), default=-1)
    found: list[PlacedChord] = []
    for one in placed[first : last + 1]:
        start = found[-1].end if found else one.start
        is_silent = one.chord is None
        duration = min(one.duration, LONGEST_SILENCE) if is_silent else one.duration
        found.append(PlacedChord(start, duration, one.chord))
    return found


# ------------------------------------------------------------ OpenEWLD


def _openewld(folder: Path) -> Iterator[Piece]:
    for path in sorted(folder.glob("mid/*.chords.json")):
        name = f"{OPENEWLD}/{path.name.removesuffix('.chords.json')}"
        symbols = json.loads(path.read_text(encoding="utf-8"))["chords"]
        placed = _placed(symbols)
        midi = path.with_name(path.name.removesuffix(".chords.json") + ".mid")
        if not placed or not midi.is_file():
            continue
        meter_map = _phased(placed, read_score(midi).meter_map)
        piece = piece_of(name, split_of(name), placed, meter_map)
        if piece is not None:
            yield piece


def _placed(symbols: Sequence[Sequence[Any]]) -> list[PlacedChord]:
    """Return symbols of [beat, root, kind, bass, degrees] in order, the last of one beat only."""
    by_start = {float(symbol[0]): symbol for symbol in symbols}
    starts = sorted(by_start)
    ends = [*starts[1:], starts[-1] + 4.0] if starts else []
    placed = [
        PlacedChord(start, end - start, _chord(by_start[start])) for start, end in zip(starts, ends)
    ]
    return list(merged(placed))


def _chord(symbol: Sequence[Any]) -> Chord | None:
    _, root, kind, bass, degrees = symbol
    if root is None or kind not in _KINDS:
        return None
    quality = _KINDS[kind]
    flat_ninth = ["9", "-1", "add"] in [[str(part) for part in degree] for degree in degrees]
    quality = "7b9" if quality == "7" and flat_ninth else quality
    return Chord(root % 12, quality, (root if bass is None else bass) % 12)


def _phased(placed: Sequence[PlacedChord], meter_map: MeterMap) -> MeterMap:
    """Return the first meter, its bar lines where most chords begin: pickups move them."""
    meter = meter_map.at(0.0)
    weights: dict[float, float] = defaultdict(float)
    for one in placed:
        weights[round(one.start % meter.bar_length * 2) / 2] += min(one.duration, 4.0)
    phase = max(weights, key=lambda offset: (weights[offset], -offset)) % meter.bar_length
    if phase == 0.0:
        return MeterMap.constant(meter)
    return MeterMap(((0.0, meter), (phase, meter)))


# ------------------------------------------------------------ POP909-CL


def checked_songs(data_directory: Path | None) -> Iterator[tuple[Score, list[PlacedChord]]]:
    """Yield the theme study's test songs, each with the chords that people checked.

    Raises:
        MissingDataError: The set is not there.
    """
    folder = datasets.find(data_directory, POP909_CL)
    for path in sorted(folder.glob("POP909_processed/[0-9][0-9][0-9].mid")):
        score = read_score(path) if path.stem in pop909.TEST_SONGS else None
        if score is not None and len(score.voices) > 1:
            yield replace(score, voices=score.voices[:-1]), _heard(score.voices[-1].notes)


def _pop909_cl(folder: Path) -> Iterator[Piece]:
    for path in sorted(folder.glob("POP909_processed/[0-9][0-9][0-9].mid")):
        score = read_score(path)
        name = f"{POP909_CL}/{path.stem}"
        split = "test" if path.stem in pop909.TEST_SONGS else split_of(name)
        if len(score.voices) < 2:
            continue
        placed = _heard(score.voices[-1].notes)
        piece = piece_of(name, split, placed, score.meter_map)
        if piece is not None:
            yield piece


def _heard(notes: Sequence[Note]) -> list[PlacedChord]:
    """Return the chords of a track in which each is struck once, as long as it holds."""
    groups: dict[float, list[Note]] = defaultdict(list)
    for note in notes:
        groups[round(note.start * 2) / 2].append(note)
    placed: list[PlacedChord] = []
    for start in sorted(groups):
        if placed and placed[-1].end > start:
            last = placed.pop()
            placed.append(PlacedChord(last.start, start - last.start, last.chord))
        if placed and start - placed[-1].end > NEAR_BEATS:
            placed.append(PlacedChord(placed[-1].end, start - placed[-1].end, None))
        end = max(note.end for note in groups[start])
        length = max(0.5, round((end - start) * 2) / 2)
        chord = chord_of_pitches(note.pitch for note in groups[start])
        placed.append(PlacedChord(start, length, chord))
    return list(merged(placed))
