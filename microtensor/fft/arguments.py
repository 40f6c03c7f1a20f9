"""What is asked of the arguments of a transform: dtypes, norms, sizes, dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine import dtypes
from ..engine.tensor import Tensor
from ..errors import scalar_type
from ..ops.fourier.backends import INVERSE
from ..ops.fourier.transforms import padded
from ..ops.views.reshape import positive

Dims = int | Sequence[int] | None


def floating(x: Any, name: str) -> Tensor:
    """`x` in a dtype that can be transformed: integers in the default one.

    Raises ``TypeError`` for what is not a tensor, ``RuntimeError`` for numbers of 16 bits and less.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    dtype = x.dtype
    if dtype.kind in "biu":
        found: Tensor = x.to(dtypes.default_dtype())
        return found
    if dtype.kind not in "fc" or dtype.itemsize < 4:
        raise RuntimeError(f"Unsupported dtype {scalar_type(dtype)}: {name} takes x.float()")
    return x


def as_complex(x: Any, name: str) -> Tensor:
    """`x` as complex numbers."""
    x = floating(x, name)
    found: Tensor = x.to(dtypes.to_complex(x.dtype))
    return found


def as_real(x: Any, name: str) -> Tensor:
    """`x`, which has to be real: ``RuntimeError`` if it is not."""
    found = floating(x, name)
    if found.dtype.kind == "c":
        kind = "real-valued" if name.endswith("n") else "real"
        raise RuntimeError(
            f"{name} expects a {kind} input tensor, but got {scalar_type(found.dtype)}: take x.real, or fft"
        )
    return found


def norm_of(norm: str | None) -> str:
    """How a transform is scaled; ``RuntimeError`` for another word than PyTorch's three."""
    if norm is not None and norm not in INVERSE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}": it is one of {", ".join(INVERSE)}')
    return norm or "backward"


def along(x: Tensor, dim: int) -> int:
    """The dimension, from the front; ``IndexError`` if there is no such one."""
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return positive(dim, x.ndim)


def resized(x: Tensor, n: int, dim: int) -> Tensor:
    """`x` cut to `n` along a dimension, or filled up with zeros; ``RuntimeError`` for less than one."""
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    found: Tensor = padded(x, n - x.shape[dim], dim)
    return found


def several(x: Tensor, s: Dims, dim: Dims) -> tuple[list[int], list[int | None]]:
    """The dimensions to be transformed, from the front, and for each its size, None for what it has.

    Raises ``RuntimeError`` for a dimension that is there twice, and for other sizes than dimensions.
    """
    sizes = None if s is None else [s] if isinstance(s, int) else list(s)
    dims = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if dims is None:
        count = x.ndim if sizes is None else len(sizes)
        if count > x.ndim:
            raise RuntimeError(
                f"Got shape with {count} values but input tensor only has {x.ndim} dimensions."
            )
        dims = list(range(x.ndim - count, x.ndim))
    if sizes is not None and len(sizes) != len(dims):
        raise RuntimeError(
            f"When given, dim and shape arguments must have the same length: {dims} and {sizes}"
        )
    dims = [along(x, d) for d in dims]
    if len(set(dims)) < len(dims):
        raise RuntimeError(f"FFT dims must be unique: {dims}")
    return dims, [None if n == -1 else n for n in sizes or [-1] * len(dims)]


def all_resized(x: Tensor, dims: Sequence[int], sizes: Sequence[int | None]) -> Tensor:
    """`x` with each of the dimensions resized."""
    for d, n in zip(dims, sizes, strict=True):
        x = resized(x, x.shape[d] if n is None else n, d)
    return x
