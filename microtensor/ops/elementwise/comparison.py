"""Comparisons and logic: bool results, no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.apply import expect_tensors
from ...engine.arrays.kernels import FLOATING, without
from ...engine.calls.quiet import silent
from ...engine.op import op
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ...errors import scalar_type
from ..views.expand import common_shape
from .select import where


def _comparison(name: str, ufunc: Any, words: str, example: str) -> Any:
    def function(x: Any, y: Any, /) -> Any:
        return ufunc(x, y)

    function.__name__ = name
    function.__doc__ = f"""Whether {words}, element by element.

    >>> mt.{name}(mt.tensor([1.0, 2.0, 3.0]), 2)
    {example}
    """
    return op(function, tensors="x", elementwise=True, method=True, complex=name in ("eq", "ne"),
              reference=ufunc)  # fmt: skip


eq = _comparison("eq", np.equal, "the operands are equal", "tensor([False,  True, False])")
ne = _comparison("ne", np.not_equal, "the operands differ", "tensor([ True, False,  True])")
lt = _comparison("lt", np.less, "the first is less", "tensor([ True, False, False])")
le = _comparison("le", np.less_equal, "the first is at most the second", "tensor([ True,  True, False])")
gt = _comparison("gt", np.greater, "the first is greater", "tensor([False, False,  True])")
ge = _comparison("ge", np.greater_equal, "the first is at least the second", "tensor([False,  True,  True])")


@op(complex=True, elementwise=True, method=True, reference=np.logical_not)
def logical_not(x: Any, /) -> Any:
    """True where `x` is zero.

    >>> mt.logical_not(mt.tensor([0, 2]))
    tensor([ True, False])
    """
    return np.logical_not(x)


@op(tensors="x y", complex=True, elementwise=True, method=True, reference=np.logical_and)
def logical_and(x: Any, y: Any, /) -> Any:
    """True where both are not zero.

    >>> mt.logical_and(mt.tensor([0, 2]), mt.tensor([1, 1]))
    tensor([False,  True])
    """
    return np.logical_and(x, y)


@op(tensors="x y", complex=True, elementwise=True, method=True, reference=np.logical_or)
def logical_or(x: Any, y: Any, /) -> Any:
    """True where one of them is not zero.

    >>> mt.logical_or(mt.tensor([0, 2]), mt.tensor([0, 1]))
    tensor([False,  True])
    """
    return np.logical_or(x, y)


@op(tensors="x y", complex=True, elementwise=True, method=True, reference=np.logical_xor)
def logical_xor(x: Any, y: Any, /) -> Any:
    """True where exactly one of them is not zero.

    >>> mt.logical_xor(mt.tensor([0, 2]), mt.tensor([1, 1]))
    tensor([ True, False])
    """
    return np.logical_xor(x, y)


def _bitwise(name: str, ufunc: Any, example: str) -> Any:
    def function(x: Any, y: Any, /) -> Any:
        return ufunc(x, y)

    function.__name__ = name
    function.__doc__ = f"""Bit by bit, of integers or bools; no gradient.

    >>> mt.{name}(mt.tensor([5, 6]), mt.tensor([3, 3]))
    {example}
    """
    kernel = without(f"{name}_cpu", FLOATING)
    return op(function, kernel=kernel, elementwise=True, method=True, domain=(0, 9), dtype=np.int64,
              reference=ufunc)  # fmt: skip


bitwise_and = _bitwise("bitwise_and", np.bitwise_and, "tensor([1, 2])")
bitwise_or = _bitwise("bitwise_or", np.bitwise_or, "tensor([7, 7])")
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor, "tensor([6, 5])")


@op(kernel=without("bitwise_not_cpu", FLOATING), elementwise=True, method=True, domain=(0, 9),
    dtype=np.int64, reference=np.invert)  # fmt: skip
def bitwise_not(x: Any, /) -> Any:
    """Every bit flipped; for bools, not.

    >>> mt.bitwise_not(mt.tensor([True, False]))
    tensor([False,  True])
    """
    return ~x


@op(complex=True, elementwise=True, method=True, reference=np.isnan)
def isnan(x: Any, /) -> Any:
    """True where `x` is NaN.

    >>> mt.isnan(mt.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """
    return np.isnan(x)


@op(complex=True, elementwise=True, method=True, reference=np.isinf)
def isinf(x: Any, /) -> Any:
    """True where `x` is infinite.

    >>> mt.isinf(mt.tensor([1.0, float("inf")]))
    tensor([False,  True])
    """
    return np.isinf(x)


@op(complex=True, elementwise=True, method=True, reference=np.isfinite)
def isfinite(x: Any, /) -> Any:
    """True where `x` is neither infinite nor NaN.

    >>> mt.isfinite(mt.tensor([1.0, float("inf")]))
    tensor([ True, False])
    """
    return np.isfinite(x)


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements.

    >>> mt.equal(mt.tensor([1, 2]), mt.tensor([1, 2]))
    True
    """
    expect_tensors("equal", input=input, other=other)
    return input.shape == other.shape and bool(np.array_equal(input._data, other._data))


def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Where ``|input - other| <= atol + rtol * |other|``.

    >>> mt.isclose(mt.tensor([1.0, 2.0]), mt.tensor([1.0, 2.1]))
    tensor([ True, False])
    """
    expect_tensors("isclose", input=input, other=other)
    if input.dtype != other.dtype:
        raise RuntimeError(f"isclose: {scalar_type(input.dtype)} did not match {scalar_type(other.dtype)}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    common_shape("isclose", (input, other))
    return Tensor._of(silent(np.isclose, input._data, other._data, rtol, atol, equal_nan))


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all elements are close, in the sense of `isclose`.

    >>> mt.allclose(mt.tensor([1.0]), mt.tensor([1.0 + 1e-7]))
    True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan)._data.all())


_WORDS = {"greater": gt, "greater_equal": ge, "less": lt, "less_equal": le, "not_equal": ne}
for _word, _function in _WORDS.items():
    setattr(Tensor, _word, _function)
for _function in (equal, isclose, allclose):
    setattr(Tensor, _function.__name__, _function)


def _both(name: str, input: Any, other: Any) -> None:
    for x in (input, other):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected two Tensors, got {type(x).__name__}")


@offered
def fmax(input: Tensor, other: Tensor) -> Any:
    """The larger of two, or the one that is a number; at a tie the gradient is that of `input`.

    >>> mt.fmax(mt.tensor([1.0, 5.0]), mt.tensor([2.0, float("nan")]))
    tensor([2., 5.])
    """
    _both("fmax", input, other)
    return where((input >= other) | np.isnan(other), input, other)


@offered
def fmin(input: Tensor, other: Tensor) -> Any:
    """The smaller of two, or the one that is a number; at a tie the gradient is that of `input`.

    >>> mt.fmin(mt.tensor([1.0, 5.0]), mt.tensor([2.0, float("nan")]))
    tensor([1., 5.])
    """
    _both("fmin", input, other)
    return where((input <= other) | np.isnan(other), input, other)
