"""The part of a graph that writes it as code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .writing.codegen import CodeGen, PythonCode
from .writing.namespace import Namespace

__all__ = ["GraphCode"]


class GraphCode:
    """What `Graph` has to do with code."""

    nodes: Any
    _codegen: CodeGen

    def python_code(self, root_module: str, *, verbose: bool = False, **options: Any) -> PythonCode:
        """The source of a function that does what the graph says, on the module named `root_module`.

        >>> graph = mt.fx.symbolic_trace(lambda x: x + 1).graph
        >>> print(graph.python_code("self").src.strip())
        def forward(self, x):
            add = x + 1;  x = None
            return add
        """
        namespace, nodes = Namespace(), list(self.nodes)
        before = {node: node._repr_fn for node in nodes}
        for node in nodes:
            node._repr_fn = lambda n: namespace.create_name(n.name, n)
        try:
            return self._codegen._gen_python_code(nodes, root_module, namespace, verbose)
        finally:
            for node, shown in before.items():
                node._repr_fn = shown

    def set_codegen(self, codegen: CodeGen) -> None:
        """Let code look as `codegen` says."""
        self._codegen = codegen

    def on_generate_code(self, make_transformer: Callable[[Any], Any]) -> Any:
        """Change the lines of the code: ``make_transformer(the one before, or None)`` gives ``list -> list``.

        A context manager, at whose end the one before holds again.
        """
        before = self._codegen._body_transformer
        self._codegen._body_transformer = make_transformer(before)
        return self._until_exit(before)

    @contextmanager
    def _until_exit(self, before: Any) -> Iterator[None]:
        try:
            yield
        finally:
            self._codegen._body_transformer = before

    def process_inputs(self, *args: Any) -> Any:
        """The arguments of the graph, from those of its code."""
        return self._codegen.process_inputs(*args)

    def process_outputs(self, out: Any) -> Any:
        """The result of its code, from that of the graph."""
        return self._codegen.process_outputs(out)
