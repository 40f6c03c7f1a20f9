"""``torch.binomial``: numbers of successes for tensors of counts and probabilities."""

from __future__ import annotations

from ...engine.tensor import Tensor
from ...ops.views.expand import broadcast_tensors
from ...random.generator import Generator
from .gamma_poisson import binomial as drawn


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of `count` trials succeed, each with probability `prob`; the numbers are PyTorch's.

    Raises ``ValueError`` for a dtype that is not floating point, and if the two differ.

    >>> _ = mt.manual_seed(0)
    >>> mt.binomial(mt.tensor([0.0, 100.0]), mt.tensor([0.5, 1.0]))
    tensor([  0., 100.])
    """
    if count.dtype != prob.dtype or count.dtype.kind != "f":
        raise ValueError(
            "binomial only supports floating-point dtypes for count and prob, and the same: got "
            f"{count.dtype} and {prob.dtype}"
        )
    count, prob = broadcast_tensors(count.detach(), prob.detach())
    return Tensor._of(drawn(count.array, prob.array, generator))  # type: ignore[no-any-return]


__all__ = ["binomial"]
