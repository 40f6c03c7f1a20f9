"""``out=`` of random functions: the numbers are drawn in its dtype and the order of its memory, in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..creation.factories import empty
from ..engine.grad_mode import no_grad
from ..engine.numpy_keywords import front
from ..engine.tensor import Tensor
from ..engine.writes import check_out

R = TypeVar("R")


def drawn_by(method: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """What gives a function that makes random tensors its ``out=``: a method that fills one.

    >>> mt.rand(2, out=mt.empty(0)).shape
    torch.Size([2])
    """
    return lambda function: front(function, {}, lambda *call: _drawn(method, *call))


def _drawn(
    method: str, out: Any, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    generator, wanted = named.pop("generator", None), named.pop("requires_grad", False)
    target = empty(*args, **named, out=out)
    getattr(target, method)(generator=generator)
    return target.requires_grad_() if wanted else target


def normal_out(function: Callable[..., R]) -> Callable[..., R]:
    """`normal`, whose ``out=`` has the shape of `std`, or one to which a mean beside a number broadcasts.

    >>> mt.normal(mt.ones(2), 0.0, out=mt.empty(2))
    tensor([1., 1.])
    """
    return front(function, {}, _normal_into)


def _normal_into(out: Any, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return _placed(out, *args, **named)


def _placed(out: Any, mean: Any, std: Any = 1.0, size: Any = None, generator: Any = None, **made: Any) -> Any:
    if size is not None:
        return empty(size, **made, out=out).normal_(float(mean), float(std), generator=generator)
    for given in (mean, std):
        if isinstance(given, Tensor) and given.requires_grad:
            check_out(out, given, "normal")
    shape = np.broadcast_shapes(*[tuple(v.shape) for v in (mean, std) if isinstance(v, Tensor)])
    with no_grad():
        if not isinstance(std, Tensor):  # PyTorch adds the mean to what is there
            return out.normal_(0.0, std, generator=generator).add_(mean)
        return empty(shape, out=out, dtype=out.dtype).normal_(generator=generator).mul_(std).add_(mean)


__all__ = ["drawn_by", "normal_out"]
