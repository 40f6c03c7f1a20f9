"""Clipping: what keeps one large gradient from undoing what was learned."""

from __future__ import annotations

import warnings
from types import GeneratorType
from typing import Any

import numpy as np

from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
]


def _gradients(parameters: Any) -> list[Tensor]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


def _listed(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The norm of all tensors as one vector.

    Raises ``RuntimeError`` for a norm that is not finite if asked to.

    >>> mt.nn.utils.get_total_norm([mt.tensor([3.0]), mt.tensor([4.0])])
    tensor(5.)
    """
    tensors, order = _listed(tensors), float(norm_type)
    if not tensors:
        return Tensor._of(np.zeros((), np.float32))  # type: ignore[no-any-return]
    with np.errstate(over="ignore"):  # infinite, as PyTorch's
        total = _norm(np.array([_norm(t.detach().array, order) for t in tensors]), order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"clip_grad_norm_: the total norm of order {order} is {total}, so it cannot be clipped; "
            "look for the first such gradient with autograd.detect_anomaly()"
        )
    return Tensor._of(total)  # type: ignore[no-any-return]


def _norm(x: Any, order: float) -> Any:
    """The norm of all elements; by way of float32 for float16, whose squares would soon be infinite."""
    flat = x.reshape(-1)
    if x.dtype != np.float16:
        return np.linalg.norm(flat, order)
    return np.linalg.norm(flat.astype(np.float32), order).astype(np.float16)


def clip_grads_with_norm_(
    parameters: Any, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients by ``max_norm / total_norm``, if that is below 1.

    >>> w = mt.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = mt.tensor([3.0, 4.0])
    >>> mt.nn.utils.clip_grads_with_norm_(w, 1.0, mt.tensor(10.0))
    >>> w.grad
    tensor([0.3000, 0.4000])
    """
    scale = Tensor._of(np.minimum(float(max_norm) / (total_norm.detach().array + 1e-6), 1.0))
    with no_grad():
        for g in _gradients(parameters):
            g.mul_(scale)


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale all gradients together so that their norm is at most `max_norm`; return the norm before.

    The norm is that of all gradients as one vector.  Raises ``RuntimeError`` for a norm that is not
    finite if asked to; warns of a generator that is used up.  Pascanu, Mikolov and Bengio, "On the
    difficulty of training recurrent neural networks" (2013), section 3.2.

    >>> w = mt.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = mt.tensor([3.0, 4.0])
    >>> mt.nn.utils.clip_grad_norm_([w], 1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    listed = _listed(parameters)
    if isinstance(parameters, GeneratorType) and not listed:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def clip_grad_norm(parameters: Any, max_norm: float, *args: Any, **kwargs: Any) -> Tensor:
    """The old name of `clip_grad_norm_`."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, *args, **kwargs)


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
