"""Notes at the edges of time: cut, restored, looped, and counted where they sound together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.errors import TooLargeError
from reprise.music import edges
from reprise.music.clip import Clip
from reprise.music.note import Note
from reprise.music.span import Span

TWO_BARS = Span(4.0, 8.0)


def test_notes_cut_by_both_edges_sound_inside_only() -> None:
    held = Note(2.0, 60, 10.0, 77)
    assert edges.cut_to([held], TWO_BARS) == (Note(4.0, 60, 4.0, 77),)
    assert edges.heard_from([held], TWO_BARS) == (Note(0.0, 60, 4.0, 77),)


def test_notes_that_end_or_begin_at_an_edge_are_outside() -> None:
    assert edges.cut_to([Note(3.0, 60, 1.0), Note(8.0, 60, 1.0)], TWO_BARS) == ()


@given(strategies.note_tuples(20), strategies.spans())
def test_cut_notes_are_restored_in_full(notes: tuple[Note, ...], span: Span) -> None:
    inside = tuple(note for note in notes if note.start < span.end and note.end > span.start)
    assert sorted(edges.restored(edges.cut_to(notes, span), notes, span)) == sorted(inside)


@given(strategies.note_tuples(20), strategies.spans())
def test_cut_notes_lie_inside_the_span(notes: tuple[Note, ...], span: Span) -> None:
    for note in edges.cut_to(notes, span):
        assert span.start <= note.start < span.end
        assert note.end <= span.end + 1e-9


def test_a_note_that_was_written_anew_is_not_restored() -> None:
    new = Note(5.0, 62, 1.0)
    assert edges.restored([new], [Note(2.0, 60, 10.0)], TWO_BARS) == (new,)


def test_a_loop_is_played_out() -> None:
    notes = (Note(0.0, 60, 1.0), Note(2.0, 62, 1.0), Note(3.0, 64, 4.0), Note(4.5, 65, 1.0))
    clip = Clip(notes, 6.0, loop=Span(2.0, 4.0))
    played = edges.unrolled(clip, 7.0)
    assert [(note.start, note.pitch, note.end) for note in played.notes] == [
        (0.0, 60, 1.0),
        (2.0, 62, 3.0),
        (3.0, 64, 4.0),
        (4.0, 62, 5.0),
        (5.0, 64, 6.0),
        (6.0, 62, 7.0),
    ]
    assert (played.length, played.loop) == (7.0, None)


def test_a_clip_without_a_loop_is_only_shortened() -> None:
    clip = builders.clip(bars=4)
    assert edges.unrolled(clip, 4.0).notes == clip.notes[:5]
    assert edges.unrolled(clip, 99.0).notes == clip.notes


@given(st.integers(1, 8), st.integers(1, 64))
def test_a_loop_plays_every_note_once_a_turn(loop_beats: int, turns: int) -> None:
    notes = builders.line([60 + beat for beat in range(loop_beats)], step=1.0)
    clip = Clip(notes, float(loop_beats), loop=Span(0.0, float(loop_beats)))
    played = edges.unrolled(clip, float(loop_beats * turns))
    assert [note.pitch for note in played.notes] == [note.pitch for note in notes] * turns


def test_a_tiny_loop_for_hours_is_refused() -> None:
    clip = Clip((Note(0.0, 60, 0.0001),), 4.0, loop=Span(0.0, 0.001))
    with pytest.raises(TooLargeError, match="longer loop"):
        edges.unrolled(clip, 4000.0)


def test_notes_that_touch_do_not_sound_together() -> None:
    line = builders.line([60, 62, 64], step=1 / 3)
    assert edges.is_monophonic(line)
    assert edges.max_polyphony(line) == 1


def test_polyphony_counts_what_sounds_at_once_but_no_muted_notes() -> None:
    chord = [Note(0.0, 60, 2.0), Note(1.0, 64, 2.0), Note(1.5, 67, 0.5)]
    muted = replace(chord[0], is_muted=True)
    assert edges.max_polyphony([*chord, muted]) == 3
    assert not edges.is_monophonic(chord)
    assert edges.max_polyphony([]) == 0


@given(strategies.note_tuples(20))
def test_a_line_made_of_any_notes_is_monophonic(notes: tuple[Note, ...]) -> None:
    line = edges.monophonic(notes)
    assert edges.is_monophonic(line)
    assert {round(note.start, 6) for note in line} == {round(note.start, 6) for note in notes}
