"""From a stream of proposals to a few answers that are sound and different from one another.

An engine proposes; this room disposes: it throws away what was heard before, what is silent, what
is a wall of notes and what is stuck, and of the rest takes the one that is as far from the source
as was asked. It gives up after a bounded number of proposals and says why.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.guards import Guards
from reprise.errors import CannotServeError
from reprise.music.compare import score_similarity
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span

SAME = 0.95
"""From this similarity on, two answers are one answer to a listener."""

MOST_ALIKE = 0.93
"""The similarity that is aimed at for the smallest strength above 0."""

FLOOR = 0.4
"""Similarity of unrelated music of one kind (measured: .38 melody, .47 piano): strength 1.0."""

CLOSE_ENOUGH = 0.05
"""A proposal this near to the wished similarity is taken without looking further."""

PROPOSALS, FEWEST_PROPOSALS = 5, 2
"""How many sound proposals are compared for one answer, and how many of a very long one."""

NOTES_COMPARED = 2500
"""Notes of all proposals for one answer together, roughly: long answers are compared less often."""

ATTEMPTS = 16
"""How many proposals are made for one answer at most."""

HEARD = "too much like an earlier answer"
UNCHANGED = "too much like the clip itself"

MOST_COMPARED = 1000
"""Longer scores are compared stretch by stretch of about so many notes, to be stopped between."""

Propose = Callable[[int, int], Candidate]
"""Makes a proposal from the answer's index (for previews) and the proposal's number 0, 1, 2, ...

