"""Sums, products and quotients of sparse tensors, and functions of which zeros stay zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops  # noqa: F401 - the methods of the values are there
from ..engine import dtypes
from ..engine.arrays.sparse_array import places
from ..engine.tensor import Tensor
from ..engine.type_info import result_type
from ..ops.elementwise import division
from ..ops.indexing.getitem import index
from ..ops.joining.cat_split import cat
from .shown import shown
from .tensor import SparseTensor, coalesced, refuse, rises, sparse

_NUMBERS = (*dtypes.Number, np.generic)
SPARSE_FIRST = "add(sparse, dense) is not supported. Use add(dense, sparse) instead."


def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """``input + alpha * other`` of two sparse tensors; dense if `input` is."""
    return _sum(input, other, alpha, "AddBackward0")


def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """``input - alpha * other`` of two sparse tensors; dense if `input` is."""
    return _sum(input, other, -alpha, "SubBackward0")


def _sum(x: Any, y: Any, alpha: Any, shown_as: str) -> Any:
    if not sparse(y):
        raise RuntimeError(SPARSE_FIRST)
    same_size(x, y)
    dtype = result_type(x, y)
    if not sparse(x):
        return shown(x.to(dtype).index_put(tuple(map(Tensor._of, y._places)), times(y, alpha, dtype), True),
                     shown_as)  # fmt: skip
    return _joined(x, x._held.to(dtype), y, times(y, alpha, dtype), shown_as)


def same_size(x: Any, y: SparseTensor) -> None:
    """Raise ``RuntimeError`` unless the two have one shape: nothing broadcasts."""
    shape = list(getattr(x, "shape", ()))
    if shape != list(y.shape):
        raise RuntimeError(
            f"add: expected sizes of 'self' and 'other' to match, but {shape} != {list(y.shape)} (sums with "
            "sparse tensors do not broadcast)"
        )


def times(y: SparseTensor, alpha: Any, dtype: Any) -> Any:
    """The values in a dtype, times a number."""
    values = y._held.to(dtype)
    return values if alpha == 1 else values * alpha


def _joined(x: SparseTensor, ours: Tensor, y: SparseTensor, theirs: Tensor, shown_as: str) -> Any:
    """The sum of the values: place by place if the places are the same or in order, else all in a row."""
    unique = x._unique and y._unique
    if np.array_equal(x._places, y._places):
        return SparseTensor.of(x._places, shown(ours + theirs, shown_as), x._size, unique)
    indices = np.concatenate([x._places, y._places], 1)
    both = SparseTensor.of(indices, cat([ours, theirs]), x._size)
    if unique or (rises(x) and rises(y)):
        both = coalesced(both)
    return SparseTensor.of(both._places, shown(both._held, shown_as), x._size, unique)


def rsub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """``other - input``, which is dense."""
    return sub(other, input, alpha=alpha)


def mul(input: Any, other: Any, *, out: Any = None) -> Any:
    """The product with a number, a dense tensor that broadcasts, or a sparse one: sparse."""
    x, y = (input, other) if sparse(input) else (other, input)
    if isinstance(y, _NUMBERS) or not y.ndim:
        return x._with(x._held * y, "MulBackward0")
    if not sparse(y):
        return x._with(x._held * index(y.expand(x.shape), tuple(x._places)), "MulBackward0")
    a, b = coalesced(x), coalesced(y)
    if a._nnz() == b._nnz() == x._nnz() and np.array_equal(x._places, y._places):
        return x._with(x._held * y._held, "MulBackward0")
    return _common(a, b, x._unique and y._unique)


def _common(x: Any, y: Any, unique: bool) -> Any:
    """The product of two coalesced tensors: where both have entries."""
    if x._size != y._size:
        raise RuntimeError(
            f"mul operands have incompatible sizes: {list(x._size)} and {list(y._size)} do not match"
        )
    numbers = [places(part._places, part._size) for part in (x, y)]
    _, ours, theirs = np.intersect1d(numbers[0], numbers[1], assume_unique=True, return_indices=True)
    values = index(x._held, (ours,)) * index(y._held, (theirs,))
    return SparseTensor.of(x._places[:, ours], shown(values, "MulBackward0"), x._size, unique)


def div(input: Any, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Any:
    """The quotient by a number, or a tensor without dimensions."""
    if not sparse(input):
        refuse("reciprocal")
    if not isinstance(other, _NUMBERS) and (sparse(other) or other.ndim):
        shape = list(other.shape)
        raise RuntimeError(
            f"Sparse division requires a scalar or zero-dim dense tensor divisor (got shape {shape} for "
            "divisor)"
        )
    x = input if rounding_mode is None else coalesced(input)
    return x._with(division.div(x._held, other, rounding_mode=rounding_mode), "DivBackward0")


def floor_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """The quotient by a number, rounded down."""
    return div(input, other, rounding_mode="floor")


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """The values to the power of a number; 0 stays 0, whatever the number."""
    if not sparse(input) or not isinstance(exponent, _NUMBERS):
        refuse("pow")
    if exponent == 0:
        raise RuntimeError(
            "pow: cannot raise to zeroth power on sparse tensor; it would make the result tensor dense"
        )
    x = coalesced(input)
    return x._with(x._held**exponent, "PowBackward0")


def neg(input: Any, *, out: Any = None) -> Any:
    """The negative."""
    return input._with(-input._held, "NegBackward0")


def of_each(name: str) -> Callable[..., Any]:
    """The linear function or part of this name, of each value: ``conj``, ``real``, ``imag``.

    >>> from microtensor.sparse.arithmetic import of_each
    >>> of_each("real")(mt.sparse_coo_tensor([[0]], [4j], (2,))).coalesce().values()
    tensor([0.])
    """

    def answer(input: Any) -> Any:
        found = getattr(input._held, name)
        return input._with(found() if callable(found) else found, f"{name.capitalize()}Backward0")

    return answer


KEEPING = (
    "abs asin arcsin asinh arcsinh atan arctan atanh arctanh ceil deg2rad erf erfinv expm1 floor frac isinf "
    "isnan isneginf isposinf log1p nan_to_num rad2deg relu round sgn sign signbit sin sinh sqrt square tan "
    "tanh trunc"
)  # fmt: skip
"""Functions that are 0 at 0: of the values alone, which are added up first."""


def of_values(name: str) -> Callable[..., Any]:
    """The function of this name, on the values.

    >>> from microtensor.sparse.arithmetic import of_values
    >>> of_values("sqrt")(mt.sparse_coo_tensor([[0]], [4.0], (2,))).values()
    tensor([2.])
    """
    shown_as = name.capitalize().replace("_to_", "To") + "Backward0"

    def answer(input: Any, *args: Any, inplace: bool = False, out: Any = None, **options: Any) -> Any:
        x = coalesced(input)
        return x._with(getattr(x._held, name)(*args, **options), shown_as)

    return answer


__all__ = [
    "KEEPING", "SPARSE_FIRST", "add", "div", "floor_divide", "mul", "neg", "of_each", "of_values", "pow",
    "rsub", "same_size", "sub", "times",
]  # fmt: skip
