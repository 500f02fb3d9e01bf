"""Standard MIDI Files, karaoke files, and those in a RIFF wrapper, as one clip each."""

import struct
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from reprise.errors import InvalidMidiFileError
from reprise.library.ingest.clips import Contents, Origin, Reason, RefusedError, SourceClip
from reprise.library.ingest.files import Measured
from reprise.library.ingest.limits import MAX_TRACKS
from reprise.library.midi_score import read_score
from reprise.music.score import Score

_CHUNK_HEAD: Final = 8
_RIFF_HEAD: Final = 12


def read(stream: Measured, name: str) -> Contents:
    """Return what a MIDI file holds.

    Raises:
        RefusedError: It cannot be read, or has no notes.
    """
    data = unwrapped(stream.all())
    if track_count(data) > MAX_TRACKS:
        raise RefusedError(
            Reason.TOO_MANY_TRACKS, f"at most {MAX_TRACKS} are read; export fewer at once"
        )
    try:
        score = read_score(data, name.rpartition("/")[2])
    except InvalidMidiFileError as error:
        raise RefusedError(_reason(data), str(error)) from None
    if not score.note_count:
        raise RefusedError(Reason.NO_NOTES, f"{len(score.voices)} tracks have notes")
    return Contents("", (SourceClip(Origin(name), "", _named(score, PurePosixPath(name).stem)),))


def _named(score: Score, stem: str) -> Score:
    """Return a score whose only part is called as the file where the file calls it nothing."""
    if len(score.voices) != 1 or score.voices[0].name:
        return score
    return replace(score, voices=(replace(score.voices[0], name=stem),))


def unwrapped(data: bytes) -> bytes:
    """Return the MIDI file in a RIFF wrapper (.rmi), or bytes that are in none as they are.

    Raises:
        RefusedError: The wrapper holds no MIDI file.
    """
    if not (data.startswith(b"RIFF") and data[8:12] == b"RMID"):
        return data
    place = _RIFF_HEAD
    while place + _CHUNK_HEAD <= len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        place += _CHUNK_HEAD
        if name == b"data":
            return data[place : place + length]
        place += length + length % 2
    raise RefusedError(Reason.DAMAGED, "its RIFF wrapper holds no MIDI file; export it again")


def track_count(data: bytes) -> int:
    """Return how many track chunks there are, whatever the header promises.

    Counts no further than one more than are read.
    """
    place = count = 0
    while place + _CHUNK_HEAD <= len(data) and count <= MAX_TRACKS:
        name, length = struct.unpack_from(">4sI", data, place)
        count += name == b"MTrk"
        place += _CHUNK_HEAD + length
    return count


def _reason(data: bytes) -> Reason:
    return Reason.DAMAGED if data.startswith(b"MThd") else Reason.OTHER_CONTENT
