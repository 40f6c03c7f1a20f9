"""Under which conditions a part of a program runs: at import or when called, and behind which guard.

A library that names something of PyTorch in a ``try`` or after ``hasattr`` does without it where it is
missing; one that names it in a class's bases cannot be imported.  So each node of a syntax tree is told which
it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["Condition", "conditions"]


class Condition(NamedTuple):
    """Whether code runs only when a function is called, what guards it, if anything, and what is local."""

    called: bool = False
    guard: str = ""
    local: frozenset[str] = frozenset()


def conditions(tree: ast.Module) -> dict[ast.AST, Condition]:
    r"""The condition of every node in a program.

    >>> import ast
    >>> tree = ast.parse("try:\n  import torch.fx\nexcept ImportError:\n  pass")
    >>> {c.guard for node, c in conditions(tree).items() if isinstance(node, ast.Import)}
    {'try'}
    """
    future = (
        node.names for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    )
    lazy = any(alias.name == "annotations" for names in future for alias in names)
    found: dict[ast.AST, Condition] = {}
    _Walk(found, lazy).block(tree.body, Condition())
    return found


class _Walk:
    def __init__(self, found: dict[ast.AST, Condition], lazy: bool) -> None:
        self.found, self.lazy = found, lazy

    def block(self, body: list[ast.stmt], condition: Condition) -> None:
        """Statements in their order: after ``if not hasattr(...): return`` the rest is guarded."""
        for node in body:
            self.visit(node, condition)
            if isinstance(node, ast.If) and _guard(node.test) and isinstance(node.body[-1], _LEAVES):
                condition = condition._replace(guard=condition.guard or _guard(node.test))

    def visit(self, node: ast.AST, condition: Condition) -> None:
        self.found[node] = condition
        special = _SPECIAL.get(type(node))
        if special is not None:
            special(self, node, condition)
            return
        for _, value in ast.iter_fields(node):
            self.field(value, condition)

    def field(self, value: object, condition: Condition) -> None:
        if isinstance(value, ast.AST):
            self.visit(value, condition)
        elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            self.block(value, condition)
        elif isinstance(value, list):
            for item in value:
                self.field(item, condition)

    def choice(self, node: ast.If | ast.IfExp, condition: Condition) -> None:
        self.visit(node.test, condition)
        inside = condition._replace(guard=condition.guard or _guard(node.test))
        self.field(node.body, inside)
        self.field(node.orelse, inside)

    def both(self, node: ast.BoolOp, condition: Condition) -> None:
        for value in node.values:
            self.visit(value, condition)
            condition = condition._replace(guard=condition.guard or _guard(value))

    def attempt(self, node: ast.Try, condition: Condition) -> None:
        caught = any(_catches(handler.type) for handler in node.handlers)
        inside = condition._replace(guard=condition.guard or "try" * caught)
        for part in (node.body, node.handlers, node.orelse):
            self.field(part, inside)
        self.field(node.finalbody, condition)

    def context(self, node: ast.With, condition: Condition) -> None:
        self.field(node.items, condition)
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        suppressed = any(_last(call.func) == "suppress" and any(map(_catches, call.args)) for call in calls)
        self.field(node.body, condition._replace(guard=condition.guard or "suppress" * suppressed))

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, condition: Condition) -> None:
        self.field(node.decorator_list, condition)
        self.visit(node.args, condition)
        self.annotation(node.returns, condition)
        local = condition.local | _bound(node)
        self.block(node.body, condition._replace(called=True, local=local))

    def anonymous(self, node: ast.Lambda, condition: Condition) -> None:
        self.visit(node.args, condition)
        local = condition.local | {argument.arg for argument in _arguments(node.args)}
        self.visit(node.body, condition._replace(called=True, local=local))

    def argument(self, node: ast.arg, condition: Condition) -> None:
        self.annotation(node.annotation, condition)

    def annotated(self, node: ast.AnnAssign, condition: Condition) -> None:
        self.annotation(node.annotation, condition)
        self.field([node.target, node.value], condition)

    def annotation(self, node: ast.expr | None, condition: Condition) -> None:
        if node is not None:
            guard = "annotation" if self.lazy else ""
            self.visit(node, condition._replace(guard=condition.guard or guard))


_SPECIAL: dict[type[ast.AST], Callable[[_Walk, Any, Condition], None]] = {
    ast.If: _Walk.choice, ast.IfExp: _Walk.choice, ast.BoolOp: _Walk.both, ast.Try: _Walk.attempt,
    ast.With: _Walk.context, ast.FunctionDef: _Walk.function, ast.AsyncFunctionDef: _Walk.function,
    ast.Lambda: _Walk.anonymous, ast.arg: _Walk.argument, ast.AnnAssign: _Walk.annotated,
}  # fmt: skip
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_ERRORS = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException", "NameError"}
_ASKING = {
    "hasattr": "hasattr",
    "getattr": "hasattr",
    "find_spec": "find_spec",
    "is_available": "is_available",
}


def _guard(test: ast.expr) -> str:
    """What a condition asks before something of PyTorch is used: "" if it is about something else."""
    for node in ast.walk(test):
        name = _last(node)
        if name == "TYPE_CHECKING" or name in _ASKING:
            return _ASKING.get(name, name)
        if "version" in name.lower() or name.startswith(("TORCH_", "_TORCH_")):
            return "version"
        if name.lower().endswith(("_available", "_installed")) or name.startswith(("HAS_", "_HAS_", "has_")):
            return "is_available"
        if isinstance(node, ast.Constant) and node.value == "__main__":
            return "__main__"
    return ""


def _last(node: ast.AST) -> str:
    """The last part of a dotted name; "" for what is none."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _catches(kind: ast.expr | None) -> bool:
    """Whether an ``except`` is for what a missing name raises."""
    return kind is None or any(_last(node) in _ERRORS for node in ast.walk(kind))


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None)


def _bound(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names that a function binds itself, which hide what the module imports under them."""
    stored = (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return {argument.arg for argument in _arguments(node.args)} | set(stored)
