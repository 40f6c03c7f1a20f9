"""``torch.masked``: reductions and normalisations of the elements that a mask keeps.

A mask is a bool tensor that broadcasts to the input, True where an element counts.  What it leaves out is
replaced by what changes nothing: 0 in a sum, 1 in a product, the smallest number in a maximum.  Without a
mask these are the functions of the package, over all dimensions if none is given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtensor.engine import dtypes
from microtensor.engine.arrays.kernels import BOOL, without
from microtensor.engine.tensor import Tensor
from microtensor.ops.elementwise.exponential import logaddexp as _logaddexp
from microtensor.ops.elementwise.select import where
from microtensor.ops.views.expand import broadcast_to

__all__ = [
    "amax", "amin", "argmax", "argmin", "cumprod", "cumsum", "is_masked_tensor", "log_softmax", "logaddexp",
    "logsumexp", "mean", "median", "norm", "normalize", "prod", "softmax", "softmin", "std", "sum", "var",
]  # fmt: skip


def is_masked_tensor(obj: Any) -> bool:
    """Always False: a tensor and its mask are two tensors here.

    >>> mt.masked.is_masked_tensor(mt.zeros(1))
    False
    """
    return False


def _kept(input: Tensor, mask: Tensor | None, dtype: Any, fill: float, name: str = "") -> Tensor:
    """`input` in the dtype, with a number where the mask is False; `name` is asked of where there is none."""
    x = input if dtype is None else input.to(dtype)
    if mask is None:
        return x
    if name and input.dtype == np.bool_:
        raise NotImplementedError(f"identity of {name} on {input.dtype} input: convert it with x.float()")
    return where(_mask(input, mask), x, _number(x, fill))  # type: ignore[no-any-return]


def _mask(input: Tensor, mask: Tensor) -> Tensor:
    if not isinstance(mask, Tensor) or mask.dtype != np.bool_:
        raise TypeError(f"mask must be a bool tensor, got {getattr(mask, 'dtype', type(mask).__name__)}")
    return broadcast_to(mask, tuple(input.shape))


def _number(x: Tensor, fill: float) -> Tensor:
    """A number in the dtype of `x`; of infinity, integers have the largest."""
    kind = x.array.dtype
    if math.isinf(fill) and kind.kind not in "fc":
        fill = (np.iinfo(kind).min, np.iinfo(kind).max)[fill > 0]
    return Tensor._of(np.asarray(fill, kind))  # type: ignore[no-any-return]


def _dims(input: Tensor, dim: Any) -> tuple[int, ...]:
    """`dim` as a tuple of dimensions; all, if it is None."""
    if dim is None:
        return tuple(range(input.ndim))
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    return tuple(d % max(input.ndim, 1) for d in dims) or tuple(range(input.ndim))


def sum(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The sum.

    >>> mt.masked.sum(mt.tensor([1.0, 2.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(5.)
    """
    x = _kept(input, mask, dtype, 0)
    return x.sum(_dims(x, dim), keepdim) if x.ndim else x.sum()


