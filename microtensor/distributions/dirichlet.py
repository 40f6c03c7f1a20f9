"""The Dirichlet distribution, with samples that a gradient passes through."""

from __future__ import annotations

from typing import Any, ClassVar

from ..autograd.function import Function
from ..engine.tensor import Tensor
from ..ops.elementwise.select import where
from ..ops.special.entropy_logit import xlogy
from . import constraints
from .exp_family import ExponentialFamily
from .sampling import gamma_poisson as sampling
from .sampling.implicit_gradients import Slope, beta_slope


class _Dirichlet(Function):
    """Points of the simplex, which move with their concentrations; differentiable once, as in PyTorch.

    Each coordinate alone is beta distributed; it moves as such, and the others shrink in proportion.
    """

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Any:
        """Draw."""
        found = Tensor._of(sampling.dirichlet(concentration.detach().array))
        ctx.save_for_backward(concentration, found)
        return found

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """What each coordinate does to all."""
        concentration, found = ctx.saved_tensors
        moved = Slope.apply(_slope, concentration, found)
        return moved * (grad_output - (found * grad_output).sum(-1, True))


def _slope(a: Any, x: Any) -> Any:
    rest = (a.sum(-1, keepdims=True) - a).astype(a.dtype)
    return beta_slope(a, rest, x) / (1 - x)


class Dirichlet(ExponentialFamily):
    """The distribution of probabilities, of which `concentration` counts what was seen.

    Samples are PyTorch's for the same seed.  Their gradient is implicit differentiation's to 1e-9, where
    PyTorch's is good to 1e-2; it has no derivative of its own.

    Raises ``ValueError`` for a concentration without dimensions.

    >>> mt.distributions.Dirichlet(mt.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The concentrations, divided by their sum."""
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Any:
        """The most likely point; a corner if no concentration reaches 1."""
        from ..nn.functional.embedding_table import one_hot

        above = (self.concentration - 1).clamp(min=0.0)
        inside = (self.concentration < 1).all(-1, keepdim=True)
        corner = one_hot(self.concentration.new_zeros(self.batch_shape).long(), above.shape[-1])
        total = where(inside, 1.0, above.sum(-1, True))
        return where(inside, corner.to(above.dtype), above / total)

    @property
    def variance(self) -> Any:
        """The variance of each coordinate."""
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Gamma numbers, divided by their sum."""
        return _Dirichlet.apply(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        a = self.concentration
        return xlogy(a - 1.0, value).sum(-1) + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    def entropy(self) -> Any:
        """The expected value of ``-log_prob``."""
        a, total = self.concentration, self.concentration.sum(-1)
        size = a.lgamma().sum(-1) - total.lgamma() - (a.shape[-1] - total) * total.digamma()
        return size - ((a - 1.0) * a.digamma()).sum(-1)

    @property
    def _natural_params(self) -> Any:
        return (self.concentration,)

    def _log_normalizer(self, x: Any) -> Any:
        return x.lgamma().sum(-1) - x.sum(-1).lgamma()
