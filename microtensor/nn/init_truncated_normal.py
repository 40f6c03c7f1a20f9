"""The normal distribution within bounds, by drawing again what falls outside.

If much of the distribution lies inside, the draws are normal.  If little does, that would take
forever: then they are uniform within the bounds, and kept with a probability in proportion to the
normal density.  Both, and the limit of 0.3 between them, are PyTorch's, since the numbers depend
on them.
"""

from __future__ import annotations

import math
from typing import Any

from ..creation import factories as creation
from ..engine.tensor import Tensor


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def fill(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Fill `tensor` in place from the normal distribution within [a, b]; nothing on "meta"."""
    if tensor.is_meta:
        return
    inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
    draw = _redraw_normal if inside > 0.3 else _redraw_uniform
    draw(tensor, mean, std, a, b, generator)


def _redraw_normal(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    # The limits as the dtype holds them, so that a value on a limit counts as inside.
    low, high = (float(tensor.array.dtype.type(limit)) for limit in (a, b))
    tensor.normal_(mean, std, generator=generator)
    outside = (tensor < low) | (tensor > high)
    while outside.any():
        # As many are drawn as there are elements, not only those that are needed.
        fresh = creation.empty_like(tensor).normal_(mean, std, generator=generator)
        tensor.copy_(fresh.where(outside, tensor))
        outside = (tensor < low) | (tensor > high)


def _redraw_uniform(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2

    def draw() -> tuple[Tensor, Tensor]:
        """Values, and which of them are refused."""
        values = creation.empty_like(tensor).uniform_(a, b, generator=generator)
        density = ((values - mean) / std) ** 2 * -0.5 - peak
        chances = creation.empty_like(tensor).uniform_(generator=generator)
        return values, chances.log() > density

    values, refused = draw()
    tensor.copy_(values)
    while refused.any():
        values, refused_again = draw()
        tensor.copy_(values.where(refused, tensor))
        refused = refused & refused_again
