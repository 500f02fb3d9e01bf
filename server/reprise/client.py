"""Reprise's OSC protocol for clients: one file of standard library that anyone can take along.

Five sections, each built on the ones before it:

1. OSC packets: bytes <-> an address and atoms.
2. The message table: plain dictionaries <-> atoms; every number is an int32 in a stated unit.
3. Frames: messages cut into datagrams of at most 1,400 bytes and put together again.
4. Link: numbering, acknowledgement and resending; pure, no socket and no clock of its own.
5. Client: finds the server, asks, listens, and finds it again after a restart.

It knows nothing of music and imports nothing of the package, and the server uses sections 1-4 too.

    with Client("my script") as client:
        results = client.ask({"kind": "vary", "source": {"length": 4.0, "voices": [
            {"name": "Lead", "notes": [{"start": 0.0, "pitch": 60, "duration": 1.0}]}]}})
"""

import contextlib
import math
import operator
import random
import re
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import Any, ClassVar, Protocol

PROTOCOL_VERSION = 1
SERVER_PORTS = (17765, 17766, 17767, 17768)
"""Where a server listens: the first of these that was free."""

MAX_DATAGRAM_BYTES = 1400
MAX_PARTS = 2048
MAX_TEXT_BYTES = 1000
MAX_TEXTS = 4096
MIN_INT32, MAX_INT32 = -(2**31), 2**31 - 1

Atom = int | float | str
Plain = dict[str, Any]
Message = dict[str, Any]
Value = Any
"""What a plain dictionary holds: None, bool, int, float, str, lists and dictionaries of them."""


class ProtocolError(Exception):
    """Bytes, atoms or dictionaries that are no message of the protocol."""

    code: ClassVar[int] = 13


class OversizedError(ProtocolError):
    """Something that is over a bound which keeps both sides safe."""

    code = 11


class NotReachableError(Exception):
    """No server answered on any of the ports."""


class RequestFailedError(Exception):
    """The server ended a request with an error.

    Attributes:
        code: Of the error, as in docs/protocol.md.
    """

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


# ================================================================ 1. OSC packets

_RUNS = re.compile(r"i+|f+|s|[TF]")
_MAX_ADDRESS_BYTES = 64


def pack_packet(address: str, atoms: Sequence[Atom]) -> bytes:
    """Return one OSC message: ints as `i`, floats as `f`, strings as `s`.

    Raises:
        ProtocolError: An int does not fit 32 bits or a string holds a NUL.
    """
    if set(map(type, atoms)) <= {int}:
        tags, body = "i" * len(atoms), _packed_ints(atoms)
    else:
        tags = "".join(_tag(atom) for atom in atoms)
        body = b"".join(_packed(atom) for atom in atoms)
    return _padded(address) + _padded("," + tags) + body


def unpack_packet(packet: bytes) -> tuple[str, list[Atom]]:
    """Return the address and atoms of one OSC message; `T` and `F` come as 1 and 0.

    Raises:
        ProtocolError: It is no OSC message, is a bundle, or holds other types than i, f, s, T, F.
    """
    address, tags, offset = _unpacked_head(packet)
    return address, _unpacked_atoms(packet, tags, offset)


def _packed_ints(atoms: Sequence[Any]) -> bytes:
    try:
        return struct.pack(f">{len(atoms)}i", *atoms)
    except struct.error:
        raise ProtocolError(
            f"numbers on the wire are int32, got {min(atoms)} to {max(atoms)}"
        ) from None


def _tag(atom: Atom) -> str:
    return "s" if isinstance(atom, str) else "f" if isinstance(atom, float) else "i"


def _packed(atom: Atom) -> bytes:
    if isinstance(atom, str):
        return _padded(atom)
    return struct.pack(">f", atom) if isinstance(atom, float) else _packed_ints((atom,))


def _padded(text: str) -> bytes:
    data = text.encode("utf-8")
    if b"\0" in data:
        raise ProtocolError("a string on the wire cannot hold the character NUL; leave it out")
    return data + b"\0" * (4 - len(data) % 4)


def _unpacked_head(packet: bytes) -> tuple[str, str, int]:
    if packet[:8] == b"#bundle\0":
        raise ProtocolError("bundles are not taken; send each message in a datagram of its own")
    if len(packet) % 4 or packet[:1] != b"/":
        raise ProtocolError("this is no OSC message: it needs an address and whole 4-byte words")
    address, offset = _unpacked_string(packet, 0, _MAX_ADDRESS_BYTES)
    tags, offset = _unpacked_string(packet, offset, len(packet))
    if tags[:1] != ",":
        raise ProtocolError("this OSC message has no type tags; send them after the address")
    return address, tags[1:], offset


def _unpacked_string(packet: bytes, offset: int, limit: int) -> tuple[str, int]:
    end = packet.find(b"\0", offset)
    if end < 0 or end - offset > limit:
        raise ProtocolError(f"a string at byte {offset} has no end or is over {limit} bytes")
    try:
        return packet[offset:end].decode("utf-8"), end + 4 - (end - offset) % 4
    except UnicodeDecodeError:
        raise ProtocolError(f"a string at byte {offset} is not UTF-8") from None


def _unpacked_atoms(packet: bytes, tags: str, offset: int) -> list[Atom]:
    atoms: list[Atom] = []
    read = 0
    for run in _RUNS.finditer(tags):
        if run.start() != read:
            break
        tag, count = tags[read], run.end() - read
        read = run.end()
        if tag == "s":
            text, offset = _unpacked_string(packet, offset, MAX_TEXT_BYTES)
            atoms.append(text)
        elif tag in "if":
            if offset + 4 * count > len(packet):
                raise ProtocolError(f"the type tags name {len(tags)} atoms, the datagram has fewer")
            atoms.extend(struct.unpack_from(f">{count}{tag}", packet, offset))
            offset += 4 * count
        else:
            atoms.append(int(tag == "T"))
    if read != len(tags):
        raise ProtocolError(f"type tag {tags[read]!r} is not taken; use i, f and s")
    if offset != len(packet):
        raise ProtocolError(f"{len(packet) - offset} bytes follow the last atom of a datagram")
    return atoms


# ================================================================ 2. the message table

