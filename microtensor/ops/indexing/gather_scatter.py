"""Reading and writing along one dimension: gather, and its adjoint, which scatters."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.calls.quiet import silent
from ...engine.calls.users_line import users_level
from ...engine.grad_mode import recording
from ...engine.graph import Node, edge_of, make_node
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install, set_history
from ...errors import dtype_name
from ..views.scatter_reference import scatter_reference


def places(index: Any, dim: int) -> tuple[Any, ...]:
    """The NumPy key that reads ``x[i][index[i, j]][j]`` for `dim` 1, and so on."""
    key = list(_grid(index.shape))
    key[dim] = index
    return tuple(key)


@lru_cache(maxsize=64)
def _grid(shape: tuple[int, ...]) -> tuple[Any, ...]:
    """An index of each dimension, open to the others; made once, since every batch asks for the same."""
    return tuple(np.ogrid[tuple(slice(n) for n in shape)])


def _check_gather(x: Any, index: Any, dim: int, name: str) -> int:
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, got {dtype_name(index.dtype)}")
    if x.ndim != index.ndim:
        whose = "input" if name == "gather" else "self"
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {whose} tensor: {name}: index "
            f"{tuple(index.shape)} for {tuple(x.shape)}"
        )
    from ..views.reshape import positive

    dim = positive(dim, x.ndim)
    n = x.shape[dim] if x.ndim else 1
    if index.size and not (index.min() >= 0 and index.max() < n):
        raise RuntimeError(
            f"{name}: index {int(index.max() if index.max() >= n else index.min())} is out of bounds for "
            f"dimension {dim} with size {n}"
        )
    return dim


@op(
    x=lambda g, index, x_shape, dim: scatter_add_into(g, index, x_shape, dim),
    complex=True,
    name="gather",
    promote=False,
    node="GatherBackward0",
    samples=[case((3, 4), np.array([[0, 2], [1, 1], [3, 0]]), dim=1), case((3,), np.array([2, 2]), dim=0)],
    reference=lambda x, index, dim: (
        np.take_along_axis(x, index, dim) if x.shape[0] == index.shape[0] or x.ndim == 1 else None
    ),
)
def _gather(x: Any, index: Any, /, dim: int) -> Any:
    """Elements picked along `dim` by an index of the result's shape.

    >>> mt.gather(mt.tensor([[1, 2], [3, 4]]), 1, mt.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    if not index.size and x.ndim != index.ndim:
        return np.empty(index.shape, x.dtype)
    if {x.ndim, index.ndim} == {0, 1}:  # a number is a vector of one
        return _gather(x.reshape(-1), index.reshape(-1), dim).reshape(index.shape)
    dim = _check_gather(x, index, dim, "gather")
    return np.ascontiguousarray(x[places(index, dim)]) if x.ndim else x.copy()


@op(
    x=lambda g, index, dim: _gather(g, index, dim),
    complex=True,
    name="scatter_add_into",
    promote=False,
    node="ScatterAddBackward0",
    samples=[case((3, 2), np.array([[0, 2], [1, 1], [3, 0]]), shape=(3, 4), dim=1)],
    reference=lambda x, index, shape, dim: scatter_reference(
        x, shape, lambda places: np.take_along_axis(places, index, dim)
    ),
)
def scatter_add_into(x: Any, index: Any, /, shape: tuple[int, ...], dim: int) -> Any:
    """The adjoint of `gather` from this shape: zeros, with each element added where it came from.

    >>> from microtensor.ops.indexing.gather_scatter import scatter_add_into
    >>> scatter_add_into(mt.ones(3), mt.tensor([0, 2, 2]), (4,), 0)
    tensor([1., 0., 2., 0.])
    """
    out = np.zeros(shape, x.dtype)
    if not index.size:
        return out
    if {out.ndim, index.ndim} == {0, 1}:
        return scatter_add_into(x.reshape(-1), index.reshape(-1), (out.size,), dim).reshape(shape)
    dim = _check_gather(out, index, dim, "scatter_add")
    if not shape:
        return x.copy()
    grid = places(index, dim)
    if index.shape[dim] == 1:
        out[grid] = x  # one index in each line: nothing can repeat
    else:
        np.add.at(out, grid, x[tuple(slice(n) for n in index.shape)])
    return out


@with_out
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Any:
    """``out[i][j] = input[index[i][j]][j]`` for `dim` 0, and so on; indices are checked.

    `sparse_grad` asks for a sparse gradient, and is given the dense one: the same numbers.

    >>> mt.gather(mt.tensor([1.0, 2.0, 3.0]), 0, mt.tensor([2, 0]))
    tensor([3., 1.])
    """
    return _gather(input, index, dim)


@with_out
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Any:
    """`input` with each element of `src` added where `index` says: ``out[index[i][j]][j] += src[i][j]``.

    >>> mt.scatter_add(mt.zeros(3), 0, mt.tensor([0, 2, 2]), mt.ones(3))
    tensor([1., 0., 2.])
    """
    _check_source("scatter_add", index, src)
    if src.dtype != input.dtype:
        raise RuntimeError(
            f"scatter_add(): Expected self.dtype to be equal to src.dtype, {input.dtype} and {src.dtype}"
        )
    part = _sized(src, index)
    return input + scatter_add_into(part, index, tuple(input.shape), dim)


def _check_source(name: str, index: Tensor, src: Tensor) -> None:
    if not index.numel():
        return
    if index.ndim != src.ndim:
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as src tensor: {name}: index "
            f"{tuple(index.shape)} for {tuple(src.shape)}"
        )
    if any(n > m for n, m in zip(index.shape, src.shape, strict=True)):
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than src {list(src.shape)}: {name} takes an "
            "element of src for each index"
        )


