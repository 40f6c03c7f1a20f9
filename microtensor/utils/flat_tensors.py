"""PyTorch's ``torch._utils``, of which libraries import this: lists of tensors as one, and the way back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from ..engine.tensor import Tensor
from ..ops.joining.cat_split import cat

__all__: list[str] = []


def _flatten_dense_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """All elements in one vector, tensor after tensor.

    >>> from microtensor.utils.flat_tensors import _flatten_dense_tensors
    >>> _flatten_dense_tensors([mt.ones(2), mt.zeros(1, 1)])
    tensor([1., 1., 0.])
    """
    return cat([tensor.reshape(-1) for tensor in tensors])


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of a vector in the shapes of `tensors`, as they lay there.

    >>> from microtensor.utils.flat_tensors import _unflatten_dense_tensors
    >>> _unflatten_dense_tensors(mt.tensor([1.0, 2.0, 3.0]), [mt.ones(2), mt.zeros(1, 1)])
    (tensor([1., 2.]), tensor([[3.]]))
    """
    ends = list(itertools.accumulate(tensor.numel() for tensor in tensors))
    parts = (flat[end - like.numel() : end] for end, like in zip(ends, tensors, strict=True))
    return tuple(part.view(like.shape) for part, like in zip(parts, tensors, strict=True))


def _take_tensors(tensors: Iterable[Tensor], size_limit: int) -> Iterator[list[Tensor]]:
    """The tensors in lists of one dtype, each of which ends when it holds `size_limit` bytes or more."""
    waiting: dict[Any, list[Tensor]] = {}
    for tensor in tensors:
        held = waiting.setdefault(tensor.dtype, [])
        if held and sum(t.nbytes for t in held) + tensor.nbytes > size_limit:
            yield waiting.pop(tensor.dtype)
            held = waiting.setdefault(tensor.dtype, [])
        held.append(tensor)
    yield from waiting.values()


def _element_size(dtype: Any) -> int:
    """The bytes of one element."""
    return int(dtype.itemsize)


class _ClassProperty:
    """What `classproperty` gives: read on the class itself."""

    def __init__(self, function: Callable[[type], Any]) -> None:
        self._function = function

    def __get__(self, instance: object, owner: type) -> Any:
        return self._function(owner)


def classproperty(function: Any) -> Any:
    """A property of the class, not of its instances.

    >>> from microtensor.utils.flat_tensors import classproperty
    >>> class Layer:
    ...     @classproperty
    ...     def kind(cls):
    ...         return cls.__name__
    >>> Layer.kind
    'Layer'
    """
    return _ClassProperty(getattr(function, "__func__", function))


def _get_available_device_type() -> str | None:
    """None: there is no accelerator."""
    return None


def _get_device_module(device_type: str) -> ModuleType:
    """The module of a kind of device, such as `mt.cuda`.

    Raises ``RuntimeError`` if there is none of that name.
    """
    try:
        return import_module(f"microtensor.{device_type}")
    except ModuleNotFoundError:
        raise RuntimeError(f"Device '{device_type}' does not have a corresponding module") from None
