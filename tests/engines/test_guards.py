"""What no musician would take, and what the guards leave alone because musicians do it."""

from dataclasses import replace

import builders
from reprise.engines.base import Candidate, Controls, Hole, Task, Verb
from reprise.engines.guards import STUCK, WALL, Guards
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span


def _refill(heard: tuple[Note, ...], beside: tuple[Note, ...], bars: int = 8) -> Task:
    """A line that is asked for in all bars but the first, beside another."""
    source = builders.score(heard, beside, length=4.0 * bars, names=("Lead", "Piano"))
    return Task(
        verb=Verb.REFILL,
        source=source,
        context=Score((), source.length),
        holes=(Hole(0, Span(4.0, source.length)),),
        length=source.length,
        controls=Controls(surprise=0.5),
    )


def _answer(task: Task, *notes: Note) -> Candidate:
    return Candidate(tuple(range(task.source.note_count)), (tuple(notes), ()))


def _run(start: float, count: int, step: float, pitches: tuple[int, ...]) -> tuple[Note, ...]:
    return tuple(
        Note(start + index * step, pitches[index % len(pitches)], step, 90)
        for index in range(count)
    )


def test_one_sparse_bar_does_not_forbid_a_line_as_busy_as_its_neighbour() -> None:
    task = _refill(_run(0.0, 2, 2.0, (60, 64)), _run(0.0, 128, 0.25, (48, 52, 55)))
    assert Guards(task).reason(_answer(task, *_run(4.0, 16, 0.25, (60, 62, 64)))) is None


def test_a_wall_of_notes_is_still_a_wall() -> None:
    task = _refill(_run(0.0, 2, 2.0, (60, 64)), _run(0.0, 16, 1.0, (48, 52, 55)))
    wall = _run(4.0, 64, 1 / 16, (60, 62, 64, 65, 67))
    assert Guards(task).reason(_answer(task, *wall)) == WALL


def test_a_voice_that_is_well_known_does_not_become_twice_as_busy() -> None:
    heard = tuple(note for bar in range(8) for note in _run(4.0 * bar, 4, 1.0, (60, 62, 64)))
    task = _refill(heard, _run(0.0, 256, 0.125, (48, 52, 55)))
    wall = _run(4.0, 12, 0.25, (60, 62, 64))
    assert Guards(task).reason(_answer(task, *wall)) == WALL


def test_twelve_equal_pitches_are_an_ostinato_and_thirteen_are_stuck() -> None:
    task = _refill(_run(0.0, 4, 1.0, (60, 62, 64, 65)), _run(0.0, 32, 1.0, (48, 52, 55)))
    guards = Guards(task)
    assert guards.reason(_answer(task, *_run(4.0, 12, 0.5, (60,)))) is None
    assert guards.reason(_answer(task, *_run(4.0, 13, 0.5, (60,)))) == STUCK


def test_a_part_of_its_own_may_hold_as_many_notes_as_a_pianist_plays() -> None:
    task = _refill((), _run(0.0, 32, 1.0, (48, 52, 55)))
    task = replace(task, holes=(Hole(0, Span(0.0, task.length)),))
    chords = tuple(
        Note(0.5 * beat, pitch, 0.5, 90) for beat in range(8) for pitch in (60, 64, 67, 72)
    )
    assert Guards(task).reason(_answer(task, *chords)) is None
