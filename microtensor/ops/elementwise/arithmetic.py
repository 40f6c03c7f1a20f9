"""Arithmetic of two operands, which broadcast and are promoted to a common dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.tensor import install


@op(
    x=lambda g: g,
    y=lambda g, alpha: g if alpha == 1 else g * alpha,
    elementwise=True, complex=True, method=True, reference=lambda x, y, alpha=1: x + alpha * y,
)  # fmt: skip
def add(x: Any, y: Any, /, *, alpha: Any = 1) -> Any:
    """``x + alpha * y``.

    >>> mt.add(mt.tensor([1.0, 2.0]), 10)
    tensor([11., 12.])
    """
    return x + y if alpha == 1 else x + _scaled(x, y, alpha)


def _scaled(x: Any, y: Any, alpha: Any) -> Any:
    """``alpha * y``, to be added to `x`."""
    if isinstance(alpha, complex) and "c" not in (np.asarray(x).dtype.kind, np.asarray(y).dtype.kind):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    if isinstance(alpha, float) and np.asarray(y).dtype.kind not in "fc":
        raise RuntimeError(
            "add, sub: For integral input tensors, argument alpha must not be a floating point "
            f"number, and it is {alpha}"
        )
    if isinstance(alpha, int) and hasattr(y, "dtype") and y.dtype.kind in "iu":
        return np.asarray(alpha).astype(y.dtype) * y
    return alpha * y


@op(
    x=lambda g: g,
    y=lambda g, alpha: -g if alpha == 1 else g * -alpha,
    elementwise=True, complex=True, method=True, refuses=lambda *xs: _no_bools(*xs),
    reference=lambda x, y, alpha=1: x - alpha * y,
)  # fmt: skip
def sub(x: Any, y: Any, /, *, alpha: Any = 1) -> Any:
    """``x - alpha * y``; ``RuntimeError`` for bools, as in PyTorch.

    >>> mt.sub(mt.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """
    try:
        return x - y if alpha == 1 else x - _scaled(x, y, alpha)
    except TypeError:
        _no_bools(x, y)
        raise


def _no_bools(*operands: Any) -> None:
    bools = [isinstance(x, bool) or getattr(x, "dtype", None) == dtypes.bool for x in operands]
    if all(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    if any(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert "
            "a mask, use the `~` or `logical_not()` operator instead."
        )


@op(
    x=lambda g, alpha: -g if alpha == 1 else g * -alpha,
    y=lambda g: g,
    elementwise=True, tensors="x", node="RsubBackward1", refuses=lambda *xs: _no_bools(*xs),
    complex=True, reference=lambda x, y, alpha=1: y - alpha * x,
)  # fmt: skip
def rsub(x: Any, y: Any, /, *, alpha: Any = 1) -> Any:
    """``y - alpha * x``: what ``1 - x`` calls.

    >>> 1 - mt.tensor([1.0, 2.0])
    tensor([ 0., -1.])
    """
    try:
        return y - x if alpha == 1 else y - _scaled(y, x, alpha)
    except TypeError:
        _no_bools(x, y)
        raise


@op(
    x=lambda g, y: g * y,
    y=lambda g, x: g * x,
    elementwise=True, complex=True, method=True, reference=np.multiply,
)  # fmt: skip
def mul(x: Any, y: Any, /) -> Any:
    """``x * y``.

    >>> mt.mul(mt.tensor([1.0, 2.0]), mt.tensor([[2.0], [3.0]]))
    tensor([[2., 4.],
            [3., 6.]])
    """
    return x * y


install(multiply=mul, subtract=sub)
