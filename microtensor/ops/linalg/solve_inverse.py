"""Inverses and systems of equations, each a call of LAPACK, and their derivatives, which are more of them.

Formulas: M. B. Giles, "An extended collection of matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008), 2.2.3 and 2.3.1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.graph import sum_to
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor, install
from ...errors import ShapeError, describe
from ..elementwise.select import where
from ..matmul.matmul import batched
from ..views.expand import common_shape, expand
from ..views.squeeze import squeeze_dim, unsqueeze
from ..views.triangles import tril, triu
from .matrix_checks import blame, check_matrix, check_square, eye_like, of_nothing_in_half

SQUARE = np.array([[2.0, 0.5, -0.3], [0.4, 1.7, 0.6], [-0.2, 0.3, 2.5]])
"""A well-conditioned matrix, for samples."""
SQUARES = np.stack([SQUARE, SQUARE.T @ SQUARE - 0.4])


@op(x=lambda g, out: -batched(batched(out.mT, g), out.mT),
    complex=True, name="inverse", node="LinalgInvExBackward0",
    samples=[case(SQUARE), case(SQUARES), case((0, 0))],
    reference=lambda x: np.linalg.solve(x, np.zeros_like(x) + np.eye(x.shape[-1])))  # fmt: skip
def _inverse(x: Any, /) -> Any:
    """The inverses of square matrices.

    >>> mt.inverse(mt.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError as error:
        reason = "the inversion could not be completed because the input matrix is singular."
        raise blame("linalg.inv", singular(x), reason) from error


def singular(x: Any) -> Any:
    """Which of the matrices LAPACK cannot invert: a pivot is exactly 0."""
    return np.linalg.det(x) == 0


@with_out
def inv(A: Tensor) -> Tensor:
    """The inverse of each square matrix, (..., n, n).

    Raises `LinAlgError` if one is singular, ``RuntimeError`` if it is not square.

    >>> mt.linalg.inv(mt.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    check_square("linalg.inv", A)
    return _inverse(A)


@with_out
def inverse(input: Tensor) -> Tensor:
    """`linalg.inv`."""
    return inv(input)


@return_type("linalg_inv_ex")
class InvEx(NamedTuple):
    """An inverse, and for each matrix 0, or 1 if it is singular."""

    inverse: Tensor
    info: Tensor


@return_type("linalg_solve_ex")
class SolveEx(NamedTuple):
    """A solution, and for each matrix 0, or 1 if it is singular."""

    result: Tensor
    info: Tensor


def _info(x: Tensor) -> tuple[Tensor, Any]:
    """What the ``_ex`` functions report, and `x` with the identity in the place of singular matrices."""
    wrong = np.asarray(singular(x.detach().numpy()))
    info = Tensor._of(wrong.astype(np.int32))
    if not wrong.any():
        return info, x
    mask = Tensor._of(np.broadcast_to(wrong[..., None, None], tuple(x.shape)))
    return info, where(mask, Tensor._of(np.broadcast_to(eye_like(x, x.shape[-1]), tuple(x.shape))), x)


def _spoiled(x: Any, info: Tensor, value: float) -> Any:
    """`x` with `value` everywhere where the matrix was singular."""
    wrong = info.numpy() != 0
    if not wrong.any():
        return x
    return x.masked_fill(Tensor._of(np.broadcast_to(wrong[..., None, None], tuple(x.shape))), value)


@with_out
def inv_ex(A: Tensor, *, check_errors: bool = False) -> InvEx:
    """`inv` that reports a singular matrix in `info` instead of raising; its inverse is infinite.

    >>> mt.linalg.inv_ex(mt.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    check_square("linalg.inv_ex", A)
    if check_errors:
        return InvEx(inv(A), _info(A)[0])
    info, regular = _info(A)
    return InvEx(_spoiled(_inverse(regular), info, math.inf), info)


def inv_or_infinite(A: Tensor) -> Any:
    """`inv`, infinite for a singular matrix."""
    return inv_ex(A).inverse


# ------------------------------------------------------------------- any system


@op(
    x=lambda g, x, out, x_shape: sum_to(-batched(_solve(x.mT, g), out.mT), x_shape),
    y=lambda g, x, y_shape: sum_to(_solve(x.mT, g), y_shape),
    complex=True, name="solve", node="LinalgSolveExBackward0", promote=False,
    samples=[case(SQUARE, (3, 2)), case(SQUARES, (2, 3, 1)), case(SQUARE, (2, 3, 2)), case(SQUARES, (3, 2))],
    reference=lambda x, y: np.linalg.inv(x) @ y,
)  # fmt: skip
def _solve(x: Any, y: Any, /) -> Any:
    """What `x` times gives `y`: (..., n, n) and (..., n, k) to (..., n, k).

    >>> mt.linalg.solve(mt.tensor([[2.0, 0.0], [0.0, 4.0]]), mt.ones(2, 1))
    tensor([[0.5000],
            [0.2500]])
    """
    try:
        return np.linalg.solve(x, y)
    except np.linalg.LinAlgError as error:
        reason = "The solver failed because the input matrix is singular."
        raise blame("torch.linalg.solve", singular(x), reason) from error


def is_vector(A: Any, B: Any) -> bool:
    """Whether the right-hand sides are vectors: (n), or (..., n) with the batch of `A` exactly."""
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))