WireType = tuple[Any, ...]
REQUIRED = "required"
UNITS = {"beats": 96_000, "fraction": 10_000, "thousandths": 1_000}
"""Wire units in one: of a beat, of 1.0 (a whole, or one note a bar), of one bpm."""

ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 6
_MISTYPED = str.maketrans({"O": "0", "I": "1", "L": "1"})

INT: WireType = ("int",)
BOOL: WireType = ("bool",)
BEATS: WireType = ("beats",)
FRACTION: WireType = ("fraction",)
THOUSANDTHS: WireType = ("thousandths",)
TEXT: WireType = ("text",)
RESULT_ID: WireType = ("id",)
NOTES: WireType = ("notes",)
INTS: WireType = ("ints",)


def _optional(inner: WireType) -> WireType:
    return ("optional", inner)


def _list(inner: WireType, limit: int) -> WireType:
    return ("list", inner, limit)


def _choice(*names: str) -> WireType:
    return ("choice", names)


def _struct(name: str) -> WireType:
    return ("struct", name)


Field = tuple[str, WireType, Any]

NOTE_FIELDS: tuple[Field, ...] = (
    ("start", BEATS, REQUIRED),
    ("pitch", INT, REQUIRED),
    ("duration", BEATS, REQUIRED),
    ("velocity", INT, 100),
    ("probability", FRACTION, 1.0),
    ("velocity_deviation", INT, 0),
    ("release_velocity", INT, 64),
    ("is_muted", BOOL, False),
    ("channel", INT, 0),
)
MIN_NOTE_WIDTH = 4
MAX_NOTES = 20_000
_FOUR_FOUR = {"numerator": 4, "denominator": 4}
_PADS: Field = ("pads", _list(("tuple", (INT, TEXT)), 128), [])

STRUCTS: dict[str, tuple[Field, ...]] = {
    "note": NOTE_FIELDS,
    "span": (("start", BEATS, REQUIRED), ("end", BEATS, REQUIRED)),
    "meter": (("numerator", INT, 4), ("denominator", INT, 4)),
    "meter_map": (
        ("changes", _list(("tuple", (BEATS, _struct("meter"))), 1000), [[0.0, _FOUR_FOUR]]),
    ),
    "tempo_map": (("changes", _list(("tuple", (BEATS, THOUSANDTHS)), 1000), [[0.0, 120.0]]),),
    "key": (("tonic", INT, REQUIRED), ("scale", TEXT, "major")),
    "marker": (("start", BEATS, REQUIRED), ("name", TEXT, "")),
    "voice": (
        ("name", TEXT, ""),
        ("program", INT, 0),
        ("is_drums", _optional(BOOL), None),
        _PADS,
        ("notes", NOTES, []),
    ),
    "score": (
        ("length", BEATS, REQUIRED),
        ("meter_map", _struct("meter_map"), {}),
        ("tempo_map", _struct("tempo_map"), {}),
        ("key", _optional(_struct("key")), None),
        ("loop", _optional(_struct("span")), None),
        ("markers", _list(_struct("marker"), 1000), []),
        ("voices", _list(_struct("voice"), 64), REQUIRED),
    ),
    "locks": (
        ("notes", INTS, []),
        ("bars", INTS, []),
        ("voices", INTS, []),
        ("rhythm", BOOL, False),
        ("pitches", BOOL, False),
    ),
    "controls": (
        ("surprise", FRACTION, 0.5),
        ("lowest_pitch", _optional(INT), None),
        ("highest_pitch", _optional(INT), None),
        ("max_polyphony", _optional(INT), None),
        ("notes_per_bar", _optional(FRACTION), None),
        ("scale", _choice("off", "guide", "strict"), "guide"),
    ),
    "liked": (("result_id", RESULT_ID, REQUIRED), ("weight", FRACTION, 1.0)),
    "engine": (
        ("name", TEXT, REQUIRED),
        ("title", TEXT, REQUIRED),
        ("summary", TEXT, REQUIRED),
        ("verbs", _list(TEXT, 32), REQUIRED),
        ("max_voices", INT, REQUIRED),
        ("serves_drums", BOOL, REQUIRED),
        ("model", TEXT, ""),
        ("model_hash", TEXT, ""),
        ("problem", TEXT, ""),
    ),
    "style": (("engine", TEXT, REQUIRED), ("verbs", _list(TEXT, 32), REQUIRED)),
    "history_entry": (
        ("result_id", RESULT_ID, REQUIRED),
        ("created", INT, REQUIRED),
        ("verb", TEXT, REQUIRED),
        ("engine", TEXT, REQUIRED),
        ("seed", INT, REQUIRED),
        ("note_count", INT, REQUIRED),
        ("project", TEXT, ""),
        ("clip_name", TEXT, ""),
        ("is_starred", BOOL, False),
    ),
}

_REQUEST_ID: Field = ("request_id", INT, REQUIRED)
_ANSWER_LENGTH: Field = ("length", _optional(BEATS), None)


def _request(count: int, *own: Field) -> tuple[Field, ...]:
    return (
        _REQUEST_ID,
        ("count", INT, count),
        ("strength", FRACTION, 0.35),
        ("seed", _optional(INT), None),
        ("engine", TEXT, "auto"),
        ("deadline_ms", _optional(INT), None),
        ("project", TEXT, ""),
        ("clip_name", TEXT, ""),
        ("style_of", TEXT, ""),
        ("parent", _optional(RESULT_ID), None),
        ("like", _list(_struct("liked"), 64), []),
        ("not_like", _list(RESULT_ID, 256), []),
        ("span", _optional(_struct("span")), None),
        ("locks", _struct("locks"), {}),
        ("controls", _struct("controls"), {}),
        *own,
        ("source", _struct("score"), REQUIRED),
        ("context", _optional(_struct("score")), None),
    )


