"""The passages of an answer that may be a copy: the runs of its melodic voices, its bars of drums.

A passage is copied where it is new and few songs of an index have it. It is distinctive where it
also says so much that people do not play it by chance (`music.surprise`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from reprise.library.originality_index import OriginalityIndex
from reprise.library.own_index import OwnIndex
from reprise.music import surprise
from reprise.music.drums import is_drums
from reprise.music.feel import straight_onsets
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.originality import (
    RUN_NOTES,
    Codes,
    Line,
    bar_codes,
    line_of,
    run_codes_of,
)
from reprise.music.pads import map_pads
from reprise.music.voice import Voice
from reprise.tokenizers.ensemble.grid import grid_bars
from reprise.tokenizers.ensemble.vocabulary import TICKS_PER_BEAT

MIN_BARS = 2
"""So many bars of drums that few songs have are a copy."""

LINE_BITS = 55.0
BEAT_BITS = 24.0
"""What a passage must say (`music.surprise`) for people not to play it by chance: of tunes that
nobody copied, one in a hundred shares as much with some hundred others."""

FIRST_NOTES = (24, 96)

PITCHES = 128

Played = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]
"""Onsets in ticks, pitches, and which notes are new."""

NO_CODES: Codes = np.zeros(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Part:
    """What one voice of an answer plays.

    Attributes:
        voice: The voice; its notes do not matter.
        new: New notes.
        beside: Notes of the same voice that are kept.
        meter_map: Its meters.
        length: Of the answer, in beats.
    """

    voice: Voice
    new: tuple[Note, ...]
    beside: tuple[Note, ...]
    meter_map: MeterMap
    length: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What of an answer few training songs have.

    Attributes:
        notes: Of the longest distinctive run, 0 or at least 12.
        bars: Bars of drums.
    """

    notes: int = 0
    bars: int = 0

    @property
    def is_copy(self) -> bool:
        """Whether it counts as a copy."""
        return self.notes >= RUN_NOTES or self.bars >= MIN_BARS


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one melodic voice of an answer.

    Attributes:
        line: Of the voice.
        codes: Of all its runs, in the order of time; shape (runs,).
        may_be_copied: Which are telling and new throughout; the same shape.
    """

    line: Line
    codes: Codes
    may_be_copied: NDArray[np.bool_]

    def without(self, codes: Codes) -> "Runs":
        """Return the same where some codes are no copy."""
        return replace(self, may_be_copied=self.may_be_copied & ~np.isin(self.codes, codes))

    def copied_from(self, index: OriginalityIndex) -> NDArray[np.bool_]:
        """Tell which may be copied from the songs of an index; shape (runs,)."""
        found = self.may_be_copied.copy()
        found[found] = index.has_runs(self.codes[found])
        return found

    def heard(self, are_copied: NDArray[np.bool_]) -> Heard:
        """Return the longest stretch of runs that are copied."""
        return Heard(notes=max((_notes(own) for own in _stretches(are_copied)), default=0))

    def distinctive(self, are_copied: NDArray[np.bool_]) -> Heard:
        """Return the same of stretches that say enough for nobody to play them by chance."""
        return Heard(notes=max(self._telling(are_copied, LINE_BITS), default=0))

    def says_enough(self, times: float) -> bool:
        """Tell whether some stretch that may be copied says so many times what a copy must."""
        return any(self._telling(self.may_be_copied, times * LINE_BITS))

    def _telling(self, are_copied: NDArray[np.bool_], bits: float) -> Iterator[int]:
        """Yield how many notes each stretch has that says so much."""
        times, tops = (values.tolist() for values in self.line)
        for runs in _stretches(are_copied):
            end = runs.start + _notes(runs)
            # What is said grows note by note, and the first notes of a long stretch say enough.
            stops = [min(runs.start + notes, end) for notes in (*FIRST_NOTES, _notes(runs))]
            firsts = [slice(runs.start, stop) for stop in dict.fromkeys(stops)]
            if any(surprise.of_line(times[own], tops[own]) >= bits for own in firsts):
                yield _notes(runs)

    def name_in(self, own: OwnIndex, are_copied: NDArray[np.bool_]) -> str:
        """Return the piece of the user's that most of them are from."""
        return own.name_of(self.codes[are_copied], NO_CODES)


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of drums of one voice of an answer.

    Attributes:
        hits: Of each bar: onsets in ticks from its start, and drums.
        lengths: Of each bar, in ticks.
        codes: Of all of them, in the order of time; shape (bars,).
        may_be_copied: Which are new throughout; the same shape.
    """

    hits: Sequence[Collection[tuple[int, int]]]
    lengths: Sequence[int]
    codes: Codes
    may_be_copied: NDArray[np.bool_]

    def without(self, codes: Codes) -> "Bars":
        """Return the same where some codes are no copy."""
        return replace(self, may_be_copied=self.may_be_copied & ~np.isin(self.codes, codes))

    def copied_from(self, index: OriginalityIndex) -> NDArray[np.bool_]:
        """Tell which may be copied from the songs of an index; shape (bars,)."""
        found = self.may_be_copied.copy()
        found[found] = index.has_bars(self.codes[found])
        return found

    def heard(self, are_copied: NDArray[np.bool_]) -> Heard:
        """Return how many bars are copied."""
        return Heard(bars=int(np.count_nonzero(are_copied)))

    def distinctive(self, are_copied: NDArray[np.bool_]) -> Heard:
        """Return the same where they say enough for nobody to play them by chance."""
        places = dict(zip(self.codes[are_copied].tolist(), np.flatnonzero(are_copied).tolist()))
        each = (surprise.of_beat(self.hits[at], self.lengths[at]) for at in places.values())
        is_enough = any(bits >= BEAT_BITS for bits in accumulate(each))
        return self.heard(are_copied) if is_enough else Heard()

    def says_enough(self, times: float) -> bool:
        """Tell whether enough bars of their own say so many times what those of a copy must."""
        each = {
            code: surprise.of_beat(hits, length)
            for code, hits, length in zip(self.codes.tolist(), self.hits, self.lengths)
        }
        return sum(bits >= times * BEAT_BITS / MIN_BARS for bits in each.values()) >= MIN_BARS

    def name_in(self, own: OwnIndex, are_copied: NDArray[np.bool_]) -> str:
        """Return the piece of the user's that most of them are from."""
        return own.name_of(NO_CODES, self.codes[are_copied])