@with_out
@of_nothing_in_half
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """``A @ X = B`` (``X @ A = B`` if not `left`) solved for X: (..., n, n) and (..., n, k) or (..., n).

    Batches broadcast.  Raises `LinAlgError` if a matrix is singular.

    >>> mt.linalg.solve(mt.tensor([[2.0, 0.0], [0.0, 4.0]]), mt.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    check_square("linalg.solve", A)
    vector = is_vector(A, B)
    right = unsqueeze(B, -1) if vector else B
    check_matrix("linalg.solve", A, right)
    _check_fit("linalg.solve", A, right, left or vector)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False"
        )
    out = _solve(A, right) if left else _solve(A.mT, right.mT).mT
    return squeeze_dim(out, -1) if vector else out


def _check_fit(name: str, A: Any, B: Any, left: bool) -> None:
    if A.shape[-1] != B.shape[-2 if left else -1]:
        raise ShapeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'}: "
            f"{describe(A)} and {describe(B)}"
        )


@with_out
def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> SolveEx:
    """`solve` that reports a singular matrix in `info` instead of raising; its solution is NaN.

    >>> mt.linalg.solve_ex(mt.zeros(2, 2), mt.ones(2, 1)).info
    tensor(1, dtype=torch.int32)
    """
    check_square("linalg.solve_ex", A)
    info, regular = _info(A)
    if check_errors or regular is A:
        return SolveEx(solve(A, B, left=left), info)
    out = solve(regular, B, left=left)
    vector = is_vector(A, B)
    spoiled = _spoiled(unsqueeze(out, -1) if vector else out, info, math.nan)
    return SolveEx(squeeze_dim(spoiled, -1) if vector else spoiled, info)


# ------------------------------------------------------------ triangular systems


def _triangle(x: Any, upper: bool, unit: bool) -> Any:
    """The triangle that counts, without its diagonal if that is taken as ones."""
    return triu(x, int(unit)) if upper else tril(x, -int(unit))


@op(
    x=lambda g, x, out, upper, unit, x_shape: sum_to(
        _triangle(-batched(_triangular(x.mT, g, not upper, unit), out.mT), upper, unit), x_shape
    ),
    y=lambda g, x, upper, unit, y_shape: sum_to(_triangular(x.mT, g, not upper, unit), y_shape),
    complex=True, name="solve_triangular", node="LinalgSolveTriangularBackward0", promote=False,
    samples=[
        case(SQUARE, (3, 2), upper=True, unit=False), case(SQUARE, (3, 2), upper=False, unit=True),
        case(SQUARES, (3, 1), upper=False, unit=False),
    ],
    reference=lambda x, y, upper, unit: np.linalg.inv(_by_numpy(x, upper, unit)) @ y,
)  # fmt: skip
def _triangular(x: Any, y: Any, /, upper: bool, unit: bool) -> Any:
    """What a triangle of `x` (with ones on the diagonal if `unit`) times gives `y`.

    NumPy has no solver for triangles: the general one finds nothing to eliminate in an upper triangle
    and goes straight to the substitution, so a lower one is turned around first.

    >>> mt.linalg.solve_triangular(mt.tensor([[2.0, 9.0], [1.0, 4.0]]), mt.ones(2, 1), upper=False)
    tensor([[0.5000],
            [0.1250]])
    """
    matrix = _triangle(x, upper, unit)
    if unit:
        matrix = matrix + np.eye(x.shape[-1], dtype=x.dtype)
    try:
        if upper:
            return np.linalg.solve(matrix, y)
        return np.linalg.solve(matrix[..., ::-1, ::-1], y[..., ::-1, :])[..., ::-1, :]
    except np.linalg.LinAlgError:
        return _substituted(matrix, y, upper)


def _substituted(matrix: Any, y: Any, upper: bool) -> Any:
    """Row by row, with infinities for a zero on the diagonal, as PyTorch answers."""
    lead = np.broadcast_shapes(matrix.shape[:-2], y.shape[:-2])
    out = np.array(np.broadcast_to(y, (*lead, *y.shape[-2:])))
    rows = range(out.shape[-2])
    with np.errstate(all="ignore"):
        for i in reversed(rows) if upper else rows:
            out[..., i, :] /= matrix[..., i, i, None]
            rest = slice(0, i) if upper else slice(i + 1, None)
            out[..., rest, :] -= matrix[..., rest, i, None] * out[..., i, None, :]
    return out


def _by_numpy(x: Any, upper: bool, unit: bool) -> Any:
    half = np.triu(x, 1) if upper else np.tril(x, -1)
    return half + (np.eye(x.shape[-1]) if unit else x * np.eye(x.shape[-1]))


@with_out
def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """``A @ X = B`` (``X @ A = B`` if not `left`) for one triangle of `A`; the other is not looked at.

    (..., n, n) and (..., n, k); batches broadcast.  `unitriangular`: the diagonal counts as ones.  A zero on
    the diagonal gives infinities and no error.

    >>> mt.linalg.solve_triangular(mt.tensor([[2.0, 9.0], [1.0, 4.0]]), mt.ones(2, 1), upper=False)
    tensor([[0.5000],
            [0.1250]])
    """
    check_square("linalg.solve_triangular", A)
    check_matrix("linalg.solve_triangular", A, B)
    _check_fit("linalg.solve_triangular", A, B, left)
    if left:
        return _triangular(A, B, upper, unitriangular)
    return _triangular(A.mT, B.mT, not upper, unitriangular).mT


@with_out
def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False) -> Tensor:
    """``A @ X = input`` for the A whose Cholesky factor is `input2` (lower; upper if `upper`).

    >>> mt.cholesky_solve(mt.ones(2, 1), mt.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([[0.2500],
            [1.0000]])
    """
    B, L = input, input2
    check_square("cholesky_solve", L)
    check_matrix("cholesky_solve", L, B)
    _check_fit("cholesky_solve", L, B, True)
    lead = common_shape("cholesky_solve", [np.empty(x.shape[:-2], bool) for x in (B, L)])
    B = expand(B, (*lead, *B.shape[-2:]))
    first = _triangular(L.mH if upper else L, B, False, False)
    return _triangular(L if upper else L.mH, first, True, False)


@with_out
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of the matrix whose Cholesky factor is `input` (lower; upper if `upper`).

    >>> mt.cholesky_inverse(mt.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([[0.2500, 0.0000],
            [0.0000, 1.0000]])
    """
    check_square("cholesky_inverse", input)
    eye = Tensor._of(np.broadcast_to(np.eye(input.shape[-1], dtype=input.dtype), tuple(input.shape)))
    return cholesky_solve(eye, input, upper)


install(inverse=inverse, cholesky_solve=cholesky_solve, cholesky_inverse=cholesky_inverse)
