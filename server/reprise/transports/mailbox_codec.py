"""Messages as the files of a mailbox, both ways. Pure: no file is touched.

A file holds one message in its plain form, with two differences that keep a poll short in a host's
user interface: notes are one flat list of numbers, and a long message is cut into parts.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, Final, NoReturn

from reprise.client import MIN_NOTE_WIDTH
from reprise.errors import MalformedMessageError, TooLargeError, UnsupportedVersionError
from reprise.music.note import Note
from reprise.service.messages import (
    PROTOCOL_VERSION,
    Bar,
    HistoryReply,
    Message,
    Result,
)
from reprise.service.plain import from_plain, to_plain

MAX_REQUEST_BYTES: Final = 8 * 1024 * 1024
PART_NOTES: Final = 800
"""Notes of one file; whatever else is long weighs as much as so many notes."""

_FIELDS: Final = tuple(field.name for field in fields(Note))
_DEFAULTS: Final = tuple(field.default for field in fields(Note))
_MUTED: Final = _FIELDS.index("is_muted")
_INTS_A_NOTE: Final = 4
_NOTES_AN_ITEM: Final = 8
_SCORES: Final = ("source", "context", "target")

Plain = dict[str, Any]
"""What JSON makes of an object; only the message's class knows its fields."""
Step = str | int


class HalfWrittenError(MalformedMessageError):
    """A file whose text is no JSON, or not yet."""


@dataclass(frozen=True, slots=True)
class _LongList:
    """A list of a message that may have to go into parts.

    Attributes:
        path: Where it belongs in the plain message.
        kind: What it holds: "notes", or "items" for whatever is taken as it is.
        values: Its notes, or plain values.
        weight: What one of them weighs, in notes.
    """

    path: tuple[Step, ...]
    kind: str
    values: Sequence[Any]
    weight: float = 1.0

    def cut(self, start: int, stop: int) -> Plain:
        """Return a stretch of it as a slice of a part."""
        return {"path": list(self.path), self.kind: self.written(start, stop)}

    def written(self, start: int = 0, stop: int | None = None) -> list[Any]:
        """Return a stretch of it as it stands in a file."""
        values = self.values[start:stop]
        return packed(values) if self.kind == "notes" else list(values)


# ---------------------------------------------------------------- what the server says


def encode(message: Message, part_notes: int = PART_NOTES) -> list[bytes]:
    """Return the files of a message, in order: its parts if it is long, then the message.

    Args:
        message: What the server says.
        part_notes: How many notes, or what weighs as much, one file holds at most, 1 or more.
    """
    bare, lists = _parted(message)
    plain = to_plain(bare)
    if sum(len(each.values) * each.weight for each in lists) <= part_notes:
        for each in lists:
            _put(plain, each.path, each.written())
        return [dumped(plain)]
    return [*(dumped(part) for part in _parts(lists, part_notes)), dumped(plain)]


def dumped(plain: Plain) -> bytes:
    """Return JSON as compact UTF-8."""
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()


def packed(notes: Sequence[Note]) -> list[float]:
    """Return notes as one flat list: how many fields each has, then the fields of all."""
    if not notes:
        return []
    width = _width(notes)
    values = attrgetter(*_FIELDS[:width])
    flat = [width, *(value for note in notes for value in values(note))]
    return [int(value) if value is True or value is False else value for value in flat]


def _width(notes: Sequence[Note]) -> int:
    for width in range(len(_FIELDS), MIN_NOTE_WIDTH, -1):
        name, default = _FIELDS[width - 1], _DEFAULTS[width - 1]
        if any(getattr(note, name) != default for note in notes):
            return width
    return MIN_NOTE_WIDTH


def _parted(message: Message) -> tuple[Message, list[_LongList]]:
    """Return the message without its long lists, and these."""
    match message:
        case Result():
            kept = _LongList(("kept",), "items", message.kept, 1 / _INTS_A_NOTE)
            empty: tuple[tuple[Note, ...], ...] = tuple(() for _ in message.new_notes)
            return replace(message, kept=(), new_notes=empty), [kept, *_of_voices(message)]
        case Bar():
            empty = tuple(() for _ in message.new_notes)
            return replace(message, new_notes=empty), _of_voices(message)
        case HistoryReply():
            return _parted_history(message)
    return message, []


def _of_voices(message: Result | Bar) -> list[_LongList]:
    return [
        _LongList(("new_notes", index), "notes", notes)
        for index, notes in enumerate(message.new_notes)
    ]


