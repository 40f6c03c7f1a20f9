"""Tensors that a module takes notice of when they are assigned to it.

What makes a Parameter a parameter is its class alone: `Module` looks at it in ``__setattr__``.
Arithmetic on it gives plain tensors.
"""

from __future__ import annotations

from typing import Any, Self

from .. import _lazy
from ..creation import factories as creation
from ..engine.overriding.dispatch import disabled, overrides
from ..engine.tensor import Tensor


def _require_tensor(data: object, kind: str) -> None:
    if not isinstance(data, Tensor):
        raise TypeError(
            f"{kind} takes a tensor or None, not {type(data).__name__}: "
            f"wrap the data first, as in {kind}(mt.tensor(data))"
        )


class _Marked(type):
    """That a tensor of a subclass which overrides functions can be a parameter, and stay of its class."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        mark = vars(cls).get("_mark")
        return mark is not None and isinstance(instance, Tensor) and bool(getattr(instance, mark, False))


class Parameter(Tensor, metaclass=_Marked):
    """A leaf tensor that is to be learned; a module registers it on assignment.

    It shares the memory of `data` and none of its history.  Without data it is empty.  Of a tensor of a
    subclass with ``__torch_function__`` it is a leaf of that subclass, which is a Parameter by `isinstance`.

    Raises ``RuntimeError`` if a gradient is required of a dtype that is not floating point, and
    ``TypeError`` if `data` is not a tensor.

    >>> mt.nn.Parameter(mt.tensor([1.0, 2.0]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __torch_function__ = disabled  # type: ignore[assignment]
    _prefix = "tensor("
    _mark = "_is_param"

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        """Share the memory of `data`."""
        data = creation.empty(0) if data is None else data
        _require_tensor(data, "Parameter")
        if cls is Parameter and overrides(data):
            leaf: Any = data.detach().requires_grad_(requires_grad)
            leaf._is_param = True
            return leaf  # type: ignore[no-any-return]
        parameter: Self = cls._alias(data, requires_grad)
        return parameter

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # A copied model starts without gradients, as PyTorch's does.
        return type(self)(self.detach().clone(), self.requires_grad)


class Buffer(Tensor, metaclass=_Marked):
    """A tensor that belongs to a module's state but is not learned; registered on assignment.

    It shares the memory of `data`.  With ``persistent=False`` it stays out of the state dict.

    >>> module = mt.nn.Module()
    >>> module.mean = mt.nn.Buffer(mt.zeros(2))
    >>> list(module.state_dict())
    ['mean']
    """

    persistent: bool
    __torch_function__ = disabled  # type: ignore[assignment]
    _prefix = "tensor("
    _mark = "_is_buffer"

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        """Share the memory of `data`."""
        data = creation.empty(0) if data is None else data
        _require_tensor(data, "Buffer")
        if overrides(data):
            held: Any = data.detach().requires_grad_(data.requires_grad)
            held._is_buffer, held.persistent = True, persistent
            return held  # type: ignore[no-any-return]
        buffer: Self = cls._alias(data, data.requires_grad)
        buffer.persistent = persistent
        return buffer


__getattr__, __dir__ = _lazy.publish(__name__)  # parameters without a shape
