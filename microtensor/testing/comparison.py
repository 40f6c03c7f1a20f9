"""Comparing tensors in tests, with an error that shows where and by how much they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..engine.tensor import Tensor

_TOLERANCES = {2: (1e-3, 1e-5), 4: (1.3e-6, 1e-5), 8: (1e-7, 1e-7)}
"""Relative and absolute tolerance by bytes of the dtype: those of PyTorch's `testing`."""


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None,
    atol: float | None = None, equal_nan: bool = False, check_device: bool = True, check_dtype: bool = True,
    check_layout: bool = True, check_stride: bool = False, msg: Any = "",
) -> None:  # fmt: skip
    """Raise ``AssertionError`` unless two tensors (or arrays, numbers, sequences or dicts of them) are close.

    Shapes and dtypes must agree.  Tolerances default to PyTorch's for the dtype.  `msg` stands before the
    error, or makes it anew if it is a function of the text.

    >>> mt.testing.assert_close(mt.tensor([1.0]), mt.tensor([1.0 + 1e-7]))
    >>> mt.testing.assert_close(mt.tensor([1.0, 2.0]), mt.tensor([1.0, 2.5]))
    Traceback (most recent call last):
    AssertionError: 1 of 2 elements differ; the largest difference is 0.5 at (1,): 2.0 and 2.5
    """
    same: dict[str, Any] = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype}
    same |= {"allow_subclasses": allow_subclasses, "check_stride": check_stride}
    try:
        _close(actual, expected, same)
    except AssertionError as error:
        text = msg(str(error)) if callable(msg) else f"{msg or ''}{error}"
        raise AssertionError(text) from None


def _close(actual: Any, expected: Any, same: dict[str, Any]) -> None:
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        assert actual.keys() == expected.keys(), f"keys {list(actual)} and {list(expected)} differ"
        for key in expected:
            _close(actual[key], expected[key], same)
    elif isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected), f"{len(actual)} items, expected {len(expected)}"
        for a, b in zip(actual, expected, strict=True):
            _close(a, b, same)
    else:
        _close_arrays(actual, expected, **same)


def _close_arrays(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, check_dtype: bool,
    allow_subclasses: bool, check_stride: bool,
) -> None:  # fmt: skip
    if not allow_subclasses and type(actual) is not type(expected):
        raise TypeError(
            f"assert_close: {type(actual).__name__} and {type(expected).__name__} are two classes"
        )
    if getattr(actual, "is_sparse", False) or getattr(expected, "is_sparse", False):
        _close_sparse(actual, expected, rtol, atol, equal_nan, check_dtype)
        return
    a, b = _array(actual), _array(expected)
    assert a.shape == b.shape, f"shapes {a.shape} and {b.shape} differ"
    assert a.dtype == b.dtype or not check_dtype, f"dtypes {a.dtype} and {b.dtype} differ"
    assert a.strides == b.strides or not check_stride, f"strides {a.strides} and {b.strides} differ"
    size = a.dtype.itemsize // (1 + (a.dtype.kind == "c"))
    relative, absolute = _TOLERANCES.get(size, (0, 0)) if a.dtype.kind in "fc" else (0, 0)
    _compare(a, b, relative if rtol is None else rtol, absolute if atol is None else atol, equal_nan, "")


def _close_sparse(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, check_dtype: bool
) -> None:
    """The same entries, coalesced, with values that are close."""
    layouts = [str(x.layout) for x in (actual, expected)]
    assert layouts[0] == layouts[1], (
        f"The values for attribute 'layout' do not match: {layouts[0]} != {layouts[1]}"
    )
    assert actual.shape == expected.shape, f"shapes {actual.shape} and {expected.shape} differ"
    a, b = actual.coalesce(), expected.coalesce()
    assert a._nnz() == b._nnz(), f"Sparse COO tensors of {a._nnz()} and {b._nnz()} entries differ"
    _close_arrays(a.indices(), b.indices(), None, None, False, True, True, False)
    _close_arrays(a.values(), b.values(), rtol, atol, equal_nan, check_dtype, True, False)


def _wide(x: Any) -> Any:
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def _array(value: Any) -> Any:
    return value.detach().array if isinstance(value, Tensor) else np.asarray(value)


def _compare(a: Any, b: Any, rtol: float, atol: float, equal_nan: bool, msg: str) -> None:
    close = np.isclose(a, b, rtol, atol, equal_nan)
    if close.all():
        return
    with np.errstate(invalid="ignore"):
        gap = np.where(close, 0, np.abs(_wide(a) - _wide(b)))
    place = tuple(int(i) for i in np.unravel_index(np.nanargmax(np.nan_to_num(gap, nan=np.inf)), gap.shape))
    raise AssertionError(
        f"{msg}{int((~close).sum())} of {a.size} elements differ; the largest difference is "
        f"{gap[place]:.6g} at {place}: {a[place]} and {b[place]}"
    )
