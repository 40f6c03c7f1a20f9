"""Comparing tensors in tests, with an error that shows where and by how much they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor

_TOLERANCES = {2: (1e-3, 1e-5), 4: (1.3e-6, 1e-5), 8: (1e-7, 1e-7)}
"""Relative and absolute tolerance by bytes of the dtype: those of PyTorch's `testing`."""


def assert_close(
    actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None,
    equal_nan: bool = False, check_dtype: bool = True, msg: str = "",
) -> None:  # fmt: skip
    """Raise ``AssertionError`` unless two tensors (or arrays, or sequences of them) are close.

    Shapes and dtypes must agree.  Tolerances default to PyTorch's for the dtype.

    >>> mt.testing.assert_close(mt.tensor([1.0]), mt.tensor([1.0 + 1e-7]))
    >>> mt.testing.assert_close(mt.tensor([1.0, 2.0]), mt.tensor([1.0, 2.5]))
    Traceback (most recent call last):
    AssertionError: 1 of 2 elements differ; the largest difference is 0.5 at (1,): 2.0 and 2.5
    """
    if isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected), f"{msg}{len(actual)} items, expected {len(expected)}"
        for a, b in zip(actual, expected, strict=True):
            assert_close(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)
        return
    a, b = _array(actual), _array(expected)
    assert a.shape == b.shape, f"{msg}shapes {a.shape} and {b.shape} differ"
    assert a.dtype == b.dtype or not check_dtype, f"{msg}dtypes {a.dtype} and {b.dtype} differ"
    relative, absolute = _TOLERANCES.get(a.dtype.itemsize, (0, 0)) if a.dtype.kind == "f" else (0, 0)
    _compare(a, b, relative if rtol is None else rtol, absolute if atol is None else atol, equal_nan, msg)


def _array(value: Any) -> Any:
    return value.detach().array if isinstance(value, Tensor) else np.asarray(value)


def _compare(a: Any, b: Any, rtol: float, atol: float, equal_nan: bool, msg: str) -> None:
    close = np.isclose(a, b, rtol, atol, equal_nan)
    if close.all():
        return
    with np.errstate(invalid="ignore"):
        gap = np.where(close, 0, np.abs(a.astype(np.float64) - b.astype(np.float64)))
    place = tuple(int(i) for i in np.unravel_index(np.nanargmax(np.nan_to_num(gap, nan=np.inf)), gap.shape))
    raise AssertionError(
        f"{msg}{int((~close).sum())} of {a.size} elements differ; the largest difference is "
        f"{gap[place]:.6g} at {place}: {a[place]} and {b[place]}"
    )
