"""ONNX graphs of the ensemble network, built node by node.

One graph reads S new tokens of B candidates (N = B * S rows) that share a prompt of P tokens and
own T slots each. A prompt itself is read as one candidate, chunk by chunk.

Axes: N rows, ordered (candidate, token); G heads of keys and values, R = heads / G queries for
each; P tokens of the prompt; T slots of a candidate; D size of a head; V tokens of the vocabulary.

Inputs: `features` (N, F) rows of the table; `cosines`, `sines` (N, D / 2); `rows` (N, 1), counted
from 0; `wanted` (W) rows whose logits are wanted; `places` (N, G, 1, 3) where in the slots each
row's keys and values go; `mask` (S * R, T) or (1, T), added to the scores of a candidate's own
slots; `prompt_key_i`, `prompt_value_i` (G, P, D) and `own_key_i`, `own_value_i` (G, B, T, D) of
every block. Outputs: `logits` (W, V) and
`new_key_i`, `new_value_i`: the own ones with the new rows, bound to the same memory.

No row depends on another but through attention: what a candidate hears does not change with the
number of candidates.
"""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from reprise.runtime.ensemble_model import FEATURES, EnsembleShape

Weights = Mapping[str, NDArray[np.float32]]

OPSET = 21
IR_VERSION = 10
EPSILON = 1e-6
LARGEST_LOGIT = 30.0
BLOCK_SIZE = 32
"""Weights that share a scale where they have 4 bits."""

LARGEST_WEIGHT = 63
"""Weights of 8 bits use 7: processors without 8-bit dot products add pairs of products of a
weight and an activation in 16 bits, where larger ones would not fit."""

ZERO_ACTIVATION = 128
_EXTRA = "com.microsoft"


class Precision(StrEnum):
    """How weights are kept.

    `INT8` has one scale a column and quantises activations row by row; `INT4` has one scale for
    every 32 weights of a column.
    """

    FP32 = "fp32"
    INT8 = "int8"
    INT4 = "int4"


def build(shape: EnsembleShape, weights: Weights, precision: Precision) -> onnx.ModelProto:
    """Return the graph of a network.

    Args:
        shape: Its shape.
        weights: Its weights, named as `reprise.networks.ensemble.EnsembleNetwork` names them.
        precision: How the matrices are kept; the table, norms and attention stay in fp32.
    """
    return _Builder(shape, weights, precision).model()


