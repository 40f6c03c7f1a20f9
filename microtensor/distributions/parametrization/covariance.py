"""A covariance in one of three forms, as normal vectors and Wishart's matrices have it.

Only the Cholesky factor is computed at once; the other forms are when somebody asks for them.
"""

from __future__ import annotations

from typing import Any

from ...creation.ranges import eye
from ...linalg import cholesky, solve_triangular
from .. import constraints
from ..distribution import Distribution
from ..utils import lazy_property

FORMS: dict[str, Any] = {
    "covariance_matrix": constraints.positive_definite,
    "precision_matrix": constraints.positive_definite,
    "scale_tril": constraints.lower_cholesky,
}
"""The forms, and what each has to be."""


class Covariance(Distribution):
    """A distribution with `covariance_matrix`, `precision_matrix` and `scale_tril`, one of them given."""

    _unbroadcasted_scale_tril: Any

    def _start(
        self, form: tuple[str, Any], batch_shape: Any, event_shape: Any, validate_args: bool | None = None
    ) -> None:
        """What a subclass's ``__init__`` does, so that the next one is PyTorch's, that of `Distribution`."""
        name, matrix = form
        setattr(self, name, matrix.expand(*batch_shape, -1, -1))
        Distribution.__init__(self, batch_shape, event_shape, validate_args=validate_args)
        self._unbroadcasted_scale_tril = _FACTORS[name](matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril  # as it is: it broadcasts
        return new

    def _matrix(self, x: Any) -> Any:
        return x.expand(*self.batch_shape, *x.shape[-2:])

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of the covariance."""
        return self._matrix(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        return self._matrix(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        unit = eye(
            self._unbroadcasted_scale_tril.shape[-1], dtype=self._unbroadcasted_scale_tril.dtype
        ).expand(self._unbroadcasted_scale_tril.shape)
        inverse = solve_triangular(self._unbroadcasted_scale_tril, unit, upper=False)
        return self._matrix(inverse.mT @ inverse)


def half_log_det(factor: Any) -> Any:
    """Half the logarithm of the determinant of the covariance, from its Cholesky factor."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def factor_of_precision(precision: Any) -> Any:
    """The Cholesky factor of the inverse: from that of the matrix with both dimensions reversed."""
    reversed_factor = cholesky(precision.flip((-2, -1))).flip((-2, -1))
    unit = eye(precision.shape[-1], dtype=precision.dtype)
    return solve_triangular(reversed_factor.mT, unit.expand(precision.shape), upper=False)


_FACTORS: Any = {
    "covariance_matrix": cholesky,
    "precision_matrix": factor_of_precision,
    "scale_tril": lambda matrix: matrix,
}


def the_one(refusal: type[Exception], **matrices: Any) -> tuple[str, Any]:
    """The form that was given, by its name; `refusal` is raised unless it is the only one."""
    given = [(name, matrix) for name, matrix in matrices.items() if matrix is not None]
    if len(given) != 1:
        raise refusal("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
    ((name, matrix),) = given
    if matrix.dim() < 2:
        raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
    return name, matrix
