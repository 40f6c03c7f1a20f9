"""Norms of vectors and of matrices, and the condition numbers made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.dtypes import as_dtype
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor
from ...errors import describe, scalar_type
from ..elementwise.division import div
from ..elementwise.floating_point import nan_to_num
from ..elementwise.sign_abs import abs
from ..reductions.max_min import amax, amin
from ..reductions.norm import _norm
from ..reductions.sum_mean import axes, count, sum
from ..views.permute import permute
from ..views.reshape import positive
from ..views.squeeze import unsqueeze
from .eigen_svd import svdvals
from .matrix_checks import check_square
from .solve_inverse import inv_or_infinite


@with_out
def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """``sum(|x| ** ord) ** (1 / ord)`` over `dim`, by default over all elements as one vector.

    `ord` is any number, inf and -inf among them; 0 counts what is not zero.  The gradient at 0 is 0.

    >>> mt.linalg.vector_norm(mt.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if isinstance(ord, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    _check_kind("linalg.vector_norm", x, dtype)
    x = _floating("linalg.vector_norm", x, dtype)
    if count(tuple(x.shape), dim) == 0 and (ord < 0 or ord == math.inf):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the operation does "
            f"not have an identity: {describe(x)}, dim={dim}"
        )
    return _norm(x, ord, axes(dim), keepdim)


def _check_kind(name: str, x: Tensor, dtype: Any) -> None:
    """``RuntimeError`` for a real `dtype` of complex numbers, and the other way."""
    wanted = None if dtype is None else as_dtype(dtype)
    if wanted is not None and (wanted.kind == "c") != x.is_complex():
        kind = "complex" if x.is_complex() else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {scalar_type(wanted)}")


def _floating(name: str, x: Tensor, dtype: Any) -> Tensor:
    x = x if dtype is None else x.to(dtype)
    if x.dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}: Expected a floating point tensor as input, got {describe(x)}; use x.float()"
        )
    return x


def _two_dims(x: Tensor, dim: Any) -> tuple[int, int]:
    if x.ndim < 2:
        raise RuntimeError(
            f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions, got {describe(x)}"
        )
    if isinstance(dim, int):
        raise TypeError(f"linalg.matrix_norm: dim must be two dimensions, not the number {dim}")
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    rows, columns = (positive(d, x.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got {tuple(dim)}")
    return rows, columns


@with_out
def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """A norm of each matrix in the dimensions `dim`.

    "fro": of all elements as a vector; "nuc": the sum of the singular values; 2 and -2: the largest and the
    smallest of them; 1 and -1: the largest and the smallest sum of a column's absolute values; inf and -inf:
    of a row's.

    >>> mt.linalg.matrix_norm(mt.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    A = _floating("linalg.matrix_norm", A, dtype)
    rows, columns = _two_dims(A, dim)
    if ord == "fro":
        return _norm(A, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        return _of_singular_values(A, ord, rows, columns, keepdim)
    if ord not in (1, -1, math.inf, -math.inf):
        raise RuntimeError(
            f"linalg.matrix_norm: Order {ord} not supported; expected 'fro', 'nuc', or one of 1, 2, inf and "
            "their negatives"
        )
    inner, outer = (rows, columns) if ord in (1, -1) else (columns, rows)
    totals = sum(abs(A), inner, keepdim)
    outer -= outer > inner and not keepdim
    return _largest(totals, outer, keepdim) if ord > 0 else amin(totals, outer, keepdim)


def _largest(x: Any, dim: int, keepdim: bool = False) -> Any:
    """The largest of numbers that are not negative; 0 of none."""
    return (amax if x.shape[dim] else sum)(x, dim, keepdim)


def _of_singular_values(x: Any, ord: Any, rows: int, columns: int, keepdim: bool) -> Any:
    rest = tuple(d for d in range(x.ndim) if d not in (rows, columns))
    s = svdvals(permute(x, (*rest, rows, columns)))
    out = sum(s, -1) if ord == "nuc" else _largest(s, -1) if ord == 2 else amin(s, -1)
    for d in sorted((rows, columns)) if keepdim else ():
        out = unsqueeze(out, d)
    return out


@with_out
def norm(input: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """A norm of a vector (one `dim`, or no `ord`) or of a matrix (two): `vector_norm` or `matrix_norm`.

    >>> mt.linalg.norm(mt.tensor([[3.0, 0.0], [0.0, 4.0]]), 2)
    tensor(4.)
    """
    if ord is None:
        return vector_norm(input, 2, dim, keepdim, dtype=dtype)
    if dim is None and input.ndim not in (1, 2) and ord != "fro":
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{describe(input)}"
        )
    one = isinstance(dim, int) or (dim is not None and len(dim) == 1) or (dim is None and input.ndim == 1)
    if not one or isinstance(ord, str):
        return matrix_norm(input, ord, tuple(range(input.ndim)) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(input, ord, dim, keepdim, dtype=dtype)


@with_out
def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number ``norm(A) * norm(inverse(A))`` of each matrix in the norm `p`, 2 by default.

    Infinite for a singular matrix.

    >>> mt.linalg.cond(mt.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor(2.)
    """
    if p in (None, 2, -2):
        s = svdvals(A)
        first, last = amax(s, -1), amin(s, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return div(last, first) if p == -2 else div(first, last)
    check_square(f"linalg.cond(ord={p})", A)
    if p not in ("fro", "nuc", 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    with np.errstate(invalid="ignore"):
        product = matrix_norm(A, p) * matrix_norm(inv_or_infinite(A), p)
    return nan_to_num(product, math.inf, math.inf, -math.inf)