Passages = Runs | Bars


def without_feel(part: Part) -> list[Played]:
    """Return what a part plays without swing and on the beats that are meant, as one reading."""
    notes = (*part.new, *part.beside)
    return [_played(part, straight_onsets(notes, part.meter_map, TICKS_PER_BEAT))]


def readings(part: Part) -> list[Played]:
    """Return the same, and to the nearest tick where that differs: a song may have no swing."""
    (straight,) = without_feel(part)
    starts = np.array([note.start for note in (*part.new, *part.beside)])
    written = np.rint(starts * TICKS_PER_BEAT).astype(np.int64)
    if np.array_equal(written, straight[0]):
        return [straight]
    return [straight, _played(part, written)]


def passages_of(
    parts: Sequence[Part], read: Callable[[Part], Sequence[Played]] = without_feel
) -> list[Passages]:
    """Return the passages of some parts, those of drums first; each part has new notes."""
    drums = [part for part in parts if is_drums(part.voice)]
    found: list[Passages] = [_bars(part, played) for part in drums for played in read(part)]
    return found + _runs([one for part in parts if not is_drums(part.voice) for one in read(part)])


def _played(part: Part, onsets: NDArray[np.int64]) -> Played:
    pitches = [note.pitch for note in (*part.new, *part.beside)]
    return onsets, np.array(pitches, np.int64), np.arange(len(pitches)) < len(part.new)


def _runs(played: Sequence[Played]) -> list[Runs]:
    """Return the runs of melodic parts, found at once."""
    lines = [line_of(onsets, pitches) for onsets, pitches, _ in played]
    return [
        Runs(line, codes, are_telling & _are_new(line, notes, len(codes)))
        for line, notes, (codes, are_telling) in zip(lines, played, run_codes_of(lines))
    ]


def _are_new(line: Line, played: Played, runs: int) -> NDArray[np.bool_]:
    """Tell which runs of a line hold new notes only; shape (runs,)."""
    if not runs:
        return np.zeros(0, np.bool_)
    times, tops = line
    onsets, pitches, are_new = played
    # A new note that sounds as one that stays is new.
    new = onsets[are_new] * PITCHES + pitches[are_new]
    is_new = np.isin(times * PITCHES + tops, new)
    old_before = np.concatenate([[0], np.cumsum(~is_new)])
    is_clean: NDArray[np.bool_] = old_before[RUN_NOTES:] == old_before[:-RUN_NOTES]
    return is_clean


def _bars(part: Part, played: Played) -> Bars:
    """Return the bars of a part of drums."""
    onsets, pitches, are_new = played
    pads = map_pads(_played_voice(part), part.meter_map).drum_of_pad
    drums = np.array([pads.get(pitch, pitch) for pitch in pitches.tolist()], np.int64)
    bars = grid_bars(part.meter_map, max(part.length, *_ends(part)))
    starts = np.array([bar.start for bar in bars])
    numbers = np.maximum(np.searchsorted(starts, onsets, side="right") - 1, 0)
    sounding, mine = np.unique(numbers, return_inverse=True)
    lengths = np.array([bar.length for bar in bars])[sounding]
    within = onsets - starts[numbers]
    hits: list[list[tuple[int, int]]] = [[] for _ in sounding]
    for bar, onset, drum in zip(mine.tolist(), within.tolist(), drums.tolist()):
        hits[bar].append((onset, drum))
    codes = bar_codes(mine, lengths, within, drums)
    return Bars(hits, lengths.tolist(), codes, np.bincount(mine, ~are_new, len(sounding)) == 0)


def _played_voice(part: Part) -> Voice:
    return replace(part.voice, notes=(*part.beside, *part.new))


def _ends(part: Part) -> Iterable[float]:
    return (note.start + 1e-3 for note in (*part.new, *part.beside))


def _stretches(are_known: NDArray[np.bool_]) -> Iterator[slice]:
    """Yield where runs in a row are known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], are_known, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist()):
        yield slice(start, stop)


def _notes(runs: slice) -> int:
    """Return how many notes runs in a row have."""
    return int(runs.stop - runs.start) + RUN_NOTES - 1
