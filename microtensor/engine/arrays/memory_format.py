"""The order of the elements in memory that a format names: ``channels_last`` and its kin, as strides.

``channels_last`` lays an image (N, C, H, W) out as N, H, W, C: the shape stays, the strides change.  Formats
are known by their names, so that their objects may stand in any layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

ORDERS = {"channels_last": (0, 2, 3, 1), "channels_last_3d": (0, 2, 3, 4, 1)}
"""The dimensions from the outermost in memory to the innermost."""


def name_of(format: Any, by: str) -> str:
    """The name of a memory format; ``TypeError`` for what is none."""
    name = repr(format).removeprefix("torch.")
    if name not in (*ORDERS, "contiguous_format", "preserve_format"):
        raise TypeError(
            f"{by}(): argument 'memory_format' must be torch.memory_format, not {type(format).__name__}"
        )
    return name


def order_for(name: str, ndim: int) -> tuple[int, ...]:
    """The order of the dimensions in memory; ``RuntimeError`` if the format is not for so many."""
    order = ORDERS.get(name, tuple(range(ndim)))
    if len(order) != ndim:
        raise RuntimeError(f"required rank {len(order)} tensor to use {name} format")
    return order


def laid_out(shape: Sequence[int], dtype: Any, order: Sequence[int]) -> Array:
    """Uninitialised memory of this shape, whose dimensions lie in this order.

    >>> from microtensor.engine.arrays.memory_format import laid_out
    >>> laid_out((2, 3), np.int8, (1, 0)).strides
    (1, 2)
    """
    strides, step = [0] * len(shape), np.dtype(dtype).itemsize
    for dim in reversed(order):
        strides[dim] = step
        step *= max(shape[dim], 1)
    return strided(np.empty(int(np.prod(shape)), dtype), tuple(shape), strides)


def strided(flat: Array, shape: tuple[int, ...], strides: Sequence[int]) -> Array:
    """The elements of a vector in a shape, so many bytes apart.

    >>> from microtensor.engine.arrays.memory_format import strided
    >>> strided(np.arange(4, dtype=np.int8), (2, 2), (1, 2))
    array([[0, 2],
           [1, 3]], dtype=int8)
    """
    return np.ndarray(shape, flat.dtype, flat, strides=strides)


def empty_like(array: Array, dtype: Any, name: str) -> Array:
    """Uninitialised memory of an array's shape, in a format or (``"preserve_format"``) in its own order."""
    if name == "preserve_format":
        return np.empty(array.shape, dtype) if array.flags.c_contiguous else _in_its_order(array, dtype)
    if name == "contiguous_format":
        return np.empty(array.shape, dtype)
    return laid_out(array.shape, dtype, order_for(name, array.ndim))


def _in_its_order(array: Array, dtype: Any) -> Array:
    """The strides of an array without gaps, those of its order for any other."""
    if not _is_dense(array):
        return laid_out(array.shape, dtype, _by_stride(array))
    flat = np.empty(array.size, dtype)
    steps = [step // array.itemsize * flat.itemsize for step in array.strides]
    return strided(flat, array.shape, steps)


def _by_stride(array: Array) -> list[int]:
    """The dimensions from the outermost to the innermost; one that repeats itself stays where it is."""
    order = list(reversed(range(array.ndim)))  # innermost first
    for end in range(1, array.ndim):
        place = end
        for before in reversed(range(end)):
            inner, outer = order[before], order[place]
            if _is_further(array, inner, outer):
                order[before], order[place], place = outer, inner, before
            elif 0 < array.strides[inner] < array.strides[outer]:
                break
    return order[::-1]


def _is_further(array: Array, inner: int, outer: int) -> bool:
    """Whether the steps of dimension `inner` are larger than those of `outer`, so that they change places."""
    a, b = array.strides[inner], array.strides[outer]
    return bool(a and b) and (a > b or (a == b and array.shape[inner] > array.shape[outer]))


def _is_dense(array: Array) -> bool:
    """Whether every element of the memory between the first and the last belongs to exactly one place."""
    expected = array.itemsize
    for step, n in sorted((s, n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1):
        if step != expected:
            return False
        expected *= n
    return True


def is_in(array: Array, name: str) -> bool:
    """Whether the elements of an array lie without gaps in this format."""
    if name not in ORDERS:
        return bool(array.flags.c_contiguous)
    if array.ndim != len(ORDERS[name]):
        return False
    expected = array.itemsize
    for dim in reversed(ORDERS[name]):
        if array.shape[dim] != 1:
            if array.strides[dim] != expected:
                return False
            expected *= array.shape[dim]
    return True


def settled(array: Array) -> Array:
    """`array`, or a copy in C order if its elements lie in an order that no format names.

    NumPy's results take over the order of their operands, also where PyTorch's are contiguous.

    >>> from microtensor.engine.arrays.memory_format import settled
    >>> settled(np.ones((2, 3)).T + 1).flags.c_contiguous
    True
    """
    if array.flags.c_contiguous or suggested(array) != "contiguous_format":
        return array
    return array.copy()


def suggested(array: Array) -> str:
    """The format whose order the strides have: that in which a result should lie.

    Where the strides of dimensions of length 1 leave it open, it is ``"contiguous_format"``, as in PyTorch.
    """
    for name, order in ORDERS.items():
        if array.ndim == len(order) and not array.flags.c_contiguous and _runs(array, order):
            return name
    return "contiguous_format"


def _runs(array: Array, order: Sequence[int]) -> bool:
    least, (shape, strides) = 0, (array.shape, array.strides)
    if strides[1] == 0:
        return False
    for dim in reversed(order):
        if shape[dim] == 0 or strides[dim] < least or (dim == 0 and least == strides[1]):
            return False
        least = strides[dim] * max(shape[dim], 1)
    return True


def converted(array: Array, name: str, dtype: Any = None) -> Array:
    """A copy of an array in a format."""
    made = empty_like(array, array.dtype if dtype is None else dtype, name)
    np.copyto(made, array, casting="unsafe")
    return made


def check_memory(layout: Any, pin_memory: bool) -> None:
    """``RuntimeError`` for sparse memory, and for memory that is pinned for another device."""
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is "
            "available on this system: leave pin_memory out"
        )
    if layout is not None and repr(layout) != "torch.strided":
        raise RuntimeError(f"layout={layout!r}: tensors are strided here; leave layout out")


__all__ = [
    "check_memory", "converted", "empty_like", "is_in", "laid_out", "name_of", "order_for", "suggested",
]  # fmt: skip
