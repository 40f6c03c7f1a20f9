"""Windows for spectra, under their old names: ``torch.hann_window`` and its kin, periodic by default."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..ops.special.bessel import i0
from .factories import _dtype, _finish


def _curve(
    name: str, window_length: int, periodic: bool, dtype: Any, of: Any, memory: tuple[Any, ...]
) -> Tensor:
    """``of(place, last)`` at the places 0 to `last`, computed in float64."""
    dtype = _dtype(dtype)
    if dtype.kind != "f":
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype}")
    if window_length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
    if window_length < 2:
        return _finish(np.ones(window_length, dtype), *memory)
    last = window_length if periodic else window_length - 1
    return _finish(of(np.arange(window_length, dtype=np.float64), last).astype(dtype), *memory)


def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``(1 - cos(2 pi n / N)) / 2``.

    >>> mt.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    memory = requires_grad, device, layout, pin_memory
    return _curve(
        "hann_window", window_length, periodic, dtype, lambda n, last: _cosine(n, last, 0.5, 0.5), memory
    )


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``alpha - beta cos(2 pi n / N)``.

    >>> mt.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    memory = requires_grad, device, layout, pin_memory
    return _curve(
        "hamming_window",
        window_length,
        periodic,
        dtype,
        lambda n, last: _cosine(n, last, alpha, beta),
        memory,
    )


def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N)``.

    >>> mt.blackman_window(4).round(decimals=4).abs()
    tensor([0.0000, 0.3400, 1.0000, 0.3400])
    """
    memory = requires_grad, device, layout, pin_memory
    return _curve(
        "blackman_window",
        window_length,
        periodic,
        dtype,
        lambda n, last: _cosine(n, last, 0.42, 0.5, 0.08),
        memory,
    )


def _cosine(n: Any, last: int, a: float, b: float, c: float = 0.0) -> Any:
    t = n * (2 * math.pi / last)
    return a - b * np.cos(t) + c * np.cos(2 * t)


def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A triangle from 0 to 1 and back.

    >>> mt.bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    memory = requires_grad, device, layout, pin_memory
    return _curve(
        "bartlett_window",
        window_length,
        periodic,
        dtype,
        lambda n, last: 1 - np.abs(2 * n / last - 1),
        memory,
    )


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``I0(beta sqrt(1 - (2 n / N - 1)**2)) / I0(beta)``.

    >>> mt.kaiser_window(4, beta=2.0)
    tensor([0.4387, 0.8348, 1.0000, 0.8348])
    """
    memory = requires_grad, device, layout, pin_memory

    def of(n: Any, last: int) -> Any:
        inside = np.sqrt(np.maximum(1 - (2 * n / last - 1) ** 2, 0))
        return i0(beta * inside) / i0(np.asarray([float(beta)]))

    return _curve("kaiser_window", window_length, periodic, dtype, of, memory)


__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]
