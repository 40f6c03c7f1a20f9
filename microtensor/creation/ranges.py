"""Making tensors in ways that few programs need: on a logarithmic scale, from a buffer, at random."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.arrays.kernels import FLOATING, WHOLE, without
from ..engine.calls.users_line import users_level
from ..engine.out_argument import created
from ..engine.tensor import Tensor
from .factories import _dtype, _finish, dtype_between, linspace


@created
def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`steps` numbers from ``base ** start`` to ``base ** end``, both included, of evenly spaced exponents.

    For an integer dtype, `start` and `end` are cut to integers first.

    >>> mt.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    start, end = (v.item() if isinstance(v, Tensor) else v for v in (start, end))
    dtype = dtype_between("logspace", start, end, dtype)
    if dtype.kind not in "fc":
        start, end = int(start), int(end)
    wide = dtypes.complex128 if dtype.kind == "c" else dtypes.float64
    exponents = linspace(start, end, steps, dtype=wide).array
    array = np.power(float(base), exponents).astype(dtype)
    return _finish(array, requires_grad, device, layout, pin_memory)


@created
def range(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`arange` with its end included, in the default dtype: PyTorch's old function, which warns.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     mt.range(1, 3)
    tensor([1., 2., 3.])
    """
    warnings.warn(
        "range is deprecated: unlike Python's, it includes its end. Use arange, which does not.",
        UserWarning, stacklevel=users_level(),
    )  # fmt: skip
    start, end = (0, start) if end is None else (start, end)
    if step == 0 or (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    n = math.floor((end - start) / step) + 1
    array = (start + np.arange(n) * step).astype(_dtype(dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


_NO_INDICES = (WHOLE | FLOATING) - {dtypes.int32, dtypes.int64}


def _triangle(name: str, find: Any, words: str, example: str) -> Any:
    def function(
        row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, layout: Any = None,
        device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    ) -> Tensor:  # fmt: skip
        if row < 0 or col < 0:
            raise RuntimeError(f"{name}: row and col must be non-negative, got {row} and {col}")
        dtype = dtypes.int64 if dtype is None else dtypes.held(dtype)
        without(name, _NO_INDICES).check(dtype)
        found = np.stack(find(row, offset, col)).astype(dtype)
        return _finish(found, requires_grad, device, layout, pin_memory)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Where the {words} triangle of a (row, col) matrix is: rows above columns.

    >>> mt.{name}(2, 2)
    {example}
    """
    return function


tril_indices = _triangle(
    "tril_indices", np.tril_indices, "lower", "tensor([[0, 1, 1],\n            [0, 0, 1]])"
)
triu_indices = _triangle(
    "triu_indices", np.triu_indices, "upper", "tensor([[0, 0, 1],\n            [0, 1, 1]])"
)


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A number as a 0-d tensor of the default dtype.

    >>> mt.scalar_tensor(3)
    tensor(3.)
    """
    value, dtype = s.item() if isinstance(s, Tensor) else s, _dtype(dtype)
    array = np.array(dtypes.fitting(value, dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A vector that shares the memory of a buffer, from byte `offset` on.

    >>> mt.frombuffer(bytearray(b"abc"), dtype=mt.uint8)
    tensor([97, 98, 99], dtype=torch.uint8)
    """
    if not len(memoryview(buffer)) or not 0 <= offset < memoryview(buffer).nbytes:
        raise ValueError(
            f"frombuffer: offset {offset} lies outside of a buffer of {memoryview(buffer).nbytes} bytes"
        )
    return _finish(np.frombuffer(buffer, dtypes.as_dtype(dtype), count, offset), requires_grad)


__all__ = ["frombuffer", "logspace", "range", "scalar_tensor", "tril_indices", "triu_indices"]
