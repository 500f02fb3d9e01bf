"""Earlier answers to the same question: what "again" must not bring back.

Two answers are compared where the question left them free only: what is locked is the same anyway.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reprise.engines.base import Candidate, Task
from reprise.music.compare import (
    GRID_PER_BEAT,
    HARMONY_WEIGHT,
    MELODY_WEIGHT,
    ONSET_WEIGHT,
    score_similarity,
)
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.units import WIRE_TICKS_PER_BEAT, ticks_from_beats
from reprise.service.history import History
from reprise.service.verify import in_order

SAME = 0.95
"""From this similarity on, two answers are one to a listener."""
MAX_EARLIER = 256
"""So many of the newest answers to a question are looked at."""
MAX_EARLIER_NOTES = 20_000
"""About so many notes of them: comparing takes its time."""
MAX_REMEMBERED_NOTES = 50_000
"""Notes of earlier answers that are kept in memory over all questions."""


def fingerprint(task: Task) -> str:
    """Return a hash of what is asked: the verb, the notes that go in, and the holes."""
    ticks = WIRE_TICKS_PER_BEAT
    asked: list[object] = [task.verb.value, _told_notes(task.source)]
    if task.target is not None:
        asked += [_told_notes(task.target), round(task.amount, 4)]
    holes = [
        (
            hole.voice,
            ticks_from_beats(hole.span.start, ticks),
            ticks_from_beats(hole.span.end, ticks),
        )
        for hole in task.holes
    ]
    return hashlib.sha256(repr((*asked, holes)).encode("ascii")).hexdigest()


def _told_notes(score: Score) -> list[tuple[int, int, int, int, bool]]:
    ticks = WIRE_TICKS_PER_BEAT
    return [
        (
            voice,
            ticks_from_beats(note.start, ticks),
            note.pitch,
            ticks_from_beats(note.duration, ticks),
            note.is_muted,
        )
        for _, voice, note in score.places()
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, as it is compared.

    Attributes:
        seed: With which it was made.
        score: The whole answer.
        free: What it says where the task is free.
        onsets: Of `free`, on the grid of `music.compare`, one set a voice.
    """

    seed: int
    score: Score
    free: Score
    onsets: tuple[frozenset[int], ...]

    def is_like(self, other: "Told") -> bool:
        """Tell whether two answers are one to a listener."""
        # The cheap bound spares nearly every one of the slow comparisons.
        if self._highest_similarity(other) <= SAME:
            return False
        return score_similarity(self.free, other.free) > SAME

    def _highest_similarity(self, other: "Told") -> float:
        total = shared = 0.0
        voices = zip(self.free.voices, other.free.voices, self.onsets, other.onsets)
        for mine, theirs, onsets, other_onsets in voices:
            weight = len(mine.notes) + len(theirs.notes)
            total += weight
            shared += weight * (1.0 if mine.is_drums else _bound(onsets, other_onsets))
        return shared / total if total else 1.0


def _bound(left: frozenset[int], right: frozenset[int]) -> float:
    count = len(left) + len(right)
    alike = 2 * len(left & right) / count if count else 1.0
    return ONSET_WEIGHT * alike + MELODY_WEIGHT + HARMONY_WEIGHT


def told_by_candidate(task: Task, candidate: Candidate, seed: int) -> Told:
    """Return a candidate for comparison."""
    voices: list[list[Note]] = [list(notes) for notes in candidate.new_notes]
    kept = task.free_places.intersection(candidate.kept)
    for place, voice, note in task.source.places():
        if place in kept:
            voices[voice].append(note)
    return _told(task, candidate.score(task), voices, seed)


def told_by_score(task: Task, score: Score, seed: int = -1) -> Told:
    """Return an earlier answer's score for comparison."""
    fixed = set[tuple[int, Note]]()
    for place, voice, note in task.source.places():
        if place not in task.free_places:
            fixed.add((voice, note))
    voices = [
        [
            note
            for note in voice.notes
            if task.hole_at(index, note.start) and (index, note) not in fixed
        ]
        for index, voice in enumerate(score.voices)
    ]
    return _told(task, score, voices, seed)


def _told(task: Task, score: Score, notes: Sequence[Iterable[Note]], seed: int) -> Told:
    # Whether a voice is drums is told by all of its notes, not by the few that are free.
    voices = tuple(
        replace(voice, notes=tuple(sorted(mine, key=in_order)), is_drums=is_drums(voice))
        for voice, mine in zip(task.source.voices, notes)
    )
    free = Score(voices, task.length)
    onsets = tuple(
        frozenset(round(note.start * GRID_PER_BEAT) for note in voice.notes if not note.is_muted)
        for voice in voices
    )
    return Told(seed, score, free, onsets)


class EarlierAnswers:
    """The history's answers by question, the latest questions kept in memory."""

    def __init__(self, history: History) -> None:
        """Take the history to look into; nothing is read yet."""
        self._history = history
        self._remembered: OrderedDict[str, tuple[frozenset[int], list[Told]]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, question: str, task: Task) -> tuple[Told, ...]:
        """Return the newest answers to the question of that fingerprint, newest first.

        Raises:
            HistoryError: The history cannot be read.
        """
        with self._lock:
            locked, told = self._remembered.get(question, (frozenset(), None))
        if told is None or locked != task.locked:
            found = self._history.earlier(question, MAX_EARLIER, MAX_EARLIER_NOTES)
            told = [told_by_score(task, score, result.seed) for result, score in found]
        with self._lock:
            self._remembered[question] = (task.locked, told)
            self._remembered.move_to_end(question)
            self._forget_some()
        return tuple(told)

    def add(self, question: str, answer: Told) -> None:
        """Remember one more answer to a question that was looked for before."""
        with self._lock:
            if question in self._remembered:
                _, told = self._remembered[question]
                told.insert(0, answer)
                del told[MAX_EARLIER:]

    def _forget_some(self) -> None:
        def note_count() -> int:
            return sum(t.score.note_count for _, told in self._remembered.values() for t in told)

        while len(self._remembered) > 1 and note_count() > MAX_REMEMBERED_NOTES:
            self._remembered.popitem(last=False)
