"""Fresh files say what the score says, to our own reader and to other software."""

import io

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from reprise.music import smf
from reprise.music.clip import Marker
from reprise.music.key import Key
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_write import with_voice, write_score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice

GRID = 96
META_NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs")), max_size=12)


def test_a_chorale_comes_back_voice_by_voice() -> None:
    chorale = builders.chorale()
    assert smf.read(write_score(chorale)).score().voices == tuple(
        Voice(
            voice.name,
            tuple(
                Note(note.start, note.pitch, note.duration, note.velocity, channel=index)
                for note in voice.notes
            ),
        )
        for index, voice in enumerate(chorale.voices)
    )


def test_other_software_reads_names_tempo_meter_key_and_notes() -> None:
    voice = Voice("Flöte", builders.line([60, 62, 64]), program=73)
    score = Score(
        (voice,),
        7.0,
        MeterMap(((0.0, Meter(7, 8)), (3.5, Meter(5, 16)))),
        TempoMap(((0.0, 20.0), (2.0, 999.0))),
        Key(3, "minor"),
        markers=(Marker(3.5, "B"),),
    )
    file = mido.MidiFile(file=io.BytesIO(write_score(score)), charset="utf-8")
    first, second = (list(track) for track in file.tracks)
    assert [(m.numerator, m.denominator) for m in first if m.type == "time_signature"] == [
        (7, 8),
        (5, 16),
    ]
    assert [m.tempo for m in first if m.type == "set_tempo"] == [3_000_000, 60_060]
    assert [m.key for m in first if m.type == "key_signature"] == ["Ebm"]
    assert [m.text for m in first if m.type == "marker"] == ["B"]
    assert [m.name for m in second if m.type == "track_name"] == ["Flöte"]
    assert [m.program for m in second if m.type == "program_change"] == [73]
    assert [m.note for m in second if m.type == "note_on"] == [60, 62, 64]
    assert file.type == 1


def test_drums_go_to_channel_10_and_muted_notes_stay_silent() -> None:
    muted = Note(0.0, 60, 1.0, is_muted=True)
    score = Score((Voice("Keys", (muted,)), *builders.drum_score().voices), 16.0)
    (part,) = smf.read(write_score(score)).parts
    assert (part.track, part.is_drums, len(part.notes)) == (2, True, len(builders.groove()))


def test_twenty_voices_keep_off_the_drum_channel() -> None:
    score = builders.score(*[builders.line([60])] * 20)
    parts = smf.read(write_score(score)).parts
    assert [part.channel for part in parts[:15]] == [*range(9), *range(10, 16)]
    assert not any(part.is_drums for part in parts)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("scale", ["major", "minor"])
def test_every_major_and_minor_key_comes_back(tonic: int, scale: str) -> None:
    key = Key(tonic, scale)
    score = Score((Voice("", builders.line([60])),), 4.0, key=key)
    wanted = None if key == Key(0, "major") else key
    assert smf.read(write_score(score)).score().key == wanted


def test_a_key_that_files_have_no_word_for_is_left_out() -> None:
    score = Score((Voice("", builders.line([60])),), 4.0, key=Key(2, "dorian"))
    assert smf.read(write_score(score)).score().key is None


def test_a_note_shorter_than_a_tick_lasts_one() -> None:
    score = builders.score([Note(1.0, 60, 1e-6)])
    (note,) = smf.read(write_score(score, GRID)).score().voices[0].notes
    assert (note.start, note.duration) == (1.0, 1 / GRID)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Note, ...]:
    """Notes on the grid, of which no two of one pitch sound together."""
    notes = []
    for pitch in draw(st.sets(st.integers(0, 127), max_size=4)):
        edges = sorted(draw(st.sets(st.integers(0, 40 * GRID), max_size=8)))
        for start, end in zip(edges[::2], edges[1::2]):
            velocity, release = draw(st.integers(1, 127)), draw(st.integers(0, 127))
            duration = (end - start) / GRID
            notes.append(Note(start / GRID, pitch, duration, velocity, release_velocity=release))
    return tuple(sorted(notes))


@given(st.lists(st.tuples(META_NAMES, lines(), st.integers(0, 127)), min_size=2, max_size=4))
def test_notes_names_and_programs_make_the_round_trip(
    rows: list[tuple[str, tuple[Note, ...], int]],
) -> None:
    voices = tuple(Voice(name, notes, program, is_drums=False) for name, notes, program in rows)
    score = smf.read(write_score(Score(voices, 40.0), GRID)).score()
    wanted = [(v.name, v.program, [_bare(note) for note in v.notes]) for v in voices if v.notes]
    assert [(v.name, v.program, [_bare(note) for note in v.notes]) for v in score.voices] == wanted


def _bare(note: Note) -> tuple[float, ...]:
    return note.start, note.pitch, note.duration, note.velocity, note.release_velocity


def test_a_new_track_takes_a_channel_that_is_free() -> None:
    document = smf.read(write_score(builders.chorale()))
    part = Voice("Sub", builders.line([40]), program=38)
    answer = with_voice(document, part, 32.0)
    assert answer.raw.tracks[:-1] == document.raw.tracks
    added = answer.parts[-1]
    assert (added.name, added.program, added.channel) == ("Sub", 38, 4)
    assert answer.length == 32.0


def test_a_new_drum_track_is_on_channel_10() -> None:
    document = smf.read(write_score(builders.chorale()))
    answer = with_voice(document, builders.drum_score().voices[0], 16.0)
    assert answer.parts[-1].is_drums


def test_a_new_track_of_a_full_house_shares_a_channel() -> None:
    document = smf.read(write_score(builders.score(*[builders.line([60])] * 15)))
    assert with_voice(document, Voice("Sub", builders.line([40])), 16.0).parts[-1].channel == 0
