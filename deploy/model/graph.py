"""all-MiniLM-L6-v2 as an int8 ONNX graph of fused operators: token ids in, unit vectors out.

Activations are quantised at run time, weights per output channel and in 7 bits, because
processors without VNNI add pairs of 8-bit products in 16 bits and would overflow. Embeddings
are 8 bits with a scale per word.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS = 6
HEADS = 12
WIDTH = 384
MAX_TOKENS = 256
EPSILON = 1e-12
FUSED = "com.microsoft"
WEIGHT_LIMIT = 64
WORD_LIMIT = 127

Tensor = NDArray[np.float32]
Tensors = Mapping[str, Tensor]


@dataclass(slots=True)
class Graph:
    """Nodes and constants, added in the order of computation."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Keep a value in the file under a name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self,
        kind: str,
        inputs: list[str],
        name: str,
        *more: str,
        fused: bool = False,
        **attributes: float | list[int],
    ) -> str:
        """Add an operator; its first output has its name."""
        domain = FUSED if fused else ""
        made = helper.make_node(kind, inputs, [name, *more], name=name, domain=domain)
        made.attribute.extend(
            helper.make_attribute(key, value) for key, value in attributes.items()
        )
        self.nodes.append(made)
        return name


def build(tensors: Tensors) -> Iterator[str | bytes]:
    """Say each step as it begins; the last thing yielded is the serialised model."""
    graph = Graph()
    yield "embeddings"
    hidden = _embeddings(graph, tensors)
    for number in range(LAYERS):
        yield f"layer {number + 1} of {LAYERS}"
        hidden = _layer(graph, tensors, number, hidden)
    yield "pooling"
    _pooling(graph, hidden)
    yield _serialised(graph)


def _embeddings(graph: Graph, tensors: Tensors) -> str:
    names = {
        part: f"embeddings.{part}_embeddings.weight" for part in ("word", "position", "token_type")
    }
    words, scales = _quantised(tensors[names["word"]].T, WORD_LIMIT)
    graph.constant("words", words.T)
    graph.constant("word_scales", scales[:, None])
    places = tensors[names["position"]][:MAX_TOKENS] + tensors[names["token_type"]][0]
    graph.constant("places", places[None])
    graph.constant("zero", np.array([0], np.int64))
    graph.constant("one", np.array([1], np.int64))
    graph.node("Gather", ["words", "input_ids"], "word_levels")
    graph.node("Cast", ["word_levels"], "word_floats", to=TensorProto.FLOAT)
    graph.node("Gather", ["word_scales", "input_ids"], "scale_of_word")
    graph.node("Mul", ["word_floats", "scale_of_word"], "word_vectors")
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    graph.node("Slice", ["places", "zero", "length", "one"], "place_vectors")
    graph.node("Add", ["word_vectors", "place_vectors"], "summed")
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    gamma, beta = _norm(graph, tensors, "embeddings.LayerNorm")
    return graph.node(
        "LayerNormalization", ["summed", gamma, beta], "embedded", epsilon=EPSILON, axis=-1
    )


def _layer(graph: Graph, tensors: Tensors, number: int, hidden: str) -> str:
    source = f"encoder.layer.{number}"
    here = f"layer{number}"
    attended = _attention(graph, tensors, f"{source}.attention", hidden)
    wide = _dense(graph, tensors, f"{source}.intermediate.dense", attended, biased=False)
    bias = graph.constant(f"{here}.wide.bias", tensors[f"{source}.intermediate.dense.bias"])
    active = graph.node("BiasGelu", [wide, bias], f"{here}.active", fused=True)
    narrow = _dense(graph, tensors, f"{source}.output.dense", active)
    return _residual(graph, tensors, f"{source}.output.LayerNorm", (narrow, attended))


def _attention(graph: Graph, tensors: Tensors, source: str, hidden: str) -> str:
    parts = [f"{source}.self.{part}" for part in ("query", "key", "value")]
    weight, scale = _quantised(
        np.concatenate([tensors[f"{p}.weight"].T for p in parts], axis=1), WEIGHT_LIMIT
    )
    bias = np.concatenate([tensors[f"{p}.bias"] for p in parts])
    levels = [f"{source}.{part}" for part in ("levels", "levels.scale", "levels.zero")]
    graph.node("DynamicQuantizeLinear", [hidden], *levels)
    inputs = [
        levels[0],
        graph.constant(f"{source}.qkv", weight),
        graph.constant(f"{source}.qkv.bias", bias),
        levels[1],
        graph.constant(f"{source}.qkv.scale", scale),
        "mask",
        levels[2],
        graph.constant(f"{source}.qkv.zero", np.zeros(scale.shape, np.int8)),
    ]
    mixed = graph.node("QAttention", inputs, f"{source}.mixed", fused=True, num_heads=HEADS)
    projected = _dense(graph, tensors, f"{source}.output.dense", mixed)
    return _residual(graph, tensors, f"{source}.output.LayerNorm", (projected, hidden))


def _dense(graph: Graph, tensors: Tensors, source: str, hidden: str, *, biased: bool = True) -> str:
    weight, scale = _quantised(tensors[f"{source}.weight"].T, WEIGHT_LIMIT)
    inputs = [
        hidden,
        graph.constant(f"{source}.weight", weight),
        graph.constant(f"{source}.scale", scale),
        graph.constant(f"{source}.zero", np.zeros(scale.shape, np.int8)),
    ]
    if biased:
        inputs.append(graph.constant(f"{source}.bias", tensors[f"{source}.bias"]))
    return graph.node("DynamicQuantizeMatMul", inputs, f"{source}.out", fused=True)


def _residual(graph: Graph, tensors: Tensors, source: str, added: tuple[str, str]) -> str:
    inputs = [*added, *_norm(graph, tensors, source)]
    return graph.node(
        "SkipLayerNormalization", inputs, f"{source}.out", fused=True, epsilon=EPSILON
    )


def _norm(graph: Graph, tensors: Tensors, source: str) -> tuple[str, str]:
    gamma = graph.constant(f"{source}.weight", tensors[f"{source}.weight"])
    beta = graph.constant(f"{source}.bias", tensors[f"{source}.bias"])
    return gamma, beta


def _pooling(graph: Graph, hidden: str) -> None:
    graph.node("Cast", ["attention_mask"], "mask_floats", to=TensorProto.FLOAT)
    graph.node("Unsqueeze", ["mask_floats", "one"], "mask_row")
    graph.node("MatMul", ["mask_row", hidden], "total")
    graph.node("Squeeze", ["total", "one"], "pooled")
    graph.node("LpNormalization", ["pooled"], "vectors", axis=-1, p=2)


def _quantised(weight: Tensor, limit: int) -> tuple[NDArray[np.int8], Tensor]:
    scale = np.maximum(np.abs(weight).max(axis=0) / limit, np.float32(1e-12)).astype(np.float32)
    levels = np.clip(np.rint(weight / scale), -limit, limit).astype(np.int8)
    return levels, scale


def _serialised(graph: Graph) -> bytes:
    shape = ["batch", "tokens"]
    asked = [
        helper.make_tensor_value_info(n, TensorProto.INT64, shape)
        for n in ("input_ids", "attention_mask")
    ]
    answer = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])
    whole = helper.make_graph(
        graph.nodes, "all-MiniLM-L6-v2-int8", asked, [answer], graph.constants
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(
        whole, opset_imports=versions, ir_version=8, producer_name="studymesh"
    )
    content: bytes = model.SerializeToString(deterministic=True)
    return content
