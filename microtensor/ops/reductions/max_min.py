"""The largest and the smallest: over all elements, along dimensions, and where they are.

Ties share the gradient, but for `max` and `min` along a dimension: there it goes to the index that
is returned.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...engine.arrays.kernels import BOOL, unsupported
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import offered, with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor, install
from .sum_mean import CASES, ONE_DIM, axes, count, expand_to, kept


class Extreme(NamedTuple):
    """The values of a reduction and where they were found."""

    values: Tensor
    indices: Tensor


@return_type("max")
class Max(Extreme):
    """What `max` over a dimension gives."""


@return_type("min")
class Min(Extreme):
    """What `min` over a dimension gives."""


def some(x: Any, dim: Any, name: str) -> Any:
    """`dim` as NumPy's axis; an error of PyTorch's class if there is nothing to choose from."""
    dim = axes(dim)
    if x.size == 0 and dim is None:
        kind = IndexError if name.startswith("arg") else RuntimeError
        raise kind(f"{name}(): Expected reduction dim to be specified for shape {tuple(x.shape)}")
    if x.size == 0 and count(x.shape, dim) == 0:
        raise IndexError(f"{name}(): Expected reduction dim {dim} of {tuple(x.shape)} to have non-zero size.")
    return dim


@numpy_names
@op(
    x=lambda g, x, out, dim, keepdim: expand_to(g, x.shape, dim, keepdim) * winners(x, out, dim, keepdim),
    method=True, samples=CASES,
    reference=lambda x, dim=None, keepdim=False: np.max(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def amax(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest over `dim`; ties share the gradient equally.

    >>> mt.amax(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([3., 2.])
    """
    return np.maximum.reduce(x, axis=some(x, dim, "amax"), keepdims=keepdim)


