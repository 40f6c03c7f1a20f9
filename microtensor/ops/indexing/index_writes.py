"""Writing by index along one dimension: adding, replacing, filling, reducing; and by a mask.

Each is a composite of `put` and `index_put`, so that the adjoints are those of reading.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import BOOL, COMPLEX, without
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import offered, with_out
from ...engine.tensor import Tensor
from ..elementwise.select import in_place_of, where
from ..views.expand import broadcast_tensors, expand
from ..views.permute import movedim
from ..views.reshape import _reshape, positive
from .gather_scatter import _check_gather, _check_source, _gather, _scatter, _sized, places, scatter_add_into
from .getitem import put
from .index_put import _index_put
from .take import in_range


def _rows(name: str, input: Tensor, dim: int, index: Tensor) -> tuple[int, Any]:
    """The dimension, and the places in it, checked."""
    dim, n = positive(dim, input.ndim), input.shape[dim] if input.ndim else 1
    if index.dtype not in (dtypes.int32, dtypes.int64):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, got {index.dtype}")
    if index.ndim > 1:
        kind = RuntimeError if name == "index_fill" else IndexError  # PyTorch's
        raise kind(f"{name}(): Index is supposed to be a vector, and has shape {tuple(index.shape)}")
    rows = index.array.reshape(-1)
    least = -n if name == "index_fill" else 0  # PyTorch's
    if rows.size and not (rows.min() >= least and rows.max() < n):
        kind = RuntimeError if name == "index_add" else IndexError  # PyTorch's
        raise kind(
            f"{name}(): index {int(rows.min())} to {int(rows.max())} out of range for dimension {dim} with "
            f"size {n}"
        )
    return dim, rows


def _slices(name: str, input: Tensor, dim: int, rows: Any, source: Tensor) -> tuple[Any, Any]:
    """Input and source with the dimension in front, if they fit each other."""
    if source.dtype != input.dtype:
        raise RuntimeError(
            f"{name}(): self ({input.dtype}) and source ({source.dtype}) must have the same scalar type"
        )
    x, new = (a if a.ndim else _reshape(a, (1,)) for a in (input, source))
    expected = (*x.shape[:dim], len(rows), *x.shape[dim + 1 :])
    if tuple(new.shape) != expected:
        kind = IndexError if name != "index_add" and source.ndim == input.ndim else RuntimeError
        raise kind(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {list(input.shape)} source.shape = {list(source.shape)}: {name}() expected "
            f"{list(expected)}"
        )
    return movedim(x, dim, 0), movedim(new, dim, 0)


def _back(x: Any, dim: int, like: Tensor) -> Any:
    return movedim(x, 0, dim).contiguous() if like.ndim else _reshape(x, ())


@offered
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Any:
    """`input` with ``alpha * source`` added to the slices of `dim` that `index` names.

    >>> mt.index_add(mt.zeros(3), 0, mt.tensor([0, 2, 2]), mt.ones(3))
    tensor([1., 0., 2.])
    """
    dim, rows = _rows("index_add", input, dim, index)
    x, new = _slices("index_add", input, dim, rows, source)
    added = put(new if alpha == 1 else (new * alpha).to(new.dtype), tuple(x.shape), (rows,))
    return _back(x + added, dim, input)


@with_out
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Any:
    """`input` with the slices of `dim` that `index` names replaced by those of `source`.

    >>> mt.index_copy(mt.zeros(3), 0, mt.tensor([2, 0]), mt.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    dim, rows = _rows("index_copy", input, dim, index)
    x, new = _slices("index_copy", input, dim, rows, source)
    return _back(_index_put(x, new, (rows,), False), dim, input)


def fill(input: Tensor, value: Any) -> Tensor:
    """`value`, a number or a 0-d tensor, in the shape and dtype of `input`.

    >>> mt.fill(mt.zeros(2), 3)
    tensor([3., 3.])
    """
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"fill only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
        )
    element = _element(value, input)
    if not element.requires_grad and element._extras is None:
        return in_place_of(input, np.broadcast_to(element.array, tuple(input.shape)))
    return where(Tensor._of(np.ones(tuple(input.shape), bool)), element, input)


@numpy_names
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Any:
    """`input` with one number, also as a 0-d tensor, in the slices of `dim` that `index` names.

    >>> mt.index_fill(mt.zeros(3), 0, mt.tensor([0, 2]), 5.0)
    tensor([5., 0., 5.])
    """
    dim, rows = _rows("index_fill", input, dim, index)
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, got {tuple(value.shape)}"
        )
    is_complex = value.is_complex() if isinstance(value, Tensor) else isinstance(value, complex)
    if is_complex and not input.is_complex():
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    mask = np.zeros(input.shape[dim] if input.ndim else 1, bool)
    mask[rows] = True
    mask = mask.reshape(-1, *[1] * (input.ndim - dim - 1)) if input.ndim else mask.reshape(())
    return where(Tensor._of(mask), _element(value, input), input)


