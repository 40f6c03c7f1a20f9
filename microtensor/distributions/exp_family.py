"""Exponential families: distributions that their natural parameters and one convex function describe."""

from __future__ import annotations

from typing import Any

from ..autograd.grad_backward import grad
from .distribution import Distribution
from .utils import sum_rightmost


class ExponentialFamily(Distribution):
    """Densities ``exp(<t(x), theta> - F(theta) + k(x))``: an abstract class.

    A subclass tells its natural parameters theta, F as `_log_normalizer`, and the mean of k as
    `_mean_carrier_measure`; it then has an entropy, and a divergence from its like, by the gradient of F.
    Nielsen and Nock, "Entropies and cross-entropies of exponential families" (2010).

    >>> isinstance(mt.distributions.Normal(0.0, 1.0), mt.distributions.ExponentialFamily)
    True
    """

    @property
    def _natural_params(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _natural_params")

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _log_normalizer")

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _mean_carrier_measure")

    def entropy(self) -> Any:
        """``F(theta) - <theta, grad F(theta)>`` less the mean of k."""
        params, normalizer, slopes = self._at_natural_params()
        found = normalizer - self._mean_carrier_measure
        for theta, slope in zip(params, slopes, strict=True):
            found = found - sum_rightmost(theta * slope, theta.ndim - len(self.batch_shape))
        return found

    def _at_natural_params(self) -> Any:
        """Natural parameters that are leaves, F there, and its gradient, which is recorded."""
        params = [theta.detach().requires_grad_() for theta in self._natural_params]
        normalizer = self._log_normalizer(*params)
        return params, normalizer, grad(normalizer.sum(), params, create_graph=True)
