"""Reductions, and `spread`, their adjoint: what was summed is spread out again.

``dim`` is None (all), an integer, or several; ``keepdim`` keeps the reduced dimensions as 1.  The
NumPy spellings ``axis`` and ``keepdims`` are understood as well.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes
from ..op import case, op
from ..tensor import Tensor
from .pointwise import blank, select

Dim = int | tuple[int, ...] | None

_CASES = [
    case((2, 3)), case((2, 3), dim=0), case((2, 3), dim=-1, keepdim=True),
    case((2, 3, 4), dim=(0, 2)), case((2, 3, 4), dim=(0, -1), keepdim=True), case(()), case((1,)),
]  # fmt: skip
_ONE_DIM = [case((3, 4), dim=0), case((3, 4), dim=-1, keepdim=True), case((2, 3, 2), dim=1)]


def axes(dim: Any) -> Any:
    """`dim` as NumPy's axis: a list becomes a tuple, nothing means all."""
    if dim is None or isinstance(dim, int):
        return dim
    return tuple(dim) or None


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into one result."""
    dim = axes(dim)
    if dim is None:
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
    name="spread",
    node="ExpandBackward0",
    samples=[
        case((), shape=(2, 3), dim=None),
        case((3,), shape=(2, 3), dim=0),
        case((2, 1), shape=(2, 3), dim=-1, keepdim=True),
    ],
    reference=lambda x, shape, dim=None, keepdim=False: (
        np.zeros(shape) + (x if keepdim or dim is None else np.expand_dims(x, dim))
    ),
)
def spread(x: Any, /, shape: tuple[int, ...], dim: Any = None, keepdim: bool = False) -> Any:
    """The adjoint of a sum of something of this shape: each term gets the sum's cotangent.

    >>> from microtensor.ops.reduce import spread
    >>> spread(mt.tensor([1.0, 2.0]), (2, 3), dim=1)
    tensor([[1., 1., 1.],
            [2., 2., 2.]])
    """
    if not keepdim or x.ndim != len(shape):
        x = x.reshape(kept(shape, dim))
    return stretched(x, shape)


def stretched(x: Any, shape: tuple[int, ...]) -> Any:
    """`x` broadcast to `shape`, read-only and without a copy; `np.broadcast_to` takes 8 times as long."""
    x = np.asarray(x)
    if x.shape == tuple(shape):
        return x
    if x.ndim != len(shape) or not x.flags.c_contiguous or x.size == 0:
        return np.broadcast_to(x, shape)
    steps = [0 if n == 1 else s for n, s in zip(x.shape, x.strides, strict=True)]
    view = np.ndarray(shape, x.dtype, x, 0, steps)
    view.flags.writeable = False
    return view


@op(
    x=lambda g, x_shape, dim, keepdim: spread(g, x_shape, dim, keepdim),
    samples=_CASES, reference=lambda x, dim=None, keepdim=False: np.sum(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def sum(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum over `dim`; bool and integer tensors are summed in int64.

    >>> mt.sum(mt.ones(2, 3), dim=0)
    tensor([2., 2., 2.])
    """
    dtype = None if x.dtype.kind == "f" else dtypes.int64
    return np.add.reduce(x, axis=axes(dim), keepdims=keepdim, dtype=dtype)