def _element(value: Any, input: Tensor) -> Any:
    """A number or a 0-d tensor as a 0-d tensor of `input`'s dtype."""
    if isinstance(value, Tensor):
        return value.to(input.dtype)
    return Tensor._of(dtypes.fitting(value, input.dtype))


@offered
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Any:
    """`input` with the first elements of `source`, in its order, where the bool `mask` is True.

    >>> mt.masked_scatter(mt.zeros(3), mt.tensor([True, False, True]), mt.tensor([1.0, 2.0, 3.0]))
    tensor([1., 0., 2.])
    """
    if mask.dtype != np.bool_:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype}"
        )
    if source.dtype != input.dtype:
        raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got "
                           f"{input.dtype} and {source.dtype}")  # fmt: skip
    wide, chosen = broadcast_tensors(input, mask)
    needed = int(np.count_nonzero(chosen.array))
    if needed > source.numel():
        raise RuntimeError(
            f"masked_scatter: Number of elements of source < number of ones in mask: "
            f"{source.numel()} < {needed}"
        )
    return _index_put(wide, _reshape(source, (-1,))[:needed], (chosen.array,), False)


def put_into(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with the elements of `source` written (or added) at places of the flattened tensor.

    >>> mt.zeros(3).put(mt.tensor([0, 2]), mt.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    if source.dtype != input.dtype or index.dtype != np.int64:
        raise RuntimeError(
            f"put_(): Expected a long tensor for index and self and source to have the same dtype, got "
            f"{index.dtype}, {input.dtype} and {source.dtype}"
        )
    if index.numel() != source.numel():
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    rows = in_range("put_", index.array.reshape(-1), input.numel())
    flat, new = _reshape(input, (-1,)), _reshape(source, (-1,))
    return _reshape(_index_put(flat, new, (rows,), accumulate), tuple(input.shape))


# -------------------------------------------------------------------- reductions


@offered
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Any:
    """`input` with the elements of `src` that go to one place combined there.

    `reduce` is ``"sum"``, ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``; with ``include_self=False`` a
    place that gets something forgets what it held.  Ties of the extremes share the gradient.

    >>> mt.scatter_reduce(mt.zeros(2), 0, mt.tensor([0, 0, 1]), mt.tensor([1.0, 2.0, 3.0]), "amax")
    tensor([2., 3.])
    """
    _check_source("scatter_reduce", index, src)
    if src.dtype != input.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, {input.dtype} and {src.dtype}"
        )
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if reduce == "mean":
        without("scatter_gather_tensor_cpu_reduce_mean", BOOL)(input)
    dim = _check_gather(input, index.array, dim, "scatter_reduce")
    if not input.ndim:
        x, index, src = (_reshape(a, (1,)) for a in (input, index, src))
        return _reshape(_REDUCTIONS[reduce](x, src, index, 0, include_self), ())
    return _REDUCTIONS[reduce](input, _sized(src, index), index, dim, include_self)


def _start(x: Any, index: Any, dim: int, include_self: bool, value: Any) -> Any:
    """The input, or a neutral number in the places that will get something."""
    if include_self:
        return x
    return _scatter(x, Tensor._of(np.full(tuple(index.shape), value, x.dtype)), index, dim)


def _added(x: Any, src: Any, index: Any, dim: int, include_self: bool) -> Any:
    first = _start(x, index, dim, include_self, 0)
    return first + scatter_add_into(src, index, tuple(x.shape), dim)


def _averaged(x: Any, src: Any, index: Any, dim: int, include_self: bool) -> Any:
    ones = np.ones(tuple(index.shape), np.int64)
    count = scatter_add_into(ones, index.array, tuple(x.shape), dim) + include_self
    total, number = _added(x, src, index, dim, include_self), Tensor._of(np.maximum(count, 1))
    number = number.to(x.dtype)
    return total / number if x.dtype.kind in "fc" else total // number


def _multiplied(x: Any, src: Any, index: Any, dim: int, include_self: bool) -> Any:
    """In rounds, of which each has at most one factor for a place: exact also where factors are 0."""
    out, flat = _start(x, index, dim, include_self, 1), _reshape(src, (-1,))
    target = np.ravel_multi_index(np.broadcast_arrays(*places(index.array, dim)), tuple(x.shape)).reshape(-1)
    ones, size = np.ones(tuple(x.shape), x.dtype), tuple(x.shape)
    order = np.argsort(target, kind="stable")
    starts = np.searchsorted(target[order], target[order], side="left")
    turn = np.arange(len(order)) - starts
    for now in range(int(turn.max(initial=-1)) + 1):
        mine = order[turn == now]
        factors = _index_put(Tensor._of(ones.reshape(-1)), flat[mine], (target[mine],), False)
        out = out * _reshape(factors, size)
    return out


def _share(chosen: Any, count: Any) -> Any:
    return chosen / np.maximum(count, 1)


def _weights(x: Any, src: Any, index: Any, out: Any, dim: int, include_self: bool) -> tuple[Any, Any]:
    """What part of the gradient each element gets: one over the number of those that reach the extreme."""
    x, src, index, out = (getattr(a, "_data", a) for a in (x, src, index, out))
    mine, theirs = (x == out).astype(x.dtype), (src == _gather(out, index, dim)).astype(x.dtype)
    count = mine + scatter_add_into(theirs, index, x.shape, dim)
    if not include_self:
        mine = _scatter(mine, np.zeros(index.shape, x.dtype), index, dim)
    return _share(mine, count), _share(theirs, _gather(count, index, dim))


@op(
    x=lambda g, x, src, index, out, dim, largest, include_self: (
        g * _weights(x, src, index, out, dim, include_self)[0]
    ),
    src=lambda g, x, src, index, out, dim, largest, include_self: (
        _gather(g, index, dim) * _weights(x, src, index, out, dim, include_self)[1]
    ),
    promote=False, node="ScatterReduceBackward0",
    samples=[case((3, 4), (3, 2), np.array([[0, 2], [1, 1], [3, 0]]), dim=1, largest=True, include_self=True),
             case((4,), (3,), np.array([0, 2, 2]), dim=0, largest=False, include_self=False)],
    reference=lambda x, src, index, dim, largest, include_self: (
        _one_by_one(x, src, index, dim, max if largest else min, include_self)
    ),
)  # fmt: skip
def scatter_extreme(x: Any, src: Any, index: Any, /, dim: int, largest: bool, include_self: bool) -> Any:
    """The largest (or smallest) of what goes to one place; ties share the gradient.

    >>> mt.zeros(2).scatter_reduce(0, mt.tensor([1, 1]), mt.tensor([1.0, 2.0]), "amax")
    tensor([0., 2.])
    """
    out, key = x.copy(), places(index, dim)
    if not include_self:
        out[key] = src
    (np.maximum if largest else np.minimum).at(out, key, src)
    return out


def _one_by_one(x: Any, src: Any, index: Any, dim: int, choose: Any, include_self: bool) -> Any:
    out, seen = x.copy(), np.full(x.shape, include_self)
    for at in np.ndindex(index.shape):
        place = (*at[:dim], index[at], *at[dim + 1 :])
        out[place] = choose(out[place], src[at]) if seen[place] else src[at]
        seen[place] = True
    return out


_REDUCTIONS: dict[str, Any] = {
    "sum": _added, "mean": _averaged, "prod": _multiplied,
    "amax": lambda x, src, index, dim, own: scatter_extreme(x, src, index, dim, True, own),
    "amin": lambda x, src, index, dim, own: scatter_extreme(x, src, index, dim, False, own),
}  # fmt: skip


@offered
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Any:
    """`scatter_reduce` of whole slices of `dim`: `reduce` is prod, mean, amax or amin.

    >>> x, index = mt.ones(2), mt.tensor([0, 0, 1])
    >>> mt.index_reduce(x, 0, index, mt.tensor([2.0, 3.0, 4.0]), "prod")
    tensor([6., 4.])
    """
    if reduce == "mean" or not include_self:
        without("index_reduce_func_exclude_input_init", BOOL)(input)
    without("index_func_", BOOL | COMPLEX if input.ndim < 2 else COMPLEX)(input)
    dim, rows = _rows("index_reduce", input, dim, index)
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin, got {reduce}"
        )
    if source.dtype != input.dtype:
        raise RuntimeError(f"index_reduce(): Expected source.dtype {source.dtype} to be {input.dtype}")
    if source.ndim and source.shape[dim] != len(rows):
        raise RuntimeError(f"index_reduce(): {len(rows)} indices for source {tuple(source.shape)}")
    lined = Tensor._of(rows.reshape(-1, *[1] * (source.ndim - dim - 1)) if source.ndim else rows.reshape(()))
    return scatter_reduce(input, dim, expand(lined, tuple(source.shape)), source, reduce,
                          include_self=include_self)  # fmt: skip


for _name, _function in {"index_copy": index_copy, "index_fill": index_fill, "put": put_into}.items():
    setattr(Tensor, _name, _function)
