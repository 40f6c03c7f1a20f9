"""Transforms along two dimensions, several, or all of them.

A size of -1 keeps a dimension as it is; `s` without `dim` speaks of the last dimensions. Transforms of real
numbers halve the last of the dimensions. Each function raises ``RuntimeError`` for a dimension that is there
twice, for other sizes than dimensions, and for what its form for one dimension refuses.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.out_argument import with_out
from ..engine.tensor import Tensor
from ..ops.fourier.backends import INVERSE
from ..ops.fourier.transforms import fft_c2c, fft_c2r, fft_r2c
from .arguments import Dims, all_resized, as_complex, as_real, norm_of, resized, several

LAST_TWO = (-2, -1)


def _complex(name: str, x: Tensor, s: Dims, dim: Dims, norm: str | None, inverse: bool) -> Tensor:
    x = as_complex(x, name)
    dims, sizes = several(x, s, dim)
    x, norm = all_resized(x, dims, sizes), norm_of(norm)
    found: Tensor = fft_c2c(x, tuple(dims), norm, inverse) if dims else x.clone()
    return found


def _at_least_one(dims: Sequence[int], name: str) -> None:
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")


@with_out
def fftn(input: Tensor, s: Dims = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """`fft` along several dimensions, all of them unless `s` or `dim` say which.

    >>> mt.fft.fftn(mt.ones(2, 2))
    tensor([[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]])
    """
    return _complex("fft_fftn", input, s, dim, norm, False)


@with_out
def ifftn(input: Tensor, s: Dims = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`.

    >>> mt.fft.ifftn(mt.fft.fftn(mt.ones(2, 2))).real
    tensor([[1., 1.],
            [1., 1.]])
    """
    return _complex("fft_ifftn", input, s, dim, norm, True)


@with_out
def rfftn(input: Tensor, s: Dims = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """`fftn` of real numbers, without the second half of the last dimension, which follows from the first.

    >>> mt.fft.rfftn(mt.ones(2, 4)).shape
    torch.Size([2, 3])
    """
    x = as_real(input, "rfftn")
    dims, sizes = several(x, s, dim)
    _at_least_one(dims, "rfftn")
    x, norm = all_resized(x, dims, sizes), norm_of(norm)
    found: Tensor = fft_r2c(x, dims[-1], norm)
    return fft_c2c(found, tuple(dims[:-1]), norm) if dims[:-1] else found


@with_out
def irfftn(input: Tensor, s: Dims = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`; the last size is 2 (m - 1) unless given.

    >>> mt.fft.irfftn(mt.fft.rfftn(mt.ones(2, 3)), s=(2, 3))
    tensor([[1., 1., 1.],
            [1., 1., 1.]])
    """
    x, norm = as_complex(input, "fft_irfftn"), norm_of(norm)
    dims, sizes = several(x, s, dim)
    _at_least_one(dims, "irfftn")
    *others, last = dims
    given = sizes[-1]
    n = 2 * (x.shape[last] - 1) if given is None else given
    x = all_resized(x, others, sizes[:-1])
    x = resized(x, n // 2 + 1 if n > 0 else n, last)
    x = fft_c2c(x, tuple(others), norm, True) if others else x
    found: Tensor = fft_c2r(x, last, n, norm)
    return found


@with_out
def hfftn(input: Tensor, s: Dims = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """`hfft` along several dimensions: `fft` along all but the last, which gives the real numbers.

    >>> mt.fft.hfftn(mt.ones(2, 2) + 0j)
    tensor([[4., 0.],
            [0., 0.]])
    """
    return irfftn(as_complex(input, "fft_hfftn").conj(), s, dim, INVERSE[norm_of(norm)])


@with_out
def ihfftn(input: Tensor, s: Dims = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """The inverse of `hfftn`, of real numbers.

    >>> mt.fft.ihfftn(mt.ones(2, 2)).real
    tensor([[1., 0.],
            [0., 0.]])
    """
    found: Tensor = rfftn(as_real(input, "ihfftn"), s, dim, INVERSE[norm_of(norm)]).conj()
    return found


@with_out
def fft2(input: Tensor, s: Dims = None, dim: Dims = LAST_TWO, norm: str | None = None) -> Tensor:
    """`fftn` of the last two dimensions.

    >>> mt.fft.fft2(mt.ones(2, 2))[0]
    tensor([4.+0.j, 0.+0.j])
    """
    return fftn(input, s, dim, norm)


@with_out
def ifft2(input: Tensor, s: Dims = None, dim: Dims = LAST_TWO, norm: str | None = None) -> Tensor:
    """`ifftn` of the last two dimensions.

    >>> mt.fft.ifft2(mt.ones(2, 2))[0]
    tensor([1.+0.j, 0.+0.j])
    """
    return ifftn(input, s, dim, norm)


@with_out
def rfft2(input: Tensor, s: Dims = None, dim: Dims = LAST_TWO, norm: str | None = None) -> Tensor:
    """`rfftn` of the last two dimensions.

    >>> mt.fft.rfft2(mt.ones(2, 2))[0]
    tensor([4.+0.j, 0.+0.j])
    """
    return rfftn(input, s, dim, norm)


@with_out
def irfft2(input: Tensor, s: Dims = None, dim: Dims = LAST_TWO, norm: str | None = None) -> Tensor:
    """`irfftn` of the last two dimensions.

    >>> mt.fft.irfft2(mt.ones(2, 2))[0]
    tensor([1., 0.])
    """
    return irfftn(input, s, dim, norm)


@with_out
def hfft2(input: Tensor, s: Dims = None, dim: Dims = LAST_TWO, norm: str | None = None) -> Tensor:
    """`hfftn` of the last two dimensions.

    >>> mt.fft.hfft2(mt.ones(2, 2))[0]
    tensor([4., 0.])
    """
    return hfftn(input, s, dim, norm)


@with_out
def ihfft2(input: Tensor, s: Dims = None, dim: Dims = LAST_TWO, norm: str | None = None) -> Tensor:
    """`ihfftn` of the last two dimensions.

    >>> mt.fft.ihfft2(mt.ones(2, 2))[0].real
    tensor([1., 0.])
    """
    return ihfftn(input, s, dim, norm)
