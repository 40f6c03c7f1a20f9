"""A module whose ``forward`` is written from a graph."""

from __future__ import annotations

import copy
import itertools
import linecache
from typing import Any

from microtensor import nn

from .graph import Graph
from .module_paths import assign, used_paths
from .module_paths import copied as _copy_attr
from .writing.codegen import PythonCode, PyTreeCodeGen
from .writing.namespace import custom_builtins
from .writing.torch_names import qualified_name

__all__ = ["GraphModule", "reduce_graph_module"]

_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"
_numbers = itertools.count()


def _function(code: str, scope: dict[str, Any]) -> Any:
    """The function that `code` defines; tracebacks show its lines."""
    file = f"<fx graph {next(_numbers)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    names = dict(scope)
    exec(compile(code, file, "exec"), names)
    return names["forward"]


def _imports(names: dict[str, Any]) -> str:
    """The statements that bring the global names of a program."""
    return "\n".join(_import(name, obj) for name, obj in names.items())


def _import(name: str, obj: Any) -> str:
    if name in custom_builtins:
        return custom_builtins[name].import_str
    if getattr(obj, "__module__", "builtins") == "builtins":
        return f"{name} = {getattr(obj, '__name__', repr(obj))}"
    module, _, word = qualified_name(obj).rpartition(".")
    return f"from {module} import {word} as {name}"


