"""`assert_allclose`, which PyTorch keeps for old programs."""

from __future__ import annotations

import warnings
from typing import Any

from ..creation.from_data import tensor
from ..engine.tensor import Tensor
from .comparison import assert_close

_TOLERANCES = {2: (1e-3, 1e-3), 4: (1e-4, 1e-5), 8: (1e-5, 1e-8)}


def assert_allclose(
    actual: Any, expected: Any, rtol: float | None = None, atol: float | None = None, equal_nan: bool = True,
    msg: str = "",
) -> None:  # fmt: skip
    """`assert_close` with wider tolerances, for any dtypes and any data; deprecated, as in PyTorch.

    Raises ``AssertionError`` where they differ, and ``ValueError`` if one tolerance is given alone.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     mt.testing.assert_allclose(mt.tensor([1.0]), [1.00001])
    """
    warnings.warn(
        "`testing.assert_allclose()` is deprecated: use `testing.assert_close()`", FutureWarning, stacklevel=2
    )
    if (rtol is None) != (atol is None):
        raise ValueError(
            f"rtol and atol must both be specified or both be unspecified, and are {rtol} and {atol}"
        )
    a = actual if isinstance(actual, Tensor) else tensor(actual)
    b = expected if isinstance(expected, Tensor) else tensor(expected, dtype=a.dtype)
    if rtol is None or atol is None:
        rtol, atol = (max(pair) for pair in zip(_usual(a), _usual(b), strict=True))
    assert_close(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def _usual(x: Tensor) -> tuple[float, float]:
    return _TOLERANCES.get(x.real.dtype.itemsize, (0.0, 0.0)) if x.dtype.kind in "fc" else (0.0, 0.0)
