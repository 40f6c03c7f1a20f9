"""Eigenvalues, singular values, and their vectors.

Formulas: M. B. Giles, "An extended collection of matrix derivative results" (2008), 3.1, for eigenvalues;
J. Townsend, "Differentiating the singular value decomposition" (2016), and M. Seeger, A. Hetzel, Z. Dai,
E. Meissner and N. Lawrence, "Auto-differentiating linear algebra" (2017), for symmetric matrices and the
singular vectors.

Vectors are unique only up to their signs (complex ones: their phases), and where values are equal not even
so: a function of them has a derivative if it does not depend on that choice, and the formulas divide by the
gaps between values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...engine.arrays.complex_numbers import conjugated
from ...engine.dtypes import to_complex
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ...errors import LinAlgError
from ..elementwise.casting import cast
from ..matmul.matmul import batched
from ..views.diagonals import _diagonal as diagonal_of
from .cholesky_qr import POSITIVE, SYMMETRIC
from .matrix_checks import (
    absent,
    adjoint,
    check_matrix,
    check_square,
    constant,
    diagonal_matrix,
    eye_like,
    of_nothing_in_half,
)
from .solve_inverse import SQUARE, _solve

POSITIVES = np.stack([POSITIVE, POSITIVE + np.diag([1.0, 5.0, 2.0])])


def _failed(name: str) -> LinAlgError:
    return LinAlgError(
        f"{name}: The algorithm failed to converge because the input matrix contained non-finite values."
    )


def _diagonal(x: Any) -> Any:
    """The diagonals of matrices, on either carrier."""
    return diagonal_of(x, 0, -2, -1)


def _over_gaps(x: Any, values: Any) -> Any:
    """Each element over the gap between the values of its column and its row; 0 on the diagonal."""
    eye = constant(eye_like(values, values.shape[-1]), values)
    gaps = values[..., None, :] - values[..., :, None] + eye
    return (x - x * eye) / gaps


@return_type("linalg_eigh")
class Eigh(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


@return_type("linalg_eig")
class Eig(Eigh):
    """What `eig` gives."""


@op(x=lambda g, out: _eigh_back(*conjugated(g), *out).conj(),
    complex=True, name="eigh", node="LinalgEighBackward0", exempt=SYMMETRIC,
    samples=[case(POSITIVE), case(POSITIVES, uplo="U")],
    reference=lambda x, uplo="L": np.sort(np.linalg.eigvals(x).real, -1))  # fmt: skip
def _eigh(x: Any, /, uplo: str = "L") -> Any:
    """The eigenvalues, ascending, and eigenvectors of symmetric (Hermitian) matrices, by one triangle.

    >>> mt.linalg.eigh(mt.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    try:
        return tuple(np.linalg.eigh(x, uplo))
    except np.linalg.LinAlgError as error:
        raise _failed("linalg.eigh") from error


def _eigh_back(gw: Any, gv: Any, w: Any, v: Any) -> Any:
    through = v * gw[..., None, :]
    if not absent(gv):
        turned = _over_gaps(batched(adjoint(v), gv), w)
        through = through + batched(v, (turned + adjoint(turned)) * 0.5)
    return batched(through, adjoint(v))


@with_out
@of_nothing_in_half
def eigh(A: Tensor, UPLO: str = "L") -> Eigh:
    """``A = V @ diag(w) @ V.mH`` for symmetric or Hermitian (..., n, n): w ascending (..., n), V (..., n, n).

    One triangle is read ("L" or "U"), and the gradient is symmetric where it is unique.  The gradient by V
    is infinite where eigenvalues are equal; that by w never is.

    >>> mt.linalg.eigh(mt.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    check_square("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return Eigh(*_eigh(A, UPLO.upper()))


@with_out
@of_nothing_in_half
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending.

    >>> mt.linalg.eigvalsh(mt.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    return eigh(A, UPLO).eigenvalues


# ----------------------------------------------------------------- any square matrix


@op(x=lambda g, out, x_dtype: cast(_eig_back(*conjugated(g), *out).conj(), x_dtype), complex=True,
    name="eig", node="LinalgEigBackward0",
    samples=[case(np.array([[2.0, 0.5, -0.3], [0.4, 3.7, 0.6], [-0.2, 0.3, 6.5]]))],
    reference=lambda x: np.linalg.eigvals(x) + 0j)  # fmt: skip
def _eig(x: Any, /) -> Any:
    """Complex eigenvalues, and eigenvectors of length 1.

    >>> mt.linalg.eig(mt.tensor([[2.0, 1.0], [0.0, 3.0]])).eigenvalues
    tensor([2.+0.j, 3.+0.j])
    """
    try:
        w, v = np.linalg.eig(x)
    except np.linalg.LinAlgError as error:
        raise _failed("linalg.eig") from error
    dtype = to_complex(x.dtype)  # before NumPy 2.5 both are real if they can be
    return w.astype(dtype, copy=False), v.astype(dtype, copy=False)


def _eig_back(gw: Any, gv: Any, w: Any, v: Any) -> Any:
    inner = diagonal_matrix(gw)
    if not absent(gv):
        along = batched(adjoint(v), gv)
        _check_phases("linalg_eig_backward: The eigenvectors", "quantity, so it is", _diagonal(along).imag)
        lengths = batched(adjoint(v), v) * _diagonal(along).real[..., None, :]
        inner = inner + _over_gaps(along - lengths, w.conj())
    return _solve(adjoint(v), batched(inner, adjoint(v)))


def _check_phases(what: str, words: str, turned: Any) -> None:
    """``RuntimeError`` if a loss changes with the phases of complex vectors, which nothing decides."""
    if not np.allclose(getattr(turned, "_data", turned), 0, rtol=1e-2, atol=1e-2):
        raise RuntimeError(
            f"{what} in the complex case are specified up to multiplication by e^{{i phi}}. The specified "
            f"loss function depends on this {words} ill-defined."
        )


@with_out
def eig(A: Tensor) -> Eig:
    """Complex eigenvalues (..., n), and eigenvectors of length 1 as columns, of (..., n, n).

    The order is LAPACK's.  A backward pass raises ``RuntimeError`` for a loss that depends on the phases of
    the vectors.

    >>> mt.linalg.eig(mt.tensor([[0.0, -1.0], [1.0, 0.0]])).eigenvalues
    tensor([0.+1.j, 0.-1.j])
    """
    check_square("linalg.eig", A)
    return Eig(*_eig(A))


@with_out
def eigvals(A: Tensor) -> Any:
    """The eigenvalues of square matrices, as complex numbers: see `eig`.

    >>> mt.linalg.eigvals(mt.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor([2.+0.j, 3.+0.j])
    """
    return eig(A).eigenvalues


# ------------------------------------------------------------------- singular values


@return_type("linalg_svd")
class SVD(NamedTuple):
    """Left singular vectors as columns, singular values, right singular vectors as rows."""

    U: Tensor
    S: Tensor
    Vh: Tensor


@op(x=lambda g, out: _svd_back(*conjugated(g), *out).conj(), complex=True, name="svd",
    node="LinalgSvdBackward0",
    samples=[case(SQUARE), case(np.stack([SQUARE[:2], SQUARE[1:]])), case((4, 2), full=True)],
    reference=lambda x, full=False: _by_eigenvalues(x))  # fmt: skip
def _svd(x: Any, /, full: bool = False) -> Any:
    """Singular values, left singular vectors, right ones.

    >>> mt.linalg.svdvals(mt.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    try:
        u, s, vh = np.linalg.svd(x, full)
    except np.linalg.LinAlgError as error:
        raise _failed("linalg.svd") from error
    return s, u, vh


def _by_eigenvalues(x: Any) -> Any:
    """The singular values as the largest eigenvalues of ``x @ x.mH``."""
    return np.sqrt(np.linalg.eigvalsh(x @ adjoint(x))[..., ::-1][..., : min(x.shape[-2:])])


def _svd_back(gs: Any, gu: Any, gvh: Any, s: Any, u: Any, vh: Any) -> Any:
    """Vectors that only ``full_matrices`` asks for are no functions of the matrix, and get no gradient."""
    k = s.shape[-1]
    gu, u, gvh, vh = gu[..., :k], u[..., :k], gvh[..., :k, :], vh[..., :k, :]
    if absent(gu) and absent(gvh):
        return batched(u * gs[..., None, :], vh)
    left, right = batched(adjoint(u), gu), batched(vh, adjoint(gvh))
    skew_left, skew_right = left - adjoint(left), right - adjoint(right)
    row, column = s[..., None, :], s[..., :, None]
    inner = _over_gaps(skew_left, s * s) * row + column * _over_gaps(skew_right, s * s) + diagonal_matrix(gs)
    if u.dtype.kind == "c":
        turned = _diagonal(left + right).imag
        _check_phases("svd_backward: The singular vectors", "phase term, making it", turned)
        inner = inner + diagonal_matrix(_diagonal(skew_left) / (2 * s))
    out = batched(batched(u, inner), vh)
    if u.shape[-2] > k:
        out = out + batched((gu - batched(u, left)) / row, vh)
    if vh.shape[-1] > k:
        out = out + batched(u, (gvh - batched(adjoint(right), vh)) / column)
    return out


@with_out
@of_nothing_in_half
def svd(A: Tensor, full_matrices: bool = True, *, driver: Any = None) -> SVD:
    """``A = U @ diag(S) @ Vh`` for (..., m, n): U (..., m, k), S descending (..., k), Vh (..., k, n).

    k is min(m, n); with `full_matrices` U is (..., m, m) and Vh (..., n, n).  The gradients by U and Vh are
    infinite where singular values are equal (or 0, if A is not square); that by S never is.

    >>> mt.linalg.svd(mt.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_matrix("linalg.svd", A)
    s, u, vh = _svd(A, full_matrices)
    return SVD(u, s, vh)


@with_out
@of_nothing_in_half
def svdvals(A: Tensor, *, driver: Any = None) -> Tensor:
    """The singular values, descending: (..., m, n) to (..., min(m, n)).

    >>> mt.linalg.svdvals(mt.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    return svd(A, False).S
