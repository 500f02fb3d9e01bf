"""A request asks about some tracks and bars and hears the others; the answer goes back in."""

import pytest

import builders
from reprise.errors import InvalidRequestError
from reprise.music import smf
from reprise.music.note import Note
from reprise.music.smf_select import select
from reprise.music.span import Span

HYMN = smf.read(builders.MIDI_FIXTURES / "old_hundredth.mid")
ODD = smf.read(builders.MIDI_FIXTURES / "odd_meters.mid")


def test_without_a_choice_the_whole_file_is_the_source() -> None:
    selection = select(HYMN)
    assert selection.source == HYMN.score()
    assert selection.context is None
    assert selection.places == tuple(range(HYMN.note_count))


def test_one_track_is_the_source_and_the_others_sound_along() -> None:
    selection = select(HYMN, [1])
    assert [voice.name for voice in selection.source.voices] == ["Alto"]
    assert selection.context is not None
    assert [voice.name for voice in selection.context.voices] == ["Soprano", "Tenor", "Bass"]


def test_a_window_makes_its_start_beat_0_for_notes_meters_tempo_and_markers() -> None:
    selection = select(ODD, [0], Span(14.0, 26.0))
    source = selection.source
    assert source.length == 12.0
    assert source.voices[0].notes[0].start == 0.0
    assert [(start, str(meter)) for start, meter in source.meter_map.changes] == [
        (0.0, "5/16"),
        (5.0, "7/8"),
    ]
    assert [start for start, _ in source.tempo_map.changes] == [0.0, 8.5]
    assert [(marker.start, marker.name) for marker in source.markers] == [(0.0, "Fünf")]


def test_what_rings_into_the_window_is_heard_from_its_start() -> None:
    selection = select(HYMN, [0], Span(1.0, 5.0))
    assert selection.context is not None
    for voice in selection.context.voices:
        assert voice.notes[0].start == 0.0
        assert voice.notes[0].end == pytest.approx(0.95)
    assert selection.source.voices[0].notes[0].start == 1.0


def test_an_answer_to_a_window_changes_only_notes_that_begin_in_it() -> None:
    selection = select(HYMN, [3], Span(12.0, 24.0))
    new = Note(0.5, 40, 1.0, 99, channel=3)
    answer = selection.with_answer((), [[new]], 12.0).score()
    for index in range(3):
        assert answer.voices[index] == HYMN.score().voices[index]
    stay = [note for note in HYMN.score().voices[3].notes if not 12.0 <= note.start < 24.0]
    assert sorted(answer.voices[3].notes) == sorted([*stay, Note(12.5, 40, 1.0, 99, channel=3)])


def test_an_answer_that_keeps_everything_is_the_same_file() -> None:
    selection = select(HYMN, [0, 2], Span(4.0, 20.0))
    kept = range(selection.source.note_count)
    assert selection.with_answer(kept, [[], []], 16.0).to_bytes() == HYMN.to_bytes()


def test_a_track_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(InvalidRequestError, match=r"track 7 .* 1 'Soprano', 2 'Alto'"):
        select(HYMN, [6])


def test_a_file_of_no_notes_has_nothing_to_ask_about() -> None:
    with pytest.raises(InvalidRequestError, match="holds no notes"):
        select(smf.read(builders.midi_bytes(b"")))
