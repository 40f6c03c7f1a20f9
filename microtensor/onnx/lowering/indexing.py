"""Ops that read and write by place."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from ..merge import Value
from ..sizes import Expression, whole
from .registry import Unsayable, lowers
from .shapes import vector

_FAR = 2**62


@lowers("select")
def select(b: Any, x: Any, dim: int, index: Any) -> Any:
    if isinstance(index, Expression):
        return b.Squeeze(b.Gather(x, b.ints([index]), axis=dim % x.ndim), vector(dim % x.ndim))
    return b.Gather(x, np.int64(index), axis=dim % x.ndim)


def plan(key: tuple[Any, ...], ndim: int) -> tuple[list[tuple[int, Any]], list[int], list[int]]:
    """Slices by dimension of the operand, dimensions to drop, and places of new ones in the result."""
    used = sum(k is not None and k is not Ellipsis for k in key)
    slices: list[tuple[int, Any]] = []
    drop: list[int] = []
    new: list[int] = []
    axis = out = 0
    for k in key if Ellipsis in key else (*key, Ellipsis):
        if k is None:
            new.append(out)
        elif k is Ellipsis:
            axis, out = axis + ndim - used, out + ndim - used - 1
        else:
            slices.append((axis, k))
            drop += [] if isinstance(k, slice) else [axis]
            axis, out = axis + 1, out - (not isinstance(k, slice))
        out += 1
    return slices, drop, new


def read(b: Any, x: Any, key: tuple[Any, ...], ndim: int) -> Any:
    """``x[key]`` for a basic key."""
    slices, drop, new = plan(key, ndim)
    cuts = [(axis, *_bounds(k)) for axis, k in slices if k != slice(None)]
    if cuts:
        axes, starts, stops, steps = (list(part) for part in zip(*cuts, strict=True))
        x = b.Slice(x, b.ints(starts), b.ints(stops), vector(*axes), vector(*steps))
    x = b.Squeeze(x, vector(*drop)) if drop else x
    return b.Unsqueeze(x, vector(*new)) if new else x


def _bounds(k: Any) -> tuple[Any, Any, int]:
    if not isinstance(k, slice):
        return k, (_FAR if k == -1 else k + 1), 1
    return (0 if k.start is None else k.start), (_FAR if k.stop is None else k.stop), k.step or 1


@lowers("sliced", "picked", "widened")
def sliced(b: Any, x: Any, key: Any) -> Any:
    found = read(b, x, key, x.ndim)
    return b.Identity(x) if found is x else found


@lowers("setitem")
def setitem(b: Any, x: Any, value: Any, key: Any) -> Any:
    """``x[key] = value``: what lies before and behind, with the value between, dimension by dimension."""
    slices, drop, new = plan(key, x.ndim)
    if new or any(isinstance(k, slice) and (k.step or 1) != 1 for _, k in slices):
        raise Unsayable("x[key] = value with None or with a step in the key")
    cuts = [(axis, _bounds(k)[:2]) for axis, k in slices if k != slice(None)]
    value = b.cast(value, x.dtype) if value.dtype != x.dtype else value
    ndim = b.name(value) and (value.ndim if isinstance(value, Value) else x.ndim)
    return _placed(b, x, _raised(b, value, ndim, drop, x.ndim), cuts)


def _raised(b: Any, value: Any, ndim: int, drop: list[int], wanted: int) -> Any:
    """The value with the dimensions that the key dropped, as ones."""
    lead = wanted - len(drop) - ndim
    value = b.Unsqueeze(value, vector(*range(lead))) if lead > 0 else value
    return b.Unsqueeze(value, vector(*drop)) if drop else value


def _placed(b: Any, x: Any, value: Any, cuts: list[Any]) -> Any:
    if not cuts:
        return b.Expand(value, b.Shape(x))
    (axis, (start, stop)), *rest = cuts
    at = vector(axis)
    inside = b.Slice(x, b.ints([start]), b.ints([stop]), at)
    parts = [_placed(b, inside, value, rest)]
    if start != 0:
        parts.insert(0, b.Slice(x, vector(0), b.ints([start]), at))
    if stop != _FAR:
        parts.append(b.Slice(x, b.ints([stop]), vector(_FAR), at))
    return b.Concat(*parts, axis=axis)


@lowers("index")
def index(b: Any, x: Any, key: Any) -> Any:
    """An array key that is no function of the inputs."""
    return by_arrays(b, x, key)


def by_arrays(b: Any, x: Any, key: Any) -> Any:
    """``x[key]`` for arrays of integers or fixed masks, and full slices."""
    if any(k is Ellipsis for k in key):
        gap = x.ndim - sum(_spans(k) for k in key if k is not Ellipsis)
        key = [part for k in key for part in ([slice(None)] * gap if k is Ellipsis else [k])]
    key = [part for k in key for part in _as_integers(k)]
    arrays = [(axis, k) for axis, k in enumerate(key) if not isinstance(k, slice)]
    if len(arrays) == 1:
        return b.Gather(x, arrays[0][1], axis=arrays[0][0])
    axes = [axis for axis, _ in arrays]
    if axes != list(range(axes[0], axes[0] + len(axes))):
        return _together(
            b, b.Transpose(x, perm=[*axes, *[d for d in range(x.ndim) if d not in axes]]), arrays
        )
    if axes[0]:  # brought to the front, and the result's dimensions back behind those that were before them
        order = [*axes, *range(axes[0]), *range(axes[-1] + 1, x.ndim)]
        found = _together(b, b.Transpose(x, perm=order), arrays)
        ndim = max(_ndim(k) for _, k in arrays)
        return b.Transpose(found, perm=_behind(ndim, axes[0], len(b.call.results[0].shape)))
    return _together(b, x, arrays)


def _behind(ndim: int, lead: int, whole_: int) -> list[int]:
    return [*range(ndim, ndim + lead), *range(ndim), *range(ndim + lead, whole_)]


def _together(b: Any, x: Any, arrays: list[Any]) -> Any:
    """``GatherND`` by the arrays, broadcast, with their numbers side by side."""
    keys = [k for _, k in arrays]
    if all(isinstance(k, np.ndarray) for k in keys):
        return b.GatherND(x, np.stack(np.broadcast_arrays(*keys), -1).astype(np.int64))
    raise Unsayable("several keys of which one depends on the inputs")


def _spans(k: Any) -> int:
    return k.ndim if getattr(k, "dtype", None) == np.bool_ else 1


def _ndim(k: Any) -> int:
    return len(k.shape)


def _as_integers(k: Any) -> list[Any]:
    if isinstance(k, np.ndarray):
        if k.dtype == np.bool_:
            return [part.astype(np.int64) for part in np.nonzero(k)]
        return [k.astype(np.int64)]
    if getattr(k, "dtype", None) == np.bool_:
        raise Unsayable("a mask that depends on the inputs gives a shape that does: use where()")
    return [k]


def _sayable_key(arguments: dict[str, Any]) -> bool:
    key = arguments["key"]
    keys = key if isinstance(key, tuple) else (key,)
    return all(isinstance(k, slice) or k is Ellipsis or hasattr(k, "dtype") for k in keys)


@lowers("getitem", when=_sayable_key)
def index_by(b: Any, x: Any, key: Any) -> Any:
    """A key of which a part depends on the inputs."""
    keys = key if isinstance(key, tuple) else (key,)
    found = [k.array if isinstance(k, Value) and k.array is not None else k for k in keys]
    return by_arrays(b, x, tuple(found))


@lowers("index_select")
def index_select(b: Any, input: Any, dim: int, index: Any) -> Any:
    return b.Gather(input, index, axis=dim % max(input.ndim, 1))


@lowers("F.embedding")
def embedding_whole(
    b: Any, input: Any, weight: Any, padding_idx: Any = None, max_norm: Any = None, **how: Any
) -> Any:
    if max_norm is not None:
        raise Unsayable("max_norm changes the weight")
    return b.Gather(weight, input, axis=0)


@lowers("embedding")
def embedding(b: Any, x: Any, rows: Any, share: Any, sparse: bool = False) -> Any:
    """The rows; `share` and `sparse` speak of the gradient."""
    return b.Gather(x, rows, axis=0)


def _counted(arguments: dict[str, Any]) -> bool:
    return bool(arguments["num_classes"] >= 0)


@lowers("F.one_hot", when=_counted)
def one_hot(b: Any, tensor: Any, num_classes: int = -1) -> Any:
    return b.OneHot(tensor, np.int64(num_classes), vector(0, 1), axis=-1)


@lowers("gather")
def gather(b: Any, x: Any, index: Any, dim: int) -> Any:
    return b.GatherElements(x, index, axis=dim % max(x.ndim, 1))


@lowers("scatter")
def scatter(b: Any, x: Any, src: Any, index: Any, dim: int) -> Any:
    return b.ScatterElements(x, index, _cut_to(b, src, index), axis=dim % x.ndim)


@lowers("scatter_add_into")
def scatter_add_into(b: Any, x: Any, index: Any, shape: Any, dim: int) -> Any:
    zeros = b.filled(np.zeros((), x.dtype), shape)
    return b.ScatterElements(zeros, index, _cut_to(b, x, index), axis=dim % x.ndim, reduction="add")


@lowers("scatter_extreme")
def scatter_extreme(b: Any, x: Any, src: Any, index: Any, dim: int, largest: bool, include_self: bool) -> Any:
    if not include_self:
        raise Unsayable("include_self=False")
    how = "max" if largest else "min"
    return b.ScatterElements(x, index, _cut_to(b, src, index), axis=dim % x.ndim, reduction=how)


def _cut_to(b: Any, src: Any, index: Any) -> Any:
    """The part of a source that an index reads."""
    if src.shape == index.shape:
        return src
    if not all(map(whole, index.shape)):
        raise Unsayable("the source is larger than an index of a dynamic size")
    axes = vector(*range(len(index.shape)))
    return b.Slice(src, np.zeros(len(axes), np.int64), b.ints(index.shape), axes)


@lowers("put", "index_put")
def written(
    b: Any, x: Any, values: Any = None, key: Any = None, shape: Any = None, accumulate: bool = True
) -> Any:
    """``x[key] = values``, or added, where a fixed key points."""
    target = b.filled(np.zeros((), x.dtype), shape) if values is None else x
    values = x if values is None else values
    key = [part for k in key for part in _as_integers(k)]
    if any(not isinstance(k, np.ndarray) for k in key):
        raise Unsayable("a key that is not of arrays alone")
    places = np.stack(np.broadcast_arrays(*key), -1)
    return b.ScatterND(target, places, values, reduction="add" if accumulate else "none")


@lowers("diagonal")
def diagonal(b: Any, x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The two dimensions brought to the front, and read where they agree; the diagonal comes last."""
    first, second = dim1 % x.ndim, dim2 % x.ndim
    if not (whole(x.shape[first]) and whole(x.shape[second])):
        raise Unsayable("the diagonal of a dynamic dimension")
    rest = [d for d in range(x.ndim) if d not in (first, second)]
    count = max(min(x.shape[first] + min(offset, 0), x.shape[second] - max(offset, 0)), 0)
    places = np.arange(count)[:, None] + [-min(offset, 0), max(offset, 0)]
    found = b.GatherND(b.Transpose(x, perm=[first, second, *rest]), places.astype(np.int64))
    return b.Transpose(found, perm=[*range(1, x.ndim - 1), 0])


@lowers("place")
def place(b: Any, x: Any, shape: Any, key: Any) -> Any:
    return setitem(b, _Zeros(b, x, shape), x, key)


class _Zeros(Value):
    """A new array of zeros as an operand."""

    def __init__(self, b: Any, like: Any, shape: Any) -> None:
        super().__init__(tuple(shape), like.dtype, None, np.zeros(shape, like.dtype))


@lowers("unfold")
def unfold(b: Any, x: Any, dimension: int, size: int, step: int) -> Any:
    """Windows along a dimension, whose elements come last."""
    axis = dimension % x.ndim if x.ndim else 0
    if not x.ndim:
        return b.Reshape(x, vector(1))
    if not whole(x.shape[axis]):
        raise Unsayable("windows over a dynamic dimension")
    starts = np.arange(0, x.shape[axis] - size + 1, step)
    found = b.Gather(x, starts[:, None] + np.arange(size), axis=axis)
    order = [d for d in range(x.ndim + 1) if d != axis + 1]
    return b.Transpose(found, perm=[*order, axis + 1])
