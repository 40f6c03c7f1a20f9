"""Reading and writing by index: each reading op stands beside its adjoint, which scatters.

Basic keys (integers, slices, None, Ellipsis) give views; integer arrays and masks give copies.
A repeated index adds up in the adjoint.  `np.add.at` would do that, at some 30 times the cost of a
sorted sum; see `_add_rows`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.composite import composite
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Diverted, Tensor, install
from ..views.scatter_reference import scatter_reference
from .keys import check_steps, is_whole, normal_key, split_key


def _getitem(x: Tensor, key: Any) -> Any:
    """``x[key]`` in all of NumPy's forms: a view for basic keys, a copy for arrays and masks.

    >>> mt.arange(6).view(2, 3)[:, 1]
    tensor([1, 4])
    """
    if key.__class__ is int:
        return select(x, 0, key)
    try:
        keys, basic = normal_key(key)
    except Diverted:
        return _rows_by_gather(x, key)
    if not basic:
        keys, arrays = split_key(keys, tuple(x.shape))
        if is_whole(keys):
            return index(x, arrays)
        view = _getitem(x, keys)
        return view if is_whole(arrays) else index(view, arrays)
    check_steps(keys)
    call, params = view_step(keys)
    return call(x, *params)


@composite("getitem")
def _rows_by_gather(x: Tensor, key: Any) -> Any:
    """``x[key]`` for integers that have no array of their own: those of an example in a batch."""
    if not isinstance(key, Tensor) or key.dtype.kind not in "iu" or key.dtype == np.uint8 or not x.ndim:
        raise Diverted("a key depends on the example")
    from ..elementwise.select import where
    from .gather_scatter import _gather

    rest, found = tuple(x.shape[1:]), where(key < 0, key + x.shape[0], key)
    rows = found.reshape(key.numel(), *[1] * len(rest)).expand(-1, *rest)
    return _gather(x, rows, 0).reshape(*key.shape, *rest)


def view_step(keys: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The op that gives the view at a basic key, and what it takes after the tensor."""
    if len(keys) == 1 and keys[0].__class__ is int:
        return select, (0, keys[0])
    return _last_step(keys), (keys if Ellipsis in keys else (*keys, Ellipsis),)


def _last_step(keys: tuple[Any, ...]) -> Any:
    """The op of the last key that does something: PyTorch applies them one by one, and shows the last."""
    for key in reversed(keys):
        if key is None:
            return widened
        if key.__class__ is not slice and key is not Ellipsis:
            return picked
        if key is not Ellipsis and key != slice(None):
            return sliced
    return sliced


@numpy_names
@op(
    x=lambda g, x_shape, dim, index: place(
        g, x_shape, (slice(None),) * (dim % len(x_shape)) + (index, Ellipsis)
    ),
    complex=True,
    view=True,
    node="SelectBackward0",
    samples=[case((3, 2), dim=0, index=1), case((3, 3), dim=-1, index=-1)],
    reference=lambda x, dim, index: np.take(x, index, dim),
)
def select(x: Any, /, dim: int, index: int) -> Any:
    """The slice at `index` of dimension `dim`, which disappears: a view.

    >>> mt.select(mt.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    if x.ndim == 0:
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` to convert it to a Python number"
        )
    n = x.shape[dim]
    if not -n <= index < n:
        raise IndexError(f"index {index} is out of bounds for dimension {dim} with size {n}")
    return x[(slice(None),) * (dim % x.ndim) + (index, Ellipsis)]


def _viewed(x: Any, /, key: tuple[Any, ...]) -> Any:
    """``x[key]`` for a basic key, which gives a view.

    >>> mt.arange(5)[1:3]
    tensor([1, 2])
    """
    return x[key]


def _view_op(name: str, node: str) -> Any:
    """Reading by a basic key, under the name that PyTorch's graph shows for its last step."""
    return op(
        _viewed,
        x=lambda g, x_shape, key: place(g, x_shape, key),
        view=True,
        complex=True,
        name=name,
        node=node,
        samples=[
            case((4, 3), key=(slice(1, 3), Ellipsis)),
            case((4, 3), key=(None, slice(None, None, 2), 1, Ellipsis)),
            case((3,), key=(0, Ellipsis)),
            case((), key=(None, Ellipsis)),
        ],
        reference=lambda x, key: x[key],
    )