@op(
    x=lambda g, x_shape, dim, keepdim: spread(g, x_shape, dim, keepdim) * (1 / (count(x_shape, dim) or 1)),
    samples=_CASES, reference=lambda x, dim=None, keepdim=False: np.mean(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def mean(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The mean over `dim`; NaN of nothing.  ``RuntimeError`` for integers, as in PyTorch.

    >>> mt.mean(mt.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
    tensor([1.5000, 3.5000])
    """
    if x.dtype.kind != "f":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {x.dtype}; convert it with x.float()"
        )
    total = np.add.reduce(x, axis=axes(dim), keepdims=keepdim)
    n = count(x.shape, dim)
    return total / n if n else total * math.nan


def _products_of_others(x: Any, dim: Any) -> Any:
    """For each element the product of all others along `dim`, with zeros handled exactly."""
    front, back = np.moveaxis(x, dim, 0), np.moveaxis(x, dim, 0)[::-1]
    ones = np.ones_like(front[:1])
    before = np.cumprod(np.concatenate([ones, front[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([ones, back[:-1]]), axis=0)[::-1]
    return np.moveaxis(before * after, 0, dim)


@op(
    x=lambda g, x, dim, keepdim: spread(g, x.shape, dim, keepdim) * prod_others(x, dim),
    name="prod", samples=_ONE_DIM,
    reference=lambda x, dim=None, keepdim=False: np.prod(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def _prod(x: Any, /, dim: int, keepdim: bool = False) -> Any:
    """The product over one dimension, with exact gradients at zeros.

    >>> mt.prod(mt.tensor([1.0, 2.0, 4.0]))
    tensor(8.)
    """
    return np.multiply.reduce(
        x, axis=dim, keepdims=keepdim, dtype=None if x.dtype.kind == "f" else dtypes.int64
    )


@op(
    x=lambda g, x, dim: prod_pairs(g, x, dim),
    samples=[case((3, 4), dim=0), case((1, 2), dim=1)],
    domain=(0.5, 2),
    reference=lambda x, dim: np.prod(x, dim, keepdims=True) / x,
)
def prod_others(x: Any, /, dim: int) -> Any:
    """For each element, the product of all others along `dim`.

    >>> from microtensor.ops.reduce import prod_others
    >>> prod_others(mt.tensor([2.0, 3.0, 4.0]), 0)
    tensor([12.,  8.,  6.])
    """
    return _products_of_others(x, dim)


def prod_pairs(g: Any, x: Any, dim: int) -> Any:
    """The vjp of `prod_others`: row i, column k of its Jacobian is the product of all but i and k."""
    front, cotangents = np.moveaxis(x, dim, 0), np.moveaxis(g, dim, 0)
    if not len(front):
        return blank(g)
    rows = []
    for k in range(len(front)):
        hidden = _set_row(front, k)
        others = prod_others(hidden, 0)
        rows.append(sum(cotangents * others, 0) - cotangents[k] * others[k])
    return np.moveaxis(_stack(rows, front), 0, dim)


def _set_row(x: Any, k: int) -> Any:
    """`x` with row k replaced by ones, on either carrier."""
    mask = np.zeros((x.shape[0], *[1] * (x.ndim - 1)), bool)
    mask[k] = True
    mask = np.broadcast_to(mask, tuple(x.shape))
    return select(mask, blank(x) + 1, x)


def _stack(rows: list[Any], like: Any) -> Any:
    from .joining import stack

    return stack(rows, 0) if isinstance(like, Tensor) else np.stack(rows)


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of all elements, or over one dimension; gradients are exact at zeros.

    >>> x = mt.tensor([0.0, 2.0, 3.0], requires_grad=True)
    >>> mt.prod(x).backward()
    >>> x.grad
    tensor([6., 0., 0.])
    """
    x = input if dtype is None else input.to(dtype)
    if dim is None or x.ndim == 0:
        return _prod(x.reshape(-1), 0 if dim is None else dim, False)
    return _prod(x, dim, keepdim)


# ------------------------------------------------------------------ extremes


class Extreme(NamedTuple):
    """The values of a reduction and where they were found."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return f"return_types.{type(self).__name__}(\nvalues={self.values!r},\nindices={self.indices!r})"


class Max(Extreme):
    """What `max` over a dimension gives."""


class Min(Extreme):
    """What `min` over a dimension gives."""


Max.__name__, Min.__name__ = "max", "min"


def some(x: Any, dim: Any, name: str) -> Any:
    """`dim` as NumPy's axis; an error of PyTorch's class if there is nothing to choose from."""
    dim = axes(dim)
    if x.size == 0 and dim is None:
        kind = IndexError if name.startswith("arg") else RuntimeError
        raise kind(f"{name}(): Expected reduction dim to be specified for shape {tuple(x.shape)}")
    if x.size == 0 and count(x.shape, dim) == 0:
        raise IndexError(f"{name}(): Expected reduction dim {dim} of {tuple(x.shape)} to have non-zero size.")
    return dim


@op(
    x=lambda g, x, out, dim, keepdim: spread(g, x.shape, dim, keepdim) * winners(x, out, dim, keepdim),
    method=True, samples=_CASES,
    reference=lambda x, dim=None, keepdim=False: np.max(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def amax(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest over `dim`; ties share the gradient equally.

    >>> mt.amax(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([3., 2.])
    """
    return np.maximum.reduce(x, axis=some(x, dim, "amax"), keepdims=keepdim)


@op(
    x=lambda g, x, out, dim, keepdim: spread(g, x.shape, dim, keepdim) * winners(x, out, dim, keepdim),
    method=True, samples=_CASES,
    reference=lambda x, dim=None, keepdim=False: np.min(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def amin(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest over `dim`; ties share the gradient equally.

    >>> mt.amin(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([1., 0.])
    """
    return np.minimum.reduce(x, axis=some(x, dim, "amin"), keepdims=keepdim)


def winners(x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """A constant: at each element that equals the extreme, one over the number of such elements.

    An extreme that is NaN is that of the NaNs.
    """
    x, out = getattr(x, "_data", x), getattr(out, "_data", out)
    wide = out.reshape(kept(x.shape, dim))
    ties = x == wide
    if np.isnan(wide).any():
        ties |= np.isnan(x) & np.isnan(wide)
    share = np.add.reduce(ties, axis=axes(dim), keepdims=True, dtype=x.dtype)
    return ties / share


def _index_of(x: Any, dim: int | None, keepdim: bool, find: Any) -> Any:
    return np.asarray(find(x, axis=some(x, dim, find.__name__), keepdims=keepdim), np.int64)


@op(
    method=True,
    samples=_ONE_DIM,
    reference=lambda x, dim=None, keepdim=False: np.argmax(x, dim, keepdims=keepdim),
)
def argmax(x: Any, /, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest element is (the first of equals): int64, no gradient.

    >>> mt.argmax(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([1, 0])
    """
    return _index_of(x, dim, keepdim, np.argmax)


@op(
    method=True,
    samples=_ONE_DIM,
    reference=lambda x, dim=None, keepdim=False: np.argmin(x, dim, keepdims=keepdim),
)
def argmin(x: Any, /, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest element is (the first of equals): int64, no gradient.

    >>> mt.argmin(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([0, 1])
    """
    return _index_of(x, dim, keepdim, np.argmin)


def _at(g: Any, x_shape: tuple[int, ...], out: Any, dim: int, keepdim: bool) -> Any:
    """The cotangent of the values, put where they were found."""
    from .indexing import scatter_add_into

    if not x_shape:
        return g[0]
    shape = kept(x_shape, dim)
    return scatter_add_into(g[0].reshape(shape), out[1].reshape(shape), x_shape, dim % len(x_shape))


def _found(x: Any, dim: int, keepdim: bool, find: Any) -> tuple[Any, Any]:
    where = _index_of(x, dim, True, find)
    values = np.take_along_axis(x, where, dim) if x.ndim else x.copy()
    return (values, where) if keepdim or not x.ndim else (values.squeeze(dim), where.squeeze(dim))


_MAX = {"x": lambda g, x_shape, out, dim, keepdim: _at(g, x_shape, out, dim, keepdim)}


@op(**_MAX, name="max", node="MaxBackward0", samples=_ONE_DIM,
    reference=lambda x, dim, keepdim=False: np.max(x, axis=dim, keepdims=keepdim))  # fmt: skip
def max_along(x: Any, /, dim: int, keepdim: bool = False) -> Any:
    """The largest elements along `dim`, and where they are; the gradient goes there alone.

    >>> mt.max(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1).values
    tensor([3., 2.])
    """
    return _found(x, dim, keepdim, np.argmax)


@op(**_MAX, name="min", node="MinBackward0", samples=_ONE_DIM,
    reference=lambda x, dim, keepdim=False: np.min(x, axis=dim, keepdims=keepdim))  # fmt: skip
def min_along(x: Any, /, dim: int, keepdim: bool = False) -> Any:
    """The smallest elements along `dim`, and where they are; the gradient goes there alone.

    >>> mt.min(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1).values
    tensor([1., 0.])
    """
    return _found(x, dim, keepdim, np.argmin)


@op(x=lambda g, x, out: spread(g, x.shape) * winners(x, out, None, False), node="MaxBackward1",
    samples=[case((2, 3)), case(())], reference=np.max)  # fmt: skip
def max_of_all(x: Any, /) -> Any:
    """The largest element; ties share the gradient equally.

    >>> mt.max(mt.tensor([1.0, 3.0]))
    tensor(3.)
    """
    return np.maximum.reduce(x, axis=some(x, None, "max"))


@op(x=lambda g, x, out: spread(g, x.shape) * winners(x, out, None, False), node="MinBackward1",
    samples=[case((2, 3)), case(())], reference=np.min)  # fmt: skip
def min_of_all(x: Any, /) -> Any:
    """The smallest element; ties share the gradient equally.

    >>> mt.min(mt.tensor([1.0, 3.0]))
    tensor(1.)
    """
    return np.minimum.reduce(x, axis=some(x, None, "min"))


def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; with `dim`, ``(values, indices)``; with a tensor, `maximum`.

    Over one dimension the gradient goes to the index that is returned; over all, ties share it.

    >>> mt.max(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1).indices
    tensor([1, 0])
    """
    from .arithmetic import maximum

    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    return max_of_all(input) if dim is None else Max(*max_along(input, dim, keepdim))


def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; with `dim`, ``(values, indices)``; with a tensor, `minimum`.

    >>> mt.min(mt.tensor([4.0, 3.0]))
    tensor(3.)
    """
    from .arithmetic import minimum

    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    return min_of_all(input) if dim is None else Min(*min_along(input, dim, keepdim))


# ------------------------------------------------------------- moments, logic


@op(
    x=lambda g, x, dim, correction, keepdim: (
        spread(g, x.shape, dim, keepdim) * (x - mean(x, dim, True)) * _twice_over(x, dim, correction)
    ),
    name="var", node="VarBackward0", samples=[case((2, 3), dim=None), case((2, 3), dim=0, keepdim=True),
    case((2, 3, 4), dim=(0, 2), correction=0), case((4,), dim=-1, correction=2)],
    reference=lambda x, dim, correction=1, keepdim=False: np.var(x, dim, ddof=correction, keepdims=keepdim),
)  # fmt: skip
def _var(x: Any, /, dim: Any, correction: int = 1, keepdim: bool = False) -> Any:
    """The variance over `dim`, in one node.

    >>> mt.var(mt.tensor([[1.0, 2.0, 3.0]]), 1)
    tensor([1.])
    """
    total = np.add.reduce(x, axis=axes(dim), keepdims=True)
    n = count(x.shape, dim)
    centred = x - total / (n or math.nan)
    total = np.add.reduce(centred * centred, axis=axes(dim), keepdims=keepdim)
    return total / _degrees(n, correction)


def _degrees(n: int, correction: int) -> Any:
    """What the sum of squares is divided by; NumPy's kind of 0, so that a division by it warns."""
    return n - correction if n > correction else np.int8(0)


def _twice_over(x: Any, dim: Any, correction: int) -> float:
    n = count(x.shape, dim) - correction
    return 2 / n if n else math.nan


def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: int = 1, axis: Any = None,
) -> Any:  # fmt: skip
    """The variance over `dim`, divided by n - correction (Bessel's 1 unless said otherwise).

    >>> mt.var(mt.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    dim, unbiased = _moment_arguments(input, dim if axis is None else axis, unbiased)
    return _var(input, dim, correction if unbiased is None else int(unbiased), keepdim)


def _moment_arguments(x: Tensor, dim: Any, unbiased: Any) -> tuple[Any, Any]:
    """PyTorch also takes ``var(x, unbiased)``: a bool in the place of dim."""
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes, got {x.dtype}; "
            "convert it with x.float()"
        )
    return (None, dim) if isinstance(dim, bool) else (dim, unbiased)


def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: int = 1, axis: Any = None,
) -> Any:  # fmt: skip
    """The standard deviation over `dim`; its gradient is 0 where all values are equal.

    >>> mt.std(mt.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return root(var(input, dim, unbiased, keepdim, correction=correction, axis=axis))


@op(x=lambda g, out: g * half_reciprocal(out), domain=(0.2, 4), elementwise=True, node="StdBackward0",
    reference=np.sqrt)  # fmt: skip
def root(x: Any, /) -> Any:
    """The square root of something whose slope is taken as 0 at 0: of `std` and of norms.

    >>> from microtensor.ops.reduce import root
    >>> root(mt.tensor([4.0]))
    tensor([2.])
    """
    return np.sqrt(x)


def half_reciprocal(x: Any) -> Any:
    """``1 / (2 x)``, and 0 where x is 0."""
    zero = x == 0
    return select(zero, blank(x), 0.5 / select(zero, blank(x) + 1, x))


@op(
    samples=_CASES,
    name="all",
    reference=lambda x, dim=None, keepdim=False: np.all(x, axis=dim, keepdims=keepdim),
)
def all(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements along `dim` are true (not zero).

    >>> mt.all(mt.tensor([True, False]))
    tensor(False)
    """
    return np.logical_and.reduce(x, axis=axes(dim), keepdims=keepdim)


@op(
    samples=_CASES,
    name="any",
    reference=lambda x, dim=None, keepdim=False: np.any(x, axis=dim, keepdims=keepdim),
)
def any(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element along `dim` is true (not zero).

    >>> mt.any(mt.tensor([True, False]))
    tensor(True)
    """
    return np.logical_or.reduce(x, axis=axes(dim), keepdims=keepdim)


@op(
    x=lambda g, x, out, dim, keepdim: (
        spread(g, x.shape, dim, keepdim) * np.exp(x - spread(out, x.shape, dim, keepdim))
    ),
    method=True,
    samples=_CASES[1:5],
    floating=True,
    reference=lambda x, dim, keepdim=False: np.log(np.sum(np.exp(x), axis=dim, keepdims=keepdim)),
)
def logsumexp(x: Any, /, dim: Any, keepdim: bool = False) -> Any:
    """``log(sum(exp(x)))`` over `dim`, without overflow.

    >>> mt.logsumexp(mt.tensor([1000.0, 1000.0]), dim=0)
    tensor(1000.6932)
    """
    top = np.maximum.reduce(x, axis=axes(dim), keepdims=True, initial=-math.inf)
    top = np.where(np.isfinite(top), top, x.dtype.type(0))
    total = np.add.reduce(np.exp(x - top), axis=axes(dim), keepdims=True)
    out = np.log(total) + top
    return out if keepdim else out.reshape(np.squeeze(out, axes(dim)).shape)


@op(x=lambda g, dim: _reversed(_cumsum(_reversed(g, dim), dim), dim), name="cumsum",
    samples=[case((3, 4), dim=0), case((3, 4), dim=-1), case((), dim=0)],
    reference=lambda x, dim: np.cumsum(x, axis=dim).reshape(x.shape))  # fmt: skip
def _cumsum(x: Any, /, dim: int) -> Any:
    """Running sums along `dim`.

    >>> mt.cumsum(mt.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    dtype = None if x.dtype.kind == "f" else dtypes.int64
    return np.cumsum(x, axis=dim, dtype=dtype) if x.ndim else x.astype(dtype or x.dtype)


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along `dim`; bool and integer tensors are summed in int64.

    >>> mt.cumsum(mt.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    return _cumsum(input if dtype is None else input.to(dtype), dim)


@op(
    x=lambda g, dims: _flip(g, dims),
    name="flip",
    samples=[case((3, 4), dims=(0,)), case((3, 4), dims=(0, 1))],
    reference=lambda x, dims: np.flip(x, dims),
)
def _flip(x: Any, /, dims: tuple[int, ...]) -> Any:
    """The elements in reverse order along `dims`.

    >>> mt.tensor([1, 2, 3]).flip(0)
    tensor([3, 2, 1])
    """
    return np.flip(x, dims).copy() if dims else x.copy()


def flip(input: Tensor, *args: Any, dims: Any = ()) -> Any:
    """The elements in reverse order along `dims`; a copy, as in PyTorch.

    >>> mt.flip(mt.tensor([1, 2, 3]), dims=(0,))
    tensor([3, 2, 1])
    """
    dims = args[0] if len(args) == 1 and not isinstance(args[0], int) else args or dims
    return _flip(input, (dims,) if isinstance(dims, int) else tuple(dims))


def _reversed(x: Any, dim: int) -> Any:
    return _flip(x, (dim,) if len(x.shape) else ())


# ---------------------------------------------------- the spellings of a reduction


def _spelled(reduce: Any) -> Any:
    """`reduce` as users call it: also with axis=, keepdims=, and dtype= to convert first."""

    def method(
        input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None,
        keepdims: bool = False, out: Any = None,
    ) -> Any:  # fmt: skip
        if dtype is not None:
            input = input.to(dtype)
        return reduce(input, dim if axis is None else axis, keepdim or keepdims)

    method.__name__ = method.__qualname__ = reduce.__name__
    method.__doc__, method.op = reduce.__doc__, reduce.op  # type: ignore[attr-defined]
    return method


for _function in (sum, mean, all, any):
    setattr(Tensor, _function.__name__, _spelled(_function))
for _plain in (prod, max, min, var, std, cumsum, flip):
    setattr(Tensor, _plain.__name__, _plain)