The number alone decides what comes: the same number gives the same proposal.
"""

Objection = Callable[[Candidate], str | None]
"""Returns what else is wrong with a proposal, as a part of a sentence, or None."""


def wished_similarity(strength: float, floor: float = FLOOR) -> float:
    """Return the similarity to the source that a strength of 0.0-1.0 asks for.

    S* = 1 - strength (1 - floor), and a little below `SAME` at most: above 0, something changes.
    """
    return min(1.0 - strength * (1.0 - floor), MOST_ALIKE if strength > 0 else 1.0)


def no_objection(_candidate: Candidate) -> None:
    """Have nothing against a proposal."""


def select(
    task: Task,
    count: int,
    propose: Propose,
    watch: Watch,
    floor: float = FLOOR,
    objection: Objection = no_objection,
) -> Generator[Candidate, None, str]:
    """Yield up to `count` different answers, each as soon as it is chosen; see also `FLOOR`.

    The generator's return value is "" or, where there are fewer answers than asked for, a sentence
    on why. Guards that had to throw proposals away say so in the answer's `guards`.

    Raises:
        CannotServeError: Not one proposal was sound and new; the message says what was wrong.
        CancelledError: Through `watch.check`, called before every proposal and comparison.
        DeadlineError: Through `watch.check`.
    """
    judge = _Judge(task, watch, floor, objection)
    for index in range(count):
        watch.progress(index / count, "choosing")
        chosen = judge.next_answer(propose, index)
        if chosen is None and index == 0:
            raise CannotServeError(judge.sentence(index, count))
        if chosen is None:
            return judge.sentence(index, count)
        yield chosen
    return ""


@dataclass(frozen=True, slots=True)
class _Weighed:
    candidate: Candidate
    free: Score
    distance: float


class _Judge:
    """What is known of the task and of the answers so far."""

    def __init__(self, task: Task, watch: Watch, floor: float, objection: Objection) -> None:
        self._task = task
        self._watch = watch
        self._objection = objection
        self._wished = wished_similarity(task.strength, floor)
        self._blank = _blank(task)
        everything = Candidate(
            tuple(range(task.source.note_count)), ((),) * len(task.source.voices)
        )
        self._source = self._free_part(everything)
        self._heard = [self._inside_holes(score) for score in task.avoid]
        self._is_variation = task.verb == Verb.VARY and task.strength > 0 and bool(task.free_places)
        self._guards = Guards(task)
        self._attempt = 0
        affordable = NOTES_COMPARED // max(1, self._source.note_count)
        self._proposals = max(FEWEST_PROPOSALS, min(PROPOSALS, affordable))
        self._thrown: Counter[str] = Counter()

    def next_answer(self, propose: Propose, index: int) -> Candidate | None:
        """Return the best of a few sound proposals, None where no proposal was sound."""
        self._thrown.clear()
        best: _Weighed | None = None
        weighed = 0
        for _ in range(ATTEMPTS):
            self._watch.check()
            proposal = self._weigh(propose(index, self._attempt))
            self._attempt += 1
            if proposal is None:
                continue
            weighed += 1
            if best is None or proposal.distance < best.distance:
                best = proposal
            if best.distance <= CLOSE_ENOUGH or weighed == self._proposals:
                break
        if best is None:
            return None
        self._heard.append(best.free)
        return replace(best.candidate, guards=(*best.candidate.guards, *self._guard_sentences()))

    def sentence(self, found: int, count: int) -> str:
        """Say why there are only `found` answers of `count`."""
        reasons = ", ".join(
            f"{times} were {reason}" for reason, times in self._thrown.most_common()
        )
        return (
            f"{found} of {count} answers: of the last {ATTEMPTS} proposals, {reasons}; "
            "raise the strength or the surprise, or unlock more notes"
        )

    def _weigh(self, candidate: Candidate) -> _Weighed | None:
        self._watch.check()
        reason = self._guards.reason(candidate)
        self._watch.check()
        free = self._free_part(candidate)
        if reason is None and self._was_heard(free):
            reason = HEARD
        similarity = self._similarity_to_source(free) if reason is None else 0.0
        if reason is None and self._is_variation and similarity > SAME:
            reason = UNCHANGED
        reason = reason or self._objection(candidate)
        if reason is not None:
            self._thrown[reason] += 1
            return None
        return _Weighed(candidate, free, self._distance(similarity))

    def _free_part(self, candidate: Candidate) -> Score:
        """Return what a candidate says where it was free to say anything."""
        voices = [list(notes) for notes in candidate.new_notes]
        kept = self._task.free_places.intersection(candidate.kept)
        for place, voice, note in self._task.source.places():
            if place in kept:
                voices[voice].append(note)
        return self._blank.with_notes(tuple(tuple(sorted(notes)) for notes in voices))

    def _inside_holes(self, earlier: Score) -> Score:
        """Return what an earlier answer said where this task is free."""
        fixed = [set[Note]() for _ in self._task.source.voices]
        for place, voice, note in self._task.source.places():
            if place not in self._task.free_places:
                fixed[voice].add(note)
        voices: list[list[Note]] = [[] for _ in fixed]
        for hole in self._task.holes:
            heard = earlier.voices[hole.voice].notes if hole.voice < len(earlier.voices) else ()
            inside = (note for note in heard if hole.span.contains(note.start))
            voices[hole.voice] += [note for note in inside if note not in fixed[hole.voice]]
        return self._blank.with_notes(tuple(tuple(sorted(notes)) for notes in voices))

    def _was_heard(self, free: Score) -> bool:
        return any(self._similarity(free, earlier) > SAME for earlier in self._heard)

    def _similarity_to_source(self, free: Score) -> float:
        return self._similarity(self._source, free) if self._is_variation else 0.0

    def _similarity(self, left: Score, right: Score) -> float:
        pieces = -(-max(left.note_count, right.note_count, 1) // MOST_COMPARED)
        shared = total = 0.0
        for mine, other in zip(_stretches(left, pieces), _stretches(right, pieces)):
            self._watch.check()
            weight = mine.note_count + other.note_count
            total += weight
            shared += weight * score_similarity(mine, other)
        return shared / total if total else 1.0

    def _distance(self, similarity: float) -> float:
        if not self._is_variation:
            return 0.0
        return abs(similarity - self._wished)

    def _guard_sentences(self) -> tuple[str, ...]:
        return tuple(
            f"{times} {'proposal' if times == 1 else 'proposals'} {reason} and a new one was made"
            for reason, times in sorted(self._thrown.items())
            if reason not in (HEARD, UNCHANGED)
        )


def _blank(task: Task) -> Score:
    """Return the answer's score without its notes."""
    # Whether a voice is drums is told by all of its notes, not by those that are free.
    voices = tuple(
        replace(voice, notes=(), is_drums=is_drums(voice)) for voice in task.source.voices
    )
    return replace(task.source, voices=voices, length=task.length, loop=None)


def _stretches(score: Score, pieces: int) -> Iterator[Score]:
    """Yield a score in a number of equally long stretches."""
    if pieces == 1:
        yield score
        return
    for piece in range(pieces):
        span = Span(score.length * piece / pieces, score.length * (piece + 1) / pieces)
        yield score.with_notes(
            tuple(
                tuple(note for note in voice.notes if span.contains(note.start))
                for voice in score.voices
            )
        )
