"""The product of elements, whose gradient is exact where some of them are zero.

Dividing the product by each element would be shorter, and wrong at zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op, registry, shown_as
from ...engine.op_definition import case
from ...engine.out_argument import followed
from ...engine.tensor import Tensor, install
from ..elementwise.select import select, zeros_like
from ..views.reshape import positive
from .sum_mean import ONE_DIM, expand_to, sum


def _products_of_others(x: Any, dim: Any) -> Any:
    """For each element the product of all others along `dim`, with zeros handled exactly."""
    front, back = np.moveaxis(x, dim, 0), np.moveaxis(x, dim, 0)[::-1]
    ones = np.ones_like(front[:1])
    before = np.cumprod(np.concatenate([ones, front[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([ones, back[:-1]]), axis=0)[::-1]
    return np.moveaxis(before * after, 0, dim)


@op(
    x=lambda g, x, dim, keepdim: expand_to(g, x.shape, dim, keepdim) * prod_others(x, dim),
    complex=True, name="prod", wide=True, samples=ONE_DIM,
    reference=lambda x, dim=None, keepdim=False: np.prod(x, axis=dim, keepdims=keepdim),
)  # fmt: skip
def _prod(x: Any, /, dim: int, keepdim: bool = False) -> Any:
    """The product over one dimension, with exact gradients at zeros.

    >>> mt.prod(mt.tensor([1.0, 2.0, 4.0]))
    tensor(8.)
    """
    found = np.multiply.reduce(
        x, axis=dim, keepdims=keepdim, dtype=None if dtypes.is_differentiable(x.dtype) else dtypes.int64
    )
    return found if found.flags.c_contiguous else found.copy()


def _of_one_number(x: Tensor, dim: int | None) -> Any:
    """The product of a number without dimensions: a copy, so that it has no second derivative."""
    if dim is not None:
        positive(dim, 1)
    if not dtypes.is_differentiable(x.dtype):
        return x.clone().to(dtypes.int64)
    return _clone_shown_as("ProdBackward0")(x)


_clone_shown_as = shown_as(registry["clone"].function, "clone", x=lambda g: g, complex=True)


@op(x=lambda g, x, dim: prod_pairs(g, x, dim), complex=True, wide=True,
    samples=[case((3, 4), dim=0), case((1, 2), dim=1)], domain=(0.5, 2),
    reference=lambda x, dim: np.prod(x, dim, keepdims=True) / x)  # fmt: skip
def prod_others(x: Any, /, dim: int) -> Any:
    """For each element, the product of all others along `dim`.

    >>> from microtensor.ops.reductions.prod import prod_others
    >>> prod_others(mt.tensor([2.0, 3.0, 4.0]), 0)
    tensor([12.,  8.,  6.])
    """
    return _products_of_others(x, dim)


def prod_pairs(g: Any, x: Any, dim: int) -> Any:
    """The vjp of `prod_others`: row i, column k of its Jacobian is the product of all but i and k."""
    front, cotangents = np.moveaxis(x, dim, 0), np.moveaxis(g, dim, 0)
    if not len(front):
        return zeros_like(g)
    rows = []
    for k in range(len(front)):
        hidden = _set_row(front, k)
        others = prod_others(hidden, 0)
        rows.append(sum(cotangents * others, 0) - cotangents[k] * others[k])
    return np.moveaxis(_stack(rows, front), 0, dim)


def _set_row(x: Any, k: int) -> Any:
    """`x` with row k replaced by ones, on either carrier."""
    mask = np.zeros((x.shape[0], *[1] * (x.ndim - 1)), bool)
    mask[k] = True
    mask = np.broadcast_to(mask, tuple(x.shape))
    return select(mask, zeros_like(x) + 1, x)


def _stack(rows: list[Any], like: Any) -> Any:
    from ..joining.cat_split import stack

    return stack(rows, 0) if isinstance(like, Tensor) else np.stack(rows)


@followed
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of all elements, or over one dimension; gradients are exact at zeros.

    >>> x = mt.tensor([0.0, 2.0, 3.0], requires_grad=True)
    >>> mt.prod(x).backward()
    >>> x.grad
    tensor([6., 0., 0.])
    """
    x = input if dtype is None else input.to(dtype)
    if x.ndim == 0:
        out = _of_one_number(x, dim)
    elif dim is None:
        out = _prod(x.reshape(-1), 0, False)
    else:
        out = _prod(x, dim, keepdim)
    return out if dtype is None or out.dtype == x.dtype else out.to(x.dtype)


install(prod=prod)
