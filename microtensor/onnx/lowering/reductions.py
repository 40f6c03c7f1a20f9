"""Ops along dimensions: sums, extremes, moments, sorting, running sums."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .registry import Unsayable, lowers


def axes_of(x: Any, dim: Any) -> Any:
    """Dimensions as a vector of int64; None for all."""
    if dim is None:
        return None
    dims = [dim] if isinstance(dim, int) else list(dim)
    return np.array([d % max(x.ndim, 1) for d in dims], np.int64)


def reduced(b: Any, op: str, x: Any, dim: Any, keepdim: Any, ndim: int | None = None) -> Any:
    """A reduction; of a number it is the number, of no dimensions the operand."""
    ndim = x.ndim if ndim is None else ndim
    if ndim == 0 or (dim is not None and not isinstance(dim, int) and not len(dim)):
        return b.Identity(x)
    axes = (
        None
        if dim is None
        else np.array([d % ndim for d in ([dim] if isinstance(dim, int) else dim)], np.int64)
    )
    return b.node(op, x, axes, keepdims=int(bool(keepdim)))


def _wide(b: Any, x: Any) -> Any:
    """A summand in the dtype of the sum."""
    dtype = b.call.results[0].dtype
    return x if x.dtype == dtype else b.cast(x, dtype)


@lowers("sum", "mean")
def total(b: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return reduced(b, f"Reduce{b.call.name.capitalize()}", _wide(b, x), dim, keepdim, x.ndim)


@lowers("sum_axes")
def sum_axes(b: Any, x: Any, axes: Any, share: float = 1.0) -> Any:
    out = reduced(b, "ReduceSum", x, axes, True)
    return out if share == 1.0 else b.Mul(out, np.asarray(share, x.dtype))


@lowers("all", "any")
def every(b: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    truth = x if x.dtype.kind == "b" else b.Not(b.Equal(x, 0))
    op = "ReduceMin" if b.call.name == "all" else "ReduceMax"
    return b.cast(reduced(b, op, b.cast(truth, np.int32), dim, keepdim, x.ndim), bool)


@lowers("amax", "amin")
def extreme(b: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return reduced(
        b, "ReduceMax" if b.call.name == "amax" else "ReduceMin", _numbers(b, x), dim, keepdim, x.ndim
    )


def _numbers(b: Any, x: Any) -> Any:
    if x.dtype.kind == "b":
        raise Unsayable("extremes of bool are not offered: convert to a number first")
    return x


@lowers("max_of_all", "min_of_all")
def extreme_of_all(b: Any, x: Any) -> Any:
    return reduced(b, f"Reduce{b.call.name[:3].capitalize()}", x, None, False)


@lowers("argmax", "argmin")
def place_of_extreme(b: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    op = "ArgMax" if b.call.name == "argmax" else "ArgMin"
    if dim is not None:
        if not x.ndim:
            return b.constant(np.int64(0))
        return b.node(op, x, axis=dim % x.ndim, keepdims=int(keepdim))
    place = b.node(op, b.Reshape(x, np.array([-1], np.int64)), axis=0, keepdims=0)
    return b.Reshape(place, np.ones(x.ndim, np.int64)) if keepdim else place


@lowers("max", "min")
def extreme_and_place(b: Any, x: Any, dim: int, keepdim: bool = False) -> Any:
    name = b.call.name.capitalize()
    if not x.ndim:
        return b.Identity(x), b.constant(np.int64(0))
    value = reduced(b, f"Reduce{name}", x, dim, keepdim)
    return value, b.node(f"Arg{name}", x, axis=dim % x.ndim, keepdims=int(keepdim))


@lowers("logsumexp")
def logsumexp(b: Any, x: Any, dim: Any, keepdim: bool = False) -> Any:
    """From the largest element, if that is finite."""
    if not x.ndim:
        return b.Identity(x)
    most = reduced(b, "ReduceMax", x, dim, True)
    most = b.Where(b.IsInf(most), 0.0, most)
    powers = reduced(b, "ReduceSum", b.Exp(b.Sub(x, most)), dim, True, x.ndim)
    out = b.Add(b.Log(powers), most)
    return out if keepdim else b.Squeeze(out, axes_of(x, dim))


@lowers("softmax", "log_softmax")
def softmax(b: Any, x: Any, dim: int) -> Any:
    if not x.ndim:
        return b.Sub(x, x) if b.call.name == "log_softmax" else b.Exp(b.Sub(x, x))
    return b.node("Softmax" if b.call.name == "softmax" else "LogSoftmax", x, axis=dim % x.ndim)


@lowers("var")
def variance(b: Any, x: Any, dim: Any = None, correction: Any = 1, keepdim: bool = False) -> Any:
    if not x.ndim:
        raise Unsayable("the variance of a single number")
    dims = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    dims = tuple(d % x.ndim for d in dims)
    off = b.Sub(x, reduced(b, "ReduceMean", x, dims, True))
    square = b.Mul(off, off)
    if correction == 0:
        return reduced(b, "ReduceMean", square, dims, keepdim, x.ndim)
    count = _count(b, x, dims)
    least = b.Max(b.Sub(count, float(correction)), 0.0)
    return b.Div(reduced(b, "ReduceSum", square, dims, keepdim, x.ndim), least)


def _count(b: Any, x: Any, dims: Any) -> Any:
    """How many elements are in these dimensions, as a number of the operand's dtype."""
    sizes = [x.shape[d] for d in dims]
    if all(isinstance(n, int) for n in sizes):
        return np.asarray(math.prod(sizes), x.dtype)
    lengths = b.Gather(b.Shape(x), np.array(dims, np.int64), axis=0)
    return b.cast(b.ReduceProd(lengths, keepdims=0), x.dtype)


@lowers("norm")
def norm(b: Any, x: Any, p: Any, dim: Any, keepdim: bool = False) -> Any:
    if p in (1, 2) and x.ndim:
        return reduced(b, f"ReduceL{int(p)}", x, dim, keepdim)
    size = b.Abs(x)
    if math.isinf(p):
        return reduced(b, "ReduceMax" if p > 0 else "ReduceMin", size, dim, keepdim, x.ndim)
    if p == 0:
        return reduced(b, "ReduceSum", b.cast(b.Not(b.Equal(x, 0.0)), x.dtype), dim, keepdim, x.ndim)
    powers = reduced(b, "ReduceSum", b.Pow(size, float(p)), dim, keepdim, x.ndim)
    return b.Pow(powers, 1.0 / p)


@lowers("prod")
def product(b: Any, x: Any, dim: Any, keepdim: bool = False) -> Any:
    return reduced(b, "ReduceProd", _wide(b, x), dim, keepdim, x.ndim)


@lowers("cumsum")
def cumsum(b: Any, x: Any, dim: int) -> Any:
    if not x.ndim:
        return b.Identity(x)
    return b.CumSum(_wide(b, x), np.int64(dim % x.ndim))


@lowers("sort")
def sort(b: Any, x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    if not x.ndim:
        return b.Identity(x), b.constant(np.int64(0))
    return _top(b, x, dim, descending, x.shape[dim])


@lowers("topk")
def topk(b: Any, x: Any, dim: int, largest: bool, k: int) -> Any:
    if not x.ndim:
        return b.Identity(x), b.constant(np.int64(0))
    return _top(b, x, dim, largest, k)


def _top(b: Any, x: Any, dim: int, largest: bool, k: Any) -> Any:
    return b.TopK(x, b.ints([k]), results=2, axis=dim % x.ndim, largest=int(largest), sorted=1)
