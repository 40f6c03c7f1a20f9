"""The in-place twins of functions that are seldom used in place, and writing by a Python function.

See `inplace` for how an in-place form is made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ...engine.tensor import Tensor, install
from ...engine.writes import check_target, write
from ..elementwise import comparison as compare
from ..elementwise import division
from ..elementwise import trigonometric as elementary
from ..elementwise.powers_roots import float_power
from ..elementwise.sign_abs import neg
from ..matmul import matmul as product
from .history import overwrite
from .methods import _inplace

_TWINS: dict[str, Any] = {
    name: getattr(Tensor, name)
    for name in (
        "conj_physical", "cumprod", "deg2rad", "rad2deg", "sgn", "fix", "ldexp",
        "heaviside", "renorm", "index_add", "index_copy", "index_fill", "index_reduce", "masked_scatter",
        "put", "scatter_reduce", "addmv", "addr", "addbmm",
    )
}  # fmt: skip
_ALIASES: dict[str, Any] = {
    "arccos": elementary.acos, "arccosh": elementary.acosh, "arcsin": elementary.asin,
    "arcsinh": elementary.asinh, "arctan": elementary.atan, "arctanh": elementary.atanh,
    "arctan2": elementary.atan2, "greater": compare.gt, "greater_equal": compare.ge, "less": compare.lt,
    "less_equal": compare.le, "not_equal": compare.ne, "negative": neg,
    "true_divide": division.div, "baddbmm": product.baddbmm,
}  # fmt: skip
_OPS = ("copysign", "nextafter", "gcd", "lcm", "bitwise_left_shift", "bitwise_right_shift")
_TWINS |= _ALIASES | {name: getattr(Tensor, name) for name in _OPS}
_SHIFTS = {"__ilshift__": "bitwise_left_shift", "__irshift__": "bitwise_right_shift"}


def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it; no gradient.

    >>> mt.tensor([1.0, 2.0]).apply_(lambda v: v + 1)
    tensor([2., 3.])
    """
    if self.requires_grad:
        raise RuntimeError(
            "Can't call apply_() on Variable that requires grad. Use var.detach().apply_() instead."
        )
    flat = [callable(v) for v in self.array.reshape(-1).tolist()]
    write(self, np.array(flat, self.dtype).reshape(self.shape), "apply_")
    return self


def map_(self: Tensor, other: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it and of the other's; no gradient.

    >>> mt.tensor([1.0, 2.0]).map_(mt.tensor([3.0, 4.0]), lambda a, b: a * b)
    tensor([3., 8.])
    """
    if self.requires_grad or other.requires_grad:
        raise TypeError("Can't call map_() on Variable that requires grad. Use var.detach().map_() instead.")
    pairs = np.broadcast_arrays(self.array, other.array)
    flat = [callable(a, b) for a, b in zip(*(p.reshape(-1).tolist() for p in pairs), strict=True)]
    write(self, np.array(flat, self.dtype).reshape(self.shape), "map_")
    return self


def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write a number on the diagonal; with ``wrap=True`` again and again in a tall matrix.

    >>> mt.zeros(2, 2).fill_diagonal_(1.0)
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_target(self, "fill_diagonal_")
    if self.ndim < 2 or (self.ndim > 2 and len(set(self.shape)) > 1):
        raise RuntimeError(
            f"fill_diagonal_: expected a matrix, or all dimensions of one length, got {tuple(self.shape)}"
        )
    mask = np.zeros(tuple(self.shape), bool)
    np.fill_diagonal(mask, True, wrap)
    return overwrite(self, self.masked_fill(Tensor._of(mask), fill_value), "fill_diagonal_")


def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """``float_power``, written into this tensor, which must be float64.

    >>> mt.tensor([3.0], dtype=mt.float64).float_power_(2)
    tensor([9.], dtype=torch.float64)
    """
    if self.dtype != np.float64:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype} but the operation's result requires "
            "dtype float64: use pow_, or x.double()"
        )
    return _inplace("float_power_", float_power)(self, exponent)


def _of_a_copy(function: Any) -> Any:
    """A composite keeps what it reads at several nodes: of a tensor that is overwritten, a copy."""

    @wraps(function)
    def call(x: Tensor, *args: Any, **kwargs: Any) -> Any:
        return function(x.clone() if x.requires_grad else x, *args, **kwargs)

    return call


install(**{f"{name}_": _inplace(f"{name}_", _of_a_copy(function)) for name, function in _TWINS.items()})
install(**{special: _inplace(special, getattr(Tensor, name)) for special, name in _SHIFTS.items()})
install(apply_=apply_, float_power_=float_power_, map_=map_, fill_diagonal_=fill_diagonal_)
