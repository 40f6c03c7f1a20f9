"""Rules of losses: one number for each example."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.reductions.sum_mean import mean, sum
from ..batched_tensor import Call
from .registry import rule


def _total(losses: Any, reduction: Any) -> Any:
    """Each example's losses reduced to one."""
    dims = tuple(range(1, losses.ndim))
    if reduction == "none" or not dims:
        return losses
    return mean(losses, dims) if reduction == "mean" else sum(losses, dims)


@rule("mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")
def _loss(call: Call) -> Any:
    return _total(call.run(call.whole(0), call.whole(1), reduction="none"), call.params["reduction"])


@rule("_nll")
def _nll(call: Call) -> Any:
    index, share, axis, divisor = (call.params[name] for name in ("index", "share", "axis", "divisor"))
    index, share = (np.broadcast_to(a, (call.size, *np.shape(a))) for a in (index, share))
    losses = call.run(call.values[0], index=index, share=share, axis=axis + 1, divisor=None)
    return losses if divisor is None else _total(losses, "sum") / divisor
