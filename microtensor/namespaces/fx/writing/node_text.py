"""How nodes and what stands in them are written in the text of a graph."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from .torch_names import qualified_name

if TYPE_CHECKING:
    from ..node import Node

__all__ = ["formatted", "shown_argument", "shown_target", "type_repr"]


def type_repr(obj: object) -> str:
    """A type as it is written in a program: with its module, unless that is Python's own.

    >>> from microtensor.fx.writing.node_text import type_repr
    >>> type_repr(int), type_repr(mt.Tensor), type_repr(list[int])
    ('int', 'torch.Tensor', 'list[int]')
    """
    if isinstance(obj, type) and not isinstance(obj, types.GenericAlias):
        own = obj.__module__ == "builtins"
        return obj.__qualname__ if own else qualified_name(obj, obj.__qualname__)
    if obj is ...:
        return "..."
    return obj.__name__ if isinstance(obj, types.FunctionType) else _as_torch(repr(obj))


def _as_torch(text: str) -> str:
    return text.replace("microtensor.engine.tensor.Tensor", "torch.Tensor")


def shown_target(target: object, given: Any = None) -> str:
    """What a node calls: a name, or the function's qualified name."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__name__", None)
    if name is None:
        return repr(target)
    module = getattr(target, "__module__", None)
    if module in ("builtins", "_operator"):
        return f"{module.lstrip('_')}.{name}"
    return qualified_name(target, given=given)


def shown_argument(arg: object) -> str:
    """An argument, nodes with a percent sign in front and words without quotes."""
    from ..node import Node

    if isinstance(arg, list):
        return f"[{', '.join(map(shown_argument, arg))}]"
    if isinstance(arg, tuple):
        return f"({', '.join(map(shown_argument, arg))}{',' * (len(arg) == 1)})"
    if isinstance(arg, dict):
        return "{" + ", ".join(f"{key}: {shown_argument(value)}" for key, value in arg.items()) + "}"
    return f"%{arg}" if isinstance(arg, Node) else str(arg)


def formatted(node: Node, placeholders: list[str] | None, returned: list[str] | None) -> str:
    """A node's line; the types of the graph's arguments and result are put into the two lists."""
    if node.op == "output":
        if node.type is not None and returned is not None:
            returned[:1] = [f" -> {type_repr(node.type)}"]
        return f"return {node.args[0]}"
    hint = "" if node.type is None else f"{type_repr(node.type)} "
    target = shown_target(node.target, node.kwargs)
    head = f"%{node.name} : {hint}[num_users={len(node.users)}] = {node.op}[target={target}]"
    if node.op == "placeholder":
        if placeholders is not None:
            placeholders.append(f"{node.target}{hint and f' : {hint.strip()}'}")
        return head + (f"(default={node.args[0]})" if node.args else "")
    if node.op == "get_attr":
        return head
    given: Any = shown_argument(node.args), shown_argument(node.kwargs)
    return f"{head}(args = {given[0]}, kwargs = {given[1]})"
