"""How a musical request is answered: engine, seed, candidates, checks, history, results.

It runs inside a job. Everything is written to the history before it is sent; where the history
cannot be used, the answer is sent all the same and says that it was not saved.
"""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reprise.engines.base import Candidate, Engine, ScaleMode, StyleClip, Task
from reprise.engines.originality import TRAINING_DATA, Copy
from reprise.engines.registry import Registry
from reprise.errors import (
    CannotServeError,
    DeadlineError,
    HistoryError,
    InvalidRequestError,
    ModelError,
)
from reprise.music.compare import score_similarity
from reprise.music.drums import is_drums
from reprise.music.key import find_key
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.units import WIRE_TICKS_PER_BEAT
from reprise.service.choice import Choice, choices, instead_sentence
from reprise.service.earlier import (
    SAME,
    EarlierAnswers,
    Told,
    fingerprint,
    told_by_candidate,
    told_by_score,
)
from reprise.service.history import History
from reprise.service.jobs import Job
from reprise.service.messages import MAX_SEED, Request, Result
from reprise.service.verify import check_candidate, in_order, on_wire_grid

MAX_AVOIDED = 64
MAX_AVOIDED_NOTES = 5_000
"""Engines hear of so many earlier answers, and of so many notes in all."""
MOST_TURNS, SEED_STEP = 3, 5_000_011
"""How often an engine is asked whose answers were all heard before, each time with another seed."""
FindCopy = Callable[[Task, Candidate], Copy]
"""Finds the longest passage of an answer that few songs have."""


FindStyle = Callable[[str, Task], tuple[StyleClip, ...]]
"""Finds what of a corpus of the user's own is nearest to a task; raises where there is none."""


def no_style(name: str, _task: Task) -> tuple[StyleClip, ...]:
    """Refuse: where there are no corpora."""
    raise InvalidRequestError(f"there is no corpus {name[:40]!r} here; ask without its style")


def no_copy(_task: Task, _candidate: Candidate) -> Copy:
    """Find nothing: where there is no index to look into."""
    return Copy()


MAX_STYLE_FROM = 1000
"""Characters of a result's `style_from`."""
NOT_SAVED = "not saved, so it cannot be had again later: "


@dataclass(frozen=True, slots=True)
class Question:
    """A request on its way to an engine.

    Attributes:
        request: As it came.
        task: With what the history adds.
        fingerprint: What is asked, as a hash.
        seed: Given or chosen.
        heard: Answers that must not come again.
        number: Of the request in the history, None where it could not be written.
        warnings: For every result.
    """

    request: Request
    task: Task
    fingerprint: str
    seed: int
    heard: tuple[Told, ...]
    number: int | None
    warnings: tuple[str, ...]


