"""The bytes of Standard MIDI Files: chunks and timed events, decoded and encoded without loss.

Knows no notes. Events keep their bytes, so that whatever a file says comes back as it was, known
here or not: a library that gives every event a meaning loses the ones it has no meaning for.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

from reprise.errors import InvalidMidiFileError

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_TICK = 2**28 - 1
"""The longest delta that the format can write; no file may last longer."""

END_OF_TRACK = b"\xff\x2f"

# Data bytes that follow a status byte; system messages are not meant for files but are met in them.
_DATA_LENGTHS = {
    **dict.fromkeys((*range(0x80, 0xC0), *range(0xE0, 0xF0), 0xF2), 2),
    **dict.fromkeys((*range(0xC0, 0xE0), 0xF1, 0xF3), 1),
    **dict.fromkeys((0xF6, 0xF8, 0xFA, 0xFB, 0xFC, 0xFE), 0),
}

_LOOKS_LIKE = (
    (b"ID3", "an MP3 sound file"),
    (b"\xff\xfb", "an MP3 sound file"),
    (b"OggS", "an Ogg sound file"),
    (b"fLaC", "a FLAC sound file"),
    (b"FORM", "an AIFF sound file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive or an Ableton Live set"),
    (b"<REAPER_PROJECT", "a REAPER project"),
    (b"<?xml", "an XML file"),
    (b"%PDF", "a PDF document"),
)


class Event(NamedTuple):
    """One event of a track.

    Attributes:
        tick: From the start of the file, 0 or more.
        data: Status byte and data bytes. Meta events are 0xFF, type, payload; system-exclusive
            ones 0xF0 or 0xF7, payload: their length is left out, as it is that of the bytes.
    """

    tick: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RawTrack:
    """One track as it stands in the file.

    Attributes:
        events: In file order, without the end-of-track event.
        end_tick: Where the track ends.
    """

    events: tuple[Event, ...]
    end_tick: int


@dataclass(frozen=True, slots=True)
class OtherChunk:
    """A chunk that is no track, kept as it is.

    Attributes:
        before_track: Number of the track that it stands in front of.
        name: Four bytes.
        data: What it holds.
    """

    before_track: int
    name: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class RawFile:
    """A whole file as it stands.

    Attributes:
        file_type: 0 or 1.
        ticks_per_beat: 1 to 32,767.
        tracks: In file order.
        others: Chunks that are no tracks, in file order.
    """

    file_type: int
    ticks_per_beat: int
    tracks: tuple[RawTrack, ...]
    others: tuple[OtherChunk, ...] = ()

    def others_before(self, track: int) -> list[OtherChunk]:
        """Return the chunks that stand in front of a track, or at the end for one past the last."""
        return [other for other in self.others if other.before_track == track]


def decoded(data: bytes, name: str) -> RawFile:
    """Return what the bytes of a file hold; `name` is for messages.

    Raises:
        InvalidMidiFileError: They are no Standard MIDI File of type 0 or 1, or are cut short.
    """
    if len(data) > MAX_FILE_BYTES:
        raise InvalidMidiFileError(
            f"{name} has {len(data):,} bytes and at most {MAX_FILE_BYTES:,} are read; "
            "export fewer tracks"
        )
    file_type, track_count, ticks_per_beat, position = _header(data, name)
    tracks: list[RawTrack] = []
    others: list[OtherChunk] = []
    while len(data) - position >= 8:
        chunk_name, length = struct.unpack_from(">4sI", data, position)
        position += 8
        if len(tracks) == track_count and position + length > len(data):
            break  # padding behind the last track
        if position + length > len(data):
            raise _cut_short(name, f"a chunk of {length:,} bytes has {len(data) - position:,}")
        chunk = data[position : position + length]
        position += length
        if chunk_name == b"MTrk":
            tracks.append(_TrackReader(chunk, name, len(tracks) + 1).track())
        else:
            others.append(OtherChunk(len(tracks), chunk_name, chunk))
    if len(tracks) < track_count:
        raise _cut_short(name, f"it promises {track_count} tracks and holds {len(tracks)}")
    return RawFile(file_type, ticks_per_beat, tuple(tracks), tuple(others))


def encoded(file: RawFile) -> bytes:
    """Return the bytes of a file, with running status."""
    header = struct.pack(">HHH", file.file_type, len(file.tracks), file.ticks_per_beat)
    parts = [_chunk(b"MThd", header)]
    for number in range(len(file.tracks) + 1):
        parts += [_chunk(other.name, other.data) for other in file.others_before(number)]
        parts += [
            _chunk(b"MTrk", _track_bytes(track)) for track in file.tracks[number : number + 1]
        ]
    return b"".join(parts)


def _header(data: bytes, name: str) -> tuple[int, int, int, int]:
    """Return file type, number of tracks, ticks per beat, and where the next chunk begins."""
    if not data.startswith(b"MThd"):
        raise InvalidMidiFileError(f"{name} is no Standard MIDI File: {_looks(data)}")
    if len(data) < 14:
        raise _cut_short(name, f"it has {len(data)} bytes and the header alone needs 14")
    length, file_type, track_count, division = struct.unpack_from(">IHHH", data, 4)
    if file_type not in (0, 1):
        raise InvalidMidiFileError(
            f"{name} is of type {file_type}, and types 0 and 1 are read; export it as type 1"
        )
    if division & 0x8000:
        raise InvalidMidiFileError(
            f"{name} counts time in film frames (SMPTE), and only files that count in beats are "
            "read; export it with ticks per quarter note"
        )
    if division == 0 or length < 6:
        raise InvalidMidiFileError(
            f"{name} has a damaged header ({division} ticks per quarter note); export it again"
        )
    return file_type, track_count, division, 8 + length


def _looks(data: bytes) -> str:
    if not data.strip(b"\x00"):
        return "it is empty; export it again"
    advice = "; choose a .mid file"
    if data.startswith(b"RIFF"):
        kind = {b"WAVE": "a WAV sound file", b"RMID": "a MIDI file in a RIFF wrapper (.rmi)"}
        return f"it looks like {kind.get(data[8:12], 'a RIFF file')}{advice}"
    for start, kind_name in _LOOKS_LIKE:
        if data.startswith(start):
            return f"it looks like {kind_name}{advice}"
    return f"it begins with {data[:4]!r} and not with b'MThd'{advice}"


def _cut_short(name: str, why: str) -> InvalidMidiFileError:
    return InvalidMidiFileError(f"{name} is cut short: {why}; copy or export it again")


class _TrackReader:
    """Reads the events of one track chunk from front to back."""

    def __init__(self, data: bytes, name: str, number: int) -> None:
        self._data = data
        self._position = 0
        self._where = f"track {number} of {name}"

    def track(self) -> RawTrack:
        try:
            return self._read()
        except IndexError:
            raise _cut_short(self._where, "its last event is incomplete") from None

    def _read(self) -> RawTrack:
        data, size = self._data, len(self._data)
        events: list[Event] = []
        tick = status = 0
        while self._position < size:
            tick += self._number()
            if tick > MAX_TICK:
                raise self._damaged(f"it lasts {tick:,} ticks, and {MAX_TICK:,} are possible")
            first = data[self._position]
            if first < 0x80 and status:
                events.append(Event(tick, self._short(status, self._position)))
                continue
            self._position += 1
            if first == 0xFF:
                payload = self._meta()
                if payload.startswith(END_OF_TRACK):
                    return RawTrack(tuple(events), tick)
                events.append(Event(tick, payload))
            elif first in (0xF0, 0xF7):
                events.append(Event(tick, bytes((first,)) + self._block()))
            else:
                events.append(Event(tick, self._short(first, self._position)))
                # Some programs let running status go on behind meta events: so do we.
                status = first if first < 0xF0 else status
        return RawTrack(tuple(events), tick)

    def _short(self, status: int, position: int) -> bytes:
        length = _DATA_LENGTHS.get(status)
        if length is None:
            raise self._damaged(f"there is no event that begins with 0x{status:02x}")
        values = self._data[position : position + length]
        self._position = position + length
        if len(values) < length:
            raise IndexError
        if not values.isascii():
            raise self._damaged(f"a value of an event is above 127, at byte {position}")
        return bytes((status,)) + values

    def _meta(self) -> bytes:
        kind = self._data[self._position]
        self._position += 1
        return bytes((0xFF, kind)) + self._block()

    def _block(self) -> bytes:
        length = self._number()
        block = self._data[self._position : self._position + length]
        self._position += length
        if len(block) < length:
            raise IndexError
        return block

    def _number(self) -> int:
        """Read a variable-length quantity."""
        value = 0
        for _ in range(4):
            byte = self._data[self._position]
            self._position += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise self._damaged("a number is longer than four bytes")

    def _damaged(self, why: str) -> InvalidMidiFileError:
        return InvalidMidiFileError(f"{self._where} is damaged: {why}; export it again")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack(">I", len(data)) + data


def _track_bytes(track: RawTrack) -> bytes:
    out = bytearray()
    tick = status = 0
    for event in (*track.events, Event(track.end_tick, END_OF_TRACK)):
        out += _variable(event.tick - tick)
        tick = event.tick
        first = event.data[0]
        if first < 0xF0:
            out += event.data[1:] if first == status else event.data
            status = first
            continue
        status = 0
        out += _system_bytes(event.data)
    return bytes(out)


def _system_bytes(data: bytes) -> bytes:
    if data[0] == 0xFF:
        return data[:2] + _variable(len(data) - 2) + data[2:]
    if data[0] in (0xF0, 0xF7):
        return data[:1] + _variable(len(data) - 1) + data[1:]
    return data


def _variable(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
