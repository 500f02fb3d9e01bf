"""Messages as plain dictionaries: the one form for the history, fixtures, files and HTTP.

Both directions are built once from the dataclasses' own type hints, so a new field of a message is
known here without a word. Reading is strict: what is unknown, missing, of another type or too
large is named by its path, such as `source.voices[0].notes[3].pitch`.
"""

import dataclasses
import math
import operator
import types
import typing
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache
from typing import Any

from reprise.errors import InvalidRequestError, MalformedMessageError, TooLargeError
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.music.voice import Voice
from reprise.service.messages import (
    CLIENT_MESSAGES,
    MAX_MARKS,
    MAX_NAME_LENGTH,
    MAX_NOTES,
    MAX_VOICES,
    SERVER_MESSAGES,
    Message,
)

MAX_SENTENCE_LENGTH = 2000
MAX_NUMBER = 2**53
"""Beyond it a float64, and so JSON in most languages, skips whole numbers."""

Hint = Any
"""A class, or what `typing` makes of several; nothing narrower names both."""
Value = Any
"""What a hint describes; only the hint knows its type."""
Encode = Callable[[Value], Value]
Decode = Callable[[object], Value]

MESSAGES_BY_KIND: dict[str, type[Message]] = {
    message.kind: message for message in (*CLIENT_MESSAGES, *SERVER_MESSAGES)
}


def to_plain(message: Message) -> dict[str, Any]:
    """Return a message as dictionaries, lists, strings and numbers, with its `kind` first.

    Every field is written; only notes leave out what is at its default.
    """
    kind: Hint = type(message)
    return {"kind": message.kind, **_encoder(kind)(message)}


def from_plain(plain: object) -> Message:
    """Return the message that a plain dictionary holds; fields with a default may be left out.

    Raises:
        MalformedMessageError: It is no message; the sentence names the field.
        TooLargeError: A text, list or number is over its bound.
        InvalidRequestError: A value is out of its range.
    """
    if not isinstance(plain, dict):
        raise MalformedMessageError(
            f"a message is an object with a 'kind', got {_shown(plain)}; see docs/protocol.md"
        )
    kind = plain.get("kind")
    found = MESSAGES_BY_KIND.get(kind) if isinstance(kind, str) else None
    if found is None:
        raise MalformedMessageError(
            f"kind: {_shown(kind)} is no kind of message; "
            f"those of this version are {', '.join(MESSAGES_BY_KIND)}"
        )
    fields = {name: value for name, value in plain.items() if name != "kind"}
    return typing.cast("Message", _decoded(found, fields))


def score_to_plain(score: Score) -> dict[str, Any]:
    """Return a score as dictionaries, lists, strings and numbers."""
    return typing.cast("dict[str, Any]", _encoder(Score)(score))


def score_from_plain(plain: object) -> Score:
    """Return the score that a plain dictionary holds; raises as `from_plain` does."""
    return typing.cast("Score", _decoded(Score, plain))


def _decoded(found: Hint, plain: object) -> object:
    limit = MAX_NAME_LENGTH if found in CLIENT_MESSAGES else MAX_SENTENCE_LENGTH
    try:
        return _decoder(found, limit)(plain)
    except _FieldError as error:
        raise error.named() from error.__cause__


class _FieldError(Exception):
    """What is wrong with a value; each container on the way out adds where it was."""

    def __init__(self, kind: type[InvalidRequestError], sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.steps: list[str] = []

    def named(self) -> InvalidRequestError:
        path = "".join(reversed(self.steps)).lstrip(".")
        return self.kind(f"{path}: {self}" if path else str(self))


def _malformed(sentence: str) -> _FieldError:
    return _FieldError(MalformedMessageError, sentence)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value) if len(value) <= 60 else f"{value[:57]!r}..."
    if type(value) is int:
        return _shown_number(value)
    return repr(value) if isinstance(value, float | bool | None) else type(value).__name__


# ---------------------------------------------------------------- writing


def _origin(hint: Hint) -> Hint:
    return typing.get_origin(hint)


def _same(value: Value) -> Value:
    return value


@cache
def _encoder(hint: Hint) -> Encode:
    if dataclasses.is_dataclass(hint):
        return _sparse_encoder(hint) if hint is Note else _dataclass_encoder(hint)
    inner = [_encoder(part) for part in typing.get_args(hint) if part is not Ellipsis]
    if _origin(hint) is tuple:
        return _tuple_encoder(inner, is_fixed=Ellipsis not in typing.get_args(hint))
    if inner:
        return _optional_encoder(inner)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return lambda value: value.value
    return _same


def _dataclass_encoder(kind: Hint) -> Encode:
    parts = [(name, _encoder(hint)) for name, hint in _fields(kind).items()]
    return lambda value: {name: encode(getattr(value, name)) for name, encode in parts}


def _sparse_encoder(kind: Hint) -> Encode:
    names = [field.name for field in dataclasses.fields(kind)]
    defaults = [field.default for field in dataclasses.fields(kind)]
    values = operator.attrgetter(*names)

    def encode(value: Value) -> dict[str, Any]:
        triples = zip(names, values(value), defaults)
        return {name: found for name, found, default in triples if found != default}

    return encode


def _tuple_encoder(inner: list[Encode], *, is_fixed: bool) -> Encode:
    if is_fixed:
        return lambda value: [encode(part) for encode, part in zip(inner, value, strict=True)]
    first = inner[0]
    return list if first is _same else lambda value: [first(part) for part in value]


