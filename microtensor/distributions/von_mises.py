"""Von Mises's distribution of angles."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..engine.tensor import Tensor
from ..ops.special.bessel import i0e, i1e
from ..random.generator import default_generator
from . import constraints
from .parametrization.symmetric import Centred
from .utils import broadcast_all, lazy_property


class VonMises(Centred):
    """Angles from -pi to pi, around `loc`, as narrow as a normal distribution of this precision.

    The Bessel function in the density is exact, where PyTorch's is good to 2e-7.  Samples are PyTorch's from
    one seed.  Mean and variance are the circular ones.

    >>> mt.distributions.VonMises(0.0, 1.0).log_prob(mt.tensor(0.0))
    tensor(-1.0738)
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @lazy_property
    def variance(self) -> Any:
        """One less the mean length of the resultant."""
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        k = self.concentration
        return k * ((value - self.loc).cos() - 1) - math.log(2 * math.pi) - i0e(k).log()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Angles, in double precision until they are found."""
        shape = tuple(self._extended_shape(sample_shape))
        k = self.concentration.detach().array.astype(np.float64)
        turned = _rejected(shape, k) + math.pi + self.loc.detach().array.astype(np.float64)
        return Tensor._of(np.asarray((turned % (2 * math.pi) - math.pi).astype(self.loc.dtype)))


def _rejected(shape: tuple[int, ...], k: Any) -> Any:
    """Angles around 0: Best and Fisher, "Efficient simulation of the von Mises distribution" (1979)."""
    r = _proposal(k)
    x, done = np.zeros(shape), np.zeros(shape, bool)
    while not done.all():
        u1, u2, u3 = default_generator.stream.uniform(3 * x.size, np.float64).reshape(3, *shape)
        with np.errstate(all="ignore"):
            z = np.cos(math.pi * u1)
            f = (1 + r * z) / (r + z)
            c = k * (r - f)
            taken = (c * (2 - c) - u2 > 0) | (np.log(c / u2) + 1 - c >= 0)
            x = np.where(taken, np.sign(u3 - 0.5) * np.arccos(f), x)
        done |= taken
    return x


def _proposal(k: Any) -> Any:
    """The parameter of the wrapped Cauchy distribution that encloses it."""
    tau = 1 + np.sqrt(1 + 4 * k**2)
    rho = (tau - np.sqrt(2 * tau)) / (2 * k)
    with np.errstate(all="ignore"):
        return np.where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))
