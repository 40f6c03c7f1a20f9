"""Products that are made of others: with a summand, of vectors, of all pairs, of whole chains."""

from __future__ import annotations

import math
from typing import Any

from ...engine.half import widened
from ...engine.out_argument import offered
from ...engine.promotion import resulting
from ...engine.tensor import Tensor
from ...errors import ShapeError, describe
from ..joining.cat_split import stack
from ..reductions.sum_mean import sum
from ..views.permute import t
from ..views.reshape import _reshape
from .matmul import bmm, check_dtypes, dot, mm, mv, outer, weighted


@offered(scalar_first=True)
@widened
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (mat @ vec)``.

    >>> mt.addmv(mt.ones(2), mt.ones(2, 3), mt.ones(3))
    tensor([4., 4.])
    """
    return weighted(input, mv(mat, vec), beta, alpha)


@offered(scalar_first=True)
@widened
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * outer(vec1, vec2)``.

    >>> mt.addr(mt.zeros(1), mt.tensor([1.0, 2.0]), mt.tensor([3.0]))
    tensor([[3.],
            [6.]])
    """
    dtype = resulting(input, vec1, vec2)
    product = outer(vec1.to(dtype), vec2.to(dtype))
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if isinstance(factor, float) and product.dtype.kind not in "fc":
            raise RuntimeError(
                f"For integral input tensors, argument {name} must not be a floating point number: {factor}"
            )
    return weighted(input.to(dtype), product, beta, alpha)


@offered(scalar_first=True)
@widened
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * bmm(batch1, batch2).sum(0)``.

    >>> mt.addbmm(mt.zeros(1), mt.ones(2, 1, 3), mt.ones(2, 3, 1))
    tensor([[6.]])
    """
    return weighted(input, sum(bmm(batch1, batch2), 0).to(batch1.dtype), beta, alpha)


@offered
def ger(input: Tensor, vec2: Tensor) -> Any:
    """`outer`, under its old name.

    >>> mt.ger(mt.tensor([1, 2]), mt.tensor([3]))
    tensor([[3],
            [6]])
    """
    return outer(input, vec2)


@offered
def vdot(input: Tensor, other: Tensor) -> Any:
    """`dot` with the conjugate of the first vector.

    >>> mt.vdot(mt.tensor([1.0, 2.0]), mt.tensor([3.0, 4.0]))
    tensor(11.)
    """
    check_dtypes("dot : expected both vectors to have same dtype", input, other)
    return dot(input.conj(), other)


@offered
def inner(input: Tensor, other: Tensor) -> Any:
    """All inner products of the last dimensions, (..., k) and (..., k); of a number, the product.

    >>> mt.inner(mt.tensor([[1.0, 2.0], [3.0, 4.0]]), mt.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    if not input.ndim or not other.ndim:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise ShapeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    k, lead = input.shape[-1], (*input.shape[:-1], *other.shape[:-1])
    rows = [_reshape(x, (math.prod(x.shape[:-1]), k)) for x in (input, other)]
    return _reshape(mm(rows[0], t(rows[1])), lead)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector as columns: N of them, from the highest down unless `increasing`.

    >>> mt.vander(mt.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [4, 2, 1],
            [9, 3, 1]])
    """
    if x.ndim != 1 or (N is not None and N < 0):
        raise RuntimeError(f"vander: expected a vector and N >= 0, got {describe(x)} and {N}")
    x = x.long() if x.dtype.kind in "biu" else x
    powers = range(len(x) if N is None else N)
    columns = [x**k for k in (powers if increasing else reversed(powers))]
    return stack(columns, 1) if columns else x.new_empty(len(x), 0)
