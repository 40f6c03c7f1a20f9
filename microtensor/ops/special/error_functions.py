"""The relatives of `erf`: its complement, its inverse, and the normal distribution function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import HALF, without
from ...engine.op import op
from ...engine.tensor import install
from ..inplace.methods import _inplace
from .erf_arrays import erfc_array, erfcx_array, erfinv_array, log_ndtr_array, ndtri_array

_ERFC = np.vectorize(math.erfc, otypes=[float])
_SLOPE = 2 / math.sqrt(math.pi)


@op(x=lambda g, x: -_SLOPE * g * np.exp(-x * x), elementwise=True, floating=True, reference=_ERFC)
def erfc(x: Any, /) -> Any:
    """``1 - erf(x)``, exact also where it is tiny.

    >>> mt.erfc(mt.tensor([0.0, 3.0]))
    tensor([1.0000e+00, 2.2090e-05])
    """
    return erfc_array(x)


@op(kernel=without("erfcx_cpu", HALF),
    x=lambda g, x, out: g * (2 * x * out - _SLOPE), elementwise=True, floating=True,
    node="SpecialErfcxBackward0", reference=lambda x: np.exp(x * x) * _ERFC(x))  # fmt: skip
def erfcx(x: Any, /) -> Any:
    """``exp(x * x) * erfc(x)``, which falls like ``1 / x``.

    >>> mt.special.erfcx(mt.tensor([0.0, 100.0]))
    tensor([1.0000, 0.0056])
    """
    return erfcx_array(x)


@op(x=lambda g, x: g * (np.exp(erfinv(x) ** 2) / _SLOPE), elementwise=True, floating=True, domain=(-0.9, 0.9),
    reference=lambda x: _bisected(np.vectorize(math.erf, otypes=[float]), x))  # fmt: skip
def erfinv(x: Any, /) -> Any:
    """The inverse of `erf`; infinite at -1 and 1, NaN beyond.

    >>> mt.erfinv(mt.tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.4769,    inf])
    """
    return erfinv_array(x)


def _bisected(function: Any, y: Any) -> Any:
    """Where an ascending function of numbers from -9 to 9 is `y`."""
    low, high = np.full(np.shape(y), -9.0), np.full(np.shape(y), 9.0)
    for _ in range(80):
        middle = (low + high) / 2
        below = function(middle) < y if middle.size else np.zeros(middle.shape, bool)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


@op(x=lambda g, x: g * (np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)), elementwise=True, floating=True,
    node="SpecialNdtrBackward0", reference=lambda x: 0.5 * _ERFC(-np.asarray(x) / math.sqrt(2)))  # fmt: skip
def ndtr(x: Any, /) -> Any:
    """The normal distribution function: the probability of at most `x`.

    >>> mt.special.ndtr(mt.tensor([0.0, 1.0]))
    tensor([0.5000, 0.8413])
    """
    return 0.5 * erfc_array(-x * math.sqrt(0.5))


@op(kernel=without("log_ndtr_cpu", HALF),
    x=lambda g, x: g * (math.sqrt(2 / math.pi) / erfcx(-x * math.sqrt(0.5))), elementwise=True,
    floating=True, node="SpecialLogNdtrBackward0",
    reference=lambda x: np.log(0.5 * _ERFC(-np.asarray(x) / math.sqrt(2))))  # fmt: skip
def log_ndtr(x: Any, /) -> Any:
    """The logarithm of `ndtr`, which does not underflow.

    >>> mt.special.log_ndtr(mt.tensor([-40.0]))
    tensor([-804.6085])
    """
    return log_ndtr_array(x)


@op(kernel=without("ndtri_cpu", HALF),
    x=lambda g, out: g * (np.exp(0.5 * out * out) * math.sqrt(2 * math.pi)), elementwise=True,
    floating=True, node="SpecialNdtriBackward0", domain=(0.05, 0.95),
    reference=lambda x: _bisected(lambda t: 0.5 * _ERFC(-t / math.sqrt(2)), x))  # fmt: skip
def ndtri(x: Any, /) -> Any:
    """The inverse of `ndtr`; infinite at 0 and 1, NaN beyond.

    >>> mt.special.ndtri(mt.tensor([0.5, 0.975]))
    tensor([0.0000, 1.9600])
    """
    return ndtri_array(x)


install(erfc=erfc, erfinv=erfinv, erfc_=_inplace("erfc_", erfc), erfinv_=_inplace("erfinv_", erfinv))