def prod(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The product.

    >>> mt.masked.prod(mt.tensor([3.0, 2.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(12.)
    """
    x = _kept(input, mask, dtype, 1)
    if not x.ndim:
        return x.prod()
    for d in sorted(_dims(x, dim), reverse=True):
        x = x.prod(d, keepdim)
    return x


def cumsum(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The running sum.

    >>> mt.masked.cumsum(mt.tensor([1.0, 2.0, 4.0]), 0, mask=mt.tensor([True, False, True]))
    tensor([1., 1., 5.])
    """
    x = _kept(input, mask, dtype, 0)
    without("cumsum_out_cpu", BOOL)(x)
    return x.cumsum(dim, dtype=x.dtype)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The running product.

    >>> mt.masked.cumprod(mt.tensor([3.0, 2.0, 4.0]), 0, mask=mt.tensor([True, False, True]))
    tensor([ 3.,  3., 12.])
    """
    x = _kept(input, mask, dtype, 1)
    without("cumprod_out_cpu", BOOL)(x)
    return x.cumprod(dim, dtype=x.dtype)


def amax(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The largest.

    >>> mt.masked.amax(mt.tensor([1.0, 9.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(4.)
    """
    x = _kept(input, mask, dtype, -math.inf, "amax")
    return x.amax(_dims(x, dim), keepdim)


def amin(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The smallest.

    >>> mt.masked.amin(mt.tensor([1.0, -9.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(1.)
    """
    x = _kept(input, mask, dtype, math.inf, "amin")
    return x.amin(_dims(x, dim), keepdim)


def argmax(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where the largest is, in the input's dtype; without a dimension, in the flattened input.

    >>> mt.masked.argmax(mt.tensor([1.0, 9.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(2.)
    """
    x = _kept(input, mask, dtype, -math.inf, "argmax")
    return x.argmax(dim, keepdim).to(x.dtype)


def argmin(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where the smallest is, in the input's dtype; without a dimension, in the flattened input.

    >>> mt.masked.argmin(mt.tensor([1.0, -9.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(0.)
    """
    x = _kept(input, mask, dtype, math.inf, "argmin")
    return x.argmin(dim, keepdim).to(x.dtype)


def _count(input: Tensor, mask: Tensor | None, dim: Any, keepdim: bool) -> Tensor:
    """How many elements count, as int64."""
    ones = input.new_ones(tuple(input.shape), dtype=np.dtype(bool)) if mask is None else _mask(input, mask)
    return ones.sum(_dims(input, dim), keepdim) if input.ndim else ones.sum()


def mean(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The mean; NaN of nothing.  ``ValueError`` for integers without a `dtype`.

    >>> mt.masked.mean(mt.tensor([1.0, 9.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(2.5000)
    """
    if dtype is None and input.dtype.kind not in "fc":
        raise ValueError(
            "mean(): Could not infer output dtype. Input dtype must be either a floating point or complex "
            f"dtype. Got: {input.dtype}: say dtype=float32"
        )
    total = sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask)
    with np.errstate(invalid="ignore"):
        return total / _count(input, mask, dim, keepdim).to(total.dtype)


def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The lower of the middle elements along `dim`; ``ValueError`` for a row of integers without any.

    >>> mt.masked.median(mt.tensor([1.0, 9.0, 4.0]), 0, mask=mt.tensor([True, False, True]))
    tensor(1.)
    """
    whole = not input.is_floating_point()
    x = _kept(input.float(), mask, None, math.nan) if whole else _kept(input, mask, dtype, math.nan)
    found: Tensor = x.nanmedian(dim, keepdim).values if x.ndim else x.nanmedian()
    if whole and found.isnan().any():
        raise ValueError(
            "masked median expects no fully masked out rows if dtype is not floating point: use x.float()"
        )
    return found.to(input.dtype if dtype is None else dtype) if whole else found


def logsumexp(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The logarithm of the sum of exponentials.

    >>> mt.masked.logsumexp(mt.tensor([0.0, 9.0, 0.0]), mask=mt.tensor([True, False, True]))
    tensor(0.6931)
    """
    x = _kept(input, mask, dtype, -math.inf, "logsumexp")
    return x.logsumexp(_dims(x, dim), keepdim).to(x.dtype)


def logaddexp(
    input: Tensor, other: Tensor, *, dtype: Any = None, input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The logarithm of the sum of two exponentials, of which a mask may leave out either.

    >>> mt.masked.logaddexp(mt.zeros(2), mt.zeros(2), input_mask=mt.tensor([True, False]))
    tensor([0.6931, 0.0000])
    """
    found: Tensor = _logaddexp(
        _kept(input, input_mask, dtype, -math.inf, "logaddexp"),
        _kept(other, other_mask, dtype, -math.inf, "logaddexp"),
    )
    return found


def norm(
    input: Tensor, ord: float = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The vector norm of an order.

    >>> mt.masked.norm(mt.tensor([3.0, 9.0, 4.0]), mask=mt.tensor([True, False, True]))
    tensor(5.)
    """
    from microtensor.ops.linalg.norms import vector_norm

    x = _kept(input, mask, dtype, math.inf if ord == -math.inf else 0)
    found: Tensor = vector_norm(x, ord, _dims(x, dim), keepdim)
    return found


def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: Any = None,
    keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The variance, divided by the number of elements less `correction` (1 unless said otherwise).

    >>> mt.masked.var(mt.tensor([1.0, 9.0, 3.0]), mask=mt.tensor([True, False, True]))
    tensor(2.)
    """
    if unbiased is not None and correction is not None:
        raise RuntimeError("Only one of unbiased and correction may be given")
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    if dtype is None and input.dtype.kind not in "fc":
        dtype = dtypes.float32
    middle = mean(input, dim, keepdim=True, dtype=dtype, mask=mask)
    apart = input - middle if input.dtype == np.bool_ else input.to(middle.dtype) - middle
    total = sum(apart * apart.conj(), dim, keepdim=keepdim, mask=mask)
    count = _count(input, mask, dim, keepdim).to(total.real.dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Tensor = total / (count - correction).clamp(min=0)
    return found


def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: Any = None,
    keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The standard deviation, the root of `var`.

    >>> mt.masked.std(mt.tensor([1.0, 9.0, 3.0]), mask=mt.tensor([True, False, True]))
    tensor(1.4142)
    """
    return var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask).sqrt()


def softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Softmax over what the mask keeps; 0 where it does not, NaN where nothing is left.

    >>> mt.masked.softmax(mt.zeros(3), 0, mask=mt.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    with np.errstate(invalid="ignore"):
        return _kept(input, mask, dtype, -math.inf, "amax").softmax(dim)


def log_softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The logarithm of `softmax`.

    >>> mt.masked.log_softmax(mt.zeros(3), 0, mask=mt.tensor([True, False, True]))
    tensor([-0.6931,    -inf, -0.6931])
    """
    with np.errstate(invalid="ignore"):
        return _kept(input, mask, dtype, -math.inf, "amax").log_softmax(dim)


def softmin(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """Softmax of ``-input``.

    >>> mt.masked.softmin(mt.zeros(3), 0, mask=mt.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    with np.errstate(invalid="ignore"):
        return (-_kept(input, mask, dtype, math.inf, "amin")).softmax(dim)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """Divided by the norm along `dim`, or by `eps` if that is larger.

    >>> mt.masked.normalize(mt.tensor([3.0, 9.0, 4.0]), 2.0, 0, mask=mt.tensor([True, False, True]))
    tensor([0.6000, 0.0000, 0.8000])
    """
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _kept(input, mask, dtype, 0) / length.clamp(min=eps)
