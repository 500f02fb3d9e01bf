"""Standard MIDI Files: read as they are meant, refused with a sentence, written back whole."""

import io
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from builders import midi_bytes
from reprise.errors import InvalidMidiFileError, InvalidRequestError
from reprise.music import smf
from reprise.music.key import Key
from reprise.music.meter import Meter
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.smf_bytes import MAX_FILE_BYTES
from reprise.music.smf_notes import FileNote

HYMN = (builders.MIDI_FIXTURES / "old_hundredth.mid").read_bytes()
WAVE = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)


def only_voice(data: bytes) -> tuple[Note, ...]:
    (voice,) = smf.read(data).score().voices
    return voice.notes


def span_of(note: Note) -> tuple[float, int, float]:
    return note.start, note.pitch, note.duration


def test_a_hymn_has_its_four_voices_names_and_key() -> None:
    score = smf.read(HYMN).score()
    assert [voice.name for voice in score.voices] == list(builders.SATB)
    assert [len(voice.notes) for voice in score.voices] == [32, 34, 34, 32]
    assert (score.length, score.key) == (48.0, Key(7, "major"))


def test_a_path_and_its_bytes_are_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "Übung 声.mid"
    path.write_bytes(HYMN)
    assert smf.read(path) == smf.read(str(path)) == smf.read(HYMN)


def test_channels_of_a_type_0_file_are_voices_and_channel_10_is_drums() -> None:
    score = smf.read(builders.MIDI_FIXTURES / "type_zero.mid").score()
    assert [voice.name for voice in score.voices] == ["Channel 1", "Channel 2", "Channel 10"]
    assert [voice.is_drums for voice in score.voices] == [False, False, True]
    assert [voice.program for voice in score.voices] == [0, 33, 0]


def test_a_file_without_drums_or_programs_leaves_open_what_is_drums() -> None:
    data = midi_bytes(b"\x00\x90\x24\x50\x60\x80\x24\x40")
    assert smf.read(data).score().voices[0].is_drums is None


def test_running_status_goes_on_behind_meta_events() -> None:
    data = midi_bytes(b"\x00\x90\x3c\x50\x00\xff\x01\x01x\x60\x3c\x00\x00\x3e\x51\x60\x3e\x00")
    assert [span_of(note) for note in only_voice(data)] == [(0.0, 60, 1.0), (1.0, 62, 1.0)]


@pytest.mark.parametrize("grid", [1, 7, 333, 1023, 32767])
def test_odd_divisions_are_exact(grid: int) -> None:
    data = midi_bytes(b"\x01\x90\x3c\x50\x01\x80\x3c\x40", grid=grid)
    (note,) = only_voice(data)
    assert (note.start, note.duration) == (1 / grid, 1 / grid)
    assert smf.read(data).to_bytes() == data


def test_the_first_note_off_ends_the_first_of_two_unisons() -> None:
    track = b"\x00\x90\x3c\x50\x30\x90\x3c\x40\x30\x80\x3c\x0a\x30\x80\x3c\x14"
    first, second = only_voice(midi_bytes(track))
    assert (span_of(first), first.velocity, first.release_velocity) == ((0.0, 60, 1.0), 80, 10)
    assert (span_of(second), second.velocity, second.release_velocity) == ((0.5, 60, 1.0), 64, 20)


def test_a_note_never_switched_off_ends_with_its_track() -> None:
    data = midi_bytes(b"\x00\x90\x3c\x50\x83\x00\xff\x01\x00")
    assert [span_of(note) for note in only_voice(data)] == [(0.0, 60, 4.0)]


def test_a_note_of_no_length_is_shown_one_tick_long_and_written_as_it_was() -> None:
    data = midi_bytes(b"\x00\x90\x3c\x50\x00\x80\x3c\x40\x00\x3e\x50")
    assert [note.duration for note in only_voice(data)] == [1 / 96]
    assert smf.read(data).to_bytes() == data


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Flöte".encode(), "Flöte"), ("Flöte".encode("latin-1"), "Flöte"), ("低音".encode(), "低音")],
)
def test_names_in_any_encoding_are_shown_and_come_back_byte_for_byte(
    name: bytes, shown: str
) -> None:
    meta = b"\x00\xff\x03" + bytes((len(name),)) + name
    data = midi_bytes(meta + b"\x00\x90\x3c\x50\x60\x80\x3c\x40")
    document = smf.read(data)
    assert document.score().voices[0].name == shown
    assert document.to_bytes() == data


