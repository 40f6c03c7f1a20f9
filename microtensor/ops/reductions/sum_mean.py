"""Reductions, and `expand_to`, their adjoint: what was summed is spread out again.

``dim`` is None (all), an integer, or several; ``keepdim`` keeps the reduced dimensions as 1.  The
NumPy spellings ``axis`` and ``keepdims`` are understood as well.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays.summation import SMALL, added, total
from ...engine.dtypes import float32, float64
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...engine.writes import into
from ...errors import scalar_type
from ..views.broadcast_view import broadcast_view

Dim = int | tuple[int, ...] | None

CASES = [
    case((2, 3)), case((2, 3), dim=0), case((2, 3), dim=-1, keepdim=True),
    case((2, 3, 4), dim=(0, 2)), case((2, 3, 4), dim=(0, -1), keepdim=True), case(()), case((1,)),
]  # fmt: skip
ONE_DIM = [case((3, 4), dim=0), case((3, 4), dim=-1, keepdim=True), case((2, 3, 2), dim=1)]


def axes(dim: Any) -> Any:
    """`dim` as NumPy's axis: a list becomes a tuple, or what is alone in it; nothing means all."""
    if dim is None or isinstance(dim, int):
        return dim
    return dim[0] if len(dim) == 1 else tuple(dim) or None


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into one result."""
    dim = axes(dim)
    if dim is None or not shape:
        return math.prod(shape)
    return shape[dim] if isinstance(dim, int) else math.prod(shape[d] for d in dim)


def kept(shape: tuple[int, ...], dim: Any) -> tuple[int, ...]:
    """The shape of a reduction that keeps its dimensions."""
    dim = axes(dim)
    dims = range(len(shape)) if dim is None else (dim,) if isinstance(dim, int) else dim
    reduced = {d % len(shape) for d in dims} if shape else set()
    return tuple(1 if d in reduced else n for d, n in enumerate(shape))


@op(
    x=lambda g, dim, keepdim: sum(g, dim, keepdim),
    name="expand_to",
    node="ExpandBackward0",
    samples=[
        case((), shape=(2, 3), dim=None),
        case((3,), shape=(2, 3), dim=0),
        case((2, 1), shape=(2, 3), dim=-1, keepdim=True),
    ],
    complex=True,
    reference=lambda x, shape, dim=None, keepdim=False: (
        np.zeros(shape) + (x if keepdim or dim is None else np.expand_dims(x, dim))
    ),
)
def expand_to(x: Any, /, shape: tuple[int, ...], dim: Any = None, keepdim: bool = False) -> Any:
    """The adjoint of a sum of something of this shape: each term gets the sum's cotangent.

    >>> from microtensor.ops.reductions.sum_mean import expand_to
    >>> expand_to(mt.tensor([1.0, 2.0]), (2, 3), dim=1)
    tensor([[1., 1., 1.],
            [2., 2., 2.]])
    """
    if dim is None and x.ndim == 0 and math.prod(shape) < 4096:
        out = np.empty(shape, x.dtype)  # a short array is filled faster than a view of one number is made
        out.fill(x)
        return out
    if not keepdim or x.ndim != len(shape):
        x = x.reshape(kept(shape, dim))
    return broadcast_view(x, shape)


@op(x=lambda g, x_shape, dim, keepdim: expand_to(g, x_shape, dim, keepdim),
    samples=CASES, complex=True, reference=lambda x, dim=None,
    keepdim=False: np.sum(x, axis=dim, keepdims=keepdim))  # fmt: skip
def sum(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum over `dim`; bool and integer tensors are summed in int64.

    >>> mt.sum(mt.ones(2, 3), dim=0)
    tensor([2., 2., 2.])
    """
    kind = x.dtype
    if dim is None and (kind is float32 or kind is float64) and x.size < SMALL:
        return added(x, None, None, None, keepdim)  # a loss: `total` does no more, at 0.2 us
    if kind.kind not in "fc":
        return np.add.reduce(x, axis=axes(dim), keepdims=keepdim, dtype=dtypes.int64)
    return total(x, axes(dim), keepdim)


@op(
    x=lambda g, x_shape, axes, share: expand_to(g, x_shape, axes, True) * share,
    node="SumBackward1", wide=True,
    samples=[case((2, 6), axes=(-1,)), case((2, 3, 4), axes=(1, 2), share=0.5),
                                  case((4, 2), axes=(0,)), case((3, 0), axes=(-1,))],
    complex=True, reference=lambda x, axes, share=1.0: np.add.reduce(x, axis=axes, keepdims=True) * share,
)  # fmt: skip
def sum_axes(x: Any, /, axes: tuple[int, ...], share: float = 1.0) -> Any:
    """`share` times the sum over `axes`, which stay as 1: what softmax and layers that normalise take.

    Over the last dimensions of contiguous memory it is a product with a constant vector: for (1024, 64)
    3.5 us against 25.

    >>> from microtensor.ops.reductions.sum_mean import sum_axes
    >>> sum_axes(mt.tensor([[1.0, 3.0]]), (-1,))
    tensor([[4.]])
    """
    k = x.ndim - len(axes)
    n = math.prod(x.shape[k:])
    last = 4 < n <= LONGEST and x.flags.c_contiguous
    if last and tuple([a % x.ndim for a in axes]) == tuple(range(k, x.ndim)):
        ones = _filled(n, share, x.dtype)
        return x.reshape((-1, n)).dot(ones).reshape((*x.shape[:k], *[1] * len(axes)))
    found = total(x, axes, True)
    return found if share == 1 else found * share