class _Builder:
    """Gathers nodes, weights, inputs and outputs."""

    def __init__(self, shape: EnsembleShape, weights: Weights, precision: Precision) -> None:
        self._shape = shape
        self._weights = weights
        self._linear = {
            Precision.FP32: self._linear_fp32,
            Precision.INT8: self._linear_int8,
            Precision.INT4: self._linear_int4,
        }[precision]
        self._nodes: list[NodeProto] = []
        self._counted = "features"
        self._zeroed: set[str] = set()
        self._constants: dict[str, TensorProto] = {}
        self._inputs: list[ValueInfoProto] = []
        self._outputs: list[ValueInfoProto] = []

    def model(self) -> onnx.ModelProto:
        """Return the whole graph."""
        self._common_inputs()
        self._dimensions()
        stream = self._embedding()
        heard = self._op(
            "SimplifiedLayerNormalization",
            [stream, self._gain("blocks.0.attention_norm")],
            "heard_0",
            axis=-1,
            epsilon=EPSILON,
        )
        for block in range(self._shape.layers):
            stream, heard = self._block(block, stream, heard)
        self._head(heard)
        graph = helper.make_graph(
            self._nodes, "ensemble", self._inputs, self._outputs, list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_EXTRA, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)

    def _common_inputs(self) -> None:
        half, groups = self._shape.head_size // 2, self._shape.key_heads
        self._input("features", TensorProto.INT64, ["N", FEATURES])
        self._input("cosines", TensorProto.FLOAT, ["N", half])
        self._input("sines", TensorProto.FLOAT, ["N", half])
        self._input("rows", TensorProto.INT64, ["N", 1])
        self._input("wanted", TensorProto.INT64, ["W"])
        self._input("places", TensorProto.INT64, ["N", groups, 1, 3])
        self._input("mask", TensorProto.FLOAT, ["Q", "T"])

    def _dimensions(self) -> None:
        """Write the nodes that find how many candidates and tokens there are."""
        shape = self._shape
        groups, size = shape.key_heads, shape.head_size
        self._op("Shape", ["own_key_0"], "candidates", start=1, end=2)
        self._op("Shape", ["own_key_0"], "slots", start=2, end=3)
        self._op("Shape", ["prompt_key_0"], "prompt", start=1, end=2)
        ahead = self._constant("ahead", np.array([groups], np.int64))
        self._op(
            "Concat",
            [ahead, "candidates", self._constant("query_rest", np.array([-1, size], np.int64))],
            "by_candidate",
            axis=0,
        )
        self._op(
            "Concat",
            [ahead, "candidates", self._constant("rest", np.array([-1], np.int64)), "slots"],
            "weights_by_candidate",
            axis=0,
        )
        rows = self._constant("score_rows", np.array([groups, -1], np.int64))
        self._op("Concat", [rows, "slots"], "own_score_shape", axis=0)
        self._op("Concat", ["prompt", "slots"], "tiers", axis=0)

    def _embedding(self) -> str:
        self._constant("table", self._weights["table"])
        self._op("Gather", ["table", "features"], "feature_rows")
        # A product with ones, since ReduceSum adds up in an order that depends on N.
        ones = self._constant("ones", np.ones((1, FEATURES), np.float32))
        summed = self._matmul(ones, "feature_rows", "summed")
        return self._reshape(summed, "embedded", [-1, self._shape.width])

    def _block(self, block: int, stream: str, heard: str) -> tuple[str, str]:
        name = f"blocks.{block}."
        attended = self._attention(block, heard)
        is_last = block == self._shape.layers - 1
        if is_last:
            attended, stream = self._wanted(attended), self._wanted(stream)
            self._counted = "wanted"
        out = self._linear(attended, name + "attention_out")
        stream, heard = self._add_and_norm(stream, out, name + "feed_norm")
        mixed = self._linear(heard, name + "feed_in")
        self._split(mixed, [name + "gate", name + "carried"], axis=-1)
        opened = self._op("QuickGelu", [name + "gate"], name + "opened", _EXTRA, alpha=1.0)
        fed = self._op("Mul", [opened, name + "carried"], name + "fed")
        out = self._linear(fed, name + "feed_out")
        norm = "norm" if is_last else f"blocks.{block + 1}.attention_norm"
        return self._add_and_norm(stream, out, norm)

    def _wanted(self, rows: str) -> str:
        """Return the rows whose logits are wanted (W, ...); of others, keys and values count."""
        return self._op("Gather", [rows, "wanted"], rows + ".wanted", axis=0)

    def _add_and_norm(self, stream: str, added: str, norm: str) -> tuple[str, str]:
        new, normed = norm + ".stream", norm + ".normed"
        self._nodes.append(
            helper.make_node(
                "SkipSimplifiedLayerNormalization",
                [stream, added, self._gain(norm)],
                [normed, "", "", new],
                domain=_EXTRA,
                epsilon=EPSILON,
            )
        )
        return new, normed

    def _attention(self, block: int, heard: str) -> str:
        """Return what the heads hear (N, heads * D): one softmax over prompt and own tokens."""
        name, groups = f"blocks.{block}.", self._shape.key_heads
        query = self._heads(block, heard)
        by_candidate = self._op("Reshape", [query, "by_candidate"], name + "query_by_candidate")
        prompt_scores = self._matmul(
            query, f"prompt_key_{block}", name + "prompt_scores", transposed=True
        )
        own = self._matmul(by_candidate, f"new_key_{block}", name + "own_scores", transposed=True)
        masked = self._op("Add", [own, "mask"], name + "own_masked")
        own_scores = self._op("Reshape", [masked, "own_score_shape"], name + "own_score_rows")
        both = self._op("Concat", [prompt_scores, own_scores], name + "scores", axis=-1)
        weights = self._op("Softmax", [both], name + "weights", axis=-1)
        self._nodes.append(
            helper.make_node(
                "Split", [weights, "tiers"], [name + "prompt_part", name + "own_part"], axis=-1
            )
        )
        prompt = self._matmul(name + "prompt_part", f"prompt_value_{block}", name + "from_prompt")
        own_part = self._op(
            "Reshape", [name + "own_part", "weights_by_candidate"], name + "own_weights"
        )
        own = self._matmul(own_part, f"new_value_{block}", name + "own_values")
        own = self._reshape(own, name + "from_own", [groups, -1, self._d])
        heads = self._op("Add", [prompt, own], name + "heads")
        together = self._shape.heads // groups * self._d
        heads = self._reshape(heads, name + "by_group", [groups, -1, together])
        rows = self._op("Transpose", [heads], name + "by_row", perm=[1, 0, 2])
        return self._reshape(rows, name + "attended", [-1, groups * together])

    @property
    def _d(self) -> int:
        return self._shape.head_size

    def _heads(self, block: int, heard: str) -> str:
        """Return turned queries (G, N * R, D), scaled; put keys and values in their slots."""
        shape, name = self._shape, f"blocks.{block}."
        mixed = self._linear(heard, name + "query_key_value")
        count = shape.heads + 2 * shape.key_heads
        mixed = self._reshape(mixed, name + "mixed_heads", [-1, count, 1, self._d])
        sizes = np.array([shape.heads, shape.key_heads, shape.key_heads], np.int64)
        parts = [name + part for part in ("query", "key", "value")]
        self._nodes.append(
            helper.make_node("Split", [mixed, self._constant("head_counts", sizes)], parts, axis=1)
        )
        query = self._turned(parts[0], name + "query_norm", self._d**-0.5)
        key = self._turned(parts[1], name + "key_norm", 1.0)
        for kind, rows in (("key", key), ("value", parts[2])):
            self._caches(block, kind)
            self._op("ScatterND", [f"own_{kind}_{block}", "places", rows], f"new_{kind}_{block}")
        together = shape.heads // shape.key_heads * self._d
        grouped = self._reshape(query, name + "query_groups", [-1, shape.key_heads, together])
        first = self._op("Transpose", [grouped], name + "groups_first", perm=[1, 0, 2])
        return self._reshape(first, name + "query_rows", [shape.key_heads, -1, self._d])

    def _turned(self, vectors: str, norm: str, scale: float) -> str:
        gain = self._constant(norm, self._weights[norm] * np.float32(scale))
        normed = self._op(
            "SimplifiedLayerNormalization",
            [vectors, gain],
            vectors + ".normed",
            axis=-1,
            epsilon=EPSILON,
        )
        inputs = [normed, "rows", "cosines", "sines"]
        return self._op("RotaryEmbedding", inputs, vectors + ".turned", _EXTRA)

    def _caches(self, block: int, kind: str) -> None:
        groups, size = self._shape.key_heads, self._d
        own: list[int | str] = [groups, "B", "T", size]
        self._input(f"prompt_{kind}_{block}", TensorProto.FLOAT, [groups, "P", size])
        self._input(f"own_{kind}_{block}", TensorProto.FLOAT, own)
        self._output(f"new_{kind}_{block}", TensorProto.FLOAT, own)

    def _head(self, heard: str) -> None:
        head = self._weights["table"][: self._shape.tokens] / np.float32(LARGEST_LOGIT)
        self._weights = {**self._weights, "head.weight": head}
        found = self._linear(heard, "head")
        bounded = self._op("Tanh", [found], "bounded")
        limit = self._constant("largest_logit", np.float32(LARGEST_LOGIT))
        self._op("Mul", [bounded, limit], "logits")
        self._output("logits", TensorProto.FLOAT, ["W", self._shape.tokens])

    def _linear_fp32(self, rows: str, name: str) -> str:
        matrix = self._constant(name, self._weights[name + ".weight"].T)
        return self._op("MatMul", [rows, matrix], name + ".out")

    def _linear_int8(self, rows: str, name: str) -> str:
        """Quantise each row by its largest number, multiply in integers, and scale back."""
        matrix, scales = quantised_int8(self._weights[name + ".weight"])
        one = self._constant("one", np.float32(1.0))
        zero = self._constant("zero_activation", np.uint8(ZERO_ACTIVATION))
        axis = self._constant("last_axis", np.array([-1], np.int64))
        step = self._constant("activation_step", np.float32(1.0 / (ZERO_ACTIVATION - 1)))
        zeros = self._zeros()
        sizes = self._op("Abs", [rows], name + ".sizes")
        largest = self._op("ReduceMax", [sizes, axis], name + ".largest", keepdims=1)
        row_scale = self._op("Mul", [largest, step], name + ".row_scale")
        whole = self._op(
            "QuantizeLinear",
            [rows, row_scale, zeros],
            name + ".whole",
            axis=1,
            block_size=len(matrix),
        )
        kept = self._constant(name, matrix)
        columns = self._constant(name + ".scales", scales)
        inputs = [whole, kept, one, columns, zero]
        out = self._op("MatMulIntegerToFloat", inputs, name + ".product", _EXTRA)
        return self._op("Mul", [out, row_scale], name + ".out")

    def _zeros(self) -> str:
        """Return the zero of quantised activations for each of the rows at hand, N or W."""
        name = f"zeros_of_{self._counted}"
        if name not in self._zeroed:
            self._zeroed.add(name)
            count = self._op("Shape", [self._counted], name + "_count", start=0, end=1)
            one = self._constant("one_column", np.array([1], np.int64))
            size = self._op("Concat", [count, one], name + "_shape", axis=0)
            zero = self._constant("zero_row", np.array([[ZERO_ACTIVATION]], np.uint8))
            self._op("Expand", [zero, size], name)
        return name

    def _linear_int4(self, rows: str, name: str) -> str:
        matrix = self._weights[name + ".weight"]
        packed, scales = quantised_int4(matrix)
        inputs = [
            rows,
            self._constant(name, packed),
            self._constant(name + ".scales", scales),
        ]
        return self._op(
            "MatMulNBits",
            inputs,
            name + ".out",
            _EXTRA,
            K=matrix.shape[1],
            N=matrix.shape[0],
            bits=4,
            block_size=BLOCK_SIZE,
            accuracy_level=4,
        )

    def _matmul(self, left: str, right: str, out: str, *, transposed: bool = False) -> str:
        if transposed:
            return self._op("FusedMatMul", [left, right], out, _EXTRA, transB=1)
        return self._op("MatMul", [left, right], out)

    def _reshape(self, value: str, out: str, sizes: list[int]) -> str:
        name = "shape_" + "_".join(str(size) for size in sizes)
        return self._op("Reshape", [value, self._constant(name, np.array(sizes, np.int64))], out)

    def _split(self, value: str, outs: list[str], axis: int) -> None:
        self._nodes.append(
            helper.make_node("Split", [value], outs, axis=axis, num_outputs=len(outs))
        )

    def _gain(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        if name not in self._constants:
            array = np.asarray(value)
            kept = np.ascontiguousarray(array) if array.ndim else array
            self._constants[name] = numpy_helper.from_array(kept, name)
        return name

    def _op(
        self,
        kind: str,
        inputs: list[str],
        out: str,
        domain: str = "",
        **settings: float | list[int],
    ) -> str:
        node = helper.make_node(kind, inputs, [out], domain=domain)
        node.attribute.extend(helper.make_attribute(*setting) for setting in settings.items())
        self._nodes.append(node)
        return out

    def _input(self, name: str, kind: int, sizes: list[int | str]) -> None:
        self._inputs.append(helper.make_tensor_value_info(name, kind, sizes))

    def _output(self, name: str, kind: int, sizes: list[int | str]) -> None:
        self._outputs.append(helper.make_tensor_value_info(name, kind, sizes))


def quantised_int8(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix (out, in) as whole numbers (in, out), and the scale of each column."""
    largest = np.maximum(np.abs(matrix).max(axis=1), np.float32(1e-12))
    scales = (largest / LARGEST_WEIGHT).astype(np.float32)
    return np.rint(matrix / scales[:, None]).T.astype(np.int8), scales


def quantised_int4(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a matrix (out, in) as pairs of half bytes (out, blocks, 16) and scales (out, blocks).

    The largest number of a block becomes -8, so that the whole range of -8..7 is used.
    """
    blocks = matrix.reshape(len(matrix), -1, BLOCK_SIZE)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], axis=-1)
    scales = np.where(extreme == 0, np.float32(1.0), extreme / np.float32(-8.0))
    whole = np.clip(np.rint(blocks / scales) + 8, 0, 15).astype(np.uint8)
    return whole[..., 0::2] | (whole[..., 1::2] << 4), scales[..., 0]
