"""Operators of each element."""

# Functions give text, under the names of the operators that they write.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

from ..text import NEGATION, OTHER, PRODUCT, SUM, Text, binary
from .registry import written

UFUNCS = {
    "Abs": "np.abs", "Sign": "np.sign", "Exp": "np.exp", "Log": "np.log", "Sqrt": "np.sqrt", "Sin": "np.sin",
    "Cos": "np.cos", "Tanh": "np.tanh", "Floor": "np.floor", "Ceil": "np.ceil", "Tan": "np.tan", "Sinh":
    "np.sinh",
    "Cosh": "np.cosh", "Asin": "np.arcsin", "Acos": "np.arccos", "Atan": "np.arctan", "Asinh": "np.arcsinh",
    "Acosh": "np.arccosh", "Atanh": "np.arctanh", "IsNaN": "np.isnan", "Round": "np.round", "Not":
    "np.logical_not",
    "Xor": "np.logical_xor", "Det": "np.linalg.det", "BitwiseNot": "np.invert", "Pow": "np.power",
}  # fmt: skip
HELPERS = {"Sigmoid": "sigmoid", "Softplus": "softplus", "Erf": "erf"}
OPERATORS = {
    "Add": ("+", SUM), "Sub": ("-", SUM), "Mul": ("*", PRODUCT), "MatMul": ("@", PRODUCT), "Greater": (">",
    OTHER),
    "GreaterOrEqual": (">=", OTHER), "Less": ("<", OTHER), "LessOrEqual": ("<=", OTHER), "Equal": ("==",
    OTHER),
    "And": ("&", OTHER), "Or": ("|", OTHER), "BitwiseAnd": ("&", OTHER), "BitwiseOr": ("|", OTHER),
    "BitwiseXor": ("^", OTHER),
}  # fmt: skip


@written(*UFUNCS, *HELPERS)
def function(w: Any, node: Any) -> Text:
    return w.call(UFUNCS.get(node.op) or w.helper(HELPERS[node.op]), *node.texts)


@written(*OPERATORS)
def operator(w: Any, node: Any) -> Text:
    sign, tight = OPERATORS[node.op]
    if tight == OTHER:
        return Text(f"{node[0].within(SUM)} {sign} {node[1].within(SUM)}", OTHER)
    return binary(sign, node[0], node[1], tight)


@written("Identity")
def identity(w: Any, node: Any) -> Text:
    return node[0]


@written("Neg")
def negation(w: Any, node: Any) -> Text:
    return Text(f"-{node[0].within(NEGATION)}", NEGATION)


@written("Reciprocal")
def reciprocal(w: Any, node: Any) -> Text:
    return binary("/", Text("1"), node[0], PRODUCT)


@written("Div")
def quotient(w: Any, node: Any) -> Text:
    if node.dtype(0).kind == "f":
        return binary("/", node[0], node[1], PRODUCT)
    return w.call(w.helper("truncated_quotient"), *node.texts)


@written("Mod")
def remainder(w: Any, node: Any) -> Text:
    return w.call("np.fmod" if node.attribute("fmod", 0) else "np.mod", *node.texts)


@written("Relu")
def relu(w: Any, node: Any) -> Text:
    return Text(f"np.maximum({node[0]}, 0)")


@written("Max", "Min")
def extreme(w: Any, node: Any) -> Text:
    name, text = "np.maximum" if node.op == "Max" else "np.minimum", node[0]
    for other in node.texts[1:]:
        text = w.call(name, text, other)
    return text


@written("Clip")
def clip(w: Any, node: Any) -> Text:
    low, high = (node.texts[i] if len(node.texts) > i and node.texts[i] else None for i in (1, 2))
    return w.call("np.clip", node[0], low, high)


@written("Where")
def where(w: Any, node: Any) -> Text:
    texts = (
        node.texts if any(node.ndim(i) for i in (1, 2)) else [node[0], *[w.typed(node, i) for i in (1, 2)]]
    )
    return w.call("np.where", *texts)


@written("IsInf")
def isinf(w: Any, node: Any) -> Text:
    if not node.attribute("detect_negative", 1):
        return w.call("np.isposinf", node[0])
    name = "np.isinf" if node.attribute("detect_positive", 1) else "np.isneginf"
    return w.call(name, node[0])


@written("Cast")
def cast(w: Any, node: Any) -> Text:
    return w.method(node[0], "astype", w.dtype_text(node.attribute("to")))


@written("HardSwish")
def hardswish(w: Any, node: Any) -> Text:
    return Text(f"{node[0].within(PRODUCT)} * np.clip({node[0].within(PRODUCT)} / 6 + 0.5, 0, 1)", PRODUCT)


@written("HardSigmoid")
def hardsigmoid(w: Any, node: Any) -> Text:
    return Text(f"np.clip({node[0].within(PRODUCT)} / 6 + 0.5, 0, 1)")


@written("Mish")
def mish(w: Any, node: Any) -> Text:
    soft = w.call(w.helper("softplus"), node[0])
    return binary("*", node[0], w.call("np.tanh", soft), PRODUCT)


@written("Gelu")
def gelu(w: Any, node: Any) -> Text:
    name = "gelu_tanh" if node.attribute("approximate", "none") == "tanh" else "gelu"
    return w.call(w.helper(name), node[0])


@written("LeakyRelu")
def leaky_relu(w: Any, node: Any) -> Text:
    x = node[0]
    return Text(f"np.where({x.within(SUM)} > 0, {x}, {x.within(PRODUCT)} * {node.attribute('alpha')!r})")


@written("PRelu")
def prelu(w: Any, node: Any) -> Text:
    x = node[0]
    return Text(f"np.where({x.within(SUM)} < 0, {x.within(PRODUCT)} * {node[1].within(PRODUCT + 1)}, {x})")


@written("Elu")
def elu(w: Any, node: Any) -> Text:
    return w.call(w.helper("elu"), node[0], node.attribute("alpha"))


@written("Shrink")
def shrink(w: Any, node: Any) -> Text:
    return w.call(w.helper("shrink"), node[0], node.attribute("lambd"), node.attribute("bias"))
