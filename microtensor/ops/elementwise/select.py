"""Choosing between two operands, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.promotion import resulting
from ...engine.tensor import Tensor, install
from ..views.expand import common_shape, expand


@with_out(also={"self": "input"})
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition holds, else `other`; everything broadcasts.

    With the condition alone: the indices where it holds, a tuple of columns.

    >>> mt.where(mt.tensor([True, False]), 1.0, mt.tensor([5.0, 6.0]))
    tensor([1., 6.])
    """
    from .nonzero import nonzero

    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    condition = _weak(condition)
    if condition.dtype not in (dtypes.bool, dtypes.uint8):
        raise RuntimeError(f"where: expected a bool condition, got {condition.dtype}: use condition != 0")
    dtype = resulting(*[_weak(a) for a in (input, other)])
    parts = [_operand(a, dtype) for a in (input, other)]
    shape = common_shape("where", (condition, *parts))
    condition, *parts = [a if tuple(a.shape) == shape else expand(a, shape) for a in (condition, *parts)]
    return _where(condition.to(dtypes.bool), *parts)


def _weak(a: Any) -> Any:
    return Tensor._of(a) if isinstance(a, np.ndarray) else a


def _operand(a: Any, dtype: Any) -> Tensor:
    if isinstance(a, Tensor):
        return a if a.dtype == dtype else a.to(dtype)
    return Tensor._of(np.asarray(dtypes.fitting(a, dtype)))


def _tensor_where(input: Tensor, condition: Tensor, other: Any) -> Tensor:
    """`input` where the condition holds, else `other`."""
    return where(condition, input, other)


install(where=_tensor_where)


def _wide(x: Tensor, *bounds: Any) -> Tensor:
    return x.to(resulting(x, *[b for b in bounds if b is not None]))


@op(
    x=lambda g, condition: select(condition, g, zeros_like(g)),
    y=lambda g, condition: select(condition, zeros_like(g), g),
    promote=False, name="where", node="WhereBackward0",
    samples=[case(np.array([[True], [False]]), (2, 3), (2, 3)), case(np.array(True), (), ())],
    complex=True, reference=np.where,
)  # fmt: skip
def _where(condition: Any, x: Any, y: Any, /) -> Any:
    """`x` where the condition holds, else `y`, all of one shape.

    >>> mt.where(mt.tensor([True, False]), mt.tensor([1.0, 1.0]), mt.tensor([2.0, 2.0]))
    tensor([1., 2.])
    """
    return np.where(condition, x, y)


@op(x=lambda g, x: zeros_like(x), name="in_place_of", complex=True, node="FillBackward0",
    samples=[case((2, 3), value=np.ones((2, 3))), case((2,), value=np.zeros((0, 2)))],
    reference=lambda x, value: value)  # fmt: skip
def in_place_of(x: Any, /, value: Any) -> Any:
    """An array in the place of `x`, and in its dtype; the gradient is zeros.

    >>> from microtensor.ops.elementwise.select import in_place_of
    >>> in_place_of(mt.ones(2), np.zeros(1))
    tensor([0.])
    """
    return value.astype(x.dtype)


def select(condition: Any, x: Any, y: Any) -> Any:
    """``where`` on either carrier, for formulas whose operands have one shape and dtype."""
    if isinstance(x, Tensor) or isinstance(y, Tensor):
        return where(condition if isinstance(condition, Tensor) else Tensor._of(condition), x, y)
    return np.where(condition, x, y)


def zeros_like(g: Any) -> Any:
    """Zeros like `g`, on its carrier; not ``g * 0``, which is NaN where `g` is infinite."""
    if isinstance(g, Tensor):
        return Tensor._of(np.zeros(tuple(g.shape), g.dtype))
    return np.zeros(g.shape, g.dtype)
