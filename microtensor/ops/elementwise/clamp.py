"""Limiting elements to a range; at a limit the gradient passes, as in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import BOOL, without
from ...engine.dtypes import fitting
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.promotion import resulting
from ...engine.tensor import Tensor, install
from .select import _wide

_KERNEL = without("clamp_cpu", BOOL)


def _inside(x: Any, min: Any, max: Any) -> Any:
    """Where `x` lies between the bounds, which count as inside."""
    if min is None:
        return x <= max
    return x >= min if max is None else (x >= min) & (x <= max)


@op(kernel=_KERNEL,
    x=lambda g, x, min, max: g * _inside(x, min, max), name="clamp", node="ClampBackward1",
    complex="clamp is not supported for complex types",
    samples=[case((3, 4), min=-1.0, max=1.0), case((5,), min=0.0), case((5,), max=0.0)],
    reference=lambda x, min=None, max=None: np.clip(x, min, max))  # fmt: skip
def _clamp(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Limit to numbers; the gradient passes where x lies between the bounds, bounds included.

    >>> mt.clamp(mt.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    low = x if min is None else np.maximum(x, min)
    return low if max is None else np.minimum(low, max)


def _number_of(bound: Any) -> Any:
    """A bound beside one that is a number: itself, or what a tensor without dimensions holds."""
    if isinstance(bound, Tensor) and (bound.ndim or bound.requires_grad):
        raise TypeError(
            "clamp() received an invalid combination of arguments - got a number and a Tensor: expected two "
            "numbers or two tensors; make the number one with tensor(data)"
        )
    return bound.item() if isinstance(bound, Tensor) else bound


@with_out
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """`input` limited to at least `min` and at most `max`, numbers or tensors.

    Raises ``RuntimeError`` if both bounds are missing.

    >>> mt.clamp(mt.tensor([-2.0, 0.5, 2.0]), max=1)
    tensor([-2.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        x = _wide(input, min, max)
        if not x.is_floating_point():
            min, max = (None if b is None else fitting(b, x.dtype) for b in (min, max))
        return _clamp(x, min, max)
    if isinstance(min, dtypes.Number) or isinstance(max, dtypes.Number):
        return clamp(input, *map(_number_of, (min, max)))
    dtype = resulting(*[x for x in (input, min, max) if x is not None])
    if min is not None and max is not None:
        _KERNEL.check(dtype)
    low = input if min is None else clamp_min(input, min)
    return (low if max is None else clamp_max(low, max)).to(dtype)


@op(tensors="x", x=lambda g, x, min: g * (x >= min), min=lambda g, x, min: g * (x < min),
    complex="clamp is not supported for complex types", elementwise=True,
    method=True, node="ClampBackward0", reference=np.maximum)  # fmt: skip
def clamp_min(x: Any, min: Any, /) -> Any:
    """`x`, at least `min`; at a tie the gradient is that of `x`.

    >>> mt.clamp_min(mt.tensor([-1.0, 2.0]), 0)
    tensor([0., 2.])
    """
    return np.maximum(x, min)


@op(tensors="x", x=lambda g, x, max: g * (x <= max), max=lambda g, x, max: g * (x > max),
    complex="clamp is not supported for complex types", elementwise=True,
    method=True, node="ClampBackward0", reference=np.minimum)  # fmt: skip
def clamp_max(x: Any, max: Any, /) -> Any:
    """`x`, at most `max`; at a tie the gradient is that of `x`.

    >>> mt.clamp_max(mt.tensor([-1.0, 2.0]), 0)
    tensor([-1.,  0.])
    """
    return np.minimum(x, max)


install(clamp=clamp, clip=clamp)
