"""Products of tensors that are rearranged matrix products: `tensordot`, `kron`, chains of matrices."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from ...engine import dtypes
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ...errors import ShapeError, describe
from ..elementwise.comparison import logical_and
from ..views.permute import permute
from ..views.reshape import positive, reshape
from ..views.squeeze import squeeze_dim, unsqueeze
from .matmul import dot, mm


@with_out
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Any = None) -> Tensor:
    """Summed over the last `dims` dimensions of `a` and the first of `b`, or over two lists of dimensions.

    >>> mt.tensordot(mt.ones(2, 3, 4), mt.ones(3, 4, 5)).shape
    torch.Size([2, 5])
    """
    first, second = _contracted(a, b, dims.tolist() if isinstance(dims, Tensor) else dims)
    rows = [d for d in range(a.ndim) if d not in first]
    columns = [d for d in range(b.ndim) if d not in second]
    a, b = _squeezed(a, b, first, second)
    sizes, more = [a.shape[d] for d in rows], [b.shape[d] for d in columns]
    n = math.prod(a.shape[d] for d in first)
    left, right = permute(a, (*rows, *first)), permute(b, (*second, *columns))
    x, y = reshape(left, (math.prod(sizes), n)), reshape(right, (n, math.prod(more)))
    if a.dtype == b.dtype == dtypes.bool and math.prod(sizes) == math.prod(more) == 1:
        return reshape(_truth(x, y, left, right), (*sizes, *more))
    return reshape(mm(x, y), (*sizes, *more))


def _truth(x: Tensor, y: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """The inner product of two bools, which PyTorch has for what does not lie in one piece only."""
    if left.is_contiguous() and right.is_contiguous():
        return dot(x.reshape(-1), y.reshape(-1))  # refused
    return logical_and(x.reshape(-1), y.reshape(-1)).any()


def _contracted(a: Any, b: Any, dims: Any) -> tuple[list[int], list[int]]:
    """The dimensions of both that are summed over, counted from the front."""
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(
                f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims} for {describe(a)} and "
                f"{describe(b)}"
            )
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(first) != len(second):
        raise RuntimeError(
            f"both dimension lists should have same length, got dims_a={first} and dims_b={second}"
        )
    first, second = [positive(d, a.ndim) for d in first], [positive(d, b.ndim) for d in second]
    for i, j in zip(first, second, strict=True):
        if a.shape[i] != b.shape[j] and 1 not in (a.shape[i], b.shape[j]):
            raise ShapeError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} and second "
                f"has size {b.shape[j]} in dim {j}: {describe(a)} and {describe(b)}"
            )
    return first, second


def _squeezed(a: Any, b: Any, first: list[int], second: list[int]) -> tuple[Any, Any]:
    """A dimension that is 1 in one of them only, is summed in the other."""
    for i, j in zip(first, second, strict=True):
        if a.shape[i] != b.shape[j]:
            a = a if a.shape[i] == 1 else a.sum(i, keepdim=True).to(a.dtype)
            b = b if b.shape[j] == 1 else b.sum(j, keepdim=True).to(b.dtype)
    return a, b


@with_out
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: each element of `input` times all of `other`, as one tensor.

    >>> mt.kron(mt.tensor([1, 10]), mt.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    n = max(input.ndim, other.ndim)
    a = (*[1] * (n - input.ndim), *input.shape)
    b = (*[1] * (n - other.ndim), *other.shape)
    x = reshape(input, tuple(size for length in a for size in (length, 1)))
    y = reshape(other, tuple(size for length in b for size in (1, length)))
    return reshape(x * y, tuple(p * q for p, q in zip(a, b, strict=True)))


@with_out
def multi_dot(tensors: Any) -> Tensor:
    """The product of a chain of matrices, in the order of fewest multiplications; the ends may be vectors.

    T. Cormen, C. Leiserson, R. Rivest, C. Stein, "Introduction to Algorithms", 15.2.

    >>> mt.linalg.multi_dot([mt.ones(2, 10), mt.ones(10, 2), mt.ones(2)])
    tensor([20., 20.])
    """
    chain = list(tensors)
    if len(chain) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(chain)}")
    for place, x in enumerate(chain):
        allowed = "1D or 2D" if place in (0, len(chain) - 1) else "2D"
        if f"{x.ndim}D" not in allowed:
            raise RuntimeError(f"multi_dot(): tensor {place} must be {allowed} but got {describe(x)}")
    first, last = chain[0].ndim == 1, chain[-1].ndim == 1
    chain[0] = unsqueeze(chain[0], 0) if first else chain[0]
    chain[-1] = unsqueeze(chain[-1], 1) if last else chain[-1]
    for left, right in pairwise(chain):
        if left.shape[1] != right.shape[0]:
            raise ShapeError(f"multi_dot(): {describe(left)} and {describe(right)} cannot be multiplied")
    out = _multiplied(chain, _splits([chain[0].shape[0], *[x.shape[1] for x in chain]]), 0, len(chain) - 1)
    out = squeeze_dim(out, 0) if first else out
    return squeeze_dim(out, -1) if last else out


def _splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to split the product from matrix i to j so that it takes the fewest multiplications."""
    cost: dict[tuple[int, int], int] = {(i, i): 0 for i in range(len(sizes) - 1)}
    best: dict[tuple[int, int], int] = {}
    for length in range(1, len(sizes) - 1):
        for i in range(len(sizes) - 1 - length):
            j = i + length
            ways = {
                k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)
            }
            best[i, j] = min(ways, key=ways.__getitem__)
            cost[i, j] = ways[best[i, j]]
    return best


def _multiplied(chain: list[Any], splits: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return chain[i]
    k = splits[i, j]
    return mm(_multiplied(chain, splits, i, k), _multiplied(chain, splits, k + 1, j))


@with_out
def chain_matmul(*matrices: Tensor) -> Tensor:
    """`linalg.multi_dot` under its older name.

    >>> mt.chain_matmul(mt.ones(2, 10), mt.ones(10, 2)).shape
    torch.Size([2, 2])
    """
    return matrices[0].clone() if len(matrices) == 1 else multi_dot(matrices)


install(kron=kron)
