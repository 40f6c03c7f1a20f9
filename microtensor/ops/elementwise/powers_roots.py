"""Squares, roots, reciprocals, and powers in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from .power import pow


def _double(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x.to(dtypes.complex128 if x.is_complex() else dtypes.float64)
    return x if isinstance(x, complex) else float(x)


@offered(also={"self": "input"})
def float_power(input: Any, exponent: Any) -> Any:
    """``input ** exponent`` in float64 (complex128); one of them may be a number.

    >>> mt.float_power(mt.tensor([2, 3]), 2)
    tensor([4., 9.], dtype=torch.float64)
    """
    return pow(_double(input), _double(exponent))


@op(x=lambda g, out: g / (2 * out), complex=True, elementwise=True, floating=True, method=True,
    domain=(0.2, 4), reference=np.sqrt)  # fmt: skip
def sqrt(x: Any, /) -> Any:
    """The square root; its derivative at 0 is infinite.

    >>> mt.sqrt(mt.tensor([4.0, 9.0]))
    tensor([2., 3.])
    """
    return np.sqrt(x)


@op(x=lambda g, out: g * (-0.5 * out**3), complex=True, elementwise=True, floating=True, method=True,
    domain=(0.2, 4), reference=lambda x: 1 / np.sqrt(x))  # fmt: skip
def rsqrt(x: Any, /) -> Any:
    """One over the square root.

    >>> mt.rsqrt(mt.tensor([4.0]))
    tensor([0.5000])
    """
    return 1 / np.sqrt(x)


@op(x=lambda g, x: 2 * g * x, complex=True, elementwise=True, method=True, node="PowBackward0",
    reference=np.square)  # fmt: skip
def square(x: Any, /) -> Any:
    """``x * x``; of bools int64.

    >>> mt.square(mt.tensor([3.0]))
    tensor([9.])
    """
    return x * x if x.dtype is not dtypes.bool else (x * x).astype(np.int64)


@op(x=lambda g, out: -g * out * out, complex=True, elementwise=True, floating=True, method=True,
    domain=(0.3, 3), reference=lambda x: 1 / x)  # fmt: skip
def reciprocal(x: Any, /) -> Any:
    """``1 / x``.

    >>> mt.reciprocal(mt.tensor([4.0]))
    tensor([0.2500])
    """
    return 1 / x
