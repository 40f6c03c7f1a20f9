"""Clipping: what keeps one large gradient from undoing what was learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...mode import no_grad
from ...tensor import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def _gradients(parameters: Any) -> list[Tensor]:
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p.grad for p in listed if p.grad is not None]


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale all gradients together so that their norm is at most `max_norm`; return the norm before.

    The norm is that of all gradients as one vector.  Raises ``RuntimeError`` for a norm that is not
    finite if asked to.  Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
    networks" (2013), section 3.2.

    >>> w = mt.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = mt.tensor([3.0, 4.0])
    >>> mt.nn.utils.clip_grad_norm_([w], 1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    gradients = _gradients(parameters)
    if not gradients:
        return Tensor._of(np.zeros((), np.float32))  # type: ignore[no-any-return]
    norms = [np.linalg.norm(g.array.reshape(-1), norm_type) for g in gradients]
    total = np.linalg.norm(np.asarray(norms, gradients[0].dtype), norm_type)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"clip_grad_norm_: the total norm of order {norm_type} is {total}, so it cannot be clipped; "
            "look for the first such gradient with autograd.detect_anomaly()"
        )
    scale = min(max_norm / (float(total) + 1e-6), 1.0)
    with no_grad():
        for g in gradients:
            g.mul_(scale)
    return Tensor._of(total)  # type: ignore[no-any-return]


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every element of every gradient to ``[-clip_value, clip_value]``.

    >>> w = mt.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = mt.tensor([3.0, -0.5])
    >>> mt.nn.utils.clip_grad_value_(w, 1.0)
    >>> w.grad
    tensor([ 1.0000, -0.5000])
    """
    with no_grad():
        for g in _gradients(parameters):
            g.clamp_(-float(clip_value), float(clip_value))