def _sized(src: Any, index: Any) -> Any:
    """The part of `src` that `index` covers."""
    return src if src.shape == index.shape else src[tuple(slice(n) for n in index.shape)]


@op(x=lambda g, index, dim: _scatter(g, np.zeros(tuple(index.shape), g.dtype), index, dim),
    src=lambda g, index, dim: _gather(g, index, dim), complex=True, name="scatter", promote=False,
    node="ScatterBackward0", samples=[case((3, 4), (3, 2), np.array([[0, 2], [1, 3], [3, 0]]), dim=1)],
    reference=lambda x, src, index, dim: _scattered(x, src, index, dim))  # fmt: skip
def _scatter(x: Any, src: Any, index: Any, /, dim: int) -> Any:
    """A copy of `x` with each element of `src` written where `index` says.

    >>> mt.scatter(mt.zeros(2, 3), 1, mt.tensor([[0], [2]]), 1.0)
    tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    dim = _check_gather(x, index, dim, "scatter")
    out = np.array(x)
    out[places(index, dim) if x.ndim else ()] = src
    return out


def _scattered(x: Any, src: Any, index: Any, dim: int) -> Any:
    out = x.copy()
    np.put_along_axis(out, index, src, dim)
    return out


@with_out
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Any:
    """`input` with a number, or the elements of `src`, written where `index` says.

    With ``reduce="add"`` or ``"multiply"`` they are added to what is there, or multiplied with it; this has
    no gradient, as in PyTorch: `scatter_reduce` has one.

    >>> mt.zeros(2, 3).scatter(1, mt.tensor([[0], [2]]), 1.0)
    tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    src = value if src is None else src
    if reduce is not None and isinstance(src, Tensor):
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a "
            "future PyTorch release. Use torch.scatter_reduce instead for more reduction options.",
            UserWarning, stacklevel=users_level(),
        )  # fmt: skip
    if not isinstance(src, Tensor):
        src = Tensor._of(np.full(tuple(index.shape), dtypes.fitting(src, input.dtype)))
    _check_source("scatter", index, src)
    if src.dtype != input.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, {input.dtype} and {src.dtype}"
        )
    if reduce is not None:
        return _scatter_onto(input, _sized(src, index), index, dim, reduce)
    return _scatter(input, _sized(src, index), index, dim)


class Underivable(Node):
    """The history of what has no derivative: a backward pass that comes here is told so."""

    __slots__ = ()

    def name(self) -> str:
        """PyTorch's word for it."""
        return "NotImplemented"

    @staticmethod
    def pull(g: Any, saved: Any, edges: Any) -> Any:
        """Raise: there is no formula."""
        raise RuntimeError("derivative for aten::scatter with reduce= is not implemented: use scatter_reduce")


def _changed(x: Any, key: Any, onto: np.ufunc, values: Any) -> Any:
    """A copy of `x` to which values are applied at the places of `key`."""
    out = x.copy()
    onto.at(out, key, values)
    return out


def _scatter_onto(input: Tensor, src: Tensor, index: Tensor, dim: int, reduce: str) -> Tensor:
    if reduce not in ("add", "multiply"):
        raise RuntimeError(f"reduce argument must be either add or multiply, not {reduce!r}")
    dim = _check_gather(input.array, index.array, dim, "scatter")
    key = places(index.array, dim) if input.ndim else ()
    onto = np.add if reduce == "add" else np.multiply
    result: Tensor = Tensor._of(silent(_changed, input.array, key, onto, src.array))
    if recording() is not False and (input.requires_grad or src.requires_grad):
        set_history(result, make_node(Underivable, (edge_of(input), edge_of(src)), ()))
    return result


install(gather=gather, scatter=scatter, scatter_add=scatter_add)
