"""Matrix products: each is a call of BLAS, forward and backward, without copies of transposes."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, without
from ...engine.arrays.summation import column_total
from ...engine.dtypes import beside
from ...engine.graph import sum_to
from ...engine.half import widened
from ...engine.op import op
from ...engine.op_definition import case, registry, written
from ...engine.out_argument import with_out
from ...engine.overriding.overridable import asks_itself, overridable
from ...engine.tensor import Diverted, Tensor
from ...engine.writes import into
from ...errors import ShapeError, describe, scalar_type
from ..elementwise.select import in_place_of
from ..reductions.sum_mean import expand_to
from ..views.expand import broadcast_to
from ..views.permute import t
from ..views.reshape import _reshape
from ..views.squeeze import squeeze_dim, unsqueeze


@op(kernel=without("addmm_impl_cpu_", BOOL, True),
    x=lambda g, mat2: times(g, mat2.T), mat2=lambda g, x: times(x.T, g), complex=True, method=True,
    promote=False, wide=True, samples=[case((2, 3), (3, 4)), case((1, 1), (1, 1)), case((2, 0), (0, 3))],
    reference=np.matmul)  # fmt: skip
def mm(x: Any, mat2: Any, /) -> Any:
    """The product of two matrices, (n, k) and (k, m), of one dtype.

    >>> mt.mm(mt.tensor([[1.0, 2.0]]), mt.tensor([[3.0], [4.0]]))
    tensor([[11.]])
    """
    if x.ndim == 2 == mat2.ndim:
        if x.dtype is not mat2.dtype:
            check_dtypes("mm", x, mat2)
        try:
            return x.dot(mat2)
        except ValueError:
            pass
    raise _misfit("mm", x, mat2, "two matrices, (n, k) and (k, m)")


def check_dtypes(name: str, *arrays: Any) -> None:
    """``RuntimeError`` for arrays of different dtypes: products convert nothing, as in PyTorch."""
    if any(a.dtype != arrays[0].dtype for a in arrays):
        raise RuntimeError(
            f"{name}: {' and '.join(map(describe, arrays))}: expected the same dtype; convert one of "
            "them, for example with x.float()"
        )


def _misfit(name: str, x: Any, y: Any, expected: str) -> ShapeError:
    sizes = f" ({_by(x)} and {_by(y)})" if x.ndim == y.ndim == 2 else ""
    return ShapeError(
        f"{name}: {describe(x)} and {describe(y)}: mat1 and mat2 shapes cannot be multiplied{sizes}; "
        f"expected {expected}"
    )


def _by(x: Any) -> str:
    """The sizes of a matrix as PyTorch writes them: ``2x3``."""
    return "x".join(map(str, x.shape))


@op(kernel=without("addmv_impl_cpu", BOOL, True),
    x=lambda g, vec: g.reshape((-1, 1)) * vec, vec=lambda g, x: mv(x.T, g),
    complex=True, method=True, promote=False,
    wide=True, samples=[case((2, 3), (3,)), case((2, 0), (0,))], reference=np.matmul)  # fmt: skip
def mv(x: Any, vec: Any, /) -> Any:
    """A matrix (n, k) times a vector (k).

    >>> mt.mv(mt.ones(2, 3), mt.ones(3))
    tensor([3., 3.])
    """
    if x.ndim != 2 or vec.ndim != 1 or x.shape[1] != vec.shape[0]:
        raise _misfit("mv", x, vec, "(n, k) and (k)")
    check_dtypes("mv", x, vec)
    return x.dot(vec)


@op(kernel=without("dot", BOOL),
    x=lambda g, tensor: g * tensor, tensor=lambda g, x: g * x, complex=True, method=True, promote=False,
    wide=True, samples=[case((3,), (3,)), case((0,), (0,))], reference=np.dot)  # fmt: skip
def dot(x: Any, tensor: Any, /) -> Any:
    """The inner product of two vectors of one length.

    >>> mt.dot(mt.tensor([1.0, 2.0]), mt.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if x.ndim != 1 or tensor.ndim != 1:
        raise ShapeError(
            f"1D tensors expected, but got {x.ndim}D and {tensor.ndim}D tensors: dot of {describe(x)} and "
            f"{describe(tensor)}"
        )
    if x.dtype is not tensor.dtype:
        check_dtypes("dot : expected both vectors to have same dtype", x, tensor)
    if tensor.shape != x.shape:
        raise ShapeError(
            f"inconsistent tensor size, expected tensor [{len(x)}] and src [{len(tensor)}] to have the same "
            f"number of elements, but got {len(x)} and {len(tensor)} elements respectively: dot of "
            f"{describe(x)} and {describe(tensor)}"
        )
    return x.dot(tensor)


@op(kernel=without("bmm", BOOL, True),
    x=lambda g, y, x_shape: sum_to(batched(g, y.mT), x_shape),
    y=lambda g, x, y_shape: sum_to(batched(x.mT, g), y_shape),
    complex=True, node="BmmBackward0", promote=False,
    wide=True,
    samples=[case((2, 3, 4), (2, 4, 2)), case((3, 1, 2, 4), (2, 4, 2))], reference=np.matmul)  # fmt: skip
def batched(x: Any, y: Any, /) -> Any:
    """Products of stacks of matrices, (..., n, k) and (..., k, m), whose leading dimensions broadcast.

    >>> mt.matmul(mt.ones(2, 1, 3), mt.ones(2, 3, 1)).shape
    torch.Size([2, 1, 1])
    """
    check_dtypes("matmul", x, y)
    if x.ndim > 2 and y.ndim > 2 and x.shape[:-2] == y.shape[:-2] and not any(y.strides[:-2]) and y.size:
        rows = x.reshape((-1, x.shape[-1]))  # one matrix, stretched over the stack: one large product
        return rows.dot(y[(0,) * (y.ndim - 2)]).reshape((*x.shape[:-1], y.shape[-1]))
    return x * y if x.shape[-1] == 1 == y.shape[-2] else np.matmul(x, y)


@with_out
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Products of two stacks of matrices, (b, n, k) and (b, k, m).

    >>> mt.bmm(mt.ones(2, 1, 3), mt.ones(2, 3, 1)).flatten()
    tensor([3., 3.])
    """
    fits = (
        input.ndim == mat2.ndim == 3 and input.shape[0] == mat2.shape[0] and input.shape[2] == mat2.shape[1]
    )
    if not fits:
        raise _misfit("bmm", input, mat2, "two stacks of matrices, (b, n, k) and (b, k, m)")
    return batched(input, mat2)


@with_out
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product, with vectors and stacks of matrices as in ``numpy.matmul``.

    Raises ``RuntimeError`` if the inner dimensions differ or an operand is a number.

    >>> mt.matmul(mt.ones(2, 3), mt.ones(3))
    tensor([3., 3.])
    """
    return matrix_product(input, other)


def matrix_product(input: Tensor, other: Tensor) -> Tensor:
    """What `matmul` gives, for operands whose class overrides nothing: ``x @ y`` has asked already."""
    try:
        n, m = input._data.ndim, other._data.ndim  # asked of the arrays: 0.2 us less
    except (AttributeError, Diverted):
        n, m = _ndim(input), _ndim(other)
    if n == 2 == m:
        return mm(input, other)
    if n == 0 or m == 0 or input.shape[-1] != other.shape[max(m - 2, 0)]:
        raise _misfit("matmul", input, other, "(..., n, k) and (..., k, m), at least one dimension each")
    if n == 1 == m:
        return dot(input, other)
    if n == 2 and m == 1:
        return mv(input, other)
    if n == 1:
        return squeeze_dim(matrix_product(unsqueeze(input, 0), other), -2)
    if m == 1:
        return squeeze_dim(matrix_product(input, unsqueeze(other, 1)), -1)
    if m == 2:  # one large product instead of a stack of small ones
        shape = tuple(input.shape)
        rows = _reshape(input, (math.prod(shape[:-1]), shape[-1]))
        return _reshape(mm(rows, other), (*shape[:-1], other.shape[-1]))
    return batched(input, other)


def _ndim(x: Any) -> int:
    if not isinstance(x, (Tensor, np.ndarray)):
        raise TypeError(f"matmul: expected a Tensor, got {type(x).__name__}; make one with tensor(data)")
    return x.ndim


def weighted(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Any:
    """``beta * input + alpha * product``; beside integers `beta` and `alpha` are cut to integers.

    Where `beta` is 0, `input` may be NaN.  Raises ``RuntimeError`` for two dtypes.

    >>> from microtensor.ops.matmul.matmul import weighted
    >>> weighted(mt.tensor([7]), mt.tensor([2]), 0.5, 1.5)
    tensor([2])
    """
    if input.dtype != product.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {scalar_type(input.dtype)} and "
            f"{scalar_type(product.dtype)}: convert one of them"
        )
    if product.dtype.kind not in "fc" and (beta, alpha) != (1, 1):
        kind = type(True) if product.dtype.kind == "b" else int
        beta, alpha = kind(beta), kind(alpha)
    if isinstance(beta, complex) or isinstance(alpha, complex):
        beta, alpha = beside(beta, product.dtype), beside(alpha, product.dtype)
    product = product if alpha == 1 else alpha * product
    if beta == 0:
        return product + in_place_of(input, np.zeros((), product.dtype)) if input.requires_grad else product
    return (input if beta == 1 else beta * input) + product


@with_out(scalar_first=True)
@widened
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``, `input` broadcast.

    >>> mt.addmm(mt.ones(1), mt.ones(2, 3), mt.ones(3, 1)).flatten()
    tensor([4., 4.])
    """
    return weighted(input, mm(mat1, mat2), beta, alpha)


@with_out(scalar_first=True)
@widened
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * bmm(batch1, batch2)``, `input` broadcast.

    >>> mt.baddbmm(mt.ones(1), mt.ones(1, 2, 3), mt.ones(1, 3, 1)).flatten()
    tensor([4., 4.])
    """
    return weighted(input, bmm(batch1, batch2), beta, alpha)


@with_out
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of the elements of two vectors, (n) and (m) to (n, m).

    >>> mt.outer(mt.tensor([1, 2]), mt.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    if input.ndim != 1 or vec2.ndim != 1:
        raise _misfit("outer", input, vec2, "two vectors, (n) and (m)")
    return unsqueeze(input, 1) * vec2


# ----------------------------------------------------------------- linear, fused


def _rows(x: Any) -> Any:
    """All leading dimensions as one."""
    return x if x.ndim == 2 else x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


def times(x: Any, y: Any) -> Any:
    """The product of two matrices on either carrier; on arrays without the checks of `mm`."""
    return x.dot(y) if x.__class__ is np.ndarray else mm(x, y)


@lru_cache(maxsize=32)
def _ones(n: int, dtype: Any) -> Any:
    return np.ones(n, dtype)


@op(x=lambda g, x_shape: expand_to(g, x_shape, 0), complex=True, node="SumBackward1",
    wide=True, samples=[case((4, 3)), case((1, 2)), case((0, 2))], reference=lambda x: x.sum(0))  # fmt: skip
def column_sums(x: Any, /) -> Any:
    """The sums of the columns of a matrix, as a product with ones.

    NumPy adds up the rows one after another, BLAS runs over the memory once: for (9000, 4) that is
    8 us against 108 (in blocks, which keep the digits), and for (4, 2) half the time.

    >>> from microtensor.ops.matmul.matmul import column_sums
    >>> column_sums(mt.ones(3, 2))
    tensor([3., 3.])
    """
    return _ones(len(x), x.dtype).dot(x) if len(x) < 512 else column_total(x, _ones)


# That a cotangent is a matrix of numbers, as in every layer of a small network, is asked in each formula:
# in a function of its own the question would cost a tenth of the layer's backward pass.
ndarray = np.ndarray


@written("g @ weight")
def _to_input(g: Any, weight: Any, x_shape: tuple[int, ...]) -> Any:
    if g.__class__ is ndarray and g.ndim == 2:
        return g.dot(weight)
    return times(_rows(g), weight).reshape(x_shape)


@written("g.T @ x")
def _to_weight(g: Any, x: Any) -> Any:
    return g.T.dot(x) if g.__class__ is ndarray and g.ndim == 2 else times(_rows(g).T, _rows(x))


@written("g.sum(0)")
def _to_bias(g: Any) -> Any:
    if g.__class__ is ndarray and g.ndim == 2:
        return _ones(len(g), g.dtype).dot(g) if len(g) < 512 else column_total(g, _ones)
    return column_sums(_rows(g))


@op(kernel=without("addmm_impl_cpu_", BOOL, True),
    x=_to_input,
    weight=_to_weight,
    bias=_to_bias,
    complex=True, name="linear", node="AddmmBackward0", promote=False,
    wide=True, samples=[case((2, 3), (4, 3), (4,)), case((2, 5, 3), (4, 3), (4,)), case((3,), (4, 3), (4,))],
    reference=lambda x, weight, bias: x @ weight.T + bias,
)  # fmt: skip
def affine(x: Any, weight: Any, bias: Any, /) -> Any:
    """``x @ weight.T + bias``: one product and one addition in place.

    >>> mt.nn.functional.linear(mt.ones(1, 2), mt.ones(3, 2), mt.ones(3))
    tensor([[3., 3., 3.]])
    """
    if x.dtype is not weight.dtype or x.dtype is not bias.dtype:
        check_dtypes("linear", x, weight, bias)
    if x.ndim == 0 or weight.ndim != 2 or x.shape[-1] != weight.shape[1]:
        raise _linear_misfit(x, weight)
    if bias.ndim != 1 or len(bias) != len(weight):
        raise _BiasMisfit(f"linear: bias {describe(bias)} is not of shape ({len(weight)},)")
    rows = x if x.ndim == 2 else _rows(x)
    if len(bias) < 16 and len(rows) > 512:
        out = _narrow(rows, weight, bias)
    else:
        out = rows.dot(weight.T)
        out += bias
    return out if x.ndim == 2 else out.reshape((*x.shape[:-1], len(weight)))


def _narrow(x: Any, weight: Any, bias: Any) -> Any:
    """The same for many rows and few columns, which BLAS and NumPy's broadcasting both handle badly.

    BLAS wants the small matrix in order, and the bias is added to 64 rows at once: for (9000, 2) to
    (9000, 4) 20 us against 68.
    """
    out = x.dot(np.ascontiguousarray(weight.T))
    whole = len(out) & -64
    wide = out[:whole].reshape((whole // 64, -1))
    wide += (_ones(64, bias.dtype).reshape((64, 1)) * bias).reshape(-1)  # np.tile takes ten times as long
    if whole < len(out):
        out[whole:] += bias
    return out


class _BiasMisfit(ShapeError):
    """A bias that has to be broadcast, which `affine` does not do and `linear` does."""


def _linear_misfit(x: Any, weight: Any) -> ShapeError:
    return ShapeError(
        f"linear: input {describe(x)} and weight {describe(weight)}: mat1 and mat2 shapes cannot be "
        f"multiplied; expected an input whose last dimension is {weight.shape[-1]}"
    )


@asks_itself
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Any = None) -> Tensor:
    """``input @ weight.T + bias``: (..., in), (out, in) and (out) to (..., out).

    Raises ``RuntimeError`` if the last dimension of `input` is not `in`.  A `bias` of another shape is
    broadcast to that of the result.

    >>> mt.nn.functional.linear(mt.ones(2), mt.eye(2))
    tensor([1., 1.])
    """
    if out is not None:
        return into(out, linear(input, weight, bias), "linear")
    if bias is not None:
        try:
            return affine(input, weight, bias)
        except _BiasMisfit:
            product = _without_bias(input, weight)
            return product + broadcast_to(bias, tuple(product.shape))
    return _without_bias(input, weight)


def _without_bias(input: Tensor, weight: Tensor) -> Tensor:
    if not _ndim(input) or input.shape[-1] != weight.shape[-1]:
        raise _linear_misfit(input, weight)
    return matmul(input, t(weight))


registry["linear"].shown = linear
overridable(_without_bias, lambda: linear)

for _function in (matmul, bmm, addmm, baddbmm, outer):
    setattr(Tensor, _function.__name__, _function)
