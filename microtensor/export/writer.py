"""`Writer`: a `Graph` as the lines of a Python function.

A result that is used once, in a short line, is written where it is used; every other gets a variable, named
after the module or the operation that makes it.
"""

from __future__ import annotations

import inspect
import keyword
import re
from typing import Any

import numpy as np

from ..onnx.builder import ONNX_TYPES
from ..onnx.errors import OnnxExporterError
from ..onnx.graph import Graph, Node
from . import helpers
from .expressions import writers
from .operand import Operand
from .sizes import constant_sizes, sizes_of
from .text import Text, number, python, tight

__all__ = ["Writer"]

WIDTH = 96
_DTYPES = {number: name for name, number in ONNX_TYPES.items()}
_BOOLS = frozenset(
    [
        "Greater",
        "GreaterOrEqual",
        "Less",
        "LessOrEqual",
        "Equal",
        "And",
        "Or",
        "Xor",
        "Not",
        "IsNaN",
        "IsInf",
    ],
)
_COUNTS = frozenset(["Shape", "ArgMax", "ArgMin", "OneHot", "Range"])


class Writer:
    """Writes the lines; `arrays` are those that the program loads, `used` the helpers that it calls."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.lines: list[str] = []
        self.arrays: dict[str, Any] = {}
        self.used: list[str] = []
        self.dtypes = {name: array.dtype for name, array in graph.initializers.items()}
        self.dtypes |= {info.name: info.dtype for info in graph.inputs}
        self._texts: dict[str, Text] = {}
        self._inlined: dict[str, Node] = {}
        self.sizes = {name: constant_sizes(a) for name, a in graph.initializers.items() if _is_vector(a)}
        self._taken = {"np", "weights", "forward", "Path", *vars(helpers)}
        self._uses = self._counted()
        for info in graph.inputs:
            self._texts[info.name] = self._variable(info.name)
        self._scope = ""

    def _counted(self) -> dict[str, int]:
        names = [name for node in self.graph.nodes for name in node.inputs]
        names += [info.name for info in self.graph.outputs] * 2
        return {name: names.count(name) for name in dict.fromkeys(names)}

    @property
    def inputs(self) -> list[str]:
        """The function's parameters."""
        return [self._texts[info.name] for info in self.graph.inputs]

    def write(self) -> None:
        """All lines, the last of which returns."""
        for node in self.graph.nodes:
            self._node(node)
        outputs = [self.text(info.name) for info in self.graph.outputs]
        self.lines.append(f"return {', '.join(outputs)}")
        self.lines = self.lines[1:] if not self.lines[0] else self.lines
        loaded = set(re.findall(r'weights\["(.*?)"\]', "\n".join(self.lines)))
        self.arrays = {name: array for name, array in self.graph.initializers.items() if name in loaded}

    def _node(self, node: Node) -> None:
        if node.op not in writers:
            raise OnnxExporterError(f"numpy_module: {node.op}, at {node.line}, is not written in NumPy yet")
        self._note_dtypes(node)
        if self._folded(node) or self._sized(node):
            return
        text = self._fitting(node)
        if len(node.outputs) == 1 and self._inline(node, text):
            self._texts[node.outputs[0]], self._inlined[node.outputs[0]] = text, node
            return
        self._comment(node)
        for name in node.outputs:
            self._texts[name] = self._variable(self._wish(node, name) if name in self._uses else "_")
        names = ", ".join(self._texts[name] for name in node.outputs)
        spare = ", *_" if node.op in ("LSTM", "GRU", "RNN") else ""
        self.lines.append(f"{names}{'' if len(node.outputs) > 1 else spare} = {text}")

    def _fitting(self, node: Node) -> Text:
        """The text of a node; operands that make it too long a line get variables."""
        text = writers[node.op](self, Operand(self, node))
        while len(text) > WIDTH - len(self._wish(node, node.outputs[0])):
            inlined = [name for name in node.inputs if name in self._inlined]
            if not inlined:
                break
            self.variable(max(inlined, key=lambda name: len(self._texts[name])))
            text = writers[node.op](self, Operand(self, node))
        return text  # type: ignore[no-any-return]

    def variable(self, name: str) -> Text:
        """Give a value that would be written where it is used a line of its own."""
        if name in self._inlined:
            node, text = self._inlined.pop(name), self._texts[name]
            self._comment(node)
            self._texts[name] = self._variable(self._wish(node, name))
            self.lines.append(f"{self._texts[name]} = {text}")
        return self._texts[name]

    def _folded(self, node: Node) -> bool:
        """Whether a node depends on constants alone: its result, but for a transposition, is one too."""
        known = self.graph.initializers
        if (
            node.op == "Transpose"
            or len(node.outputs) > 1
            or not all(name in known for name in node.inputs if name)
        ):
            return False
        scope = {**vars(helpers), "np": np, "weights": known}
        found = np.asarray(eval(writers[node.op](self, Operand(self, node)), scope))
        found = found.astype(self.dtypes[node.outputs[0]])
        if found.size > max(known[name].size for name in node.inputs if name) and found.size > 64:
            return False
        name = wish = node.scope or node.op.lower()
        while name in known:
            name = f"{wish}.{len(known)}"
        known[name] = known[node.outputs[0]] = found
        self._texts[node.outputs[0]] = self._constant(name, found)
        return True

    def _sized(self, node: Node) -> bool:
        """Whether a node makes sizes, which are written where they are used."""
        found = sizes_of(node, self.sizes, self.text(node.inputs[0]) if node.op == "Shape" else None)
        if found is None:
            return False
        self.sizes[node.outputs[0]] = found
        self._texts[node.outputs[0]] = Text(f"np.array([{', '.join(found)}])")
        return True

    def _inline(self, node: Node, text: Text) -> bool:
        (name,) = node.outputs
        return (self._uses.get(name, 0) == 1 and len(text) < WIDTH // 2) or text.isidentifier()

    def _comment(self, node: Node) -> None:
        if node.scope != self._scope:
            self._scope = node.scope
            self.lines += ["", f"# {node.scope}"] if node.scope else [""]

    def _wish(self, node: Node, name: str) -> str:
        if name in {info.name for info in self.graph.outputs}:
            return name
        last = node.scope.rpartition(".")[2]
        return last if last.isidentifier() else node.op.lower()

    def _variable(self, wish: str) -> Text:
        if wish == "_":
            return Text("_")
        wish = re.sub(r"\W", "_", wish)
        wish = f"_{wish}" if wish[:1].isdigit() else wish
        name, count = wish, 1
        while name in self._taken or keyword.iskeyword(name):
            count += 1
            name = f"{wish}{count}" if not wish[-1:].isdigit() else f"{wish}_{count}"
        self._taken.add(name)
        return Text(name)

    def _note_dtypes(self, node: Node) -> None:
        """What dtype the results have: enough to tell integers from floating point."""
        if node.op == "Cast":
            dtype = np.dtype(_DTYPES[node.attributes["to"]])
        elif node.op in _BOOLS or node.op in _COUNTS:
            dtype = np.dtype(bool if node.op in _BOOLS else np.int64)
        else:
            dtype = self.dtypes[node.inputs[1 if node.op == "Where" else 0]]
        for i, name in enumerate(node.outputs):
            self.dtypes[name] = np.dtype(np.int64) if node.op == "TopK" and i else dtype

    # ------------------------------------------------------------------ for the expressions

    def text(self, name: str) -> Text:
        """How a value is written."""
        if not name:
            return Text("")
        if name not in self._texts:
            self._texts[name] = self._constant(name, self.graph.initializers[name])
        return self._texts[name]

    def _constant(self, name: str, array: Any) -> Text:
        """A number where it stands; short vectors of integers too; others are loaded."""
        if array.ndim == 0:
            return number(array)
        if _is_vector(array):
            return Text(f"np.array({array.tolist()})")
        return Text(f'weights["{name}"]')

    def known(self, node: Operand, i: int) -> Any:
        """The array of operand `i`, if it is a constant."""
        if i >= len(node.node.inputs):
            return None
        return self.graph.initializers.get(node.node.inputs[i])

    def sizes_in(self, node: Operand, i: int) -> Text:
        """Operand `i`, sizes, as a tuple."""
        sizes = self.sizes.get(node.node.inputs[i])
        if sizes is None:
            return self.call("tuple", node[i])
        return Text(f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})")

    def typed(self, node: Operand, i: int) -> Text:
        """Operand `i`; a number with its dtype, where no array gives it one."""
        array = self.known(node, i)
        plain = array is None or array.ndim or array.dtype in (np.dtype(bool), np.dtype(np.int64))
        return node[i] if plain else Text(f"np.{array.dtype.name}({node[i]})")

    def shape(self, name: str) -> Any:
        """The shape of a value; of one that is not known, a shape of one unknown size."""
        if name in self.graph.initializers:
            return self.graph.initializers[name].shape
        info = self.graph.infos.get(name)
        return (None,) if info is None else info.shape

    def helper(self, name: str) -> str:
        """The name of a function that is to be copied, with those that it calls."""
        source = inspect.getsource(getattr(helpers, name))
        for other in re.findall(r"\b([a-z_]+)\(", source):
            if other != name and inspect.isfunction(vars(helpers).get(other)):
                self.helper(other)
        if name not in self.used:
            self.used.append(name)
        return name

    def call(self, function: str, *args: Any, **kwargs: Any) -> Text:
        """``function(args)``."""
        words = [python(x) for x in args] + [f"{key}={python(x)}" for key, x in kwargs.items()]
        return Text(f"{function}({', '.join(words)})")

    def method(self, x: Text, name: str, *args: Any, **kwargs: Any) -> Text:
        """``x.name(args)``."""
        return self.call(self.attribute(x, name), *args, **kwargs)

    def attribute(self, x: Text, name: str) -> Text:
        """``x.name``."""
        return Text(f"{tight(x)}.{name}")

    def item(self, x: Text, i: int) -> Text:
        """``x[i]``."""
        return Text(f"{tight(x)}[{i}]")

    def dtype_text(self, number: int) -> Text:
        """A dtype of ONNX as NumPy's."""
        name = _DTYPES[number]
        return Text("bool" if name == "bool" else f"np.{name}")

    def dtype_of(self, node: Operand, i: int) -> Text:
        """The dtype of an operand."""
        return Text(f"np.{node.dtype(i).name}")

    def bound(self, node: Operand, i: int, k: int, step: int) -> str:
        """One end of a slice; nothing where it is the beginning or the end."""
        ends = self.known(node, i)
        if ends is None:
            sizes = self.sizes.get(node.node.inputs[i])
            return self.item(node[i], k) if sizes is None else sizes[k]
        end = int(ends[k])
        if abs(end) >= 2**31 or (i == 1 and end == 0 and step > 0) or (i == 1 and end == -1 and step < 0):
            return ""
        return str(end)


def _is_vector(array: Any) -> bool:
    return bool(array.ndim == 1 and array.size <= 8 and array.dtype == np.int64)