sliced = _view_op("sliced", "SliceBackward0")
picked = _view_op("picked", "SelectBackward0")
widened = _view_op("widened", "UnsqueezeBackward0")


@op(x=lambda g, key: sliced(g, key), complex=True, node="SliceBackward0Backward",
    samples=[case((2, 3), shape=(4, 3), key=(slice(1, 3), Ellipsis))],
    reference=lambda x, shape, key: scatter_reference(x, shape, lambda places: places[key]))  # fmt: skip
def place(x: Any, /, shape: tuple[int, ...], key: tuple[Any, ...]) -> Any:
    """The adjoint of `sliced` from this shape: zeros, with `x` where the key points.

    >>> from microtensor.ops.indexing.getitem import place
    >>> place(mt.ones(2), (4,), (slice(1, 3),))
    tensor([0., 1., 1., 0.])
    """
    out = np.zeros(shape, x.dtype)
    out[key] = x
    return out


@op(x=lambda g, x_shape, key: put(g, x_shape, key), complex=True, node="IndexBackward0",
    samples=[case((4, 3), key=(np.array([0, 2, 2]),)), case((4, 3), key=(slice(None), np.array([[1], [0]]))),
             case((2, 2), key=(np.array([[True, False], [True, True]]),)),
             case((3, 2, 4), key=(np.array([2, 0]), slice(None), np.array([1, 1])))],
    reference=lambda x, key: x[key])  # fmt: skip
def index(x: Any, /, key: tuple[Any, ...]) -> Any:
    """``x[key]`` for a key with integer arrays or masks: a copy, in C order.

    >>> mt.arange(5)[[0, 0, 3]]
    tensor([0, 0, 3])
    """
    found = x[key]
    return found if len(key) == 1 or found.flags.c_contiguous else found.copy()


@op(x=lambda g, key: index(g, key), complex=True, node="IndexPutBackward0",
    samples=[case((3, 3), shape=(4, 3), key=(np.array([0, 2, 2]),)),
             case((2,), shape=(3,), key=(np.array([True, False, True]),))],
    reference=lambda x, shape, key: scatter_reference(x, shape, lambda places: places[key]))  # fmt: skip
def put(x: Any, /, shape: tuple[int, ...], key: tuple[Any, ...]) -> Any:
    """The adjoint of `index` from this shape: zeros, with `x` added where the key points.

    >>> from microtensor.ops.indexing.getitem import put
    >>> put(mt.ones(3), (4,), (np.array([0, 2, 2]),))
    tensor([1., 0., 2., 0.])
    """
    out = np.zeros(shape, x.dtype)
    add_at(out, key, x)
    return out


def add_at(out: Any, key: tuple[Any, ...], values: Any) -> None:
    """``out[key] += values`` where repeated indices add up; of bools the union."""
    masks = [getattr(k, "dtype", None) == np.bool_ for k in key]
    if out.dtype == np.bool_:
        np.logical_or.at(out, key, values)
    elif all(masks):
        out[key] += values
    elif len(key) == 1:
        _add_rows(out, key[0], np.broadcast_to(values, key[0].shape + out.shape[1:]))
    else:
        np.add.at(out, key, values)


def _add_rows(out: Any, rows: Any, values: Any) -> None:
    """Sum the rows of `values` that go to the same row of `out`: a sort and one `reduceat`."""
    rows = rows.reshape(-1) % max(len(out), 1)
    values = values.reshape(len(rows), *out.shape[1:])
    if len(rows) == 0:
        return
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    out[ordered[starts]] += np.add.reduceat(values[order], starts, axis=0)


install(select=select, __getitem__=_getitem)
