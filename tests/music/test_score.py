"""Notes, spans, clips, voices and scores refuse what is no music and count places as they say."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.errors import InvalidRequestError
from reprise.music import units
from reprise.music.clip import Clip, Marker
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.pitch import folded, pitch_class, pitch_name
from reprise.music.score import Score
from reprise.music.span import Span
from reprise.music.voice import Voice

NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": -0.1},
        {"start": NOT_A_NUMBER},
        {"pitch": 128},
        {"pitch": -1},
        {"duration": 0.0},
        {"duration": float("inf")},
        {"duration": NOT_A_NUMBER},
        {"velocity": 0},
        {"velocity": 128},
        {"probability": 1.1},
        {"velocity_deviation": -128},
        {"release_velocity": 200},
        {"channel": 16},
    ],
)
def test_a_note_that_no_host_can_hold_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=f"a note's {next(iter(wrong))} must be"):
        replace(Note(0.0, 60, 1.0), **wrong)


@pytest.mark.parametrize(
    ("start", "end"), [(-1.0, 2.0), (2.0, 2.0), (3.0, 1.0), (0.0, NOT_A_NUMBER)]
)
def test_a_span_of_no_time_is_refused(start: float, end: float) -> None:
    with pytest.raises(InvalidRequestError, match="a span needs"):
        Span(start, end)


@given(strategies.spans(), strategies.spans())
def test_spans_that_overlap_share_a_moment(one: Span, other: Span) -> None:
    shared = max(one.start, other.start)
    assert one.overlaps(other) == (one.contains(shared) and other.contains(shared))
    assert one.overlaps(other) == other.overlaps(one)


def test_a_span_holds_its_start_and_not_its_end() -> None:
    span = Span(4.0, 8.0)
    assert span.contains(4.0)
    assert not span.contains(8.0)
    assert span.shifted(2.0) == Span(6.0, 10.0)
    assert span.length == 4.0


@pytest.mark.parametrize("length", [0.0, -4.0, float("inf"), NOT_A_NUMBER])
def test_a_clip_or_score_of_no_length_is_refused(length: float) -> None:
    with pytest.raises(InvalidRequestError, match="a clip's length"):
        Clip((), length)
    with pytest.raises(InvalidRequestError, match="a score's length"):
        Score((), length)


def test_a_program_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="got 128"):
        Voice("", (), program=128)


def test_what_sounds_is_in_order_and_not_muted() -> None:
    late, early = Note(1.0, 60, 1.0), Note(0.0, 62, 1.0)
    muted = Note(0.5, 61, 1.0, is_muted=True)
    clip = Clip((late, muted, early), 4.0)
    assert clip.sounding == (early, late)
    assert Voice("", clip.notes).sounding == (early, late)
    assert Score.from_clip(clip).sounding == (early, late)


def test_a_clip_becomes_a_score_of_one_voice_and_comes_back() -> None:
    clip = Clip(
        builders.melody(),
        16.0,
        MeterMap.constant(Meter(7, 8)),
        Span(4.0, 8.0),
        (Marker(4.0, "verse"),),
    )
    score = Score.from_clip(clip, "Lead", is_drums=False)
    assert score.clip(0) == clip
    assert score.voices[0].name == "Lead"
    assert score.span == clip.span == Span(0.0, 16.0)


@given(strategies.scores)
def test_places_count_through_all_voices(score: Score) -> None:
    rows = list(score.places())
    assert [place for place, _, _ in rows] == list(range(score.note_count))
    assert [note for _, _, note in rows] == [note for v in score.voices for note in v.notes]
    assert [index for _, index, _ in rows] == sorted(index for _, index, _ in rows)


def test_exchanged_notes_change_nothing_else() -> None:
    chorale = builders.chorale()
    empty = chorale.with_notes(((), (), (), ()))
    assert empty.note_count == 0
    assert [voice.name for voice in empty.voices] == list(builders.SATB)
    with pytest.raises(ValueError, match="zip"):
        chorale.with_notes(((),))


@given(st.integers(0, 127), st.integers(0, 127), st.integers(0, 127))
def test_a_folded_pitch_is_in_range_and_an_octave_away_where_one_fits(
    pitch: int, one: int, other: int
) -> None:
    low, high = sorted((one, other))
    found = folded(pitch, low, high)
    assert low <= found <= high
    if high - low >= 11:
        assert found % 12 == pitch % 12
    if low <= pitch <= high:
        assert found == pitch


def test_pitches_have_names_in_either_hosts_octaves() -> None:
    assert pitch_name(60) == "C4"
    assert pitch_name(60, middle_c_octave=3) == "C3"
    assert (pitch_name(70), pitch_name(0)) == ("Bb4", "C-1")
    assert pitch_class(70) == 10


@given(st.integers(0, 2**28), st.integers(1, 96_000))
def test_ticks_survive_the_way_through_beats(ticks: int, ticks_per_beat: int) -> None:
    beats = units.beats_from_ticks(ticks, ticks_per_beat)
    assert units.ticks_from_beats(beats, ticks_per_beat) == ticks


@given(st.floats(0, 1e5), st.floats(1, 1000))
def test_beats_survive_the_way_through_seconds(beats: float, tempo_bpm: float) -> None:
    seconds = units.seconds_from_beats(beats, tempo_bpm)
    assert units.beats_from_seconds(seconds, tempo_bpm) == pytest.approx(beats)
