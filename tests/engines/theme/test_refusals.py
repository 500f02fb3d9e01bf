"""What the theme engine says no to, and what it says instead."""

from dataclasses import replace

import pytest

import builders
from reprise.engines.base import Controls, Hole, ScaleMode, Task, Verb
from reprise.engines.theme.refusals import refusal
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice


def task(source: Score | None = None, bars: int = 4) -> Task:
    heard = source or builders.score(builders.melody(2), length=8.0)
    end = heard.length + 4.0 * bars
    holes = tuple(Hole(voice, Span(heard.length, end)) for voice in range(len(heard.voices)))
    return Task(Verb.DEVELOP, heard, Score((), heard.length), holes, end, target=heard)


@pytest.mark.parametrize("verb", [Verb.DEVELOP, Verb.CONTINUE])
def test_a_melody_in_four_four_is_served(verb: Verb) -> None:
    assert refusal(replace(task(), verb=verb)) is None


def test_a_chorale_is_served() -> None:
    assert refusal(task(builders.chorale())) is None


def test_other_verbs_belong_to_other_engines() -> None:
    assert "vary" in str(refusal(replace(task(), verb=Verb.VARY)))


def test_three_four_is_not_known() -> None:
    waltz = replace(task().source, meter_map=MeterMap.constant(Meter(3, 4)))
    assert "3/4" in str(refusal(task(waltz)))


def test_a_bar_that_is_cut_short_is_not_known() -> None:
    cut = replace(task().source, meter_map=MeterMap(((0.0, Meter()), (6.0, Meter()))))
    assert "cut short" in str(refusal(task(cut)))


def test_drums_have_no_theme() -> None:
    assert "Kit" in str(
        refusal(task(Score((Voice("Kit", builders.groove(), is_drums=True),), 16.0)))
    )


def test_five_voices_are_too_many() -> None:
    five = builders.score(*(builders.melody(2),) * 5, length=8.0)
    assert "5 sound" in str(refusal(task(five)))


def test_two_notes_are_no_theme() -> None:
    two = builders.score(builders.line((60, 62)), length=8.0)
    assert "2 sound" in str(refusal(task(two)))


def test_silence_is_no_theme() -> None:
    muted = tuple(replace(note, is_muted=True) for note in builders.melody(2))
    assert "0 sound" in str(refusal(task(builders.score(muted, length=8.0))))


def test_a_locked_melody_is_not_developed() -> None:
    both = task(builders.score(builders.melody(2), builders.line((40,) * 8, 1.0), length=8.0))
    assert "locked" in str(refusal(replace(both, holes=both.holes[1:])))


def test_nothing_open_is_nothing_to_do() -> None:
    assert "unlock" in str(refusal(replace(task(), holes=())))


def test_triplets_fall_between_its_sixteenths() -> None:
    triplets = tuple(Note(step / 3, 60 + step % 5, 1 / 3) for step in range(24))
    assert "triplets" in str(refusal(task(builders.score(triplets, length=8.0))))


def test_a_range_without_a_note_of_the_scale_is_told() -> None:
    keyed = replace(task().source, key=Key(0, "major"))
    controls = Controls(lowest_pitch=61, highest_pitch=61, scale=ScaleMode.STRICT)
    assert "range" in str(refusal(replace(task(keyed), controls=controls)))


def test_less_than_a_sixteenth_is_too_little() -> None:
    short = task()
    span = Span(8.0, 8.05)
    told = refusal(replace(short, holes=(Hole(0, span),), length=8.05))
    assert "sixteenth" in str(told)
