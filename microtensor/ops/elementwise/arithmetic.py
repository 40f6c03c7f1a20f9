"""Arithmetic of two operands, which broadcast and are promoted to a common dtype."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import BOOL, WHOLE, without
from ...engine.half import widened
from ...engine.op import op
from ...engine.op_definition import written
from ...engine.out_argument import with_out
from ...engine.promotion import resulting
from ...engine.tensor import Tensor, install
from .exponential import log
from .select import select, zeros_like


@op(
    x=lambda g: g,
    y=lambda g, alpha: g if alpha == 1 else g * alpha,
    elementwise=True, complex=True, method=True, reference=lambda x, y, alpha=1: x + alpha * y,
)  # fmt: skip
def add(x: Any, y: Any, /, *, alpha: Any = 1) -> Any:
    """``x + alpha * y``.

    >>> mt.add(mt.tensor([1.0, 2.0]), 10)
    tensor([11., 12.])
    """
    return x + y if alpha == 1 else x + _scaled(x, y, alpha)


def _scaled(x: Any, y: Any, alpha: Any) -> Any:
    """``alpha * y``, to be added to `x`."""
    if isinstance(alpha, complex) and "c" not in (np.asarray(x).dtype.kind, np.asarray(y).dtype.kind):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    if isinstance(alpha, float) and np.asarray(y).dtype.kind not in "fc":
        raise RuntimeError(
            "add, sub: For integral input tensors, argument alpha must not be a floating point "
            f"number, and it is {alpha}"
        )
    if isinstance(alpha, int) and hasattr(y, "dtype") and y.dtype.kind in "iu":
        return np.asarray(alpha).astype(y.dtype) * y
    return alpha * y


@op(
    x=lambda g: g,
    y=lambda g, alpha: -g if alpha == 1 else g * -alpha,
    elementwise=True, complex=True, method=True, refuses=lambda *xs: _no_bools(*xs),
    reference=lambda x, y, alpha=1: x - alpha * y,
)  # fmt: skip
def sub(x: Any, y: Any, /, *, alpha: Any = 1) -> Any:
    """``x - alpha * y``; ``RuntimeError`` for bools, as in PyTorch.

    >>> mt.sub(mt.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """
    try:
        return x - y if alpha == 1 else x - _scaled(x, y, alpha)
    except TypeError:
        _no_bools(x, y)
        raise


def _no_bools(*operands: Any) -> None:
    bools = [isinstance(x, bool) or getattr(x, "dtype", None) == dtypes.bool for x in operands]
    if all(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    if any(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert "
            "a mask, use the `~` or `logical_not()` operator instead."
        )


@op(
    x=lambda g, alpha: -g if alpha == 1 else g * -alpha,
    y=lambda g: g,
    elementwise=True, tensors="x", node="RsubBackward1", refuses=lambda *xs: _no_bools(*xs),
    complex=True, reference=lambda x, y, alpha=1: y - alpha * x,
)  # fmt: skip
def rsub(x: Any, y: Any, /, *, alpha: Any = 1) -> Any:
    """``y - alpha * x``: what ``1 - x`` calls.

    >>> 1 - mt.tensor([1.0, 2.0])
    tensor([ 0., -1.])
    """
    try:
        return y - x if alpha == 1 else y - _scaled(y, x, alpha)
    except TypeError:
        _no_bools(x, y)
        raise


@op(
    x=lambda g, y: g * y,
    y=lambda g, x: g * x,
    elementwise=True, complex=True, method=True, reference=np.multiply,
)  # fmt: skip
def mul(x: Any, y: Any, /) -> Any:
    """``x * y``.

    >>> mt.mul(mt.tensor([1.0, 2.0]), mt.tensor([[2.0], [3.0]]))
    tensor([[2., 4.],
            [3., 6.]])
    """
    return x * y


@op(
    x=lambda g, y: g / y,
    y=lambda g, x, y: -g * ((x / y) / y),
    elementwise=True, floating=True, domain={"x": (-3, 3), "y": (0.5, 3)},
    name="div", node="DivBackward0", complex=True, reference=np.true_divide,
)  # fmt: skip
def _div(x: Any, y: Any, /) -> Any:
    """True division; integers give the default dtype.

    >>> mt.div(mt.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    return x / y


@with_out
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """``input / other``, rounded down (``"floor"``) or towards zero (``"trunc"``) if asked.

    Integers divide to the default dtype, or stay integers when rounded.  Division by zero gives
    infinity or NaN, with NumPy's warning.

    >>> mt.div(mt.tensor([7.0, -7.0]), 2, rounding_mode="trunc")
    tensor([ 3., -3.])
    """
    if rounding_mode is None:
        return _div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    return _div_trunc(input, other)


@op(kernel=without("div_trunc_cpu", BOOL),
    x=lambda g: zeros_like(g),
    y=lambda g: zeros_like(g),
    elementwise=True, node="DivBackward2", domain={"x": (1.2, 1.6), "y": (0.9, 1.1)},
    reference=lambda x, y: np.trunc(x / y),
)  # fmt: skip
def _div_trunc(x: Any, y: Any, /) -> Any:
    """Division rounded towards zero, exact for integers; the derivative is 0.

    >>> mt.div(mt.tensor([7, -7]), 2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    quotient = x // _divisor(x, y)
    if quotient.dtype.kind == "f":
        return np.trunc(x / y)
    return quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))


@op(kernel=without("trunc_vml_cpu", BOOL),
    x=lambda g: zeros_like(g), method=True, complex="trunc is not supported for complex inputs",
    elementwise=True, reference=np.trunc,
    domain=(0.2, 0.8), node="TruncBackward0")  # fmt: skip
def trunc(x: Any, /) -> Any:
    """Round towards zero; the derivative is 0.

    >>> mt.trunc(mt.tensor([1.7, -1.7]))
    tensor([ 1., -1.])
    """
    return np.trunc(x)


@op(kernel=without("div_floor_cpu", BOOL),
    x=lambda g: zeros_like(g),
    y=lambda g: zeros_like(g),
    elementwise=True, method=True, reference=np.floor_divide,
    domain={"x": (-1.6, -1.2), "y": (0.9, 1.1)},
)  # fmt: skip
def floor_divide(x: Any, y: Any, /) -> Any:
    """Division rounded down; the derivative is 0, where PyTorch has none and raises.

    >>> mt.floor_divide(mt.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """
    return _of_numbers("floor_divide", x // _divisor(x, y), x, y)


def _divisor(x: Any, y: Any) -> Any:
    """`y`; ``RuntimeError`` where integers would be divided by zero."""
    kinds = {np.asarray(x).dtype.kind, np.asarray(y).dtype.kind}
    if "f" not in kinds and kinds != {"b"} and not np.all(y):
        raise RuntimeError("ZeroDivisionError: integers cannot be divided by 0; convert with x.float()")
    return y


def _of_numbers(name: str, result: Any, x: Any, y: Any) -> Any:
    """`result`, unless NumPy computed it of two bools, which it takes for int8."""
    if result.dtype is _INT8 and np.asarray(x).dtype == np.asarray(y).dtype == np.bool_:
        raise NotImplementedError(f"{name} of two bool tensors: convert one of them, with x.long()")
    return result


_INT8 = dtypes.int8


@op(kernel=without("remainder_cpu", BOOL),
    x=lambda g: g,
    y=lambda g, x, y: -g * np.floor(x / y),
    elementwise=True, method=True, reference=np.remainder,
    domain={"x": (0.1, 0.4), "y": (0.5, 3)},
)  # fmt: skip
def remainder(x: Any, y: Any, /) -> Any:
    """The remainder with the divisor's sign, as Python's ``%``.

    >>> mt.remainder(mt.tensor([5.0, -5.0]), 3)
    tensor([2., 1.])
    """
    return _of_numbers("remainder", x % _divisor(x, y), x, y)


@op(
    x=written("g * exponent * x ** (exponent - 1)")(lambda g, x, exponent: g * power_slope(x, exponent)),
    exponent=written("g * out * log(x)")(lambda g, x, exponent, out: g * exponent_slope(x, exponent, out)),
    complex=True, elementwise=True, method=True, domain={"x": (0.3, 2.0), "exponent": (-2.0, 3.0)},
    wide=True, reference=np.power,
)  # fmt: skip
def pow(x: Any, exponent: Any, /) -> Any:
    """``x ** exponent``.

    The derivative by `x` is 0 where the exponent is 0, and that by the exponent is 0 where `x` is 0
    (and the exponent not negative); it is NaN where `x` is negative.

    >>> mt.pow(mt.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    try:
        return _of_numbers("pow", x**exponent, x, exponent)
    except ValueError as error:
        if isinstance(exponent, int):
            raise RuntimeError("Integers to negative integer powers are not allowed.") from error
        return _with_reciprocals(x, exponent)


def _with_reciprocals(x: Any, exponent: Any) -> Any:
    """Integer powers, of which the negative ones are cut to integers: 0 but for 1 and -1."""
    inverse = np.where(np.abs(x) == 1, np.where(exponent % 2, x, 1), 0)
    return np.where(exponent < 0, inverse, x ** np.maximum(exponent, 0)).astype(np.result_type(x, exponent))


def exponent_slope(x: Any, y: Any, out: Any) -> Any:
    """d(x**y)/dy, which is 0 and not 0 * infinity where x is 0."""
    if isinstance(x, dtypes.Number) and x != 0:
        return out * _log_of(x, out.dtype)
    if isinstance(x, dtypes.Number):
        return select(y.real >= 0, zeros_like(out), out * -math.inf)
    flat = (x == 0) & (y.real >= 0)
    return select(flat, zeros_like(out), out * log(select(flat, zeros_like(x) + 1, x)))


def _log_of(x: Any, dtype: Any) -> Any:
    """The logarithm of a number: complex beside complex numbers, else NaN below 0."""
    if dtype.kind == "c":
        return cmath.log(x)
    return math.log(x) if x > 0 else math.nan


def power_slope(x: Any, y: Any) -> Any:
    """d(x**y)/dx, which is 0 and not 0 * infinity where y is 0."""
    if isinstance(y, dtypes.Number):
        if y == 2 and x.__class__ is np.ndarray:
            return x + x
        return x * 0 if y == 0 else y * x ** (y - 1)
    flat = y == 0
    return select(flat, x * 0, y * x ** select(flat, y * 0 + 1, y - 1))


@op(tensors="x y",
    x=lambda g, x, y: g * share(x, y),
    y=lambda g, x, y: g * share(y, x),
    complex="maximum not implemented for complex tensors.", elementwise=True, method=True,
    reference=np.maximum,
)  # fmt: skip
def maximum(x: Any, y: Any, /) -> Any:
    """The larger of two; at a tie each side gets half of the gradient.

    >>> mt.maximum(mt.tensor([1.0, 5.0]), mt.tensor([2.0, 2.0]))
    tensor([2., 5.])
    """
    return np.maximum(x, y)


@op(tensors="x y",
    x=lambda g, x, y: g * share(y, x),
    y=lambda g, x, y: g * share(x, y),
    complex="minimum not implemented for complex tensors.", elementwise=True, method=True,
    reference=np.minimum,
)  # fmt: skip
def minimum(x: Any, y: Any, /) -> Any:
    """The smaller of two; at a tie each side gets half of the gradient.

    >>> mt.minimum(mt.tensor([1.0, 5.0]), mt.tensor([2.0, 2.0]))
    tensor([1., 2.])
    """
    return np.minimum(x, y)


@op(elementwise=True, reference=lambda x, y: np.where(x == y, 0.5, x > y))
def share(x: Any, y: Any, /) -> Any:
    """1 where x > y, one half where they are equal, else 0: a constant; 1 beside a NaN.

    >>> from microtensor.ops.elementwise.arithmetic import share
    >>> share(mt.tensor([1.0, 2.0, 3.0]), mt.tensor(2.0))
    tensor([0.0000, 0.5000, 1.0000])
    """
    lost = np.add(x < y, x <= y, dtype=np.result_type(x, y))
    return 1 - lost * lost.dtype.type(0.5)


install(div=div)
for _alias, _name in {
    "multiply": mul, "subtract": sub, "divide": div, "true_divide": div,
}.items():  # fmt: skip
    setattr(Tensor, _alias, _name)


@op(tensors="x", kernel=without("fmod_cpu", BOOL),
    x=lambda g: g, y=lambda g, x, y: -g * np.trunc(x / y), elementwise=True, method=True,
    domain={"x": (1.2, 1.6), "y": (0.9, 1.1)}, reference=np.fmod)  # fmt: skip
def fmod(x: Any, y: Any, /) -> Any:
    """The remainder with the dividend's sign, as C's ``fmod``.

    >>> mt.fmod(mt.tensor([5.0, -5.0]), 3)
    tensor([ 2., -2.])
    """
    with np.errstate(invalid="ignore"):
        return np.fmod(x, _divisor(x, y))


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
