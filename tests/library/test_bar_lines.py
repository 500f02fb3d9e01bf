"""Bar lines: a pickup whose length a file has lost is found from the notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.library.bar_lines import with_bar_lines
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice

METERS = (Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(2, 4))


def waltz_or_march(meter: Meter, bars: int = 16, pickup: float = 0.0) -> Score:
    """A long low note on each bar line and short high ones between, moved by a pickup."""
    length = meter.bar_length
    notes = [Note(0.0, 72, 0.5)] if pickup else []
    for bar in range(bars):
        start = pickup + bar * length
        notes.append(Note(start, 40, length - 0.5))
        notes += [Note(start + 0.5 * step, 72, 0.5) for step in range(1, round(2 * length))]
    voice = Voice("Piano", tuple(sorted(notes)), is_drums=False)
    return Score((voice,), pickup + bars * length, MeterMap.constant(meter))


def on_bar_lines(score: Score) -> list[bool]:
    lows = [note for note in score.voices[0].notes if note.pitch == 40]
    return [abs(score.meter_map.bar_start(note.start + 1e-9) - note.start) < 1e-6 for note in lows]


@given(st.sampled_from(METERS), st.sampled_from((0.5, 1.0, 0.25)))
def test_a_lost_pickup_is_found(meter: Meter, pickup: float) -> None:
    found = with_bar_lines(waltz_or_march(meter, pickup=pickup))
    assert all(on_bar_lines(found))
    assert found.voices[0].notes[0].start == pytest.approx(meter.bar_length - pickup)


@given(st.sampled_from(METERS))
def test_music_without_a_pickup_stays_where_it_is(meter: Meter) -> None:
    score = waltz_or_march(meter)
    assert with_bar_lines(score) == score


def test_bars_go_on_after_one_that_a_repeat_cut_short() -> None:
    first, second = waltz_or_march(Meter(4, 4)), waltz_or_march(Meter(4, 4))
    later = first.length - 1.0
    kept = [note for note in first.voices[0].notes if note.start < later]
    moved = [Note(note.start + later, note.pitch, note.duration) for note in second.voices[0].notes]
    voice = Voice("Piano", tuple(sorted([*kept, *moved])), is_drums=False)
    found = with_bar_lines(Score((voice,), later + second.length, first.meter_map))
    assert all(on_bar_lines(found))
    assert [start for start, _ in found.meter_map.changes] == [0.0, later]


def test_a_new_meter_keeps_its_place() -> None:
    first, second = waltz_or_march(Meter(4, 4)), waltz_or_march(Meter(3, 4))
    moved = [
        Note(note.start + first.length, note.pitch, note.duration)
        for note in second.voices[0].notes
    ]
    voice = Voice("Piano", (*first.voices[0].notes, *moved), is_drums=False)
    meters = MeterMap(((0.0, Meter(4, 4)), (first.length, Meter(3, 4))))
    score = Score((voice,), first.length + second.length, meters)
    assert with_bar_lines(score).meter_map == meters


def test_silence_and_drums_move_nothing() -> None:
    drums = Voice("Drums", (Note(1.0, 36, 4.0), Note(5.0, 36, 4.0)), is_drums=True)
    score = Score((drums, Voice("Empty", ())), 16.0)
    assert with_bar_lines(score) == score
