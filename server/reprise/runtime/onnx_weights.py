"""Reads the weights out of an ONNX file, without ONNX Runtime and without the onnx package.

An ONNX file is a Protocol Buffers message: fields of a number and a kind. We need few of them:
ModelProto.graph (7), GraphProto.initializer (5), and of a TensorProto dims (1), data_type (2),
name (8) and raw_data (9).
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reprise.errors import CorruptModelError
from reprise.runtime.protobuf import fields, parts, varints

_GRAPH: Final = 7
_INITIALIZER: Final = 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_TYPES: Final = {1: "<f4", 2: "<u1", 3: "<i1", 7: "<i8"}


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Return the constants of a network's file by their names.

    Raises:
        CorruptModelError: The file is missing or no ONNX file.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        content = memoryview(path.read_bytes())
        graph = next(parts(content, _GRAPH))
        return dict(_tensor(tensor) for tensor in parts(graph, _INITIALIZER))
    except (OSError, StopIteration, IndexError, KeyError, ValueError) as error:
        raise CorruptModelError(
            f"{shown} cannot be read as a network ({type(error).__name__}); install the model again"
        ) from error


def _tensor(message: memoryview) -> tuple[str, NDArray[Any]]:
    dims: list[int] = []
    numbers: dict[int, int] = {}
    found: dict[int, memoryview] = {}
    for number, value in fields(message):
        if number == _DIMS:
            dims += [value] if isinstance(value, int) else list(varints(value))
        elif isinstance(value, int):
            numbers[number] = value
        else:
            found[number] = value
    values = np.frombuffer(found[_RAW_DATA], _TYPES[numbers[_DATA_TYPE]])
    return bytes(found[_NAME]).decode("utf-8"), values.reshape(dims)
