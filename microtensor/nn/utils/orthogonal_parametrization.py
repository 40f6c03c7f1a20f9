"""Orthogonal matrices as a parametrization: by the exponential, Cayley's map, or reflections.

Lezcano-Casado, "Trivializations for gradient-based optimization on manifolds" (2019), whose names these are.
"""

# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np

from ... import random as random_
from ...creation import from_data, ranges
from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor
from ...linalg import matrix_exp, solve
from ...ops.joining.cat_split import cat
from ..modules.module import Module
from .parametrize import register_parametrization

__all__ = ["orthogonal"]

_MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    """``base @ Q(X)``, with orthonormal columns, or rows if the matrix is wide."""

    base: Any

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Any:
        """The orthogonal matrix that `X` stands for."""
        wide = X.shape[-2] < X.shape[-1]
        tall = X.mT if wide else X
        Q = _product(tall) if self.orthogonal_map == "householder" else self._of_skew(tall)
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.mT if wide else Q

    def _of_skew(self, X: Tensor) -> Any:
        """The first columns of a rotation, from the lower triangle of `X`."""
        (n, k), X = X.shape[-2:], X.tril()
        if n != k:
            X = cat([X, X.new_zeros((*X.shape[:-2], n, n - k))], -1)
        A = X - X.mT
        if self.orthogonal_map == "matrix_exp":
            return matrix_exp(A)[..., :k]
        unit = ranges.eye(n, dtype=A.dtype)
        return solve(unit - 0.5 * A, unit + 0.5 * A)[..., :k]

    @no_grad()
    def right_inverse(self, Q: Tensor) -> Any:
        """What `forward` makes `Q` of, or the orthogonal matrix next to it.

        Raises ``ValueError`` for another shape, and ``NotImplementedError`` for the exponential and
        Cayley's map without a base, which have no inverse.
        """
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {tuple(self.shape)}. Got a tensor of shape "
                f"{tuple(Q.shape)}."
            )
        wide = Q.shape[-2] < Q.shape[-1]
        tall = (Q.mT if wide else Q).detach()
        if hasattr(self, "base"):
            self.base = _completed(tall)
            return -ranges.eye(*Q.shape[-2:], dtype=Q.dtype).expand(Q.shape).clone()
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        reflections = _reflections(tall)
        return reflections.mT if wide else reflections


def _product(X: Any) -> Any:
    """Columns of a product of reflections, whose axes are below the diagonal of `X`, times its signs."""
    n, k = X.shape[-2:]
    A = X.tril(-1) + ranges.eye(n, k, dtype=X.dtype)
    Q = ranges.eye(n, k, dtype=X.dtype)
    for i in reversed(range(k)):
        axis = A[..., i : i + 1]
        Q = Q - (2.0 / (axis * axis).sum((-2, -1), keepdim=True)) * axis @ (axis.mT @ Q)
    return Q * X.detach().diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)


def _reflections(Q: Tensor) -> Any:
    """The axes and signs that give back `Q`, by LAPACK's QR decomposition."""
    raw, tau = np.linalg.qr(Q.numpy(), mode="raw")
    A = np.ascontiguousarray(np.swapaxes(raw, -1, -2))
    diagonal = np.einsum("...ii->...i", A[..., : A.shape[-1], :])
    diagonal[...] = np.sign(diagonal) * np.where(tau == 0, -1, 1)
    return from_data.from_numpy(A.astype(Q.dtype, copy=False))


def _completed(Q: Tensor) -> Any:
    """A square orthogonal matrix that begins with the columns of `Q`, made orthonormal if need be."""
    n, k = Q.shape[-2:]
    if n == k and _is_orthogonal(Q):
        return Q.clone()
    if n != k:
        Q = cat([Q, random_.randn((*Q.shape[:-2], n, n - k), dtype=Q.dtype)], -1)
    q, r = np.linalg.qr(Q.numpy())
    signs = np.sign(np.einsum("...ii->...i", r))
    return from_data.from_numpy((q * signs[..., None, :]).astype(Q.dtype, copy=False))


def _is_orthogonal(Q: Tensor) -> bool:
    a = Q.numpy()
    tolerance = 10.0 * a.shape[-2] * float(np.finfo(a.dtype).eps)
    return np.allclose(np.swapaxes(a, -1, -2) @ a, np.eye(a.shape[-1], dtype=a.dtype), atol=tolerance)


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *,
    use_trivialization: bool = True,
) -> Module:  # fmt: skip
    """Keep a matrix, or a batch of such, orthogonal; returns `module`.

    The columns are orthonormal, or the rows of a matrix with more columns than rows.  `orthogonal_map`
    is ``"matrix_exp"`` (for square matrices by default), ``"cayley"``, or ``"householder"`` (for others).
    With `use_trivialization` the map is around the matrix that the module has now, made orthogonal if
    need be, which is kept as ``parametrizations.<name>.0.base``.

    Raises ``ValueError`` for a name that is no tensor, for vectors, and for an unknown map.

    >>> _ = mt.manual_seed(0)
    >>> layer = mt.nn.utils.parametrizations.orthogonal(mt.nn.Linear(2, 3))
    >>> w = layer.weight.detach()
    >>> mt.allclose(w.T @ w, mt.eye(2), atol=1e-6)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    square = weight.shape[-2] == weight.shape[-1]
    chosen = orthogonal_map or ("matrix_exp" if square else "householder")
    if chosen not in _MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, chosen, use_trivialization=use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)
