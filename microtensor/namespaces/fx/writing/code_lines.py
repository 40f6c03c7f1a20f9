"""The lines of a graph's code, and the global names that they use."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import microtensor

from ..node import Node
from .namespace import Namespace, custom_builtins
from .node_text import type_repr
from .operators import inplace_methods, magic_methods
from .torch_names import is_from_torch, qualified_name

__all__ = ["Lines", "attribute_of"]

_OF_TYPING = {
    kind: getattr(typing, name)
    for name, kind in {"List": list, "Dict": dict, "Set": set, "FrozenSet": frozenset, "Tuple": tuple}.items()
}


def attribute_of(base: str, path: str) -> str:
    """``base.a.b``, with ``getattr`` for what is no name.

    >>> from microtensor.fx.writing.code_lines import attribute_of
    >>> attribute_of("self", "net.0.weight")
    'getattr(self.net, "0").weight'
    """
    for part in path.split("."):
        base = f"{base}.{part}" if part.isidentifier() else f'getattr({base}, "{part}")'
    return base


class Lines:
    """The body of a function, written once."""

    def __init__(
        self,
        nodes: Sequence[Node],
        root: str,
        namespace: Namespace,
        output: Callable[..., str],
        verbose: bool,
    ) -> None:
        self.nodes, self.root, self.namespace, self.output = nodes, root, namespace, output
        self.verbose = verbose
        self.globals: dict[str, Any] = {}
        self.free_vars: list[str] = []
        self.returned = ""
        self._wrapped: dict[str, None] = {}
        self._comment = ""
        self._last_uses = _last_uses(nodes)
        for name, found in custom_builtins.items():
            self.add_global(name, found.obj)

    def written(self) -> list[str]:
        """The pieces of the body."""
        body: list[str] = []
        for i, node in enumerate(self.nodes):
            if self.verbose:
                body += self._commented(node)
            body += [f"# COUNTER: {i}\n", *self._line(node)]
        return body or ["pass\n"]

    def wraps(self) -> list[str]:
        """The statements that wrap functions anew, for a program that traces this one."""
        return [f'torch.fx._symbolic_trace.wrap("{name}")' for name in self._wrapped]

    def add_global(self, hint: str, obj: Any) -> str:
        """The name by which the code reaches `obj`; of what is PyTorch's that is `hint`."""
        if is_from_torch(obj) and obj is not microtensor.device:
            return hint
        name = self.namespace.create_name(hint, obj)
        self.globals.setdefault(name, obj)
        return name

    # ------------------------------------------------------------ values

    def type(self, hint: Any) -> str:
        """A type as the code writes it."""
        if hint == ():
            return "()"
        inner = typing.get_args(hint)
        if isinstance(hint, types.UnionType):
            return "|".join(map(self.type, inner))
        origin = getattr(hint, "__origin__", None)
        if origin is None:
            return self.add_global(type_repr(hint), hint)
        if not isinstance(hint, types.GenericAlias):
            origin = _OF_TYPING.get(origin, origin)
        head = self.add_global(type_repr(origin), origin)
        return f"{head}[{','.join(map(self.type, inner))}]" if inner else head

    def value(self, arg: Any) -> str:
        """An argument as the code writes it."""
        if isinstance(arg, tuple) and hasattr(arg, "_fields"):
            return f"{self.add_global(qualified_name(type(arg)), type(arg))}{tuple(arg)!r}"
        if isinstance(arg, enum.Enum):
            return f"{self.add_global(type(arg).__name__, type(arg))}.{arg.name}"
        if isinstance(arg, microtensor.Tensor):
            return f"torch.Tensor(size={list(arg.size())}, dtype={str(arg.dtype).split('.')[-1]})"
        if isinstance(arg, tuple):
            return f"({', '.join(map(self.value, arg))}{',' * (len(arg) == 1)})"
        if isinstance(arg, list):
            return f"[{', '.join(map(self.value, arg))}]"
        if isinstance(arg, slice):
            return f"slice({', '.join(self.value(part) for part in (arg.start, arg.stop, arg.step))})"
        return repr(arg)

    def call(self, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """The arguments of a call, in their parentheses."""
        words = [*map(self.value, args), *(f"{key} = {self.value(value)}" for key, value in kwargs.items())]
        return f"({', '.join(words)})"

    # ------------------------------------------------------------ nodes

    def _line(self, node: Node) -> Iterator[str]:
        if node.op == "placeholder":
            yield from self._argument(node)
        elif node.op == "output":
            self.returned = "" if node.type is None else f" -> {self.type(node.type)}"
            yield f"{self.output(node.args[0], repr_fn=self.value)}\n"
        else:
            yield self._statement(node)
            gone = [*self._last_uses.get(node, ()), *([] if node.users else [node])]
            yield f";  {' = '.join([*map(repr, gone), 'None'])}\n" if gone else "\n"

    def _argument(self, node: Node) -> Iterator[str]:
        target = str(node.target)
        default = f" = {self.value(node.args[0])}" if node.args else ""
        self.free_vars.append(f"{target}{self._hint(node)}{default}")
        plain = target.replace("*", "")
        if plain != repr(node):
            yield f"{node!r} = {plain}\n"

    def _hint(self, node: Node) -> str:
        found = self._seen(node) if self.verbose else ""
        return found or ("" if node.type is None else f" : {self.type(node.type)}")

    def _statement(self, node: Node) -> str:
        start = f"{node!r}{self._hint(node)} = "
        if node.op == "get_attr":
            return start + attribute_of(self.root, str(node.target))
        if node.op == "call_module":
            return start + attribute_of(self.root, str(node.target)) + self.call(node.args, node.kwargs)
        if node.op == "call_method":
            method = attribute_of(self.value(node.args[0]), str(node.target))
            return start + method + self.call(node.args[1:], node.kwargs)
        return self._function(node, start)

    def _function(self, node: Node, start: str) -> str:
        target: Any = node.target
        operator = target.__name__ if getattr(target, "__module__", "") == "_operator" else ""
        if operator in magic_methods:
            return start + magic_methods[operator].format(*map(self.value, node.args))
        if operator in inplace_methods:
            change = inplace_methods[operator].format(*map(self.value, node.args))
            return f"{change};  {start}{self.value(node.args[0])}"
        if target is getattr and len(node.args) == 2 and str(node.args[1]).isidentifier():
            return start + attribute_of(self.value(node.args[0]), node.args[1])
        name = self.add_global(qualified_name(target, given=node.kwargs), target)
        if node.meta.get("is_wrapped"):
            self._wrapped.setdefault(name)
        return start + name + self.call(node.args, node.kwargs)

    # ------------------------------------------------------------ for readers

    def _commented(self, node: Node) -> Iterator[str]:
        """Where the program made the call, unless that is where the one before was made."""
        if node.op in ("placeholder", "output"):
            return
        frames = [line.strip() for line in (node.stack_trace or "").splitlines()]
        found = [i for i, line in enumerate(frames) if line.startswith('File "')]
        text = "No stacktrace found for following nodes"
        if found and found[-1] + 1 < len(frames):
            _, file, rest = frames[found[-1]].split('"', 2)
            number, _, function = rest.removeprefix(", line ").partition(", in ")
            text = f"File: {file}:{number} in {function}, code: {frames[found[-1] + 1]}"
        if text != self._comment:
            self._comment = text
            yield f"\n# {text}\n"

    def _seen(self, node: Node) -> str:
        """The dtype and shape that a pass has seen, as a hint."""
        found: Any = node.meta.get("val", node.meta.get("tensor_meta", node.meta.get("example_value")))
        if not hasattr(found, "dtype") or not hasattr(found, "shape"):
            return ""
        return f': "{_SHORT.get(str(found.dtype), str(found.dtype))}[{", ".join(map(str, found.shape))}]"'


_SHORT = {f"torch.{kind}{bits}": f"{kind[0]}{bits}" for kind in ("float", "int", "uint", "complex")
          for bits in (8, 16, 32, 64, 128)} | {"torch.bool": "b8", "torch.bfloat16": "bf16"}  # fmt: skip


def _last_uses(nodes: Sequence[Node]) -> dict[Node, list[Node]]:
    """By node, the results that nobody uses after it."""
    seen: set[Node] = set()
    found: dict[Node, list[Node]] = {}
    for user in reversed(nodes):
        for node in user._input_nodes:
            if node not in seen:
                seen.add(node)
                found.setdefault(user, []).append(node)
    return found