def mean_axes(x: Any, axes: tuple[int, ...]) -> Any:
    """The mean over `axes`, which stay as 1."""
    return sum_axes(x, axes, 1 / (count(x.shape, axes) or 1))


LONGEST = 1 << 16
"""Beyond it NumPy's own sum is as fast, and more exact, and no constant vector has to be kept."""


@lru_cache(maxsize=64)
def _filled(n: int, value: float, dtype: Any) -> Any:
    return np.full(n, value, dtype)


@op(
    x=lambda g, x_shape, dim, keepdim: expand_to(g, x_shape, dim, keepdim) * (1 / (count(x_shape, dim) or 1)),
    wide=True, samples=CASES,
    complex=True, reference=lambda x, dim=None, keepdim=False: np.mean(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def mean(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The mean over `dim`; NaN of nothing.  ``RuntimeError`` for integers, as in PyTorch.

    >>> mt.mean(mt.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
    tensor([1.5000, 3.5000])
    """
    if x.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {scalar_type(x.dtype)}; convert this {x.dtype} tensor with x.float()"
        )
    found = (
        total(x, axes(dim), keepdim) if x.size >= SMALL else np.add.reduce(x, axes(dim), None, None, keepdim)
    )
    n = count(x.shape, dim)
    out = found / n if n else found * math.nan
    return out if out.flags.c_contiguous else out.copy()


@op(complex=True, samples=CASES, name="all",
    reference=lambda x, dim=None, keepdim=False: np.all(x, axis=dim, keepdims=keepdim))  # fmt: skip
def all(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements along `dim` are true (not zero).

    >>> mt.all(mt.tensor([True, False]))
    tensor(False)
    """
    return _as_bytes(np.logical_and.reduce(x, axis=_axes_or_none(dim), keepdims=keepdim), x)


@op(complex=True, samples=CASES, name="any",
    reference=lambda x, dim=None, keepdim=False: np.any(x, axis=dim, keepdims=keepdim))  # fmt: skip
def any(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element along `dim` is true (not zero).

    >>> mt.any(mt.tensor([True, False]))
    tensor(True)
    """
    return _as_bytes(np.logical_or.reduce(x, axis=_axes_or_none(dim), keepdims=keepdim), x)


def _axes_or_none(dim: Any) -> Any:
    """`axes`, but that an empty tuple means no dimension, as in PyTorch's ``all`` and ``any`` alone."""
    return () if isinstance(dim, (tuple, list)) and not dim else axes(dim)


def _as_bytes(found: Any, x: Any) -> Any:
    """What is true of bytes, as bytes: PyTorch's bools were bytes once."""
    return found if x.dtype is not dtypes.uint8 else np.asarray(found, np.uint8)


@numpy_names
@op(
    x=lambda g, x, out, dim, keepdim: (
        expand_to(g, x.shape, dim, keepdim) * np.exp(x - expand_to(out, x.shape, dim, keepdim))
    ),
    complex=True,
    method=True,
    samples=CASES[1:5],
    floating=True,
    reference=lambda x, dim, keepdim=False: np.log(np.sum(np.exp(x), axis=dim, keepdims=keepdim)),
)
def logsumexp(x: Any, /, dim: Any, keepdim: bool = False) -> Any:
    """``log(sum(exp(x)))`` over `dim`, without overflow.

    >>> mt.logsumexp(mt.tensor([1000.0, 1000.0]), dim=0)
    tensor(1000.6932)
    """
    top = np.maximum.reduce(x.real, axis=axes(dim), keepdims=True, initial=-math.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    with np.errstate(divide="ignore"):  # the logarithm of nothing is -inf
        out = np.log(total(np.exp(x - top), axes(dim), True)) + top
    return out if keepdim or not x.ndim else out.reshape(np.squeeze(out, axes(dim)).shape)


# ---------------------------------------------------- the spellings of a reduction


def spelled(reduce: Any) -> Any:
    """`reduce` as users call it: also with axis=, keepdims=, and dtype= to convert first."""

    def method(
        input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None,
        keepdims: bool = False, out: Any = None,
    ) -> Any:  # fmt: skip
        if out is not None and reduce is sum:
            dtype = out.dtype if dtype is None else dtype
        if dtype is not None:
            input = input.to(dtype)
        result = reduce(input, dim if axis is None else axis, keepdim or keepdims)
        if dtype is not None and result.dtype != input.dtype:
            result = result.to(dtype)
        return result if out is None else into(out, result, reduce.__name__)

    method.__name__ = method.__qualname__ = reduce.__name__
    method.__doc__, method.op = reduce.__doc__, reduce.op  # type: ignore[attr-defined]
    return method


for _function in (sum, mean, all, any):
    setattr(Tensor, _function.__name__, spelled(_function))
