"""`Builder`: what the lowerings write with.

``b.Relu(x)`` adds a node.  Operands are values of the program, names that other nodes gave, arrays, numbers
(constants of the dtype of the call's first operand), sizes (a constant or a computed one) or None.
"""

# Nodes are added by name, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .errors import OnnxExporterError
from .graph import Graph, Info, Node
from .lowering.registry import Unsayable, lowerings
from .merge import Call, Filled, Opaque, Range, Triangle, Value
from .sizes import Expression, Int, Varying, whole
from .trace import memory_of
from .traced_tensor import TracedTensor

__all__ = ["Builder"]

ONNX_TYPES: dict[str, int] = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9,
    "float16": 10, "float64": 11, "uint32": 12, "uint64": 13, "complex64": 14, "complex128": 15, "bfloat16":
    16,
}  # fmt: skip


class Builder:
    """A graph that is being written; `call` is the call that is being said."""

    call: Call

    def __init__(self, graph: Graph, dims: Mapping[str, tuple[str, int]], names: Mapping[Any, str]) -> None:
        self.call = Call("", {}, {}, (), "", "")
        self.graph, self.dims, self.names, self.opset = graph, dims, names, graph.opset
        self._names: dict[int, str] = {}
        self._constants: dict[Any, str] = {}
        self._sizes: dict[Any, str] = {}
        self._taken: dict[str, int] = {}

    # ------------------------------------------------------------------ names

    def unique(self, wish: str) -> str:
        """`wish`, or with a number if it is taken."""
        count = self._taken.get(wish, 0)
        self._taken[wish] = count + 1
        return self.unique(f"{wish}_{count}") if count else wish

    def assign(self, value: Value, name: str) -> None:
        """Say under which name a value of the program is found."""
        assert value.slot is not None
        self._names[value.slot] = name
        self.graph.infos[name] = Info(name, value.dtype, value.shape)

    def name(self, x: Any) -> str:
        """The name of an operand; a constant is added to the file."""
        if x is None or isinstance(x, str):
            return x or ""
        if isinstance(x, Value):
            return self._names[x.slot] if x.slot is not None else self.constant(x.array, x.name)
        if isinstance(x, (Expression, Varying)):
            return self.ints([x])
        if isinstance(x, (np.ndarray, np.generic, Filled, Range, Triangle)):
            return self.constant(x)
        return self.constant(np.asarray(x, self.dtype))

    @property
    def dtype(self) -> Any:
        """The dtype of the first operand that is a tensor, in which numbers are written."""
        for x in self.call.operands.values():
            if isinstance(x, Value) and x.dtype.kind != "b":
                return x.dtype
        return self.call.results[0].dtype

    def constant(self, array: Any, name: str = "") -> str:
        """The name of a constant, which is in the file once."""
        if isinstance(array, (Filled, Range, Triangle)):
            return self._made(array)
        array = np.asarray(array)
        native = array.dtype.newbyteorder("=")
        key = name or (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.unique(name or "constant")
            self.graph.initializers[self._constants[key]] = np.array(array, native, order="C")
        return self._constants[key]

    def parameter(self, tensor: Any) -> str:
        """The name of a tensor that a module holds."""
        if isinstance(tensor, TracedTensor):
            return self._names[tensor.slot]
        return self.constant(tensor.array, self.names.get(memory_of(tensor.array), ""))

    def _made(self, array: Filled | Range | Triangle) -> str:
        """A constant whose shape follows the sizes."""
        if isinstance(array, Filled):
            return self.filled(array.number, array.shape)
        if isinstance(array, Range):
            count = self.Squeeze(self.ints([array.count]), self.ints([0]))
            steps = self.Range(np.int64(0), count, np.int64(1))
            dtype = np.asarray(array.start).dtype
            return self.Add(self.Mul(self.cast(steps, dtype), array.step), array.start)
        over = self.Trilu(self.filled(np.int64(1), array.shape), np.int64(array.diagonal), upper=1)
        mask = self.Cast(over, to=ONNX_TYPES["bool"])
        if isinstance(array.above, np.bool_):
            return mask if array.above else self.Not(mask)
        both = (self.filled(number, array.shape) for number in (array.above, array.below))
        return self.Where(mask, *both)

    def filled(self, number: Any, shape: Sequence[Int]) -> str:
        """A constant of one number."""
        return self.Expand(np.asarray(number), self.ints(shape))

    # ------------------------------------------------------------------ sizes

    def ints(self, sizes: Sequence[Int]) -> str:
        """A vector of int64, a constant if all sizes are numbers."""
        if all(map(whole, sizes)):
            return self.constant(np.array(sizes, np.int64))
        parts = [np.array([n], np.int64) if whole(n) else self._size(n) for n in sizes]
        return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else self.Concat(*parts, axis=0)

    def _size(self, size: Int) -> str:
        if not isinstance(size, Expression):
            raise Unsayable("it needs a size that follows from the dynamic ones in no simple way")
        if size not in self._sizes:
            self._sizes[size] = self._sum([self._term(names, factor) for names, factor in size.terms])
        return self._sizes[size]

    def _term(self, names: tuple[str, ...], factor: Any) -> str:
        out = self.constant(np.array([factor.numerator], np.int64))
        if names:
            out = self._dim(names[0]) if factor.numerator == 1 else self.Mul(out, self._dim(names[0]))
        for name in names[1:]:
            out = self.Mul(out, self._dim(name))
        return out if factor.denominator == 1 else self.Div(out, np.array([factor.denominator], np.int64))

    def _sum(self, terms: list[str]) -> str:
        out = terms[0]
        for term in terms[1:]:
            out = self.Add(out, term)
        return out

    def _dim(self, name: str) -> str:
        """The size of a dynamic dimension, read from the input that has it."""
        if name not in self._sizes:
            source, axis = self.dims[name]
            self._sizes[name] = self.Shape(source, start=axis, end=axis + 1)
        return self._sizes[name]

    # ------------------------------------------------------------------ nodes

    def __getattr__(self, op: str) -> Callable[..., Any]:
        if not op[0].isupper():
            raise AttributeError(op)
        return lambda *inputs, **attributes: self.node(op, *inputs, **attributes)

    def node(self, op: str, *inputs: Any, results: int = 1, **attributes: Any) -> Any:
        """Add a node; the name of its result, or a tuple of names."""
        names = [self.name(x) for x in inputs]
        while names and not names[-1]:
            names.pop()
        stem = f"{self.call.scope}/{op}" if self.call.scope else op
        outputs = [self.unique(f"{stem}_output") for _ in range(results)]
        given = {key: value for key, value in attributes.items() if value is not None}
        self.graph.nodes.append(Node(op, names, outputs, given, self.call.line, self.call.scope))
        return outputs[0] if results == 1 else tuple(outputs)

    def cast(self, x: Any, dtype: Any) -> str:
        """`x` as another dtype."""
        name = np.dtype(dtype).name
        if name not in ONNX_TYPES:
            raise Unsayable(f"ONNX has no dtype {name}")
        return self.Cast(x, to=ONNX_TYPES[name])

    # ------------------------------------------------------------------ calls

    def take(self, call: Call) -> None:
        """An input of the graph, or a parameter of the model."""
        (value,) = call.results
        name = (
            self.unique(call.params["name"])
            if call.name == "input"
            else self.constant(value.array, call.params["name"])
        )
        self.assign(value, name)
        if call.name == "input":
            self.graph.inputs.append(self.graph.infos[name])

    def say(self, call: Call) -> None:
        """Add the nodes of one call."""
        self.call = call
        handler = lowerings.get(call.name)
        try:
            if handler is None:
                raise Unsayable("ONNX has no operator for it, nor is it made of such")
            made = handler(self, *call.operands.values(), **_known(call.params))
        except Unsayable as why:
            raise OnnxExporterError(
                f"export: {call.name or 'an op of your own'}, at {call.where}, cannot be written to ONNX "
                f"(opset {self.opset}): {why}"
            ) from None
        for value, name in zip(call.results, made if isinstance(made, tuple) else (made,), strict=False):
            self._result(value, name)

    def _result(self, value: Value, made: Any) -> None:
        name = self.name(made)
        if name in self.graph.initializers or name in {info.name for info in self.graph.inputs}:
            name = self.Identity(name)
        self.assign(value, name)


def _known(params: dict[str, Any]) -> dict[str, Any]:
    for key, value in params.items():
        if isinstance(value, Opaque):
            raise Unsayable(
                f"its argument {key} changes with a dynamic size: {value.values[0]}, {value.values[1]}"
            )
    return params
