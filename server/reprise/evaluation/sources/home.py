"""Every engine on the home ground of each source system: the same questions, asked of all.

A ground is a set of questions with known answers, and a figure that says how well an answer does.
Engines are asked as the server asks them; one that refuses, or leaves a voice silent, is told by
the share of questions that it answered and scores what silence scores.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reprise.engines.base import Engine, Hole, Task, Verb
from reprise.evaluation.asking import Asked, ask
from reprise.evaluation.examples import GREEDY
from reprise.evaluation.sources.base import Row
from reprise.evaluation.statistics import Comparison, Part, Pool
from reprise.music.edges import cut_to
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span

Notes = tuple[tuple[Note, ...], ...]
"""New notes, one tuple a voice."""


@dataclass(frozen=True, slots=True)
class Question:
    """A task whose answer is known.

    Attributes:
        song: For statistics by song.
        task: What is asked.
        truth: What was there.
    """

    song: str
    task: Task
    truth: Notes


Player = Callable[[Question], Notes]
"""Answers a question as a baseline does; people, whose answer is the truth, are one of them."""


@dataclass(frozen=True)
class Ground:
    """What a source system was made for.

    Attributes:
        system: Of the five, such as "S2".
        engine: The system's own engine.
        figure: What is measured, with its unit.
        questions: Asked of everybody.
        measure: Returns a question's figure for an answer.
        baselines: Players that need no engine, by name.
        higher_is_better: Which way.
    """

    system: str
    engine: str
    figure: str
    questions: Sequence[Question]
    measure: Callable[[Question, Notes], Part]
    baselines: Mapping[str, Player]
    higher_is_better: bool = True


@dataclass(frozen=True)
class _Played:
    """What a player reached."""

    name: str
    pool: Pool
    answered: int


def rows_of(ground: Ground, engines: Mapping[str, Engine], seed: int) -> list[Row]:
    """Return a row for each engine and baseline, the ground's own engine first.

    Args:
        ground: What is asked.
        engines: By name; the ground's own is among them.
        seed: Handed to every engine.
    """
    others = [name for name in engines if name != ground.engine]
    played = [_asked(ground, name, engines[name], seed) for name in (ground.engine, *others)]
    played += [
        _played(ground, name, [player(question) for question in ground.questions])
        for name, player in ground.baselines.items()
    ]
    return [_row(ground, one, played[0]) for one in played]


def _asked(ground: Ground, name: str, engine: Engine, seed: int) -> _Played:
    told = [ask(engine, Asked(question.task, seed=seed)) for question in ground.questions]
    answers = [one.new_notes(question.task) for one, question in zip(told, ground.questions)]
    return _played(ground, name, answers, sum(bool(one.candidates) for one in told))


def _played(
    ground: Ground, name: str, answers: Sequence[Notes], answered: int | None = None
) -> _Played:
    pool = Pool(
        (question.song, {ground.figure: ground.measure(question, answer)})
        for question, answer in zip(ground.questions, answers, strict=True)
    )
    return _Played(name, pool, pool.count if answered is None else answered)


def _row(ground: Ground, one: _Played, home: _Played) -> Row:
    remark = f"home of {ground.engine}; {one.answered} of {one.pool.count} answered"
    if one is not home:
        figures = [played.pool.by_song(ground.figure) for played in (one, home)]
        remark += f"; p {Comparison.of(*figures).p_value:.2g} against {ground.engine}"
    return Row(
        ground.system,
        one.name,
        ground.figure,
        one.pool.value(ground.figure),
        higher_is_better=ground.higher_is_better,
        remark=remark,
    )


SIXTEENTH: Final = 0.25


def sixteenths(notes: Iterable[Note], span: Span) -> list[int]:
    """Return the highest pitch that sounds in each 16th of a span, -1 where none does."""
    count = round(span.length / SIXTEENTH)
    found = [-1] * count
    for note in notes:
        first = round((note.start - span.start) / SIXTEENTH)
        last = max(first + 1, round((note.end - span.start) / SIXTEENTH))
        for step in range(max(0, first), min(count, last)):
            found[step] = max(found[step], note.pitch)
    return found


def same_sixteenths(question: Question, answer: Notes) -> Part:
    """Return the holes' 16ths in which the highest pitch is the true one, of all of them."""
    hits = total = 0
    for hole in question.task.holes:
        true = sixteenths(question.truth[hole.voice], hole.span)
        hits += sum(map(int.__eq__, true, sixteenths(answer[hole.voice], hole.span)))
        total += len(true)
    return Part(hits, total)


def continuation(song: str, whole: Score, heard: float) -> Question:
    """Return the question how a score goes on after its first beats.

    A note that sounds across that time is heard up to it, and goes on in the truth.
    """
    rest = Span(heard, whole.length)
    known = tuple(cut_to(voice.notes, Span(0.0, heard)) for voice in whole.voices)
    truth = tuple(cut_to(voice.notes, rest) for voice in whole.voices)
    score = whole.with_notes(known)
    source = Score(score.voices, heard, score.meter_map, score.tempo_map, score.key)
    silence = Score((), heard, score.meter_map, score.tempo_map, score.key)
    holes = tuple(Hole(voice, rest) for voice in range(len(whole.voices)))
    task = Task(Verb.CONTINUE, source, silence, holes, whole.length, controls=GREEDY)
    return Question(song, task, truth)


def people(question: Question) -> Notes:
    """Return what was there."""
    return question.truth


def copied(question: Question) -> Notes:
    """Return a continuation that repeats the end of what was heard."""
    task = question.task
    answer: list[list[Note]] = [[] for _ in task.source.voices]
    for hole in task.holes:
        moved = hole.span.length
        for note in task.source.voices[hole.voice].notes:
            start = note.start + moved
            if hole.span.start <= start < hole.span.end:
                duration = min(note.duration, hole.span.end - start)
                answer[hole.voice].append(Note(start, note.pitch, duration, note.velocity))
    return tuple(tuple(sorted(notes)) for notes in answer)
