"""How many floating point operations a call takes: of matrix products, and of sums and products."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

__all__ = ["flops_of"]


def flops_of(name: str, args: tuple[Any, ...]) -> int:
    """The operations of a call; 0 of what is not counted.

    >>> from microtensor.profiler.flops import flops_of
    >>> flops_of("aten::mm", (mt.ones(2, 3), mt.ones(3, 4)))
    48
    """
    formula = _FORMULAS.get(name)
    shapes = [tuple(x.shape) for x in args if hasattr(x, "shape")]
    try:
        return 0 if formula is None else formula(*shapes)
    except (TypeError, IndexError):  # operands of another kind
        return 0


def _product(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    return 2 * math.prod(a) * b[-1]


def _linear(x: tuple[int, ...], weight: tuple[int, ...], *bias: Any) -> int:
    return 2 * math.prod(x) * weight[0]


def _elementwise(*shapes: tuple[int, ...]) -> int:
    return max(map(math.prod, shapes))


_FORMULAS: dict[str, Callable[..., int]] = {
    "aten::mm": _product,
    "aten::bmm": _product,
    "aten::matmul": _product,
    "aten::addmm": lambda c, a, b: _product(a, b),
    "aten::baddbmm": lambda c, a, b: _product(a, b),
    "aten::linear": _linear,
    "aten::add": _elementwise,
    "aten::mul": _elementwise,
}
