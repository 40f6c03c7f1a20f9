"""Making tensors: from data, from sizes, like others.

``tensor`` copies, ``as_tensor`` shares where it can, ``from_numpy`` always shares.  Python floats
become the default dtype, integers int64, bools bool; arrays keep their dtype.
"""

from __future__ import annotations

import math
import operator
import warnings
from functools import reduce
from importlib import import_module
from itertools import chain
from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.arrays import memory_format as formats
from ..engine.arrays.kernels import BOOL, without
from ..engine.attributes.dtype_objects import OF
from ..engine.attributes.layout_format import sparse_coo
from ..engine.attributes.low_precision import LOW, converted
from ..engine.calls.users_line import users_level
from ..engine.out_argument import created
from ..engine.promotion import number_dtype, promoted
from ..engine.size_device import as_device
from ..engine.tensor import Tensor
from ..errors import CarrierError, dtype_name, scalar_type


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A new tensor with a copy of `data`: numbers, nested lists, arrays or tensors.

    Raises ``ValueError`` for ragged lists, ``TypeError`` for what is not numbers.

    >>> mt.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> mt.tensor(0.5, requires_grad=True)
    tensor(0.5000, requires_grad=True)
    """
    array = _array(data, dtypes.as_dtype(dtype), copy=True)
    return _finish(array, requires_grad, device, None, pin_memory)


def _array(data: Any, dtype: dtypes.DType | None, copy: bool) -> Any:
    if isinstance(data, Tensor):
        data = data.array
    if isinstance(data, (np.ndarray, np.generic)):
        _check_kind(data.dtype, data)
        data = np.asarray(data)
        if dtype is not None and dtype != data.dtype and (dtype in LOW or data.dtype in LOW):
            return converted(data, dtype)
        return np.array(data, dtype) if copy else np.asarray(data, dtype)
    return _from_python(data, dtype)


def _from_python(data: Any, dtype: dtypes.DType | None) -> Any:
    if dtype in LOW:
        return converted(_from_python(data, dtypes.float32), dtype)
    try:
        array = np.array(_plain(data), dtype)
    except ValueError as error:
        raise ValueError(f"tensor: nested lists must be rectangular and hold numbers: {error}") from error
    except OverflowError as error:
        raise RuntimeError(
            f"tensor: value cannot be converted to {dtype_name(dtype)} without overflow: {error}"
        ) from error
    _check_kind(array.dtype, data)
    if dtype is None and array.dtype.kind in "fc":
        return array.astype(_common_dtype(data))
    if dtype is None and array.dtype == np.intp:
        return array.astype(np.int64, copy=False)  # in a browser NumPy's own integers have 32 bits
    return array


def _common_dtype(data: Any) -> dtypes.DType:
    """The dtype of nested lists that hold floats: Python's count as the default, NumPy's as they are."""
    leaves = data if isinstance(data, (list, tuple)) else [data]
    while len(leaves) and isinstance(leaves[0], (list, tuple)):
        leaves = list(chain.from_iterable(leaves))
    if set(map(type, leaves)) <= _PYTHON:
        return dtypes.default_complex_dtype() if complex in map(type, leaves) else dtypes.default_dtype()
    return reduce(promoted, {getattr(x, "dtype", None) or number_dtype(x) for x in leaves})


_PYTHON = set(dtypes.Number)


def _plain(data: Any) -> Any:
    """Nested lists with tensors replaced by their arrays."""
    return [_item(item) for item in data] if isinstance(data, (list, tuple)) else data


def _item(data: Any) -> Any:
    """Inside a list a tensor of one element is a number, whatever its shape, as in PyTorch."""
    if not isinstance(data, Tensor):
        return _plain(data)
    if data.numel() != 1:
        raise ValueError(
            "only one element tensors can be converted to Python scalars, and one in the list has shape "
            f"{tuple(data.shape)}: use stack(tensors)"
        )
    return data.array.reshape(())


def _check_kind(dtype: dtypes.DType, data: Any) -> None:
    if dtype not in OF and (dtype.kind not in "biufc" or dtype.itemsize > 16):
        raise TypeError(
            f"can't convert {type(data).__name__} of {dtype} to a tensor: tensors hold bool, "
            "integer, floating-point and complex numbers"
        )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing memory with an array or tensor of that dtype.

    >>> a = np.zeros(2)
    >>> mt.as_tensor(a).array is a
    True
    """
    as_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return Tensor._of(_array(data, dtypes.as_dtype(dtype), copy=False))  # type: ignore[no-any-return]


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """`obj` as a tensor, copied only if `copy` is True or the dtype differs.

    >>> mt.asarray([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    if not isinstance(obj, Tensor) and hasattr(obj, "__array__"):
        obj = np.asarray(obj)  # storages, too, whose memory is shared
    made = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype, device)
    return made.requires_grad_() if requires_grad else made


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares memory with an array.

    Raises ``TypeError`` for anything but an ndarray of numbers, and ``ValueError`` for one that runs
    backwards through memory (use ``as_tensor``, or copy it).  Warns if the array is read-only, since writing
    to the tensor will fail.

    >>> a = np.zeros(2)
    >>> mt.from_numpy(a).fill_(1)
    tensor([1., 1.], dtype=torch.float64)
    >>> a
    array([1., 1.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    _check_kind(ndarray.dtype, ndarray)
    _check_memory(ndarray)
    return Tensor._of(ndarray.view(np.ndarray) if type(ndarray) is not np.ndarray else ndarray)  # type: ignore[no-any-return]


def _check_memory(array: np.ndarray[Any, Any]) -> None:
    if any(step < 0 for step in array.strides):
        raise ValueError(
            f"from_numpy: at least one stride of the array is negative: {array.strides}. Make a copy of it "
            "with array.copy(), or use as_tensor(array), which takes it as it is"
        )
    if not array.flags.writeable:
        warnings.warn(
            "from_numpy: the array is not writable, so writing to the tensor will fail: "
            "copy the array if that is meant",
            stacklevel=users_level(),
        )


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


@created
def arange(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``start, start + step, ...`` below `end` (from 0 if only one bound is given).

    Integers if all arguments are; each element is ``start + i * step``, where an integer dtype cuts both
    to integers first, as PyTorch does.

    >>> mt.arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if end is None:
        start, end = 0, start
    if dtype is not None and dtypes.held(dtype).kind == "c":
        raise NotImplementedError(f'"arange_cpu" not implemented for {scalar_type(dtypes.held(dtype))!r}')
    start, end, step = (v.item() if isinstance(v, Tensor) else v for v in (start, end, step))
    start, end, step = (dtypes.beside(v, dtypes.float64) for v in (start, end, step))
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"arange: unsupported range: {start} -> {end}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError(
            f"arange: upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}"
        )
    integers = all(isinstance(v, (int, np.integer)) for v in (start, end, step))
    dtype = (dtypes.int64 if integers else dtypes.default_dtype()) if dtype is None else dtypes.held(dtype)
    without("arange_cpu", BOOL).check(dtype)
    if integers:
        array = converted(np.arange(start, end, step), dtype)
        return _finish(array, requires_grad, device, layout, pin_memory)
    if dtype == dtypes.int64:
        if not int(step):
            raise ValueError(f"step must be nonzero: arange in int64 cuts {step} to 0")
        whole = arange(int(start), int(end), int(step), dtype=dtype, device=device)
        return _finish(whole.array, requires_grad, None, layout, pin_memory)
    n = math.ceil((end - start) / step)
    first, step = (start, float(step)) if dtypes.is_floating(dtype) else (int(start), int(step))
    array = converted(first + np.arange(n) * step, dtype)
    return _finish(array, requires_grad, device, layout, pin_memory)


@created
def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`steps` numbers from `start` to `end`, both included, which an integer dtype cuts to integers first.

    >>> mt.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (v.item() if isinstance(v, Tensor) else v for v in (start, end))
    dtype = dtype_between("linspace", start, end, dtype)
    if steps < 2:
        return _finish(
            np.linspace(start, end, steps).astype(dtype), requires_grad, device, layout, pin_memory
        )
    without("linspace_cpu", BOOL).check(dtype)
    if dtype.kind not in "fc":
        whole = linspace(int(start), int(end), steps, dtype=dtypes.float64).array
        return _finish(whole.astype(dtype), requires_grad, device, layout, pin_memory)
    number = dtype.type
    step = number(number(end - start) / number(steps - 1))
    i = np.arange(steps).astype(dtype)
    low, high = number(start) + step * i, number(end) - step * i[::-1]
    return _finish(
        np.where(np.arange(steps) < steps // 2, low, high), requires_grad, device, layout, pin_memory
    )


def dtype_between(name: str, start: Any, end: Any, dtype: Any) -> dtypes.DType:
    """The dtype of numbers from `start` to `end`; ``RuntimeError`` for a real one of complex numbers."""
    if not isinstance(start + end, complex):
        return _dtype(dtype)
    inferred = dtypes.default_complex_dtype()
    wanted = inferred if dtype is None else _dtype(dtype)
    if wanted.kind != "c":
        raise RuntimeError(
            f"torch.{name}(): inferred dtype {scalar_type(inferred)} can't be safely cast to passed dtype "
            f"{scalar_type(wanted)}"
        )
    return wanted


@created
def eye(
    n: int, m: int | None = None, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Ones on the diagonal, zeros elsewhere.

    >>> mt.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    for name, size in (("n", n), ("m", n if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}: eye of a negative size")
    return _finish(np.eye(n, m, dtype=_dtype(dtype)), requires_grad, device, layout, pin_memory)


def _like(make: Any) -> Any:
    """`make`, a function of sizes, as a method that takes the tensor's own dtype."""

    def method(
        self: Tensor, *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None,
        device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    ) -> Tensor:  # fmt: skip
        made = make(*sizes, size=size, dtype=self.dtype if dtype is None else dtype, device=device)
        return _finish(made.array, requires_grad, None, layout, pin_memory)

    method.__name__ = method.__qualname__ = f"new_{make.__name__}"
    method.__doc__ = f"`{make.__name__}` with this tensor's dtype."
    return method


def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`full` with this tensor's dtype."""
    made = full(size, fill_value, dtype=self.dtype if dtype is None else dtype, device=device)
    return _finish(made.array, requires_grad, None, layout, pin_memory)


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    layout: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """`tensor` with this tensor's dtype."""
    made = tensor(data, dtype=self.dtype if dtype is None else dtype, device=device)
    return _finish(made.array, requires_grad, None, layout, pin_memory)


for _make in (zeros, ones, empty):
    setattr(Tensor, f"new_{_make.__name__}", _like(_make))
for _method in (new_full, new_tensor):
    setattr(Tensor, _method.__name__, _method)
