"""What PyTorch offered before ``torch.linalg``, and still does, under names and with arguments of its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor, install
from . import cholesky_qr as factorization
from . import determinant
from . import eigen_svd as spectrum
from . import solve_inverse as inverse


@return_type("slogdet")
class Slogdet(determinant.Slogdet):
    """What `torch.slogdet` gives."""


@return_type("qr")
class QR(factorization.QR):
    """What `torch.qr` gives."""


@return_type("svd")
class SVD(NamedTuple):
    """What `torch.svd` gives: the right singular vectors are columns."""

    U: Tensor
    S: Tensor
    V: Tensor


@return_type("triangular_solve")
class TriangularSolve(NamedTuple):
    """What `torch.triangular_solve` gives: the solution, and a copy of the matrix."""

    solution: Tensor
    cloned_coefficient: Tensor


@with_out
def slogdet(input: Tensor) -> Slogdet:
    """`linalg.slogdet`.

    >>> mt.slogdet(mt.eye(2)).logabsdet
    tensor(0.)
    """
    return Slogdet(*determinant.slogdet(input))


@with_out(exact=False)
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """`linalg.cholesky`.

    >>> mt.cholesky(mt.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    return factorization.cholesky(input, upper=upper)


@with_out
def qr(input: Tensor, some: bool = True) -> QR:
    """`linalg.qr`, complete if not `some`.

    >>> mt.qr(mt.ones(3, 2), some=False).Q.shape
    torch.Size([3, 3])
    """
    return QR(*factorization.qr(input, "reduced" if some else "complete"))


@with_out
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> SVD:
    """`linalg.svd` with V in the place of its transpose; zeros for U and V if not `compute_uv`.

    >>> mt.svd(mt.ones(3, 2)).V.shape
    torch.Size([2, 2])
    """
    u, s, vh = spectrum.svd(input, not some)
    if compute_uv:
        return SVD(u, s, vh.mH)
    zeros = [Tensor._of(np.zeros((*input.shape[:-2], n, n), input.dtype)) for n in input.shape[-2:]]
    return SVD(zeros[0], s, zeros[1])


@with_out
def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> TriangularSolve:
    """`linalg.solve_triangular` with the right-hand side first, for the transposed matrix if `transpose`.

    >>> mt.triangular_solve(mt.ones(2, 1), 2 * mt.eye(2)).solution
    tensor([[0.5000],
            [0.5000]])
    """
    matrix = A.mT if transpose else A
    side = upper != transpose
    return TriangularSolve(
        inverse.solve_triangular(matrix, input, upper=side, unitriangular=unitriangular), A.clone()
    )


install(slogdet=slogdet, cholesky=cholesky, qr=qr, svd=svd, triangular_solve=triangular_solve)
