"""What all operations on matrices share: checks in PyTorch's words, and masks and identities for formulas.

A matrix lies in the last two dimensions; all dimensions before them are a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import HALF
from ...engine.half import narrow, wide
from ...engine.tensor import Tensor, array_of
from ...errors import LinAlgError, describe, dtype_name, scalar_type

F = TypeVar("F", bound=Callable[..., Any])

_BARE = {"linalg.lu_factor", "linalg.solve_triangular", "linalg.householder_product", "geqrf", "ormqr"}
"""What PyTorch does not check before its kernels are asked for an integer."""


def check_matrix(name: str, *arrays: Any) -> None:
    """``RuntimeError`` unless these are real or complex matrices, of one dtype that LAPACK knows."""
    for x in arrays:
        if not isinstance(x, (Tensor, np.ndarray)):
            raise TypeError(f"{name}: expected a Tensor, got {type(x).__name__}; make one with tensor(data)")
        if x.ndim < 2:
            raise RuntimeError(
                f"{name}: The input tensor A must have at least 2 dimensions, got {describe(x)}"
            )
    check_floating(name, *arrays)


def check_floating(name: str, *arrays: Any) -> None:
    """``RuntimeError`` for a dtype that LAPACK does not know, and for two different ones.

    It is a ``NotImplementedError`` where PyTorch has no kernel.
    """
    for x in arrays:
        if x.dtype not in (dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128):
            error = NotImplementedError if x.dtype in HALF or name in _BARE else RuntimeError
            raise error(
                f"{name}: Expected a floating point or complex tensor as input. Got {scalar_type(x.dtype)}: "
                f"not implemented for '{scalar_type(x.dtype)}', {describe(x)}; convert it with x.float()"
            )
        if x.dtype != arrays[0].dtype:
            raise RuntimeError(
                f"{name}: Expected A and B to have the same dtype, but found "
                f"{dtype_name(arrays[0].dtype)} and {dtype_name(x.dtype)}"
            )


def of_nothing_in_half(function: F) -> F:
    """`function`, which float16 matrices without elements may have: no kernel is asked for them."""

    @wraps(function)
    def call(A: Any, *args: Any, **named: Any) -> Any:
        if not isinstance(A, Tensor) or A.dtype not in HALF or A.numel():
            return function(A, *args, **named)
        found = function(*map(wide, (A, *args)), **named)
        parts = narrow(found, A.dtype.dtype)
        return type(found)(*parts) if hasattr(found, "_fields") else parts

    return cast(F, call)


def check_square(name: str, x: Any) -> None:
    """`check_matrix`, and ``RuntimeError`` unless the matrices are square."""
    check_matrix(name, x)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {describe(x)}")


def blame(name: str, wrong: Any, reason: str) -> LinAlgError:
    """The error for the first matrix of a batch that is `wrong` (an array of bools)."""
    place = f"(Batch element {int(np.flatnonzero(wrong)[0])}): " if np.ndim(wrong) else ""
    return LinAlgError(f"{name}: {place}{reason}")


def eye_like(x: Any, n: int) -> Any:
    """The identity of size `n` in the dtype of `x`: a constant, for formulas."""
    return np.eye(n, dtype=x.dtype)


def constant(array: Any, like: Any) -> Any:
    """A raw array on the carrier of `like`."""
    return Tensor._of(array) if isinstance(like, Tensor) else array


def diagonal_matrix(v: Any) -> Any:
    """The matrices with these diagonals, on either carrier."""
    return v[..., None] * constant(eye_like(v, v.shape[-1]), v)


def adjoint(x: Any) -> Any:
    """The conjugate transpose, on either carrier; of real matrices the transpose, a view."""
    return x.mT.conj()


def pivot_size(x: Any) -> Any:
    """How large LAPACK takes elements for when it looks for a pivot: complex ones by both parts together."""
    return np.abs(x) if x.dtype.kind != "c" else np.abs(x.real) + np.abs(x.imag)


def absent(g: Any) -> bool:
    """Whether the cotangent of one of several outputs is the zeros that stand for none.

    A part of a formula that is infinite (equal eigenvalues) is left out where nothing asks for it.
    """
    if isinstance(g, Tensor) and g.requires_grad:
        return False
    array = array_of(g) if isinstance(g, Tensor) else g
    return array is not None and not np.any(array)
