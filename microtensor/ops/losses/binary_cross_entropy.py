"""Cross-entropy of two classes, from probabilities and from scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import WHOLE, unsupported, without
from ...engine.arrays.limits import ONE
from ...engine.op import op
from ...engine.tensor import Tensor
from ...errors import scalar_type
from ..activations.smooth import softplus_unit
from ..elementwise.exponential import log, log1p, sigmoid
from ..elementwise.select import _where, select, zeros_like
from .regression import _cases, _share, _total, alike, known, legacy_reduction, reduced


@op(
    kernel=without("binary_cross_entropy", WHOLE),
    x=lambda g, x, y, reduction: _share(g, x, reduction) * ((x - y) / _variance(x)),
    y=lambda g, x, reduction: _share(g, x, reduction) * log_odds_of(x),
    name="binary_cross_entropy",
    wide=True,
    promote=False,
    samples=_cases(),
    domain=(0.1, 0.9),
    reference=lambda x, y, reduction: _total(-(y * np.log(x) + (1 - y) * np.log(1 - x)), reduction),
)
def _bce(x: Any, y: Any, /, reduction: str) -> Any:
    """``-(y log x + (1 - y) log(1 - x))``, each logarithm at least -100.

    >>> mt.nn.functional.binary_cross_entropy(mt.tensor([0.5]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"Found dtype {scalar_type(y.dtype)} but expected {scalar_type(x.dtype)}: convert the target "
            "with target.to(input.dtype)"
        )
    if x.size == 0:
        return _total(x * y, reduction)
    low, high = _least(x, None), _most(x, None)
    if not (low >= 0 and high <= 1):
        raise RuntimeError(
            "binary_cross_entropy: all elements of input should be between 0 and 1, and they lie "
            f"between {low:.4g} and {high:.4g}; use binary_cross_entropy_with_logits "
            "for scores, or a sigmoid before"
        )
    if not _within(y):
        raise RuntimeError(
            "binary_cross_entropy: all elements of target should be between 0 and 1, and they lie "
            f"between {y.min():.4g} and {y.max():.4g}"
        )
    if low > 1e-40 and high < 1:  # no logarithm is infinite, or below -100
        return _total((y - ONE[x.dtype.char]) * np.log1p(-x) - y * np.log(x), reduction)
    return _total((y - 1) * _log_rest(x) - y * _log_floor(x), reduction)


_least: Any = np.minimum.reduce
_most: Any = np.maximum.reduce

_BITS = {4: (np.dtype("u4"), 0x3F800000), 8: (np.dtype("u8"), 0x3FF0000000000000)}
"""The unsigned integers of a float's size, and the one that has the bits of 1."""


def _within(y: Any) -> bool:
    """Whether all numbers lie in [0, 1], by one reduction: positive floats are in order as integers."""
    integers, one = _BITS[y.itemsize]
    return bool(_most(y.view(integers), None) <= one or ((y >= 0) & (y <= 1)).all())


def _log_floor(x: Any) -> Any:
    tiny = x.dtype.type(math.exp(-100)) if x.dtype.itemsize > 4 else x.dtype.type(1e-45)
    return np.where(x > 0, np.maximum(np.log(np.maximum(x, tiny)), x.dtype.type(-100)), x.dtype.type(-100))


def _log_rest(x: Any) -> Any:
    """``log(1 - x)``, at least -100, with the digits of a small `x`."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(-x), x.dtype.type(-100))


_TINY = {n: np.array(1e-12, f"f{n}") for n in (2, 4, 8)}


def _variance(x: Any) -> Any:
    """``x (1 - x)``, at least 1e-12 so that nothing divides by zero."""
    if x.__class__ is np.ndarray:
        return np.maximum(x * (ONE[x.dtype.char] - x), _TINY[x.itemsize])
    product = x * (1 - x)
    return select(product > 1e-12, product, zeros_like(product) + 1e-12)


def log_odds_of(x: Any) -> Any:
    """``log(1 - x) - log(x)``, each logarithm at least -100: the slope in the target."""
    return (_floored_rest(x) if isinstance(x, Tensor) else _log_rest(x)) - _floored(x)


def _floored_rest(x: Tensor) -> Any:
    below = x < 1
    return _where(below, log1p(_where(below, -x, zeros_like(x))), zeros_like(x) - 100)


def _floored(x: Any) -> Any:
    if not isinstance(x, Tensor):
        return _log_floor(x)
    tiny = x > math.exp(-100)
    return _where(tiny, log(_where(tiny, x, zeros_like(x) + 1)), zeros_like(x) - 100)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Cross-entropy of probabilities `input` and targets in [0, 1].

    Raises ``ValueError`` for shapes that differ and ``RuntimeError`` for inputs outside [0, 1].

    >>> mt.nn.functional.binary_cross_entropy(mt.tensor([0.5, 0.9]), mt.tensor([1.0, 1.0]))
    tensor(0.3993)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not alike(input, target):
        raise ValueError(
            f"Using a target size ({tuple(target.shape)}) that is different to the input size "
            f"({tuple(input.shape)}) is deprecated. Please ensure they have the same size."
        )
    if weight is None:
        return _bce(input, target, known(reduction))
    return reduced(_bce(input, target, "none") * weight, reduction)


@op(x=lambda g, x, y, reduction: _share(g, x, reduction) * (sigmoid(x) - y),
    y=lambda g, x, reduction: _share(g, x, reduction) * -x,
    name="binary_cross_entropy_with_logits", wide=True, samples=_cases(),
    reference=lambda x, y, reduction: _total(np.log1p(np.exp(-x)) + (1 - y) * x, reduction))  # fmt: skip
def _bce_with_logits(x: Any, y: Any, /, reduction: str) -> Any:
    """``(1 - y) x + log(1 + exp(-x))``, without overflow.

    >>> mt.nn.functional.binary_cross_entropy_with_logits(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    return _total((1 - y) * x + softplus_unit(-x), reduction)


_SCORES_KERNEL = without("log_sigmoid_cpu", WHOLE)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Cross-entropy of scores: a sigmoid and `binary_cross_entropy`, without overflow.

    >>> mt.nn.functional.binary_cross_entropy_with_logits(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not alike(input, target):
        raise ValueError(
            f"Target size ({tuple(target.shape)}) must be the same as input size ({tuple(input.shape)})"
        )
    _SCORES_KERNEL(input)
    if not target.is_floating_point():
        unsupported("result type Float can't be cast to the desired output type {}", WHOLE)(target)
    if pos_weight is not None:
        share = 1 + (pos_weight - 1) * target
        losses = (1 - target) * input + share * softplus_unit(-input)
    elif weight is not None:
        losses = _bce_with_logits(input, target, "none")
    else:
        return _bce_with_logits(input, target, known(reduction))
    return reduced(losses if weight is None else losses * weight, reduction)
