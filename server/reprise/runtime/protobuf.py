"""Reads the fields of a Protocol Buffers message, which is what an ONNX file is."""

from collections.abc import Iterator
from typing import Final

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield each field's number and its value: an int, or a view of its bytes.

    Raises:
        ValueError: It is no such message, or a part of it is missing.
        IndexError: The same.
        KeyError: The same.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        size, at = _size(message, at, kind)
        if at + size > len(message):
            raise ValueError(f"a field of {size} bytes ends after the file")
        yield number, message[at : at + size]
        at += size


def parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the messages within a message that a field's number names."""
    for number, value in fields(message):
        if number == wanted and isinstance(value, memoryview):
            yield value


def varints(message: memoryview) -> Iterator[int]:
    """Yield the numbers that are packed one after another."""
    at = 0
    while at < len(message):
        value, at = _varint(message, at)
        yield value


def _size(message: memoryview, at: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(message, at)
    return {_FIXED64: 8, _FIXED32: 4}[kind], at


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number at a place and the place after it."""
    value = 0
    for index in range(_LONGEST_VARINT):
        byte = message[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("a number does not end")