CLIENT_MESSAGES: dict[str, tuple[Field, ...]] = {
    "hello": (
        ("protocol_version", INT, PROTOCOL_VERSION),
        ("reply_port", INT, REQUIRED),
        ("client", TEXT, ""),
    ),
    "vary": _request(4),
    "continue": _request(1, _ANSWER_LENGTH),
    "refill": _request(1, ("voices", INTS, []), ("notes", INTS, []), ("pads", INTS, [])),
    "redo": _request(1, ("passes", INT, 1)),
    "morph": _request(4, ("amount", FRACTION, 0.5), ("target", _struct("score"), REQUIRED)),
    "accompany": _request(1, ("role", TEXT, ""), _ANSWER_LENGTH, _PADS),
    "develop": _request(1, _ANSWER_LENGTH),
    "cancel": (_REQUEST_ID,),
    "history": (
        _REQUEST_ID,
        ("action", _choice("list", "get", "star", "unstar"), "list"),
        ("result_id", _optional(RESULT_ID), None),
        ("project", TEXT, ""),
        ("clip_name", TEXT, ""),
        ("limit", INT, 20),
    ),
    "status": (_REQUEST_ID,),
    "styles": (_REQUEST_ID,),
    "learn": (
        _REQUEST_ID,
        ("corpus", TEXT, "mine"),
        ("clip_name", TEXT, ""),
        ("result_ids", _list(RESULT_ID, 64), []),
        ("source", _optional(_struct("score")), None),
    ),
}
SERVER_MESSAGES: dict[str, tuple[Field, ...]] = {
    "welcome": (
        ("protocol_version", INT, REQUIRED),
        ("server_version", TEXT, REQUIRED),
        ("engines", _list(_struct("engine"), 64), REQUIRED),
    ),
    "progress": (
        _REQUEST_ID,
        ("fraction", FRACTION, REQUIRED),
        ("queued", INT, 0),
        ("stage", TEXT, ""),
    ),
    "bar": (
        _REQUEST_ID,
        ("index", INT, REQUIRED),
        ("bar", INT, REQUIRED),
        ("new_notes", _list(NOTES, 64), REQUIRED),
    ),
    "result": (
        _REQUEST_ID,
        ("index", INT, REQUIRED),
        ("count", INT, REQUIRED),
        ("result_id", RESULT_ID, REQUIRED),
        ("length", BEATS, REQUIRED),
        ("seed", INT, REQUIRED),
        ("engine", TEXT, REQUIRED),
        ("model", TEXT, ""),
        ("model_hash", TEXT, ""),
        ("similarity", FRACTION, 0.0),
        ("queue_ms", INT, 0),
        ("engine_ms", INT, 0),
        ("key", TEXT, ""),
        ("parent", _optional(RESULT_ID), None),
        ("is_cut", BOOL, False),
        ("copied_notes", INT, 0),
        ("copied_bars", INT, 0),
        ("copied_from", TEXT, ""),
        ("style_from", TEXT, ""),
        ("guards", _list(TEXT, 64), []),
        ("warnings", _list(TEXT, 64), []),
        ("kept", INTS, REQUIRED),
        ("new_notes", _list(NOTES, 64), REQUIRED),
    ),
    "done": (
        _REQUEST_ID,
        ("count", INT, REQUIRED),
        ("total_ms", INT, REQUIRED),
        ("warnings", _list(TEXT, 64), []),
    ),
    "error": (_REQUEST_ID, ("code", INT, REQUIRED), ("sentence", TEXT, REQUIRED)),
    "history_reply": (
        _REQUEST_ID,
        ("entries", _list(_struct("history_entry"), 200), REQUIRED),
        ("score", _optional(_struct("score")), None),
    ),
    "status_reply": (
        _REQUEST_ID,
        ("server_version", TEXT, REQUIRED),
        ("uptime_s", INT, REQUIRED),
        ("sessions", INT, REQUIRED),
        ("queued", INT, REQUIRED),
        ("running", INT, REQUIRED),
        ("answered", INT, REQUIRED),
        ("dropped", INT, REQUIRED),
    ),
    "styles_reply": (
        _REQUEST_ID,
        ("corpora", _list(TEXT, 64), REQUIRED),
        ("engines", _list(_struct("style"), 64), REQUIRED),
    ),
    "learn_reply": (
        _REQUEST_ID,
        ("corpus", TEXT, REQUIRED),
        ("added", INT, REQUIRED),
        ("count", INT, REQUIRED),
        ("sentence", TEXT, REQUIRED),
    ),
}
_MESSAGES = CLIENT_MESSAGES | SERVER_MESSAGES
_REPLY_VERBS = {
    "welcome": "hello",
    "history_reply": "history",
    "status_reply": "status",
    "styles_reply": "styles",
    "learn_reply": "learn",
}

ADDRESSES = {kind: f"/reprise/{kind}" for kind in CLIENT_MESSAGES} | {
    kind: f"/reprise/{_REPLY_VERBS.get(kind, kind)}/reply" for kind in SERVER_MESSAGES
}
"""The address of every kind of message; what the server says ends in `/reply`."""

_KINDS = {address: kind for kind, address in ADDRESSES.items()}
LAST_WORDS = frozenset(
    {"done", "error", "history_reply", "status_reply", "styles_reply", "learn_reply"}
)
"""Kinds after which a request has ended."""


class Texts(Protocol):
    """How strings travel in one direction."""

    def atoms(self, text: str) -> tuple[Atom, ...]:
        """Return what goes on the wire for a text."""

    def text(self, reader: "AtomReader") -> str:
        """Read one text."""


class InlineTexts:
    """From client to server: the string itself."""

    def atoms(self, text: str) -> tuple[Atom, ...]:
        """Return the string as one atom."""
        return (_cut(text),)

    def text(self, reader: "AtomReader") -> str:
        """Read one string."""
        return reader.string()


class NumberedTexts:
    """From server to client: a number, and the string only where it is new.

    A string that reaches Max stays in its memory for good. So 0 is the empty text, a number above
    0 a text said before in this session, and -n means that text n is new and follows. Numbers go
    round after 4,096 texts, and a number said anew replaces the old text.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {0: ""}
        self._said = 0

    def atoms(self, text: str) -> tuple[Atom, ...]:
        """Return the text's number, and the text too where it is new."""
        text = _cut(text)
        if not text:
            return (0,)
        known = self._numbers.get(text)
        if known is not None:
            return (known,)
        number = self._said % MAX_TEXTS + 1
        self._said += 1
        self._numbers.pop(self._texts.get(number, ""), None)
        self._numbers[text], self._texts[number] = number, text
        return (-number, text)

    def text(self, reader: "AtomReader") -> str:
        """Read a number, and the text where it is new.

        Raises:
            ProtocolError: The number was never said.
        """
        number = reader.number()
        if -MAX_TEXTS <= number < 0:
            self._texts[-number] = reader.string()
            return self._texts[-number]
        if number not in self._texts:
            raise ProtocolError(f"text number {number} was never said in this session")
        return self._texts[number]


