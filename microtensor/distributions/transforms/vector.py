"""Transforms of vectors and matrices: to the simplex, to triangular and to positive definite matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...creation.factories import ones_like
from ...creation.ranges import eye
from ...ops.activations.smooth import logsigmoid, softplus
from ...ops.joining.cat_split import cat
from .. import constraints
from ..utils import tril_matrix_to_vec, vec_to_tril_matrix
from . import Plain, Transform
from .elementwise import clipped


def _with_ones(x: Any, first: bool) -> Any:
    """`x` with a one before its last dimension, or after."""
    one = ones_like(x[..., :1], requires_grad=False)
    return cat([one, x] if first else [x, one], -1)


def _left(x: Any) -> Any:
    """The products of ``1 - x`` up to each element of the last dimension."""
    return (-x).log1p().cumsum(-1).exp()


def _require_vector(shape: Any) -> None:
    if len(shape) < 1:
        raise ValueError("Too few dimensions on input")


class SoftmaxTransform(Plain):
    """Exponentials, divided by their sum: from vectors to the simplex; no bijection."""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Any) -> Any:
        size = (x - x.max(-1, True)[0]).exp()
        return size / size.sum(-1, True)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        """The same; ``ValueError`` without dimensions."""
        _require_vector(shape)
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(Plain):
    """A part of what is left, again and again: from vectors to a simplex of one dimension more.

    >>> mt.distributions.StickBreakingTransform()(mt.zeros(2))
    tensor([0.3333, 0.3333, 0.3333])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    def _offset(self, n: int, like: Any) -> Any:
        return (n + 1 - like.new_ones(n).cumsum(-1)).log()

    def _call(self, x: Any) -> Any:
        part = clipped((x - self._offset(x.shape[-1], x)).sigmoid())
        return _with_ones(part, first=False) * _with_ones(_left(part), first=True)

    def _inverse(self, y: Any) -> Any:
        crop = y[..., :-1]
        rest = (1 - crop.cumsum(-1)).clamp(min=float(np.finfo(y.dtype).tiny))
        return crop.log() - rest.log() + self._offset(y.shape[-1] - 1, y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Of the first coordinates of `y`."""
        x = x - self._offset(x.shape[-1], x)
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        """One more."""
        _require_vector(shape)
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape: Any) -> Any:
        """One less."""
        _require_vector(shape)
        return (*shape[:-1], shape[-1] - 1)


def _diagonal_by(x: Any, function: Any) -> Any:
    """The lower triangle of matrices, with a function of the diagonal."""
    changed = function(x.diagonal(dim1=-2, dim2=-1))
    return x.tril(-1) + eye(x.shape[-1], dtype=x.dtype) * changed.unsqueeze(-1)


class LowerCholeskyTransform(Plain):
    """The lower triangle with exponentials on the diagonal: from matrices to Cholesky factors."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return _diagonal_by(x, lambda d: d.exp())

    def _inverse(self, y: Any) -> Any:
        return _diagonal_by(y, lambda d: d.log())


class PositiveDefiniteTransform(Plain):
    """The matrix of which `LowerCholeskyTransform` gives the Cholesky factor."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        from ...linalg import cholesky

        return LowerCholeskyTransform().inv(cholesky(y))


class CorrCholeskyTransform(Transform):
    """From vectors of length ``D (D - 1) / 2`` to Cholesky factors of D by D correlation matrices.

    Tangents make the vector a lower triangle, whose rows break a stick of squares.
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        edge = 1 - float(np.finfo(x.dtype).eps)
        r = vec_to_tril_matrix(x.tanh().clamp(min=-edge, max=edge), diag=-1)
        rest = _left(r**2).sqrt()
        return (r + eye(r.shape[-1], dtype=r.dtype)) * _with_ones(rest[..., :-1], first=True)

    def _inverse(self, y: Any) -> Any:
        rest = _with_ones((1 - (y * y).cumsum(-1))[..., :-1], first=True)
        t = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(rest, diag=-1).sqrt()
        return (t.log1p() - (-t).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Of the triangle below the diagonal of `y`."""
        rest = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        tangents = -2 * (x + softplus(-2 * x) - math.log(2.0)).sum(-1)
        return 0.5 * rest.log().sum(-1) + tangents

    def forward_shape(self, shape: Any) -> Any:
        """A matrix for a vector; ``ValueError`` for a length that no triangle has."""
        _require_vector(shape)
        side = round((0.25 + 2 * shape[-1]) ** 0.5 + 0.5)
        if side * (side - 1) // 2 != shape[-1]:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return (*shape[:-1], side, side)

    def inverse_shape(self, shape: Any) -> Any:
        """A vector for a square matrix, else ``ValueError``."""
        if len(shape) < 2:
            raise ValueError("Too few dimensions on input")
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)
