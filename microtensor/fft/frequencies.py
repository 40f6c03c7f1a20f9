"""The frequencies that a transform's elements belong to, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..creation.from_data import tensor
from ..engine import dtypes
from ..engine.out_argument import created
from ..engine.tensor import Tensor
from ..ops.joining.rearrange import roll


def _frequencies(
    name: str, numbers: Any, n: int, d: float, dtype: Any, requires_grad: bool, device: Any
) -> Tensor:
    wanted = dtypes.default_dtype() if dtype is None else np.dtype(dtype)
    if wanted.kind not in "fc":
        raise RuntimeError(f"{name} requires a floating point or complex dtype, not {wanted}")
    with np.errstate(all="ignore"):  # no samples, or no distance between them
        found = numbers.astype(wanted) * wanted.type(1.0 / np.float64(n * d))
    return tensor(found, dtype=wanted, requires_grad=requires_grad, device=device)


def _count(n: int) -> int:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    return n


@created
def fftfreq(
    n: int, d: float = 1.0, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The frequencies of the elements of `fft`, in cycles per unit of the distance `d` of two samples.

    They are ``[0, 1, ..., (n - 1) // 2, -(n // 2), ..., -1] / (n d)``. Raises ``RuntimeError`` for an integer
    dtype.

    >>> mt.fft.fftfreq(4, 0.5)
    tensor([ 0.0000,  0.5000, -1.0000, -0.5000])
    """
    numbers = np.arange(_count(n))
    numbers[(n + 1) // 2 :] -= n
    return _frequencies("fftfreq", numbers, n, d, dtype, requires_grad, device)


@created
def rfftfreq(
    n: int, d: float = 1.0, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The frequencies of the elements of `rfft`: ``[0, 1, ..., n // 2] / (n d)``.

    >>> mt.fft.rfftfreq(4, 0.5)
    tensor([0.0000, 0.5000, 1.0000])
    """
    return _frequencies("rfftfreq", np.arange(_count(n // 2 + 1)), n, d, dtype, requires_grad, device)


def fftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """The frequency 0 in the middle of a dimension, or of several; of all unless they are given.

    >>> mt.fft.fftshift(mt.tensor([0, 1, 2, -2, -1]))
    tensor([-2, -1,  0,  1,  2])
    """
    return _shifted(input, dim, lambda n: n // 2)


def ifftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """The inverse of `fftshift`.

    >>> mt.fft.ifftshift(mt.tensor([-2, -1, 0, 1, 2]))
    tensor([ 0,  1,  2, -2, -1])
    """
    return _shifted(input, dim, lambda n: (n + 1) // 2)


def _shifted(x: Tensor, dim: Any, by: Any) -> Tensor:
    dims = list(range(x.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    found: Tensor = roll(x, [by(x.shape[d]) for d in dims], dims) if dims else x.clone()
    return found
