"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation import eye
from ..linalg import cholesky, solve_triangular
from ..ops.stacks import broadcast_shapes
from . import constraints
from .distribution import Distribution
from .utils import lazy_property, standard_normal

__all__ = ["MultivariateNormal"]


def mahalanobis(scale_tril: Any, x: Any) -> Any:
    """The squared length of ``inverse(scale_tril) @ x``, batch by batch."""
    if scale_tril.ndim == 2:  # one factor for all: all vectors in one solution
        n = x.shape[-1]
        solved = solve_triangular(scale_tril, x.reshape(-1, n).T, upper=False)
        return solved.square().sum(0).reshape(x.shape[:-1])
    return solve_triangular(scale_tril, x.unsqueeze(-1), upper=False).square().sum((-2, -1))


def _from_precision(precision: Any) -> Any:
    """The Cholesky factor of the inverse: from that of the matrix with both dimensions reversed."""
    reversed_factor = cholesky(precision.flip((-2, -1))).flip((-2, -1))
    unit = eye(precision.shape[-1], dtype=precision.dtype)
    return solve_triangular(reversed_factor.mT, unit.expand(precision.shape), upper=False)


class MultivariateNormal(Distribution):
    """Normal vectors of mean `loc`, with the covariance in one of three forms.

    `scale_tril` is the lower Cholesky factor of the covariance matrix, `precision_matrix` its inverse;
    whichever is given, all three are there.

    Raises ``ValueError`` unless exactly one is given, and for parameters of too few dimensions.

    >>> cov = mt.tensor([[2.0, 1.0], [1.0, 2.0]])
    >>> mt.distributions.MultivariateNormal(mt.zeros(2), cov).log_prob(mt.zeros(2))
    tensor(-2.3872)
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = _the_one(
            covariance_matrix=covariance_matrix, precision_matrix=precision_matrix, scale_tril=scale_tril
        )
        _check_dims(loc, name, matrix)
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand(*batch, -1, -1))
        self.loc = loc.expand(*batch, -1)
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._factor = _FACTORS[name](matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution for a larger batch, without copies."""
        new = super().expand(batch_shape, _instance)
        new._factor = self._factor  # as it is: it broadcasts
        return new

    def _matrix(self, x: Any) -> Any:
        n = self.event_shape[0]
        return x.expand(*self.batch_shape, n, n)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of the covariance."""
        return self._matrix(self._factor)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        return self._matrix(self._factor @ self._factor.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        unit = eye(self.event_shape[0], dtype=self.loc.dtype).expand(self._factor.shape)
        inverse = solve_triangular(self._factor, unit, upper=False)
        return self._matrix(inverse.mT @ inverse)

    @property
    def mean(self) -> Any:
        """`loc`."""
        return self.loc

    @property
    def mode(self) -> Any:
        """`loc`."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        return self._factor.pow(2).sum(-1).expand(*self.batch_shape, *self.event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + scale_tril @ e``, for standard normal numbers e."""
        e = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + (self._factor @ e.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        self._check(value)
        square = mahalanobis(self._factor, value - self.loc)
        return -0.5 * (self.event_shape[0] * math.log(2 * math.pi) + square) - half_log_det(self._factor)

    def entropy(self) -> Any:
        """``log det(2 pi e cov) / 2``."""
        size = 0.5 * self.event_shape[0] * (1.0 + math.log(2 * math.pi)) + half_log_det(self._factor)
        return size.expand(self.batch_shape)


def half_log_det(factor: Any) -> Any:
    """Half the logarithm of the determinant of the covariance, from its Cholesky factor."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


_FACTORS: Any = {
    "covariance_matrix": cholesky,
    "precision_matrix": _from_precision,
    "scale_tril": lambda matrix: matrix,
}


def _the_one(**matrices: Any) -> Any:
    given = [(name, matrix) for name, matrix in matrices.items() if matrix is not None]
    if len(given) != 1:
        raise ValueError(
            "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."
        )
    return given[0]


def _check_dims(loc: Any, name: str, matrix: Any) -> None:
    if loc.dim() < 1:
        raise ValueError("loc must be at least one-dimensional.")
    if matrix.dim() < 2:
        raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
