"""The array API standard on tensors: its names and keywords (``axis``, ``keepdims``), our functions.

``x.__array_namespace__()`` gives this module to libraries that compute with any arrays (SciPy, scikit-learn,
einops).  The names are those of the standard's version 2023.12; what is not defined
here is PyTorch's function of that name.
"""

from __future__ import annotations

import sys
from functools import reduce
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..engine.attributes.dtype_objects import of as dtype_of
from ..engine.dtypes import default_complex_dtype
from ..engine.tensor import Tensor

__all__ = ["NAMES", "namespace"]

mt: Any = import_module("microtensor")
newaxis = None
__array_api_version__ = "2023.12"
_VERSIONS = ("2021.12", "2022.12", "2023.12")

_ALL = """
    e inf nan newaxis pi
    arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like tril triu
    zeros zeros_like
    astype can_cast finfo iinfo isdtype result_type
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
    abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_invert bitwise_or
    bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp expm1 floor floor_divide
    greater greater_equal hypot imag isfinite isinf isnan less less_equal log log1p log2 log10 logaddexp
    logical_and logical_not logical_or logical_xor maximum minimum multiply negative not_equal positive pow
    real remainder round sign signbit sin sinh square sqrt subtract tan tanh trunc
    take matmul matrix_transpose tensordot vecdot
    broadcast_arrays broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape roll squeeze
    stack tile unstack
    argmax argmin nonzero searchsorted where unique_all unique_counts unique_inverse unique_values
    argsort sort cumulative_sum max mean min prod std sum var all any __array_namespace_info__
"""
NAMES = frozenset(_ALL.split())
"""All names of the standard's main namespace."""


def namespace(api_version: str | None = None) -> ModuleType:
    """This module, if it has the version that is asked for.

    >>> xp = mt.ones(2).__array_namespace__()
    >>> xp.sum(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0, keepdims=True)
    tensor([[4., 6.]])
    """
    if api_version not in (None, *_VERSIONS):
        raise ValueError(
            f"array API version {api_version!r} is not here: it is one of {', '.join(_VERSIONS)}"
        )
    return sys.modules[__name__]


def __getattr__(name: str) -> Any:
    if name not in NAMES or not hasattr(mt, name):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(mt, name)


def __dir__() -> list[str]:
    return sorted(name for name in NAMES if name in globals() or hasattr(mt, name))


# ------------------------------------------------------------ reductions and order


def _all_of(x: Tensor, axis: Any) -> Any:
    """The axes to reduce over: all for None."""
    return tuple(range(x.ndim)) if axis is None else axis


