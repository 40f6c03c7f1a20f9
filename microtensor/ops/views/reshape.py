"""The same elements in another shape: a view where NumPy gives one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.dtypes import as_dtype
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from ...errors import scalar_type


def dims_of(args: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    """``f(2, 3)``, ``f((2, 3))`` and ``f(name=(2, 3))`` alike."""
    args = args if named is None else (named,)
    if len(args) == 1 and isinstance(args[0], Sequence):
        args = tuple(args[0])
    return tuple([int(n) for n in args])


@op(x=lambda g, x_shape: g.reshape(x_shape), complex=True, view=True, name="reshape", node="ViewBackward0",
    samples=[case((2, 6), shape=(3, 4)), case((), shape=(1, 1)), case((0, 3), shape=(3, 0))],
    reference=lambda x, shape: np.reshape(x, shape))  # fmt: skip
def _reshape(x: Any, /, shape: tuple[int, ...]) -> Any:
    """The same elements in C order, in another shape; -1 stands for what is left.

    >>> mt.reshape(mt.arange(6), (2, -1))
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return x.reshape(shape)


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """`input` in another shape; a view if the memory allows, else a copy.

    Raises ``RuntimeError`` if the number of elements differs.

    >>> mt.arange(6).reshape(3, 2).shape
    torch.Size([3, 2])
    """
    return _reshape(input, dims_of(sizes, shape))


def view(input: Tensor, *shape: Any, size: Any = None, dtype: Any = None) -> Tensor:
    """`input` in another shape (or its bytes as another dtype), sharing its memory.

    Raises ``RuntimeError`` where that is impossible.  A view of another dtype has no gradient.

    >>> mt.arange(6).view(2, 3).shape
    torch.Size([2, 3])
    >>> mt.tensor([1.0]).view(mt.int32)
    tensor([1065353216], dtype=torch.int32)
    """
    if dtype is None and len(shape) == 1 and not isinstance(shape[0], (int, Sequence, Tensor)):
        (dtype,) = shape
    if dtype is not None:
        return _view_bytes(input, as_dtype(dtype))
    shape = dims_of(shape, size)
    out = _reshape(input, shape)
    if out._view is None and out.numel():
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: {shape} from "
            f"{tuple(input.shape)} with strides {input.stride()} takes a copy. Use .reshape(...) instead."
        )
    return out


def _view_bytes(input: Tensor, dtype: Any) -> Tensor:
    array, new = input.array, np.dtype(dtype).itemsize
    old, kinds = (
        array.itemsize,
        f"{scalar_type(input.dtype)} as {scalar_type(dtype)} (different element sizes)",
    )
    if old != new and not array.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to view {kinds}")
    if old != new and array.strides[-1] != old:
        raise RuntimeError(f"self.stride(-1) must be 1 to view {kinds}, but got {input.stride(-1)}")
    if old < new and array.shape[-1] * old % new:
        raise RuntimeError(
            f"self.size(-1) must be divisible by {new // old} to view {kinds}, but got {array.shape[-1]}"
        )
    if old < new and any(step % new for step in array.strides[:-1]):
        raise RuntimeError(f"self.stride(...) must be divisible by {new // old} to view {kinds}")
    return Tensor._of(array.view(dtype))


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` as a view with the shape of `other`."""
    return view(input, tuple(other.shape))


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` with the shape of `other`."""
    return _reshape(input, tuple(other.shape))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions `start_dim` to `end_dim` as one.

    >>> mt.flatten(mt.zeros(2, 3, 4), 1).shape
    torch.Size([2, 12])
    """
    shape = tuple(input.shape)
    if not shape:
        return _reshape(input, (1,))
    first, last = positive(start_dim, len(shape)), positive(end_dim, len(shape))
    if first > last:
        raise RuntimeError(f"flatten() has invalid args: start_dim {start_dim} comes after end_dim {end_dim}")
    merged = (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
    return input if first == last else _reshape(input, merged)


@numpy_names
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Any:
    """Dimension `dim` as several.

    >>> mt.unflatten(mt.zeros(6, 2), 0, (2, 3)).shape
    torch.Size([2, 3, 2])
    """
    shape, dim = tuple(input.shape), positive(dim, input.ndim)
    sizes, known = list(sizes), math.prod(n for n in sizes if n != -1)
    sizes = [shape[dim] // known if n == -1 else n for n in sizes]
    return _reshape(input, (*shape[:dim], *sizes, *shape[dim + 1 :]))


def positive(dim: int, ndim: int) -> int:
    """`dim` counted from the front; ``IndexError`` in PyTorch's words if there is no such one."""
    span = ndim or 1
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})"
        )
    return dim % span


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, contiguous: a view where the memory allows it.

    >>> mt.ravel(mt.zeros(2, 3)).shape
    torch.Size([6])
    """
    return _reshape(input, (-1,)).contiguous()


install(
    reshape=reshape, view=view, view_as=view_as, reshape_as=reshape_as, flatten=flatten, unflatten=unflatten,
    ravel=ravel,
)  # fmt: skip
