"""Whether an answer repeats what a model learnt: a guard for serving, and a measure.

Only new notes can be a copy, and only as far as they lie together: a kept note between them ends a
run. What the producer's own clip or what sounds beside it holds already is no copy of anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Candidate, Task
from reprise.library.originality_index import OriginalityIndex
from reprise.library.own_index import OwnIndex
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

COPIED = "with a passage of a song that the model learnt"

TRAINING_DATA = "training data"

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
class Passages:
    """The runs of notes, or the bars of drums, of one voice of an answer.

    Attributes:
        codes: Of all of them, in the order of time; shape (passages,).
        may_be_copied: Which are telling and new throughout; the same shape.
        are_bars: Whether they are bars of drums.
    """

    codes: Codes
    may_be_copied: NDArray[np.bool_]
    are_bars: bool

    def without(self, codes: Codes) -> "Passages":
        """Return the same where some codes are no copy."""
        return replace(self, may_be_copied=self.may_be_copied & ~np.isin(self.codes, codes))

    def copied_from(self, index: OriginalityIndex) -> NDArray[np.bool_]:
        """Tell which may be copied from the songs of an index; shape (passages,)."""
        found = self.may_be_copied.copy()
        suspects = self.codes[found]
        found[found] = index.has_bars(suspects) if self.are_bars else index.has_runs(suspects)
        return found


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


class Originality:
    """Compares answers with what a model learnt."""

    def __init__(self, index: OriginalityIndex) -> None:
        """Take the index that is beside the model."""
        self._index = index

    def reason(self, task: Task, candidate: Candidate) -> str | None:
        """Return what is wrong with a candidate, as a part of a sentence, or None."""
        suspects = [part for part in parts_of(task, candidate) if self.heard(part).is_copy]
        if not suspects:
            return None
        own = own_codes(task)
        is_copy = any(self.heard(part, own).is_copy for part in suspects)
        return COPIED if is_copy else None

    def heard(self, part: Part, own: Codes = NO_CODES) -> Heard:
        """Return what of one voice's new notes few training songs have, but for `own`."""
        if not part.new:
            return Heard()
        (passages,) = passages_of([part])
        return heard_in(passages.without(own), self._index)

    def distinctive_run(self, notes: Sequence[Note]) -> int | None:
        """Return how many notes in a row few training songs have, None where fewer than twelve.

        Args:
            notes: One melodic voice, as it is played.
        """
        voice = Voice("", (), is_drums=False)
        end = max((note.end for note in notes), default=1.0)
        return self.heard(Part(voice, tuple(notes), (), MeterMap(), end)).notes or None


def heard_in(passages: Passages, index: OriginalityIndex) -> Heard:
    """Return what of some passages few songs of an index have."""
    are_copied = passages.copied_from(index)
    if passages.are_bars:
        return Heard(bars=int(np.count_nonzero(are_copied)))
    longest = _longest_stretch(are_copied)
    return Heard(notes=longest + RUN_NOTES - 1 if longest else 0)


@dataclass(frozen=True, slots=True)
class Copy:
    """The longest passage of an answer that few songs have.

    Attributes:
        notes: Of the longest distinctive run, 0 or at least 12.
        bars: Bars of drums.
        where: The piece of the user's that it is from, or `TRAINING_DATA`; "" where it is nobody's.
    """

    notes: int = 0
    bars: int = 0
    where: str = ""

    @property
    def is_copy(self) -> bool:
        """Whether it counts as a copy."""
        return Heard(self.notes, self.bars).is_copy


