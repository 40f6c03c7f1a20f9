"""Making tensors from sizes, and of another one's size: `zeros`, `ones`, `empty`, `full` and their likes."""

from __future__ import annotations

import operator
from importlib import import_module
from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.arrays import memory_format as formats
from ..engine.attributes.layout_format import sparse_coo
from ..engine.out_argument import created
from ..engine.promotion import number_dtype
from ..engine.size_device import as_device
from ..engine.tensor import Tensor
from ..errors import CarrierError


def _sizes(size: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike; ``RuntimeError`` for a negative size."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    shape = tuple(map(operator.index, size))
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(shape)}")
    return shape


def _finish(
    array: Any, requires_grad: bool, device: Any = None, layout: Any = None, pin_memory: bool = False
) -> Tensor:
    if device is not None:
        as_device(device)
    if layout is not None or pin_memory:
        formats.check_memory(layout, pin_memory)
    made = Tensor._of(array)
    if requires_grad:
        made.requires_grad_()
    return made  # type: ignore[no-any-return]


def _dtype(dtype: Any) -> dtypes.DType:
    return dtypes.default_dtype() if dtype is None else dtypes.held(dtype)


@created
def zeros(
    *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Zeros of this shape.

    >>> mt.zeros(2)
    tensor([0., 0.])
    """
    if layout is sparse_coo:
        return _without_entries(_shape(sizes, size), dtype, requires_grad)
    array = np.zeros(_shape(sizes, size), _dtype(dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


def _without_entries(shape: tuple[int, ...], dtype: Any, requires_grad: bool) -> Tensor:
    """A sparse tensor of zeros."""
    creation = import_module("..sparse.creation", __package__)  # above, and only for who asks
    made: Tensor = creation.sparse_coo_tensor(size=shape, dtype=dtype, requires_grad=requires_grad)
    return made


@created
def ones(
    *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Ones of this shape.

    >>> mt.ones(2, dtype=mt.int64)
    tensor([1, 1])
    """
    array = np.ones(_shape(sizes, size), _dtype(dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


@created
def empty(
    *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Uninitialised memory of this shape.

    >>> mt.empty(2, 3).shape
    torch.Size([2, 3])
    """
    shape = _shape(sizes, size)
    if layout is sparse_coo:
        return _without_entries(shape, dtype, requires_grad)
    if memory_format is None:
        return _finish(np.empty(shape, _dtype(dtype)), requires_grad, device, layout, pin_memory)
    name = formats.name_of(memory_format, "empty")
    if name == "preserve_format":
        raise RuntimeError("empty: unsupported memory format Preserve: there is nothing whose format to keep")
    made = formats.laid_out(shape, _dtype(dtype), formats.order_for(name, len(shape)))
    return _finish(made, requires_grad, device, layout, pin_memory)


def _shape(sizes: tuple[Any, ...], size: Any) -> tuple[int, ...]:
    """The shape of ``f(2, 3)``, ``f((2, 3))`` and ``f(size=(2, 3))``."""
    if size is None:
        return _sizes(sizes)
    if sizes:
        raise TypeError(f"the size is given twice: {sizes} by position, {size!r} by name")
    return _sizes((size,))


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Uninitialised memory of this shape, without gaps, in an order of its dimensions.

    `physical_layout` names them from the outermost to the innermost.

    >>> mt.empty_permuted((2, 3, 4), (0, 2, 1)).stride()
    (12, 1, 3)
    """
    shape, order = _sizes((size,)), tuple(physical_layout)
    if sorted(order) != list(range(len(shape))):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout, or that is no "
            f"order of them: {list(shape)} and {list(order)}"
        )
    return _finish(formats.laid_out(shape, _dtype(dtype), order), requires_grad, device, layout, pin_memory)


@created
def full(
    size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """This shape, filled with one number, which decides the dtype if none is given.

    >>> mt.full((2,), 7)
    tensor([7, 7])
    """
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    dtypes.held(np.asarray(value).dtype)
    dtype = number_dtype(value) if dtype is None else dtypes.held(dtype)
    array = np.full(_sizes((size,)), dtypes.fitting(value, dtype))
    return _finish(array, requires_grad, device, layout, pin_memory)


def blank_like(input: Any, dtype: Any, memory_format: Any) -> Any:
    """Uninitialised memory in the shape of a tensor, and in its order unless a format is named."""
    if not isinstance(input, Tensor):
        raise CarrierError(
            f"expected a Tensor to be like, got {type(input).__name__}; make one with tensor(data)"
        )
    array = input._data
    dtype = array.dtype if dtype is None else dtypes.held(dtype)
    if memory_format is None and (array.__class__ is not np.ndarray or array.flags.c_contiguous):
        return np.empty(array.shape, dtype)
    name = "preserve_format" if memory_format is None else formats.name_of(memory_format, "empty_like")
    return formats.empty_like(array, dtype, name)


def zeros_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Zeros of `input`'s shape and dtype.

    >>> mt.zeros_like(mt.tensor([1.0, 2.0]))
    tensor([0., 0.])
    """
    array = blank_like(input, dtype, memory_format)
    array[...] = 0
    return _finish(array, requires_grad, device, layout, pin_memory)


def ones_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Ones of `input`'s shape and dtype.

    >>> mt.ones_like(mt.tensor([3, 4]))
    tensor([1, 1])
    """
    array = blank_like(input, dtype, memory_format)
    array[...] = 1
    return _finish(array, requires_grad, device, layout, pin_memory)


def empty_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Uninitialised memory of `input`'s shape and dtype.

    >>> mt.empty_like(mt.zeros(3)).shape
    torch.Size([3])
    """
    array = blank_like(input, dtype, memory_format)
    return _finish(array, requires_grad, device, layout, pin_memory)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """One number in `input`'s shape and dtype.

    >>> mt.full_like(mt.zeros(2), 5)
    tensor([5., 5.])
    """
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    array = blank_like(input, dtype, memory_format)
    array[...] = dtypes.fitting(value, array.dtype)
    return _finish(array, requires_grad, device, layout, pin_memory)