def _parted_history(reply: HistoryReply) -> tuple[HistoryReply, list[_LongList]]:
    entries = to_plain(replace(reply, score=None))["entries"]
    lists = [_LongList(("entries",), "items", entries, _NOTES_AN_ITEM)]
    bare = replace(reply, entries=())
    if reply.score is None:
        return bare, lists
    lists += [
        _LongList(("score", "voices", index, "notes"), "notes", voice.notes)
        for index, voice in enumerate(reply.score.voices)
    ]
    voices = tuple(replace(voice, notes=()) for voice in reply.score.voices)
    return replace(bare, score=replace(reply.score, voices=voices)), lists


def _put(plain: Plain, path: Sequence[Step], values: list[Any]) -> None:
    node: Any = plain
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = values


def _parts(lists: Sequence[_LongList], part_notes: int) -> Iterator[Plain]:
    slices: list[Plain] = []
    room = float(part_notes)
    for each in lists:
        start = 0
        while start < len(each.values):
            stop = start + max(1, int(room / each.weight))
            slices.append(each.cut(start, stop))
            room -= (min(stop, len(each.values)) - start) * each.weight
            start = stop
            if room < 1.0:
                yield {"kind": "part", "slices": slices}
                slices, room = [], float(part_notes)
    if slices:
        yield {"kind": "part", "slices": slices}


# ---------------------------------------------------------------- what a client says


def decode(data: bytes) -> Message:
    """Return the message of a request file.

    Raises:
        HalfWrittenError: It is no JSON.
        UnsupportedVersionError: It is of another version of the protocol.
        MalformedMessageError: It is no message; the sentence names the field.
        TooLargeError: It, or something in it, is over its bound.
        InvalidRequestError: A value is out of its range.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise TooLargeError(
            f"a request has at most {MAX_REQUEST_BYTES:,} bytes, this file has more; "
            "select fewer bars or tracks"
        )
    envelope = _loaded(data)
    if not isinstance(envelope, dict) or "protocol_version" not in envelope:
        raise MalformedMessageError(
            'a request file is an object with "protocol_version" and "message"; '
            "see docs/protocol.md"
        )
    if envelope["protocol_version"] != PROTOCOL_VERSION:
        raise UnsupportedVersionError(
            f"this server speaks version {PROTOCOL_VERSION} of the protocol, the client version "
            f"{envelope['protocol_version']!r:.20}; install the same Reprise on both sides"
        )
    message = envelope.get("message")
    if isinstance(message, dict):
        for name in _SCORES:
            _unpack_score(message.get(name), name)
    return from_plain(message)


def _loaded(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HalfWrittenError(
            f"the file is no JSON ({error!s:.100}); write it under another name and rename it "
            "when it is complete"
        ) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _unpack_score(score: object, name: str) -> None:
    voices = score.get("voices") if isinstance(score, dict) else None
    for index, voice in enumerate(voices if isinstance(voices, list) else ()):
        notes = voice.get("notes") if isinstance(voice, dict) else None
        if isinstance(notes, list) and notes and not isinstance(notes[0], dict):
            voice["notes"] = unpacked(notes, f"{name}.voices[{index}].notes")


def unpacked(flat: list[Any], path: str) -> list[Plain]:
    """Return the notes of a flat list in their plain form.

    Args:
        flat: As `packed` makes it; what its numbers are worth is not checked here.
        path: What it is called in an error.

    Raises:
        MalformedMessageError: It is no whole number of notes.
    """
    width = flat[0]
    if type(width) is not int or not MIN_NOTE_WIDTH <= width <= len(_FIELDS):
        raise MalformedMessageError(
            f"{path}: a flat list of notes begins with how many fields each has, "
            f"{MIN_NOTE_WIDTH} to {len(_FIELDS)}, got {width!r:.40}"
        )
    if (len(flat) - 1) % width:
        raise MalformedMessageError(
            f"{path}: {len(flat) - 1} numbers are no whole notes of {width} fields"
        )
    names = _FIELDS[:width]
    notes = [dict(zip(names, flat[at : at + width])) for at in range(1, len(flat), width)]
    if width > _MUTED:
        for note in notes:
            _read_muted(note)
    return notes


def _read_muted(note: Plain) -> None:
    if note["is_muted"] in (0, 1):
        note["is_muted"] = bool(note["is_muted"])
