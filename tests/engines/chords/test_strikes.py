from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.engines.base import Controls, Hole, Task, Verb
from reprise.engines.chords.density import thinned
from reprise.engines.chords.strikes import (
    Strike,
    bar_by_bar,
    continued,
    hear,
    repeated,
    simultaneous_share,
)
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice


def triads(bars: int, beats: float = 4.0, late: float = 0.0) -> Score:
    """One major triad a bar, struck on each beat, with a pedal below."""
    notes = [
        Note(bar * beats + beat + late, 60 + step + bar, 0.9, 70 + beat)
        for bar in range(bars)
        for beat in range(int(beats))
        for step in (0, 4, 7)
    ]
    meters = MeterMap.constant(Meter(int(beats), 4))
    return Score((Voice("Chords", tuple(notes)),), bars * beats, meters)


def going_on(source: Score, beats: float) -> Task:
    span = Span(source.length, source.length + beats)
    return Task(Verb.CONTINUE, source, Score((), 1.0), (Hole(0, span),), span.end)


def starts(strikes: list[Strike]) -> list[float]:
    return sorted({strike.played.start for strike in strikes})


@pytest.mark.parametrize("beats", [3.0, 4.0])
def test_a_continuation_strikes_where_the_clips_bars_do(beats: float) -> None:
    source = triads(2, beats, late=0.02)
    found = continued(hear(source), going_on(source, 2 * beats))
    own = sorted({note.start + source.length for note in source.voices[0].notes})
    assert starts(found) == pytest.approx(own)


def test_a_continuation_that_begins_within_a_bar_fills_that_bar_first() -> None:
    source = replace(triads(2), length=6.0)
    found = continued(hear(source), going_on(source, 6.0))
    assert starts(found) == [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]


def test_bars_without_a_note_are_not_brought_again() -> None:
    source = replace(triads(1), length=8.0)
    found = continued(hear(source), going_on(source, 8.0))
    assert starts(found) == [float(beat) for beat in range(8, 16)]


def test_a_clip_shorter_than_a_bar_comes_again_at_once() -> None:
    source = replace(triads(1), length=1.5)
    found = continued(hear(source), going_on(source, 3.0))
    assert starts(found) == [1.5, 2.5, 3.0, 4.0]


def test_a_short_clip_comes_again_and_again() -> None:
    found = repeated(hear(triads(1)), 10.0)
    assert starts(found) == [float(beat) for beat in range(10)]


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_bars_change_sides_one_after_another_and_never_back(left: float, right: float) -> None:
    own, other = hear(triads(8)).strikes, hear(builders.score(builders.melody(8), length=32.0))

    def bars_of_other(share: float) -> set[float]:
        mixed = bar_by_bar(own, other.strikes, MeterMap(), 32.0, share)
        mine = {id(strike) for strike in other.strikes}
        return {strike.straight.start // 4 for strike in mixed if id(strike) in mine}

    less, more = sorted((left, right))
    assert bars_of_other(less) <= bars_of_other(more)
    assert bars_of_other(0.0) == set()
    assert len(bars_of_other(1.0)) == 8


def test_a_melody_is_told_from_chords() -> None:
    assert simultaneous_share(hear(triads(2)).strikes) == 1.0
    assert simultaneous_share(hear(builders.score(builders.melody())).strikes) == 0.0
    assert simultaneous_share(()) == 0.0


@pytest.mark.parametrize(("wanted", "found"), [(3.0, 3), (6.0, 6), (12.0, 12), (24.0, 12)])
def test_chords_are_struck_as_often_as_was_asked_for(wanted: float, found: int) -> None:
    source = triads(2)
    task = replace(going_on(source, 8.0), controls=Controls(notes_per_bar=wanted))
    strikes = thinned(continued(hear(source), task), task)
    bars = [strike.straight.start // 4 for strike in strikes]
    assert [bars.count(bar) for bar in (2.0, 3.0)] == [found, found]
    assert {8.0, 12.0} <= {strike.straight.start for strike in strikes}


def test_long_chords_are_struck_again_in_their_middle() -> None:
    notes = tuple(Note(0.0, pitch, 4.0) for pitch in (60, 64, 67))
    source = Score((Voice("Pad", notes),), 4.0)
    task = replace(going_on(source, 4.0), controls=Controls(notes_per_bar=12.0))
    strikes = thinned(continued(hear(source), task), task)
    assert starts(strikes) == [4.0, 5.0, 6.0, 7.0]
    assert all(strike.played.end <= 8.0 for strike in strikes)
