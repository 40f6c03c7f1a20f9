"""Cholesky factors of random correlation matrices."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from .. import random
from ..creation.ranges import arange
from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from ..ops.joining.cat_split import cat
from ..ops.joining.rearrange import diag_embed
from ..ops.special.gamma import mvlgamma
from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all


class LKJCholesky(Distribution):
    """Lower triangles L of correlation matrices ``L @ L.T`` whose density is ``det ** (concentration - 1)``.

    A `concentration` of 1 makes all correlation matrices of this size alike.  Lewandowski, Kurowicka and Joe,
    "Generating random correlation matrices based on vines and extended onion method" (2009), section 3.
    Raises ``ValueError`` for fewer than two dimensions.

    >>> mt.distributions.LKJCholesky(2, 1.0).log_prob(mt.eye(2))
    tensor(-0.6931)
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        row = arange(dim - 1, dtype=self.concentration.dtype)
        row = cat([row[:1], row])
        self._beta = Beta(row + 0.5, self.concentration.unsqueeze(-1) + 0.5 * (dim - 2) - 0.5 * row)
        super().__init__(self.concentration.shape, (dim, dim), validate_args=validate_args)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Rows of length 1 in random directions, whose last coordinate is a root of a beta number."""
        with no_grad():
            y = self._beta.sample(sample_shape)
            normal = random.randn(self._extended_shape(sample_shape), dtype=y.dtype).tril(-1).array
        lengths = np.linalg.norm(normal, axis=-1, keepdims=True)
        lengths[..., 0, :] = 1
        rows = np.sqrt(y.array)[..., None] * (normal / lengths)
        rest = np.maximum(1 - np.square(rows).sum(-1), np.finfo(rows.dtype).tiny)
        return Tensor._of(rows) + diag_embed(Tensor._of(np.sqrt(rest)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density; page 1999 of the paper for what it is divided by."""
        self._check(value)
        rows = self.dim - arange(2, self.dim + 1)
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + rows
        found = (powers * value.diagonal(dim1=-1, dim2=-2)[..., 1:].log()).sum(-1)
        n = self.dim - 1
        alpha = self.concentration + 0.5 * n
        size = 0.5 * n * math.log(math.pi) + mvlgamma(alpha - 0.5, n) - alpha.lgamma() * n
        return found - size
