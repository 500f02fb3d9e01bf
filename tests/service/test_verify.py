"""Notes land on the wire's grid; what breaks an engine's word is shown in test_service.py."""

from hypothesis import given
from hypothesis import strategies as st

import strategies
from reprise.music.note import Note
from reprise.service.verify import on_wire_grid


@given(strategies.notes)
def test_a_note_on_the_grid_stays(note: Note) -> None:
    assert on_wire_grid(note, 96_000) == note


@given(st.floats(0, 8192), st.floats(1e-12, 8192), st.floats(0, 1))
def test_a_note_off_the_grid_moves_by_half_a_step_and_keeps_sounding(
    start: float, duration: float, probability: float
) -> None:
    note = on_wire_grid(Note(start, 60, duration, probability=probability), 96_000)

    assert abs(note.start - start) <= 0.5 / 96_000 + 1e-9
    assert note.duration >= 1 / 96_000
    assert abs(note.probability - probability) <= 0.00005
    assert on_wire_grid(note, 96_000) == note
