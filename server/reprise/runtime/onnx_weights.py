"""Reads the weights out of an ONNX file, without ONNX Runtime and without the onnx package.

An ONNX file is a Protocol Buffers message: fields of a number and a kind. We need few of them:
ModelProto.graph (7), GraphProto.initializer (5), and of a TensorProto dims (1), data_type (2),
name (8) and raw_data (9).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reprise.errors import CorruptModelError

_GRAPH: Final = 7
_INITIALIZER: Final = 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_TYPES: Final = {1: "<f4", 2: "<u1", 3: "<i1", 7: "<i8"}


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Return the constants of a network's file by their names.

    Raises:
        CorruptModelError: The file is missing or no ONNX file.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        content = memoryview(path.read_bytes())
        graph = next(_parts(content, _GRAPH))
        return dict(_tensor(tensor) for tensor in _parts(graph, _INITIALIZER))
    except (OSError, StopIteration, IndexError, KeyError, ValueError) as error:
        raise CorruptModelError(
            f"{shown} cannot be read as a network ({type(error).__name__}); install the model again"
        ) from error


def _tensor(message: memoryview) -> tuple[str, NDArray[Any]]:
    dims: list[int] = []
    numbers: dict[int, int] = {}
    parts: dict[int, memoryview] = {}
    for number, value in _fields(message):
        if number == _DIMS:
            dims += [value] if isinstance(value, int) else list(_varints(value))
        elif isinstance(value, int):
            numbers[number] = value
        else:
            parts[number] = value
    values = np.frombuffer(parts[_RAW_DATA], _TYPES[numbers[_DATA_TYPE]])
    return bytes(parts[_NAME]).decode("utf-8"), values.reshape(dims)


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the messages within a message that a field's number names."""
    for number, value in _fields(message):
        if number == wanted and isinstance(value, memoryview):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield each field's number and its value: an int, or a view of its bytes."""
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


def _size(message: memoryview, at: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(message, at)
    return {_FIXED64: 8, _FIXED32: 4}[kind], at


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number at a place and the place after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varints(message: memoryview) -> Iterator[int]:
    at = 0
    while at < len(message):
        value, at = _varint(message, at)
        yield value
