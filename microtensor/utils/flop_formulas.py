"""How many operations matrix products and convolutions take, forward and backward."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

__all__ = ["Counted", "formulas"]


class Counted(NamedTuple):
    """The operations of a call, and of those derivatives of it that are asked for."""

    name: str
    flops: int
    backward_name: str
    backward: int


@cache
def formulas() -> dict[Any, Callable[..., Counted | None] | None]:
    """By function, what its calls take; None for one that is not counted, whatever it is made of."""
    import microtensor as mt
    from microtensor.nn.functional import bilinear, linear, scaled_dot_product_attention

    found: dict[Any, Any] = dict.fromkeys((bilinear, mt.cdist, mt.outer))
    found |= dict.fromkeys((mt.matmul, mt.linalg.matmul, mt.mm, mt.bmm), _matmul)
    found |= {mt.addmm: _addmm, mt.baddbmm: _baddbmm, linear: _linear, mt.einsum: _einsum}
    found |= {scaled_dot_product_attention: _attention, mt.registry["batched"].call: _matmul}
    found |= dict.fromkeys((mt.conv1d, mt.conv2d, mt.conv3d), _convolution)
    transposed = (mt.conv_transpose1d, mt.conv_transpose2d, mt.conv_transpose3d)
    return found | dict.fromkeys(transposed, _transposed_convolution)


def _product(name: str, flops: int, *factors: Any) -> Counted:
    """A product, whose derivative by each factor is a product of the same size."""
    asked = sum(bool(factor.requires_grad) for factor in factors)
    return Counted(name, flops, "bmm" if "bmm" in name else "mm", asked * flops)


def _matmul(input: Any, result: Any, other: Any = None, mat2: Any = None, **rest: Any) -> Counted | None:
    other = mat2 if other is None else other
    if input.dim() + other.dim() < 3 or other.dim() == 1:
        return None  # of a vector: PyTorch's dot and mv, which it does not count
    flops = 2 * math.prod(result.shape) * input.shape[-1]
    return _product("bmm" if input.dim() > 2 and other.dim() > 2 else "mm", flops, input, other)


def _addmm(mat1: Any, mat2: Any, result: Any, **rest: Any) -> Counted:
    return _product("addmm", 2 * math.prod(mat1.shape) * mat2.shape[-1], mat1, mat2)


def _baddbmm(batch1: Any, batch2: Any, result: Any, **rest: Any) -> Counted:
    return _product("baddbmm", 2 * math.prod(batch1.shape) * batch2.shape[-1], batch1, batch2)


def _linear(input: Any, weight: Any, result: Any, bias: Any = None, **rest: Any) -> Counted:
    flops = 2 * math.prod(input.shape) * weight.shape[0]
    return _product("mm" if bias is None else "addmm", flops, input, weight)


def _einsum(equation: Any, operands: Any, result: Any) -> Counted | None:
    """Of two operands, written with letters: all their labels, each once."""
    operands = operands[0] if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    if not isinstance(equation, str) or len(operands) != 2 or "." in equation:
        return None
    sizes: dict[str, int] = {}
    for word, x in zip(equation.replace(" ", "").split("->")[0].split(","), operands, strict=True):
        sizes |= dict(zip(word, x.shape, strict=True))
    return _product("bmm", 2 * math.prod(sizes.values()), *operands)


def _attention(
    query: Any, key: Any, value: Any, result: Any, dropout_p: float = 0.0, **rest: Any
) -> Counted | None:
    """Two products; PyTorch's fused op on a CPU, of four dimensions without dropout, is not counted."""
    if query.dim() == 4 and not dropout_p:
        return None
    scores = 2 * math.prod(query.shape) * key.shape[-2]
    mixed = 2 * math.prod(query.shape[:-1]) * math.prod(value.shape[-2:])
    asked = [bool(x.requires_grad) for x in (query, key, value)]
    backward = scores * (asked[0] + asked[1]) + mixed * ((asked[0] or asked[1]) + asked[2])
    return Counted("bmm", scores + mixed, "bmm", backward)


def _convolution(input: Any, weight: Any, groups: int, result: Any, **rest: Any) -> Counted:
    """By the input as much as forward; by the weight, in PyTorch's count, `groups` times that."""
    flops = 2 * _batch(input, weight) * math.prod(weight.shape) * math.prod(result.shape[2 - weight.dim() :])
    return _both(flops, groups, input, weight)


def _transposed_convolution(input: Any, weight: Any, groups: int, result: Any, **rest: Any) -> Counted:
    flops = 2 * _batch(input, weight) * math.prod(weight.shape) * math.prod(input.shape[2 - weight.dim() :])
    return _both(flops, groups, input, weight)


def _batch(input: Any, weight: Any) -> int:
    return int(input.shape[0]) if input.dim() == weight.dim() else 1


def _both(flops: int, groups: int, input: Any, weight: Any) -> Counted:
    backward = flops * bool(input.requires_grad) + flops * groups * bool(weight.requires_grad)
    return Counted("convolution", flops, "convolution_backward", backward)
