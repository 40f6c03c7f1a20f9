"""Least squares, and equations between tensors: systems of equations in other shapes."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ...errors import ShapeError, describe
from ..elementwise.select import in_place_of
from ..matmul.matmul import batched
from ..reductions.sum_mean import sum
from ..views.permute import movedim
from ..views.reshape import reshape
from ..views.squeeze import squeeze_dim, unsqueeze
from .matrix_checks import check_matrix
from .matrix_functions import cutoff, pinv
from .solve_inverse import inv, is_vector, solve


@return_type("linalg_lstsq")
class LeastSquares(NamedTuple):
    """What `lstsq` gives."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


DRIVERS = ("gelsy", "gels", "gelsd", "gelss")


@with_out
def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: str | None = None) -> LeastSquares:
    """The X of least norm that makes ``A @ X - B`` smallest: (..., m, n) and (..., m, k) or (..., m).

    By the pseudo-inverse, whatever the driver; singular values up to `rcond` times the largest count as 0.
    `residuals` are sums of squares, empty unless m > n, the rank is full, and the driver is another than
    "gelsy", the default; `singular_values` are there for the drivers "gelsd" and "gelss", `rank` for all but
    "gels".  The last two have no gradient.

    >>> mt.linalg.lstsq(mt.tensor([[1.0], [1.0]]), mt.tensor([[1.0], [3.0]])).solution.round()
    tensor([[2.]])
    """
    if driver not in (None, *DRIVERS):
        raise RuntimeError(f"torch.linalg.lstsq: parameter `driver` should be one of {DRIVERS}, got {driver}")
    vector = is_vector(A, B)
    right = unsqueeze(B, -1) if vector else B
    check_matrix("torch.linalg.lstsq", A, right)
    if A.shape[-2] != right.shape[-2]:
        raise ShapeError(
            f"torch.linalg.lstsq: {describe(A)} and {describe(B)}: input.size(-2) should match other.size(-2)"
        )
    rcond = np.finfo(A.dtype).eps * max(A.shape[-2:]) if rcond is None else rcond
    solution = batched(pinv(A, rtol=rcond), right)
    s = np.linalg.svd(A.detach().numpy(), compute_uv=False)
    rank = np.asarray((s > cutoff(s, tuple(A.shape), None, rcond)[..., None]).sum(-1), np.int64)
    found = [
        squeeze_dim(solution, -1) if vector else solution,
        _residuals(A, right, solution, rank, driver),
        rank if driver != "gels" else np.zeros(0, np.int64),
        s if driver in ("gelsd", "gelss") else np.zeros(0, s.dtype),
    ]  # fmt: skip
    return LeastSquares(*[x if isinstance(x, Tensor) else Tensor._of(x) for x in found])


def _residuals(A: Any, B: Any, X: Any, rank: Any, driver: str | None) -> Any:
    m, n = A.shape[-2:]
    if m <= n or (rank < n).any() or driver in (None, "gelsy"):
        return in_place_of(A, np.zeros(0)).real
    left = batched(A, X) - B
    return sum(left * left if left.dtype.kind != "c" else (left * left.conj()).real, -2)


@with_out
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `tensordot` with `A`, whose first `ind` dimensions count as rows.

    >>> mt.linalg.tensorinv(mt.eye(6).reshape(2, 3, 6)).shape
    torch.Size([6, 2, 3])
    """
    if ind <= 0:
        raise RuntimeError(f"tensorinv: Expected a strictly positive integer for 'ind', but got {ind}")
    rows, columns = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    _check_products("tensorinv", A, columns, rows)
    n = math.prod(rows)
    return reshape(inv(reshape(A, (n, n))), (*columns, *rows))


def _check_products(name: str, A: Any, columns: tuple[int, ...], rows: tuple[int, ...]) -> None:
    if math.prod(rows) != math.prod(columns):
        raise ShapeError(
            f"{name}: {describe(A)}: expected the sizes {columns} and {rows} to have one product, but "
            f"{math.prod(columns)} != {math.prod(rows)}"
        )


@with_out
def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """The X with ``tensordot(A, X, X.ndim) = B``; the dimensions `dims` of `A` are moved to its end first.

    >>> mt.linalg.tensorsolve(mt.eye(6).reshape(2, 3, 6), mt.ones(2, 3)).shape
    torch.Size([6])
    """
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    columns = tuple(A.shape[B.ndim :])
    _check_products("tensorsolve", A, columns, tuple(A.shape[: B.ndim]))
    _check_products("tensorsolve", A, columns, tuple(B.shape))
    n = math.prod(columns)
    return reshape(solve(reshape(A, (n, n)), reshape(B, (n,))), columns)
