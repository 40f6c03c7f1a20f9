"""Wishart's distribution of scatter matrices."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..creation.from_data import tensor
from ..creation.ranges import arange
from ..engine.tensor import Tensor
from ..linalg import slogdet
from ..ops.elementwise.select import where
from ..ops.joining.rearrange import diag_embed
from ..ops.joining.stack_variants import broadcast_shapes
from ..ops.linalg.solve_inverse import cholesky_solve
from ..ops.special.gamma import digamma, mvlgamma
from . import constraints
from .chi2 import Chi2
from .exp_family import ExponentialFamily
from .parametrization.covariance import FORMS, Covariance, half_log_det, the_one
from .utils import standard_normal, vec_to_tril_matrix


class Wishart(Covariance, ExponentialFamily):
    """Sums of ``x @ x.T`` over `df` normal vectors x, with their covariance in one of three forms.

    `df` need not be whole, but is greater than n - 1 for (..., n, n) matrices.  Exactly one of the forms
    of the covariance is given, as in `MultivariateNormal`, or ``AssertionError`` is raised; ``ValueError``
    for a `df` that is too small.

    >>> mt.distributions.Wishart(3.0, mt.eye(2)).mean
    tensor([[3., 0.],
            [0., 3.]])
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        forms = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix}
        name, matrix = the_one(AssertionError, **forms, scale_tril=scale_tril)
        if not isinstance(df, Tensor):
            df = tensor(df, dtype=matrix.dtype)
        batch, event = broadcast_shapes(matrix.shape[:-2], df.shape), matrix.shape[-2:]
        _check_df(df, event[-1])
        self.df = df.expand(batch)
        self._start((name, matrix), batch, event, validate_args)
        self._chi2 = Chi2(self.df.unsqueeze(-1) - arange(event[-1], dtype=matrix.dtype))

    @property
    def arg_constraints(self) -> Any:
        """The forms of the covariance, and a `df` that makes matrices of full rank possible."""
        return {**FORMS, "df": constraints.greater_than(self.event_shape[-1] - 1)}

    @property
    def _df(self) -> Any:
        """The degrees of freedom as a factor of matrices."""
        return self.df.view(*self.batch_shape, 1, 1)

    @property
    def mean(self) -> Any:
        """``df * cov``."""
        return self._df * self.covariance_matrix

    @property
    def mode(self) -> Any:
        """``(df - n - 1) * cov``; NaN for a `df` up to n + 1."""
        more = self._df - self.event_shape[-1] - 1
        return where(more > 0, more, math.nan) * self.covariance_matrix

    @property
    def variance(self) -> Any:
        """``df * (cov_ij^2 + cov_ii cov_jj)``."""
        cov = self.covariance_matrix
        diagonal = cov.diagonal(dim1=-2, dim2=-1)
        return self._df * (cov.pow(2) + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def _drawn(self, sample_shape: Any) -> Any:
        """Bartlett's decomposition: a triangle of normal numbers, with chi numbers on the diagonal."""
        p = self.event_shape[-1]
        chi = self._chi2.rsample(sample_shape).sqrt().clamp(min=float(np.finfo(self.df.dtype).eps))
        below = standard_normal((*sample_shape, *self.batch_shape, p * (p - 1) // 2), chi)
        factor = self._unbroadcasted_scale_tril @ (diag_embed(chi) + vec_to_tril_matrix(below, -1))
        return factor @ factor.mT

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """Matrices; those that rounding left singular are drawn anew, `max_try_correction` times (10).

        PyTorch asks the first time whether a matrix is sound where it should ask whether it is singular, and
        so draws every one twice, with a warning.  To have its numbers from one seed we draw twice as well;
        the warning is kept for what stays singular.
        """
        sample = self._drawn(tuple(sample_shape))
        again = self._any(self.support.check(sample))
        for _ in range(10 if max_try_correction is None else max_try_correction):
            if not again.any():
                return sample
            fresh = self._drawn((int(again.sum()),))
            sample = sample.index_put((Tensor._of(again.copy()),), fresh)
            again[again] = self._any(~self.support.check(fresh))
        if again.any():
            warnings.warn("Singular sample detected.", stacklevel=2)
        return sample

    def _any(self, found: Any) -> Any:
        """Of one sample: whether it holds anywhere in the batch."""
        axes = tuple(range(found.ndim - len(self.batch_shape), found.ndim))
        return np.asarray(found.array.any(axes))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        nu, p = self.df, self.event_shape[-1]
        trace = cholesky_solve(value, self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(-1)
        size = nu * (p * math.log(2) / 2 + half_log_det(self._unbroadcasted_scale_tril)) + mvlgamma(nu / 2, p)
        return (nu - p - 1) / 2 * slogdet(value).logabsdet - size - trace / 2

    def entropy(self) -> Any:
        nu, p = self.df, self.event_shape[-1]
        size = (p + 1) * (p * math.log(2) / 2 + half_log_det(self._unbroadcasted_scale_tril)) + mvlgamma(
            nu / 2, p
        )
        steps = (nu / 2).unsqueeze(-1) - arange(p, dtype=nu.dtype) / 2
        return size - (nu - p - 1) / 2 * digamma(steps).sum(-1) + nu * p / 2

    @property
    def _natural_params(self) -> Any:
        return -self.precision_matrix / 2, (self.df - self.event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        p = self.event_shape[-1]
        half = y + (p + 1) / 2
        return half * (p * math.log(2) - slogdet(-2 * x).logabsdet) + mvlgamma(half, p)


def _check_df(df: Any, p: int) -> None:
    if (df <= p - 1).any():
        raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {p - 1}.")
    if (df < p).any():
        warnings.warn(
            "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
            stacklevel=3,
        )
