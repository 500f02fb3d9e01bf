"""The page for engine authors: its example is complete, installs, and keeps every promise."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
import engine_tasks
from reprise.engines.base import Engine, Hole, Task, Verb
from reprise.engines.registry import Registry
from reprise.errors import CannotServeError
from reprise.evaluation.legality import complaints
from reprise.music.score import Score

PAGE = Path(__file__).parents[2] / "docs" / "write-an-engine.md"


def block(language: str) -> str:
    """Return the first code block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The example, installed as its author would install it."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "mirror_engine.py").write_text(block("python"), encoding="utf-8")
    info = folder / "mirror_engine-1.0.dist-info"
    info.mkdir()
    points = block("toml").replace('[project.entry-points."reprise.engines"]', "[reprise.engines]")
    (info / "entry_points.txt").write_text(points.replace('"', ""), encoding="utf-8")
    metadata = "Metadata-Version: 2.1\nName: mirror-engine\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield Registry.installed().get("mirror")


def test_the_example_is_forty_lines_of_code() -> None:
    lines = [line for line in block("python").splitlines() if line.strip()]
    assert len(lines) <= 42


def test_the_example_turns_a_tune_upside_down(mirror: Engine) -> None:
    source = builders.score(builders.melody())
    task = Task(Verb.VARY, source, Score((), 16.0), (Hole(0, source.span),), 16.0, strength=0.6)
    answers = list(mirror.candidates(task, 2, 7, engine_tasks.CountingWatch()))
    assert len(answers) == 2
    before = [note.pitch for note in source.voices[0].notes]
    after = [note.pitch for note in answers[0].new_notes[0]]
    moves = list(zip(zip(before, before[1:]), zip(after, after[1:])))
    mirrored = sum((b - a) == -(d - c) for (a, b), (c, d) in moves)
    assert mirrored >= 0.9 * len(moves)


@settings(engine_tasks.UNHURRIED, max_examples=40)
@given(st.data())
def test_the_example_gives_legal_answers_or_sentences(mirror: Engine, data: st.DataObject) -> None:
    task = data.draw(engine_tasks.tasks(tuple(Verb)))
    if mirror.why_not(task) is not None:
        with pytest.raises(CannotServeError):
            mirror.candidates(task, 2, 7, engine_tasks.CountingWatch())
        return
    try:
        answers = list(mirror.candidates(task, 2, 7, engine_tasks.CountingWatch()))
    except CannotServeError as error:
        answers = []
        sentence = str(error)
        if len(sentence) < 20:
            raise
    for answer in answers:
        assert complaints(task, answer) == []
