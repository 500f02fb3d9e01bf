"""Candidates that wait to be chosen, the best of those that are unlike the chosen ones first.

Drafts are written in batches, weighed by the network's own opinion and by how far they are from
what was asked, and offered one by one to the selection, which judges for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median, pstdev

from reprise.engines.base import Candidate, Task, Verb, Watch
from reprise.engines.ensemble.choosing import FEWEST_CHOSEN
from reprise.engines.ensemble.composer import Composer, Draft
from reprise.engines.ensemble.floors import clip_floor
from reprise.engines.ensemble.limits import FEWEST_SHARE, MOST_SHARE
from reprise.engines.selection import wished_similarity
from reprise.music.compare import score_similarity
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score

FEW, MANY = 4, 8
"""Drafts of a batch where much is asked for, and where little is."""

LONG = 200
"""From so many notes to be written on, batches are small."""

LIKELIHOOD, DISTANCE, DENSITY, SAMENESS = 0.05, 2.0, 0.3, 0.5
MANNER, LOST, MONOTONY, HARMONY, COPY, LIKING = 1.6, 1.5, 0.5, 1.0, 0.2, 1.5
"""What weighs against a draft: an unusual likelihood (a standard deviation), similarity that is not
as asked, too many or too few notes, likeness to a chosen answer; another manner than the part's
own, drums that are lost, bars said again at once, notes that nothing else sounds, copied cells. For
it: likeness to what was liked."""

SAME_BARS = 0.3
"""What weighs against a variation for each chosen one that changed the same bars."""

MOST_WEIGHED_NOTES = 1500
NEAR = 0.08
"""A variation as near as this to the similarity that is asked for needs no better one."""
MOST_BATCHES = 3
"""Batches that are written to come nearer."""


@dataclass(eq=False)
class _Waiting:
    """A candidate, or a draft that will be one."""

    draft: Draft
    number: int
    candidate: Candidate | None = None
    score: float = 0.0
    said: Score | None = None
    """What it says where it was free to say anything."""
    distance: float | None = None
    """By how much a variation is more like its source than was asked."""
    sameness: float = 0.0
    """How like the chosen answer it is that it is most like."""
    batch: int = 0
    chosen_beside: int = 0
    """How many of its batch were chosen: they changed the same bars."""

    @property
    def worth(self) -> float:
        """What speaks for choosing it next."""
        return self.score - SAMENESS * self.sameness - SAME_BARS * self.chosen_beside


class Pool:
    """Offers candidates of one task."""

    def __init__(self, composer: Composer, count: int, watch: Watch) -> None:
        """Take who writes, and how many answers are wanted."""
        self._composer = composer
        self._task = composer.reading.task
        self._watch = watch
        self._count = count
        self.floor = clip_floor(self._task)
        """How alike the clip and unrelated music are: what full strength comes down to."""
        self._strength = self._task.strength
        self._wished = self._wished_similarity()
        self._is_variation = (
            self._task.verb == Verb.VARY
            and self._task.strength > 0.0
            and not (composer.reading.keeps_rhythm or composer.reading.keeps_pitches)
        )
        self._latest: list[float] = []
        asked = sum(composer.limits[part].density for _, part in composer.reading.openings)
        is_long = max(len(self._task.free_places), 4 * asked) > LONG
        self._is_partial = self._is_variation and FEWEST_CHOSEN + self._task.strength < 1.0
        self._size = FEW if is_long or (self._is_partial and count > 1) else MANY
        self._batches = 0
        self._numbered = 0
        self._waiting: list[_Waiting] = []
        self._index = -1
        self._offered: set[int] = set()
        self._manners = composer.manners
        self._blank = _blank(self._task)
        self._source = self._said(self._everything())

    def propose(self, index: int, _number: int) -> Candidate:
        """Return the next candidate for an answer, counted from 0."""
        if index != self._index:
            self._index, self._offered = index, set()
            self._come_nearer()
            if index and self._is_partial and self._batches < MOST_BATCHES:
                self._write_batch()
        fresh = [item for item in self._waiting if item.number not in self._offered]
        if not fresh:
            fresh = self._write_batch()
        best = max(fresh, key=lambda item: (item.worth, -item.number))
        self._offered.add(best.number)
        return self._finished(best)

    def take(self, candidate: Candidate) -> None:
        """Remember an answer that was chosen."""
        for item in self._waiting:
            own = item.candidate
            if own is not None and (own.kept, own.new_notes) == (
                candidate.kept,
                candidate.new_notes,
            ):
                self._waiting.remove(item)
                for other in self._waiting:
                    other.chosen_beside += self._is_partial and other.batch == item.batch
                break
        said = self._said(candidate)
        for item in self._waiting:
            self._watch.check()
            if item.said is not None:
                item.sameness = max(item.sameness, self._alike(item.said, said))

    def _come_nearer(self) -> None:
        """Write more where a variation is not as far from its source as was asked.

        A network has its own idea of "a little": the next batch asks for more or less than that.
        """
        while self._is_variation and self._batches < MOST_BATCHES:
            distances = [item.distance for item in self._waiting if item.distance is not None]
            is_weighed = bool(distances) or not self._batches
            if not is_weighed or any(abs(distance) <= NEAR for distance in distances):
                return
            if self._latest:
                self._strength += fmean(self._latest) / (1.0 - self.floor)
                self._strength = min(1.0, max(0.02, self._strength))
            self._write_batch()

    def _write_batch(self) -> list[_Waiting]:
        task, number = self._task, self._batches
        self._batches += 1
        is_greedy = number == 0 and task.controls.surprise == 0.0
        drafts = self._composer.batch(
            number,
            1 if is_greedy else self._size,
            self._wished,
            self._strength,
            0 if number else self._count,
        )
        found = [
            _Waiting(draft, self._numbered + row, batch=number) for row, draft in enumerate(drafts)
        ]
        self._numbered += len(found)
        self._waiting += found
        if all(not draft.waiting for draft in drafts):
            self._weigh(found)
        else:
            for item in found:
                item.score = self._manner(item)
        return found

    def _finished(self, item: _Waiting) -> Candidate:
        if item.candidate is None:
            item.candidate = self._composer.finish(item.draft)
        return item.candidate

    # ------------------------------------------------------------ weighing

    def _weigh(self, items: Sequence[_Waiting]) -> None:
        logs = []
        candidate_of: dict[int, Candidate] = {}
        for item in items:
            self._watch.check()
            candidate = candidate_of[item.number] = self._finished(item)
            item.said = self._said(candidate)
            logs.append(candidate.log_probability or 0.0)
            item.distance = self._distance(item.said)
        spread = pstdev(logs) or 1.0
        self._latest = [item.distance for item in items if item.distance is not None]
        for item, log in zip(items, logs):
            self._watch.check()
            # The likeliest drafts of all are stuck, the unlikeliest are mistakes.
            likelihood = -abs((log - median(logs)) / spread)
            item.score = (
                LIKELIHOOD * likelihood
                - DISTANCE * abs(item.distance or 0.0)
                - DENSITY * self._excess(item)
                + self._manner(item)
                - self._copying(item)
                + LIKING * self._liking(candidate_of[item.number])
            )

    def _manner(self, item: _Waiting) -> float:
        """Return what the manner of a draft speaks for it, as far as it is written."""
        answers = item.draft.answers
        strangeness = MANNER * self._manners.strangeness(answers)
        strangeness += LOST * self._manners.lost(answers)
        strangeness += MONOTONY * self._manners.monotony(answers)
        return -strangeness - HARMONY * self._manners.dissonance(answers)

    def _distance(self, said: Score) -> float | None:
        if self._task.verb not in (Verb.VARY, Verb.MORPH):
            return None
        return self._alike(self._source, said) - self._wished

    def _wished_similarity(self) -> float:
        """Return how like the clip an answer should be; a morph is on its way to the other clip."""
        task = self._task
        if task.verb != Verb.MORPH or task.target is None:
            return wished_similarity(self._strength, self.floor)
        return 1.0 - task.amount * (1.0 - score_similarity(task.source, task.target))

    def _liking(self, candidate: Candidate) -> float:
        """Return how like a candidate is to what was liked, 0.0-1.0, by weight."""
        total = sum(weight for _, weight in self._task.like)
        if not total:
            return 0.0
        whole = candidate.score(self._task)
        likes = (weight * self._alike(whole, liked) for liked, weight in self._task.like)
        return sum(likes) / total

    def _copying(self, item: _Waiting) -> float:
        """Return what it costs that a draft says what the clip says, where it may surprise."""
        if self._is_variation or self._task.controls.surprise == 0.0:
            return 0.0
        return COPY * self._manners.sameness(item.draft.answers)

    def _excess(self, item: _Waiting) -> float:
        """Return by how much the notes of a bar are too many or too few, as a share, 0.0-1.0."""
        excess = 0.0
        for part, limits in self._composer.limits.items():
            cells = {spot: cell for spot, cell in item.draft.answers.items() if spot[1] == part}
            lengths = sum(self._composer.reading.bars[bar].length for bar, _ in cells)
            expected = limits.density * lengths / 24
            if expected and self._task.verb != Verb.VARY:
                ratio = sum(map(len, cells.values())) / expected
                excess += max(0.0, ratio - MOST_SHARE, FEWEST_SHARE - ratio)
        return min(1.0, excess)

    def _alike(self, left: Score, right: Score) -> float:
        if left.note_count + right.note_count > MOST_WEIGHED_NOTES:
            return 0.0
        return score_similarity(left, right)

    def _everything(self) -> Candidate:
        source = self._task.source
        return Candidate(tuple(range(source.note_count)), ((),) * len(source.voices))

    def _said(self, candidate: Candidate) -> Score:
        voices: list[list[Note]] = [list(notes) for notes in candidate.new_notes]
        kept = self._task.free_places.intersection(candidate.kept)
        for place, voice, note in self._task.source.places():
            if place in kept:
                voices[voice].append(note)
        return self._blank.with_notes(tuple(tuple(sorted(notes)) for notes in voices))


def _blank(task: Task) -> Score:
    voices = tuple(
        replace(voice, notes=(), is_drums=is_drums(voice)) for voice in task.source.voices
    )
    return replace(task.source, voices=voices, length=task.length, loop=None)
