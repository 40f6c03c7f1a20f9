"""Operations in place: ``x.add_(y)``, ``x += y``, ``x[key] = y``, differentiable as in PyTorch.

An in-place operation is its out-of-place form, whose result is written into the tensor's memory
and whose history the tensor takes over.  If the tensor is a view, its root gets a new node,
`CopySlices`, that says: everything comes from the old root but the part that was written.  All other
views of that root notice (see `tensor.refresh`) and replay how they were made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes, versions
from ...engine.calls.scalar_first import TENSORS, reordered
from ...engine.dtypes import float16, float32, float64
from ...engine.grad_mode import recording
from ...engine.numpy_keywords import Later, method_signature
from ...engine.op_definition import registry
from ...engine.tensor import Diverted, Tensor, install
from ...engine.writes import check_apart, check_target, check_writeable, count_write, journal
from ..matmul.matmul import addmm
from ..reductions.cumsum_flip import cumsum
from ..views.expand import broadcast_to
from .history import overwrite

# -------------------------------------------------------------------- the family


def _source(x: Tensor) -> Tensor:
    """What an in-place operation reads: a copy, if an observer may keep what it is shown."""
    how = recording()
    return x if isinstance(how, bool) or not getattr(how, "keeps", True) else x.clone()


_UFUNCS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.true_divide}


def _straight(x: Tensor, operands: tuple[Any, ...], ufunc: Any, by: str) -> bool:
    """Compute into the memory of `x` itself, without history and without a copy, or answer False.

    This is how parameters are updated under ``no_grad``: 1.3 us where the general way takes 4.5, and
    one pass over large memory where that makes two.
    """
    if recording() is not False:
        return False
    other = operands[0]
    try:
        data = x._data
        kind = data.dtype
        if isinstance(other, Tensor):
            other = other._data
            if other.dtype is not kind or other.shape != data.shape:
                return False
        elif type(other) is not float and type(other) is not int:
            return False
    except Diverted:
        return False
    if (
        kind is not float32 and kind is not float64 and kind is not float16
    ) or data.__class__ is not np.ndarray:
        return False
    if not data.flags.writeable or x._extras is not None or journal.get() is not None:
        check_writeable(x, by)
    if other.__class__ is np.ndarray:
        whole = data if data.base is None else data.base
        if (other if other.base is None else other.base) is whole:  # asked here, as it is half the price
            check_apart(x, operands, by)
    try:  # noqa: SIM105 - a context costs as much as the sum
        ufunc(data, other, out=data)
    except RuntimeWarning:
        pass  # the result is written before NumPy looks at it
    if x._extras is None:
        versions.wrote(data, by)
    else:
        count_write(x, by)
    return True


def _inplace(name: str, function: Any) -> Any:
    """The in-place method of an out-of-place function."""
    ufunc, tensors = _UFUNCS.get(name[:-1]), len(TENSORS.get(name[:-1], range(9)))

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if ufunc is not None and len(args) == 1 and not kwargs and _straight(self, args, ufunc, name):
            return self
        check_target(self, name)
        if len(args) > tensors:
            (_, *args), kwargs = reordered(name, (self, *args), kwargs)  # type: ignore[assignment]
        result = function(_source(self), *args, **kwargs)
        if tuple(result.shape) == tuple(self.shape):
            check_apart(self, (*args, *kwargs.values()) if kwargs else args, name)
        return overwrite(self, result, name)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"``{name[:-1]}``, written into this tensor."
    method.__signature__ = Later(lambda: method_signature(function))  # type: ignore[attr-defined]
    return method


def copy_(self: Tensor, other: Any, non_blocking: bool = False) -> Tensor:
    """Write `other`, broadcast and converted, into this tensor.

    >>> mt.zeros(2).copy_(mt.tensor([1, 2]))
    tensor([1., 2.])
    """
    check_target(self, "copy_")
    src = other if isinstance(other, Tensor) else Tensor._of(np.asarray(other))
    check_apart(self, (src,), "copy_")
    shaped = src if src.shape == self.shape else broadcast_to(src, tuple(self.shape))
    fresh = shaped if shaped.dtype == self.dtype else shaped.to(self.dtype)
    return overwrite(self, fresh.clone() if fresh is src and src._rg else fresh, "copy_")


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number everywhere.

    >>> mt.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions: "
                "use copy_(value)"
            )
        return copy_(self, value)
    check_target(self, "fill_")
    if not hasattr(self, "_overwrite"):  # what has its own way of being written looks by itself
        check_writeable(self, "fill_")
    return overwrite(self, Tensor._of(np.full(self.shape, dtypes.fitting(value, self.dtype))), "fill_")


def zero_(self: Tensor) -> Tensor:
    """Write zeros."""
    return fill_(self, 0)


_WITHOUT = {
    "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "logaddexp", "maximum", "minimum",
    "signbit",
}  # fmt: skip
"""Elementwise methods that PyTorch has no in-place form of."""

_FAMILY: dict[str, Any] = {
    name: entry.call for name, entry in registry.items()
    if entry.elementwise and hasattr(Tensor, name) and name not in _WITHOUT
}  # fmt: skip
_FAMILY |= {
    name: getattr(Tensor, name)
    for name in (
        "div", "clamp", "clip", "masked_fill", "tril", "triu", "scatter", "scatter_add", "lerp", "addcmul",
        "addcdiv", "nan_to_num", "subtract", "multiply", "divide", "absolute", "relu",
    )
}  # fmt: skip


def _abs(x: Tensor) -> Any:
    if x.is_complex():
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return abs(x)


_FAMILY |= {"addmm": addmm, "cumsum": cumsum, "abs": _abs, "absolute": _abs}
_AUGMENTED = {
    "add": "add", "sub": "sub", "mul": "mul", "pow": "pow", "truediv": "div", "floordiv": "floor_divide",
    "mod": "remainder", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
}  # fmt: skip
install(**{f"{name}_": _inplace(f"{name}_", function) for name, function in _FAMILY.items()})
install(**{f"__i{special}__": getattr(Tensor, f"{name}_") for special, name in _AUGMENTED.items()})


for _plain in (copy_, fill_, zero_):
    setattr(Tensor, _plain.__name__, _plain)
