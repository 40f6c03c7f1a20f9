"""A graph: the steps of a program in their order, and the methods that add and remove them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .graph_checks import dead_code_removed, lint
from .graph_code import GraphCode
from .node import Argument, Node, Target, map_arg
from .writing.codegen import CodeGen, PythonCode, PyTreeCodeGen
from .writing.graph_text import print_tabular, text
from .writing.namespace import Namespace, snake_case
from .writing.torch_names import known

if TYPE_CHECKING:
    from .graph_module import GraphModule

__all__ = ["CodeGen", "Graph", "PyTreeCodeGen", "PythonCode"]

_PyTreeCodeGen = PyTreeCodeGen
_Namespace = Namespace


class _NodeList:
    """The nodes of a graph in their order, which may change while one goes through them."""

    def __init__(self, graph: Graph, direction: str = "_next") -> None:
        self.graph, self.direction = graph, direction

    def __len__(self) -> int:
        return self.graph._len

    def __iter__(self) -> Iterator[Node]:
        node = getattr(self.graph._root, self.direction)
        while node is not self.graph._root:
            following = node
            if not node._erased:
                yield node
            node = getattr(following, self.direction)

    def __reversed__(self) -> Iterator[Node]:
        return iter(_NodeList(self.graph, "_next" if self.direction == "_prev" else "_prev"))


class _Insertion:
    """From now on, or in a ``with``, new nodes are put elsewhere."""

    def __init__(self, graph: Graph, insert: Callable[[Node], None]) -> None:
        self._graph, self._before = graph, graph._insert
        graph._insert = insert

    def __enter__(self) -> None:
        """The place holds already."""

    def __exit__(self, *error: object) -> None:
        self._graph._insert = self._before


class Graph(GraphCode):
    """A program as a list of nodes: arguments, calls, and what is returned.

    >>> graph = mt.fx.Graph()
    >>> x = graph.placeholder("x")
    >>> doubled = graph.call_function(mt.add, (x, x))
    >>> _ = graph.output(doubled)
    >>> print(graph)
    graph():
        %x : [num_users=1] = placeholder[target=x]
        %add : [num_users=1] = call_function[target=torch.add](args = (%x, %x), kwargs = {})
        return add
    """

    def __init__(
        self, owning_module: GraphModule | None = None, tracer_cls: Any = None, tracer_extras: Any = None
    ) -> None:
        self._root = Node(self, "", "root", "", (), {})
        self._len = 0
        self._insert: Callable[[Node], None] = self._root.prepend
        self._graph_namespace = Namespace()
        self._codegen: CodeGen = CodeGen()
        self._owning_module = owning_module
        self._tracer_cls, self._tracer_extras = tracer_cls, tracer_extras

    @property
    def owning_module(self) -> Any:
        """The module whose paths the nodes name."""
        return self._owning_module

    @owning_module.setter
    def owning_module(self, mod: Any) -> None:
        self._owning_module = mod

    @property
    def nodes(self) -> _NodeList:
        """The nodes in their order."""
        return _NodeList(self)

    def output_node(self) -> Node:
        """The node that returns; ``StopIteration`` if there is none."""
        return next(node for node in reversed(self.nodes) if node.op == "output")

    def find_nodes(self, *, op: str, target: Target | None = None, sort: bool = True) -> list[Node]:
        """The nodes of one kind, and with one target if it is given, in their order."""
        return [node for node in self.nodes if node.op == op and target in (None, node.target)]

    # ------------------------------------------------------------ making nodes

    def create_node(
        self, op: str, target: Target, args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None, name: str | None = None, type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A node at the place where the graph inserts, the end unless said otherwise.

        Raises ``AssertionError`` for arguments that are no tuple, or no dictionary.
        """
        args, kwargs = () if args is None else args, {} if kwargs is None else kwargs
        assert isinstance(args, tuple), f"create_node: args is a tuple, got {type(args).__name__}"
        assert isinstance(kwargs, dict), f"create_node: kwargs is a dict, got {type(kwargs).__name__}"
        unique = self._graph_namespace.create_name(name or self._target_to_str(target), None)
        node = Node(self, unique, op, target, args, kwargs, type_expr)
        self._graph_namespace.associate_name_with_obj(unique, node)
        self._insert(node)
        self._len += 1
        return node

    def _target_to_str(self, target: Target) -> str:
        found = None if isinstance(target, str) else known(target)
        name = target if isinstance(target, str) else found.name if found else target.__name__
        if name.startswith("__") and name.endswith("__"):
            name = name[2:-2]
        return snake_case(name)

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = ...) -> Node:
        """An argument of the program."""
        args = () if default_value is ... else (default_value,)
        return self.create_node("placeholder", name, args, type_expr=type_expr)

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A parameter, buffer or module of the module that holds the graph, by its path."""
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(
        self, module_name: str, args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None, type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """The call of a module by its path."""
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(
        self, method_name: str, args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None, type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """The call of a method of ``args[0]``."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(
        self, the_function: Callable[..., Any], args: tuple[Argument, ...] | None = None,
        kwargs: dict[str, Argument] | None = None, type_expr: Any = None, name: str | None = None,
    ) -> Node:  # fmt: skip
        """The call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name, type_expr)

    def output(self, result: Argument, type_expr: Any = None) -> Node:
        """The end, which returns `result`."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    # ------------------------------------------------------------ changing

    def inserting_before(self, n: Node | None = None) -> Any:
        """From now on, or in a ``with``, new nodes come before `n`; without `n`, before all others.

        Raises ``AssertionError`` for a node of another graph.
        """
        if n is None:
            return self.inserting_after(self._root)
        assert n.graph is self, f"inserting_before: {n} belongs to another graph"
        return _Insertion(self, n.prepend)

    def inserting_after(self, n: Node | None = None) -> Any:
        """From now on, or in a ``with``, a new node comes right after `n`; without `n`, after all others.

        Raises ``AssertionError`` for a node of another graph.
        """
        if n is None:
            return self.inserting_before(self._root)
        assert n.graph is self, f"inserting_after: {n} belongs to another graph"
        return _Insertion(self, n.append)

    def erase_node(self, to_erase: Node) -> None:
        """Remove a node that nobody uses.

        Raises ``RuntimeError`` for one that is used, or of another graph.

        >>> graph = mt.fx.symbolic_trace(lambda x: x + 1).graph
        >>> graph.erase_node(next(iter(graph.nodes)))
        Traceback (most recent call last):
        RuntimeError: erase_node: x is used by [add]: let these use another node first (replace_all_uses_with)
        """
        if to_erase.users:
            raise RuntimeError(
                f"erase_node: {to_erase} is used by {list(to_erase.users)}: "
                "let these use another node first (replace_all_uses_with)"
            )
        if to_erase.graph is not self:
            raise RuntimeError(f"erase_node: {to_erase} belongs to another graph")
        if to_erase._erased:
            return
        to_erase._unlink()
        to_erase._erased = True
        self._len -= 1
        to_erase._take((), {})

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Argument] = lambda x: x) -> Node:
        """A copy of another graph's node; `arg_transform` gives what its arguments are in this graph."""
        args = map_arg(node.args, arg_transform)
        kwargs = map_arg(node.kwargs, arg_transform)
        made = self.create_node(node.op, node.target, args, dict(kwargs), node.name, node.type)
        made.meta = copy.copy(node.meta)
        return made

    def graph_copy(
        self, g: Graph, val_map: dict[Node, Node], return_output_node: bool = False
    ) -> Argument | None:
        """Copy the nodes of another graph to where this one inserts; what it would return, in nodes of this.

        `val_map` says what stands for nodes of `g`, and gets all that are copied.
        """
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                result = map_arg(node.args[0], val_map.__getitem__)
                return (result, node) if return_output_node else result
            val_map[node] = self.node_copy(node, val_map.__getitem__)
        return None

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Graph:
        made = Graph(tracer_cls=self._tracer_cls, tracer_extras=self._tracer_extras)
        memo = {} if memo is None else memo
        memo[id(self)] = made
        made._codegen = copy.deepcopy(self._codegen)
        copied: dict[Node, Node] = {}
        result: Any = made.graph_copy(self, copied, return_output_node=True)
        if result is not None:
            value, old = result
            new = made.create_node("output", "output", (value,), name=old.name, type_expr=old.type)
            new.meta = copy.copy(old.meta)
        return made

    def eliminate_dead_code(
        self, is_impure_node: Callable[[Node], bool] | None = None, impure_random: bool = True
    ) -> bool:
        """Remove the nodes whose result nobody uses, and that have no side effect; whether there were any.

        >>> graph = mt.fx.symbolic_trace(lambda x: (x + 1, x * 2)[0]).graph
        >>> graph.eliminate_dead_code(), [node.name for node in graph.nodes]
        (True, ['x', 'add', 'output'])
        """
        return dead_code_removed(self, is_impure_node or (lambda node: node.is_impure(impure_random)))

    def lint(self) -> None:
        """Check that each node uses nodes of this graph that stand before it, and that paths lead somewhere.

        Raises ``RuntimeError`` for what does not hold, ``ValueError`` for a path that leads nowhere.
        """
        lint(self)

    def __str__(self) -> str:
        return text(self)

    def print_tabular(self) -> None:
        """Print a table with a row for each node.

        Raises ``ImportError`` without the package `tabulate`.
        """
        print_tabular(self)
