"""What the model learnt does not come out again where its index is beside it."""

import shutil
from pathlib import Path

import numpy as np

import builders
from engine_tasks import CountingWatch
from reprise.engines import checkpoint
from reprise.engines.base import Candidate, Hole, Task, Verb
from reprise.engines.ensemble.engine import EnsembleEngine
from reprise.engines.originality import COPIED, Originality, own_codes
from reprise.library.originality_index import (
    FILE_NAME,
    OriginalityIndex,
    read_index,
    write_index,
)
from reprise.music.score import Score
from reprise.music.span import Span

NOTHING = np.zeros(0, np.uint64)


def continued() -> Task:
    source = builders.score(builders.melody(4), length=16.0)
    hole = Hole(0, Span(16.0, 32.0))
    return Task(Verb.CONTINUE, source, Score((), 16.0), (hole,), 32.0)


def first_answer(engine: EnsembleEngine, task: Task) -> Candidate:
    return next(engine.candidates(task, 1, 7, CountingWatch()))


def test_an_answer_that_was_learnt_is_replaced_by_another_and_told(
    models: Path, engine: EnsembleEngine, tmp_path: Path
) -> None:
    task = continued()
    plain = first_answer(engine, task)
    learnt = Task(Verb.VARY, plain.score(task), Score((), 32.0), (), 32.0)
    folder = tmp_path / "ensemble-xs-v1"
    shutil.copytree(models / folder.name, folder)
    write_index(folder / FILE_NAME, OriginalityIndex(own_codes(learnt), NOTHING, 1))
    checkpoint.write_sums(folder)
    guard = Originality(read_index(folder / FILE_NAME))
    assert guard.reason(task, plain) == COPIED

    other = first_answer(EnsembleEngine(tmp_path), task)

    assert guard.reason(task, other) is None
    assert other.new_notes != plain.new_notes
    assert any(COPIED in sentence for sentence in other.guards)