def _cut(text: str) -> str:
    data = text.replace("\0", "").encode("utf-8", "replace")
    return data[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


class AtomReader:
    """Reads atoms in order and refuses what is not there."""

    def __init__(self, atoms: list[Atom]) -> None:
        self._atoms = atoms
        self._position = 0

    @property
    def left(self) -> int:
        """How many atoms are still to be read."""
        return len(self._atoms) - self._position

    def number(self) -> int:
        """Read one number, sent as `i` or `f`."""
        return _int_from_atom(self._next("a number"))

    def string(self) -> str:
        """Read one string."""
        atom = self._next("a string")
        if not isinstance(atom, str):
            raise ProtocolError(f"a string was expected at atom {self._position - 1}, got {atom}")
        return atom

    def count(self, limit: int) -> int:
        """Read how many elements follow, each of one atom or more, at most `limit`."""
        count = self.number()
        if not 0 <= count <= limit:
            raise OversizedError(f"a list may hold 0 to {limit} elements, got {count}")
        if count > self.left:
            raise ProtocolError(f"a list of {count} elements has only {self.left} atoms")
        return count

    def numbers(self, count: int) -> list[int]:
        """Read a run of numbers."""
        if count > self.left:
            raise ProtocolError(f"{count} numbers were announced, {self.left} atoms are left")
        run = self._atoms[self._position : self._position + count]
        self._position += count
        if set(map(type, run)) <= {int}:
            return run  # type: ignore[return-value]
        return [_int_from_atom(atom) for atom in run]

    def _next(self, wanted: str) -> Atom:
        if not self.left:
            raise ProtocolError(f"the message ends where {wanted} was expected")
        self._position += 1
        return self._atoms[self._position - 1]


def _int_from_atom(atom: Atom) -> int:
    if isinstance(atom, str):
        raise ProtocolError(f"a number was expected, got the string {atom[:40]!r}")
    if isinstance(atom, float):
        if not math.isfinite(atom) or not MIN_INT32 <= atom <= MAX_INT32:
            raise ProtocolError(f"a number on the wire must fit 32 bits, got {atom}")
        return round(atom)
    return atom


def id_number(result_id: str) -> int:
    """Return a result id such as "7F3K2M" as a number of 30 bits.

    Raises:
        ProtocolError: It has another length or other characters.
    """
    number = 0
    text = result_id.strip().upper().translate(_MISTYPED)
    if len(text) != ID_LENGTH or not set(text) <= set(ID_ALPHABET):
        raise ProtocolError(
            f"a result id has {ID_LENGTH} characters of {ID_ALPHABET}, got {result_id[:40]!r}"
        )
    for character in text:
        number = number * len(ID_ALPHABET) + ID_ALPHABET.index(character)
    return number


def id_text(number: int) -> str:
    """Return the result id of a number of 30 bits."""
    if not 0 <= number < len(ID_ALPHABET) ** ID_LENGTH:
        raise ProtocolError(f"a result id is a number of 30 bits, got {number}")
    characters = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ID_ALPHABET))
        characters.append(ID_ALPHABET[digit])
    return "".join(reversed(characters))


def encode_message(message: Mapping[str, Any], texts: Texts) -> list[Atom]:
    """Return the atoms of a message given as a plain dictionary; keys left out have defaults.

    Raises:
        ProtocolError: A kind, key or value that the protocol does not know, or one missing.
    """
    kind = message.get("kind")
    if kind not in _MESSAGES:
        raise ProtocolError(f"{kind!r} is no kind of message; use one of {', '.join(_MESSAGES)}")
    atoms: list[Atom] = []
    body = {name: value for name, value in message.items() if name != "kind"}
    _encode_fields(str(kind), _MESSAGES[str(kind)], body, _Encoder(atoms, texts))
    return atoms


def decode_message(
    kind: str,
    atoms: list[Atom],
    texts: Texts,
    read_notes: Callable[[AtomReader], Value] | None = None,
) -> Message:
    """Return the plain dictionary, every key present, of a message's atoms.

    Args:
        kind: Of the message.
        atoms: Of all its parts.
        texts: How strings travel in this direction.
        read_notes: Reads a list of notes, instead of as dictionaries.

    Raises:
        ProtocolError: The atoms do not fit the kind.
    """
    if kind not in _MESSAGES:
        raise ProtocolError(f"{kind!r} is no kind of message; use one of {', '.join(_MESSAGES)}")
    decoder = _Decoder(AtomReader(atoms), texts, read_notes or _note_dictionaries)
    message: Message = {"kind": kind} | decoder.fields(_MESSAGES[kind])
    if decoder.reader.left:
        raise ProtocolError(f"{decoder.reader.left} atoms follow the end of a {kind} message")
    return message


def kind_from_address(address: str) -> str:
    """Return the kind of message that an address carries.

    Raises:
        ProtocolError: No message has that address.
    """
    kind = _KINDS.get(address)
    if kind is None:
        raise ProtocolError(f"{address[:64]!r} is no address of the protocol")
    return kind


def _encode_fields(
    owner: str, fields: tuple[Field, ...], values: Mapping[str, Any], encoder: "_Encoder"
) -> None:
    if not isinstance(values, Mapping):
        raise ProtocolError(f"{owner} must be a dictionary, got {values!r:.60}")
    unknown = set(values) - {name for name, _, _ in fields}
    if unknown:
        raise ProtocolError(f"{owner} has no {', '.join(sorted(map(str, unknown)))}")
    for name, wire_type, default in fields:
        value = values.get(name, default)
        if value is REQUIRED:
            raise ProtocolError(f"{owner} needs {name}")
        try:
            encoder.encode(wire_type, value)
        except (TypeError, ValueError, OverflowError, AttributeError):
            raise ProtocolError(f"{owner}.{name} cannot be {value!r:.60}") from None


