"""From a list of samples to a batch: numbers and arrays become tensors with one more dimension."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...creation.from_data import as_tensor, tensor
from ...engine.dtypes import float64
from ...engine.tensor import Tensor
from ...ops.joining.cat_split import stack

__all__ = ["default_collate", "default_convert"]


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack samples of one kind: tensors, arrays, numbers, or dictionaries and sequences of these.

    Python floats become float64 and integers int64. Strings and bytes stay a list. A tuple of
    fields becomes a list of batches, a named tuple a named tuple, a dictionary a dictionary.

    Raises ``TypeError`` for samples of another kind, and ``RuntimeError`` for sequences of unequal
    lengths and tensors of unequal shapes.

    >>> mt.utils.data.default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    >>> mt.utils.data.default_collate([{"x": mt.ones(2)}, {"x": mt.zeros(2)}])
    {'x': tensor([[1., 1.],
            [0., 0.]])}
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, np.ndarray):
        _require_numbers(first)
        return stack([as_tensor(array) for array in batch], 0)
    if isinstance(first, np.generic) and first.dtype.kind not in "USO":
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(list(batch), dtype=float64)
    if isinstance(first, int):
        return tensor(list(batch))
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return _mapping(first, {key: default_collate([d[key] for d in batch]) for key in first})
    if isinstance(first, Sequence):
        return _sequence(first, [default_collate(field) for field in _fields(batch)])
    raise TypeError(_EXPECTED.format(type(first)))


def default_convert(data: Any) -> Any:
    """Make tensors of the NumPy arrays in one sample, and leave the rest as it is.

    >>> mt.utils.data.default_convert([np.array([1, 2]), "a"])
    [tensor([1, 2]), 'a']
    """
    if isinstance(data, np.ndarray | np.generic):
        return data if data.dtype.kind in "USO" else as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _sequence(data, [default_convert(item) for item in data])
    return data


_EXPECTED = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}. "
    "Pass a collate_fn that makes a batch of these."
)


def _require_numbers(array: np.ndarray[Any, Any]) -> None:
    if array.dtype.kind in "USO":
        raise TypeError(_EXPECTED.format(array.dtype))


def _fields(batch: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The samples' first items, their second items, and so on."""
    lengths = {len(sample) for sample in batch}
    if len(lengths) > 1:
        raise RuntimeError(
            f"each element in list of batch should be of equal size, but sizes are {sorted(lengths)}"
        )
    return list(zip(*batch, strict=True))


def _mapping(like: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    """A mapping of the type of `like`, with its attributes if it can be copied."""
    return _or_plain(items, lambda: _updated(like, items))


def _updated(like: Any, items: dict[Any, Any]) -> Any:
    if not hasattr(like, "update"):
        return type(like)(items)
    twin = copy.copy(like)
    twin.update(items)
    return twin


def _sequence(like: Sequence[Any], items: list[Any]) -> Any:
    """A sequence of the type of `like`; but a plain tuple becomes a list."""
    if hasattr(like, "_fields"):
        return type(like)(*items)
    if isinstance(like, tuple):
        return items
    return _or_plain(items, lambda: _refilled(like, items))


def _refilled(like: Any, items: list[Any]) -> Any:
    if not hasattr(like, "__setitem__"):
        return type(like)(items)
    twin = copy.copy(like)
    for index, item in enumerate(items):
        twin[index] = item
    return twin


def _or_plain(items: Any, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except TypeError:  # a type whose constructor takes something else
        return items
