"""``x[key] = value``: where an assignment by index becomes history."""

from __future__ import annotations

from itertools import repeat
from operator import is_
from typing import Any

import numpy as np

from ...engine import dtypes, versions
from ...engine.attributes.low_precision import LOW, converted
from ...engine.calls.sentences import misplaced
from ...engine.grad_mode import recording
from ...engine.tensor import Tensor, install
from ...engine.writes import check_target, check_writeable, count_write
from ...errors import ShapeError, describe
from ..elementwise.casting import of_real_parts
from ..indexing.getitem import view_step
from ..indexing.index_put import index_put, require_dtype
from ..indexing.keys import check_steps, is_whole, normal_key, split_key
from .history import chain_of, data_of, overwrite, take_slices
from .methods import _inplace, copy_

_VALUES = (Tensor, np.ndarray, np.generic, *dtypes.Number, list, tuple)


def _setitem(self: Tensor, key: Any, value: Any) -> None:
    """``x[key] = value`` for every kind of key; recorded if a gradient is required."""
    if not isinstance(value, _VALUES):
        raise TypeError(f"x[key] = {value!r}: can't assign a {type(value).__name__} to a {self.dtype} tensor")
    tracked = check_target(self, "setitem")
    tracked = tracked or (recording() is not False and isinstance(value, Tensor) and value.requires_grad)
    keys, basic = normal_key(key)
    check_steps(keys)
    if not basic and isinstance(value, Tensor) and not isinstance(key, bool):
        require_dtype(self, keys, value)
    if not tracked and not _has_tangent(self) and not _has_tangent(value):
        _write_items(self, keys, value)
        return
    if not basic:
        first, keys = split_key(keys, self.array.shape)
        self = self if is_whole(first) else self[first]
        basic, key = is_whole(keys), keys
    if basic and not _has_history(value) and not hasattr(self, "_overwrite"):
        _write_items(self, keys, value)
        root = self if self._view is None else self._view[0]
        take_slices(root, (*chain_of(self), view_step(keys)), None)
        return
    target = self[key] if basic else None
    value = value if isinstance(value, Tensor) else Tensor._of(np.asarray(value, self.dtype))
    value = _without_leading_ones(value, self.array[keys].ndim if target is None else target.ndim)
    if target is None:
        overwrite(self, index_put(self, keys, value), "setitem")
    else:
        copy_(target, value)


def _has_tangent(value: Any) -> bool:
    return isinstance(value, Tensor) and value._extras is not None and "tangent" in value._extras


def _has_history(value: Any) -> bool:
    return isinstance(value, Tensor) and (value._rg or hasattr(value, "_overwrite"))


def _without_leading_ones(value: Tensor, ndim: int) -> Any:
    """A value may have more dimensions than its place, if the first ones have length 1."""
    extra = value.ndim - ndim
    if extra <= 0 or any(n != 1 for n in value.shape[:extra]):
        return value
    return value.reshape(tuple(value.shape[extra:]))


def _write_items(x: Tensor, keys: tuple[Any, ...], value: Any) -> None:
    raw = _raw(value, x._data.dtype)
    try:
        if (place := _apart(x.array, keys)) is None:
            check_writeable(x, "setitem")
            _put(x.array, keys, raw)
        else:
            place[...] = raw
    except ValueError as error:
        found = f"x[key] = {describe(raw)} where x is {describe(x)}: {error}"
        raise ShapeError(f"shape mismatch: {found}; the value must broadcast to x[key]") from error
    except IndexError as error:
        raise IndexError(f"{misplaced(error, x.ndim)}: x[key] = ... where x is {describe(x)}") from error
    count_write(x, "setitem")


def _apart(array: Any, keys: tuple[Any, ...]) -> Any:
    """The place by basic keys in an expanded array, if no two of its own elements share memory; else None."""
    if array.flags.writeable or any(map(isinstance, keys, repeat(np.ndarray))):
        return None
    place = array[_with_rest(keys)]
    owned = versions.owner(place).flags.writeable
    if not owned or any(n > 1 and not step for n, step in zip(place.shape, place.strides, strict=True)):
        return None
    place.flags.writeable = True
    return place


def _raw(value: Any, dtype: Any) -> Any:
    """What is written, as NumPy shall put it into an array of this dtype."""
    raw = data_of(value) if isinstance(value, Tensor) else value
    if isinstance(raw, dtypes.Number) and (dtype.kind not in "fc" or isinstance(raw, complex)):
        raw = dtypes.fitting(raw, dtype)  # a float that is too large for a float is infinite
    if isinstance(raw, (np.ndarray, np.generic)) and raw.dtype.kind == "c" and dtype.kind not in "cb":
        raw = of_real_parts(raw)
    return converted(np.asarray(raw), dtype) if dtype in LOW else raw


def _put(array: Any, keys: tuple[Any, ...], raw: Any) -> None:
    if not any(map(isinstance, keys, repeat(np.ndarray))):
        array[_with_rest(keys)] = raw
        return
    first, arrays = split_key(keys, array.shape)
    array[_with_rest(first)][_with_rest(arrays)] = raw


def _with_rest(keys: tuple[Any, ...]) -> tuple[Any, ...]:
    return keys if any(map(is_, keys, repeat(Ellipsis))) else (*keys, Ellipsis)


install(__setitem__=_setitem, index_put=index_put, index_put_=_inplace("index_put_", index_put))