class _Encoder:
    def __init__(self, atoms: list[Atom], texts: Texts) -> None:
        self.atoms = atoms
        self.texts = texts

    def encode(self, wire_type: WireType, value: Value) -> None:
        getattr(self, f"_{wire_type[0]}")(value, *wire_type[1:])

    def _int(self, value: Value) -> None:
        self.atoms.append(_int32(operator.index(value)))

    def _bool(self, value: Value) -> None:
        self.atoms.append(int(bool(value)))

    def _beats(self, value: Value) -> None:
        self.atoms.append(_int32(round(value * UNITS["beats"])))

    def _fraction(self, value: Value) -> None:
        self.atoms.append(_int32(round(value * UNITS["fraction"])))

    def _thousandths(self, value: Value) -> None:
        self.atoms.append(_int32(round(value * UNITS["thousandths"])))

    def _text(self, value: Value) -> None:
        self.atoms.extend(self.texts.atoms(value))

    def _id(self, value: Value) -> None:
        self.atoms.append(id_number(value))

    def _choice(self, value: Value, names: tuple[str, ...]) -> None:
        self.atoms.append(names.index(value))

    def _optional(self, value: Value, inner: WireType) -> None:
        self.atoms.append(int(value is not None))
        if value is not None:
            self.encode(inner, value)

    def _list(self, value: Value, inner: WireType, limit: int) -> None:
        if len(value) > limit:
            raise OversizedError(f"a list may hold {limit} elements at most, got {len(value)}")
        self.atoms.append(len(value))
        for element in value:
            self.encode(inner, element)

    def _ints(self, value: Value) -> None:
        _check_count(value)
        self.atoms.append(len(value))
        self.atoms.extend(map(_int32, map(operator.index, value)))

    def _tuple(self, value: Value, inner: tuple[WireType, ...]) -> None:
        for wire_type, element in zip(inner, value, strict=True):
            self.encode(wire_type, element)

    def _struct(self, value: Value, name: str) -> None:
        _encode_fields(name, STRUCTS[name], value, self)

    def _notes(self, value: Value) -> None:
        _check_count(value)
        self.atoms.extend(encode_notes([_note_values(note) for note in value]))


def _int32(value: int) -> int:
    if not MIN_INT32 <= value <= MAX_INT32:
        raise ProtocolError(f"numbers on the wire are int32, got {value}")
    return value


def _check_count(value: Sequence[Any]) -> None:
    if len(value) > MAX_NOTES:
        raise OversizedError(
            f"{len(value)} notes or numbers in one list are over {MAX_NOTES}; select fewer bars"
        )


_NOTE_NAMES = tuple(name for name, _, _ in NOTE_FIELDS)
_NOTE_DEFAULTS = tuple(default for _, _, default in NOTE_FIELDS)
_note_getter = operator.itemgetter(*_NOTE_NAMES)


