"""Running a graph node by node, and writing a new one in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from microtensor import nn

from .graph import Graph
from .graph_module import GraphModule
from .node import Argument, Node, Target, map_aggregate, map_arg
from .proxy import Proxy

__all__ = ["Interpreter", "Transformer"]


class Interpreter:
    """Runs a module's graph one node after the other; subclass it to do something else at some of them.

    >>> class NegateRelu(mt.fx.Interpreter):
    ...     def call_function(self, target, args, kwargs):
    ...         found = super().call_function(target, args, kwargs)
    ...         return -found if target is mt.relu else found
    >>> traced = mt.fx.symbolic_trace(lambda x: mt.relu(x) + 1)
    >>> NegateRelu(traced).run(mt.tensor([3.0]))
    tensor([-2.])
    """

    def __init__(
        self, module: nn.Module, garbage_collect_values: bool = True, graph: Graph | None = None
    ) -> None:
        holder: Any = module
        self.module = holder
        self.submodules = dict(module.named_modules())
        self.graph: Graph = graph or self.module.graph
        self.env: dict[Node, Any] = {}
        self.name = "Interpreter"
        self.garbage_collect_values = garbage_collect_values
        self.extra_traceback = True
        self.args_iter: Iterator[Any] = iter(())

    def run(
        self, *args: Any, initial_env: dict[Node, Any] | None = None, enable_io_processing: bool = True
    ) -> Any:
        """What the program gives for these arguments; `initial_env` are results that are known already.

        Errors say at which node they happened.
        """
        self.env = {} if initial_env is None else initial_env
        self.args_iter = iter(self.graph.process_inputs(*args) if enable_io_processing else args)
        left = _uses(self.graph)
        for node in self.graph.nodes:
            if node not in self.env:
                self.env[node] = self._run(node)
            if node.op == "output":
                result = self.env[node]
                return self.graph.process_outputs(result) if enable_io_processing else result
            if self.garbage_collect_values:
                self._let_go(node, left)
        return None

    def _run(self, node: Node) -> Any:
        try:
            return self.run_node(node)
        except Exception as error:
            if self.extra_traceback:
                said = f"While executing {node.format_node()}\nOriginal traceback:\n{node.stack_trace}"
                error.args = ("\n\n".join([*map(str, error.args[:1]), said]), *error.args[1:])
            if isinstance(error, KeyError):
                raise RuntimeError(*error.args) from error
            raise

    def _let_go(self, node: Node, left: dict[Node, int]) -> None:
        for used in node._input_nodes:
            left[used] -= 1
            if not left[used]:
                del self.env[used]

    def run_node(self, n: Node) -> Any:
        """The result of one node."""
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        return getattr(self, n.op)(n.target, args, kwargs)

    def fetch_args_kwargs_from_env(self, n: Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """A node's arguments, with results in the place of nodes."""
        return self.map_nodes_to_values(n.args, n), self.map_nodes_to_values(n.kwargs, n)

    def map_nodes_to_values(self, args: Argument, n: Node) -> Any:
        """`args` with results in the place of nodes; ``RuntimeError`` for one that has not run."""

        def value(node: Node) -> Any:
            if node not in self.env:
                raise RuntimeError(
                    f"{n} uses {node}, which has not run: graph.lint() checks the order of nodes"
                )
            return self.env[node]

        return map_arg(args, value)

    # ------------------------------------------------------------ one kind of node each

    def placeholder(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The next argument, the rest of them for ``*args``, or the default.

        Raises ``RuntimeError`` if there is neither.
        """
        if str(target).startswith("*"):
            return list(self.args_iter)
        found = next(self.args_iter, args[0] if args else _MISSING)
        if found is _MISSING:
            raise RuntimeError(
                f"Expected positional argument for parameter {target}, but one was not passed in!"
            )
        return found

    def get_attr(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the module holds at a path."""
        return self.fetch_attr(str(target))

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a function gives."""
        return target(*args, **kwargs)

    def call_method(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a method of the first argument gives."""
        return getattr(args[0], target)(*args[1:], **kwargs)

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the module at a path gives."""
        return self.fetch_attr(target)(*args, **kwargs)

    def output(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the program returns."""
        return args[0]

    def fetch_attr(self, target: str) -> Any:
        """What the module holds at a path; ``RuntimeError`` if nothing."""
        here: Any = self.module
        for part in target.split("."):
            if not hasattr(here, part):
                raise RuntimeError(f"the graph names {target!r}, and {type(here).__name__} has no {part!r}")
            here = getattr(here, part)
        return here


_MISSING: Any = object()


def _uses(graph: Graph) -> dict[Node, int]:
    """By node, how many nodes use its result."""
    return {node: len(node.users) for node in graph.nodes}


class Transformer(Interpreter):
    """Runs a graph on stand-ins, so that what is done at each node makes up a new module.

    >>> class Gelu(mt.fx.Transformer):
    ...     def call_function(self, target, args, kwargs):
    ...         target = mt.nn.functional.gelu if target is mt.relu else target
    ...         return super().call_function(target, args, kwargs)
    >>> traced = mt.fx.symbolic_trace(lambda x: mt.relu(x))
    >>> print(Gelu(traced).transform().code.strip())
    def forward(self, x):
        gelu = torch._C._nn.gelu(x);  x = None
        return gelu
    """

    def __init__(self, module: GraphModule) -> None:
        from ._symbolic_trace import Tracer

        super().__init__(module)
        self.new_graph = Graph()
        self.new_graph.set_codegen(module.graph._codegen)

        class Leaves(Tracer):
            def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
                return True

        self.tracer = Leaves()
        self.tracer.graph, self.tracer.root = self.new_graph, module

    def placeholder(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An argument of the new graph."""
        return Proxy(
            self.new_graph.placeholder(str(target), default_value=args[0] if args else ...), self.tracer
        )

    def get_attr(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A node that reads the same."""
        return self.tracer.create_proxy("get_attr", target, args, kwargs)

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A node that calls the function."""
        return self.tracer.create_proxy("call_function", target, args, kwargs)

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the tracer makes of a module's call."""
        module = self.fetch_attr(target)
        return self.tracer.call_module(module, module.forward, args, kwargs)

    def transform(self) -> GraphModule:
        """The new module."""
        result = self.run(enable_io_processing=False)
        if result is not None:
            strip = lambda a: a.node if isinstance(a, Proxy) else a  # noqa: E731
            made = self.new_graph.output(map_aggregate(result, strip))
            made.meta.update(self.graph.output_node().meta)
        return GraphModule(self.module, self.new_graph)
