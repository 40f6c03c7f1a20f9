"""Transforms along one dimension."""

from __future__ import annotations

from ..engine.out_argument import with_out
from ..engine.tensor import Tensor
from ..ops.fourier.backends import INVERSE
from ..ops.fourier.transforms import fft_c2c, fft_c2r, fft_r2c
from .arguments import along, as_complex, as_real, norm_of, resized


def _complex(name: str, x: Tensor, n: int | None, dim: int, norm: str | None, inverse: bool) -> Tensor:
    x = as_complex(x, name)
    dim = along(x, dim)
    found: Tensor = fft_c2c(resized(x, x.shape[dim] if n is None else n, dim), (dim,), norm_of(norm), inverse)
    return found


@with_out
def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The discrete Fourier transform along a dimension, ``X[k] = sum(x[j] * exp(-2 pi i j k / n))``.

    Cooley and Tukey (1965), by pocketfft. The dimension is cut to `n`, or filled up with zeros. `norm` says
    where the factor 1/n goes: "backward" (the default) into the inverse, "forward" here, and with "ortho"
    both have its square root. The result is complex: of float32 and integers, complex64.

    Raises ``RuntimeError`` for n < 1, another norm, and numbers of 16 bits.

    >>> mt.fft.fft(mt.tensor([1.0, 2.0, 3.0, 4.0]))
    tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
    """
    return _complex("fft_fft", input, n, dim, norm, False)


@with_out
def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `fft`, with the same arguments.

    >>> mt.fft.ifft(mt.tensor([10 + 0j, -2 + 2j, -2, -2 - 2j]))
    tensor([1.+0.j, 2.+0.j, 3.+0.j, 4.+0.j])
    """
    return _complex("fft_ifft", input, n, dim, norm, True)


@with_out
def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The first n // 2 + 1 elements of `fft` for real numbers; the others are conjugates of these.

    Raises ``RuntimeError`` for complex numbers.

    >>> mt.fft.rfft(mt.tensor([1.0, 2.0, 3.0, 4.0]))
    tensor([10.+0.j, -2.+2.j, -2.+0.j])
    """
    x = as_real(input, "rfft")
    dim = along(x, dim)
    found: Tensor = fft_r2c(resized(x, x.shape[dim] if n is None else n, dim), dim, norm_of(norm))
    return found


@with_out
def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`: real numbers, `n` of them, which may be odd and is 2 (m - 1) unless given.

    The imaginary parts of the first frequency, and for even n of the last, count for nothing.

    >>> mt.fft.irfft(mt.tensor([10 + 0j, -2 + 2j, -2]))
    tensor([1., 2., 3., 4.])
    """
    x = as_complex(input, "fft_irfft")
    dim = along(x, dim)
    n = 2 * (x.shape[dim] - 1) if n is None else n
    found: Tensor = fft_c2r(resized(x, n // 2 + 1 if n > 0 else n, dim), dim, n, norm_of(norm))
    return found


@with_out
def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The real `fft` of numbers that are the conjugate of themselves read backwards, from their first half.

    `n` is the length of the result, 2 (m - 1) unless given.

    >>> mt.fft.hfft(mt.tensor([2.5 + 0j, -0.5 - 0.5j, -0.5]))
    tensor([1., 2., 3., 4.])
    """
    return irfft(as_complex(input, "fft_hfft").conj(), n, dim, INVERSE[norm_of(norm)])


@with_out
def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`: the first half of the `ifft` of real numbers.

    Raises ``RuntimeError`` for complex numbers.

    >>> mt.fft.ihfft(mt.tensor([1.0, 2.0, 3.0, 4.0]))
    tensor([ 2.5000-0.0000j, -0.5000-0.5000j, -0.5000-0.0000j])
    """
    found: Tensor = rfft(as_real(input, "ihfft"), n, dim, INVERSE[norm_of(norm)]).conj()
    return found
