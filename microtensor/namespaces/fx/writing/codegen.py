"""Python code from a graph: one line a node, each result let go of after its last use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..node import Node
from .code_lines import Lines
from .namespace import Namespace

__all__ = ["CodeGen", "PyTreeCodeGen", "PythonCode"]


@dataclass
class PythonCode:
    """The source of a function, and the global names that it uses."""

    src: str
    globals: dict[str, Any]
    _lineno_map: dict[int, int | None] | None = None
    _prologue_start: int = 0


class CodeGen:
    """How the code of a graph looks; subclasses change its beginning and its end."""

    def __init__(self) -> None:
        self._body_transformer: Callable[[list[str]], list[str]] | None = None
        self._func_name = "forward"

    def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str) -> str:
        """The line ``def forward(self, x):``, from the arguments as they are written."""
        given = free_vars if free_vars[:1] == ["self"] else ["self", *free_vars]
        return f"def {self._func_name}({', '.join(given)}){maybe_return_annotation}:"

    def generate_output(self, output_args: Any, *, repr_fn: Callable[[Any], str] = repr) -> str:
        """The line ``return x``."""
        return f"return {repr_fn(output_args)}"

    def process_inputs(self, *args: Any) -> Any:
        """The arguments of the graph, from those of the function."""
        return args

    def process_outputs(self, outputs: Any) -> Any:
        """The function's result, from that of the graph."""
        return outputs

    def additional_globals(self) -> list[tuple[str, Any]]:
        """Further names that the code uses, and what they mean."""
        return []

    def _gen_python_code(
        self, nodes: Sequence[Node], root_module: str, namespace: Namespace, verbose: bool = False
    ) -> PythonCode:
        lines = Lines(nodes, root_module, namespace, self.generate_output, verbose)
        body = lines.written()
        for name, value in self.additional_globals():
            lines.add_global(name, value)
        wraps = "\n".join(lines.wraps())
        if self._body_transformer is not None:
            body = self._body_transformer(body)
        head = self.gen_fn_def(lines.free_vars, lines.returned)
        text, numbers = _numbered("".join(body), head.count("\n") + 1)
        return PythonCode(f"\n{wraps}\n\n{head}\n{text}", lines.globals, numbers, wraps.count("\n") + 4)


def _numbered(body: str, first: int) -> tuple[str, dict[int, int | None]]:
    """The body without its counters, indented, and which line is which node's."""
    kept: list[str] = []
    numbers: dict[int, int | None] = {}
    now = None
    for line in body.split("\n"):
        counter = re.search(r"# COUNTER: (\d+)", line)
        if counter is not None:
            now = int(counter[1])
        else:
            numbers[len(kept) + first] = now
            kept.append(line)
    text = "\n".join(kept).lstrip("\n")
    return "\n".join(f"    {line}" for line in text.split("\n")), numbers


class PyTreeCodeGen(CodeGen):
    """The code of a program with nested arguments: it takes them apart, and nests its result."""

    def __init__(self, orig_args: list[str], in_spec: Any, out_spec: Any = None) -> None:
        super().__init__()
        self.orig_args, self.in_spec, self.out_spec = orig_args, in_spec, out_spec

    def process_inputs(self, *args: Any) -> Any:
        """The leaves of the arguments."""
        return self.in_spec.flatten_up_to(tuple(args))

    def process_outputs(self, outputs: Any) -> Any:
        """The result, nested as it was in the program."""
        from microtensor.utils._pytree import tree_unflatten

        if self.out_spec is None:
            return outputs
        return tree_unflatten(
            list(outputs) if isinstance(outputs, (list, tuple)) else [outputs], self.out_spec
        )

    def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str) -> str:
        """The arguments as they were, and the line that takes them apart."""
        head = super().gen_fn_def(self.orig_args, maybe_return_annotation)
        plain = [re.split("[:=]", word)[0].strip() for word in free_vars]
        own = ["self"] if self.orig_args[:1] == ["self"] else []
        if not plain:
            return head
        spec = f"fx_pytree.tree_flatten_spec([{', '.join(self.orig_args)}], self._in_spec)"
        return f"{head}\n    {', '.join(own + plain)}, = {spec}"

    def generate_output(self, output_args: Any, *, repr_fn: Callable[[Any], str] = repr) -> str:
        """The line that nests the result."""
        text = repr_fn(output_args)
        return f"return pytree.tree_unflatten({text}, self._out_spec)" if self.out_spec else f"return {text}"
