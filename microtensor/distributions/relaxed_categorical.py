"""Points of the simplex in place of its corners, so that a gradient passes."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..random.tensors import rand
from . import constraints
from .categorical import OverCategories
from .transformed_distribution import TransformedDistribution
from .transforms.elementwise import ExpTransform
from .utils import broadcast_all, clamp_probs, of_base


class ExpRelaxedCategorical(OverCategories):
    """The logarithms of `RelaxedOneHotCategorical`."""

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        self._start(probs, logits, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.temperature = self.temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Gumbel numbers around the logits, divided by the temperature, of which exponentials sum to 1."""
        u = clamp_probs(rand(self._extended_shape(sample_shape), dtype=self.logits.dtype))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        n = self._categorical._num_events
        logits, value = broadcast_all(self.logits, value)
        score = logits - value * self.temperature
        score = (score - score.logsumexp(dim=-1, keepdim=True)).sum(-1)
        return score + math.lgamma(n) + (n - 1) * self.temperature.log()


class RelaxedOneHotCategorical(TransformedDistribution):
    """The concrete distribution: the lower the `temperature`, the nearer to a corner of the simplex.

    Maddison, Mnih and Teh, "The concrete distribution" (2017); Jang, Gu and Poole, "Categorical
    reparameterization with Gumbel-softmax" (2017).

    >>> p = mt.tensor([0.2, 0.8], requires_grad=True)
    >>> mt.distributions.RelaxedOneHotCategorical(mt.tensor(0.5), p).rsample().sum().isclose(mt.tensor(1.0))
    tensor(True)
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support: Any = constraints.simplex
    has_rsample: Any = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    temperature: Any = of_base("temperature", "How far from the corners.")
    logits: Any = of_base("logits", "The logarithms of the probabilities.")
    probs: Any = of_base("probs", "The probabilities.")
