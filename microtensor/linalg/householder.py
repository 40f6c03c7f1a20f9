"""Householder's reflections: QR as LAPACK keeps it, and the orthogonal matrix made, or applied, from that.

A product of k reflections ``1 - tau v v'`` is ``1 - V T V'`` with a triangle T: the compact WY form of
Schreiber and Van Loan, "A storage-efficient WY representation for products of Householder transformations"
(1989).  All of it is differentiable, for any reflections; of complex numbers ``'`` is the adjoint.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..autograd.function import Function
from ..engine.grad_mode import recording
from ..engine.out_argument import with_out
from ..engine.printing import return_type
from ..engine.tensor import Tensor, install
from ..errors import describe
from ..ops.joining.rearrange import diag_embed
from ..ops.linalg.matrix_checks import check_floating, eye_like
from ..ops.linalg.solve_inverse import solve_triangular
from ..ops.matmul.matmul import matmul
from ..ops.views.triangles import tril, triu

__all__ = ["geqrf", "householder_product", "orgqr", "ormqr"]


@return_type("geqrf")
class GEQRF(NamedTuple):
    """R on and above the diagonal and the reflections' vectors below, and the reflections' factors."""

    a: Tensor
    tau: Tensor


class _Geqrf(Function):
    """LAPACK's function, which has no derivative in PyTorch either."""

    @staticmethod
    def forward(ctx: Any, input: Tensor) -> Any:
        """R with the reflections, and their factors."""
        packed, tau = np.linalg.qr(input.detach().array, mode="raw")
        return Tensor._of(np.ascontiguousarray(packed.mT)), Tensor._of(tau)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Not here: `linalg.qr` has one."""
        raise NotImplementedError("the derivative for 'geqrf' is not implemented: use linalg.qr")


@with_out
def geqrf(input: Tensor) -> GEQRF:
    """QR of (..., m, n) as LAPACK keeps it: R, the reflections below its diagonal, and their factors.

    `householder_product` makes Q of it, and `ormqr` applies Q.  There is no derivative, as in PyTorch: see
    `linalg.qr`.  Raises ``RuntimeError`` for what is no matrix.

    >>> mt.geqrf(mt.tensor([[3.0, 1.0], [4.0, 2.0]])).tau
    tensor([1.6000, 0.0000])
    """
    if input.ndim < 2:
        raise RuntimeError(f"torch.geqrf: input must have at least 2 dimensions, got {describe(input)}.")
    check_floating("geqrf", input)
    return GEQRF(*_Geqrf.apply(input))


def _check(name: str, input: Any, tau: Any) -> None:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1], and it is "
            f"{describe(input)}"
        )
    if tau.ndim != input.ndim - 1 or tau.shape[:-1] != input.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, and the same batch, but got "
            f"{describe(tau)} and {describe(input)}"
        )
    if tau.shape[-1] > input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if tau.dtype != input.dtype:
        raise RuntimeError(f"{name}: tau dtype {tau.dtype} does not match input dtype {input.dtype}")


def _compact(input: Any, tau: Any) -> tuple[Any, Any]:
    """V, with ones on its diagonal, and T: ``(1 + D S) T = D``, where S is ``V' V`` above its diagonal."""
    k = tau.shape[-1]
    v = tril(input[..., :k], -1) + Tensor._of(np.eye(input.shape[-2], k, dtype=input.dtype))
    factors = diag_embed(tau)
    inner = matmul(factors, triu(matmul(v.mH, v), 1)) + Tensor._of(eye_like(input, k))
    return v, solve_triangular(inner, factors, upper=True, unitriangular=True)


class _Unreflected(Function):
    """What no reflection changes: arguments that are empty have no gradient, and nothing a second one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, *empty: Tensor) -> Tensor:
        """`x` as a tensor of its own."""
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """The cotangent for `x` alone."""
        g = cotangents[0]
        led_nowhere = recording() is not False and not g.requires_grad
        return g.detach().requires_grad_() if led_nowhere else g, None, None


@with_out
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of a product of reflections, (..., m, n) and (..., k) as `geqrf` gives them.

    Raises ``RuntimeError`` for m < n, k > n, and batches or dtypes that differ.

    >>> a = mt.tensor([[3.0, 1.0], [4.0, 2.0]])
    >>> mt.linalg.householder_product(*mt.geqrf(a))
    tensor([[-0.6000, -0.8000],
            [-0.8000,  0.6000]])
    """
    _check("torch.linalg.householder_product", A, tau)
    check_floating("linalg.householder_product", A)
    m, n = A.shape[-2:]
    columns = Tensor._of(np.eye(m, n, dtype=A.dtype))
    if not A.numel() or not tau.numel():
        return _Unreflected.apply(columns.expand(A.shape), A, tau)
    v, t = _compact(A, tau)
    return columns - matmul(v, matmul(t, v[..., :n, :].mH))


@with_out(also={"input2": "tau"})
def orgqr(input: Tensor, tau: Tensor) -> Tensor:
    """`linalg.householder_product`.

    >>> mt.orgqr(mt.tensor([[2.0], [0.5]]), mt.tensor([1.6]))
    tensor([[-0.6000],
            [-0.8000]])
    """
    return householder_product(input, tau)


@with_out(also={"input2": "tau", "input3": "other"})
def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """``Q @ other`` for the product Q of reflections, (..., m, k) and (..., k): Q itself is not made.

    ``other @ Q`` if not `left`, and with ``Q.mH`` in the place of Q if `transpose`.  Raises ``RuntimeError``
    for shapes and dtypes that do not fit.

    >>> a = mt.tensor([[3.0, 1.0], [4.0, 2.0]])
    >>> mt.ormqr(*mt.geqrf(a), a, transpose=True).round(decimals=4)
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    _check_product(input, tau, other, -2 if left else -1)
    if not input.numel() or not tau.numel():
        return _Unreflected.apply(other, input, tau)
    v, t = _compact(input, tau)
    t = t.mH if transpose else t
    if left:
        return other - matmul(v, matmul(t, matmul(v.mH, other)))
    return other - matmul(matmul(matmul(other, v), t), v.mH)


def _check_product(input: Any, tau: Any, other: Any, side: int) -> None:
    name = "torch.ormqr"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if other.ndim != input.ndim or tau.ndim != input.ndim - 1:
        raise RuntimeError(
            f"{name}: Expected other to have the same number of dimensions as input, at least 2, and tau one "
            f"less, but got {describe(other)}, {describe(input)} and {describe(tau)}"
        )
    if other.shape[side] != input.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.shape[-1] != min(other.shape[side], input.shape[-1]):
        raise RuntimeError(
            f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
        )
    if tau.shape[:-1] != input.shape[:-2] or other.shape[:-2] != input.shape[:-2]:
        raise RuntimeError(f"{name}: batch dimensions of tau and other must be those of input")
    if tau.dtype != input.dtype or other.dtype != input.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got {describe(input)}, "
            f"{describe(tau)} and {describe(other)}"
        )
    check_floating("ormqr", input)


install(geqrf=geqrf, orgqr=orgqr, ormqr=ormqr)
