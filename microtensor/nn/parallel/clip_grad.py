"""Clipping where each rank holds other parameters.

Under `DistributedDataParallel` all ranks have the same gradients, and `nn.utils.clip_grad_norm_` is right
as it is.  Where a model is divided among ranks, the norm is that of all parts.
"""

from __future__ import annotations

import math
from typing import Any

from ...creation.from_data import tensor
from ...distributed import ReduceOp, all_reduce
from ...engine.dtypes import float64
from ...engine.tensor import Tensor
from ..utils.clip_grad import clip_grads_with_norm_, get_total_norm

__all__ = ["clip_grad_norm_"]


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    group: Any = None,
) -> Tensor:  # fmt: skip
    """Scale the gradients of all ranks' parameters so that their norm is at most `max_norm`.

    Every rank of the group has to call, with its own parameters, which nobody else has. Returns the norm
    before, a float64 scalar, the same on all ranks. PyTorch has this as a method of its sharded models.

    Raises ``RuntimeError`` for a norm that is not finite, if asked to.

    >>> mt.distributed.init_process_group()
    >>> w = mt.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = mt.tensor([3.0, 4.0])
    >>> mt.nn.parallel.clip_grad_norm_([w], 1.0).item(), w.grad
    (5.0, tensor([0.6000, 0.8000]))
    >>> mt.distributed.destroy_process_group()
    """
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    mine = float(get_total_norm([p.grad for p in listed if p.grad is not None], norm_type))
    total = _over_ranks(mine, float(norm_type), group)
    if error_if_nonfinite and not math.isfinite(float(total)):
        raise RuntimeError(f"clip_grad_norm_: the total norm of order {norm_type} is {float(total)}")
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def _over_ranks(mine: float, order: float, group: Any) -> Tensor:
    """The norm of a vector whose parts' norms the ranks have."""
    if math.isinf(order):
        total = tensor(mine, dtype=float64)
        all_reduce(total, ReduceOp.MAX if order > 0 else ReduceOp.MIN, group)
        return total
    total = tensor(mine**order, dtype=float64)
    all_reduce(total, ReduceOp.SUM, group)
    return total if order == 1 else total ** (1 / order)
