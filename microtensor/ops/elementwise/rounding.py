"""Rounding to integers, and the part that is left over."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, WHOLE, without
from ...engine.op import op
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from .division import trunc
from .select import zeros_like


@op(
    kernel=without("frac_cpu", WHOLE),
    x=lambda g: g,
    elementwise=True,
    method=True,
    domain=(0.2, 0.8),
    reference=lambda x: x - np.trunc(x),
)
def frac(x: Any, /) -> Any:
    """What `trunc` takes away.

    >>> mt.frac(mt.tensor([1.75, -1.75]))
    tensor([ 0.7500, -0.7500])
    """
    return x - np.trunc(x)


@offered
def fix(input: Tensor) -> Any:
    """`trunc`.

    >>> mt.fix(mt.tensor([1.7, -1.7]))
    tensor([ 1., -1.])
    """
    return trunc(input)


@op(
    kernel=without("floor_vml_cpu", BOOL),
    x=lambda g: zeros_like(g),
    complex="floor is not supported for complex inputs",
    elementwise=True,
    method="floor",
    domain=(0.2, 0.8),
    reference=np.floor,
)
def floor(x: Any, /) -> Any:
    """Round down; the derivative is 0.

    >>> mt.floor(mt.tensor([1.7, -1.2]))
    tensor([ 1., -2.])
    """
    return np.floor(x)


@op(
    kernel=without("ceil_vml_cpu", BOOL),
    x=lambda g: zeros_like(g),
    complex="ceil is not supported for complex inputs",
    elementwise=True,
    method="ceil",
    domain=(0.2, 0.8),
    reference=np.ceil,
)
def ceil(x: Any, /) -> Any:
    """Round up; the derivative is 0.

    >>> mt.ceil(mt.tensor([1.2, -1.7]))
    tensor([ 2., -1.])
    """
    return np.ceil(x)


class _Ungiven(int):
    """The default of `decimals`: PyTorch rounds integers unless it is given."""


@op(kernel=without("round_vml_cpu", BOOL),
    x=lambda g: zeros_like(g), elementwise=True, method=True, domain=(0.6, 1.4),
    reference=np.round)  # fmt: skip
def round(x: Any, /, *, decimals: int = _Ungiven(0)) -> Any:
    """Round to the nearest, ties to even; the derivative is 0.

    >>> mt.round(mt.tensor([0.5, 1.5, 2.4]))
    tensor([0., 2., 2.])
    """
    if x.dtype in WHOLE and not isinstance(decimals, _Ungiven):
        without("round_cpu" if decimals else "round_vml_cpu", WHOLE)(x)
    return np.round(x, decimals)
