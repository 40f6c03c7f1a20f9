"""Linear algebra under the names of ``torch.linalg``: solving, inverting, factorizing, measuring matrices.

A matrix lies in the last two dimensions, and all before them are a batch.  Everything that has a derivative
has one of every order.  Decompositions give named tuples: ``linalg.eigh(A).eigenvalues``.
"""

from __future__ import annotations

from .errors import LinAlgError
from .householder import householder_product
from .ldl import ldl_factor, ldl_factor_ex, ldl_solve
from .ops.determinant import det, slogdet
from .ops.diagonals import diagonal as _diagonal
from .ops.factorization import cholesky, cholesky_ex, qr
from .ops.inverse import inv, inv_ex, solve, solve_ex, solve_triangular
from .ops.lu import lu, lu_factor, lu_factor_ex, lu_solve
from .ops.matrix_functions import matrix_exp, matrix_power, matrix_rank, pinv
from .ops.matrix_norm import cond, matrix_norm, norm, vector_norm
from .ops.product import matmul
from .ops.spectrum import eig, eigh, eigvals, eigvalsh, svd, svdvals
from .ops.systems import lstsq, tensorinv, tensorsolve
from .ops.tensor_products import multi_dot
from .ops.vectors import linalg_cross as cross
from .ops.vectors import vander, vecdot
from .tensor import Tensor


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, (..., n, n) to (..., n), as a view.

    >>> mt.linalg.diagonal(mt.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return _diagonal(A, offset, dim1, dim2)  # type: ignore[no-any-return]


__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals",
    "eigvalsh", "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_factor_ex", "ldl_solve", "lstsq",
    "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power",
    "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular",
    "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip
