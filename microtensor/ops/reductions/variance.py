"""Variance and standard deviation, and the square root whose slope at 0 is taken as 0."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...engine.arrays.summation import squared, total
from ...engine.calls.users_line import users_level
from ...engine.dtypes import is_differentiable
from ...engine.half import widened
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.select import select, zeros_like
from .sum_mean import axes, count, expand_to, mean


@op(
    x=lambda g, x, dim, correction, keepdim: (
        expand_to(g, x.shape, dim, keepdim)
        * (x - mean(x, dim, True)).conj() * _twice_over(x, dim, correction)
    ),
    complex=True, name="var", node="VarBackward0", wide=True,
    samples=[case((2, 3), dim=None), case((2, 3), dim=0, keepdim=True),
    case((2, 3, 4), dim=(0, 2), correction=0), case((4,), dim=-1, correction=2)],
    reference=lambda x, dim, correction=1, keepdim=False: np.var(x, dim, ddof=correction, keepdims=keepdim),
)  # fmt: skip
def _var(x: Any, /, dim: Any, correction: float = 1, keepdim: bool = False) -> Any:
    """The variance over `dim`, in one node: of complex numbers that of both parts together.

    >>> mt.var(mt.tensor([[1.0, 2.0, 3.0]]), 1)
    tensor([1.])
    """
    n = count(x.shape, dim)
    centred = x - total(x, axes(dim), True) / (n or math.nan)
    squares = total(squared(centred), axes(dim), keepdim)
    if not squares.flags.c_contiguous:
        squares = squares.copy()
    if n > correction:
        return squares / (n - correction)
    with np.errstate(divide="ignore", invalid="ignore"):
        return squares / np.int8(0)


def _spread(name: str, x: Tensor, dim: Any, unbiased: Any, correction: float | None, keepdim: bool) -> Any:
    """The variance for the function called `name`, which warns where nothing is left to vary."""
    if not is_differentiable(x.dtype):
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes, got {x.dtype}; "
            "convert it with x.float()"
        )
    if isinstance(dim, bool):
        dim, unbiased = None, dim  # PyTorch also takes ``var(x, unbiased)``
    if unbiased is not None:
        correction = int(unbiased)
    correction = 1 if correction is None else correction
    out = _var(x, dim, correction, keepdim)
    if x.numel() <= correction * out.numel():
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
            "factor (input numel divided by output numel).", UserWarning, stacklevel=users_level(),
        )  # fmt: skip
    return out


def _twice_over(x: Any, dim: Any, correction: float) -> float:
    n = count(x.shape, dim) - correction
    return 2 / n if n else math.nan


@with_out
def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: float | None = 1, axis: Any = None, keepdims: bool = False,
) -> Tensor:  # fmt: skip
    """The variance over `dim`, divided by n - correction (Bessel's 1 unless said otherwise).

    >>> mt.var(mt.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    dim = dim if axis is None else axis
    return _spread("var", input, dim, unbiased, correction, keepdim or keepdims)


@with_out
@widened
def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: float | None = 1, axis: Any = None, keepdims: bool = False,
) -> Tensor:  # fmt: skip
    """The standard deviation over `dim`; its gradient is 0 where all values are equal.

    >>> mt.std(mt.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    dim = dim if axis is None else axis
    return root(_spread("std", input, dim, unbiased, correction, keepdim or keepdims))


@op(x=lambda g, out: g * half_reciprocal(out), domain=(0.2, 4),
    elementwise=True, node="StdBackward0",
    reference=np.sqrt)  # fmt: skip
def root(x: Any, /) -> Any:
    """The square root of something whose slope is taken as 0 at 0: of `std` and of norms.

    >>> from microtensor.ops.reductions.variance import root
    >>> root(mt.tensor([4.0]))
    tensor([2.])
    """
    return np.sqrt(x)


def half_reciprocal(x: Any) -> Any:
    """``1 / (2 x)``, and 0 where x is 0."""
    zero = x == 0
    return select(zero, zeros_like(x), 0.5 / select(zero, zeros_like(x) + 1, x))


install(var=var, std=std)


def _pair(name: str, finish: Any, words: str) -> Any:
    @widened
    def function(
        input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
        correction: float | None = 1,
    ) -> Any:  # fmt: skip
        over = None if isinstance(dim, bool) else dim
        spread = _spread(name, input, dim, unbiased, correction, keepdim)
        return finish(spread), mean(input, over, keepdim)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""The {words}, and the mean, over `dim`.

    >>> mt.{name}(mt.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    return with_out(function)


std_mean = _pair("std_mean", root, "standard deviation")


var_mean = _pair("var_mean", lambda x: x, "variance")
