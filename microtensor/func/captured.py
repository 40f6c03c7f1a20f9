"""No derivative is taken of a function that writes in place into a tensor from outside of it.

The derivative would be right for what the function returned and blind to what it left behind, so PyTorch
refuses.  Whether a tensor is from outside is asked when it is written to: its node is older than the call, or
the function finds it in its closure, its globals, or the object that it is a method of.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from ..engine import versions
from ..engine.tensor import Tensor
from .write_journal import Listener

_DEPTH = 4
"""How far a tensor is looked for in what a function captures: in a list that a module holds, for example."""


class NoCaptures(Listener):
    """For the length of a ``with``, refuses writes into what `function` captures, but for its arguments."""

    def __init__(self, function: Any, arguments: list[Any]) -> None:
        super().__init__()
        self.function, self.arguments = function, {id(x) for x in arguments}
        self.number = versions.next_number()

    def before(self, x: Tensor) -> None:
        """Raise if `x`, which is about to be written, is from outside."""
        root = x if x._view is None else x._view[0]
        if id(root) not in self.arguments and id(x) not in self.arguments and self._is_captured(root, x):
            raise RuntimeError(
                "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call "
                "in-place operation that would mutate a captured Tensor. This is not supported; please "
                "rewrite the function being transformed to explicitly accept the mutated Tensor(s) as inputs."
            )
        super().before(x)

    def _is_captured(self, root: Tensor, x: Tensor) -> bool:
        if root._node is not None:
            return bool(root._node.number < self.number)
        return any(tensor is root or tensor is x for tensor in _found(self.function, _DEPTH, set()))


def _found(value: Any, depth: int, seen: set[int]) -> Iterator[Tensor]:
    """The tensors that `value` holds, or reaches as a function does."""
    if isinstance(value, Tensor):
        yield value
    elif depth and id(value) not in seen:
        seen.add(id(value))
        for part in _parts(value):
            yield from _found(part, depth - 1, seen)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_full(cell)]
        return [*cells, *(value.__defaults__ or ()), *_globals_of(value, value.__code__)]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple, set)):
        return list(value)
    if isinstance(value, type) or type(value).__module__ == "builtins":
        return []
    return list(getattr(value, "__dict__", {}).values())


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - asking is what raises
    except ValueError:
        return False
    return True


def _globals_of(function: FunctionType, code: CodeType) -> list[Any]:
    """The globals that a function names, itself or in a function inside of it; not modules."""
    names = [function.__globals__.get(name) for name in code.co_names]
    inner = [part for c in code.co_consts if isinstance(c, CodeType) for part in _globals_of(function, c)]
    return [value for value in names if not hasattr(value, "__spec__")] + inner
