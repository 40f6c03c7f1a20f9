"""Making tensors from data.

``tensor`` copies, ``as_tensor`` shares where it can, ``from_numpy`` always shares.  Python floats
become the default dtype, integers int64, bools bool; arrays keep their dtype.
"""

from __future__ import annotations

import warnings
from functools import reduce
from itertools import chain
from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.attributes.dtype_objects import OF
from ..engine.attributes.low_precision import LOW, converted
from ..engine.calls.users_line import users_level
from ..engine.promotion import number_dtype, promoted
from ..engine.size_device import as_device
from ..engine.tensor import Tensor
from ..errors import dtype_name
from .factories import _finish


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
    try:
        array = _array(data, dtypes.as_dtype(dtype), copy=True)
    except NotImplementedError:
        if not getattr(data, "is_meta", False):
            raise
        made: Tensor = data.detach().clone().to(dtype=dtype, device=device)
        return made.requires_grad_(requires_grad)
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
        return data if dtype is None and device is None else data.to(dtype=dtype, device=device)
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
