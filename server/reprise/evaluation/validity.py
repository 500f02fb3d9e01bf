"""The validity suite: nothing but legal answers, whatever is asked.

Random questions go to an engine, and every answer is checked note by note. Drums are asked twice:
no pad may sound that is not there, and moving the pads about moves the answer with them.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from reprise.engines.base import Candidate, Controls, Engine, Hole, Task, Verb
from reprise.errors import RepriseError
from reprise.evaluation.asking import Asked, EngineSource, Progress, Told, ask_all, ask_warily
from reprise.evaluation.legality import complaints
from reprise.evaluation.random_tasks import random_drums, random_task
from reprise.evaluation.statistics import mean
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

DRUM_BEATS = 8.0
SHOWN = 12
NAMED_PADS = (
    "Kick", "Snare", "Clap", "Closed Hat", "Open Hat", "Low Tom", "Crash", "Ride", "Rim",
    "Cowbell",
)  # fmt: skip

Check = Callable[[Task, Candidate], None]
"""Raises a `RepriseError` about an answer that must not leave the server."""


def no_check(_task: Task, _candidate: Candidate) -> None:
    """Find nothing wrong."""


def legal_figures(
    source: EngineSource | Engine,
    verbs: Sequence[Verb],
    count: int,
    seed: int,
    *,
    check: Check = no_check,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> dict[str, Any]:
    """Return which share of answers to random questions is legal.

    Args:
        source: The engine.
        verbs: What it is asked for.
        count: Questions.
        seed: Draws them.
        check: What the server checks beside.
        workers: Processes that answer.
        progress: Called with the share that is done, 0.0-1.0.
    """
    questions = [
        Asked(_question(seed, index, verbs), random.Random(index).choice((1, 1, 2, 4)), index)
        for index in range(count)
    ]
    found: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    illegal = answers = faults = 0
    told = ask_all(source, questions, workers, ask_warily)
    for index, (asked, answer) in enumerate(zip(questions, told, strict=True)):
        progress((index + 1) / count, "random questions")
        if answer.refusal:
            refusals[answer.refusal] += 1
        if answer.fault:
            found[answer.fault] += 1
            faults += 1
        for candidate in answer.candidates:
            answers += 1
            wrong = [*complaints(asked.task, candidate), *_checked(check, asked.task, candidate)]
            illegal += bool(wrong)
            found.update(wrong)
    total = answers + faults
    return {
        "legal": (total - illegal - faults) / total if total else None,
        "requests": count,
        "answers": answers,
        "refused": sum(refusals.values()),
        "exceptions": faults,
        "complaints": dict(found.most_common(SHOWN)),
        "refusals": dict(refusals.most_common(SHOWN)),
    }


def _question(seed: int, index: int, verbs: Sequence[Verb]) -> Task:
    return random_task(random.Random(f"{seed} {index}"), verbs)


def _checked(check: Check, task: Task, candidate: Candidate) -> Iterator[str]:
    try:
        check(task, candidate)
    except RepriseError as error:
        yield str(error)


# ---------------------------------------------------------------- drums


def drum_figures(
    source: EngineSource | Engine,
    count: int,
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda _fraction, _stage: None,
) -> dict[str, Any]:
    """Return how many drum answers hit pads that are not there, and whether pads may be moved."""
    pads = [_drum_task(random.Random(f"{seed} pads {index}")) for index in range(count)]
    pairs = [_moved_pads(random.Random(f"{seed} moved {index}")) for index in range(count // 10)]
    questions = [
        *(Asked(task, 1, index) for index, task in enumerate(pads)),
        *(Asked(task, 1, index) for index, (task, _, _) in enumerate(pairs)),
        *(Asked(task, 1, index) for index, (_, task, _) in enumerate(pairs)),
    ]
    told: list[Told] = []
    for answer in ask_all(source, questions, workers, ask_warily):
        told.append(answer)
        progress(len(told) / len(questions), "drums")
    answered = [(task, one) for task, one in zip(pads, told) if one.candidates]
    here = told[len(pads) : len(pads) + len(pairs)]
    there = told[len(pads) + len(pairs) :]
    same = [
        _mapped(left, moves) == _mapped(right, {})
        for (_, _, moves), left, right in zip(pairs, here, there)
        if left.candidates or right.candidates
    ]
    return {
        "drum_answers": len(answered),
        "absent_pad_hits": sum(_absent(task, one) for task, one in answered),
        "permuted_answers": len(same),
        "permutation_permutes": mean(map(float, same)),
        "drum_exceptions": sum(bool(one.fault) for one in told),
    }


def _drum_task(randomness: random.Random) -> Task:
    voice = random_drums(randomness, DRUM_BEATS, randomness.randint(2, 12))
    return _whole(voice, randomness)


def _whole(voice: Voice, randomness: random.Random) -> Task:
    source = Score((voice,), DRUM_BEATS)
    return Task(
        verb=randomness.choice((Verb.VARY, Verb.REFILL)),
        source=source,
        context=Score((), DRUM_BEATS),
        holes=(Hole(0, source.span),),
        length=DRUM_BEATS,
        strength=randomness.choice((0.35, 0.8)),
        controls=Controls(surprise=randomness.choice((0.0, 0.7))),
    )


def _moved_pads(randomness: random.Random) -> tuple[Task, Task, dict[int, int]]:
    """Return a drum task, the same with its named pads elsewhere, and where they went."""
    names = randomness.sample(NAMED_PADS, randomness.randint(3, 8))
    places = randomness.sample(range(36, 68), len(names))
    moved = randomness.sample(range(36, 68), len(names))
    moves = dict(zip(places, moved, strict=True))
    notes = [
        Note(step / 2, place, 0.25, randomness.choice((60, 90, 110)))
        for step in range(int(2 * DRUM_BEATS))
        for place in places
        if randomness.random() < 0.35
    ]
    voice = Voice("Kit", tuple(notes), is_drums=True, pads=tuple(zip(places, names)))
    there = replace(
        voice,
        notes=tuple(replace(note, pitch=moves[note.pitch]) for note in notes),
        pads=tuple(zip(moved, names)),
    )
    task = _whole(voice, randomness)
    source = replace(task.source, voices=(there,))
    return task, replace(task, source=source), moves


def _mapped(told: Told, moves: dict[int, int]) -> list[Note]:
    notes = told.candidates[0].new_notes[0] if told.candidates else ()
    return sorted(replace(note, pitch=moves.get(note.pitch, note.pitch)) for note in notes)


def _absent(task: Task, told: Told) -> int:
    there = {pitch for pitch, _ in task.source.voices[0].pads}
    return sum(note.pitch not in there for c in told.candidates for note in c.new_notes[0])
