"""What stands between the brackets of ``x[...]``: every form that PyTorch takes, as a tuple for NumPy.

A basic key (integers, slices, None, Ellipsis) gives a view; one with arrays gives a copy.  A list is an array
of indices; but one that holds a sequence, a slice, None or Ellipsis is a tuple, as it once was in NumPy.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from types import EllipsisType, NoneType
from typing import Any

import numpy as np

from ...engine.calls.users_line import users_level
from ...engine.tensor import Tensor

__all__ = ["check_steps", "is_whole", "normal_key", "split_key"]

_BASIC = (int, slice, NoneType, EllipsisType, np.integer)
_PLAIN = frozenset((int, slice, NoneType, EllipsisType))

_MAKES_A_TUPLE = (Tensor, list, tuple, range, np.ndarray, slice, NoneType, EllipsisType)
_INDICES = (("i", 8), ("b", 1), ("i", 4), ("u", 1))


def normal_key(key: Any) -> tuple[tuple[Any, ...], bool]:
    """A user's key as a tuple for NumPy, and whether it is basic (gives a view).

    Raises ``IndexError`` for what is no index.
    """
    if isinstance(key, list) and _is_a_tuple(key):
        key = tuple(key)
    keys = key if isinstance(key, tuple) else (key,)
    if not _PLAIN.issuperset(map(type, keys)):
        keys = tuple(map(_one_key, keys))
        if not all(isinstance(k, _BASIC) for k in keys):
            return keys, False
    return (keys if keys.count(Ellipsis) < 2 else _with_one_ellipsis(keys)), True


def check_steps(keys: tuple[Any, ...]) -> None:
    """Raise ``ValueError`` for a slice that goes backwards: PyTorch has no negative strides."""
    for key in keys:
        if key.__class__ is slice and key.step is not None and key.step < 0:
            raise ValueError("step must be greater than zero: use x.flip(dim) to reverse")


def _is_a_tuple(key: list[Any]) -> bool:
    if len(key) >= 32 or not any(isinstance(k, _MAKES_A_TUPLE) for k in key):
        return False
    warnings.warn(
        "Using a non-tuple sequence for multidimensional indexing is deprecated: use x[tuple(seq)] instead "
        "of x[seq], or x[torch.tensor(seq)] if the list is an array of indices",
        UserWarning,
        stacklevel=users_level(),
    )
    return True


def _one_key(key: Any) -> Any:
    if isinstance(key, bool):
        return np.asarray(key)
    if isinstance(key, _BASIC):
        return key
    if isinstance(key, Tensor):
        return _array_of(key.array)
    if isinstance(key, np.ndarray) or (isinstance(key, Sequence) and not isinstance(key, str)):
        return _indices(key)
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables, arrays or lists "
        f"of integers or bools are valid indices (got {type(key).__name__} {key!r})"
    )


def _array_of(key: np.ndarray[Any, Any]) -> Any:
    if (key.dtype.kind, key.dtype.itemsize) not in _INDICES:
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {key.dtype}")
    return _mask_of_bytes(key) if key.dtype == np.uint8 else key


def _indices(key: Any) -> np.ndarray[Any, Any]:
    """An array of indices or bools; numbers are cut to integers, as in PyTorch."""
    array = np.asarray(key)
    return array if array.dtype.kind == "b" else array.astype(np.int64, copy=False)


def _with_one_ellipsis(keys: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key without an Ellipsis that follows another: it stands for no dimension."""
    first = keys.index(Ellipsis)
    return (*keys[: first + 1], *[key for key in keys[first + 1 :] if key is not Ellipsis])


def _mask_of_bytes(key: Any) -> Any:
    warnings.warn(
        "indexing with dtype uint8 is deprecated: use a bool mask, for example key.bool()",
        UserWarning,
        stacklevel=users_level(),
    )
    return key.astype(bool)


def split_key(keys: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """A mixed key for a tensor of this shape as a basic one, and one of arrays for the view that it gives.

    PyTorch reads in these two steps.  NumPy, in one, counts an integer as an array, which moves the
    arrays' dimensions to the front where the integer stands apart from them; and so an Ellipsis that stands
    for no dimension.  Raises ``IndexError`` for a mask of another shape than the dimensions it stands for.
    """
    if _are_arrays(keys) and not (keys[0].dtype.kind == "b" and keys[0].shape != shape[: keys[0].ndim]):
        return (), keys
    basic: list[Any] = []
    arrays: list[Any] = []
    dim = 0
    for key in _spelled_out(keys, len(shape)):
        if not isinstance(key, np.ndarray):
            basic.append(key)
            arrays += [] if isinstance(key, (int, np.integer)) else [slice(None)]
        elif key.ndim == 0 and key.dtype.kind != "b":
            basic.append(int(key))
        else:
            basic += [slice(None)] * _consumed(key)
            arrays.append(key)
            if key.dtype.kind == "b" and key.shape != shape[dim : dim + key.ndim]:
                _refuse_mask(key, shape, dim)
        dim += _consumed(key)
    return tuple(basic), tuple(arrays)


def _are_arrays(keys: tuple[Any, ...]) -> bool:
    """Whether a key is one array, or several of integers: most mixed keys are, and need no splitting."""
    for key in keys:
        if not isinstance(key, np.ndarray) or not key.ndim or (key.dtype.kind == "b" and len(keys) > 1):
            return False
    return bool(keys)


def _spelled_out(keys: tuple[Any, ...], ndim: int) -> list[Any]:
    """The key with slices in place of an Ellipsis."""
    at = [i for i, key in enumerate(keys) if key is Ellipsis]
    if not at:
        return list(keys)
    rest = [slice(None)] * max(0, ndim - sum(map(_consumed, keys)))
    return [*keys[: at[0]], *rest, *[key for key in keys[at[0] :] if key is not Ellipsis]]


def _refuse_mask(mask: np.ndarray[Any, Any], shape: tuple[int, ...], dim: int) -> None:
    if dim + mask.ndim > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
    at = next(i for i, n in enumerate(mask.shape) if n != shape[dim + i])
    raise IndexError(
        f"The shape of the mask {list(mask.shape)} at index {at} does not match the shape of the indexed "
        f"tensor {list(shape)} at index {dim + at}"
    )


def _consumed(key: Any) -> int:
    """How many dimensions an item of a key stands for, Ellipsis apart."""
    if key is None or key is Ellipsis:
        return 0
    return key.ndim if isinstance(key, np.ndarray) and key.dtype.kind == "b" else 1


def is_whole(key: tuple[Any, ...]) -> bool:
    """Whether a basic key, or the arrays of a mixed one, leave everything as it is."""
    return all(k is Ellipsis or (isinstance(k, slice) and k == slice(None)) for k in key)