class CopyFinder:
    """Looks for passages of what models learnt, and of the user's own pieces, in answers."""

    def __init__(self, learnt: OriginalityIndex | None, own: Sequence[OwnIndex] = ()) -> None:
        """Take the index of the training data, and those of the user's corpora."""
        self._learnt = () if learnt is None else (learnt,)
        self._own = [(index.codes, index) for index in own]
        self._last: tuple[Task, Codes] | None = None

    def find(self, task: Task, candidate: Candidate) -> Copy:
        """Return the longest passage of all new notes that few songs have.

        What the producer's own clip or what sounds beside it holds is no copy. A passage that is
        the user's is told as theirs, also where the training data has it.
        """
        parts = [part for part in parts_of(task, candidate) if part.new]
        suspects = [passages for passages in passages_of(parts) if self._has(passages)]
        if not suspects:
            return Copy()
        known = self._known(task)
        copies = [copy for one in suspects for copy in self._copies(one.without(known))]
        return max(
            [Copy(), *copies],
            key=lambda copy: (copy.is_copy, copy.notes + RUN_NOTES * copy.bars),
        )

    def _known(self, task: Task) -> Codes:
        """Return `own_codes`, found once for all answers to a task."""
        last = self._last
        if last is None or last[0] is not task:
            self._last = last = (task, own_codes(task))
        return last[1]

    def _has(self, passages: Passages) -> bool:
        indexes = (*self._learnt, *(codes for codes, _ in self._own))
        return any(passages.copied_from(index).any() for index in indexes)

    def _copies(self, passages: Passages) -> Iterator[Copy]:
        for codes, index in self._own:
            heard = heard_in(passages, codes)
            if heard.notes or heard.bars:
                copied = passages.codes[passages.copied_from(codes)]
                of_both = (NO_CODES, copied) if passages.are_bars else (copied, NO_CODES)
                yield Copy(heard.notes, heard.bars, index.name_of(*of_both))
        for codes in self._learnt:
            heard = heard_in(passages, codes)
            if heard.notes or heard.bars:
                yield Copy(heard.notes, heard.bars, TRAINING_DATA)


def parts_of(task: Task, candidate: Candidate) -> list[Part]:
    """Return what each voice of a candidate plays."""
    kept: list[list[Note]] = [[] for _ in task.source.voices]
    stays = frozenset(candidate.kept)
    for place, voice, note in task.source.places():
        if place in stays and not note.is_muted:
            kept[voice].append(note)
    meter_map = task.source.meter_map
    return [
        Part(voice, new, tuple(beside), meter_map, task.length)
        for voice, new, beside in zip(task.source.voices, candidate.new_notes, kept, strict=True)
    ]


def own_codes(task: Task) -> Codes:
    """Return the codes of all that the producer's own music holds."""
    scores = [task.source, task.context, *([task.target] if task.target else [])]
    parts = [
        Part(voice, sounding, (), score.meter_map, score.length)
        for score in scores
        for voice in score.voices
        if (sounding := tuple(note for note in voice.notes if not note.is_muted))
    ]
    return np.unique(np.concatenate([NO_CODES, *(one.codes for one in passages_of(parts))]))


def passages_of(parts: Sequence[Part]) -> list[Passages]:
    """Return the passages of some parts, those of drums first; each part has new notes."""
    found = [Passages(*_drum_bars(part), are_bars=True) for part in parts if is_drums(part.voice)]
    return found + _runs_of([part for part in parts if not is_drums(part.voice)])


def _straight(part: Part) -> Played:
    """Return onsets in ticks without feel, pitches, and which notes are new."""
    notes = (*part.new, *part.beside)
    onsets = straight_onsets(notes, part.meter_map, TICKS_PER_BEAT)
    are_new = np.arange(len(notes)) < len(part.new)
    return onsets, np.array([note.pitch for note in notes], np.int64), are_new


def _runs_of(parts: Sequence[Part]) -> list[Passages]:
    """Return the runs of melodic parts, found at once."""
    played = [_straight(part) for part in parts]
    lines = [line_of(onsets, pitches) for onsets, pitches, _ in played]
    return [
        Passages(codes, are_telling & _are_new(line, notes, len(codes)), are_bars=False)
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


def _drum_bars(part: Part) -> tuple[Codes, NDArray[np.bool_]]:
    """Return the codes of the bars that are played, and which hold new notes only."""
    onsets, pitches, are_new = _straight(part)
    pads = map_pads(_played_voice(part), part.meter_map).drum_of_pad
    drums = np.array([pads.get(pitch, pitch) for pitch in pitches.tolist()], np.int64)
    bars = grid_bars(part.meter_map, max(part.length, *_ends(part)))
    starts = np.array([bar.start for bar in bars])
    numbers = np.maximum(np.searchsorted(starts, onsets, side="right") - 1, 0)
    played, mine = np.unique(numbers, return_inverse=True)
    lengths = np.array([bar.length for bar in bars])[played]
    codes = bar_codes(mine, lengths, onsets - starts[numbers], drums)
    return codes, np.bincount(mine, ~are_new, len(played)) == 0


def _played_voice(part: Part) -> Voice:
    return replace(part.voice, notes=(*part.beside, *part.new))


def _ends(part: Part) -> Iterable[float]:
    return (note.start + 1e-3 for note in (*part.new, *part.beside))


def _longest_stretch(are_known: NDArray[np.bool_]) -> int:
    """Return how many in a row are known, at most."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], are_known, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))