@pytest.mark.parametrize(
    ("microseconds", "tempo_bpm"), [(3_000_000, 20.0), (60_060, 60_000_000 / 60_060), (0, 120.0)]
)
def test_slow_fast_and_senseless_tempi_are_read(microseconds: int, tempo_bpm: float) -> None:
    data = midi_bytes(b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big"), b"\x00\x90\x3c\x50")
    document = smf.read(data)
    assert document.score().tempo_map.at(0.0) == tempo_bpm
    assert document.to_bytes() == data


def test_meters_tempi_and_markers_change_where_the_file_says() -> None:
    score = smf.read(builders.MIDI_FIXTURES / "odd_meters.mid").score()
    assert [(start, str(meter)) for start, meter in score.meter_map.changes] == [
        (0.0, "7/8"),
        (14.0, "5/16"),
        (19.0, "7/8"),
    ]
    assert [(marker.start, marker.name) for marker in score.markers] == [(14.0, "Fünf")]
    assert round(score.tempo_map.at(22.5)) == 108
    assert score.meter_map.bar_count(score.length) == 10


@pytest.mark.parametrize(
    "payload", [b"\x00\x02\x18\x08", b"\x04\x07\x18\x08", b"\x04", b"\x41\x02"]
)
def test_a_senseless_meter_is_passed_over_and_written_back(payload: bytes) -> None:
    meta = b"\x00\xff\x58" + bytes((len(payload),)) + payload
    data = midi_bytes(meta + b"\x00\x90\x3c\x50\x60\x80\x3c\x40")
    document = smf.read(data)
    assert document.score().meter_map.at(0.0) == Meter(4, 4)
    assert document.to_bytes() == data


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        (b"\x01\x00", Key(7)),
        (b"\xfd\x00", Key(3)),
        (b"\x00\x01", Key(9, "minor")),
        (b"\xfc\x01", Key(5, "minor")),
        (b"\x00\x00", None),
        (b"\x01\xff", None),
        (b"\x0b\x00", None),
    ],
)
def test_keys_are_read_but_for_the_one_that_programs_write_by_default(
    payload: bytes, key: Key | None
) -> None:
    data = midi_bytes(b"\x00\xff\x59\x02" + payload + b"\x00\x90\x3c\x50\x60\x80\x3c\x40")
    assert smf.read(data).score().key == key


def test_a_ragged_end_is_the_bar_line_before_it() -> None:
    notes = b"\x00\x90\x3c\x50" + b"\x83\x08\x80\x3c\x40"  # 392 ticks: 8 ticks behind the bar line
    assert smf.read(midi_bytes(notes)).score().length == 4.0


def test_a_file_of_no_notes_is_one_silent_bar() -> None:
    score = smf.read(midi_bytes(b"")).score()
    assert (score.voices, score.length) == ((), 4.0)


def test_chunks_that_no_one_knows_come_back_where_they_were() -> None:
    data = midi_bytes(b"\x00\x90\x3c\x50\x60\x80\x3c\x40")
    strange = data[:14] + b"XFIH\x00\x00\x00\x02ab" + data[14:] + b"XFKM\x00\x00\x00\x00"
    assert smf.read(strange).to_bytes() == strange


def test_padding_behind_the_last_track_is_no_error() -> None:
    assert smf.read(HYMN + bytes(3)).raw == smf.read(HYMN).raw
    assert smf.read(HYMN + b"padding, padding").raw == smf.read(HYMN).raw


def test_escaped_and_split_system_exclusive_events_come_back() -> None:
    data = midi_bytes(b"\x00\xf0\x03\x43\x12\x00\x10\xf7\x02\x43\xf7\x00\xf7\x01\xf8")
    assert smf.read(data).to_bytes() == data


@pytest.mark.parametrize("name", ["old_hundredth", "type_zero", "unisons", "groove"])
def test_an_unchanged_file_is_the_same_music_to_other_software(name: str) -> None:
    data = (builders.MIDI_FIXTURES / f"{name}.mid").read_bytes()
    again = mido.MidiFile(file=io.BytesIO(smf.read(data).to_bytes()))
    assert list(again) == list(mido.MidiFile(file=io.BytesIO(data)))