class Answerer:
    """Answers requests, one call each."""

    def __init__(
        self,
        engines: Registry,
        history: History,
        randomness: random.Random,
        copies: FindCopy = no_copy,
        copied_notes: int = 0,
        styles: FindStyle = no_style,
    ) -> None:
        """Take what answers need.

        Args:
            engines: Who answers.
            history: Where answers are kept.
            randomness: Where seeds come from when none is given.
            copies: Finds what of an answer few songs have.
            copied_notes: From so many notes on a result says so in a sentence; 0 for never.
            styles: Finds passages of the user's corpora.
        """
        self._styles = styles
        self._copies = copies
        self._copied_notes = copied_notes
        self._engines = engines
        self._history = history
        self._earlier = EarlierAnswers(history)
        self._random = randomness

    def answer(self, request: Request, task: Task, job: Job) -> None:
        """Send every answer of a request and then Done.

        Raises:
            RepriseError: What ended it badly; the job's runner sends it.
        """
        question = self._question(request, task)
        try:
            self._try_engines(question, job)
        except DeadlineError:
            job.expire()
        finally:
            if question.number is not None:
                self._history.end(question.number)

    # ------------------------------------------------------------ the question

    def _question(self, request: Request, task: Task) -> Question:
        warnings: list[str] = []
        asked = fingerprint(task)
        liked = tuple((self._history.get(one.result_id).score, one.weight) for one in request.like)
        disliked = tuple(self._history.get(one).score for one in request.not_like)
        earlier = self._earlier_answers(asked, task, warnings)
        seed = self._random.randint(0, MAX_SEED) if request.seed is None else request.seed
        # With a seed of the client's the engine hears of nothing that was told before, so that the
        # same request gives the same notes however long the history is.
        avoided = _within_limits(earlier) if request.seed is None else ()
        heard = [told for told in earlier if request.seed is None or told.seed != seed]
        return Question(
            request=request,
            task=replace(
                task,
                like=liked,
                avoid=(*disliked, *avoided),
                style=self._styles(request.style_of, task) if request.style_of else (),
            ),
            fingerprint=asked,
            seed=seed,
            heard=(*heard, *(told_by_score(task, score) for score in disliked)),
            number=self._begin(request, asked, warnings),
            warnings=tuple(warnings),
        )

    def _earlier_answers(self, asked: str, task: Task, warnings: list[str]) -> tuple[Told, ...]:
        try:
            return self._earlier.find(asked, task)
        except HistoryError as error:
            warnings.append(f"earlier answers could not be looked up: {error}")
            return ()

    def _begin(self, request: Request, asked: str, warnings: list[str]) -> int | None:
        try:
            return self._history.begin(request, asked)
        except HistoryError as error:
            warnings.append(f"{NOT_SAVED}{error}")
            return None

    # ------------------------------------------------------------ the engines

    def _try_engines(self, question: Question, job: Job) -> None:
        able = choices(self._engines, question.request.engine, question.task)
        for position, choice in enumerate(able):
            try:
                self._ask(question, choice, job)
            except (CannotServeError, ModelError) as error:
                if job.result_count:
                    job.warnings.append(str(error))
                    job.finish()
                    return
                if position + 1 == len(able):
                    raise
                reason = instead_sentence(
                    able[position + 1].engine, choice.engine.info.title, str(error)
                )
                question = replace(question, warnings=(*question.warnings, reason))
            else:
                return

    def _ask(self, question: Question, choice: Choice, job: Job) -> None:
        heard = list(question.heard)
        for turn in range(MOST_TURNS):
            job.skipped_count = 0
            seed = (question.seed + turn * SEED_STEP) % (MAX_SEED + 1)
            candidates = _Candidates(choice.engine, question, seed, job)
            for candidate in candidates:
                check_candidate(question.task, candidate, choice.engine.info.name)
                snapped = _snapped(candidate)
                told = told_by_candidate(question.task, snapped, question.seed)
                if _was_heard(told, heard, job):
                    job.skipped_count += 1
                    continue
                heard.append(told)
                self._send(question, choice, snapped, told, job)
                if job.is_overdue:
                    job.expire()
                    return
                if job.result_count == question.request.count:
                    break
            if job.result_count or not job.skipped_count:
                break
        _warn_of_fewer(question, job, candidates.reason)
        job.finish()

    def _send(
        self, question: Question, choice: Choice, candidate: Candidate, told: Told, job: Job
    ) -> None:
        copy = self._copies(question.task, candidate)
        result = _result(question, choice, candidate, told, job, copy)
        result = replace(result, warnings=(*result.warnings, *self._copy_warnings(copy)))
        try:
            if question.number is None:
                result = replace(result, result_id=self._history.random_id())
            else:
                result = self._history.save(question.number, result)
                self._earlier.add(question.fingerprint, told)
        except HistoryError as error:
            warnings = (*result.warnings, f"{NOT_SAVED}{error}")
            result = replace(result, result_id=self._history.random_id(), warnings=warnings)
        job.send(result)

    def _copy_warnings(self, copy: Copy) -> tuple[str, ...]:
        """Say what was copied, where that is as much as the producer wants to hear of."""
        if not self._copied_notes or not copy.is_copy:
            return ()
        if copy.notes < self._copied_notes and not copy.bars:
            return ()
        what = f"{copy.bars} bars of drums" if copy.bars else f"{copy.notes} notes in a row"
        whose = "the training data" if copy.where == TRAINING_DATA else f"your {copy.where}"
        return (f"{what} are also in {whose}, and in hardly anything else",)


