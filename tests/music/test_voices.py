"""One polyphonic voice becomes several and one again, with every note in its place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
import strategies
from reprise.errors import InvalidRequestError
from reprise.music import smf, voices
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice


def joined(score: Score) -> tuple[Score, list[int]]:
    """All voices of a score as one, and which voice each note was in."""
    rows = [(note, index) for index, voice in enumerate(score.voices) for note in voice.notes]
    rows.sort(key=lambda row: (row[0].start, -row[0].pitch))
    one = Voice("All", tuple(note for note, _ in rows))
    return replace(score, voices=(one,)), [index for _, index in rows]


@given(strategies.note_tuples(30), st.integers(1, 8))
def test_split_voices_merge_into_what_they_were(notes: tuple[Note, ...], count: int) -> None:
    split = voices.split(builders.score(notes, length=64.0), 0, count)
    assert len(split.score.voices) == count
    assert split.merged() == notes
    assert sorted(split.places) == list(range(len(notes)))


@given(strategies.note_tuples(30), st.data())
def test_an_answer_to_the_split_is_one_to_the_whole(
    notes: tuple[Note, ...], data: st.DataObject
) -> None:
    split = voices.split(builders.score(notes, length=64.0))
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(notes))))) if notes else ())
    new_notes = [(Note(1.0, 60, 1.0),), (), (Note(0.0, 40, 1.0),)]
    places, merged = split.merged_answer(kept, new_notes)
    by_place = {place: note for place, _, note in split.score.places()}
    assert [notes[place] for place in places] == [
        by_place[place] for place in sorted(kept, key=lambda place: split.places[place])
    ]
    assert merged == (Note(0.0, 40, 1.0), Note(1.0, 60, 1.0))


def test_a_hymn_on_one_track_is_split_into_soprano_alto_tenor_and_bass() -> None:
    hymn = smf.read(builders.MIDI_FIXTURES / "old_hundredth.mid").score()
    one, owners = joined(hymn)
    split = voices.split(one, count=4)
    assert [voice.name for voice in split.score.voices] == list(builders.SATB)
    assert list(voices.deal(one.voices[0].notes, 4)) == owners


def test_a_chord_is_dealt_from_the_top_down() -> None:
    chord = [Note(0.0, pitch, 1.0) for pitch in (48, 67, 55, 60)]
    assert voices.deal(chord, 4) == (3, 0, 2, 1)


def test_of_a_fuller_chord_the_outer_notes_lead() -> None:
    chord = [Note(0.0, pitch, 1.0) for pitch in (72, 67, 64, 60, 48)]
    assert voices.deal(chord, 3) == (0, 1, 1, 1, 2)
    assert voices.deal(chord, 1) == (0, 0, 0, 0, 0)


def test_a_soprano_and_a_bass_alone_go_to_the_outer_voices_of_a_choir() -> None:
    soprano = [Note(float(beat), 69 + beat % 4, 1.0) for beat in range(8)]
    bass = [Note(float(beat), 48 - beat % 4, 1.0) for beat in range(8)]
    assert voices.deal([*soprano, *bass], 4) == (0,) * 8 + (3,) * 8


def test_a_strummed_chord_is_one_chord() -> None:
    chord = [Note(0.01 * index, pitch, 1.0) for index, pitch in enumerate((48, 60, 67))]
    assert voices.deal(chord, 3) == (2, 1, 0)


def test_melody_and_bass_stay_apart_where_they_never_begin_together() -> None:
    bass = [Note(float(beat), 40 + beat % 3, 0.4) for beat in range(8)]
    melody = [Note(beat + 0.5, 72 + beat % 4, 0.4) for beat in range(8)]
    assert voices.deal(bass + melody, 2) == (1,) * 8 + (0,) * 8


def test_a_line_moves_on_above_a_held_bass() -> None:
    held = Note(0.0, 40, 4.0)
    line = [Note(float(beat), 60 - 4 * beat, 1.0) for beat in range(4)]
    assert voices.deal([held, *line], 2) == (1, 0, 0, 0, 0)


def test_voices_never_cross_within_a_chord() -> None:
    notes = [note for voice in builders.chorale().voices for note in voice.notes]
    owners = voices.deal(notes, 3)
    for start in {note.start for note in notes}:
        chord = sorted(
            (-note.pitch, owner) for note, owner in zip(notes, owners) if note.start == start
        )
        assert [owner for _, owner in chord] == sorted(owner for _, owner in chord)


def test_other_facts_of_the_voice_go_to_each_part() -> None:
    score = Score((Voice("Piano", builders.melody(), program=4, is_drums=False),), 16.0)
    for voice in voices.split(score, count=5).score.voices:
        assert (voice.program, voice.is_drums) == (4, False)


@pytest.mark.parametrize(
    ("voice", "count", "words"), [(1, 3, "voice 2"), (0, 0, "got 0"), (0, 9, "got 9")]
)
def test_a_split_that_cannot_be_is_refused(voice: int, count: int, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        voices.split(builders.score(builders.melody()), voice, count)