# ------------------------------------------------------------------ bad files


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (bytes(100), "it is empty"),
        (WAVE, "a WAV sound file"),
        (b"RIFF\x00\x00\x00\x00RMIDdata", "a RIFF wrapper"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "a RIFF file"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\x1f\x8b\x08rest", "Ableton Live set"),
        (b"<REAPER_PROJECT 0.1", "a REAPER project"),
        (b"hello", "begins with b'hell'"),
        (HYMN[:10], "cut short"),
        (HYMN[:-5], "cut short"),
        (HYMN[:400], "cut short"),
        (midi_bytes(b"", file_type=2), "of type 2"),
        (midi_bytes(b"", grid=0xE728), "SMPTE"),
        (midi_bytes(b"", grid=0), "damaged header"),
        (midi_bytes(b"\x00\x90\x3c\x90"), "above 127"),
        (midi_bytes(b"\x00\x3c\x3c\x40"), "no event that begins with 0x3c"),
        (midi_bytes(b"\x00\xf4"), "no event that begins with 0xf4"),
        (midi_bytes(b"\x81\x81\x81\x81\x81\x00\x90\x3c\x40"), "longer than four bytes"),
        (midi_bytes(*[b"\xff\xff\xff\x7f\x90\x3c\x40" * 2]), "ticks"),
        (midi_bytes(b"\x00\xff\x01\x70cut"), "incomplete"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(InvalidMidiFileError, match=r"song\.mid") as caught:
        smf.read(data, "song.mid")
    assert words in str(caught.value)


def test_a_wave_file_called_mid_is_told_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "loop.mid"
    path.write_bytes(WAVE)
    with pytest.raises(InvalidMidiFileError, match=r"loop\.mid .* looks like a WAV sound file"):
        smf.read(path)


@pytest.mark.parametrize("name", ["missing.mid", "bad\0name.mid", "."])
def test_a_path_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidMidiFileError, match="cannot be read"):
        smf.read(str(tmp_path / name))


def test_a_file_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(InvalidMidiFileError, match="at most"):
        smf.read(bytes(MAX_FILE_BYTES + 1))


def test_a_file_of_200_000_notes_is_read() -> None:
    data = midi_bytes(b"\x00\x90\x3c\x40" + b"\x01\x3c\x00\x00\x3c\x40" * 199_999)
    assert smf.read(data).note_count == 200_000


def test_a_file_of_more_than_500_000_notes_is_refused() -> None:
    data = midi_bytes(b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 500_000)
    with pytest.raises(InvalidMidiFileError, match="500,001 notes"):
        smf.read(data)


@given(st.binary(max_size=200))
def test_noise_behind_a_header_is_read_or_refused(noise: bytes) -> None:
    data = midi_bytes(noise)
    try:
        document = smf.read(data)
    except InvalidMidiFileError:
        return
    assert smf.read(document.to_bytes()).raw == document.raw
    assert isinstance(document.score(), Score)


@given(st.lists(st.tuples(st.integers(0, len(HYMN) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_hymn_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(HYMN)
    for position, byte in damage:
        data[position] = byte
    try:
        document = smf.read(bytes(data))
    except InvalidMidiFileError:
        return
    assert smf.read(document.to_bytes()).raw == document.raw
    assert isinstance(document.score(), Score)


@given(st.integers(0, len(HYMN) - 1))
def test_a_hymn_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(InvalidMidiFileError):
        smf.read(HYMN[:length])


# ------------------------------------------------------------------ answers


def test_a_continuation_makes_its_tracks_longer_and_no_other() -> None:
    document = smf.read(HYMN)
    new_notes = [(), (), (), (Note(48.0, 43, 4.0),)]
    longer = document.with_answer(range(document.note_count), new_notes, 52.0)
    ends = [track.end_tick for track in longer.raw.tracks]
    before = [track.end_tick for track in document.raw.tracks]
    assert ends == [*before[:4], 52 * document.ticks_per_beat]
    assert longer.score().length == 52.0


def test_a_note_never_switched_off_does_not_ring_into_a_continuation() -> None:
    document = smf.read(midi_bytes(b"\x00\x90\x3c\x50\x83\x00\xff\x01\x00"))
    longer = document.with_answer([0], [(Note(4.0, 60, 1.0),)], 8.0)
    assert [span_of(note) for note in longer.score().voices[0].notes] == [
        (0.0, 60, 4.0),
        (4.0, 60, 1.0),
    ]


def test_a_new_note_gives_way_to_a_kept_one_of_its_pitch() -> None:
    document = smf.read(midi_bytes(b"\x60\x90\x3c\x50\x60\x80\x3c\x40"))  # beats 1 to 2
    new_notes = (
        Note(0.0, 60, 3.0, 70),
        Note(1.5, 60, 1.5, 71),
        Note(1.0, 60, 0.5, 72),
        Note(1.25, 64, 1.0, 73),
    )
    answer = document.with_answer([0], [new_notes], 4.0).score().voices[0]
    assert [(*span_of(note), note.velocity) for note in sorted(answer.notes)] == [
        (0.0, 60, 1.0, 70),
        (1.0, 60, 1.0, 80),
        (1.25, 64, 1.0, 73),
        (2.0, 60, 1.0, 71),
    ]


def test_a_stray_note_off_does_not_cut_a_new_note() -> None:
    document = smf.read(midi_bytes(b"\x60\x80\x3c\x40\x00\x90\x3e\x50\x60\x80\x3e\x40"))
    answer = document.with_answer([0], [(Note(0.0, 60, 3.0),)], 4.0).score().voices[0]
    assert (0.0, 60, 3.0) in map(span_of, answer.notes)


def test_new_notes_are_at_least_a_tick_long_and_on_their_parts_channel() -> None:
    document = smf.read(builders.MIDI_FIXTURES / "type_zero.mid")
    new_notes = [(), (Note(11.0, 40, 1e-6, channel=0),), (Note(11.5, 42, 0.1, channel=5),)]
    answer = document.with_answer(range(document.note_count), new_notes, 12.0)
    assert [part.notes[-1].channel for part in answer.parts] == [0, 1, 9]
    assert answer.parts[1].notes[-1].end_tick == 11 * 96 + 1


def test_an_answer_longer_than_a_file_can_be_is_refused() -> None:
    document = smf.read(HYMN)
    with pytest.raises(InvalidRequestError, match="beats"):
        document.with_answer([], [(Note(1e9, 60, 1.0),), (), (), ()], 48.0)


@st.composite
def busy_tracks(draw: st.DrawFn) -> bytes:
    """Note-ons and note-offs of few pitches in any order, with a controller now and then."""
    data = bytearray()
    for _ in range(draw(st.integers(0, 24))):
        status = draw(st.sampled_from((0x80, 0x90, 0x90, 0x91, 0x81, 0xB0)))
        data += bytes((draw(st.integers(0, 60)), status))
        data += bytes((draw(st.integers(60, 61)), draw(st.integers(0, 127))))
    return bytes(data)


@given(busy_tracks(), st.data())
def test_kept_notes_survive_any_answer_to_the_tick(track: bytes, data: st.DataObject) -> None:
    document = smf.read(midi_bytes(track, b"\x00\x90\x3c\x40\x60\x80\x3c\x40"))
    kept = data.draw(st.sets(st.integers(0, document.note_count - 1)))
    note = st.builds(
        Note,
        st.floats(0, 20),
        st.integers(60, 61),
        st.floats(0.001, 5),
        channel=st.integers(0, 1),
    )
    new_notes = [data.draw(st.lists(note, max_size=6)) for _ in document.parts]
    answer = smf.read(document.with_answer(kept, new_notes, 24.0).to_bytes())
    was = [(part.track, note) for part in document.parts for note in part.notes]
    now = [(part.track, note) for part in answer.parts for note in part.notes]
    heard = [_sound(*each) for each in now]
    for place in kept:
        heard.remove(_sound(*was[place]))
    assert len(heard) <= sum(map(len, new_notes))


def _sound(track: int, note: FileNote) -> tuple[int, ...]:
    return track, note.start_tick, note.end_tick, note.channel, note.pitch, note.velocity
