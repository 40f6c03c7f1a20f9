"""LU under the names that PyTorch had before ``torch.linalg``."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor, install
from ...errors import describe
from .lu import _permutation, lu_factor_ex, triangles
from .lu import lu_solve as _lu_solve
from .matrix_checks import check_matrix

__all__ = ["lu", "lu_solve", "lu_unpack"]


@return_type("_lu_with_info")
class LUWithInfo(NamedTuple):
    """Both triangles in one matrix, the rows exchanged, and 0 or the number of a pivot that is 0."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


@return_type("lu_unpack")
class LUUnpacked(NamedTuple):
    """A permutation, a lower triangle with ones on the diagonal, and an upper triangle."""

    P: Tensor
    L: Tensor
    U: Tensor


@with_out(exact=False)
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """`linalg.lu_factor`, as a pair, that raises for no matrix; with `get_infos` as `lu_factor_ex`.

    >>> mt.lu(mt.tensor([[1.0, 2.0], [2.0, 3.0]]))[1]
    tensor([2, 2], dtype=torch.int32)
    """
    found = lu_factor_ex(A, pivot=pivot)
    return LUWithInfo(*found) if get_infos else (found.LU, found.pivots)


def _lu_method(self: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """`lu` of this tensor."""
    return lu(self, pivot, get_infos)


@with_out
def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """`linalg.lu_solve` with the right-hand side first.

    >>> mt.lu_solve(mt.ones(2, 1), *mt.lu(mt.tensor([[0.0, 2.0], [4.0, 0.0]])))
    tensor([[0.2500],
            [0.5000]])
    """
    check_matrix("linalg.lu_solve", LU_data, input)
    if LU_pivots.dtype != np.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type int32")
    if LU_data.shape[-1] != input.shape[-2]:
        raise RuntimeError(
            f"linalg.lu_solve: Incompatible shapes of A and B for the equation AX = B: {describe(LU_data)} "
            f"and {describe(input)}"
        )
    return _lu_solve(LU_data, LU_pivots, input)


@with_out
def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True
) -> LUUnpacked:
    """The matrices P, L and U, ``A = P @ L @ U``, of what `linalg.lu_factor` gives for A.

    L and U are empty without `unpack_data`, and P without `unpack_pivots`.  Raises ``RuntimeError`` for
    pivots that are no int32 row numbers.

    >>> mt.lu_unpack(*mt.lu(mt.tensor([[1.0, 2.0], [2.0, 3.0]]))).L
    tensor([[1.0000, 0.0000],
            [0.5000, 1.0000]])
    """
    check_matrix("lu_unpack", LU_data)
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    if unpack_pivots:
        _check_pivots(LU_pivots, m)
    p, empty = Tensor._of(np.zeros(0, LU_data.dtype)), LU_data[..., :0, :0].reshape(-1)[:0]
    if unpack_pivots:
        p = _permutation(LU_pivots, m, LU_data.detach())
    if not unpack_data:
        return LUUnpacked(p, empty, empty)
    lower, upper = triangles(LU_data, max(m, n))
    return LUUnpacked(p, lower[..., :m, :k].contiguous(), upper[..., :k, :n].contiguous())


def _check_pivots(pivots: Tensor, m: int) -> None:
    if pivots.dtype != np.int32:
        raise RuntimeError(
            f"lu_unpack: LU_pivots is expected to be a tensor of int32, and is {describe(pivots)}: "
            "use the output of linalg.lu_factor"
        )
    rows = pivots.array
    if rows.size and not (rows.min() >= 1 and rows.max() <= m):
        raise RuntimeError(
            f"pivots passed to lu_unpack must be between 1 and {m} inclusive, LU.size(-2), and they are "
            f"{rows.min()} to {rows.max()}"
        )


install(lu=_lu_method, lu_solve=lu_solve)
