"""Tensors to test with, of any shape and dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..creation.factories import empty
from ..engine import dtypes
from ..engine.tensor import Tensor
from ..ops.complex.parts import view_as_complex
from ..random.tensors import randint


def make_tensor(
    *shape: Any, dtype: Any, device: Any = "cpu", low: float | None = None, high: float | None = None,
    requires_grad: bool = False, noncontiguous: bool = False, exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Random numbers in [low, high): floats in [-9, 9), integers in [-9, 10), bools, unless said otherwise.

    Both parts of complex numbers are drawn like floats.

    With ``exclude_zero=True`` zeros become the smallest positive number of the dtype (or 1).  The elements
    lie in a `memory_format`, or with ``noncontiguous=True`` every other one of a wider tensor's.

    >>> mt.testing.make_tensor(2, 3, dtype=mt.float32, low=0, high=1).shape
    torch.Size([2, 3])
    """
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    dtype = dtypes.as_dtype(dtype)
    wide = (*size[:-1], 2 * size[-1]) if noncontiguous and size else size
    made = _drawn(wide, dtype, low, high, device)
    made = made[..., ::2] if wide != size else made
    made = made if memory_format is None else made.clone(memory_format=memory_format)
    if exclude_zero:
        made[made == 0] = float(np.finfo(dtype).tiny) if dtype.kind in "fc" else 1
    return made.requires_grad_(requires_grad)  # type: ignore[no-any-return]


def _drawn(size: Any, dtype: Any, low: Any, high: Any, device: Any) -> Any:
    if dtype.kind == "c":
        return view_as_complex(_drawn((*size, 2), dtypes.to_real(dtype), low, high, device))
    if dtype.kind == "f":
        bounds = -9 if low is None else low, 9 if high is None else high
        if bounds[0] > bounds[1]:
            raise ValueError(f"make_tensor: low {low} is greater than high {high}")
        return empty(size, dtype=dtype, device=device).uniform_(*bounds)
    if dtype.kind == "b":
        return randint(0 if low is None else int(low), 2 if high is None else int(high), size, dtype=dtype)
    least = 0 if dtype.kind == "u" else -9
    return randint(least if low is None else int(low), 10 if high is None else int(high), size, dtype=dtype)


__all__ = ["make_tensor"]
