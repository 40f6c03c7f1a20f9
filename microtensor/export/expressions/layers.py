"""Operators that are layers: products, convolution, pooling, normalisation, recurrence, losses."""

# Functions give text, under the names of the operators that they write.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

from ..text import PRODUCT, SUM, Text, binary
from .registry import written


@written("Gemm")
def gemm(w: Any, node: Any) -> Text:
    weight = w.attribute(node[1], "T") if node.attribute("transB", 0) else node[1]
    product = binary("@", node[0], weight, PRODUCT)
    return binary("+", product, node[2], SUM) if len(node.texts) > 2 else product


@written("Conv")
def conv(w: Any, node: Any) -> Text:
    return w.call(w.helper("convolution"), *_image(w, node))


@written("ConvTranspose")
def conv_transpose(w: Any, node: Any) -> Text:
    dims = len(node.attribute("strides"))
    return w.call(
        w.helper("transposed_convolution"), *_image(w, node), node.attribute("output_padding", [0] * dims)
    )


def _image(w: Any, node: Any) -> list[Any]:
    bias = node.texts[2] if len(node.texts) > 2 else None
    how = [list(node.attribute(name)) for name in ("strides", "pads", "dilations")]
    return [node[0], node[1], bias, *how, node.attribute("group", 1)]


@written("MaxPool")
def max_pool(w: Any, node: Any) -> Text:
    how = [list(node.attribute(name)) for name in ("kernel_shape", "strides", "pads", "dilations")]
    return w.call(w.helper("max_pool"), node[0], *how)


@written("AveragePool")
def average_pool(w: Any, node: Any) -> Text:
    how = [list(node.attribute(name)) for name in ("kernel_shape", "strides", "pads")]
    return w.call(w.helper("average_pool"), node[0], *how)


@written("LayerNormalization", "RMSNormalization")
def layer_norm(w: Any, node: Any) -> Text:
    dims = tuple(range(node.attribute("axis") - node.ndim(0), 0))
    axes = dims[0] if len(dims) == 1 else dims
    if node.op == "LayerNormalization":
        flat = w.call(w.helper("normalize_axes"), node[0], axes, node.attribute("epsilon"))
    else:
        square = w.method(w.call("np.square", node[0]), "mean", axes, keepdims=True)
        flat = binary(
            "/",
            node[0],
            w.call("np.sqrt", binary("+", square, Text(repr(node.attribute("epsilon"))), SUM)),
            PRODUCT,
        )
    scaled = binary("*", flat, node[1], PRODUCT)
    return binary("+", scaled, node[2], SUM) if len(node.texts) > 2 else scaled


@written("BatchNormalization", "InstanceNormalization")
def channel_norm(w: Any, node: Any) -> Text:
    name = "batch_norm" if node.op == "BatchNormalization" else "instance_norm"
    return w.call(w.helper(name), *node.texts, node.attribute("epsilon"))


@written("GroupNormalization")
def group_norm(w: Any, node: Any) -> Text:
    return w.call(
        w.helper("group_norm"), *node.texts, node.attribute("num_groups"), node.attribute("epsilon")
    )


@written("Resize")
def resize(w: Any, node: Any) -> Text:
    scales = [float(s) for s in w.known(node, 2)]
    mode, place = node.attribute("mode"), node.attribute("coordinate_transformation_mode")
    return w.call(w.helper("resize"), node[0], scales, mode, place, node.attribute("cubic_coeff_a", -0.75))


@written("LSTM", "GRU", "RNN")
def recurrent(w: Any, node: Any) -> Text:
    given = [text or None for text in node.texts] + [None] * (7 - len(node.texts))
    x, weight, state, bias, _, h, c = given
    how = [node.attribute("hidden_size"), node.attribute("activations", None)]
    return w.call(w.helper(node.op.lower()), x, weight, state, bias, h, c, *how)


@written("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss")
def loss(w: Any, node: Any) -> Text:
    logs = w.call(w.helper("log_softmax"), node[0], 1) if node.op == "SoftmaxCrossEntropyLoss" else node[0]
    weight = node.texts[2] if len(node.texts) > 2 else None
    return w.call(
        w.helper("nll"),
        logs,
        node[1],
        weight,
        node.attribute("ignore_index", -100),
        node.attribute("reduction"),
    )
