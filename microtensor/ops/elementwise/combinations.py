"""Sums with a factor: lerp, addcmul, addcdiv."""

from __future__ import annotations

from typing import Any

from ...engine import dtypes
from ...engine.arrays.kernels import BOOL, WHOLE, without
from ...engine.half import widened
from ...engine.out_argument import with_out
from ...engine.promotion import resulting
from ...engine.tensor import Tensor, install


@with_out
@widened
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """``input + weight * (end - input)``: from `input` at weight 0 to `end` at 1, exactly at both.

    >>> mt.lerp(mt.tensor([0.0]), mt.tensor([10.0]), 0.25)
    tensor([2.5000])
    """
    without("lerp_kernel_scalar", WHOLE)(input)
    if end.dtype != input.dtype:
        raise _of_other_dtype("end", input, end)
    if isinstance(weight, Tensor):
        if weight.ndim and weight.dtype != input.dtype:
            raise _of_other_dtype("weight", input, weight)
        from .select import where

        return where(abs(weight) < 0.5, _from_start(input, end, weight), _from_end(input, end, weight))
    if isinstance(weight, complex):
        weight = dtypes.beside(weight, input.dtype)
    return (_from_start if abs(weight) < 0.5 else _from_end)(input, end, weight)


def _of_other_dtype(name: str, input: Tensor, other: Tensor) -> RuntimeError:
    return RuntimeError(
        f"lerp: expected dtype {input.dtype} for `{name}` but got dtype {other.dtype}: convert one"
    )


def _from_start(start: Any, end: Any, weight: Any) -> Any:
    return start + weight * (end - start)


def _from_end(start: Any, end: Any, weight: Any) -> Any:
    return end - (end - start) * (1 - weight)


@with_out(scalar_first=True)
@widened
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 * tensor2``.

    >>> mt.addcmul(mt.tensor([1.0]), mt.tensor([2.0]), mt.tensor([3.0]), value=10)
    tensor([61.])
    """
    first, second, value = _meeting(input, tensor1, tensor2, value)
    without("addcmul_cpu_out", BOOL)(first)
    if isinstance(value, float) and not dtypes.is_differentiable(first.dtype):
        value = int(value)  # PyTorch's way beside integers
    return input + value * first * second


def _meeting(input: Tensor, first: Tensor, second: Tensor, value: Any) -> tuple[Tensor, Tensor, Any]:
    """Two operands and a factor in the dtype of the result, so that narrower ones lose nothing."""
    dtype: dtypes.DType = input.dtype
    if first.dtype != dtype or second.dtype != dtype:
        dtype = resulting(input, first, second)
        first, second = first.to(dtype), second.to(dtype)
    return first, second, dtypes.beside(value, dtype) if isinstance(value, complex) else value


@with_out(scalar_first=True)
@widened
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 / tensor2``; ``RuntimeError`` for integers, as in PyTorch.

    >>> mt.addcdiv(mt.tensor([1.0]), mt.tensor([3.0]), mt.tensor([2.0]))
    tensor([2.5000])
    """
    if tensor1.dtype.kind not in "fc" and tensor2.dtype.kind not in "fc":
        raise RuntimeError("addcdiv: integer division is not supported: convert with x.float()")
    first, second, value = _meeting(input, tensor1, tensor2, value)
    return input + value * (first / second)


install(lerp=lerp, addcmul=addcmul, addcdiv=addcdiv)
