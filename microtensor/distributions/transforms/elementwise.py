"""Transforms of numbers, each by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...creation.factories import full_like
from ...engine.size_device import Size
from ...engine.tensor import Tensor
from ...ops.activations.smooth import softplus
from ...ops.elementwise.exponential import sigmoid
from ...ops.joining.stack_variants import broadcast_shapes
from .. import constraints
from ..utils import broadcast_all, lazy_property, sum_rightmost
from . import Plain, Transform


class _Growing(Plain):
    """A growing function of all real numbers."""

    bijective = True
    sign = +1
    domain = constraints.real


class ExpTransform(_Growing):
    """``exp(x)``, from the real to the positive numbers."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """`x`."""
        return x


class SigmoidTransform(_Growing):
    """``1 / (1 + exp(-x))``, from the real numbers to those between 0 and 1, which are not reached."""

    codomain = constraints.unit_interval

    def _call(self, x: Any) -> Any:
        return _clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        y = clipped(y)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """``-softplus(-x) - softplus(x)``."""
        return -softplus(-x) - softplus(x)


def clipped(x: Any) -> Any:
    """Probabilities, kept from 0 and 1."""
    kind = np.finfo(x.dtype)
    return x.clamp(min=float(kind.tiny), max=1.0 - float(kind.eps))


def _clipped_sigmoid(x: Any) -> Any:
    """The sigmoid, kept from 0 and 1."""
    return clipped(sigmoid(x))


class SoftplusTransform(_Growing):
    """``log(1 + exp(x))``, from the real to the positive numbers."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """``-softplus(-x)``."""
        return -softplus(-x)


class TanhTransform(_Growing):
    """``tanh(x)``, from the real numbers to those between -1 and 1."""

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """``log(1 - tanh(x)^2)``, in a form that does not cancel."""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Plain):
    """``|x|``; as its inverse counts the positive number."""

    domain = constraints.real
    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class PowerTransform(Transform):
    """``x ** exponent``, for positive numbers."""

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        (self.exponent,) = broadcast_all(exponent)

    @lazy_property
    def sign(self) -> Any:
        """The sign of the exponent."""
        return self.exponent.sign()

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and _equal(self.exponent, other.exponent)

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """``log |exponent * y / x|``."""
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        """Broadcast with the exponent."""
        return _broadcast(shape, self.exponent)

    inverse_shape = forward_shape


def _equal(a: Any, b: Any) -> bool:
    same = a == b
    return bool(same.all()) if isinstance(same, Tensor) else bool(same)


def _broadcast(shape: Any, *params: Any) -> Size:
    return broadcast_shapes(shape, *[getattr(p, "shape", ()) for p in params])


class AffineTransform(Transform):
    """``loc + scale * x``, of numbers or tensors; `event_dim` says how many dimensions make an event."""

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    @property
    def event_dim(self) -> Any:
        """As it was given."""
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """All real events."""
        n = self._event_dim
        return constraints.independent(constraints.real, n) if n else constraints.real

    codomain = domain

    @property
    def sign(self) -> Any:
        """The sign of the scale."""
        scale = self.scale
        return scale.sign() if isinstance(scale, Tensor) else (scale > 0) - (scale < 0)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffineTransform):
            return False
        return _equal(self.loc, other.loc) and _equal(self.scale, other.scale)

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """``log |scale|``, summed over an event."""
        scale, n = self.scale, self._event_dim
        if isinstance(scale, Tensor):
            wide = scale.abs().log().expand(x.shape)
        else:
            wide = full_like(x, math.log(abs(scale)), requires_grad=False)
        return sum_rightmost(wide, n)

    def forward_shape(self, shape: Any) -> Any:
        """Broadcast with the parameters."""
        return _broadcast(shape, self.loc, self.scale)

    inverse_shape = forward_shape