def _optional_encoder(inner: list[Encode]) -> Encode:
    encode = inner[0]
    return lambda value: None if value is None else encode(value)


# ---------------------------------------------------------------- reading


@cache
def _fields(kind: Hint) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


@cache
def _decoder(hint: Hint, text_limit: int) -> Decode:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if hint is str:
        return _text_decoder(text_limit)
    if dataclasses.is_dataclass(hint):
        return _dataclass_decoder(hint, text_limit)
    if _origin(hint) is tuple:
        return _tuple_decoder(hint, text_limit)
    if _origin(hint) is types.UnionType:
        return _optional_decoder(_decoder(typing.get_args(hint)[0], text_limit))
    return _enum_decoder(hint)


def _decode_int(value: object) -> int:
    if type(value) is not int:  # a bool is an int to isinstance
        raise _malformed(f"a whole number is wanted, got {_shown(value)}")
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise _FieldError(TooLargeError, f"numbers go up to 2**53, got {_shown_number(value)}")
    return value


def _decode_float(value: object) -> float:
    if type(value) is not float:
        if type(value) is not int:
            raise _malformed(f"a number is wanted, got {_shown(value)}")
        return float(_decode_int(value))
    if not math.isfinite(value):
        raise _malformed(f"a number that has an end is wanted, got {value}")
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise _FieldError(TooLargeError, f"numbers go up to 2**53, got {value:g}")
    return value


def _shown_number(value: int) -> str:
    # Python refuses to print integers of more than 4,300 digits.
    return f"{value:d}" if value.bit_length() < 100 else f"one of {value.bit_length()} bits"


def _decode_bool(value: object) -> bool:
    if type(value) is not bool:
        raise _malformed(f"true or false is wanted, got {_shown(value)}")
    return value


_SCALARS: dict[Any, Decode] = {int: _decode_int, float: _decode_float, bool: _decode_bool}


def _text_decoder(limit: int) -> Decode:
    def decode(value: object) -> str:
        if type(value) is not str:
            raise _malformed(f"a text is wanted, got {_shown(value)}")
        if len(value) > limit:
            raise _FieldError(
                TooLargeError, f"a text has at most {limit} characters, got {len(value)}"
            )
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise _malformed("a text holds a zero or half a surrogate pair; send valid UTF-8")
        return value

    return decode


def _enum_decoder(kind: Hint) -> Decode:
    members = {member.value: member for member in kind}

    def decode(value: object) -> StrEnum:
        if not isinstance(value, str) or value not in members:
            raise _malformed(f"one of {', '.join(members)} is wanted, got {_shown(value)}")
        return typing.cast("StrEnum", members[value])

    return decode


def _optional_decoder(inner: Decode) -> Decode:
    return lambda value: None if value is None else inner(value)


def _tuple_decoder(hint: Hint, text_limit: int) -> Decode:
    parts = typing.get_args(hint)
    if parts[-1] is not Ellipsis:
        return _fixed_tuple_decoder([_decoder(part, text_limit) for part in parts])
    inner, limit = _decoder(parts[0], text_limit), _length_limit(parts[0])

    def decode(value: object) -> tuple[Any, ...]:
        items = _list(value)
        if len(items) > limit:
            raise _FieldError(TooLargeError, f"at most {limit} are taken here, got {len(items)}")
        return tuple(_each(inner, items))

    return decode


def _length_limit(part: Hint) -> int:
    if part in (Note, int):
        return MAX_NOTES
    return MAX_VOICES if part in (Voice, tuple[Note, ...]) else MAX_MARKS


def _fixed_tuple_decoder(inner: list[Decode]) -> Decode:
    def decode(value: object) -> tuple[Any, ...]:
        items = _list(value)
        if len(items) != len(inner):
            raise _malformed(f"a list of {len(inner)} is wanted, got {len(items)}")
        return tuple(_each(lambda pair: pair[0](pair[1]), zip(inner, items, strict=True)))

    return decode


def _list(value: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _malformed(f"a list is wanted, got {_shown(value)}")
    return value


def _each(inner: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    try:
        for item in items:
            found.append(inner(item))  # noqa: PERF401 - the length says which item failed
    except _FieldError as error:
        error.steps.append(f"[{len(found)}]")
        raise
    return found


def _dataclass_decoder(kind: Hint, text_limit: int) -> Decode:
    decoders = {name: _decoder(hint, text_limit) for name, hint in _fields(kind).items()}
    missing_value = dataclasses.MISSING
    required = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is missing_value and field.default_factory is missing_value
    ]

    def decode(value: object) -> Value:
        if not isinstance(value, dict):
            raise _malformed(f"an object is wanted, got {_shown(value)}")
        _check_keys(value, decoders, required)
        found = {}
        name = ""
        try:
            for name, item in value.items():
                found[name] = decoders[name](item)
        except _FieldError as error:
            error.steps.append(f".{name}")
            raise
        return _made(kind, found)

    return decode


def _check_keys(value: dict[Any, Any], known: dict[str, Decode], required: list[str]) -> None:
    if not value.keys() <= known.keys():
        unknown = next(key for key in value if key not in known)
        raise _malformed(f"there is no key {_shown(unknown)}; known are {', '.join(known)}")
    for name in required:
        if name not in value:
            raise _malformed(f"the key {name!r} is missing")


def _made(kind: Hint, found: dict[str, Value]) -> Value:
    try:
        return kind(**found)
    except InvalidRequestError as error:
        raise _FieldError(type(error), str(error)) from error
