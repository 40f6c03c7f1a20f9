"""Covariance matrices and correlation coefficients."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...engine.calls.users_line import users_level
from ...engine.dtypes import to_real
from ...engine.half import widened
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ...engine.type_info import promote_types
from ...errors import ShapeError, describe
from ..complex.parts import complex
from ..elementwise.casting import floating
from ..elementwise.clamp import clamp
from ..elementwise.powers_roots import sqrt
from ..views.diagonals import _diagonal
from ..views.permute import t
from ..views.reshape import _reshape
from ..views.squeeze import unsqueeze
from .sum_mean import mean, sum


@offered
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Any:
    """The covariances of the rows, observed in the columns, which may have weights.

    `fweights` are how often a column occurs, `aweights` how much it counts.

    >>> mt.cov(mt.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2 or input.dtype == np.bool_:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions and be no bool, got "
                           f"{describe(input)}")  # fmt: skip
    if aweights is not None and not aweights.is_floating_point():
        raise RuntimeError(f"cov(): expected aweights to have floating point dtype but got {aweights.dtype}")
    if aweights is not None and input.is_floating_point():
        input = input.to(promote_types(input.dtype, aweights.dtype))
    return _weighted(input, correction, fweights, aweights)


@widened
def _weighted(input: Tensor, correction: int, fweights: Tensor | None, aweights: Tensor | None) -> Any:
    """`cov` of what has the dtype of its result."""
    x = floating(_reshape(input, (1, -1)) if input.ndim < 2 else input)
    weight = _weight(x, fweights, aweights)
    total = float(x.shape[1]) if weight is None else sum(weight)
    centre = mean(x, 1, True) if weight is None else sum(x * weight, 1, True) / total
    if weight is None or aweights is None:
        degrees = total - correction
    else:
        degrees = total - correction * sum(weight * aweights) / total
    if not isinstance(degrees, Tensor) and degrees <= 0:
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
            f"observations: {correction} for {x.shape[1]}", UserWarning, stacklevel=users_level(),
        )  # fmt: skip
    centred = x - centre
    found = centred @ t(centred if weight is None else centred * weight).conj()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = found / clamp_degrees(degrees)
    return _reshape(found, () if found.numel() == 1 else tuple(found.shape))


def clamp_degrees(n: Any) -> Any:
    """A divisor of at least 0, of NumPy's kind, so that a division by it gives infinity or NaN."""
    return clamp(n, min=0) if isinstance(n, Tensor) else Tensor._of(np.asarray(max(n, 0), np.float32))


def _weight(x: Tensor, fweights: Any, aweights: Any) -> Any:
    given = [w for w in (fweights, aweights) if w is not None]
    if any(w.ndim > 1 or w.numel() != x.shape[1] for w in given):
        raise ShapeError(f"cov(): expected one weight for each of the {x.shape[1]} columns")
    if fweights is not None and fweights.is_floating_point():
        raise RuntimeError(f"cov(): expected fweights to have integral dtype but got {fweights.dtype}")
    if any((w._data < 0).any() for w in given):
        raise RuntimeError("cov(): fweights and aweights cannot be negative")
    weights = [w if w.is_floating_point() else w.to(to_real(x.dtype)) for w in given]
    return None if not weights else weights[0] if len(weights) == 1 else weights[0] * weights[1]


@offered
def corrcoef(input: Tensor) -> Any:
    """The correlation coefficients of the rows, observed in the columns.

    >>> mt.corrcoef(mt.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions, got {describe(input)}"
        )
    c = cov(input)
    if not c.ndim:
        return c / c
    spread = sqrt(_diagonal(c, 0, 0, 1).real)
    found = c / unsqueeze(spread, 1) / unsqueeze(spread, 0)
    if found.is_complex():
        return complex(clamp(found.real, -1, 1), clamp(found.imag, -1, 1))
    return clamp(found, -1, 1)
