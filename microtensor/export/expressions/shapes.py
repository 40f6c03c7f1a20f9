"""Operators that rearrange."""

# Functions give text, under the names of the operators that they write.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

from ...onnx.errors import OnnxExporterError
from ..text import NEGATION, Text
from .registry import axes_of, written


@written("Shape")
def shape(w: Any, node: Any) -> Text:
    start, end = node.attribute("start", None), node.attribute("end", None)
    part = "" if start is None else f"[{start}:{end}]"
    return Text(f"np.array({w.attribute(node[0], 'shape')}{part})")


@written("Reshape")
def reshape(w: Any, node: Any) -> Text:
    sizes = w.known(node, 1)
    if sizes is None:
        given = w.sizes.get(node.node.inputs[1])
        return w.method(node[0], "reshape", *(given or [w.call("tuple", node[1])]))
    copied = [i for i, n in enumerate(sizes) if n == 0 and not node.attribute("allowzero", 0)]
    if copied and not node[0].isidentifier():
        node.texts[0] = w.variable(node.node.inputs[0])
    words = [
        f"{w.attribute(node[0], 'shape')}[{i}]" if i in copied else str(int(n)) for i, n in enumerate(sizes)
    ]
    return Text(f"{w.attribute(node[0], 'reshape')}({', '.join(words) or '()'})")


@written("Transpose")
def transpose(w: Any, node: Any) -> Text:
    perm = list(node.attribute("perm"))
    if perm == [1, 0]:
        return w.attribute(node[0], "T")
    moved = [i for i, p in enumerate(perm) if p != i]
    if len(moved) == 2:
        return w.method(node[0], "swapaxes", *moved)
    return w.method(node[0], "transpose", *perm)


@written("Unsqueeze")
def unsqueeze(w: Any, node: Any) -> Text:
    return w.call("np.expand_dims", node[0], axes_of(w, node))


@written("Squeeze")
def squeeze(w: Any, node: Any) -> Text:
    return w.call("np.squeeze", node[0], axes_of(w, node))


@written("Expand")
def expand(w: Any, node: Any) -> Text:
    """ONNX's shapes broadcast both ways."""
    shape = w.sizes_in(node, 1)
    if w.known(node, 0) is not None and not node.ndim(0):
        return w.call("np.full", shape, w.typed(node, 0))
    like = f"np.broadcast_shapes(np.shape({node[0]}), {shape})"
    return Text(f"np.broadcast_to({node[0]}, {like})")


@written("Trilu")
def triangle(w: Any, node: Any) -> Text:
    name = "np.triu" if node.attribute("upper", 1) else "np.tril"
    return w.call(name, node[0], int(w.known(node, 1)))


@written("Slice")
def slice_(w: Any, node: Any) -> Text:
    axes = w.known(node, 3)
    steps = w.known(node, 4)
    steps = [1] * len(axes) if steps is None else steps
    keys = [":"] * (max(axes) + 1)
    for k, (axis, step) in enumerate(zip(axes, steps, strict=True)):
        start, stop = (w.bound(node, i, k, step) for i in (1, 2))
        keys[axis] = f"{start}:{stop}" + ("" if step == 1 else f":{step}")
    return Text(f"{node[0].within(NEGATION + 1)}[{', '.join(keys)}]")


@written("Concat")
def concat(w: Any, node: Any) -> Text:
    axis = node.attribute("axis")
    return Text(f"np.concatenate([{', '.join(node.texts)}]" + (f", {axis})" if axis else ")"))


@written("Pad")
def pad(w: Any, node: Any) -> Text:
    sizes, mode = w.known(node, 1), node.attribute("mode", "constant")
    if sizes is None:
        raise OnnxExporterError("numpy_module: a border of a dynamic width")
    half = len(sizes) // 2
    pairs = [(int(a), int(b)) for a, b in zip(sizes[:half], sizes[half:], strict=True)]
    if mode == "constant":
        return w.call("np.pad", node[0], pairs, constant_values=node[2] if len(node.texts) > 2 else 0)
    return w.call("np.pad", node[0], pairs, mode=mode)


@written("Range")
def range_(w: Any, node: Any) -> Text:
    return w.call("np.arange", *node.texts)


@written("DepthToSpace")
def depth_to_space(w: Any, node: Any) -> Text:
    return w.call(w.helper("depth_to_space"), node[0], node.attribute("blocksize"))
