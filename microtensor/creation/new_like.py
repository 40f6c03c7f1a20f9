"""Tensors of another tensor's dtype: `new_zeros`, `new_full`, `new_tensor`."""

from __future__ import annotations

from typing import Any

from ..engine.tensor import Tensor, install
from .factories import _finish, empty, full, ones, zeros
from .from_data import tensor


def _like(make: Any) -> Any:
    """`make`, a function of sizes, as a method that takes the tensor's own dtype."""

    def method(
        self: Tensor, *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None,
        device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    ) -> Tensor:  # fmt: skip
        made = make(*sizes, size=size, dtype=self.dtype if dtype is None else dtype, device=device)
        return _finish(made.array, requires_grad, None, layout, pin_memory)

    method.__name__ = method.__qualname__ = f"new_{make.__name__}"
    method.__doc__ = f"`{make.__name__}` with this tensor's dtype."
    return method


def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`full` with this tensor's dtype."""
    made = full(size, fill_value, dtype=self.dtype if dtype is None else dtype, device=device)
    return _finish(made.array, requires_grad, None, layout, pin_memory)


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    layout: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """`tensor` with this tensor's dtype."""
    made = tensor(data, dtype=self.dtype if dtype is None else dtype, device=device)
    return _finish(made.array, requires_grad, None, layout, pin_memory)


new_zeros, new_ones, new_empty = map(_like, (zeros, ones, empty))
install(
    new_zeros=new_zeros, new_ones=new_ones, new_empty=new_empty, new_full=new_full, new_tensor=new_tensor,
)  # fmt: skip