def _note_values(note: Mapping[str, Any] | tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(note, tuple):
        return note
    if len(note) == len(_NOTE_NAMES):
        with contextlib.suppress(KeyError):
            return _note_getter(note)  # type: ignore[no-any-return]
    unknown = set(note) - set(_NOTE_NAMES)
    if unknown:
        raise ProtocolError(f"a note has no {', '.join(sorted(map(str, unknown)))}")
    values = tuple(note.get(name, default) for name, _, default in NOTE_FIELDS)
    if REQUIRED in values:
        raise ProtocolError(f"a note needs {_NOTE_NAMES[values.index(REQUIRED)]}")
    return values


def encode_notes(rows: Sequence[tuple[Any, ...]]) -> list[Atom]:
    """Return the atoms of notes given as tuples in the order of `NOTE_FIELDS`.

    How many notes, how many fields of each (4-9: trailing fields that are all at their defaults
    are left out), and the fields, note by note.
    """
    columns = list(zip(*rows))
    while len(columns) > MIN_NOTE_WIDTH:
        if columns[-1].count(_NOTE_DEFAULTS[len(columns) - 1]) < len(rows):
            break
        columns.pop()
    for index, (_, wire_type, _) in enumerate(NOTE_FIELDS[: len(columns)]):
        unit = UNITS.get(wire_type[0])
        if unit is None:
            columns[index] = tuple(map(int, columns[index]))
        else:
            columns[index] = tuple([round(value * unit) for value in columns[index]])
        _int32(max(columns[index]))
        _int32(min(columns[index]))
    return [len(rows), len(columns) or MIN_NOTE_WIDTH, *chain.from_iterable(zip(*columns))]


def decode_notes(reader: AtomReader) -> list[tuple[Any, ...]]:
    """Return notes as tuples in the order of `NOTE_FIELDS`, times in beats; defaults filled in.

    Raises:
        ProtocolError: The count, the width or the atoms cannot be.
    """
    count = reader.count(MAX_NOTES)
    width = reader.number()
    if not MIN_NOTE_WIDTH <= width <= len(NOTE_FIELDS):
        raise ProtocolError(
            f"a note has {MIN_NOTE_WIDTH} to {len(NOTE_FIELDS)} fields, got {width}"
        )
    run = reader.numbers(count * width)
    columns: list[Sequence[Any]] = []
    for index, (_, wire_type, default) in enumerate(NOTE_FIELDS):
        column = run[index::width] if index < width else [default] * count
        if index < width and wire_type[0] in UNITS:
            unit = UNITS[wire_type[0]]
            columns.append([value / unit for value in column])
        elif index < width and wire_type is BOOL:
            columns.append([bool(value) for value in column])
        else:
            columns.append(column)
    return list(zip(*columns))


def _note_dictionaries(reader: AtomReader) -> list[Plain]:
    return [dict(zip(_NOTE_NAMES, row)) for row in decode_notes(reader)]


class _Decoder:
    def __init__(
        self, reader: AtomReader, texts: Texts, read_notes: Callable[[AtomReader], Value]
    ) -> None:
        self.reader = reader
        self.texts = texts
        self._read_notes = read_notes

    def decode(self, wire_type: WireType) -> Value:
        return getattr(self, f"_{wire_type[0]}")(*wire_type[1:])

    def fields(self, fields: tuple[Field, ...]) -> Plain:
        return {name: self.decode(wire_type) for name, wire_type, _ in fields}

    def _int(self) -> int:
        return self.reader.number()

    def _bool(self) -> bool:
        return self.reader.number() != 0

    def _beats(self) -> float:
        return self.reader.number() / UNITS["beats"]

    def _fraction(self) -> float:
        return self.reader.number() / UNITS["fraction"]

    def _thousandths(self) -> float:
        return self.reader.number() / UNITS["thousandths"]

    def _text(self) -> str:
        return self.texts.text(self.reader)

    def _id(self) -> str:
        return id_text(self.reader.number())

    def _choice(self, names: tuple[str, ...]) -> str:
        number = self.reader.number()
        if not 0 <= number < len(names):
            raise ProtocolError(f"0 to {len(names) - 1} was expected for {names}, got {number}")
        return names[number]

    def _optional(self, inner: WireType) -> Value:
        return self.decode(inner) if self.reader.number() else None

    def _list(self, inner: WireType, limit: int) -> list[Any]:
        return [self.decode(inner) for _ in range(self.reader.count(limit))]

    def _ints(self) -> list[int]:
        return self.reader.numbers(self.reader.count(MAX_NOTES))

    def _tuple(self, inner: tuple[WireType, ...]) -> list[Any]:
        return [self.decode(wire_type) for wire_type in inner]

    def _struct(self, name: str) -> Plain:
        return self.fields(STRUCTS[name])

    def _notes(self) -> Value:
        return self._read_notes(self.reader)


# ================================================================ 3. frames

ACK_ADDRESS = "/reprise/ack"
PING_ADDRESS = "/reprise/ping"
HELLO_AGAIN_ADDRESS = "/reprise/hello/again"
REPLY_SUFFIX = "/reply"
UNNUMBERED = -1
"""The sequence of a frame outside the numbering: never acknowledged, never resent."""

_HEAD_ATOMS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """One datagram: its head, and where its atoms lie.

    Attributes:
        address: Of the message.
        nonce: Of the session.
        sequence: Number of the datagram in its direction, from 0; -1 outside the numbering.
        part: Which part of its message, from 0.
        part_count: How many parts the message has.
        tags: Type tags of the atoms behind the head.
        packet: The whole datagram.
        offset: Where the atoms begin, in bytes.
    """

    address: str
    nonce: int
    sequence: int
    part: int
    part_count: int
    tags: str
    packet: bytes
    offset: int

    def atoms(self) -> list[Atom]:
        """Return the atoms behind the head, or raise `ProtocolError`."""
        return _unpacked_atoms(self.packet, self.tags, self.offset)


def parse_frame(packet: bytes) -> Frame:
    """Return the frame of a datagram; its atoms are left for `Frame.atoms`.

    Acknowledgements and pings have short heads; what they lack counts as 0.

    Raises:
        OversizedError: It is over 1,400 bytes.
        ProtocolError: It has no head.
    """
    if len(packet) > MAX_DATAGRAM_BYTES:
        raise OversizedError(
            f"a datagram may have {MAX_DATAGRAM_BYTES} bytes, got {len(packet)}; send it in parts"
        )
    address, tags, offset = _unpacked_head(packet)
    head_tags = tags[:_HEAD_ATOMS]
    end = offset + 4 * len(head_tags)
    if not head_tags or head_tags.strip("if") or end > len(packet):
        raise ProtocolError("a datagram begins with nonce, sequence, part and part count")
    atoms = _unpacked_atoms(packet[:end], head_tags, offset)
    head = [_int_from_atom(atom) for atom in atoms] + [0] * (_HEAD_ATOMS - len(atoms))
    nonce, sequence, part, part_count = head
    return Frame(address, nonce, sequence, part, part_count, tags[_HEAD_ATOMS:], packet, end)


@dataclass(frozen=True, slots=True)
class Package:
    """The frames of one message, as they came.

    Attributes:
        frames: In order; one or more.
    """

    frames: tuple[Frame, ...]

    @property
    def address(self) -> str:
        """The address of the message."""
        return self.frames[0].address

    def atoms(self) -> list[Atom]:
        """Return the atoms of all parts.

        Raises:
            ProtocolError: The parts do not make one message.
        """
        count = self.frames[0].part_count
        if count > MAX_PARTS:
            raise OversizedError(f"a message may have {MAX_PARTS} parts, got {count}")
        heads = [(frame.address, frame.part, frame.part_count) for frame in self.frames]
        if heads != [(self.address, part, count) for part in range(count)]:
            raise ProtocolError(f"the parts of a message to {self.address} do not belong together")
        return list(chain.from_iterable(frame.atoms() for frame in self.frames))


def split_atoms(address: str, atoms: list[Atom]) -> Iterator[list[Atom]]:
    """Yield the atoms of each part of a message, every part as full as a datagram allows."""
    room = MAX_DATAGRAM_BYTES - len(_padded(address)) - 4 * _HEAD_ATOMS - 4
    start = 0
    while True:
        stop = start + _fitting(atoms[start : start + room // 5], room)
        yield atoms[start:stop]
        start = stop
        if start >= len(atoms):
            return


def _fitting(atoms: list[Atom], room: int) -> int:
    if str not in set(map(type, atoms)):
        # One tag and four bytes each; the head's four tags and the comma are paid from the slack.
        return min(len(atoms), (room - 8) // 5)
    used = 8
    for index, atom in enumerate(atoms):
        used += 1 + (len(_padded(atom)) if isinstance(atom, str) else 4)
        if used > room:
            return index
    return len(atoms)


def unnumbered_packet(kind: str, nonce: int, message: Mapping[str, Any]) -> bytes:
    """Return the one datagram of a short message outside the numbering.

    Its texts are numbered from 1 for this frame alone.
    """
    atoms = encode_message({"kind": kind, **message}, NumberedTexts())
    return pack_packet(ADDRESSES[kind], [nonce, UNNUMBERED, 0, 1, *atoms])


# ================================================================ 4. Link

WINDOW = 16
FIRST_RESEND_S = 0.03
LAST_RESEND_S = 0.5
_REPEATED_ACKS = 2


@dataclass(slots=True)
class _Flying:
    packet: bytes
    sent_at: float


class Link:
    """Numbering, acknowledgement and resending for one session, for either side.

    Pure: it has no socket, and the time in seconds is handed in. Not safe for several threads.

    Attributes:
        nonce: Of the session.
        heard_at: When something of the session was last received, in seconds.
    """

    def __init__(self, nonce: int, now: float, ack_address: str = ACK_ADDRESS) -> None:
        self.nonce = nonce
        self.heard_at = now
        self._ack_address = ack_address
        self._next_sequence = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._flying: dict[int, _Flying] = {}
        self._progress_at = now
        self._resend_s = FIRST_RESEND_S
        self._repeated_acks = 0
        self._resent_hole = -1
        self._expected = 0
        self._early: dict[int, Frame] = {}
        self._parts: list[Frame] = []
        self._is_ack_due = False

    @property
    def backlog(self) -> int:
        """How many datagrams wait or are not acknowledged."""
        return len(self._waiting) + len(self._flying)

    @property
    def held_parts(self) -> int:
        """How many datagrams of unfinished messages are kept."""
        return len(self._parts) + len(self._early)

    @property
    def is_confirmed(self) -> bool:
        """Whether the other side ever acknowledged anything."""
        return self._next_sequence > self.backlog

    def push(self, address: str, atoms: list[Atom]) -> None:
        """Take a message to be sent, in order, after those before it."""
        parts = list(split_atoms(address, atoms))
        if len(parts) > MAX_PARTS:
            raise OversizedError(f"a message may have {MAX_PARTS} parts, this one has {len(parts)}")
        for part, chunk in enumerate(parts):
            head = [self.nonce, self._next_sequence, part, len(parts)]
            self._waiting.append((self._next_sequence, pack_packet(address, [*head, *chunk])))
            self._next_sequence += 1

    def received(self, frame: Frame, now: float) -> list[Package]:
        """Take a numbered frame of the other side and return the messages that it completes."""
        self.heard_at = now
        self._is_ack_due = True
        if not self._expected <= frame.sequence < self._expected + 2 * WINDOW:
            return []
        self._early[frame.sequence] = frame
        packages = []
        while self._expected in self._early:
            self._parts.append(self._early.pop(self._expected))
            self._expected += 1
            if self._is_complete():
                packages.append(Package(tuple(self._parts)))
                self._parts = []
        return packages

    def _is_complete(self) -> bool:
        count = self._parts[0].part_count
        last = self._parts[-1]
        is_broken = count > MAX_PARTS or last.part_count != count
        return is_broken or last.part >= count - 1 or len(self._parts) >= count

    def received_ack(self, expected: int, now: float) -> None:
        """Take the other side's word that all before `expected` has arrived."""
        self.heard_at = now
        flying_from = min(self._flying, default=self._next_sequence)
        if expected == flying_from and self._flying:
            self._repeated_acks += 1
        if not flying_from < expected <= max(self._flying, default=-1) + 1:
            return
        for sequence in range(flying_from, expected):
            del self._flying[sequence]
        self._progress_at, self._resend_s, self._repeated_acks = now, FIRST_RESEND_S, 0

    def outgoing(self, now: float) -> list[bytes]:
        """Return the datagrams to send at this moment."""
        packets = []
        if self._is_ack_due:
            self._is_ack_due = False
            packets.append(pack_packet(self._ack_address, [self.nonce, self._expected]))
        packets.extend(self._resends(now))
        if not self._flying:
            self._progress_at = now
        while self._waiting and len(self._flying) < WINDOW:
            sequence, packet = self._waiting.popleft()
            self._flying[sequence] = _Flying(packet, now)
            packets.append(packet)
        return packets

    def _resends(self, now: float) -> Iterator[bytes]:
        if not self._flying:
            return
        sequence = min(self._flying)
        first = self._flying[sequence]
        is_late = now >= first.sent_at + self._resend_s
        is_hole = self._repeated_acks >= _REPEATED_ACKS and self._resent_hole != sequence
        if not is_late and not is_hole:
            return
        if is_late:
            self._resend_s = min(2 * self._resend_s, LAST_RESEND_S)
        self._resent_hole = sequence
        first.sent_at = now
        yield first.packet

    def next_deadline(self) -> float | None:
        """Return when `outgoing` has something to resend, None while nothing is under way."""
        if not self._flying:
            return None
        return self._flying[min(self._flying)].sent_at + self._resend_s

    def stalled_s(self, now: float) -> float:
        """Return for how many seconds the other side has left datagrams unacknowledged."""
        return now - self._progress_at if self._flying else 0.0


# ================================================================ 5. Client

_HELLO_WAIT_S = 0.25
_SILENCE_S = 0.5
_GIVE_UP_SILENCE_S = 3.0
_MAX_RECEIVE_BYTES = 65_536


class Client:
    """Finds the server, asks it, listens, and finds it again after a restart.

    Use it from one thread. `ask` waits for an answer; `start` and `poll` never block for longer
    than asked, so a host's timer can drive them.

    Attributes:
        welcome: What the server said to hello: its version and engines; None before that. Where
            engines come or go while `poll` is called, it is another one.
    """

    def __init__(
        self,
        name: str = "",
        ports: Iterable[int] = SERVER_PORTS,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self.welcome: Message | None = None
        self._name = name
        self._ports = tuple(ports)
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.0)
        self._pending: dict[int, Message] = {}
        self._last_request_id = 0
        self._pinged_at = self._waiting_since = self._clock()
        self._port_index = -1
        self._hello()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back; requests under way are not cancelled."""
        self._socket.close()

    def connect(self, timeout_s: float = 3.0) -> Message:
        """Return the server's welcome, waiting for it where it has not come yet.

        Raises:
            NotReachableError: No server answered in time.
            RequestFailedError: A server answered that it does not take this client.
        """
        deadline = self._clock() + timeout_s
        while self.welcome is None:
            left = deadline - self._clock()
            if left <= 0:
                raise NotReachableError(self._nobody())
            for message in self.poll(left):
                if message["kind"] == "error":
                    raise RequestFailedError(message["code"], message["sentence"])
        return self.welcome

    def _nobody(self) -> str:
        ports = ", ".join(map(str, self._ports))
        return f"no Reprise server answered on UDP port {ports}; start it with: reprise start"

    def start(self, request: Mapping[str, Any]) -> int:
        """Send a request and return its number; what comes of it comes from `poll`.

        A `request_id` is chosen where the request has none. It is sent again by itself where the
        server restarts before the last answer.
        """
        request_id = request.get("request_id")
        if request_id is None:
            self._last_request_id += 1
            request_id = self._last_request_id
        message = {**request, "request_id": request_id}
        encode_message(message, InlineTexts())
        if not self._pending:
            self._waiting_since = self._clock()
        self._pending[request_id] = message
        if self.welcome is not None:
            self._push(message)
        return int(request_id)

    def cancel(self, request_id: int) -> None:
        """Stop a request; its error reply with code 30 comes from `poll`."""
        if self.welcome is None:
            self._pending.pop(request_id, None)
            return
        self._push({"kind": "cancel", "request_id": request_id})
        self._flush()

    def ask(
        self,
        request: Mapping[str, Any],
        on_message: Callable[[Message], None] | None = None,
        timeout_s: float = 120.0,
    ) -> list[Message]:
        """Send a request, wait for its end, and return its answers in order.

        What comes about other requests meanwhile is dropped; use `start` and `poll` for several.

        Args:
            request: A plain dictionary as in docs/protocol.md; `request_id` may be left out.
            on_message: Called with every message about the request, the last one too.
            timeout_s: Cancel and give up after so many seconds.

        Returns:
            The results; for history and status the one reply.

        Raises:
            NotReachableError: No server answered, or it went and did not come back.
            RequestFailedError: The server ended the request with an error.
            TimeoutError: The time was up.
        """
        self.connect()
        request_id = self.start(request)
        results: dict[int, Message] = {}
        deadline = self._clock() + timeout_s
        while (left := deadline - self._clock()) > 0:
            for message in self.poll(left):
                if message.get("request_id") != request_id:
                    continue
                if on_message is not None:
                    on_message(message)
                if message["kind"] == "error":
                    raise RequestFailedError(message["code"], message["sentence"])
                if message["kind"] == "result":
                    results[message["index"]] = message
                elif message["kind"] == "done":
                    return [results[index] for index in sorted(results)]
                elif message["kind"] in LAST_WORDS:
                    return [message]
        self.cancel(request_id)
        self._pending.pop(request_id, None)
        if self.welcome is None:
            raise NotReachableError(self._nobody())
        raise TimeoutError(f"no answer within {timeout_s:g} seconds; try fewer bars or answers")

    def poll(self, timeout_s: float = 0.0) -> list[Message]:
        """Return the messages that came, waiting at most so many seconds for the first."""
        deadline = self._clock() + timeout_s
        while True:
            self._look_after_session()
            self._flush()
            now = self._clock()
            wake = min(self._next_wake(now), deadline)
            readable, _, _ = select.select([self._socket], [], [], max(0.0, wake - now))
            messages = self._receive() if readable else []
            self._flush()
            if messages or self._clock() >= deadline:
                return messages

    def _next_wake(self, now: float) -> float:
        wakes = [now + 0.25]
        resend = self._link.next_deadline()
        if resend is not None:
            wakes.append(resend)
        return min(wakes)

    def _hello(self) -> None:
        now = self._clock()
        self.welcome = None
        self._port_index += 1
        self._hello_until = now + _HELLO_WAIT_S
        self._texts = NumberedTexts()
        self._link = Link(self._chance.randint(MIN_INT32, MAX_INT32), now)
        self._server = ("127.0.0.1", self._ports[self._port_index % len(self._ports)])
        reply_port = self._socket.getsockname()[1]
        self._push({"kind": "hello", "reply_port": reply_port, "client": self._name})

    def _push(self, message: Message) -> None:
        atoms = encode_message(message, InlineTexts())
        self._link.push(ADDRESSES[message["kind"]], atoms)

    def _flush(self) -> None:
        for packet in self._link.outgoing(self._clock()):
            self._send(packet)

    def _send(self, packet: bytes) -> None:
        # A full buffer or a port without a listener is the same as a lost datagram.
        with contextlib.suppress(BlockingIOError, ConnectionError):
            self._socket.sendto(packet, self._server)

    def _look_after_session(self) -> None:
        now = self._clock()
        if self.welcome is None:
            if now >= self._hello_until:
                self._hello()
            return
        is_waiting = bool(self._pending) or self._link.backlog > 0
        silent_s = now - max(self._link.heard_at, self._waiting_since) if is_waiting else 0.0
        if not is_waiting:
            self._waiting_since = now
        if silent_s >= _GIVE_UP_SILENCE_S:
            self._reconnect()
        elif silent_s >= _SILENCE_S and now - self._pinged_at >= _SILENCE_S:
            self._pinged_at = now
            self._send(pack_packet(PING_ADDRESS, [self._link.nonce]))

    def _reconnect(self) -> None:
        self._port_index -= 1
        self._hello()

    def _receive(self) -> list[Message]:
        messages: list[Message] = []
        while True:
            try:
                packet, peer = self._socket.recvfrom(_MAX_RECEIVE_BYTES)
            except BlockingIOError:
                return messages
            except ConnectionError:
                continue  # Windows tells here that an earlier datagram found no listener.
            if peer == self._server:
                with contextlib.suppress(ProtocolError):
                    messages.extend(self._messages(parse_frame(packet)))

    def _messages(self, frame: Frame) -> Iterator[Message]:
        if frame.nonce != self._link.nonce:
            return
        if frame.address == ACK_ADDRESS + REPLY_SUFFIX:
            self._link.received_ack(frame.sequence, self._clock())
        elif frame.address == PING_ADDRESS + REPLY_SUFFIX:
            self._link.heard_at = self._clock()
        elif frame.address == HELLO_AGAIN_ADDRESS:
            self._reconnect()
        elif frame.sequence == UNNUMBERED:
            yield self._decoded(Package((frame,)), NumberedTexts())
        else:
            for package in self._link.received(frame, self._clock()):
                yield self._taken(self._decoded(package, self._texts))

    def _decoded(self, package: Package, texts: Texts) -> Message:
        return decode_message(kind_from_address(package.address), package.atoms(), texts)

    def _taken(self, message: Message) -> Message:
        if message["kind"] == "welcome":
            # One that was not asked for says that there are other engines now, and no more.
            requests = list(self._pending.values()) if self.welcome is None else []
            self.welcome = message
            self._waiting_since = self._clock()
            for request in requests:
                self._push(request)
        elif message["kind"] in LAST_WORDS:
            self._pending.pop(message["request_id"], None)
        return message
