import io
import struct

import pytest

import builders
import daw_files
from reprise.library.ingest import midi
from reprise.library.ingest.clips import Contents, FoundIn, Reason, RefusedError
from reprise.library.ingest.files import Measured
from reprise.library.ingest.limits import MAX_TRACKS
from reprise.music.drums import is_drums


def contents(data: bytes) -> Contents:
    return midi.read(Measured(io.BytesIO(data), 100_000_000), "folder/song.mid")


def reason(data: bytes) -> Reason:
    with pytest.raises(RefusedError) as refused:
        contents(data)
    return refused.value.reason


def riff(data: bytes, *, before: bytes = b"") -> bytes:
    chunk = b"data" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    body = b"RMID" + before + chunk
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_file_is_one_clip() -> None:
    (clip,) = contents(daw_files.tune()).clips
    assert (str(clip.origin), clip.origin.found_in) == ("folder/song.mid", FoundIn.FILE)
    assert clip.score.note_count == 1
    assert (clip.loop_length, clip.played) == (None, None)


def test_a_loop_without_a_track_name_is_called_as_its_file() -> None:
    (clip,) = midi.read(Measured(io.BytesIO(daw_files.tune()), 1_000), "loops/Beat 3.mid").clips
    (voice,) = clip.score.voices
    assert voice.name == "Beat 3"
    assert is_drums(voice)


def test_a_file_in_a_riff_wrapper_is_the_same_file() -> None:
    info = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert contents(riff(daw_files.tune(), before=info)) == contents(daw_files.tune())


@pytest.mark.parametrize("data", [riff(b"")[:12], b"RIFF\0\0\0\0RMIDjunk\xff\xff\xff\x7f"])
def test_a_wrapper_without_a_file_is_damaged(data: bytes) -> None:
    assert reason(data) == Reason.DAMAGED


def test_a_file_without_notes_says_so() -> None:
    assert reason(builders.midi_bytes(b"")) == Reason.NO_NOTES


@pytest.mark.parametrize("size", [3, 10, 20, 30])
def test_a_file_that_is_cut_short_is_damaged(size: int) -> None:
    wanted = Reason.DAMAGED if size > 3 else Reason.OTHER_CONTENT
    assert reason(daw_files.tune()[:size]) == wanted


def test_another_kind_of_file_is_told() -> None:
    assert reason(b"OggS" + bytes(100)) == Reason.OTHER_CONTENT


@pytest.mark.parametrize("tracks", [MAX_TRACKS + 1, 10_000])
def test_a_file_of_ten_thousand_tracks_is_refused_at_once(tracks: int) -> None:
    assert reason(builders.midi_bytes(*[b""] * tracks)) == Reason.TOO_MANY_TRACKS


def test_tracks_are_counted_whatever_the_header_promises() -> None:
    data = bytearray(builders.midi_bytes(*[b""] * 10_000))
    data[10:12] = struct.pack(">H", 1)
    assert reason(bytes(data)) == Reason.TOO_MANY_TRACKS


def test_a_file_of_many_tracks_is_read() -> None:
    track = b"\x00\x90\x3c\x40\x60\x80\x3c\x00"
    (clip,) = contents(builders.midi_bytes(*[track] * MAX_TRACKS)).clips
    assert len(clip.score.voices) == MAX_TRACKS
