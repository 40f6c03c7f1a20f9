"""The gamma distribution, with samples that a gradient passes through."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..autograd.function import Function
from ..creation.from_data import as_tensor
from ..engine.tensor import Tensor
from ..ops.special.entropy_logit import xlogy
from . import constraints
from .exp_family import ExponentialFamily
from .sampling import gamma_poisson as sampling
from .sampling.implicit_gradients import Slope, gamma_cdf, gamma_slope
from .utils import broadcast_all


class _StandardGamma(Function):
    """Gamma numbers of rate 1, which move with their shape; differentiable once, as in PyTorch."""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Any:
        """Draw."""
        found = Tensor._of(sampling.standard_gamma(concentration.detach().array))
        ctx.save_for_backward(concentration, found)
        return found

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """The cotangent times the slope."""
        return grad_output * Slope.apply(gamma_slope, *ctx.saved_tensors)


class _Cdf(Function):
    """The distribution function for rate 1; PyTorch's has no derivative by the concentration."""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor, value: Tensor) -> Any:
        """The probability of a value up to this one."""
        ctx.save_for_backward(concentration, value)
        return Tensor._of(gamma_cdf(concentration.detach().array, value.detach().array))

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """The density, and what keeps the probability when the concentration moves."""
        a, x = ctx.saved_tensors
        density = grad_output * (xlogy(a - 1, x) - x - a.lgamma()).exp()
        return -density * Slope.apply(gamma_slope, a, x), density


class Gamma(ExponentialFamily):
    """The gamma distribution: the sum of `concentration` exponential numbers of this `rate`.

    Samples are PyTorch's for the same seed.  Their gradient in `concentration` is implicit
    differentiation's to 1e-13, where PyTorch's is good to 1e-2; it has no derivative of its own.

    >>> mt.distributions.Gamma(2.0, 4.0).mean
    tensor(0.5000)
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``concentration / rate``."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        """``(concentration - 1) / rate``, or 0."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        """``concentration / rate^2``."""
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Gamma numbers of rate 1, divided by the rate."""
        shape = self._extended_shape(sample_shape)
        value = _StandardGamma.apply(self.concentration.expand(shape)) / self.rate.expand(shape)
        array = value.detach().array
        np.maximum(array, np.finfo(array.dtype).tiny, out=array)  # no part of the graph
        return value

    def log_prob(self, value: Any) -> Any:
        value = as_tensor(value, dtype=self.rate.dtype)
        self._check(value)
        powers = xlogy(self.concentration, self.rate) + xlogy(self.concentration - 1, value)
        return powers - self.rate * value - self.concentration.lgamma()

    def cdf(self, value: Any) -> Any:
        self._check(value)
        return _Cdf.apply(*broadcast_all(self.concentration, self.rate * value))

    def entropy(self) -> Any:
        """``a - log(rate) + lgamma(a) + (1 - a) digamma(a)``, a being the concentration."""
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1.0 - a) * a.digamma()

    @property
    def _natural_params(self) -> Any:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        return (x + 1).lgamma() - (x + 1) * (-y).log()