@numpy_names
@op(
    x=lambda g, x, out, dim, keepdim: expand_to(g, x.shape, dim, keepdim) * winners(x, out, dim, keepdim),
    method=True, samples=CASES,
    reference=lambda x, dim=None, keepdim=False: np.min(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def amin(x: Any, /, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest over `dim`; ties share the gradient equally.

    >>> mt.amin(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([1., 0.])
    """
    return np.minimum.reduce(x, axis=some(x, dim, "amin"), keepdims=keepdim)


def winners(x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """A constant: at each element that equals the extreme, one over the number of such elements.

    An extreme that is NaN is that of the NaNs.
    """
    x, out = getattr(x, "_data", x), getattr(out, "_data", out)
    wide = out.reshape(kept(x.shape, dim))
    ties = x == wide
    if np.isnan(wide).any():
        ties |= np.isnan(x) & np.isnan(wide)
    share = np.add.reduce(ties, axis=axes(dim), keepdims=True, dtype=x.dtype)
    return ties / share


def _index_of(x: Any, dim: int | None, keepdim: bool, find: Any) -> Any:
    return np.asarray(find(x, axis=some(x, dim, find.__name__), keepdims=keepdim), np.int64)


@numpy_names
@op(
    kernel=unsupported("argmax(): does not support bool input", BOOL),
    method=True,
    samples=ONE_DIM,
    reference=lambda x, dim=None, keepdim=False: np.argmax(x, dim, keepdims=keepdim),
)
def argmax(x: Any, /, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest element is (the first of equals): int64, no gradient.

    >>> mt.argmax(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([1, 0])
    """
    return _index_of(x, dim, keepdim, np.argmax)


@numpy_names
@op(
    kernel=unsupported("argmin(): does not support bool input", BOOL),
    method=True,
    samples=ONE_DIM,
    reference=lambda x, dim=None, keepdim=False: np.argmin(x, dim, keepdims=keepdim),
)
def argmin(x: Any, /, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest element is (the first of equals): int64, no gradient.

    >>> mt.argmin(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1)
    tensor([0, 1])
    """
    return _index_of(x, dim, keepdim, np.argmin)


def _at(g: Any, x_shape: tuple[int, ...], indices: Any, dim: int, keepdim: bool) -> Any:
    """The cotangent of the values, put where they were found."""
    from ..indexing.gather_scatter import scatter_add_into

    if not x_shape:
        return g[0]
    shape = kept(x_shape, dim)
    return scatter_add_into(g[0].reshape(shape), indices.reshape(shape), x_shape, dim % len(x_shape))


def _found(x: Any, dim: int, keepdim: bool, find: Any) -> tuple[Any, Any]:
    where = _index_of(x, dim, True, find)
    values = np.take_along_axis(x, where, dim) if x.ndim else x.copy()
    return (values, where) if keepdim or not x.ndim else (values.squeeze(dim), where.squeeze(dim))


_MAX = {"x": lambda g, x_shape, out_indices, dim, keepdim: _at(g, x_shape, out_indices, dim, keepdim)}


@op(x=_MAX["x"], name="max", node="MaxBackward0", samples=ONE_DIM,
    reference=lambda x, dim, keepdim=False: np.max(x, axis=dim, keepdims=keepdim))  # fmt: skip
def max_along(x: Any, /, dim: int, keepdim: bool = False) -> Any:
    """The largest elements along `dim`, and where they are; the gradient goes there alone.

    >>> mt.max(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1).values
    tensor([3., 2.])
    """
    return _found(x, dim, keepdim, np.argmax)


@op(x=_MAX["x"], name="min", node="MinBackward0", samples=ONE_DIM,
    reference=lambda x, dim, keepdim=False: np.min(x, axis=dim, keepdims=keepdim))  # fmt: skip
def min_along(x: Any, /, dim: int, keepdim: bool = False) -> Any:
    """The smallest elements along `dim`, and where they are; the gradient goes there alone.

    >>> mt.min(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1).values
    tensor([1., 0.])
    """
    return _found(x, dim, keepdim, np.argmin)


@op(x=lambda g, x, out: expand_to(g, x.shape) * winners(x, out, None, False), node="MaxBackward1",
    samples=[case((2, 3)), case(())], reference=np.max)  # fmt: skip
def max_of_all(x: Any, /) -> Any:
    """The largest element; ties share the gradient equally.

    >>> mt.max(mt.tensor([1.0, 3.0]))
    tensor(3.)
    """
    return np.maximum.reduce(x, axis=some(x, None, "max"))


@op(x=lambda g, x, out: expand_to(g, x.shape) * winners(x, out, None, False), node="MinBackward1",
    samples=[case((2, 3)), case(())], reference=np.min)  # fmt: skip
def min_of_all(x: Any, /) -> Any:
    """The smallest element; ties share the gradient equally.

    >>> mt.min(mt.tensor([1.0, 3.0]))
    tensor(1.)
    """
    return np.minimum.reduce(x, axis=some(x, None, "min"))


@with_out
def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; with `dim`, ``(values, indices)``; with a tensor, `maximum`.

    Over one dimension the gradient goes to the index that is returned; over all, ties share it.

    >>> mt.max(mt.tensor([[1.0, 3.0], [2.0, 0.0]]), dim=1).indices
    tensor([1, 0])
    """
    from ..elementwise.maximum import maximum

    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    return max_of_all(input) if dim is None else Max(*max_along(input, dim, keepdim))


@with_out
def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; with `dim`, ``(values, indices)``; with a tensor, `minimum`.

    >>> mt.min(mt.tensor([4.0, 3.0]))
    tensor(3.)
    """
    from ..elementwise.maximum import minimum

    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    return min_of_all(input) if dim is None else Min(*min_along(input, dim, keepdim))


install(max=max, min=min)


@return_type("aminmax")
class AMinMax(NamedTuple):
    """What `aminmax` gives."""

    min: Tensor
    max: Tensor


@offered
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> AMinMax:
    """The smallest and the largest, over all or along `dim`; ties share the gradient.

    >>> mt.aminmax(mt.tensor([1.0, 3.0, 2.0])).max
    tensor(3.)
    """
    return AMinMax(amin(input, dim, keepdim), amax(input, dim, keepdim))
