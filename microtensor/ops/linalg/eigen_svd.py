"""Eigenvalues, singular values, and their vectors.

Formulas: M. B. Giles, "An extended collection of matrix derivative results" (2008), 3.1, for eigenvalues;
J. Townsend, "Differentiating the singular value decomposition" (2016), and M. Seeger, A. Hetzel, Z. Dai,
E. Meissner and N. Lawrence, "Auto-differentiating linear algebra" (2017), for symmetric matrices and the
singular vectors.

Vectors are unique only up to their signs, and where values are equal not even so: a function of them has a
derivative if it does not depend on that choice, and the formulas divide by the gaps between values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ...errors import LinAlgError, describe
from ..matmul.matmul import batched
from .cholesky_qr import POSITIVE, SYMMETRIC
from .matrix_checks import absent, check_matrix, check_square, constant, diagonal_matrix, eye_like
from .solve_inverse import SQUARE, _solve

POSITIVES = np.stack([POSITIVE, POSITIVE + np.diag([1.0, 5.0, 2.0])])


def _failed(name: str) -> LinAlgError:
    return LinAlgError(
        f"{name}: The algorithm failed to converge because the input matrix contained non-finite values."
    )


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


@op(x=lambda g, out: _eigh_back(*g, *out), name="eigh", node="LinalgEighBackward0", exempt=SYMMETRIC,
    samples=[case(POSITIVE), case(POSITIVES, uplo="U")],
    reference=lambda x, uplo="L": np.sort(np.linalg.eigvals(x).real, -1))  # fmt: skip
def _eigh(x: Any, /, uplo: str = "L") -> Any:
    """The eigenvalues, ascending, and eigenvectors of symmetric matrices, of which one triangle is read.

    >>> mt.linalg.eigh(mt.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    try:
        return tuple(np.linalg.eigh(x, uplo))
    except np.linalg.LinAlgError as error:
        raise _failed("linalg.eigh") from error


def _eigh_back(gw: Any, gv: Any, w: Any, v: Any) -> Any:
    inner = diagonal_matrix(gw)
    if not absent(gv):
        turned = _over_gaps(batched(v.mT, gv), w)
        inner = inner + (turned + turned.mT) * 0.5
    return batched(batched(v, inner), v.mT)


def eigh(A: Tensor, UPLO: str = "L") -> Eigh:
    """``A = V @ diag(w) @ V.T`` for symmetric (..., n, n): w ascending (..., n), and V (..., n, n).

    One triangle is read ("L" or "U"), and the gradient is symmetric where it is unique.  The gradient by V
    is infinite where eigenvalues are equal; that by w never is.

    >>> mt.linalg.eigh(mt.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    check_square("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return Eigh(*_eigh(A, UPLO.upper()))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending.

    >>> mt.linalg.eigvalsh(mt.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    return eigh(A, UPLO).eigenvalues


# ----------------------------------------------------------------- any square matrix


@op(x=lambda g, out: _eig_back(*g, *out), name="eig", node="LinalgEigBackward0",
    samples=[case(np.array([[2.0, 0.5, -0.3], [0.4, 3.7, 0.6], [-0.2, 0.3, 6.5]]))],
    reference=lambda x: np.linalg.eigvals(x).real)  # fmt: skip
def _eig(x: Any, /) -> Any:
    """Real eigenvalues, and eigenvectors of length 1.

    >>> mt.linalg.eig(mt.tensor([[2.0, 1.0], [0.0, 3.0]])).eigenvalues
    tensor([2., 3.])
    """
    try:
        w, v = np.linalg.eig(x)
    except np.linalg.LinAlgError as error:
        raise _failed("linalg.eig") from error
    if np.iscomplexobj(w) and w.imag.any():
        raise NotImplementedError(
            f"linalg.eig: {describe(x)} has complex eigenvalues, and there is no complex dtype here; "
            "use numpy.linalg.eig(A.numpy()), or linalg.eigh for a symmetric matrix"
        )
    return w.real, v.real  # from NumPy 2.5 on both are complex whatever is in them


def _eig_back(gw: Any, gv: Any, w: Any, v: Any) -> Any:
    inner = diagonal_matrix(gw)
    if not absent(gv):
        along = batched(v.mT, gv)
        eye = constant(eye_like(w, w.shape[-1]), w)
        inner = inner + _over_gaps(along - batched(batched(v.mT, v), along * eye), w)
    return _solve(v.mT, batched(inner, v.mT))


def eig(A: Tensor) -> Eig:
    """Eigenvalues (..., n) and eigenvectors of length 1, as columns, of (..., n, n), if all are real.

    PyTorch's are complex numbers; here they are real, and `NotImplementedError` refuses a matrix that has
    others.  The order is LAPACK's.

    >>> mt.linalg.eig(mt.tensor([[2.0, 1.0], [0.0, 3.0]])).eigenvalues
    tensor([2., 3.])
    """
    check_square("linalg.eig", A)
    return Eig(*_eig(A))


def eigvals(A: Tensor) -> Any:
    """The eigenvalues of square matrices, if all are real: see `eig`.

    >>> mt.linalg.eigvals(mt.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor([2., 3.])
    """
    return eig(A).eigenvalues


# ------------------------------------------------------------------- singular values


@return_type("linalg_svd")
class SVD(NamedTuple):
    """Left singular vectors as columns, singular values, right singular vectors as rows."""

    U: Tensor
    S: Tensor
    Vh: Tensor


@op(x=lambda g, out: _svd_back(*g, *out), name="svd", node="LinalgSvdBackward0",
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
    """The singular values as the largest eigenvalues of ``x @ x.T``."""
    return np.sqrt(np.linalg.eigvalsh(x @ x.mT)[..., ::-1][..., : min(x.shape[-2:])])


def _svd_back(gs: Any, gu: Any, gvh: Any, s: Any, u: Any, vh: Any) -> Any:
    """Vectors that only ``full_matrices`` asks for are no functions of the matrix, and get no gradient."""
    k = s.shape[-1]
    gu, u, gvh, vh = gu[..., :k], u[..., :k], gvh[..., :k, :], vh[..., :k, :]
    inner = diagonal_matrix(gs)
    if absent(gu) and absent(gvh):
        return batched(batched(u, inner), vh)
    left, right = batched(u.mT, gu), batched(vh, gvh.mT)
    row, column = s[..., None, :], s[..., :, None]
    inner = inner + _over_gaps(left - left.mT, s * s) * row + column * _over_gaps(right - right.mT, s * s)
    out = batched(batched(u, inner), vh)
    if u.shape[-2] > k:
        out = out + batched((gu - batched(u, left)) / row, vh)
    if vh.shape[-1] > k:
        out = out + batched(u, (gvh - batched(right.mT, vh)) / column)
    return out


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


def svdvals(A: Tensor, *, driver: Any = None) -> Tensor:
    """The singular values, descending: (..., m, n) to (..., min(m, n)).

    >>> mt.linalg.svdvals(mt.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    return svd(A, False).S
