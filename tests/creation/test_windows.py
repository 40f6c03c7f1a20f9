"""Windows of both namespaces, against NumPy's, and what PyTorch says of their lengths and dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

W = mt.signal.windows
NUMPY: dict[str, Any] = {
    "hann": np.hanning, "hamming": np.hamming, "blackman": np.blackman, "bartlett": np.bartlett,
    "kaiser": lambda n: np.kaiser(n, 12.0),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMPY)
@pytest.mark.parametrize("length", [0, 1, 2, 5, 8])
def test_both_kinds_are_numpys(name: str, length: int) -> None:
    symmetric, periodic = (
        NUMPY[name](length),
        NUMPY[name](length + 1)[:length] if length > 1 else np.ones(length),
    )
    window, old = getattr(W, name), getattr(mt, f"{name}_window")
    for made, expected in (
        (window(length, dtype=mt.float64), symmetric),
        (window(length, sym=False, dtype=mt.float64), periodic),
        (old(length, False, dtype=mt.float64), symmetric), (old(length, dtype=mt.float64), periodic),
    ):  # fmt: skip
        np.testing.assert_allclose(made.numpy(), expected, atol=1e-12)


def test_curves_that_numpy_has_not() -> None:
    n = np.arange(5.0)
    for made, expected in (
        (W.gaussian(5, std=2.0, dtype=mt.float64), np.exp(-((n - 2) ** 2) / 8)),
        (W.exponential(5, tau=3.0, dtype=mt.float64), np.exp(-np.abs(n - 2) / 3)),
        (W.exponential(5, center=1.0, sym=False, dtype=mt.float64), np.exp(-np.abs(n - 1))),
        (W.cosine(5, dtype=mt.float64), np.sin(np.pi * (n + 0.5) / 5)),
        (W.general_cosine(5, a=[0.2, 0.3, 0.5], dtype=mt.float64),
         0.2 - 0.3 * np.cos(np.pi * n / 2) + 0.5 * np.cos(np.pi * n)),
        (mt.hamming_window(5, False, 0.7, 0.2, dtype=mt.float64), 0.7 - 0.2 * np.cos(np.pi * n / 2)),
    ):  # fmt: skip
        np.testing.assert_allclose(made.numpy(), expected, atol=1e-12)


def test_options() -> None:
    assert W.hann(4, requires_grad=True).requires_grad
    assert mt.kaiser_window(4, beta=2.0, dtype=mt.float64).dtype == mt.float64
    assert W.nuttall(3).dtype == mt.float32


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: W.hann(-1), ValueError, "requires non-negative window length, got M=-1"),
        (lambda: W.hann(3, dtype=mt.int64), ValueError, "float32 or float64 dtypes, got: torch.int64"),
        (lambda: W.bartlett(3, dtype=mt.float16), ValueError, "float64 dtypes, got: torch.float16"),
        (lambda: W.hann(3, layout=mt.sparse_coo), ValueError, "is implemented for strided tensors only"),
        (lambda: W.exponential(3, center=1.0), ValueError, "Center must be None for symmetric windows"),
        (lambda: W.exponential(3, tau=0), ValueError, "Tau must be positive"),
        (lambda: W.gaussian(3, std=-1), ValueError, "Standard deviation must be positive"),
        (lambda: W.kaiser(3, beta=-1), ValueError, "beta must be non-negative"),
        (lambda: W.general_cosine(3, a=[]), ValueError, "Coefficients cannot be empty"),
        (lambda: mt.hann_window(-1), RuntimeError, "requires non-negative window_length, got"),
        (lambda: mt.hann_window(3, dtype=mt.int64), RuntimeError, "expects floating point dtypes"),
    ],
)  # fmt: skip
def test_refusals(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()
