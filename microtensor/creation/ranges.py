"""Tensors that a rule fills: equal steps, equal ratios, a diagonal, a triangle's indices; and a buffer."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.arrays.kernels import BOOL, FLOATING, WHOLE, without
from ..engine.attributes.low_precision import converted
from ..engine.calls.users_line import users_level
from ..engine.out_argument import created
from ..engine.tensor import Tensor
from ..errors import scalar_type
from .factories import _dtype, _finish


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


@created
def arange(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``start, start + step, ...`` below `end` (from 0 if only one bound is given).

    Integers if all arguments are; each element is ``start + i * step``, where an integer dtype cuts both
    to integers first, as PyTorch does.

    >>> mt.arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if end is None:
        start, end = 0, start
    if dtype is not None and dtypes.held(dtype).kind == "c":
        raise NotImplementedError(f'"arange_cpu" not implemented for {scalar_type(dtypes.held(dtype))!r}')
    start, end, step = (v.item() if isinstance(v, Tensor) else v for v in (start, end, step))
    start, end, step = (dtypes.beside(v, dtypes.float64) for v in (start, end, step))
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"arange: unsupported range: {start} -> {end}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError(
            f"arange: upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}"
        )
    integers = all(isinstance(v, (int, np.integer)) for v in (start, end, step))
    dtype = (dtypes.int64 if integers else dtypes.default_dtype()) if dtype is None else dtypes.held(dtype)
    without("arange_cpu", BOOL).check(dtype)
    if integers:
        array = converted(np.arange(start, end, step), dtype)
        return _finish(array, requires_grad, device, layout, pin_memory)
    if dtype == dtypes.int64:
        if not int(step):
            raise ValueError(f"step must be nonzero: arange in int64 cuts {step} to 0")
        whole = arange(int(start), int(end), int(step), dtype=dtype, device=device)
        return _finish(whole.array, requires_grad, None, layout, pin_memory)
    n = math.ceil((end - start) / step)
    first, step = (start, float(step)) if dtypes.is_floating(dtype) else (int(start), int(step))
    array = converted(first + np.arange(n) * step, dtype)
    return _finish(array, requires_grad, device, layout, pin_memory)


@created
def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`steps` numbers from `start` to `end`, both included, which an integer dtype cuts to integers first.

    >>> mt.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (v.item() if isinstance(v, Tensor) else v for v in (start, end))
    dtype = dtype_between("linspace", start, end, dtype)
    if steps < 2:
        return _finish(
            np.linspace(start, end, steps).astype(dtype), requires_grad, device, layout, pin_memory
        )
    without("linspace_cpu", BOOL).check(dtype)
    if dtype.kind not in "fc":
        whole = linspace(int(start), int(end), steps, dtype=dtypes.float64).array
        return _finish(whole.astype(dtype), requires_grad, device, layout, pin_memory)
    number = dtype.type
    step = number(number(end - start) / number(steps - 1))
    i = np.arange(steps).astype(dtype)
    low, high = number(start) + step * i, number(end) - step * i[::-1]
    return _finish(
        np.where(np.arange(steps) < steps // 2, low, high), requires_grad, device, layout, pin_memory
    )


def dtype_between(name: str, start: Any, end: Any, dtype: Any) -> dtypes.DType:
    """The dtype of numbers from `start` to `end`; ``RuntimeError`` for a real one of complex numbers."""
    if not isinstance(start + end, complex):
        return _dtype(dtype)
    inferred = dtypes.default_complex_dtype()
    wanted = inferred if dtype is None else _dtype(dtype)
    if wanted.kind != "c":
        raise RuntimeError(
            f"torch.{name}(): inferred dtype {scalar_type(inferred)} can't be safely cast to passed dtype "
            f"{scalar_type(wanted)}"
        )
    return wanted


@created
def eye(
    n: int, m: int | None = None, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Ones on the diagonal, zeros elsewhere.

    >>> mt.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    for name, size in (("n", n), ("m", n if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}: eye of a negative size")
    return _finish(np.eye(n, m, dtype=_dtype(dtype)), requires_grad, device, layout, pin_memory)
