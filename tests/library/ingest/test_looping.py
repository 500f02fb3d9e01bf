import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.library.ingest.clips import Reason, RefusedError
from reprise.library.ingest.looping import Heard, HeldNote, Playing, heard
from reprise.music.clip import Clip
from reprise.music.edges import unrolled
from reprise.music.span import Span


def held(*starts: float, duration: float = 0.5) -> list[HeldNote]:
    return [HeldNote(start, 60, duration, 100) for start in starts]


def starts(found: Heard) -> list[float]:
    return [note.start for note in found.notes]


def test_a_loop_is_said_and_not_played() -> None:
    found = heard(held(0, 1, 2, 3), Playing(0.0, 4.0, 0.0))
    assert starts(found) == [0, 1, 2, 3]
    assert (found.length, found.loop, found.unheard) == (4.0, Span(0.0, 4.0), 0)


def test_notes_outside_the_playing_range_are_counted_and_not_heard() -> None:
    found = heard(held(-1, 0, 3, 4, 9), Playing(0.0, 4.0))
    assert starts(found) == [0, 3]
    assert found.unheard == 3


def test_a_note_ends_where_the_pass_ends() -> None:
    found = heard(held(3, duration=5.0), Playing(0.0, 4.0, 0.0))
    assert found.notes[0].end == 4.0


def test_what_stands_before_the_loop_plays_once() -> None:
    found = heard(held(0, 4, 5), Playing(0.0, 8.0, 4.0))
    assert starts(found) == [0, 4, 5]
    assert found.loop == Span(4.0, 8.0)


def test_a_clip_that_begins_inside_its_loop_plays_the_rest_first() -> None:
    found = heard(held(0, 1, 2, 3), Playing(2.0, 4.0, 0.0))
    assert starts(found) == [0, 1, 2, 3, 4, 5]
    assert (found.length, found.loop) == (6.0, Span(2.0, 6.0))


def test_a_clip_that_is_cut_before_its_loop_ends_does_not_loop() -> None:
    found = heard(held(0, 1, 2, 3), Playing(0.0, 4.0, 0.0, played=2.0))
    assert starts(found) == [0, 1]
    assert (found.length, found.loop, found.unheard) == (2.0, None, 2)


@pytest.mark.parametrize(
    "playing", [Playing(4.0, 4.0), Playing(0.0, 4.0, 4.0), Playing(0.0, 4.0, None, 0.0)]
)
def test_a_range_without_length_is_damage(playing: Playing) -> None:
    with pytest.raises(RefusedError) as refused:
        heard(held(0), playing)
    assert refused.value.reason == Reason.DAMAGED


def test_a_range_without_end_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        heard(held(0), Playing(0.0, 1e9))
    assert refused.value.reason == Reason.TOO_LONG


def played_by_a_host(notes: list[HeldNote], playing: Playing, length: float) -> list[float]:
    """What sounds, told beat by beat: where the play head is in the content at each note."""
    assert playing.loop_start is not None
    sounding, song, head = [], 0.0, playing.start
    while song < length:
        stop = min(playing.end, head + length - song)
        sounding += [song + note.start - head for note in notes if head <= note.start < stop]
        song += stop - head
        head = playing.loop_start
    return sorted(sounding)


@given(
    st.lists(st.integers(-4, 40), max_size=12),
    st.integers(-4, 30),
    st.integers(1, 12),
    st.integers(0, 11),
    st.integers(1, 60),
)
def test_a_loop_played_out_is_what_a_host_plays(
    places: list[int], loop_start: int, loop_length: int, into: int, length: int
) -> None:
    begin = loop_start + min(into, loop_length - 1) - 3
    playing = Playing(float(begin), float(loop_start + loop_length), float(loop_start))
    notes = held(*map(float, places), duration=0.5)
    found = heard(notes, playing)
    clip = Clip(found.notes, found.length, loop=found.loop)
    out = [note.start for note in unrolled(clip, float(length)).notes]
    assert sorted(out) == played_by_a_host(notes, playing, float(length))
