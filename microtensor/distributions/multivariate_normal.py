"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..linalg import solve_triangular
from ..ops.joining.stack_variants import broadcast_shapes
from . import constraints
from .parametrization.covariance import FORMS, Covariance, factor_of_precision, half_log_det, the_one
from .parametrization.symmetric import Centred
from .utils import standard_normal


def mahalanobis(scale_tril: Any, x: Any) -> Any:
    """The squared length of ``inverse(scale_tril) @ x``, batch by batch."""
    if scale_tril.ndim == 2:  # one factor for all: all vectors in one solution
        n = x.shape[-1]
        solved = solve_triangular(scale_tril, x.reshape(-1, n).T, upper=False)
        return solved.square().sum(0).reshape(x.shape[:-1])
    return solve_triangular(scale_tril, x.unsqueeze(-1), upper=False).square().sum((-2, -1))


_batch_mahalanobis, _precision_to_scale_tril = mahalanobis, factor_of_precision


def _batch_mv(bmat: Any, bvec: Any) -> Any:
    return (bmat @ bvec.unsqueeze(-1)).squeeze(-1)


class MultivariateNormal(Centred, Covariance):
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
        **FORMS,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        forms = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix}
        form = the_one(ValueError, **forms, scale_tril=scale_tril)
        batch = broadcast_shapes(form[1].shape[:-2], loc.shape[:-1])
        self.loc = loc.expand(*batch, -1)
        self._start(form, batch, self.loc.shape[-1:], validate_args)

    @property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(*self.batch_shape, *self.event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + scale_tril @ e``, for standard normal numbers e."""
        e = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + (self._unbroadcasted_scale_tril @ e.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        square = mahalanobis(self._unbroadcasted_scale_tril, value - self.loc)
        return -0.5 * (self.event_shape[0] * math.log(2 * math.pi) + square) - half_log_det(
            self._unbroadcasted_scale_tril
        )

    def entropy(self) -> Any:
        """``log det(2 pi e cov) / 2``."""
        size = 0.5 * self.event_shape[0] * (1.0 + math.log(2 * math.pi)) + half_log_det(
            self._unbroadcasted_scale_tril
        )
        return size.expand(self.batch_shape)
