"""In-place operations that change no number, but the geometry: ``x.t_()``, ``x.resize_(3)``.

The tensor becomes what the out-of-place operation gives, history included; other tensors that share the
memory keep their shape.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays import memory_format as formats
from ...engine.numpy_keywords import Later, method_signature
from ...engine.tensor import Tensor, install
from ...engine.writes import check_target, count_write
from ...errors import dtype_name
from ..joining.as_strided import as_strided
from ..views.permute import swapaxes, t, transpose
from ..views.reshape import dims_of
from ..views.squeeze import squeeze, unsqueeze


def _twin(x: Tensor) -> Tensor:
    """What `x` is now: the operand of what it becomes."""
    old = Tensor._of(x.array)
    old._node, old._rg, old._view, old._extras = x._node, x._rg, x._view, x._extras
    return old


def _become(x: Tensor, result: Tensor, by: str) -> Tensor:
    was_view = x._view is not None
    x._data, x._node = result.array, result._node
    x._view = result._view if was_view else None
    count_write(x, by)
    return x


def _reshaping(name: str, function: Any) -> Any:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_target(self, name)
        return _become(self, function(_twin(self), *args, **kwargs), name)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"``{name[:-1]}``, of this tensor itself."
    method.__signature__ = Later(lambda: method_signature(function))  # type: ignore[attr-defined]
    return method


_FUNCTIONS = {
    "t_": t, "transpose_": transpose, "swapaxes_": swapaxes, "swapdims_": transpose, "squeeze_": squeeze,
    "unsqueeze_": unsqueeze, "as_strided_": as_strided,
}  # fmt: skip


def _fixed(x: Tensor, by: str) -> None:
    if x.requires_grad:
        raise RuntimeError(f"cannot resize variables that require grad: {by}")


def resize_(self: Tensor, *sizes: Any, size: Any = None, memory_format: Any = None) -> Tensor:
    """Give this tensor another number of elements; new ones are uninitialised.

    The first elements stay as they are, in the order of the memory, and are shared with whoever shared them
    if no more memory is needed; a `memory_format` says in which order they are seen.

    >>> mt.arange(4).resize_(2, 2).tolist()
    [[0, 1], [2, 3]]
    """
    _fixed(self, "resize_")
    shape = dims_of(sizes, size)
    flat, n = self.array.reshape(-1), math.prod(shape)
    if n > flat.size:
        flat = np.concatenate([flat, np.zeros(n - flat.size, flat.dtype)])
    self._data = flat[:n].reshape(shape)
    if memory_format is not None:
        order = formats.order_for(formats.name_of(memory_format, "resize_"), len(shape))
        back = np.argsort(order)
        self._data = flat[:n].reshape([shape[d] for d in order]).transpose(back)
    return self


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_` to the shape of another tensor, and with ``preserve_format`` to its memory format.

    >>> mt.empty(0).resize_as_(mt.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    if memory_format is not None and formats.name_of(memory_format, "resize_as_") == "preserve_format":
        resize_(self, tuple(the_template.shape))
        order = formats.order_for(formats.suggested(the_template.array), self.ndim)
        self._data = self._data.reshape([self.shape[d] for d in order]).transpose(np.argsort(order))
        return self
    return resize_(self, tuple(the_template.shape), memory_format=memory_format)


def _memory(tensor: Tensor, source: Any) -> Any:
    """The array of a tensor, of a storage, or none; bytes become elements of the dtype of `tensor`."""
    if source is None:
        return np.empty(0, tensor._data.dtype)
    if isinstance(source, Tensor):
        return source.array
    items = source._items
    return items.view(tensor._data.dtype) if items.dtype == np.uint8 else items


def set_(
    self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None
) -> Tensor:
    """Let this tensor share the memory and the geometry of `source`; without one, be empty.

    A storage has no geometry: the tensor gets one dimension, or `size` and `stride`.

    >>> x, y = mt.zeros(2), mt.ones(3)
    >>> x.set_(y).data_ptr() == y.data_ptr()
    True
    """
    _fixed(self, "set_")
    array = _memory(self, source)
    if array.dtype != self.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {dtype_name(array.dtype)} to a tensor of type {self.dtype}"
        )
    made = Tensor._of(array)
    if size is not None:
        made = as_strided(made, size, stride or Tensor._of(np.empty(size, bool)).stride(), storage_offset)
    self._data, self._view = made.array, None
    return self


install(**{name: _reshaping(name, function) for name, function in _FUNCTIONS.items()})
install(resize_=resize_, resize_as_=resize_as_, set_=set_)
