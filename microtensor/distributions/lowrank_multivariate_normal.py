"""Normal vectors whose covariance is a diagonal and a product of few columns."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation.ranges import eye
from ..linalg import cholesky, solve_triangular
from ..ops.joining.rearrange import diag_embed
from ..ops.views.expand import broadcast_tensors
from . import constraints
from .multivariate_normal import mahalanobis
from .parametrization.covariance import half_log_det
from .parametrization.symmetric import Centred
from .utils import lazy_property, standard_normal


class LowRankMultivariateNormal(Centred):
    """Normal vectors of the covariance ``cov_factor @ cov_factor.T + diag(cov_diag)``.

    `loc` and `cov_diag` are (..., n) and `cov_factor` is (..., n, m): densities cost a Cholesky factor of m
    rows instead of n, by Woodbury's identity.  Raises ``ValueError`` for shapes that do not fit.

    >>> mt.distributions.LowRankMultivariateNormal(mt.zeros(2), mt.ones(2, 1), mt.ones(2)).covariance_matrix
    tensor([[2., 1.],
            [1., 2.]])
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None) -> None:
        _check_shapes(loc, cov_factor, cov_diag)
        try:
            columns = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag "
                f"{cov_diag.shape}"
            ) from error
        self.loc, self.cov_factor, self.cov_diag = columns[0][..., 0], columns[1], columns[2][..., 0]
        self._held = (cov_factor, cov_diag, _capacitance(cov_factor, cov_diag))  # as they are: they broadcast
        super().__init__(self.loc.shape[:-1], self.loc.shape[-1:], validate_args=validate_args)

    def _whole(self, x: Any, *event: int) -> Any:
        return x.expand(*self.batch_shape, *event)

    @lazy_property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        w, d, _ = self._held
        return self._whole(w.pow(2).sum(-1) + d, *self.event_shape)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        w, d, _ = self._held
        return self._whole(w @ w.mT + diag_embed(d), *self.event_shape * 2)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of the covariance; of a matrix above 1, scaled, so that it is exact."""
        w, d, _ = self._held
        root = d.sqrt().unsqueeze(-1)
        inner = (w / root) @ (w / root).mT + eye(w.shape[-2], dtype=w.dtype)
        return self._whole(root * cholesky(inner), *self.event_shape * 2)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        rows = self._solved()
        inverse = diag_embed(self._held[1].reciprocal()) - rows.mT @ rows
        return self._whole(inverse, *self.event_shape * 2)

    def _solved(self) -> Any:
        """The matrix A with ``A.T @ A`` what the precision is less than that of the diagonal alone."""
        w, d, tril = self._held
        return solve_triangular(tril, w.mT / d.unsqueeze(-2), upper=False)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + cov_factor @ e + sqrt(cov_diag) * f``, for standard normal numbers e and f."""
        shape = self._extended_shape(sample_shape)
        w, d, _ = self._held
        few = standard_normal((*shape[:-1], w.shape[-1]), self.loc)
        many = standard_normal(shape, self.loc)
        return self.loc + (w @ few.unsqueeze(-1)).squeeze(-1) + d.sqrt() * many

    def _square(self, x: Any) -> Any:
        """The squared length of vectors by the precision."""
        w, d, tril = self._held
        inner = ((w.mT / d.unsqueeze(-2)) @ x.unsqueeze(-1)).squeeze(-1)
        return (x.pow(2) / d).sum(-1) - mahalanobis(tril, inner)

    def _log_det(self) -> Any:
        """The logarithm of the covariance's determinant."""
        return 2 * half_log_det(self._held[2]) + self._held[1].log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        size = self.event_shape[0] * math.log(2 * math.pi) + self._log_det()
        return -0.5 * (size + self._square(value - self.loc))

    def entropy(self) -> Any:
        """``log det(2 pi e cov) / 2``."""
        size = self.event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det()
        return (0.5 * size).expand(self.batch_shape)


def _capacitance(w: Any, d: Any) -> Any:
    """The Cholesky factor of ``1 + w.T @ diag(1 / d) @ w``."""
    return cholesky((w.mT / d.unsqueeze(-2)) @ w + eye(w.shape[-1], dtype=w.dtype))


def _check_shapes(loc: Any, cov_factor: Any, cov_diag: Any) -> None:
    if loc.dim() < 1:
        raise ValueError("loc must be at least one-dimensional.")
    if cov_factor.dim() < 2:
        raise ValueError(
            "cov_factor must be at least two-dimensional, with optional leading batch dimensions"
        )
    event = loc.shape[-1:]
    if cov_factor.shape[-2:-1] != event:
        raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
    if cov_diag.shape[-1:] != event:
        raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
