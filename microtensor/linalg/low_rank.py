"""Some singular or eigenvalues of a large matrix, by random projections and by conjugate gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..errors import describe
from ..ops.linalg.cholesky_qr import qr
from ..ops.linalg.eigen_svd import svd
from ..ops.matmul.matmul import matmul
from ..ops.reductions.sum_mean import mean
from ..ops.views.expand import broadcast_to
from ..random.tensors import randn


def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """The `q` largest singular values of ``A - M`` (..., m, n) and their vectors, as ``(U, S, V)``, about.

    By a random projection and `niter` subspace iterations; the random numbers are PyTorch's for the same
    seed. N. Halko, P.-G. Martinsson, J. A. Tropp, "Finding structure with randomness" (2009), algorithms
    4.4 and 5.1.

    >>> _ = mt.manual_seed(0)
    >>> A = mt.outer(mt.tensor([3.0, 4.0, 0.0]), mt.tensor([0.0, 1.0]))
    >>> mt.svd_lowrank(A, q=1)[1]
    tensor([5.])
    """
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    _check_matrix("svd_lowrank", A)
    A = A if M is None else A - broadcast_to(M, tuple(A.shape))
    wide = A.shape[-2] < A.shape[-1]
    tall = A.mH if wide else A
    basis = _range_of(tall, q, niter)
    u, s, vh = svd(matmul(basis.mH, tall), full_matrices=False)
    u, v = matmul(basis, u), vh.mH
    return (v, s, u) if wide else (u, s, v)


def _range_of(A: Tensor, q: int, niter: int) -> Tensor:
    """A matrix of `q` orthonormal columns whose span about contains the range of A."""
    basis: Tensor = qr(matmul(A, randn(A.shape[-1], q, dtype=A.dtype))).Q
    for _ in range(niter):
        basis = qr(matmul(A, qr(matmul(A.mH, basis)).Q)).Q
    return basis


def pca_lowrank(
    A: Tensor, q: int | None = None, center: bool = True, niter: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """Principal components of the rows of A (..., m, n): `svd_lowrank` of what is left without the mean row.

    The columns of V are the principal directions, and ``S**2 / (m - 1)`` their variances; `q` is 6 unless A
    is smaller.  Raises ``ValueError`` for a `q` or `niter` that is negative, or a `q` above ``min(m, n)``.

    >>> _ = mt.manual_seed(0)
    >>> mt.pca_lowrank(mt.tensor([[0.0, 1.0], [0.0, 3.0], [0.0, 5.0]]), q=1)[1]
    tensor([2.8284])
    """
    _check_matrix("pca_lowrank", A)
    m, n = A.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - mean(A, -2, True) if center else A, q, niter)


def _check_matrix(name: str, A: Any, kinds: str = "fc") -> None:
    if A.ndim < 2 or A.dtype.kind not in kinds:
        raise ValueError(f"{name}: expected a floating-point matrix, got {describe(A)}")


def lobpcg(
    A: Tensor, k: int | None = None, B: Tensor | None = None, X: Tensor | None = None, n: int | None = None,
    iK: Tensor | None = None, niter: int | None = None, tol: float | None = None, largest: bool | None = None,
    method: str | None = None, tracker: Any = None, ortho_iparams: Any = None, ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The `k` largest (or smallest) eigenvalues of ``A x = lambda B x`` and their vectors, as columns.

    A and B are symmetric, B positive definite; X are first guesses, else `n` random columns, and `iK` is a
    preconditioner.  It stops after `niter` steps, or when the residuals are below `tol`.  The eigenvalues
    have a gradient (in A), the vectors have none.  `method` and the `ortho_` parameters choose between
    PyTorch's ways of orthogonalising; there is one here, by QR, which needs no parameters, and no `tracker`.

    A. V. Knyazev, "Toward the optimal preconditioned eigensolver" (2001).

    >>> _ = mt.manual_seed(0)
    >>> mt.lobpcg(mt.diag(mt.arange(1.0, 10.0)), k=2)[0].round(decimals=3)
    tensor([9., 8.])
    """
    if tracker is not None:
        raise NotImplementedError("lobpcg: tracker= is not offered: use niter= and look at the result")
    if method not in (None, "basic", "ortho"):
        raise ValueError(f"lobpcg: method is 'basic' or 'ortho', not {method!r}")
    _check_matrix("lobpcg", A, "f")
    m, lead = A.shape[-1], tuple(A.shape[:-2])
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = (k if X is None else X.shape[-1]) if n is None else n
    if m < 3 * n:
        raise ValueError(
            f"LPBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the "
            f"number of requested eigenpairs (={n}): use linalg.eigh"
        )
    X = randn(*lead, m, n, dtype=A.dtype) if X is None else X
    eps = float(np.finfo(A.dtype).eps)
    search = _Search(
        k, -1 if niter is None else niter, eps**0.5 if tol is None else tol, largest is not False
    )
    vectors = np.empty((*lead, m, k), A.array.dtype)
    for at in np.ndindex(*lead):
        parts = [None if t is None else t.detach().array[at if t.ndim > 2 else ()] for t in (A, B, X, iK)]
        vectors[at] = search.run(*parts)
    found: Tensor = Tensor._of(vectors)
    values: Tensor = (found * matmul(A, found)).sum(-2)
    return values, found


class _Search:
    """Rayleigh's quotient made extreme in the span of the guesses, their residuals, and the last steps."""

    def __init__(self, k: int, niter: int, tol: float, largest: bool) -> None:
        self.k, self.niter, self.tol, self.largest = k, niter if niter >= 0 else 1000, tol, largest

    def run(self, A: Any, B: Any, X: Any, iK: Any) -> Any:
        """The vectors, of length 1 in the metric of B."""
        values, X = self._best(A, B, X, X.shape[-1])
        P = X[:, :0]
        scale = np.linalg.norm(A)
        for _ in range(self.niter):
            residual = A @ X - (X if B is None else B @ X) * values
            if (np.linalg.norm(residual[:, : self.k], axis=0) <= self.tol * scale).all():
                break
            step = residual if iK is None else iK @ residual
            values, new = self._best(A, B, np.concatenate([X, step, P], 1), X.shape[-1])
            P, X = new - X @ (X.T @ (new if B is None else B @ new)), new
        return X[:, : self.k]

    def _best(self, A: Any, B: Any, basis: Any, n: int) -> tuple[Any, Any]:
        """The `n` extreme pairs within the span of a basis."""
        basis = _orthonormal(basis, B)
        values, small = np.linalg.eigh(basis.T @ A @ basis)
        order = slice(None, -n - 1, -1) if self.largest else slice(n)
        return values[order], basis @ small[:, order]


def _orthonormal(basis: Any, B: Any) -> Any:
    """Orthonormal columns (in the metric of B) of the same span, without those that depend on others."""
    lengths = np.linalg.norm(basis, axis=0)
    u, s, _ = np.linalg.svd(basis / np.where(lengths > 0, lengths, 1), full_matrices=False)
    u = u[:, s > s[0] * np.finfo(basis.dtype).eps * basis.shape[0]]
    if B is None:
        return u
    low = np.linalg.cholesky(u.T @ B @ u)
    return np.linalg.solve(low, u.T).T


__all__ = ["lobpcg", "pca_lowrank", "svd_lowrank"]
