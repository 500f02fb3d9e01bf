"""Looks an ONNX file through before ONNX Runtime sees it: nothing but what our own graphs use.

A graph is a program. One that came from somewhere else may name operators that we never write,
keep its weights in files elsewhere, hold graphs within graphs or functions of its own, or be larger
than its settings say. All of that is refused here, by reading the message's structure alone.
"""

from pathlib import Path
from typing import Final

from reprise.errors import CorruptModelError
from reprise.runtime.protobuf import fields, parts

MOST_NODES: Final = 20_000

Operator = tuple[str, str]
"""Domain, "" for ONNX's own, and name."""

_MICROSOFT: Final = "com.microsoft"

ENSEMBLE_OPERATORS: Final[frozenset[Operator]] = frozenset(
    [
        ("", "Abs"),
        ("", "Add"),
        ("", "Concat"),
        ("", "Expand"),
        ("", "Gather"),
        ("", "MatMul"),
        ("", "Mul"),
        ("", "QuantizeLinear"),
        ("", "ReduceMax"),
        ("", "Reshape"),
        ("", "ScatterND"),
        ("", "Shape"),
        ("", "SimplifiedLayerNormalization"),
        ("", "Softmax"),
        ("", "Split"),
        ("", "Tanh"),
        ("", "Transpose"),
        (_MICROSOFT, "FusedMatMul"),
        (_MICROSOFT, "MatMulIntegerToFloat"),
        (_MICROSOFT, "MatMulNBits"),
        (_MICROSOFT, "QuickGelu"),
        (_MICROSOFT, "RotaryEmbedding"),
        (_MICROSOFT, "SkipSimplifiedLayerNormalization"),
    ]
)
"""What the graphs of the ensemble network are made of."""

# Numbers of fields, as onnx.proto has them.
_GRAPH, _TRAINING, _FUNCTIONS = 7, 20, 25
_NODE, _INITIALIZER, _SPARSE_INITIALIZER = 1, 5, 15
_OPERATOR, _ATTRIBUTE, _DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPHS = 5, (6, 11)
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def check_graph(path: Path, operators: frozenset[Operator], most_bytes: int) -> None:
    """Refuse a network's file that holds anything but a plain graph of known operators.

    Args:
        path: The file.
        operators: Those that it may be made of.
        most_bytes: Its largest size.

    Raises:
        CorruptModelError: It is missing, too large, no ONNX file, or holds something else; the
            sentence says what.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise CorruptModelError(
                f"{shown} has {size} bytes where its settings allow {most_bytes}; it was not "
                "loaded. Get the model again from where it was made"
            )
        found = _objection(memoryview(path.read_bytes()), operators)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise CorruptModelError(
            f"{shown} cannot be read as a network ({type(error).__name__}); install the model again"
        ) from error
    if found:
        raise CorruptModelError(
            f"{shown} {found}, which no network of Reprise does; it was not loaded. Get the model "
            "again from where it was made, if you trust whoever made it"
        )


def _objection(model: memoryview, operators: frozenset[Operator]) -> str:
    """Return what a model holds that it must not, as words that follow its name, or ""."""
    graphs: list[memoryview] = []
    for number, value in fields(model):
        if number in (_TRAINING, _FUNCTIONS):
            return "brings functions of its own"
        if number == _GRAPH and isinstance(value, memoryview):
            graphs.append(value)
    if len(graphs) != 1:
        raise ValueError(f"{len(graphs)} graphs")
    return _graph_objection(graphs[0], operators)


def _graph_objection(graph: memoryview, operators: frozenset[Operator]) -> str:
    nodes = 0
    for number, value in fields(graph):
        if not isinstance(value, memoryview):
            continue
        if number == _SPARSE_INITIALIZER:
            return "holds sparse weights"
        found = ""
        if number == _NODE:
            nodes += 1
            found = _node_objection(value, operators)
        elif number == _INITIALIZER:
            found = _tensor_objection(value)
        if found:
            return found
    return f"has {nodes} nodes" if nodes > MOST_NODES else ""


def _node_objection(node: memoryview, operators: frozenset[Operator]) -> str:
    texts = {_OPERATOR: "", _DOMAIN: ""}
    for number, value in fields(node):
        if number in texts and isinstance(value, memoryview):
            texts[number] = bytes(value).decode("utf-8")
        elif number == _ATTRIBUTE and isinstance(value, memoryview):
            found = _attribute_objection(value)
            if found:
                return found
    operator = (texts[_DOMAIN], texts[_OPERATOR])
    if operator in operators:
        return ""
    return f"uses the operator {'.'.join(filter(None, operator))[:80]!r}"


def _attribute_objection(attribute: memoryview) -> str:
    if any(number in _ATTRIBUTE_GRAPHS for number, _ in fields(attribute)):
        return "holds a graph within its graph"
    for tensor in parts(attribute, _ATTRIBUTE_TENSOR):
        found = _tensor_objection(tensor)
        if found:
            return found
    return ""


def _tensor_objection(tensor: memoryview) -> str:
    for number, value in fields(tensor):
        if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0):
            return "keeps weights in another file"
    return ""