class GraphModule(nn.Module):
    """A module that does what a graph says, with the parameters, buffers and modules that the graph names.

    `root` is the module from which these are taken, or a dictionary of them by path.  Each instance has a
    class of its own, so that its ``forward`` can be written anew.  Raises ``RuntimeError`` for a path that
    the dictionary does not have.

    >>> graph = mt.fx.Graph()
    >>> _ = graph.output(graph.call_module("act", (graph.placeholder("x"),)))
    >>> module = mt.fx.GraphModule({"act": mt.nn.ReLU()}, graph)
    >>> module(mt.tensor([-1.0, 1.0]))
    tensor([0., 1.])
    """

    _graph: Graph
    _code: str

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """An instance of a class of its own."""
        base = next(c for c in cls.__mro__ if "_of_one_instance" not in vars(c))

        class GraphModuleImpl(base):  # type: ignore[misc,valid-type]
            _of_one_instance = True

        return object.__new__(GraphModuleImpl)

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule") -> None:
        super().__init__()
        type(self).__name__ = self._graphmodule_cls_name = class_name
        if isinstance(root, nn.Module):
            self.training = root.training
            for path in used_paths(graph):
                _copy_attr(root, self, path)
        else:
            _install(self, root, graph)
        self.meta: dict[str, Any] = dict(getattr(root, "meta", {}) or {})
        self._tracer_cls = graph._tracer_cls if "<locals>" not in str(graph._tracer_cls) else None
        self._tracer_extras = graph._tracer_extras or {}
        self.graph = graph

    # ------------------------------------------------------------ the graph and its code

    @property
    def graph(self) -> Graph:
        """The graph; after a change, `recompile` writes the code anew."""
        return self._graph

    @graph.setter
    def graph(self, g: Graph) -> None:
        if not isinstance(g, Graph):
            raise AssertionError(f"graph: expected a Graph, got {type(g).__name__}")
        vars(self)["_graph"] = g
        g.owning_module = self
        self.recompile()

    @property
    def code(self) -> str:
        """The source of ``forward``."""
        return self._code

    def recompile(self) -> PythonCode:
        """Write ``forward`` from the graph as it is now.

        >>> module = mt.fx.symbolic_trace(lambda x: x + 1)
        >>> x, add, end = module.graph.nodes
        >>> add.args = (x, 5)
        >>> _ = module.recompile()
        >>> module(1)
        6
        """
        codegen = self._graph._codegen
        if isinstance(codegen, PyTreeCodeGen):
            vars(self).update(_in_spec=codegen.in_spec, _out_spec=codegen.out_spec)
        made = self._graph.python_code("self")
        vars(self)["_code"] = made.src
        cls: Any = type(self)
        cls.forward = _function(made.src, made.globals)
        return made

    def print_readable(self, print_output: bool = True, **options: Any) -> str:
        """Print the module as a class, with shapes if `ShapeProp` has seen them; returns the text."""
        body = self._graph.python_code("self", verbose=True).src.lstrip("\n")
        lines = [f"    {line}".rstrip() for line in body.split("\n")]
        text = "\n".join([f"class {self._get_name()}(torch.nn.Module):", *lines])
        for name, child in self.named_children():
            if isinstance(child, GraphModule):
                inner = child.print_readable(print_output=False)
                text += "".join(f"\n    {line}".rstrip(" ") for line in ["", f"# {name}", *inner.split("\n")])
        if print_output:
            print(text)
        return text

    def __str__(self) -> str:
        hint = "# To see more debug info, please use `graph_module.print_readable()`"
        return "\n".join([super().__repr__(), self._code, hint])

    def to_folder(self, folder: Any, module_name: str = "FxModule") -> None:
        """Write the module as a package that can be edited: its code, and a file with its weights.

        Modules inside are saved whole, so that reading them back runs what they hold.
        """
        from .folder import write

        write(self, folder, module_name, _imports(self._graph.python_code("self").globals))

    # ------------------------------------------------------------ modules inside

    def add_submodule(self, target: str, m: nn.Module) -> bool:
        """Put a module at a path, with empty modules on the way; False if something else is in the way.

        >>> module = mt.fx.symbolic_trace(mt.nn.ReLU())
        >>> module.add_submodule("a.b", mt.nn.Tanh()), module.get_submodule("a.b")
        (True, Tanh())
        """
        *path, name = target.split(".")
        here: nn.Module = self
        for part in path:
            inner = getattr(here, part, None)
            if inner is None:
                inner = nn.Module()
                setattr(here, part, inner)
            if not isinstance(inner, nn.Module):
                return False
            here = inner
        here.add_module(name, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Remove the module at a path; False if there is none."""
        *path, name = target.split(".")
        here: Any = self
        for part in path:
            here = getattr(here, part, None)
        if not isinstance(getattr(here, name, None), nn.Module):
            return False
        delattr(here, name)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Remove the modules that the graph neither calls nor reads from."""
        used: set[str] = set()
        for node in self._graph.nodes:
            if node.op in ("call_module", "get_attr"):
                parts = str(node.target).split(".")
                used |= {".".join(parts[:i]) for i in range(1, len(parts) + 1)}
                used |= {name for name, _ in self.named_modules() if name.startswith(f"{node.target}.")}
        for name in [name for name, _ in self.named_modules() if name and name not in used]:
            self.delete_submodule(name)

    # ------------------------------------------------------------ copies

    def __reduce__(self) -> Any:
        made = self._graph.python_code("self")
        state = {key: value for key, value in vars(self).items() if key != "_graph"}
        return reduce_graph_module, (state, _imports(made.globals))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = GraphModule.__new__(type(self))
        memo[id(self)] = made
        nn.Module.__init__(made)
        vars(made).update(_state(self, memo))
        return _named_as(made, self, copy.deepcopy(self._graph))

    def _deepcopy_init(self) -> Any:
        return GraphModule.__init__

    def __copy__(self) -> Any:
        made = GraphModule(self, self._graph, self._graphmodule_cls_name)
        self._graph.owning_module = self
        made.meta = self.meta
        return made


def _state(module: Any, memo: dict[int, Any]) -> dict[str, Any]:
    shared = ("_graph", "_parameters", "_buffers", "_modules")
    return {key: copy.deepcopy(value, memo) for key, value in vars(module).items() if key not in shared}


def _named_as(made: Any, other: Any, graph: Graph) -> Any:
    type(made).__name__ = other._graphmodule_cls_name
    made.graph = graph
    return made


def _install(module: Any, held: dict[str, Any], graph: Graph) -> None:
    """Put what the graph names into the module, from a dictionary."""
    paths = used_paths(graph)
    for path in paths:
        if path not in held:
            raise RuntimeError(f"GraphModule: the graph names {path!r}, which is not in the dictionary")
    for path in sorted(paths, key=lambda p: p.count(".")):
        assign(held[path], module, path)


class _CodeOnlyModule(nn.Module):
    """A module of these attributes, as another one's ``__dict__`` holds them."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__()
        views = ("_parameters", "_buffers", "_modules")
        vars(self).update({key: value for key, value in body.items() if key not in views})


def reduce_graph_module(body: dict[str, Any], import_block: str) -> Any:
    """The module that was pickled: its graph is traced anew from its code."""
    from ._symbolic_trace import Tracer

    base: type = body.get("_tracer_cls") or Tracer

    class KeepModules(base):  # type: ignore[misc]
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            return True

    class CodeOnly(_CodeOnlyModule):
        forward = _function(f"{import_block}\n{body['_code']}", {})

    holder = CodeOnly(body)
    graph = KeepModules().trace(holder, **body.get("_tracer_extras", {}))
    graph._tracer_cls = base
    made = GraphModule(holder, graph, body.get("_graphmodule_cls_name", "GraphModule"))
    kept = {key: value for key, value in body.items() if key not in vars(made)}
    vars(made).update(kept)
    return made
