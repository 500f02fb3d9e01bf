"""Whether an answer repeats what a model learnt: a guard for serving, and a measure.

Only new notes can be a copy, and only as far as they lie together: a kept note between them ends a
run. What the producer's own clip or what sounds beside it holds already is no copy of anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from reprise.engines.base import Candidate, Task
from reprise.engines.passages import NO_CODES, Heard, Part, Passages, passages_of, readings
from reprise.library.originality_index import OriginalityIndex
from reprise.library.own_index import OwnIndex
from reprise.music.meter import MeterMap
from reprise.music.note import Note
from reprise.music.originality import RUN_NOTES, Codes
from reprise.music.voice import Voice

COPIED = "with a passage of a song that the model learnt"

TRAINING_DATA = "training data"


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
        passages = passages.without(own)
        return passages.heard(passages.copied_from(self._index))

    def distinctive_run(self, notes: Sequence[Note]) -> int | None:
        """Return how many notes in a row few training songs have, None where fewer than twelve.

        Args:
            notes: One melodic voice, as it is played.
        """
        voice = Voice("", (), is_drums=False)
        end = max((note.end for note in notes), default=1.0)
        return self.heard(Part(voice, tuple(notes), (), MeterMap(), end)).notes or None


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
        suspects = [passages for passages in passages_of(parts, readings) if self._has(passages)]
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
            are_copied = passages.copied_from(codes)
            heard = passages.distinctive(are_copied)
            if heard.notes or heard.bars:
                yield Copy(heard.notes, heard.bars, passages.name_in(index, are_copied))
        for codes in self._learnt:
            heard = passages.distinctive(passages.copied_from(codes))
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
