"""Numbers between 0 and 1 in place of zeros and ones, so that a gradient passes."""

from __future__ import annotations

from typing import Any, ClassVar

from ..random.tensors import rand
from . import constraints
from .bernoulli import BinaryLogits
from .transformed_distribution import TransformedDistribution
from .transforms.elementwise import SigmoidTransform
from .utils import broadcast_all, clamp_probs, of_base


class LogitRelaxedBernoulli(BinaryLogits):
    """The log odds of `RelaxedBernoulli`."""

    support = constraints.real
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        self._take(probs, logits)
        super().__init__(self._param.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.temperature = self.temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Logistic numbers around the log odds, divided by the temperature."""
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(rand(shape, dtype=probs.dtype))
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        away = logits - value * self.temperature
        return self.temperature.log() + away - 2 * away.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """The concrete distribution of two: the lower the `temperature`, the nearer to 0 or 1.

    Maddison, Mnih and Teh, "The concrete distribution" (2017), appendix B.

    >>> _ = mt.manual_seed(0)
    >>> mt.distributions.RelaxedBernoulli(mt.tensor(0.1), mt.tensor([0.1, 0.9])).sample().round()
    tensor([0., 1.])
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support: Any = constraints.unit_interval
    has_rsample: Any = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    temperature: Any = of_base("temperature", "How far from 0 and 1.")
    logits: Any = of_base("logits", "The log odds.")
    probs: Any = of_base("probs", "The probability.")
