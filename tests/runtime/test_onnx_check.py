"""What a network's file may hold: a plain graph of operators that we write, and nothing else."""

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

from onnx import ModelProto, TensorProto, helper, numpy_helper

from reprise.engines import checkpoint
from reprise.errors import CorruptModelError
from reprise.runtime.onnx_check import ENSEMBLE_OPERATORS, check_graph

MOST = 1_000_000
FLOAT = TensorProto.FLOAT


def plain() -> ModelProto:
    """A graph that adds a weight."""
    weight = numpy_helper.from_array(np.ones(3, np.float32), "weight")
    node = helper.make_node("Add", ["x", "weight"], ["y"])
    infos = [helper.make_tensor_value_info(name, FLOAT, [3]) for name in ("x", "y")]
    graph = helper.make_graph([node], "plain", infos[:1], infos[1:], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])


def written(folder: Path, change: Callable[[ModelProto], None]) -> Path:
    """The file of a plain graph with a change."""
    model = plain()
    change(model)
    path = folder / "mine" / "network.onnx"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def test_our_own_graphs_pass() -> None:
    model = checkpoint.read("ensemble-s-v1")
    path = model.network("decode")

    check_graph(path, ENSEMBLE_OPERATORS, path.stat().st_size)


def unknown_operator(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Loop", ["x"], ["z"]))


def unknown_domain(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Add", ["x", "x"], ["z"], domain="evil.domain"))


def external_weights(model: ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def graph_within(model: ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("body", plain().graph))


def functions(model: ModelProto) -> None:
    node = helper.make_node("Add", ["a", "a"], ["b"])
    opset = [helper.make_opsetid("", 21)]
    model.functions.append(helper.make_function("own", "F", ["a"], ["b"], [node], opset))


def external_attribute(model: ModelProto) -> None:
    tensor = numpy_helper.from_array(np.ones(2, np.float32), "hidden")
    tensor.data_location = TensorProto.EXTERNAL
    model.graph.node[0].attribute.append(helper.make_attribute("value", tensor))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (unknown_operator, "operator 'Loop'"),
        (unknown_domain, "evil.domain.Add"),
        (external_weights, "another file"),
        (external_attribute, "another file"),
        (graph_within, "graph within"),
        (functions, "functions of its own"),
    ],
)
def test_a_hostile_graph_is_refused_in_words(
    tmp_path: Path, change: Callable[[ModelProto], None], word: str
) -> None:
    path = written(tmp_path, change)

    with pytest.raises(CorruptModelError, match=word) as caught:
        check_graph(path, ENSEMBLE_OPERATORS, MOST)
    assert "mine/network.onnx" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_larger_than_its_settings_say_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, lambda _: None)
    check_graph(path, ENSEMBLE_OPERATORS, path.stat().st_size)

    with pytest.raises(CorruptModelError, match="settings allow"):
        check_graph(path, ENSEMBLE_OPERATORS, path.stat().st_size - 1)


def test_cut_and_changed_files_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, lambda _: None)
    whole = path.read_bytes()
    chance = random.Random(3)
    for _ in range(2000):
        changed = bytearray(whole[: chance.randrange(len(whole) + 1)])
        for _ in range(chance.randrange(4)):
            if changed:
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        path.write_bytes(changed)
        with contextlib.suppress(CorruptModelError):
            check_graph(path, ENSEMBLE_OPERATORS, MOST)