def sum(x: Tensor, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over axes."""
    return mt.sum(x, dim=_all_of(x, axis), keepdim=keepdims, dtype=dtype)


def mean(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over axes."""
    return mt.mean(x, dim=_all_of(x, axis), keepdim=keepdims)


def prod(x: Tensor, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product over axes."""
    axes = sorted(_axes(x, axis), reverse=True)
    for one in axes:
        x = mt.prod(x, dim=one, keepdim=keepdims, dtype=dtype)
    return x if axes else mt.prod(x, dtype=dtype)


def _axes(x: Tensor, axis: Any) -> list[int]:
    axes = axis if isinstance(axis, tuple) else (_all_of(x, axis) if axis is None else (axis,))
    return [one % x.ndim for one in axes]


def max(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element over axes."""
    return mt.amax(x, dim=_all_of(x, axis), keepdim=keepdims)


def min(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element over axes."""
    return mt.amin(x, dim=_all_of(x, axis), keepdim=keepdims)


def std(x: Tensor, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviation over axes, without Bessel's correction unless asked for."""
    return mt.std(x, dim=_all_of(x, axis), correction=correction, keepdim=keepdims)


def var(x: Tensor, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The variance over axes, without Bessel's correction unless asked for."""
    return mt.var(x, dim=_all_of(x, axis), correction=correction, keepdim=keepdims)


def all(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements over axes are true."""
    return mt.all(x, dim=_all_of(x, axis), keepdim=keepdims)


def any(x: Tensor, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element over axes is true."""
    return mt.any(x, dim=_all_of(x, axis), keepdim=keepdims)


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the largest element."""
    return mt.argmax(x, dim=axis, keepdim=keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the smallest element."""
    return mt.argmin(x, dim=axis, keepdim=keepdims)


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The elements in order."""
    return mt.sort(x, dim=axis, descending=descending, stable=stable)[0]


def argsort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that put the elements in order."""
    return mt.sort(x, dim=axis, descending=descending, stable=stable)[1]


def cumulative_sum(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """The sums of all elements so far; with ``include_initial``, from 0 on."""
    dim = 0 if axis is None else axis
    total = mt.cumsum(x, dim, dtype=dtype)
    if not include_initial:
        return total
    first = [1 if n == dim % x.ndim else size for n, size in enumerate(x.shape)]
    return mt.cat([total.new_zeros(first), total], dim)


# ------------------------------------------------------------------------- shapes


def concat(arrays: Any, /, *, axis: int | None = 0) -> Any:
    """Tensors end to end; flattened first if `axis` is None."""
    flat = [x.reshape(-1) for x in arrays] if axis is None else list(arrays)
    return mt.cat(flat, 0 if axis is None else axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Any:
    """Tensors along a new axis."""
    return mt.stack(list(arrays), axis)


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis."""
    return tuple(mt.unbind(x, axis))


def expand_dims(x: Tensor, /, *, axis: int = 0) -> Any:
    """A new axis of length 1; ``IndexError`` if it cannot be there."""
    return mt.unsqueeze(x, axis)


def squeeze(x: Tensor, /, axis: Any) -> Any:
    """Without axes of length 1; ``ValueError`` if one is longer."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    if [n for n in axes if x.shape[n] != 1]:
        raise ValueError(f"squeeze: axes {axes} of shape {tuple(x.shape)} are not all of length 1")
    return mt.squeeze(x, axes)


def flip(x: Tensor, /, *, axis: Any = None) -> Any:
    """Backwards along axes."""
    return mt.flip(x, tuple(_axes(x, axis)))


def permute_dims(x: Tensor, /, axes: tuple[int, ...]) -> Any:
    """The axes in another order."""
    return mt.permute(x, axes)


def reshape(x: Tensor, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    """Another shape; a copy if asked for, ``ValueError`` if it needs one that is forbidden."""
    made = mt.reshape(x.clone() if copy else x, shape)
    if copy is False and not np.shares_memory(made.array, x.array) and x.numel():
        raise ValueError(f"reshape: strides {x.stride()} of shape {tuple(x.shape)} need a copy for {shape}")
    return made


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    """All tensors in their common shape."""
    return list(mt.broadcast_tensors(*arrays))


def roll(x: Tensor, /, shift: Any, *, axis: Any = None) -> Any:
    """Elements moved along axes, those that leave coming back at the start."""
    return mt.roll(x, shift, () if axis is None else axis)


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element several times."""
    return mt.repeat_interleave(x, repeats, axis)


def take(x: Tensor, indices: Tensor, /, *, axis: int = 0) -> Any:
    """The slices at `indices` along an axis."""
    return mt.index_select(x, axis, indices)


def matrix_transpose(x: Tensor, /) -> Any:
    """The last two axes exchanged."""
    return mt.transpose(x, -2, -1)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Any:
    """The scalar products along an axis."""
    return mt.linalg.vecdot(x1, x2, dim=axis)


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: Any = 2) -> Any:
    """The sum of products over axes of both."""
    return mt.tensordot(x1, x2, axes)


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of a grid, in the standard's default order."""
    return list(mt.meshgrid(*arrays, indexing=indexing))


def tril(x: Tensor, /, *, k: int = 0) -> Any:
    """The elements below a diagonal."""
    return mt.tril(x, k)


def triu(x: Tensor, /, *, k: int = 0) -> Any:
    """The elements above a diagonal."""
    return mt.triu(x, k)


# ----------------------------------------------------------------------- creation


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of zeros."""
    return mt.zeros(shape, dtype=dtype, device=device)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of ones."""
    return mt.ones(shape, dtype=dtype, device=device)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of whatever is in its memory."""
    return mt.empty(shape, dtype=dtype, device=device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of one value."""
    return mt.full(shape, fill_value, dtype=dtype, device=device)


def eye(
    n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None
) -> Any:
    """Ones on a diagonal."""
    return mt.from_numpy(np.eye(n_rows, n_cols, k, dtype or mt.get_default_dtype()))


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Any:
    """Evenly spaced numbers, without the end; from 0 if it alone is given."""
    ends = (0, start) if stop is None else (start, stop)
    return mt.arange(*ends, step, dtype=dtype, device=device)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Any:
    """`num` evenly spaced numbers, with the end unless `endpoint` is False."""
    steps = num if endpoint else num + 1
    return mt.linspace(start, stop, steps, dtype=dtype, device=device)[:num]


# ------------------------------------------------------------------ element by element


def clip(x: Tensor, /, min: Any = None, max: Any = None) -> Any:
    """Elements kept between two bounds."""
    return x if min is None and max is None else mt.clamp(x, min, max)


def equal(x1: Any, x2: Any, /) -> Any:
    """Whether elements are equal, each by itself."""
    return mt.eq(x1, x2)


def imag(x: Tensor, /) -> Any:
    """The imaginary parts; zeros of real numbers, as NumPy's."""
    return mt.imag(x) if x.is_complex() else mt.zeros_like(x)


bitwise_invert = mt.bitwise_not


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """The indices of the elements that are not zero, axis by axis."""
    return tuple(mt.nonzero(x, as_tuple=True))


class UniqueAll(NamedTuple):
    """What `unique_all` gives."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """What `unique_counts` gives."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """What `unique_inverse` gives."""

    values: Tensor
    inverse_indices: Tensor


def unique_all(x: Tensor, /) -> UniqueAll:
    """The different elements, where each is first, which each element is, and how many there are."""
    found = np.unique(x.array, return_index=True, return_inverse=True, return_counts=True, equal_nan=False)
    values, indices, inverse, counts = map(mt.from_numpy, found)
    return UniqueAll(values, indices, inverse.reshape(x.shape), counts)


def unique_counts(x: Tensor, /) -> UniqueCounts:
    """The different elements, and how many there are of each."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Tensor, /) -> UniqueInverse:
    """The different elements, and which of them each element is."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Tensor, /) -> Any:
    """The different elements."""
    return unique_all(x).values


# ------------------------------------------------------------------------- dtypes


def astype(x: Tensor, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """The elements as another dtype."""
    return x.clone() if x.dtype == dtype and copy else x.to(dtype)


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype of what these give together."""
    kinds = [x.dtype if isinstance(x, Tensor) else x for x in arrays_and_dtypes]
    return reduce(mt.promote_types, kinds)


def finfo(type: Any, /) -> Any:
    """Limits of a floating-point dtype."""
    return np.finfo(getattr(type, "dtype", type))


def iinfo(type: Any, /) -> Any:
    """Limits of an integer dtype."""
    return np.iinfo(getattr(type, "dtype", type))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind."""
    return bool(np.isdtype(np.dtype(dtype), kind))


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether a cast keeps every value, by the standard's table of promotions."""
    return bool(np.can_cast(getattr(from_, "dtype", from_), to))


class Info:
    """What the namespace can do, for libraries that ask."""

    def capabilities(self) -> dict[str, Any]:
        """Boolean indices, and shapes that depend on data."""
        return {"boolean indexing": True, "data-dependent shapes": True}

    def default_device(self) -> Any:
        """The CPU."""
        return mt.device("cpu")

    def devices(self) -> list[Any]:
        """The CPU alone."""
        return [mt.device("cpu")]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of new tensors."""
        number = mt.get_default_dtype()
        complex_number = dtype_of(default_complex_dtype())
        kinds = {"complex floating": complex_number, "integral": mt.int64, "indexing": mt.int64}
        return {"real floating": number, **kinds}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """All dtypes, or those of a kind."""
        found = {n: getattr(mt, n, None) for n in NAMES}
        names = [n for n, d in found.items() if isinstance(d, mt.dtype)]
        return {n: getattr(mt, n) for n in sorted(names) if kind is None or isdtype(getattr(mt, n), kind)}


def __array_namespace_info__() -> Info:  # noqa: N807 - the standard's name
    """What the namespace can do."""
    return Info()
