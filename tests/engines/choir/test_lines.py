"""How many lines a voice has: singers who hold on a little are no more singers."""

import pytest

import engine_tasks
from reprise.engines.base import Verb
from reprise.engines.choir.lines import line_count, too_many_lines
from reprise.music.note import Note
from reprise.music.voice import Voice


def test_a_hymn_that_is_played_by_hand_still_has_four_lines() -> None:
    assert too_many_lines(engine_tasks.played(engine_tasks.plain_task(Verb.REFILL))) == 0


@pytest.mark.parametrize(("overlap", "lines"), [(0.0, 1), (0.1, 1), (0.5, 2)])
def test_notes_that_run_into_each_other_a_little_are_one_line(overlap: float, lines: int) -> None:
    notes = tuple(Note(float(beat), 60 + beat, 1.0 + overlap, 90) for beat in range(4))
    assert line_count(Voice("Alto", notes)) == lines
