"""The three transforms of which all others are made, and their derivatives.

The matrix F of a discrete Fourier transform is symmetric, whatever its scale.  Inside a backward pass the
cotangent of ``y = F x`` is the number `g` with ``dL = Re(g dy)`` (see `engine.arrays.complex_numbers`), so
that of `x` is ``F g``: the same transform, in the same direction, with the same factor.  That of a transform
of real numbers is its real part, of frequencies that were left out as zeros; and that of a transform back to
real numbers counts each frequency twice that stands for two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case, written
from ..elementwise.casting import cast
from ..windows.padding import constant_pad
from . import backends
from .backends import INVERSE

Dims = tuple[int, ...]


@op(x=lambda g, dims, norm, inverse: fft_c2c(g, dims, norm, inverse), name="fft_c2c", node="FftC2CBackward0",
    complex=True, dtype=np.complex128,
    samples=[case((4,), dims=(0,)), case((2, 5), dims=(0, 1), norm="ortho"),
             case((3, 2), dims=(0,), norm="forward", inverse=True)],
    reference=lambda x, dims, norm="backward", inverse=False: (np.fft.ifftn if inverse else np.fft.fftn)(
        x, axes=dims, norm=norm))  # fmt: skip
def fft_c2c(x: Any, /, dims: Dims, norm: str = "backward", inverse: bool = False) -> Any:
    """The transform of complex numbers along several dimensions, or its inverse.

    >>> from microtensor.ops.fourier.transforms import fft_c2c
    >>> fft_c2c(mt.tensor([1 + 0j, 1, 1, 1]), (0,))
    tensor([4.+0.j, 0.+0.j, 0.+0.j, 0.+0.j])
    """
    return backends.fftn(x, dims, norm, inverse)


@written("fft(padded(g, x_shape)).real")
def _of_real(g: Any, x_shape: Dims, x_dtype: Any, dim: int, norm: str) -> Any:
    whole = padded(g, x_shape[dim] - g.shape[dim], dim)
    return cast(fft_c2c(whole, (dim,), norm), x_dtype)


@op(x=_of_real, name="fft_r2c", node="FftR2CBackward0",
    samples=[case((4,), dim=0), case((2, 5), dim=1, norm="ortho"), case((3, 2), dim=0, norm="forward")],
    reference=lambda x, dim, norm="backward": np.fft.rfft(x, axis=dim, norm=norm))  # fmt: skip
def fft_r2c(x: Any, /, dim: int, norm: str = "backward") -> Any:
    """The transform of n real numbers along one dimension: the n // 2 + 1 frequencies from 0 up.

    >>> from microtensor.ops.fourier.transforms import fft_r2c
    >>> fft_r2c(mt.ones(4), 0)
    tensor([4.+0.j, 0.+0.j, 0.+0.j])
    """
    return backends.rfft(x, dim, norm)


@written("rfft(g).conj() * counts(n)")
def _of_frequencies(g: Any, dim: int, n: int, norm: str) -> Any:
    return fft_r2c(g, dim, INVERSE[norm]).conj() * _counts(n, dim, g)


def _counts(n: int, dim: int, g: Any) -> Any:
    """How many of n frequencies each of those from 0 up stands for: itself, and its conjugate."""
    counts = np.full(n // 2 + 1, 2, g.dtype)
    counts[0] = 1
    if n % 2 == 0:
        counts[-1] = 1
    return counts.reshape((-1,) + (1,) * (g.ndim - 1 - dim))


@op(z=_of_frequencies, name="fft_c2r", node="FftC2RBackward0", complex=True, dtype=np.complex128,
    samples=[case((3,), dim=0, n=4), case((2, 3), dim=1, n=5, norm="ortho"),
             case((3, 2), dim=0, n=4, norm="forward")],
    reference=lambda z, dim, n, norm="backward": np.fft.irfft(z, n, dim, norm))  # fmt: skip
def fft_c2r(z: Any, /, dim: int, n: int, norm: str = "backward") -> Any:
    """The `n` real numbers of which `z` are the n // 2 + 1 frequencies from 0 up.

    >>> from microtensor.ops.fourier.transforms import fft_c2r
    >>> fft_c2r(mt.tensor([4 + 0j, 0, 0]), 0, 4)
    tensor([1., 1., 1., 1.])
    """
    return backends.irfft(z, dim, n, norm)


def padded(x: Any, count: int, dim: int) -> Any:
    """`x` with so many zeros at the end of a dimension, fewer numbers if it is negative."""
    pairs = [(0, 0)] * x.ndim
    pairs[dim] = (0, count)
    return constant_pad(x, tuple(pairs), 0.0) if count else x