class _Candidates:
    """An engine's candidates, and why there were no more: what its generator returned."""

    def __init__(self, engine: Engine, question: Question, seed: int, job: Job) -> None:
        self._candidates = engine.candidates(question.task, question.request.count, seed, job)
        self.reason = ""

    def __iter__(self) -> Iterator[Candidate]:
        while True:
            try:
                candidate = next(self._candidates)
            except StopIteration as end:
                self.reason = end.value if isinstance(end.value, str) else ""
                return
            yield candidate


def _within_limits(earlier: Sequence[Told]) -> tuple[Score, ...]:
    """Return the newest answers, no more than an engine can compare proposal by proposal."""
    totals = itertools.accumulate(told.score.note_count for told in earlier)
    pairs = zip(earlier[:MAX_AVOIDED], totals)
    return tuple(told.score for told, total in pairs if total <= MAX_AVOIDED_NOTES)


def _was_heard(told: Told, heard: Iterable[Told], job: Job) -> bool:
    for other in heard:
        job.check_ended()
        if told.is_like(other):
            return True
    job.check_ended()
    return False


def _warn_of_fewer(question: Question, job: Job, reason: str) -> None:
    count, wanted = job.result_count, question.request.count
    if count < wanted and job.skipped_count:
        job.warnings.append(
            f"{job.skipped_count} of {wanted} answers were left out, because they were too much "
            f"like earlier ones (similarity above {SAME:g}); raise Change or Surprise, or "
            "ask for another part"
        )
    elif count < wanted:
        job.warnings.append(
            reason or f"only {count} of {wanted} different answers were found; raise Change"
        )


def _snapped(candidate: Candidate) -> Candidate:
    new_notes = tuple(
        tuple(sorted((on_wire_grid(note, WIRE_TICKS_PER_BEAT) for note in notes), key=in_order))
        for notes in candidate.new_notes
    )
    return replace(candidate, new_notes=new_notes)


def _result(
    question: Question, choice: Choice, candidate: Candidate, told: Told, job: Job, copy: Copy
) -> Result:
    request, info = question.request, choice.engine.info
    similarity = score_similarity(question.task.source, told.score)
    return Result(
        request_id=request.request_id,
        index=job.result_count,
        count=request.count,
        result_id="",
        length=question.task.length,
        kept=candidate.kept,
        new_notes=candidate.new_notes,
        seed=question.seed,
        engine=info.name,
        model=info.model,
        model_hash=info.model_hash,
        similarity=round(similarity, 4),
        queue_ms=round(1000 * (job.started - job.arrived)),
        engine_ms=job.milliseconds_since(job.started),
        key=_key_name(question.task),
        parent=request.parent,
        is_cut=job.is_overdue,
        copied_notes=copy.notes,
        copied_bars=copy.bars,
        copied_from=copy.where,
        style_from=" · ".join(candidate.style_from)[:MAX_STYLE_FROM],
        guards=candidate.guards,
        warnings=(*question.warnings, *choice.warnings),
    )


def _key_name(task: Task) -> str:
    """Return the key that new notes follow: the host's own, or the one that is heard."""
    written = {hole.voice for hole in task.holes}
    if task.controls.scale == ScaleMode.OFF or all(
        is_drums(task.source.voices[v]) for v in written
    ):
        return ""
    key = task.source.key or find_key(_pitched(task.source) + _pitched(task.context))
    return str(key) if key else ""


def _pitched(score: Score) -> list[Note]:
    return [note for voice in score.voices if not is_drums(voice) for note in voice.sounding]
